/**
 * Changes in the rate of a test's outcomes, from the probabilities of `model.ts`. A change is reported where the probability that there
 * is one reaches a limit, at the place that is right within three runs with the greatest probability.
 */
import type { ChangePoint, Detection } from "../detect.ts";
import { fisherExact } from "../statistics/exact-tests.ts";
import { type ModelOptions, posterior } from "./model.ts";

export interface OutcomeOptions extends ModelOptions {
  /** Probability from which a change is reported. */
  readonly confirmed: number;
  /** The same for one of the newest runs, which is then only suspected. */
  readonly suspected: number;
  /** Runs a place may be off. */
  readonly margin: number;
  /** Probability that must lie within the margin: a change of which nobody can say where it is waits, unless it is this certain. */
  readonly close: number;
  readonly certain: number;
  /** Runs before the first change: fewer are no history. */
  readonly minimumBefore: number;
  /** The likeliest run is named where it holds so much of what the best window holds; else the middle of that window. */
  readonly likeliest: number;
  /** How far the probability of one change may be spread, to either side. */
  readonly reach: number;
  /** Greatest p of a change in Fisher's exact test, corrected for the search. */
  readonly maximumP: number;
  /** Smallest difference of the rates. */
  readonly minimumEffect: number;
  /** The rarer outcome must have occurred so often around the change. */
  readonly minimumHits: number;
}

export const OUTCOME_OPTIONS: OutcomeOptions = {
  rates: [0.001, 0.004, 0.01, 0.02, 0.035, 0.06, 0.1, 0.15, 0.22, 0.3, 0.4, 0.5]
    .flatMap((rate) => (rate === 0.5 ? [rate] : [rate, 1 - rate]))
    .sort((a, b) => a - b),
  leastStep: 0.2,
  change: 0.01,
  disturbance: 0.01,
  recovery: 0.3,
  disturbedRate: 0.9,
  sticky: [0, 0.2, 0.4, 0.6],
  confirmed: 0.7,
  suspected: 0.25,
  margin: 3,
  close: 0.45,
  certain: 0.95,
  minimumBefore: 8,
  likeliest: 0.5,
  reach: 20,
  maximumP: 0.2,
  minimumEffect: 0.1,
  minimumHits: 3,
};

/** Below it there is no history to speak of. */
const MINIMUM_RUNS = 8;
const NEWEST_RUNS = 10;
/** Probability of a disturbance from which its runs are odd: two failures in a row are still chance at a rate of 5 %. */
const ODD = 0.8;
/** One failure is a failure, no suspicion of a trend. */
const SUSPECTED_HITS = 2;

/** `values` are 0 or 1, in the order of time. Rates before and after a change are shares of ones. */
export function detectOutcomes(values: readonly number[], options: OutcomeOptions = OUTCOME_OPTIONS): Detection {
  if (values.length < MINIMUM_RUNS)
    return { verdict: "insufficient_data", changePoints: [], suspected: [], outliers: [] };
  const { change, disturbed, sticky } = posterior(values, options);
  const places = placesOf(change, options);
  const newest = values.length - NEWEST_RUNS;
  const ones = prefixSums(values);
  const likely = places.filter(
    ({ index, probability, close }) =>
      probability >= options.confirmed &&
      (close >= options.close || probability >= options.certain) &&
      index >= options.minimumBefore,
  );
  const weight = (1 - sticky) / (1 + sticky);
  const changePoints = significant(
    ones,
    likely.map(({ index }) => index),
    weight,
    options,
  );
  const found = changePoints.map(({ index }) => index);
  const known = found.filter((index) => index < newest);
  const fresh = places
    .filter(({ index }) => index >= newest && !found.includes(index))
    .map(({ index }) => changeAt(ones, [known.at(-1) ?? 0, index, values.length], weight, options));
  return {
    verdict: "ok",
    changePoints,
    suspected: fresh
      .filter(({ hits }) => hits >= SUSPECTED_HITS)
      .map(({ hits: _, ...point }) => ({ ...point, state: "suspected" })),
    outliers: burstsOf(values, disturbed),
  };
}

/** Runs that were probably disturbed, and those beside them with the same outcome that may have been. */
function burstsOf(values: readonly number[], disturbed: Float64Array): number[] {
  const isOdd = Array.from(disturbed, (probability) => probability >= ODD);
  const extend = (run: number, beside: number): void => {
    if (isOdd[beside] && values[run] === values[beside] && disturbed[run]! >= 0.25) isOdd[run] = true;
  };
  for (let run = 1; run < values.length; run++) extend(run, run - 1);
  for (let run = values.length - 2; run >= 0; run--) extend(run, run + 1);
  return [...isOdd.keys()].filter((run) => isOdd[run]);
}

