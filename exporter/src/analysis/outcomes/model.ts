/**
 * A history of outcomes as a hidden Markov model: a test has a rate of ones, which rarely changes; now and then it is disturbed for a
 * few runs, in which the unlikely outcome prevails (a burst: a full disk, an outage); and an outcome may make the same next one
 * likelier (sticky failures). Forward and backward pass (Rabiner 1989) give, for each run, the probability that the rate changed
 * there: exact, in linear time. How sticky a history is stays open: the answer is the mean over several degrees, weighted by how well
 * each explains it.
 */

export interface ModelOptions {
  /** Rates a level can have, ascending, all equally likely. */
  readonly rates: readonly number[];
  /** Least difference between a level's rate and the next one's: a smaller change is nobody's concern, and would blur the large ones. */
  readonly leastStep: number;
  /** Probability of a change at a run. */
  readonly change: number;
  /** Probability that a disturbance begins at a run, that it ends at the next, and of the unlikely outcome within it. */
  readonly disturbance: number;
  readonly recovery: number;
  readonly disturbedRate: number;
  /** Degrees of stickiness: the share of the way from its rate to certainty that one outcome takes the next. */
  readonly sticky: readonly number[];
}

export interface Posterior {
  /** For each run, the probability that a new level begins with it. */
  readonly change: Float64Array;
  /** For each run, the probability that it was disturbed. */
  readonly disturbed: Float64Array;
  /** The degree of stickiness, by its mean. */
  readonly sticky: number;
}

/** Runs of one pass; longer histories are read in overlapping pieces: what is hundreds of runs away says nothing any more. */
const PIECE = 4096;
const OVERLAP = 512;

/** `values` are 0 or 1. */
export function posterior(values: ArrayLike<number>, options: ModelOptions): Posterior {
  const n = values.length;
  const change = new Float64Array(n);
  const disturbed = new Float64Array(n);
  let sticky = 0;
  for (let from = 0; from < n; from += PIECE) {
    const to = Math.min(n, from + PIECE);
    const first = Math.max(0, from - OVERLAP);
    const last = Math.min(n, to + OVERLAP);
    const piece = averaged(
      Uint8Array.from({ length: last - first }, (_, i) => values[first + i]!),
      options,
    );
    change.set(piece.change.subarray(from - first, to - first), from);
    disturbed.set(piece.disturbed.subarray(from - first, to - first), from);
    sticky += (piece.sticky * (to - from)) / n;
  }
  return { change, disturbed, sticky };
}

function averaged(values: Uint8Array, options: ModelOptions): Posterior {
  const passes = options.sticky.map((sticky) => pass(values, sticky, options));
  const best = Math.max(...passes.map(({ evidence }) => evidence));
  const weights = passes.map(({ evidence }) => Math.exp(evidence - best));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (pass: Pass) => number): number =>
    passes.reduce((sum, one, at) => sum + (weights[at]! / total) * of(one), 0);
  return {
    change: Float64Array.from(values, (_, i) => mean(({ change }) => change[i]!)),
    disturbed: Float64Array.from(values, (_, i) => mean(({ disturbed }) => disturbed[i]!)),
    sticky: mean(({ sticky }) => sticky),
  };
}

interface Pass extends Posterior {
  /** ln P(values). */
  readonly evidence: number;
}

/** Of differences of rates, so that those of 1 - rate decide alike. */
const ROUNDING = 1e-9;

/** For each rate, the levels too near to change to (`from` up to, not including, `to`), and the share of each of the others. */
function reachable(
  rates: readonly number[],
  leastStep: number,
): { near: readonly { from: number; to: number }[]; share: readonly number[] } {
  const near = rates.map((rate) => ({
    from: rates.findIndex((other) => other - rate > ROUNDING - leastStep),
    to: rates.findLastIndex((other) => other - rate < leastStep - ROUNDING) + 1,
  }));
  return { near, share: near.map(({ from, to }) => 1 / (rates.length - (to - from))) };
}

