/**
 * Coverage per file, and how several reports of one run become one. Counts are whole numbers; a ratio is made of counts only at
 * the end, so that files of different size weigh as the tools weigh them.
 */
import type { Coverage } from "./measure.ts";

/** Ascending, disjoint, not adjacent, both ends inclusive, flat: [3, 5, 9, 9] is lines 3 to 5 and 9. */
export type Ranges = readonly number[];

/**
 * How many of what there is are covered. `at` says where they are, as flat triples (place, covered, total) in ascending order
 * of place. A place is a number that the format makes of a line and what lies on it, the same in every report of the same
 * code. With `at`, the counts are its sums.
 */
export interface Tally {
  readonly covered: number;
  readonly total: number;
  readonly at?: readonly number[] | undefined;
}

export interface FileCoverage {
  /** As the report names it, with forward slashes. */
  readonly path: string;
  /** Executable lines; for Go statements, which is what its tool counts. */
  readonly lines: Tally;
  readonly branches?: Tally | undefined;
  readonly functions?: Tally | undefined;
  /** Absent when the format counts lines without naming them. No line is in both. */
  readonly hit?: Ranges | undefined;
  readonly missed?: Ranges | undefined;
}

/** From flat pairs in any order, overlapping or not. */
export function rangesOf(pairs: readonly number[]): number[] {
  let i = 2;
  while (i < pairs.length && pairs[i]! > pairs[i - 1]! + 1) i += 2;
  // They mostly are what they should be.
  if (i >= pairs.length) return pairs.slice();
  return joined(pairs);
}

function joined(pairs: readonly number[]): number[] {
  let order: number[] | undefined;
  // Reports mostly tell of lines in order.
  if (pairs.some((from, i) => i % 2 === 0 && from < (pairs[i - 2] ?? 0))) {
    order = Array.from({ length: pairs.length / 2 }, (_, i) => i * 2);
    order.sort((a, b) => pairs[a]! - pairs[b]!);
  }
  const merged: number[] = [];
  for (let n = 0; n < pairs.length / 2; n++) {
    const i = order === undefined ? n * 2 : order[n]!;
    const from = pairs[i]!;
    const to = pairs[i + 1]!;
    const end = merged.at(-1);
    if (end !== undefined && from <= end + 1) merged[merged.length - 1] = Math.max(end, to);
    else merged.push(from, to);
  }
  return merged;
}

/** What is in `from` and not in `take`. */
export function without(from: Ranges, take: Ranges): number[] {
  const left: number[] = [];
  let t = 0;
  for (let i = 0; i < from.length; i += 2) {
    let start = from[i]!;
    const end = from[i + 1]!;
    while (t < take.length && take[t + 1]! < start) t += 2;
    for (let k = t; k < take.length && take[k]! <= end; k += 2) {
      if (take[k]! > start) left.push(start, take[k]! - 1);
      start = take[k + 1]! + 1;
    }
    if (start <= end) left.push(start, end);
  }
  // These are kept, and an array that grew has room for more.
  return left.slice();
}

export function sizeOf(ranges: Ranges): number {
  let size = 0;
  for (let i = 0; i < ranges.length; i += 2) size += ranges[i + 1]! - ranges[i]! + 1;
  return size;
}

/** "3-5, 9"; beyond `max` ranges the rest is counted. */
export function rangesText(ranges: Ranges, max = 100): string {
  const words: string[] = [];
  for (let i = 0; i < ranges.length && words.length < max; i += 2)
    words.push(ranges[i] === ranges[i + 1] ? `${ranges[i]}` : `${ranges[i]}-${ranges[i + 1]}`);
  const rest = sizeOf(ranges.slice(2 * max));
  return words.join(", ") + (rest > 0 ? `, … ${rest} more lines` : "");
}

/** Triples of `Tally.at` in ascending order; each place stands once. */
export function sortedTriples(at: readonly number[]): number[] {
  const order = Array.from({ length: at.length / 3 }, (_, i) => i * 3);
  order.sort((a, b) => at[a]! - at[b]!);
  return order.flatMap((i) => [at[i]!, at[i + 1]!, at[i + 2]!]);
}

/** Of triples in ascending order. */
export function tallyOfTriples(at: readonly number[]): Tally {
  let covered = 0;
  let total = 0;
  for (let i = 0; i < at.length; i += 3) {
    covered += at[i + 1]!;
    total += at[i + 2]!;
  }
  return { covered, total, at };
}

