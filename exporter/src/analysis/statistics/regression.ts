import { mean } from "simple-statistics";
import { standardDeviation } from "./describe.ts";
import { studentTwoSided } from "./distributions.ts";

export interface Regression {
  readonly slope: number;
  readonly intercept: number;
  /** Correlation of x and y; null where y has no spread. */
  readonly r: number | null;
  /** Two-sided, of slope 0; null where y has no spread or two points leave no freedom. 0 on a perfect line. */
  readonly pValue: number | null;
  /** Standard error of the slope; null for two points and where y has no spread. */
  readonly stderr: number | null;
}

/** Least squares of y over x = 0, 1, 2, …; undefined below two values. Sums are taken around the means, so offsets cost no digits. */
export function regression(y: readonly number[]): Regression | undefined {
  const n = y.length;
  if (n < 2) return undefined;
  const meanX = (n - 1) / 2;
  const meanY = mean(y as number[]);
  // Of the numbers 0 to n - 1.
  const sxx = (n * (n * n - 1)) / 12;
  let sxy = 0;
  let syy = 0;
  for (let i = 0; i < n; i++) {
    sxy += (i - meanX) * (y[i]! - meanY);
    syy += (y[i]! - meanY) ** 2;
  }
  const isFlat = standardDeviation(y) === 0;
  const slope = isFlat ? 0 : sxy / sxx;
  const intercept = meanY - slope * meanX;
  const df = n - 2;
  if (isFlat) return { slope, intercept, r: null, pValue: null, stderr: null };
  const r = Math.max(-1, Math.min(1, sxy / Math.sqrt(sxx * syy)));
  if (df === 0) return { slope, intercept, r, pValue: null, stderr: null };
  let residual = 0;
  for (let i = 0; i < n; i++) residual += (y[i]! - meanY - slope * (i - meanX)) ** 2;
  const stderr = Math.sqrt(residual / df / sxx);
  return { slope, intercept, r, pValue: stderr === 0 ? 0 : studentTwoSided(slope / stderr, df), stderr };
}

/** Pearson's correlation of each value with the one before it; null below three values or where either side has no spread. */
export function lag1Autocorrelation(values: readonly number[]): number | null {
  const n = values.length - 1;
  if (n < 2) return null;
  const before = values.slice(0, -1);
  const after = values.slice(1);
  if (standardDeviation(before) === 0 || standardDeviation(after) === 0) return null;
  const meanBefore = mean(before);
  const meanAfter = mean(after);
  let sxy = 0;
  let sxx = 0;
  let syy = 0;
  for (let i = 0; i < n; i++) {
    const x = before[i]! - meanBefore;
    const y = after[i]! - meanAfter;
    sxy += x * y;
    sxx += x * x;
    syy += y * y;
  }
  return Math.max(-1, Math.min(1, sxy / Math.sqrt(sxx * syy)));
}