/** States: each rate undisturbed, then each rate disturbed. */
function pass(values: Uint8Array, sticky: number, options: ModelOptions): Pass {
  const { rates, leastStep, change, disturbance, recovery, disturbedRate } = options;
  const levels = rates.length;
  const states = 2 * levels;
  const n = values.length;
  const { near, share } = reachable(rates, leastStep);
  const stay = 1 - change;
  // What arrives at each level by a change, of what all levels hold; and what leaves each, of what all expect.
  const fresh = new Float64Array(levels);
  const sums = new Float64Array(levels + 1);
  const move = (of: (level: number) => number, isForward: boolean): void => {
    for (let level = 0; level < levels; level++)
      sums[level + 1] = sums[level]! + of(level) * (isForward ? share[level]! : 1);
    for (let level = 0; level < levels; level++) {
      const { from, to } = near[level]!;
      fresh[level] = change * (sums[levels]! - sums[to]! + sums[from]!) * (isForward ? 1 : share[level]!);
    }
  };
  // Likelihood of each state for an outcome after an outcome: [before * 2 + now], where before 2 stands for none.
  const likelihoods = [0, 1, 2].flatMap((before) =>
    [0, 1].map((now) =>
      Float64Array.from({ length: states }, (_, state) => {
        const rate = rates[state % levels]!;
        const one = before === 2 ? rate : rate + sticky * (before - rate);
        const odd = rate === 0.5 ? 0.5 : rate < 0.5 ? disturbedRate : 1 - disturbedRate;
        const probability = state < levels ? one : odd;
        return now === 1 ? probability : 1 - probability;
      }),
    ),
  );
  const likelihood = (run: number): Float64Array => likelihoods[(run === 0 ? 2 : values[run - 1]!) * 2 + values[run]!]!;

  const forward = new Float64Array(n * states);
  let evidence = 0;
  for (let run = 0; run < n; run++) {
    const of = likelihood(run);
    const now = run * states;
    const before = now - states;
    let sum = 0;
    if (run > 0) move((level) => forward[before + level]! + forward[before + levels + level]!, true);
    for (let level = 0; level < levels; level++) {
      let calm = 1 / levels;
      let odd = 0;
      if (run > 0) {
        const wasCalm = forward[before + level]!;
        const wasOdd = forward[before + levels + level]!;
        calm = stay * (wasCalm * (1 - disturbance) + wasOdd * recovery) + fresh[level]!;
        odd = stay * (wasCalm * disturbance + wasOdd * (1 - recovery));
      }
      calm *= of[level]!;
      odd *= of[levels + level]!;
      forward[now + level] = calm;
      forward[now + levels + level] = odd;
      sum += calm + odd;
    }
    for (let state = 0; state < states; state++) forward[now + state]! /= sum;
    evidence += Math.log(sum);
  }

  const changed = new Float64Array(n);
  const disturbed = new Float64Array(n);
  const backward = new Float64Array(states).fill(1);
  const weighted = new Float64Array(states);
  for (let run = n - 1; run >= 0; run--) {
    const now = run * states;
    let all = 0;
    let odd = 0;
    for (let state = 0; state < states; state++) {
      const joint = forward[now + state]! * backward[state]!;
      all += joint;
      if (state >= levels) odd += joint;
    }
    disturbed[run] = odd / all;
    if (run === 0) break;
    const of = likelihood(run);
    for (let state = 0; state < states; state++) weighted[state] = backward[state]! * of[state]!;
    move((level) => weighted[level]!, false);
    let sum = 0;
    let joint = 0;
    let moved = 0;
    for (let level = 0; level < levels; level++) {
      const calm = weighted[level]!;
      const strange = weighted[levels + level]!;
      const toCalm = stay * (calm * (1 - disturbance) + strange * disturbance) + fresh[level]!;
      const toOdd = stay * (calm * recovery + strange * (1 - recovery)) + fresh[level]!;
      backward[level] = toCalm;
      backward[levels + level] = toOdd;
      sum += toCalm + toOdd;
      const [wasCalm, wasOdd] = [forward[now - states + level]!, forward[now - states + levels + level]!];
      joint += wasCalm * toCalm + wasOdd * toOdd;
      moved += (wasCalm + wasOdd) * fresh[level]!;
    }
    changed[run] = moved / joint;
    for (let state = 0; state < states; state++) backward[state]! /= sum;
  }
  return { change: changed, disturbed, sticky, evidence };
}
