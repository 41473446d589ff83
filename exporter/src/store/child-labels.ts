/** The labels that a counter or histogram has beyond its scope, as one column: a single one as it is, several as JSON. */
import { STORE_LABELS, type StoreCounter, type StoreHistogram } from "../model/store.ts";

export const childText = (labels: readonly string[]): string =>
  labels.length > 1 ? JSON.stringify(labels) : (labels[0] ?? "");

export function childLabels(name: StoreCounter | StoreHistogram, child: string): readonly string[] {
  const count = STORE_LABELS[name].length;
  return count > 1 ? (JSON.parse(child) as string[]) : count === 1 ? [child] : [];
}
