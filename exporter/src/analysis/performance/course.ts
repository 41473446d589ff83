/** Did a value drift in the course of one run? For soak tests: memory that grows, latency that creeps up. */
import type { Better } from "../../model/measure.ts";
import { normalTwoSided } from "../statistics/normal.ts";

export interface CoursePoint {
  readonly atMs: number;
  readonly value: number;
}

export interface CourseOptions {
  readonly better?: Better | undefined;
  /** Smallest change from the line's start to its end that counts, as a ratio of the start. */
  readonly minimumChange?: number;
  /** Level of the test, two-sided. */
  readonly alpha?: number;
  /** Part of the time at the start that is left out: caches and compilers warm up. */
  readonly warmUp?: number;
}

export type CourseVerdict =
  | { readonly kind: "insufficient-data"; readonly have: number; readonly need: number }
  | {
      readonly kind: "steady" | "worse" | "better" | "changed";
      /** Theil-Sen line at the first and at the last point that was used. */
      readonly from: number;
      readonly to: number;
      /** (to - from) / |from|; undefined when the line starts at 0. */
      readonly changeRatio: number | undefined;
      readonly pValue: number;
      readonly points: number;
    };

export const COURSE_MINIMUM = 10;
/** Pairs grow with the square; a longer course is averaged down to so many points first. */
const MAX_POINTS = 240;

/**
 * Theil-Sen slope (Sen 1968) with the Mann-Kendall test (ties corrected), its variance widened by the lag-1 autocorrelation of what
 * the line leaves over (Hamed & Rao 1998, first lag): slices of one run are not independent. `changed`: a clear drift of a
 * value without a bad side. Points that are not finite are left out; their order does not matter.
 */
export function courseOf(given: readonly CoursePoint[], options: CourseOptions = {}): CourseVerdict {
  const { better, minimumChange = 0.1, alpha = 0.01, warmUp = 0.1 } = options;
  const finite = given.filter(({ atMs, value }) => Number.isFinite(atMs) && Number.isFinite(value));
  const sorted = finite.sort((a, b) => a.atMs - b.atMs);
  const first = sorted[0]?.atMs ?? 0;
  const span = (sorted.at(-1)?.atMs ?? 0) - first;
  const points = averaged(sorted.filter(({ atMs }) => atMs >= first + span * warmUp));
  if (points.length < COURSE_MINIMUM || span <= 0)
    return { kind: "insufficient-data", have: points.length, need: COURSE_MINIMUM };
  const slopes: number[] = [];
  let s = 0;
  for (let i = 0; i < points.length; i++)
    for (let j = i + 1; j < points.length; j++) {
      const rise = points[j]!.value - points[i]!.value;
      const run = points[j]!.atMs - points[i]!.atMs;
      s += Math.sign(rise);
      if (run > 0) slopes.push(rise / run);
    }
  const slope = median(slopes);
  const level = median(points.map(({ atMs, value }) => value - slope * (atMs - first)));
  const at = (atMs: number): number => level + slope * (atMs - first);
  const from = at(points[0]!.atMs);
  const to = at(points.at(-1)!.atMs);
  const residuals = points.map(({ atMs, value }) => value - at(atMs));
  const spread = Math.sqrt(kendallVariance(points) * widening(residuals));
  const pValue = spread === 0 ? 1 : normalTwoSided((s - Math.sign(s)) / spread);
  const changeRatio = from === 0 ? undefined : (to - from) / Math.abs(from);
  const clear = pValue < alpha && changeRatio !== undefined && Math.abs(changeRatio) >= minimumChange;
  const kind = !clear
    ? "steady"
    : better === undefined
      ? "changed"
      : to > from === (better === "higher")
        ? "better"
        : "worse";
  return { kind, from, to, changeRatio, pValue, points: points.length };
}

/** Var(S) under no trend: n(n-1)(2n+5)/18, less its share for each group of equal values (Kendall 1975). */
function kendallVariance(points: readonly CoursePoint[]): number {
  const term = (n: number): number => n * (n - 1) * (2 * n + 5);
  const groups = new Map<number, number>();
  for (const { value } of points) groups.set(value, (groups.get(value) ?? 0) + 1);
  return (term(points.length) - [...groups.values()].reduce((sum, size) => sum + term(size), 0)) / 18;
}

/** (1 + r) / (1 - r) for a positive lag-1 autocorrelation r, at most 0.9. */
function widening(residuals: readonly number[]): number {
  const mean = residuals.reduce((sum, value) => sum + value, 0) / residuals.length;
  let shared = 0;
  let own = 0;
  residuals.forEach((value, i) => {
    own += (value - mean) ** 2;
    if (i > 0) shared += (value - mean) * (residuals[i - 1]! - mean);
  });
  const r = own === 0 ? 0 : Math.min(0.9, Math.max(0, shared / own));
  return (1 + r) / (1 - r);
}

function averaged(points: readonly CoursePoint[]): readonly CoursePoint[] {
  if (points.length <= MAX_POINTS) return points;
  const size = points.length / MAX_POINTS;
  return Array.from({ length: MAX_POINTS }, (_, i) => {
    const group = points.slice(Math.floor(i * size), Math.floor((i + 1) * size));
    const mean = (of: (point: CoursePoint) => number): number =>
      group.reduce((sum, point) => sum + of(point) / group.length, 0);
    return { atMs: mean(({ atMs }) => atMs), value: mean(({ value }) => value) };
  });
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
