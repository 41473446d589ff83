/**
 * The detector itself, on transformed values: spikes aside, levels and noise found together, chance removed, bursts and drift told from
 * steps, the newest level judged. Each part has its file; the reasons are in docs/detection.md.
 */
import { removeBursts } from "./bursts.ts";
import { type Ramp, removeRamps, restOfLine } from "./drift.ts";
import { expectedExcursions } from "./excursions.ts";
import {
  type Context,
  compare,
  compareNewest,
  eliminate,
  type Level,
  levelBetween,
  levelsOf,
  simplifications,
} from "./levels.ts";
import { guessScale, longRun, type Noise, noiseOf, residuals } from "./noise.ts";
import { partition, type Sums, sumsOf } from "./partition.ts";
import { rhythmOf } from "./season.ts";
import type { Settings } from "./settings.ts";
import { localScale, spikesOf } from "./spikes.ts";
import { type SpreadChange, spreadChange } from "./spread.ts";

export interface Change {
  /** First run of the new level; `before` is the first run of the old one, `after` the first run behind the new one. */
  readonly index: number;
  readonly before: number;
  readonly after: number;
  readonly size: number;
  /** Corrected for the search over all runs. */
  readonly pValue: number;
  readonly isConfirmed: boolean;
}

export interface Findings {
  readonly changes: readonly Change[];
  readonly ramps: readonly Ramp[];
  readonly spreads: readonly SpreadChange[];
  /** 1 for each odd run: spikes, and bursts that are over. */
  readonly odd: Uint8Array;
}

/** Runs of the shortest level. */
const SHORTEST = 3;
/** Fewer runs are no line. */
const LINE_RUNS = 20;

/** All that is found in up to a few thousand values: time grows with their square at worst. */
export function findInPiece(values: Float64Array, settings: Settings): Findings {
  const n = values.length;
  const floor = smallestGap(values) / Math.sqrt(12);
  // Too little to say anything of, or a constant.
  if (n < settings.minimumRuns || floor === 0) return { changes: [], ramps: [], spreads: [], odd: new Uint8Array(n) };
  const odd = spikesOf(values, Math.max(localScale(values), floor), settings.spike);
  const first = segment(values, odd, floor, settings);
  const rhythm = rhythmOf(first.rest, first.places, n, settings.alphaRhythm);
  if (rhythm === undefined) return judge(values, odd, again(values, odd, first, floor, settings), floor, settings);

  const level = values.map((value, i) => value - rhythm[i]!);
  const oddOfLevel = spikesOf(level, Math.max(localScale(level), floor), settings.spike);
  const second = segment(level, oddOfLevel, floor, settings);
  return judge(level, oddOfLevel, again(level, oddOfLevel, second, floor, settings), floor, settings);
}

/** A series, odd runs left out, in levels. */
interface Segmented {
  /** Places of the runs which are not odd, and their values. */
  readonly places: Int32Array;
  readonly clean: Float64Array;
  readonly sums: Sums;
  readonly context: Context;
  /** What the chosen explanation leaves of each. */
  readonly rest: Float64Array;
  /** Starts of all levels but the first, among the clean runs. */
  readonly starts: readonly number[];
  readonly ramps: readonly Ramp[];
  readonly bursts: readonly { readonly from: number; readonly to: number }[];
}

function segment(values: Float64Array, odd: Uint8Array, floor: number, settings: Settings): Segmented {
  const places = Int32Array.from(odd.keys()).filter((place) => odd[place] === 0);
  const clean = Float64Array.from(places, (place) => values[place]!);
  const sums = sumsOf(clean);
  const { noise, isLine, isWandering, rest } = explain(clean, sums, floor, settings);
  const context: Context = { noise, floor, pooledRuns: settings.pooledRuns, sideRuns: settings.sideRuns };
  const all = { places, clean, sums, context, rest };
  if (isLine) return { ...all, starts: [], ramps: [{ from: 0, to: clean.length - 1 }], bursts: [] };

  const penalty = settings.penalty * noise.scale ** 2 * longRun(noise.phi) * Math.log(clean.length);
  const limit = (isWandering ? settings.alphaWander : settings.alpha) / clean.length;
  const certain = eliminate(sums, partition(sums, penalty, SHORTEST), context, limit);
  const { kept: steady, bursts } = removeBursts(sums, certain, context, settings.burstRuns);
  const { kept: starts, ramps } = removeRamps(clean, sums, steady, context, settings.singleDrift);
  return { ...all, starts, ramps, bursts };
}

/** Bursts are odd runs too: without them there is less noise to hide in. Marks them in `odd`. */
function again(values: Float64Array, odd: Uint8Array, first: Segmented, floor: number, settings: Settings): Segmented {
  if (first.bursts.length === 0) return first;
  const mark = ({ bursts, places }: Segmented): void => {
    for (const { from, to } of bursts) for (let i = from; i < to; i++) odd[places[i]!] = 1;
  };
  mark(first);
  const second = segment(values, odd, floor, settings);
  mark(second);
  return second;
}

