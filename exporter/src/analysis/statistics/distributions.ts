/** Tail probabilities of the usual distributions. Arguments that are no numbers give NaN, never a probability. */
import { normalTwoSided } from "./normal.ts";
import { binomialTerm, incompleteBeta, incompleteGamma } from "./special.ts";

/** P(|T| > |t|) of Student's distribution with `df` > 0 degrees of freedom, not always whole (Welch). */
export function studentTwoSided(t: number, df: number): number {
  if (Number.isNaN(t) || !(df > 0)) return Number.NaN;
  if (!Number.isFinite(df)) return normalTwoSided(t);
  const ratio = (t / df) * t;
  if (!Number.isFinite(ratio)) return 0;
  return incompleteBeta(df / 2, 0.5, 1 / (1 + ratio), ratio / (1 + ratio)).lower;
}

/** P(T > t). */
export function studentUpper(t: number, df: number): number {
  const both = studentTwoSided(t, df);
  return t >= 0 ? both / 2 : 1 - both / 2;
}

/** P(F > f) with `df1` and `df2` degrees of freedom. */
export function fUpper(f: number, df1: number, df2: number): number {
  if (Number.isNaN(f) || !(df1 > 0) || !(df2 > 0)) return Number.NaN;
  if (f <= 0) return 1;
  const ratio = (df1 / df2) * f;
  if (!Number.isFinite(ratio)) return 0;
  return incompleteBeta(df1 / 2, df2 / 2, ratio / (1 + ratio), 1 / (1 + ratio)).upper;
}

/** P(X > x) of the chi-squared distribution. */
export function chiSquaredUpper(x: number, df: number): number {
  return Number.isNaN(x) || !(df > 0) ? Number.NaN : incompleteGamma(df / 2, x / 2).upper;
}

/** P(X <= x) of the beta distribution. */
export function betaLower(x: number, a: number, b: number): number {
  return Number.isNaN(x) || !(a > 0) || !(b > 0) ? Number.NaN : incompleteBeta(a, b, x, 1 - x).lower;
}

/** P(X >= k) of k successes among n, each with probability p. */
export function binomialAtLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  return k > n ? 0 : incompleteBeta(k, n - k + 1, p, 1 - p).lower;
}

/** P(X <= k) of k successes among n. */
export function binomialAtMost(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : incompleteBeta(k + 1, n - k, p, 1 - p).upper;
}

/** P(X = k): `draws` from `total` of which `marked` are marked hold k marked ones (Loader's product of binomial terms). */
export function hypergeometric(k: number, draws: number, marked: number, total: number): number {
  if (k < Math.max(0, draws + marked - total) || k > Math.min(draws, marked)) return 0;
  const p = draws / total;
  const q = (total - draws) / total;
  const term = (x: number, n: number) => binomialTerm(x, n, p, q);
  return (term(k, marked) * term(draws - k, total - marked)) / term(draws, total);
}
