/**
 * Is a quantile of one sample above another's? The bootstrap (Efron 1979) with a fixed seed: the same data give the same answer on
 * every machine. p is two-sided and at least 2 / (RESAMPLES + 1).
 */
import { quantiles } from "./describe.ts";

const RESAMPLES = 1999;
const SEED = 0x9e3779b9;

/** Null below five values on a side: their resamples hold no more than chance. */
export function quantileDifference(first: readonly number[], second: readonly number[], p: number): number | null {
  if (first.length < 5 || second.length < 5) return null;
  const random = mulberry32(SEED);
  const [a, b] = [first, second].map((values) => Float64Array.from(values).sort()) as [Float64Array, Float64Array];
  const observed = quantiles(second, [p])[0]! - quantiles(first, [p])[0]!;
  if (observed === 0) return 1;
  // How often a resample turns the sign of the difference: the share of its distribution on the other side of zero.
  let opposite = 0;
  for (let i = 0; i < RESAMPLES; i++) {
    const difference = resampledQuantile(b, p, random) - resampledQuantile(a, p, random);
    if (difference * observed <= 0) opposite++;
  }
  return Math.min(1, (2 * (opposite + 1)) / (RESAMPLES + 1));
}

/** Counting which places were drawn sorts the resample for nothing. */
function resampledQuantile(sorted: Float64Array, p: number, random: () => number): number {
  const n = sorted.length;
  const drawn = new Uint32Array(n);
  for (let i = 0; i < n; i++) drawn[Math.floor(random() * n)]!++;
  const rank = (n - 1) * p;
  const at = (wanted: number): number => {
    let seen = 0;
    for (let place = 0; place < n; place++) {
      seen += drawn[place]!;
      if (seen > wanted) return sorted[place]!;
    }
    return sorted[n - 1]!;
  };
  const low = at(Math.floor(rank));
  return low + (rank - Math.floor(rank)) * (at(Math.ceil(rank)) - low);
}

/** Tommy Ettinger's generator: 32 bits of state, good enough to draw indices. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
