/**
 * The known algorithm: E-divisive means (Matteson, James 2014) with a t-test for significance, as MongoDB's signal processing and
 * Apache Otava use it. Written from the papers. With `window` set, it works as Otava does: windows begin half a window, or at the last
 * weak point, behind the one before; weak points (ten times the p-value) are then merged.
 */
import { studentTwoSided } from "../../src/analysis/statistics/distributions.ts";

export interface EDivisiveOptions {
  readonly maxPValue: number;
  /** Otava's default is 50 with p 0.001; undefined looks at the whole series at once. */
  readonly window?: number;
}

export function eDivisive(values: readonly number[], { maxPValue, window }: EDivisiveOptions): number[] {
  if (window === undefined) return split(values, 0, values.length, maxPValue);
  const weak = new Set<number>();
  const step = Math.max(1, Math.floor(window / 2));
  for (let from = 0; from < values.length; ) {
    const found = split(values, from, Math.min(values.length, from + window), Math.min(1, maxPValue * 10));
    for (const point of found) weak.add(point);
    from = Math.max(from + step, found.at(-1) ?? 0);
  }
  return merge(
    values,
    [...weak].sort((a, b) => a - b),
    maxPValue,
  );
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly energy: number;
  readonly at: number;
}

/** Splits again and again where the energy distance between the parts is greatest, until a split is not significant. */
function split(values: readonly number[], from: number, to: number, maxPValue: number): number[] {
  const part = (start: number, end: number): Part => ({ from: start, to: end, ...bestSplit(values, start, end) });
  const parts = [part(from, to)];
  for (;;) {
    const best = parts.reduce((one, other) => (other.energy > one.energy ? other : one));
    if (best.at < 0 || pooledT(values, best.from, best.at, best.to) > maxPValue)
      return parts.map((one) => one.from).slice(1);
    parts.splice(parts.indexOf(best), 1, part(best.from, best.at), part(best.at, best.to));
  }
}

/** Weak points go, the weakest first, until all are significant between their neighbours. */
function merge(values: readonly number[], weak: readonly number[], maxPValue: number): number[] {
  const points = [...weak];
  for (;;) {
    let [worst, at] = [maxPValue, -1];
    points.forEach((point, i) => {
      const p = pooledT(values, points[i - 1] ?? 0, point, points[i + 1] ?? values.length);
      if (p > worst) [worst, at] = [p, i];
    });
    if (at < 0) return points;
    points.splice(at, 1);
  }
}

/**
 * Where to split: of all places `at`, and all ends of the part behind it, those with the greatest energy distance between the runs
 * before `at` and the runs from `at` up to that end.
 */
function bestSplit(values: readonly number[], from: number, to: number): { energy: number; at: number } {
  const n = to - from;
  const best = { energy: Number.NEGATIVE_INFINITY, at: -1 };
  // For each end: distances within the part behind `at`, and between both parts. `at` moves from the back.
  const within = new Float64Array(n + 1);
  const ahead = Array.from({ length: n }, () => new Float64Array(n + 1));
  const before = new Float64Array(n);
  const between = Array.from({ length: n }, () => new Float64Array(n + 1));
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const distance = Math.abs(values[from + i]! - values[from + j]!);
      ahead[i]![j + 1] = ahead[i]![j]! + distance;
      before[j]! += distance;
    }
  let inner = 0;
  const inners = before.map((distance) => (inner += distance));
  for (let at = 1; at < n; at++)
    for (let end = at + 1; end <= n; end++)
      between[at]![end] = (at > 1 ? between[at - 1]![end]! - before[at - 1]! : 0) + ahead[at - 1]![end]!;
  for (let at = n - 1; at >= 1; at--) {
    for (let end = at + 1; end <= n; end++) within[end]! += ahead[at]![end]!;
    if (at < 2) continue;
    for (let end = at + 2; end <= n; end++) {
      const [m, k] = [at, end - at];
      const apart = (2 * between[at]![end]!) / (m * k);
      const together = (2 * inners[at - 1]!) / (m * (m - 1)) + (2 * within[end]!) / (k * (k - 1));
      const energy = ((m * k) / (m + k)) * (apart - together);
      if (energy > best.energy) [best.energy, best.at] = [energy, from + at];
    }
  }
  return best;
}

/** Two-sided p-value of the t-test with pooled variance. */
function pooledT(values: readonly number[], from: number, at: number, to: number): number {
  const [a, b] = [moments(values, from, at), moments(values, at, to)];
  const freedom = a.n + b.n - 2;
  if (freedom < 1) return 1;
  const pooled = (a.squares + b.squares) / freedom;
  if (pooled === 0) return a.mean === b.mean ? 1 : 0;
  return studentTwoSided((a.mean - b.mean) / Math.sqrt(pooled * (1 / a.n + 1 / b.n)), freedom);
}

function moments(values: readonly number[], from: number, to: number): { n: number; mean: number; squares: number } {
  const n = to - from;
  let mean = 0;
  for (let i = from; i < to; i++) mean += values[i]! / n;
  let squares = 0;
  for (let i = from; i < to; i++) squares += (values[i]! - mean) ** 2;
  return { n, mean, squares };
}
