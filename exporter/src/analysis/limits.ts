/**
 * R1's plain limits: z against a baseline, a trend over the last values, outliers beyond the fences. They are exported and shown;
 * what drives state and alerts is the confirmed detector, unless the configuration says otherwise.
 */
import { type Baseline, describe, fences } from "./statistics/describe.ts";
import { regression } from "./statistics/regression.ts";

export interface Limits {
  /** |z| beyond which a value deviates; `zCritical` beyond which that is critical. */
  readonly z: number;
  readonly zCritical: number;
  readonly trendValues: number;
  /** |r| must be greater, p less. */
  readonly trendR: number;
  readonly trendP: number;
  /** Fences are so many interquartile ranges beyond the quartiles. */
  readonly iqrFactor: number;
  /** Fewer values in the baseline say nothing. */
  readonly minimumBaseline: number;
}

export const DEFAULT_LIMITS: Limits = {
  z: 2,
  zCritical: 3,
  trendValues: 10,
  trendR: 0.7,
  trendP: 0.05,
  iqrFactor: 1.5,
  minimumBaseline: 10,
};

export interface Insufficient {
  readonly kind: "insufficient_data";
  readonly reason: "too_few_values" | "no_spread";
  readonly have: number;
  readonly need: number;
}

export type ZVerdict =
  | Insufficient
  | {
      readonly kind: "ok" | "warning" | "critical";
      /** With its sign: above the baseline is positive. */
      readonly z: number;
      readonly current: number;
      readonly baseline: Baseline;
      /** (current - mean) / |mean|, in percent; null for a mean of 0. */
      readonly deviationPercent: number | null;
    };

/** `baseline` must not contain `current`. All values finite. */
export function checkZ(baseline: readonly number[], current: number, limits: Limits = DEFAULT_LIMITS): ZVerdict {
  const of = describe(baseline);
  if (of === undefined || of.n < limits.minimumBaseline || of.n < 2) return tooFew(baseline, limits);
  if (!of.std) return noSpread(of.n, limits);
  const z = (current - of.mean) / of.std;
  const size = Math.abs(z);
  return {
    kind: size > limits.zCritical ? "critical" : size > limits.z ? "warning" : "ok",
    z,
    current,
    baseline: of,
    deviationPercent: of.mean === 0 ? null : (100 * (current - of.mean)) / Math.abs(of.mean),
  };
}

export interface Trend {
  /** Per run. */
  readonly slope: number;
  readonly r: number;
  readonly pValue: number;
  readonly direction: "increasing" | "decreasing";
}

/** The trend of the last values; null when there is none, or nothing to tell it by (too few values, no spread). */
export function trendOf(values: readonly number[], limits: Limits = DEFAULT_LIMITS): Trend | null {
  if (values.length < limits.trendValues) return null;
  const line = regression(values.slice(-limits.trendValues));
  if (line === undefined || line.r === null || line.pValue === null) return null;
  const { slope, r, pValue } = line;
  if (!(Math.abs(r) > limits.trendR && pValue < limits.trendP)) return null;
  return { slope, r, pValue, direction: slope > 0 ? "increasing" : "decreasing" };
}

export type OutlierVerdict =
  | Insufficient
  | {
      readonly kind: "ok" | "warning";
      readonly lower: number;
      readonly upper: number;
      /** Places in `values`. */
      readonly outliers: readonly number[];
    };

/** Values outside the fences of a baseline, which may be the same values. */
export function checkOutliers(
  baseline: readonly number[],
  values: readonly number[],
  limits: Limits = DEFAULT_LIMITS,
): OutlierVerdict {
  const of = describe(baseline);
  if (of === undefined || of.n < limits.minimumBaseline) return tooFew(baseline, limits);
  const { iqr, lower, upper } = fences(of, limits.iqrFactor);
  if (iqr === 0) return noSpread(of.n, limits);
  const outliers = [...values.keys()].filter((i) => values[i]! < lower || values[i]! > upper);
  return { kind: outliers.length === 0 ? "ok" : "warning", lower, upper, outliers };
}

const tooFew = ({ length }: readonly number[], { minimumBaseline }: Limits): Insufficient => ({
  kind: "insufficient_data",
  reason: "too_few_values",
  have: length,
  need: Math.max(2, minimumBaseline),
});
const noSpread = (have: number, { minimumBaseline }: Limits): Insufficient => ({
  kind: "insufficient_data",
  reason: "no_spread",
  have,
  need: minimumBaseline,
});