/** Backward elimination: the least significant goes, and those beside it are tested again, until all are significant. */
function significant(
  ones: Float64Array,
  places: readonly number[],
  weight: number,
  options: OutcomeOptions,
): ChangePoint[] {
  const { maximumP, minimumEffect, minimumHits } = options;
  const kept = [...places];
  for (;;) {
    const points = kept.map((index, i) =>
      changeAt(ones, [kept[i - 1] ?? 0, index, kept[i + 1] ?? ones.length - 1], weight, options),
    );
    let weakest = -1;
    points.forEach((point, i) => {
      const isWeak =
        point.pValue > maximumP || Math.abs(point.after - point.before) < minimumEffect || point.hits < minimumHits;
      if (isWeak && (weakest < 0 || point.pValue > points[weakest]!.pValue)) weakest = i;
    });
    if (weakest < 0) return points.map(({ hits: _, ...point }) => point);
    kept.splice(weakest, 1);
  }
}

interface Candidate extends ChangePoint {
  /** How often the rarer outcome occurred on both sides. */
  readonly hits: number;
}

/** Of `weight` independent runs to each run of a sticky history: the effective size of a sample from a Markov chain. */
function changeAt(
  ones: Float64Array,
  [from, index, to]: readonly [number, number, number],
  weight: number,
  { margin }: OutcomeOptions,
): Candidate {
  const [before, after] = [index - from, to - index];
  const [onesBefore, onesAfter] = [ones[index]! - ones[from]!, ones[to]! - ones[index]!];
  const counted = (count: number): number => Math.round(count * weight);
  const { twoSided } = fisherExact(
    counted(onesBefore),
    counted(onesBefore) + counted(before - onesBefore),
    counted(onesAfter),
    counted(onesAfter) + counted(after - onesAfter),
  );
  const [rateBefore, rateAfter] = [onesBefore / before, onesAfter / after];
  return {
    index,
    // For each of the places at which the change could have been found; those within the margin are one.
    pValue: Math.max(1e-300, Math.min(1, twoSided * Math.max(1, (before + after) / (2 * margin + 1)))),
    before: rateBefore,
    after: rateAfter,
    direction: rateAfter > rateBefore ? "up" : "down",
    state: "confirmed",
    kind: "step",
    hits: Math.min(onesBefore + onesAfter, before + after - onesBefore - onesAfter),
  };
}

interface Place {
  readonly index: number;
  /** Of a change about here, and of one within the margin. */
  readonly probability: number;
  readonly close: number;
}

/** Where the probability of a change gathers, most probable first served; ascending. Each place uses up what belongs to one change. */
function placesOf(change: Float64Array, options: OutcomeOptions): Place[] {
  const { reach, margin, suspected } = options;
  const left = Float64Array.from(change);
  const places: Place[] = [];
  // Block by block, so that the time stays linear in a long history of many changes.
  for (let from = 0; from < left.length; from += BLOCK) {
    const to = Math.min(left.length, from + BLOCK);
    for (;;) {
      const wide = densest(left, from, to, reach);
      if (wide.mass < suspected) break;
      const at = placeOf(left, Math.max(0, wide.at - reach), Math.min(left.length, wide.at + reach + 1), options);
      const close = densest(left, at, at + 1, margin).mass;
      places.push({ index: at, probability: Math.min(1, wide.mass), close });
      useUp(left, at, reach, margin);
    }
  }
  return places.sort((a, b) => a.index - b.index);
}

const BLOCK = 1024;
/** Of probabilities: a smaller difference decides nothing, so that the order of a sum never does. */
const ROUNDING = 1e-6;

/** A sharp change is named by its first run, a vague one by the place from which the margin covers most. */
function placeOf(left: Float64Array, from: number, to: number, { margin, likeliest }: OutcomeOptions): number {
  const best = densest(left, from, to, margin);
  const mode = densest(left, Math.max(from, best.at - margin), Math.min(to, best.at + margin + 1), 0).at;
  return left[mode]! >= likeliest * best.mass ? mode : best.at;
}

/** The middle (in `from` to `to`) of the window of `half` runs to either side that holds most; among equals the likeliest run itself. */
function densest(left: Float64Array, from: number, to: number, half: number): { at: number; mass: number } {
  let mass = 0;
  for (let run = Math.max(0, from - half); run < Math.min(left.length, from + half); run++) mass += left[run]!;
  let best = { at: from, mass: -1 };
  for (let at = from; at < to; at++) {
    mass += left[at + half] ?? 0;
    const isMore = mass > best.mass + ROUNDING;
    if (isMore || (mass > best.mass - ROUNDING && left[at]! > left[best.at]! + ROUNDING)) best = { at, mass };
    mass -= left[at - half] ?? 0;
  }
  return best;
}

function useUp(left: Float64Array, at: number, reach: number, margin: number): void {
  let unit = 1;
  for (let away = 0; away <= reach; away++) {
    for (const run of away === 0 ? [at] : [at - away, at + away]) {
      if (run < 0 || run >= left.length) continue;
      const used = away <= margin ? left[run]! : Math.min(left[run]!, Math.max(0, unit));
      left[run]! -= used;
      unit -= used;
    }
  }
}

function prefixSums(values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i]! + values[i]!;
  return sums;
}