/** Which of the changes are certain enough to be reported. */
function judge(values: Float64Array, odd: Uint8Array, found: Segmented, floor: number, settings: Settings): Findings {
  const n = values.length;
  const { places, clean, sums, context, starts } = found;
  const place = (i: number): number => (i < places.length ? places[i]! : n);
  const rest = restOf(values, odd, starts.map(place));
  const levels = levelsOf(sums, starts);
  const changes = starts.map((_, i): Change => {
    const [before, after] = [levels[i]!, levels[i + 1]!];
    const isNewest = after.to === clean.length && after.to - after.from < settings.burstRuns;
    const { size, pValue } = isNewest ? compareNewest(clean, before, after, context) : compare(before, after, context);
    const [from, index, to] = [place(before.from), place(after.from), place(after.to)];
    const corrected = Math.min(1, pValue * clean.length);
    const isConfirmed =
      corrected <= (clean.length < settings.confirmedRuns ? settings.alphaShort : 1) &&
      corrected <= (isNewest ? settings.alphaNewest : 1) &&
      before.to - before.from >= settings.minimumBefore &&
      expectedExcursions(rest, 0, index, to - index, size, settings) < settings.excursion &&
      expectedExcursions(rest, index, n, index - from, -size, settings) < settings.excursion;
    return { index, before: from, after: to, size, pValue: corrected, isConfirmed };
  });
  const { noise } = context;
  const isLevel = found.ramps.length === 0;
  const newest = isLevel ? oddNewest(values, found, levels.at(-1)!, Math.max(noise.scale, floor), settings) : undefined;
  if (newest !== undefined) for (let i = newest.index; i < n; i++) odd[i] = 1;
  const calm = Float64Array.from(places, (at) => rest[at]!);
  const spread = spreadChange(calm, noise.scale, noise.phi, settings.alphaSpread);
  return {
    changes: newest === undefined ? changes : [...changes, newest],
    ramps: found.ramps.map(({ from, to }) => ({ from: place(from), to: Math.min(n - 1, place(to)) })),
    spreads: spread === undefined ? [] : [{ ...spread, index: place(spread.index) }],
    odd,
  };
}

/** The newest run, or two, far from the newest level: a spike, or the beginning of a change. Nobody can tell, so it is suspected. */
function oddNewest(
  values: Float64Array,
  { places, clean, sums, context }: Segmented,
  level: Level,
  scale: number,
  { spike, minimumBefore }: Settings,
): Change | undefined {
  const n = values.length;
  for (const runs of [2, 1]) {
    const start = clean.length - runs;
    if (start - level.from < minimumBefore) continue;
    const before = levelBetween(sums, level.from, start);
    const after = levelBetween(sums, start, clean.length);
    const { size, pValue } = compare(before, after, context);
    const isFar = (value: number): boolean => (value - before.mean) * Math.sign(size) > spike * scale;
    if (places[start] !== n - runs || !values.subarray(n - runs).every(isFar)) continue;
    const corrected = Math.min(1, pValue * clean.length);
    return { index: n - runs, before: places[level.from]!, after: n, size, pValue: corrected, isConfirmed: false };
  }
  return undefined;
}

/**
 * Levels and noise explain each other: many levels need little noise, none need much, and autocorrelated. The series is split too
 * finely, joined again step by step, and the explanation is kept that costs least: n ln(variance of innovations) and a price for each
 * change point. A straight line is one more explanation.
 */
function explain(
  clean: Float64Array,
  sums: Sums,
  floor: number,
  settings: Settings,
): { noise: Noise; isLine: boolean; isWandering: boolean; rest: Float64Array } {
  const n = clean.length;
  const scale = Math.max(guessScale(clean), floor);
  let cheapest = Number.POSITIVE_INFINITY;
  let noise: Noise = { scale, phi: 0, innovation: scale * scale };
  let rest: Float64Array = clean;
  for (const starts of simplifications(
    sums,
    partition(sums, settings.firstPenalty * scale * scale * Math.log(n), SHORTEST),
  )) {
    const around = residuals(clean, starts);
    const candidate = noiseOf(around, starts.length + 1, floor, settings.phiMargin);
    const cost = n * Math.log(candidate.innovation) + settings.stepCost * starts.length * Math.log(n);
    if (cost < cheapest) [cheapest, noise, rest] = [cost, candidate, around];
  }
  const aroundLine = restOfLine(clean);
  const line = noiseOf(aroundLine, 2, floor, settings.phiMargin);
  if (n >= LINE_RUNS && n * Math.log(line.innovation) + settings.lineCost * Math.log(n) < cheapest)
    return { noise: line, isLine: true, isWandering: false, rest: aroundLine };
  const total = wandering(noise, sums, settings);
  return { noise: total ?? noise, isLine: false, isWandering: total !== undefined, rest };
}

/** A series that wanders keeps no level: its long-run variance has no meaning, and only what dwarfs all it does is a change. */
function wandering(noise: Noise, sums: Sums, { wander, wanderFactor }: Settings): Noise | undefined {
  if (noise.phi <= wander) return undefined;
  const n = sums.first.length - 1;
  const total = levelBetween(sums, 0, n).squares / n;
  if (total * wanderFactor >= noise.scale ** 2 * longRun(noise.phi)) return undefined;
  return { ...noise, scale: Math.sqrt(total), phi: (wanderFactor - 1) / (wanderFactor + 1) };
}

/** What every run differs from its own level by; the level is the mean of its runs that are not odd. */
function restOf(values: Float64Array, odd: Uint8Array, starts: readonly number[]): Float64Array {
  const rest = new Float64Array(values.length);
  let from = 0;
  for (const to of [...starts, values.length]) {
    let [sum, count] = [0, 0];
    for (let i = from; i < to; i++)
      if (odd[i] === 0) {
        sum += values[i]!;
        count++;
      }
    for (let i = from; i < to; i++) rest[i] = values[i]! - sum / Math.max(1, count);
    from = to;
  }
  return rest;
}

/** Smallest difference between two different values: what the series is rounded to, if it is. 0 for a constant series. */
function smallestGap(values: Float64Array): number {
  const sorted = values.slice().sort();
  let gap = Number.POSITIVE_INFINITY;
  for (let i = 1; i < sorted.length; i++) {
    const step = sorted[i]! - sorted[i - 1]!;
    if (step > 0 && step < gap) gap = step;
  }
  return Number.isFinite(gap) ? gap : 0;
}
