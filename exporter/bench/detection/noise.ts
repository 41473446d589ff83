import type { Random } from "./random.ts";

/** Every kind of noise, as relative deviations (natural logarithm) around 0. */
export const NOISES = [
  "log-normal",
  "heteroscedastic",
  "autocorrelated",
  "two-machine",
  "bimodal",
  "quantized",
  "heavy-tailed",
  "seasonal",
] as const;
export type Noise = (typeof NOISES)[number];

/** `spread` is the standard deviation the kind is made from: 0.02 is 2 %. */
export function noiseOf(kind: Noise, runs: number, spread: number, random: Random): Float64Array {
  return MAKERS[kind](runs, spread, random);
}

/** How a quantized series is rounded: to steps of this share of its level. */
export const quantumOf = (spread: number): number => spread * 1.5;

const series = (runs: number, value: (i: number) => number): Float64Array =>
  Float64Array.from({ length: runs }, (_, i) => value(i));

const MAKERS: Readonly<Record<Noise, (runs: number, spread: number, random: Random) => Float64Array>> = {
  "log-normal": (runs, spread, random) => series(runs, () => spread * random.normal()),
  // The spread itself wanders: quiet weeks and loud ones.
  heteroscedastic: (runs, spread, random) => {
    const period = random.between(20, 80);
    const phase = random.between(0, 2 * Math.PI);
    return series(runs, (i) => spread * Math.exp(0.7 * Math.sin((2 * Math.PI * i) / period + phase)) * random.normal());
  },
  autocorrelated: (runs, spread, random) => {
    const phi = random.between(0.2, 0.7);
    let state = random.normal();
    return series(runs, () => {
      state = phi * state + Math.sqrt(1 - phi * phi) * random.normal();
      return spread * state;
    });
  },
  // A run stays on the machine of the run before with high probability.
  "two-machine": (runs, spread, random) => {
    const stay = random.between(0.6, 0.9);
    const gap = random.between(1.5, 4) * spread;
    let slow = random.chance(0.5);
    return series(runs, () => {
      if (!random.chance(stay)) slow = !slow;
      return (slow ? gap : 0) + 0.5 * spread * random.normal();
    });
  },
  bimodal: (runs, spread, random) => {
    const share = random.between(0.1, 0.5);
    const gap = random.between(2, 5) * spread;
    return series(runs, () => (random.chance(share) ? gap : 0) + 0.5 * spread * random.normal());
  },
  quantized: (runs, spread, random) => series(runs, () => spread * random.normal()),
  // Student t with 3 degrees of freedom, scaled to unit variance.
  "heavy-tailed": (runs, spread, random) =>
    series(runs, () => {
      const chi = random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2;
      return (spread * random.normal()) / Math.sqrt(chi / 3) / Math.sqrt(3);
    }),
  seasonal: (runs, spread, random) => {
    const period = random.pick([5, 7, 24]);
    const height = random.between(1, 2) * spread;
    const phase = random.between(0, 2 * Math.PI);
    return series(runs, (i) => height * Math.sin((2 * Math.PI * i) / period + phase) + 0.5 * spread * random.normal());
  },
};
