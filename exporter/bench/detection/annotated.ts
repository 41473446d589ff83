/**
 * Scores on series which people annotated, as in the Turing Change Point Dataset (van den Burg, Williams 2020): F1 with a margin of 5
 * over the union of annotations for precision and the mean of the annotators for recall, run 0 counting as a change; and covering. The
 * data are not part of this project; a folder of one's own with annotations.json and datasets/NAME/NAME.json is read.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Detector } from "./detectors.ts";

export interface Annotated {
  readonly name: string;
  readonly values: readonly number[];
  /** Change points of each annotator. */
  readonly annotators: readonly (readonly number[])[];
}

const MARGIN = 5;

/** Series of one dimension; those whose data are not there are left out. */
export function readAnnotated(folder: string): Annotated[] {
  const annotations: Record<string, Record<string, number[]>> = JSON.parse(
    readFileSync(join(folder, "annotations.json"), "utf8"),
  );
  return Object.entries(annotations).flatMap(([name, by]) => {
    const file = join(folder, "datasets", name, `${name}.json`);
    if (!existsSync(file)) return [];
    const { series }: { series: { raw: (number | null)[] }[] } = JSON.parse(readFileSync(file, "utf8"));
    if (series.length !== 1) return [];
    return [{ name, values: series[0]!.raw.map((value) => value ?? Number.NaN), annotators: Object.values(by) }];
  });
}

export function scoreAnnotated(detector: Detector, all: readonly Annotated[]): { f1: number; covering: number } {
  const scores = all.map(({ values, annotators }) => {
    const present = [...values.keys()].filter((i) => Number.isFinite(values[i]));
    const changes = detector.find(present.map((i) => values[i]!)).changes.map((index) => present[index]!);
    return { f1: f1Of(annotators, changes), covering: coveringOf(annotators, changes, values.length) };
  });
  const mean = (key: "f1" | "covering"): number => scores.reduce((sum, one) => sum + one[key], 0) / scores.length;
  return { f1: mean("f1"), covering: mean("covering") };
}

const withStart = (changes: readonly number[]): number[] => [...new Set([0, ...changes])].sort((a, b) => a - b);

function f1Of(annotators: Annotated["annotators"], changes: readonly number[]): number {
  const found = withStart(changes);
  const precision = matched(withStart(annotators.flat()), found) / found.length;
  const recalls = annotators.map((one) => matched(withStart(one), found) / withStart(one).length);
  const recall = recalls.reduce((sum, one) => sum + one, 0) / recalls.length;
  return (2 * precision * recall) / (precision + recall);
}

/** True changes with a found one within the margin, each found one used once, the nearest first. */
function matched(truth: readonly number[], found: readonly number[]): number {
  const free = new Set(found);
  let hits = 0;
  for (const change of truth) {
    const [nearest] = [...free]
      .filter((one) => Math.abs(one - change) <= MARGIN)
      .sort((a, b) => Math.abs(a - change) - Math.abs(b - change));
    if (nearest === undefined) continue;
    free.delete(nearest);
    hits++;
  }
  return hits;
}

function coveringOf(annotators: Annotated["annotators"], changes: readonly number[], runs: number): number {
  const segments = (starts: readonly number[]) =>
    withStart(starts).map((from, i, all) => ({ from, to: all[i + 1] ?? runs }));
  const found = segments(changes);
  const covered = annotators.map((one) =>
    segments(one).reduce((sum, { from, to }) => {
      const overlaps = found.map((other) => {
        const both = Math.max(0, Math.min(to, other.to) - Math.max(from, other.from));
        return both / (to - from + other.to - other.from - both);
      });
      return sum + ((to - from) * Math.max(...overlaps)) / runs;
    }, 0),
  );
  return covered.reduce((sum, one) => sum + one, 0) / covered.length;
}
