/**
 * What the detector would do on a series' own noise: how often it would cry wolf, and the smallest change it would find. Resamples the
 * history; seeded by the data, so the same history gives the same answer.
 */
import { type Detection, detect } from "./detect.ts";

export interface Calibration {
  /** Values that were used. */
  readonly n: number;
  /** Typical deviation from the level, as a ratio of it (median absolute deviation, scaled to a normal's sigma). */
  readonly spread: number;
  /** Confirmed changes on resampled histories without any, for each 1000 runs. */
  readonly falseAlarmsPer1000: number;
  /** Runs that were resampled for it: 0 alarms of few runs say little. */
  readonly resampledRuns: number;
  /**
   * The smallest of the tried sizes that is confirmed within `runsAfter` runs in `power` of the resampled histories, for the worse and
   * the better alike; undefined: not even the largest.
   */
  readonly smallestChange: number | undefined;
}

export interface CalibrateOptions {
  /** Resampled histories without a change. */
  readonly histories: number;
  /** Resampled histories for each size that is tried. */
  readonly trials: number;
  readonly sizes: readonly number[];
  readonly runsAfter: number;
  readonly power: number;
}

export const CALIBRATE: CalibrateOptions = {
  histories: 40,
  trials: 20,
  sizes: [0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1],
  runsAfter: 5,
  power: 0.8,
};

/** Fewer values say nothing of their noise. */
export const CALIBRATE_MINIMUM = 20;
/** Runs that are drawn together, so that the noise keeps its memory. */
const BLOCK = 6;

/** Undefined for a series that is too short, or not positive: its changes have no size as a ratio. */
export function calibrate(given: readonly number[], options: CalibrateOptions = CALIBRATE): Calibration | undefined {
  const values = given.filter((value) => Number.isFinite(value));
  if (values.length < CALIBRATE_MINIMUM || values.some((value) => value <= 0)) return undefined;
  const noise = residuals(values, detect(values));
  const random = seeded(values);
  const draw = (n: number): number[] => {
    const drawn: number[] = [];
    while (drawn.length < n) {
      const from = Math.floor(random() * (noise.length - BLOCK + 1));
      drawn.push(...noise.slice(from, from + BLOCK));
    }
    return drawn.slice(0, n);
  };
  const length = values.length;
  let alarms = 0;
  for (let i = 0; i < options.histories; i++) alarms += detect(draw(length)).changePoints.length;
  const found = (size: number): number => {
    let hits = 0;
    for (let i = 0; i < options.trials; i++) {
      const at = length - options.runsAfter;
      // Both directions: what is worse differs from series to series, what can be seen does not.
      const factor = i % 2 === 0 ? 1 + size : 1 / (1 + size);
      const history = draw(length).map((value, place) => (place >= at ? value * factor : value));
      if (detect(history).changePoints.some(({ index }) => Math.abs(index - at) <= 3)) hits++;
    }
    return hits / options.trials;
  };
  return {
    n: length,
    spread: spreadOf(noise),
    falseAlarmsPer1000: (1000 * alarms) / (options.histories * length),
    resampledRuns: options.histories * length,
    smallestChange: options.sizes.find((size) => found(size) >= options.power),
  };
}

/** Values as ratios of the level they belong to; the level is the median between two changes. */
function residuals(values: readonly number[], { changePoints }: Detection): number[] {
  const bounds = [0, ...changePoints.map(({ index }) => index), values.length];
  return bounds.slice(1).flatMap((end, i) => {
    const level = values.slice(bounds[i], end);
    const middle = median(level);
    return level.map((value) => value / middle);
  });
}

const spreadOf = (noise: readonly number[]): number => 1.4826 * median(noise.map((value) => Math.abs(value - 1)));

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Mulberry32, seeded by the number of values and their ranks, so that a change of unit draws the same. */
function seeded(values: readonly number[]): () => number {
  let state = values.length;
  values.forEach((value, i) => {
    state = (Math.imul(state, 31) + (value > (values[i - 1] ?? value) ? 1 : 2)) | 0;
  });
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
