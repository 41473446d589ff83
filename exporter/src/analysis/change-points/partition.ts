/**
 * Optimal partitioning into levels (Jackson et al. 2005) with the pruning of PELT (Killick, Fearnhead, Eckley 2012): the split
 * with the smallest sum of squared distances from segment means plus `penalty` per change point.
 */

export interface Sums {
  /** `first[i]` is the sum of the first i values, `second[i]` of their squares. */
  readonly first: Float64Array;
  readonly second: Float64Array;
}

export function sumsOf(values: Float64Array): Sums {
  const first = new Float64Array(values.length + 1);
  const second = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) {
    first[i + 1] = first[i]! + values[i]!;
    second[i + 1] = second[i]! + values[i]! * values[i]!;
  }
  return { first, second };
}

/** Runs of the shortest level. */
export const SHORTEST = 3;

const PRUNE_EVERY = 8;

/** Starts of all segments but the first, ascending. Every segment has at least `shortest` values. */
export function partition({ first, second }: Sums, penalty: number, shortest: number): number[] {
  const n = first.length - 1;
  if (n < 2 * shortest) return [];
  // Dividing is what takes the time here, so it is done once for each length.
  const inverse = Float64Array.from({ length: n + 1 }, (_, length) => 1 / length);
  const cut = new Int32Array(n + 1);
  // Candidates for the start of the last segment: where, the sum up to there, the cost of the best split up to there.
  const starts = new Int32Array(n + 1);
  const sums = new Float64Array(n + 1);
  const costs = new Float64Array(n + 1);
  const best = new Float64Array(n + 1);
  best[0] = -penalty;
  let count = 0;
  for (let end = shortest; end <= n; end++) {
    const newest = end - shortest;
    if (newest === 0 || newest >= shortest) {
      starts[count] = newest;
      sums[count] = first[newest]!;
      costs[count++] = best[newest]! - second[newest]!;
    }
    const sumEnd = first[end]!;
    let lowest = Number.POSITIVE_INFINITY;
    let at = 0;
    for (let c = 0; c < count; c++) {
      const sum = sumEnd - sums[c]!;
      const total = costs[c]! - sum * sum * inverse[end - starts[c]!]!;
      if (total < lowest) {
        lowest = total;
        at = c;
      }
    }
    best[end] = lowest + second[end]! + penalty;
    cut[end] = starts[at]!;
    // A candidate that is behind by more than one penalty at a place where every later split could begin a level can never win again.
    // Looked for now and then, it costs little.
    const place = end + 1 - shortest;
    if (end % PRUNE_EVERY !== 0 || place < shortest) continue;
    const limit = best[place]! - second[place]!;
    let kept = 0;
    for (let c = 0; c < count; c++) {
      const sum = first[place]! - sums[c]!;
      const length = place - starts[c]!;
      if (length >= shortest && costs[c]! - sum * sum * inverse[length]! > limit) continue;
      starts[kept] = starts[c]!;
      sums[kept] = sums[c]!;
      costs[kept++] = costs[c]!;
    }
    count = kept;
  }
  const changes: number[] = [];
  for (let at = cut[n]!; at > 0; at = cut[at]!) changes.push(at);
  return changes.reverse();
}
