/** Scores: found change points against the true ones. */
export interface Tally {
  hits: number;
  misses: number;
  falseAlarms: number;
}
export const emptyTally = (): Tally => ({ hits: 0, misses: 0, falseAlarms: 0 });

export const MARGIN = 3;

/** Each true change is matched with at most one found within the margin, the nearest first; what is left over is a false alarm. */
export function tally(total: Tally, truth: readonly number[], found: readonly number[], margin = MARGIN): void {
  const pairs = truth
    .flatMap((t) => found.map((f) => ({ t, f, away: Math.abs(t - f) })))
    .filter(({ away }) => away <= margin)
    .sort((a, b) => a.away - b.away);
  const [usedTrue, usedFound] = [new Set<number>(), new Set<number>()];
  for (const { t, f } of pairs)
    if (!usedTrue.has(t) && !usedFound.has(f)) {
      usedTrue.add(t);
      usedFound.add(f);
    }
  total.hits += usedTrue.size;
  total.misses += truth.length - usedTrue.size;
  total.falseAlarms += found.length - usedFound.size;
}

export const precision = ({ hits, falseAlarms }: Tally): number =>
  hits + falseAlarms === 0 ? 1 : hits / (hits + falseAlarms);
export const recall = ({ hits, misses }: Tally): number => (hits + misses === 0 ? 1 : hits / (hits + misses));
export const f1 = ({ hits, misses, falseAlarms }: Tally): number =>
  (2 * hits) / Math.max(1, 2 * hits + misses + falseAlarms);
