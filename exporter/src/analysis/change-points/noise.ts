/** How much the runs of one level differ, and how much longer a disturbance lasts than one run. */
import { medianInPlace } from "./medians.ts";

export interface Noise {
  /** Standard deviation of single runs around their level. */
  readonly scale: number;
  /** Lag-1 autocorrelation of the first-order autoregression with the same long-run variance: 0 to 0.95. */
  readonly phi: number;
  /** Variance of what of a run cannot be told from those before it. */
  readonly innovation: number;
}

const MAX_PHI = 0.95;
/** Order of the largest autoregression tried. */
const LAGS = 3;

const clampPhi = (phi: number): number => Math.max(0, Math.min(MAX_PHI, phi));

/**
 * Variance of the mean of n neighbouring runs, in units of the variance of one: 1/n for independent runs, more when each run
 * resembles the one before. First-order autoregression: (1 + 2 sum over j < n of (1 - j/n) phi^j) / n.
 */
export function meanVariance(n: number, phi: number): number {
  if (phi <= 0) return 1 / n;
  const rest = 1 - phi;
  return ((1 + phi) / rest - (2 * phi * (1 - phi ** n)) / (n * rest * rest)) / n;
}

/** Long-run variance in units of the variance of one run. */
export const longRun = (phi: number): number => (1 + phi) / (1 - phi);

/** A first guess of the standard deviation, before any level is known: the median of differences, which few steps do not move. */
export function guessScale(values: Float64Array): number {
  const steps = new Float64Array(Math.max(0, values.length - 1));
  for (let i = 0; i < steps.length; i++) steps[i] = Math.abs(values[i + 1]! - values[i]!);
  return steps.length === 0 ? 0 : (1.4826 * medianInPlace(steps)) / Math.SQRT2;
}

/**
 * How much longer it takes to get away than one run: the square of the mean distance of runs two apart over that of neighbours, less
 * one. It is phi for a first-order autoregression, and knows of no levels: a few steps or spikes hardly move it. At least 0.
 */
export function stickiness(values: Float64Array): number {
  const n = values.length;
  let [one, two] = [0, 0];
  for (let i = 1; i < n; i++) one += Math.abs(values[i]! - values[i - 1]!);
  for (let i = 2; i < n; i++) two += Math.abs(values[i]! - values[i - 2]!);
  if (!(one > 0) || n < 3) return 0;
  const ratio = two / (n - 2) / (one / (n - 1));
  return Math.max(0, ratio * ratio - 1);
}

/** What is left of the values when each segment's mean is taken away. `starts` as from partition. */
export function residuals(values: Float64Array, starts: readonly number[]): Float64Array {
  const n = values.length;
  const rest = new Float64Array(n);
  let from = 0;
  for (let s = 0; s <= starts.length; s++) {
    const to = s < starts.length ? starts[s]! : n;
    let mean = 0;
    for (let i = from; i < to; i++) mean += values[i]!;
    mean /= to - from;
    for (let i = from; i < to; i++) rest[i] = values[i]! - mean;
    from = to;
  }
  return rest;
}

/**
 * Noise from residuals: an autoregression of order 0 to 3 (Levinson, Durbin) whose order BIC chooses. `taken` is the number of means
 * which were taken away, `floor` the least standard deviation believed, `margin` the standard errors added to phi.
 */
export function noiseOf(rest: Float64Array, taken: number, floor: number, margin: number): Noise {
  const n = rest.length;
  const covariances = autocovariances(rest);
  // Each mean taken away takes its own variance from every lag, the long-run variance over its length: it is given back.
  const first = covariances[0]! > 0 ? clampPhi(covariances[1]! / covariances[0]!) : 0;
  const lost = Math.min(0.5, (taken / n) * Math.min(10, longRun(first))) * covariances[0]!;
  for (let lag = 0; lag <= LAGS; lag++) covariances[lag]! += lost;

  const variance = covariances[0]!;
  const least = floor * floor;
  if (!(variance > least)) return { scale: floor, phi: 0, innovation: Math.max(least, Number.MIN_VALUE) };
  const { innovation, sum } = autoregression(covariances, n);
  const ratio = Math.max(1, innovation / variance / (1 - sum) ** 2);
  const phi = clampPhi((ratio - 1) / (ratio + 1) + margin / Math.sqrt(n));
  return { scale: Math.sqrt(variance), phi, innovation: Math.max(innovation, least) };
}

function autocovariances(rest: Float64Array): Float64Array {
  const n = rest.length;
  const result = new Float64Array(LAGS + 1);
  for (let lag = 0; lag <= LAGS; lag++) {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += rest[i]! * rest[i - lag]!;
    result[lag] = sum / n;
  }
  return result;
}

/** Variance of innovations, and the sum of the coefficients, of the order with the least BIC. */
function autoregression(covariances: Float64Array, n: number): { innovation: number; sum: number } {
  let weights: number[] = [];
  let variance = covariances[0]!;
  let best = { innovation: variance, sum: 0, cost: n * Math.log(variance) };
  for (let order = 1; order <= LAGS; order++) {
    let reflection = covariances[order]!;
    for (let i = 0; i < weights.length; i++) reflection -= weights[i]! * covariances[order - 1 - i]!;
    reflection = Math.max(-0.98, Math.min(0.98, reflection / variance));
    const shorter = weights;
    weights = shorter.map((weight, i) => weight - reflection * shorter[shorter.length - 1 - i]!);
    weights.push(reflection);
    variance *= 1 - reflection * reflection;
    const cost = n * Math.log(variance) + order * Math.log(n);
    if (cost >= best.cost) continue;
    best = {
      innovation: variance,
      sum: Math.min(
        MAX_PHI,
        weights.reduce((a, b) => a + b, 0),
      ),
      cost,
    };
  }
  return best;
}
