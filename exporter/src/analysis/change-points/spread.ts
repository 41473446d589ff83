/** Changes of the spread: the level stays, but runs differ more, or less, than before. */
import { fUpper } from "../statistics/distributions.ts";

export interface SpreadChange {
  readonly index: number;
  /** Standard deviations, of transformed values. */
  readonly before: number;
  readonly after: number;
  /** Corrected for the search. */
  readonly pValue: number;
}

/** A change of spread has this many runs on each side, and this ratio at least. */
const SHORTEST = 15;
const SMALLEST_RATIO = 1.5;

/**
 * The one place where variances before and after differ most (cumulative sum of squares, Inclan and Tiao 1994), if an F-test finds
 * them different. `rest` is what runs differ from their levels by, spikes left out; each is drawn in to three scales, and the degrees
 * of freedom are halved, since real noise has heavier tails than the test supposes.
 */
export function spreadChange(rest: Float64Array, scale: number, phi: number, alpha: number): SpreadChange | undefined {
  const n = rest.length;
  if (n < 2 * SHORTEST || !(scale > 0)) return undefined;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = sums[i]! + Math.min(Math.abs(rest[i]!), 3 * scale) ** 2;
  let [most, index] = [-1, 0];
  for (let i = SHORTEST; i <= n - SHORTEST; i++) {
    const away = Math.abs(sums[i]! / sums[n]! - i / n) / Math.sqrt((i / n) * (1 - i / n));
    if (away > most) [most, index] = [away, i];
  }
  const [before, after] = [sums[index]! / index, (sums[n]! - sums[index]!) / (n - index)];
  if (!(before > 0) || !(after > 0)) return undefined;
  const share = (0.5 * (1 - phi)) / (1 + phi);
  const [small, large] = before < after ? [before, after] : [after, before];
  const [runsSmall, runsLarge] = before < after ? [index, n - index] : [n - index, index];
  const tail = fUpper(large / small, Math.max(1, runsLarge * share), Math.max(1, runsSmall * share));
  const pValue = Math.min(1, 2 * tail * n);
  if (pValue > alpha || Math.sqrt(large / small) < SMALLEST_RATIO) return undefined;
  return { index, before: Math.sqrt(before), after: Math.sqrt(after), pValue };
}
