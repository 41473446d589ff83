/**
 * The plain statistics of one series (R1), as `plumbline analyze --statistics` prints them: the same numbers as SciPy, numpy and
 * pandas give, so that anyone can check. Null: not defined, for want of values or of spread; never NaN, never infinity.
 */
import { describe, fences, medianDeviation, quantiles } from "./describe.ts";
import { observed } from "./observed.ts";
import { lag1Autocorrelation, regression } from "./regression.ts";
import { type MannWhitney, mannWhitney, student, type TTest, welch } from "./two-samples.ts";

export interface SeriesStatistics {
  /** Values that are there; gaps do not count. */
  readonly n: number;
  /** The last value against mean and standard deviation of all before it; null below three values. */
  readonly zScoreLast: {
    readonly baselineMean: number | null;
    readonly baselineStd: number | null;
    /** With its sign; null where the baseline has no spread. */
    readonly z: number | null;
  } | null;
  readonly iqr: {
    readonly q1: number | null;
    readonly q3: number | null;
    readonly iqr: number | null;
    readonly lower: number | null;
    readonly upper: number | null;
    /** Positions in the input, from 0, gaps counted. */
    readonly outliers: readonly number[];
  } | null;
  /** Over x = 0 to 9; null below ten values. */
  readonly linregressLast10: {
    readonly slope: number | null;
    readonly intercept: number | null;
    readonly r: number | null;
    readonly pValue: number | null;
    readonly stderr: number | null;
  } | null;
  readonly percentiles: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  } | null;
  readonly median: number | null;
  /** Median of the distances from the median, not scaled to a standard deviation. */
  readonly madRaw: number | null;
  readonly stdDdof1: number | null;
  readonly mean: number | null;
  readonly autocorrLag1: number | null;
  /** The first floor(n / 2) values against the rest. */
  readonly halves: {
    readonly nFirst: number;
    readonly nSecond: number;
    readonly mannWhitney: MannWhitney | null;
    readonly welch: TTest | null;
    readonly student: TTest | null;
  } | null;
}

const TREND_VALUES = 10;

/** Null and what is not finite are gaps; the order is that of `observed`. */
export function seriesStatistics(
  input: readonly (number | null)[],
  timestamps?: readonly (number | null)[],
): SeriesStatistics {
  const { values: present, positions } = observed(input, timestamps);
  const n = present.length;
  const { values, scale } = scaled(present);
  const back = (value: number | null | undefined): number | null => {
    const result = value === null || value === undefined ? Number.NaN : value * scale;
    return Number.isFinite(result) ? result : null;
  };
  const whole = describe(values);
  if (whole === undefined) return NOTHING;

  const before = n < 3 ? undefined : describe(values.slice(0, -1));
  const { iqr, lower, upper } = fences(whole);
  const trend = n < TREND_VALUES ? undefined : regression(values.slice(-TREND_VALUES));
  const [p95, p99] = quantiles(values, [0.95, 0.99]);
  const half = Math.floor(n / 2);
  const first = values.slice(0, half);
  const second = values.slice(half);
  return {
    n,
    zScoreLast:
      before === undefined
        ? null
        : {
            baselineMean: back(before.mean),
            baselineStd: back(before.std),
            z: before.std ? (values[n - 1]! - before.mean) / before.std : null,
          },
    iqr: {
      q1: back(whole.q1),
      q3: back(whole.q3),
      iqr: back(iqr),
      lower: back(lower),
      upper: back(upper),
      outliers: positions.filter((_, i) => values[i]! < lower || values[i]! > upper).sort((a, b) => a - b),
    },
    linregressLast10:
      trend === undefined
        ? null
        : {
            slope: back(trend.slope),
            intercept: back(trend.intercept),
            r: trend.r,
            pValue: trend.pValue,
            stderr: back(trend.stderr),
          },
    percentiles: { p50: back(whole.median), p95: back(p95), p99: back(p99) },
    median: back(whole.median),
    madRaw: back(medianDeviation(values)),
    stdDdof1: back(whole.std),
    mean: back(whole.mean),
    autocorrLag1: lag1Autocorrelation(values),
    halves: {
      nFirst: half,
      nSecond: n - half,
      mannWhitney: mannWhitney(first, second),
      welch: welch(first, second),
      student: student(first, second),
    },
  };
}

const NOTHING: SeriesStatistics = {
  n: 0,
  zScoreLast: null,
  iqr: null,
  linregressLast10: null,
  percentiles: null,
  median: null,
  madRaw: null,
  stdDdof1: null,
  mean: null,
  autocorrLag1: null,
  halves: null,
};

/**
 * Numbers whose squares would overflow or vanish are divided by a power of two, which costs no digit. Others are left as they are:
 * nearly all series.
 */
function scaled(values: readonly number[]): { values: number[]; scale: number } {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0 || (largest > 1e-100 && largest < 1e100)) return { values: [...values], scale: 1 };
  const scale = 2 ** Math.max(-1022, Math.floor(Math.log2(largest)));
  return { values: values.map((value) => value / scale), scale };
}
