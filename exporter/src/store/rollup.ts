/**
 * What one part adds to its suite's roll-up row, kept in memory while the part is read. Counts follow final outcomes: a
 * later attempt takes the place of an earlier one.
 */
import { ERROR_TYPES, type ErrorType, noCounts, type Outcome, type OutcomeCounts } from "../model/test.ts";

export interface Tally {
  counts: OutcomeCounts;
  retries: number;
  flaky: number;
  secondsSum: number;
  secondsCount: number;
  /** Per bucket, not cumulative; the last is above all bounds. */
  buckets: number[];
  errors: Partial<Record<ErrorType, number>>;
}

export function newTally(bounds: readonly number[]): Tally {
  return {
    counts: noCounts(),
    retries: 0,
    flaky: 0,
    secondsSum: 0,
    secondsCount: 0,
    buckets: new Array<number>(bounds.length + 1).fill(0),
    errors: {},
  };
}

/** Index of the bucket of a value: the first bound that is not below it. */
export function bucketOf(bounds: readonly number[], value: number): number {
  let index = 0;
  while (index < bounds.length && value > bounds[index]!) index++;
  return index;
}

export function addTo(into: Tally, from: Tally): void {
  for (const outcome of Object.keys(into.counts) as Outcome[]) into.counts[outcome] += from.counts[outcome];
  into.retries += from.retries;
  into.flaky += from.flaky;
  into.secondsCount += from.secondsCount;
  // Taking out what a retry replaced leaves rounding behind.
  into.secondsSum = into.secondsCount === 0 ? 0 : Math.max(0, into.secondsSum + from.secondsSum);
  for (let i = 0; i < into.buckets.length; i++) into.buckets[i]! += from.buckets[i] ?? 0;
  for (const type of ERROR_TYPES) {
    const sum = (into.errors[type] ?? 0) + (from.errors[type] ?? 0);
    if (sum !== 0) into.errors[type] = sum;
    else delete into.errors[type];
  }
}

/**
 * Moves counts to other bounds after a change of configuration: each old bucket goes to the first new bound that covers all of
 * it, so that no count is lost and none is claimed to be faster than it was.
 */
export function rebucket(oldBounds: readonly number[], counts: readonly number[], bounds: readonly number[]): number[] {
  const out = new Array<number>(bounds.length + 1).fill(0);
  counts.forEach((count, index) => {
    const upper = oldBounds[index] ?? Number.POSITIVE_INFINITY;
    let target = bounds.findIndex((bound) => bound >= upper);
    if (target === -1) target = bounds.length;
    out[target]! += count;
  });
  return out;
}
