/**
 * The plain description of a sample: what R1 calls its baseline. Values must be finite. Means are compensated sums, spreads are
 * taken around the mean, quantiles interpolate linearly (Hyndman and Fan's type 7: numpy's and pandas' default).
 */
import { mean, median, medianAbsoluteDeviation, quantileSorted, sampleStandardDeviation } from "simple-statistics";

export interface Baseline {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (n - 1); undefined for one value, exactly 0 without spread. */
  readonly std: number | undefined;
  readonly median: number;
  readonly q1: number;
  readonly q3: number;
  readonly min: number;
  readonly max: number;
}

/** Undefined for an empty sample. */
export function describe(values: readonly number[]): Baseline | undefined {
  if (values.length === 0) return undefined;
  const sorted = ascending(values);
  return {
    n: values.length,
    mean: mean(values as number[]),
    std: standardDeviation(values),
    median: quantileSorted(sorted, 0.5),
    q1: quantileSorted(sorted, 0.25),
    q3: quantileSorted(sorted, 0.75),
    min: sorted[0]!,
    max: sorted.at(-1)!,
  };
}

/** Of a computed mean: differences of this size are rounding, not spread (0.1 + 0.2 against 0.3). */
const ROUNDING = 8 * Number.EPSILON;

/** Sample standard deviation; undefined below two values; 0 where all differences are rounding. */
export function standardDeviation(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const std = sampleStandardDeviation(values as number[]);
  return std <= ROUNDING * largest(values) ? 0 : std;
}

/** Quantiles of a sample in any order, each `p` from 0 to 1. */
export function quantiles(values: readonly number[], ps: readonly number[]): number[] {
  const sorted = ascending(values);
  return ps.map((p) => quantileSorted(sorted, p));
}

export { mean, median, medianAbsoluteDeviation as medianDeviation };

/** [Q1 - factor IQR, Q3 + factor IQR], R1's factor being 1.5. */
export function fences(
  { q1, q3 }: { readonly q1: number; readonly q3: number },
  factor = 1.5,
): { readonly iqr: number; readonly lower: number; readonly upper: number } {
  const iqr = q3 - q1;
  return { iqr, lower: q1 - factor * iqr, upper: q3 + factor * iqr };
}

/** Typed arrays sort numbers several times faster than arrays with a comparing function. */
function ascending(values: readonly number[]): number[] {
  return Array.from(Float64Array.from(values).sort());
}

function largest(values: readonly number[]): number {
  let max = 0;
  for (const value of values) max = Math.max(max, Math.abs(value));
  return max;
}
