/**
 * A second look at the newest runs, which asks not how far their mean is from the level, but how well each of them fits what the
 * series has done so far: where the runs of a level lie close to two machines, or most lie close and few far, a small step stands out.
 */
import { studentTwoSided } from "../statistics/distributions.ts";
import { longRun } from "./noise.ts";
import { SHORTEST } from "./partition.ts";

export interface Shift {
  readonly runs: number;
  /** Of the level, in units of the values. */
  readonly size: number;
  /** Two-sided, not corrected for the search. */
  readonly pValue: number;
}

/** Runs of the longest new level looked for: a longer one is seen by the mean. */
const LONGEST = 5;
/** Runs that must be known of the old level, and of all: fewer draw no distribution. */
const LEVEL_RUNS = 25;
const ALL_RUNS = 50;
/** Log-likelihood that a shift of 3, 4, 5 runs must gain; and in a series whose noise is calm, where chance hardly ever gains so much. */
const LEAST_GAINS = [11, 11, 11];
const CALM_GAINS = [9, 8, 7];
/** Noise is calm when loud runs do not come together (sum of this many autocorrelations of their sizes) and few are far out. */
const CLUSTER_LAGS = 10;
const MOST_CLUSTERED = 0.35;
const MOST_FAR = 0.02;
/** The density: as many bins, this many standard deviations to either side, the width of its kernel by Silverman's rule. */
const BINS = 512;
const SIDE = 14;
const BAND = 0.7;
/** Runs that a wide Student t with three degrees of freedom weighs against those seen: what never happened is not impossible. */
const PRIOR_RUNS = 1;
const PRIOR_WIDTH = 1.5;
/** Student's density with three degrees of freedom at 0. */
const STUDENT_3 = 0.3675;
const RECENT_RUNS = 15;
/** In standard deviations: newest runs nearer to the level than this, in the mean, are not looked at. It saves time. */
const NEAR = 0.5;
/** Sizes tried: this many, as far apart in standard deviations. */
const SIZES = 60;
const STEP = 0.25;

/**
 * The most likely shift within the newest 3 to 5 runs, if one is likely enough. `rest` is what every run differs from its level by,
 * that of the newest runs from the one before; the old level begins at `from`; `scale` is the standard deviation, `gap` the rounding.
 */
export function newestShift(rest: Float64Array, from: number, scale: number, gap: number): Shift | undefined {
  const n = rest.length;
  const known = n - LONGEST;
  if (known - from < LEVEL_RUNS || known < ALL_RUNS) return undefined;
  const level = centred(rest, from, known, scale);
  if (isNear(level, SHORTEST, scale) && isNear(level, LONGEST, scale)) return undefined;
  const { fresh, phi } = innovations(level, known, scale);
  const past = fresh.subarray(1, known);
  const deviation = Math.max(robustDeviation(past), gap / 3);
  if (!(deviation > 0)) return undefined;
  const likelihood = logDensity(past, deviation, Math.max(BAND * deviation * known ** -0.2, 0.6 * gap));
  const louder = recentlyLouder(past, scale);
  const likely = (value: number): number => likelihood(value / louder);

  const least = isCalm(past, deviation) ? CALM_GAINS : LEAST_GAINS;
  let best: Shift | undefined;
  let most = 0;
  for (let runs = SHORTEST; runs <= LONGEST; runs++) {
    const newest = fresh.subarray(n - runs);
    // The old level is only known so well, too.
    const certain = 1 / (1 + (runs * longRun(phi)) / (known - from));
    const before = newest.reduce((sum, value) => sum + likely(value), 0);
    const up = newest.reduce((sum, value) => sum + value, 0) > 0 ? 1 : -1;
    for (let k = 1; k <= SIZES; k++) {
      const size = (up * k * STEP * deviation) / Math.sqrt(1 - phi);
      // What the run before explains of a run holds for its shift too: only the first shifts in full.
      const after = newest.reduce((sum, value, i) => sum + likely(value - (i === 0 ? size : size * (1 - phi))), 0);
      const gain = (after - before) * certain;
      const more = gain - least[runs - SHORTEST]!;
      if (more <= most) continue;
      most = more;
      best = { runs, size, pValue: studentTwoSided(Math.sqrt(2 * gain), known) };
    }
  }
  return best;
}

const isNear = (level: Float64Array, runs: number, scale: number): boolean =>
  Math.abs(level.subarray(-runs).reduce((sum, value) => sum + value, 0)) < NEAR * scale * runs;

