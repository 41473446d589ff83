/** What the readers of Locust's four files share. */
import type { ReportMeta } from "../model/format.ts";

/** One kind of file; gets its records by column names. */
export interface LocustReader {
  row(cell: (name: string) => string | undefined, line: number): void;
  /** Emits everything; answers what is known of the run, and why it is not whole. */
  finish(): { readonly meta?: ReportMeta; readonly incomplete?: string | undefined };
}

/** A cell that holds a number; `N/A` and nothing are none. */
export function cellNumber(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The row of all requests: without a type, and named so. */
export const isAggregate = (type: string | undefined, name: string | undefined): boolean =>
  (type ?? "").trim().replace("None", "") === "" && /^(?:Aggregated|Total)$/.test((name ?? "").trim());
