/** Levels between change points, and whether two neighbours differ by more than chance. */
import { studentTwoSided } from "../statistics/distributions.ts";
import { meanVariance, type Noise } from "./noise.ts";
import type { Sums } from "./partition.ts";

/** Runs `from` up to, not including, `to`. */
export interface Level {
  readonly from: number;
  readonly to: number;
  readonly mean: number;
  /** Sum of squared distances from the mean. */
  readonly squares: number;
}

export interface Difference {
  /** Later minus earlier. */
  readonly size: number;
  /** Two-sided, not corrected for the search. */
  readonly pValue: number;
}

/** What a comparison needs to know of the whole series. */
export interface Context {
  readonly noise: Noise;
  /** Least standard deviation believed: what rounding alone gives. */
  readonly floor: number;
  /** Weights, in runs: of the whole series' spread in that of two levels; of this common spread in that of either. */
  readonly pooledRuns: number;
  readonly sideRuns: number;
}

export function levelBetween({ first, second }: Sums, from: number, to: number): Level {
  const sum = first[to]! - first[from]!;
  const mean = sum / (to - from);
  return { from, to, mean, squares: Math.max(0, second[to]! - second[from]! - sum * mean) };
}

/** The levels that `starts` divide the series into: one more than starts. */
export function levelsOf(sums: Sums, starts: readonly number[]): Level[] {
  const n = sums.first.length - 1;
  return [0, ...starts].map((from, i) => levelBetween(sums, from, starts[i] ?? n));
}

/**
 * Welch's t of two neighbouring levels, with variances drawn together: to that of both levels, and of the whole series. The standard
 * error and the degrees of freedom allow for autocorrelation.
 */
export function compare(a: Level, b: Level, context: Context): Difference {
  const { noise, floor, pooledRuns, sideRuns } = context;
  const [before, after] = [a.to - a.from, b.to - b.from];
  const freedom = pooledRuns + before + after - 2;
  const pooled = (pooledRuns * noise.scale * noise.scale + a.squares + b.squares) / freedom;
  const own = (level: Level, runs: number): number =>
    Math.max((sideRuns * pooled + level.squares) / (sideRuns + runs - 1), floor * floor);
  const size = b.mean - a.mean;
  const error = Math.sqrt(
    own(a, before) * meanVariance(before, noise.phi) + own(b, after) * meanVariance(after, noise.phi),
  );
  if (!(error > 0)) return { size, pValue: size === 0 ? 1 : 0 };
  const effective = Math.max(3, (freedom * (1 - noise.phi)) / (1 + noise.phi));
  return { size, pValue: studentTwoSided(size / error, effective) };
}

const RECENT_RUNS = 15;

/** As compare, but the most extreme run of a newest level counts only as much as its second: one spike among three runs proves nothing. */
export function compareNewest(values: Float64Array, a: Level, b: Level, context: Context): Difference {
  const sign = b.mean > a.mean ? 1 : -1;
  let [most, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = b.from; i < b.to; i++) {
    const value = sign * values[i]!;
    if (value > most) [most, second] = [value, most];
    else if (value > second) second = value;
  }
  const mean = b.mean - (sign * (most - second)) / (b.to - b.from);
  if ((mean - a.mean) * sign <= 0) return { size: b.mean - a.mean, pValue: 1 };
  // Noise comes in loud and quiet weeks: the least spread believed is that of the newest runs before the change.
  const from = Math.max(a.from, a.to - RECENT_RUNS);
  let squares = 0;
  for (let i = from; i < a.to; i++) squares += (values[i]! - a.mean) ** 2;
  const floor = Math.max(context.floor, Math.sqrt(squares / (a.to - from)));
  return { size: b.mean - a.mean, pValue: compare(a, { ...b, mean }, { ...context, floor }).pValue };
}

/** Backward elimination: the least certain change point goes, and again, until all have a p-value of at most `limit`. */
export function eliminate(sums: Sums, starts: readonly number[], context: Context, limit: number): number[] {
  const n = sums.first.length - 1;
  const kept = [...starts];
  for (;;) {
    let [worst, at] = [limit, -1];
    for (let i = 0; i < kept.length; i++) {
      const before = levelBetween(sums, kept[i - 1] ?? 0, kept[i]!);
      const after = levelBetween(sums, kept[i]!, kept[i + 1] ?? n);
      const { pValue } = compare(before, after, context);
      if (pValue > worst) [worst, at] = [pValue, i];
    }
    if (at < 0) return kept;
    kept.splice(at, 1);
  }
}

/** The split, then ever fewer change points: each time the one goes whose loss explains least. The last has none. */
export function* simplifications(sums: Sums, starts: readonly number[]): Generator<readonly number[]> {
  const n = sums.first.length - 1;
  let kept = starts;
  yield kept;
  while (kept.length > 0) {
    let [least, at] = [Number.POSITIVE_INFINITY, 0];
    for (let i = 0; i < kept.length; i++) {
      const [from, middle, to] = [kept[i - 1] ?? 0, kept[i]!, kept[i + 1] ?? n];
      const left = (sums.first[middle]! - sums.first[from]!) / (middle - from);
      const right = (sums.first[to]! - sums.first[middle]!) / (to - middle);
      const gain = ((middle - from) * (to - middle) * (left - right) ** 2) / (to - from);
      if (gain < least) [least, at] = [gain, i];
    }
    const gone = at;
    kept = kept.filter((_, i) => i !== gone);
    yield kept;
  }
}