const clip = (value: number, scale: number): number => Math.max(-3 * scale, Math.min(3 * scale, value));

/** The newest level measured from the mean of its known runs, spikes left out. */
function centred(rest: Float64Array, from: number, known: number, scale: number): Float64Array {
  const calm = rest.subarray(from, known).filter((value) => Math.abs(value) < 4 * scale);
  const mean = calm.reduce((sum, value) => sum + value, 0) / Math.max(1, calm.length);
  return rest.map((value, i) => (i < from ? value : value - mean));
}

/** What of every run the run before does not explain (autoregression of first order, half a standard error added). */
function innovations(level: Float64Array, known: number, scale: number): { fresh: Float64Array; phi: number } {
  let [product, square] = [0, 0];
  for (let i = 1; i < known; i++) {
    const before = clip(level[i - 1]!, scale);
    product += before * clip(level[i]!, scale);
    square += before * before;
  }
  const estimate = (square > 0 ? product / square : 0) + 0.5 / Math.sqrt(known);
  const phi = estimate < 0.1 ? 0 : Math.min(0.9, estimate);
  return { fresh: level.map((value, i) => (i === 0 ? value : value - phi * level[i - 1]!)), phi };
}

/** Of quartiles or deciles, whichever is larger: two machines have close quartiles at times. */
function robustDeviation(values: Float64Array): number {
  const sorted = values.slice().sort();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  return Math.max((at(0.75) - at(0.25)) / 1.349, (at(0.9) - at(0.1)) / 2.563);
}

/** Where loud runs come one by one and none is far out, the likelihood can be taken at its word. */
function isCalm(past: Float64Array, deviation: number): boolean {
  const n = past.length;
  const far = past.reduce((count, value) => count + (Math.abs(value) > 3 * deviation ? 1 : 0), 0);
  if (far >= MOST_FAR * n) return false;
  const sizes = past.map((value) => Math.min(3 * deviation, Math.abs(value)));
  const mean = sizes.reduce((sum, size) => sum + size, 0) / n;
  let [together, square] = [0, 0];
  for (let i = 0; i < n; i++) {
    square += (sizes[i]! - mean) ** 2;
    for (let lag = 1; lag <= Math.min(CLUSTER_LAGS, i); lag++)
      together += (sizes[i]! - mean) * (sizes[i - lag]! - mean);
  }
  return together < MOST_CLUSTERED * square;
}

/** Noise comes in loud and quiet weeks: how much louder the newest known runs are than all, at least 1. */
function recentlyLouder(past: Float64Array, scale: number): number {
  const power = (values: Float64Array): number =>
    values.reduce((sum, value) => sum + clip(value, scale) ** 2, 0) / values.length;
  const all = power(past);
  return all > 0 ? Math.sqrt(Math.max(1, power(past.subarray(-RECENT_RUNS)) / all)) : 1;
}

/** Logarithm of a kernel density (up to a constant), read from bins. */
function logDensity(past: Float64Array, deviation: number, band: number): (value: number) => number {
  const width = (2 * SIDE * deviation) / BINS;
  const bin = (value: number): number => Math.max(0, Math.min(BINS - 1, Math.round(value / width) + BINS / 2));
  const counts = new Float64Array(BINS);
  for (const value of past) counts[bin(value)]!++;
  const reach = Math.min(BINS, Math.ceil((4 * band) / width));
  const kernel = new Float64Array(2 * reach + 1);
  let total = 0;
  for (let k = 0; k < kernel.length; k++) total += kernel[k] = Math.exp(-0.5 * (((k - reach) * width) / band) ** 2);
  const wide = PRIOR_WIDTH * deviation;
  const density = new Float64Array(BINS);
  for (let i = 0; i < BINS; i++) {
    const away = ((i - BINS / 2) * width) / wide;
    density[i] = (((PRIOR_RUNS * width) / wide) * STUDENT_3) / (1 + (away * away) / 3) ** 2;
  }
  for (let i = 0; i < BINS; i++) {
    if (counts[i] === 0) continue;
    for (let k = Math.max(0, i - reach); k <= Math.min(BINS - 1, i + reach); k++)
      density[k]! += (counts[i]! * kernel[k - i + reach]!) / total;
  }
  const logs = density.map(Math.log);
  return (value) => logs[bin(value)]!;
}
