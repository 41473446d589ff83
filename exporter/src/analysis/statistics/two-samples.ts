/** Tests of two samples for a difference of level. Two-sided; values must be finite. */
import { sampleVariance } from "simple-statistics";
import { standardDeviation } from "./describe.ts";
import { studentTwoSided } from "./distributions.ts";
import { normalUpper } from "./normal.ts";

export interface TTest {
  /** Of the first sample's mean less the second's. */
  readonly t: number;
  readonly pValue: number;
}

/** Welch's test, variances not assumed equal; null below two values a side or where neither side has spread. */
export function welch(first: readonly number[], second: readonly number[]): TTest | null {
  const sides = [first, second].map(summary);
  const [a, b] = sides;
  if (a === undefined || b === undefined || (a.variance === 0 && b.variance === 0)) return null;
  const errorA = a.variance / a.n;
  const errorB = b.variance / b.n;
  const error = errorA + errorB;
  const t = (a.mean - b.mean) / Math.sqrt(error);
  // Welch and Satterthwaite; in shares of the error, which neither overflow nor underflow.
  const df = 1 / ((errorA / error) ** 2 / (a.n - 1) + (errorB / error) ** 2 / (b.n - 1));
  return { t, pValue: studentTwoSided(t, df) };
}

/** Student's test with pooled variance; null as for `welch`. */
export function student(first: readonly number[], second: readonly number[]): TTest | null {
  const [a, b] = [first, second].map(summary);
  if (a === undefined || b === undefined || (a.variance === 0 && b.variance === 0)) return null;
  const df = a.n + b.n - 2;
  const pooled = ((a.n - 1) * a.variance + (b.n - 1) * b.variance) / df;
  const t = (a.mean - b.mean) / Math.sqrt(pooled * (1 / a.n + 1 / b.n));
  return { t, pValue: studentTwoSided(t, df) };
}

function summary(values: readonly number[]): { n: number; mean: number; variance: number } | undefined {
  if (values.length < 2) return undefined;
  const variance = standardDeviation(values) === 0 ? 0 : sampleVariance(values as number[]);
  return { n: values.length, mean: pairwiseSum(values, 0, values.length) / values.length, variance };
}

/**
 * The sum in numpy's order (eight partial sums for up to 128 values, halves beyond): where the difference of two means is near
 * the rounding of their offset, t depends on that order, and it shall be the t that SciPy gives.
 */
function pairwiseSum(values: readonly number[], from: number, n: number): number {
  if (n > 128) {
    const half = Math.floor(n / 16) * 8;
    return pairwiseSum(values, from, half) + pairwiseSum(values, from + half, n - half);
  }
  const at = (i: number): number => values[from + i]!;
  const whole = n - (n % 8);
  let sum = 0;
  if (whole > 0) {
    const r = [0, 1, 2, 3, 4, 5, 6, 7].map((k) => {
      let part = at(k);
      for (let i = 8 + k; i < whole; i += 8) part += at(i);
      return part;
    }) as [number, number, number, number, number, number, number, number];
    sum = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
  }
  for (let i = whole; i < n; i++) sum += at(i);
  return sum;
}

export interface MannWhitney {
  /** Pairs in which the first sample's value is larger; ties count half. */
  readonly u: number;
  /** Normal approximation with corrections for ties and continuity; null when all values are equal. */
  readonly pValueAsymptotic: number | null;
  /** Null with ties, and beyond EXACT_VALUES values, where the approximation is as good. */
  readonly pValueExact: number | null;
  readonly ties: boolean;
}

const EXACT_VALUES = 60;

/** The rank test (Mann and Whitney 1947); null when a side is empty. */
export function mannWhitney(first: readonly number[], second: readonly number[]): MannWhitney | null {
  const n1 = first.length;
  const n2 = second.length;
  const n = n1 + n2;
  if (n1 === 0 || n2 === 0) return null;
  const { rankSum, tieTerm } = ranks(first, second);
  const u = rankSum - (n1 * (n1 + 1)) / 2;
  const larger = Math.max(u, n1 * n2 - u);
  const variance = ((n1 * n2) / 12) * (n + 1 - tieTerm / (n * (n - 1)));
  const z = (larger - (n1 * n2) / 2 - 0.5) / Math.sqrt(variance);
  const ties = tieTerm > 0;
  return {
    u,
    pValueAsymptotic: variance > 0 ? Math.min(1, 2 * normalUpper(z)) : null,
    pValueExact: ties || n > EXACT_VALUES ? null : exactPValue(n1 * n2 - larger, n1, n2),
    ties,
  };
}

/** Rank sum of the first sample, with mean ranks for ties, and Σ (t³ - t) over groups of t equal values. */
function ranks(first: readonly number[], second: readonly number[]): { rankSum: number; tieTerm: number } {
  const a = Float64Array.from(first).sort();
  const b = Float64Array.from(second).sort();
  let rankSum = 0;
  let tieTerm = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const value = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    const before = i + j;
    const fromA = i;
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    const size = i + j - before;
    rankSum += (i - fromA) * (before + (size + 1) / 2);
    tieTerm += size ** 3 - size;
  }
  return { rankSum, tieTerm };
}

/**
 * Twice P(U <= u), by Mann and Whitney's recurrence on probabilities: the largest value belongs to the first sample, and beats all
 * n2 of the other, or to the second. Only sums of positive terms, so the far tail keeps its digits.
 */
function exactPValue(u: number, n1: number, n2: number): number {
  // rows[j][k]: P(U = k) for i values of the first sample and j of the second; i grows in the loop.
  let rows = Array.from({ length: n2 + 1 }, () => pointAtZero(u));
  for (let i = 1; i <= n1; i++) {
    const next = [pointAtZero(u)];
    for (let j = 1; j <= n2; j++) {
      const row = new Float64Array(u + 1);
      const shifted = rows[j]!;
      const kept = next[j - 1]!;
      for (let k = 0; k <= u; k++) row[k] = (i * (k >= j ? shifted[k - j]! : 0) + j * kept[k]!) / (i + j);
      next.push(row);
    }
    rows = next;
  }
  return Math.min(1, 2 * rows[n2]!.reduce((sum, term) => sum + term, 0));
}

function pointAtZero(u: number): Float64Array {
  const row = new Float64Array(u + 1);
  row[0] = 1;
  return row;
}
