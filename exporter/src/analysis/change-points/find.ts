/**
 * The detector itself, on transformed values: spikes aside, levels and noise found together, chance removed, bursts and drift told from
 * steps, the newest level judged. Each part has its file; the reasons are in docs/detection.md.
 */
import { removeBursts, toAndFro } from "./bursts.ts";
import { type Ramp, removeRamps } from "./drift.ts";
import { expectedExcursions } from "./excursions.ts";
import { explain } from "./explain.ts";
import { type Context, compare, compareNewest, eliminate, type Level, levelBetween, levelsOf } from "./levels.ts";
import { newestShift } from "./newest.ts";
import { longRun } from "./noise.ts";
import { partition, SHORTEST, type Sums, sumsOf } from "./partition.ts";
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

/** In a series without noise, its smallest movement is so many standard deviations. */
const STILL = 5;

/** All that is found in up to a few thousand values: time grows with their square at worst. */
export function findInPiece(values: Float64Array, settings: Settings): Findings {
  const n = values.length;
  const gap = smallestGap(values);
  const floor = gap / Math.sqrt(12);
  // Too little to say anything of, or a constant.
  if (n < settings.minimumRuns || floor === 0) return { changes: [], ramps: [], spreads: [], odd: new Uint8Array(n) };
  const odd = spikesOf(values, spikeScale(values, gap), settings.spike);
  const first = segment(values, odd, floor, settings);
  const rhythm = rhythmOf(first.rest, first.places, n, settings.alphaRhythm);
  if (rhythm === undefined) return judge(values, odd, again(values, odd, first, floor, settings), floor, settings);

  const level = values.map((value, i) => value - rhythm[i]!);
  const oddOfLevel = spikesOf(level, spikeScale(level, gap), settings.spike);
  const second = segment(level, oddOfLevel, floor, settings);
  return judge(level, oddOfLevel, again(level, oddOfLevel, second, floor, settings), floor, settings);
}

/** Scale of spikes. A series that hardly ever moves has none; then the least it can move is much. */
function spikeScale(values: Float64Array, gap: number): number {
  const scale = localScale(values);
  return scale > 0 ? Math.max(scale, gap / Math.sqrt(12)) : gap / STILL;
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
  const isToAndFro = toAndFro(levels);
  const isShort = clean.length < settings.confirmedRuns;
  const changes = starts.map((_, i): Change => {
    const [before, after] = [levels[i]!, levels[i + 1]!];
    const isNewest = after.to === clean.length && after.to - after.from < settings.burstRuns;
    const { size, pValue } = isNewest ? compareNewest(clean, before, after, context) : compare(before, after, context);
    const [from, index, to] = [place(before.from), place(after.from), place(after.to)];
    const corrected = Math.min(1, pValue * clean.length);
    const isConfirmed =
      isToAndFro[i] !== true &&
      (!isShort || (corrected <= settings.alphaShort && Math.abs(size) >= settings.sizeShort * context.noise.scale)) &&
      corrected <= (isNewest ? settings.alphaNewest : 1) &&
      before.to - before.from >= settings.minimumBefore &&
      expectedExcursions(rest, 0, index, to - index, size, settings) < settings.excursion &&
      expectedExcursions(rest, index, n, index - from, -size, settings) < settings.excursion;
    return { index, before: from, after: to, size, pValue: corrected, isConfirmed };
  });
  const { noise } = context;
  const isLevel = found.ramps.length === 0;
  const shifted =
    isLevel && !isToAndFro.includes(true) ? withShift(values, odd, found, changes, floor, settings) : undefined;
  const isShifted = shifted !== undefined;
  if (isShifted) odd.fill(0, shifted.at(-1)!.index);
  const newest =
    isLevel && !isShifted
      ? oddNewest(
          values,
          found,
          levels.at(-1)!,
          noise.scale > floor ? noise.scale : (floor * Math.sqrt(12)) / STILL,
          settings,
        )
      : undefined;
  if (newest !== undefined) for (let i = newest.index; i < n; i++) odd[i] = 1;
  const calm = Float64Array.from(places, (at) => rest[at]!);
  const spread = spreadChange(calm, noise.scale, noise.phi, settings.alphaSpread);
  return {
    changes: shifted ?? (newest === undefined ? changes : [...changes, newest]),
    ramps: found.ramps.map(({ from, to }) => ({ from: place(from), to: Math.min(n - 1, place(to)) })),
    spreads: spread === undefined ? [] : [{ ...spread, index: place(spread.index) }],
    odd,
  };
}

/** The changes with one in the newest runs confirmed by how little they fit what was before, where the means have not confirmed one. */
function withShift(
  values: Float64Array,
  odd: Uint8Array,
  { places, starts, context, clean }: Segmented,
  changes: readonly Change[],
  floor: number,
  settings: Settings,
): Change[] | undefined {
  const n = values.length;
  const last = changes.findLastIndex(({ index }) => index > n - settings.burstRuns);
  if (changes[last]?.isConfirmed) return undefined;
  const kept = last < 0 ? changes : changes.slice(0, last);
  const from = kept.at(-1)?.index ?? 0;
  const rest = restOf(
    values,
    odd,
    starts.slice(0, kept.length).map((start) => places[start]!),
  );
  const shift = newestShift(rest, from, context.noise.scale, floor * Math.sqrt(12));
  if (shift === undefined) return undefined;
  const { size, pValue, runs } = shift;
  const index = n - runs;
  if (expectedExcursions(rest, 0, index, runs, size, settings) >= settings.excursion) return undefined;
  return [
    ...kept.map((change, i) => (i === kept.length - 1 ? { ...change, after: index } : change)),
    { index, before: from, after: n, size, pValue: Math.min(1, pValue * clean.length), isConfirmed: true },
  ];
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
