/** Tails of the standard normal distribution. NaN gives NaN, never a probability. */
import { incompleteGamma } from "./special.ts";

/** P(Z > z). */
export function normalUpper(z: number): number {
  const tail = normalTwoSided(z) / 2;
  return z < 0 ? 1 - tail : tail;
}

/** P(|Z| > |z|). */
export function normalTwoSided(z: number): number {
  return Number.isNaN(z) ? Number.NaN : incompleteGamma(0.5, 0.5 * z * z).upper;
}