/**
 * The same file in two reports of one run. Covered in either is covered: lines, branches and functions are joined place by place.
 * A format that only counts the branches of a line gives the better of each line, one that only counts those of a file
 * the better of the file: both are less than the truth when two reports took different branches. Commutative, associative and idempotent, so that neither the
 * order of parts nor a part sent twice matters.
 */
export function mergeFile(a: FileCoverage, b: FileCoverage): FileCoverage {
  const hit = a.hit === undefined ? b.hit : b.hit === undefined ? a.hit : rangesOf([...a.hit, ...b.hit]);
  const missed = hit === undefined ? undefined : without(rangesOf([...(a.missed ?? []), ...(b.missed ?? [])]), hit);
  const lines = mergeTally(a.lines, b.lines);
  return {
    path: a.path,
    lines:
      lines.at !== undefined || hit === undefined || missed === undefined
        ? lines
        : { covered: sizeOf(hit), total: sizeOf(hit) + sizeOf(missed) },
    branches: mergeOptional(a.branches, b.branches),
    functions: mergeOptional(a.functions, b.functions),
    hit,
    missed,
  };
}

const mergeOptional = (a: Tally | undefined, b: Tally | undefined): Tally | undefined =>
  a === undefined ? b : b === undefined ? a : mergeTally(a, b);

function mergeTally(a: Tally, b: Tally): Tally {
  if (a.at === undefined || b.at === undefined) {
    if (a.at !== undefined || b.at !== undefined) return a.at === undefined ? b : a;
    const better = a.covered * b.total - b.covered * a.total || a.total - b.total;
    return better >= 0 ? a : b;
  }
  const at: number[] = [];
  for (let i = 0, k = 0; i < a.at.length || k < b.at.length; ) {
    const left = a.at[i] ?? Number.POSITIVE_INFINITY;
    const right = b.at[k] ?? Number.POSITIVE_INFINITY;
    const fromA = left <= right;
    const fromB = right <= left;
    at.push(
      Math.min(left, right),
      Math.max(fromA ? a.at[i + 1]! : 0, fromB ? b.at[k + 1]! : 0),
      Math.max(fromA ? a.at[i + 2]! : 0, fromB ? b.at[k + 2]! : 0),
    );
    if (fromA) i += 3;
    if (fromB) k += 3;
  }
  return tallyOfTriples(at);
}

/** A file that is not fully covered, for people. */
export interface UncoveredFile {
  readonly path: string;
  /** "3-5, 9"; absent when the report named no lines. */
  readonly uncoveredLines: string | undefined;
}

/** Files named as uncovered in `Coverage`. */
export const MAX_UNCOVERED_FILES = 50;

/** The totals of files; a kind of which there is none stays undefined, never 0 and never 1. */
export function coverageOfFiles(files: readonly FileCoverage[]): Coverage {
  const ratio = (kind: "lines" | "branches" | "functions"): number | undefined => {
    let covered = 0;
    let total = 0;
    for (const file of files) {
      covered += file[kind]?.covered ?? 0;
      total += file[kind]?.total ?? 0;
    }
    return total === 0 ? undefined : covered / total;
  };
  return {
    lineRatio: ratio("lines"),
    branchRatio: ratio("branches"),
    functionRatio: ratio("functions"),
    uncoveredFiles: worstOf(files).map((file) => file.path),
  };
}

/** The first of those that are not fully covered, without sorting all. */
function worstOf(files: readonly FileCoverage[]): FileCoverage[] {
  const worst: FileCoverage[] = [];
  for (const file of files) {
    if (missing(file) <= 0) continue;
    if (worst.length === MAX_UNCOVERED_FILES) {
      if (worstFirst(file, worst.at(-1)!) >= 0) continue;
      worst.pop();
    }
    const at = worst.findIndex((other) => worstFirst(file, other) < 0);
    worst.splice(at === -1 ? worst.length : at, 0, file);
  }
  return worst;
}

const missing = (file: FileCoverage): number => file.lines.total - file.lines.covered;

/** Most uncovered lines first, then by path. */
export const worstFirst = (a: FileCoverage, b: FileCoverage): number =>
  missing(b) - missing(a) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
