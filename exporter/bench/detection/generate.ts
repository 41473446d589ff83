/** Seeded generator of CI-like series, with the truth of each. Made to be published: the hidden truth is only the seed. */
import { NOISES, type Noise, noiseOf, quantumOf } from "./noise.ts";
import { type Random, randomOf } from "./random.ts";

export interface Series {
  readonly values: readonly number[];
  /** First run of each new level. */
  readonly changes: readonly number[];
  /** Runs which are spikes. */
  readonly spikes: readonly number[];
  readonly noise: string;
}

export const STEPS = [0.03, 0.05, 0.1, 0.25, -0.1] as const;
export const MIN_RUNS = 30;
export const MAX_RUNS = 500;

const lengthOf = (random: Random): number => Math.round(MIN_RUNS * (MAX_RUNS / MIN_RUNS) ** random.next());
const spreadOf = (random: Random): number => 0.005 * 16 ** random.next();
const baseOf = (random: Random): number => 10 ** random.between(-6, 9);

export interface Shape {
  readonly noise: Noise;
  readonly runs: number;
  readonly spread: number;
  readonly base: number;
  /** The noise is scaled to have that standard deviation; else it is only made from it, and some kinds have up to 2.5 times as much. */
  readonly isExact?: boolean;
}
export const shapeOf = (random: Random): Shape => ({
  noise: random.pick(NOISES),
  runs: lengthOf(random),
  spread: spreadOf(random),
  base: baseOf(random),
});

/** Adds noise to levels (relative, in logarithms) and gives plain values. */
export function render({ noise, runs, spread, base, isExact }: Shape, levels: Float64Array, random: Random): number[] {
  const wobble = noiseOf(noise, runs, spread, random);
  const scale = isExact === true ? spread / deviation(wobble) : 1;
  const values = Array.from(levels, (level, i) => base * Math.exp(level + scale * wobble[i]!));
  if (noise !== "quantized") return values;
  const quantum = base * quantumOf(spread);
  return values.map((value) => Math.max(quantum, Math.round(value / quantum) * quantum));
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** `sizes[i]` is the relative change at run `changes[i]`. */
export function levelsOf(runs: number, changes: readonly number[], sizes: readonly number[]): Float64Array {
  const levels = new Float64Array(runs);
  changes.forEach((at, i) => {
    for (let run = at; run < runs; run++) levels[run]! += Math.log1p(sizes[i]!);
  });
  return levels;
}

/** One to three steps, at least eight runs apart and from the ends; every fourth series has a late step in its last 15 runs. */
export function stepSeries(seed: number): Series {
  const random = randomOf(seed, 1);
  const shape = shapeOf(random);
  const { runs } = shape;
  const changes: number[] = [];
  if (random.chance(0.25)) changes.push(runs - random.whole(5, 15));
  else {
    const wanted = runs < 60 ? 1 : random.whole(1, 3);
    for (let tries = 0; tries < 50 && changes.length < wanted; tries++) {
      const at = random.whole(8, runs - 8);
      if (changes.every((other) => Math.abs(other - at) >= 12)) changes.push(at);
    }
  }
  changes.sort((a, b) => a - b);
  const sizes = changes.map(() => random.pick(STEPS));
  return { values: render(shape, levelsOf(runs, changes, sizes), random), changes, spikes: [], noise: shape.noise };
}

export function unchangedSeries(seed: number): Series {
  const random = randomOf(seed, 2);
  const shape = shapeOf(random);
  return { values: render(shape, new Float64Array(shape.runs), random), changes: [], spikes: [], noise: shape.noise };
}

/** Unchanged but for spikes of one or two runs, 15 to 100 % up or down. */
export function spikeSeries(seed: number): Series {
  const random = randomOf(seed, 3);
  const drawn = shapeOf(random);
  const shape: Shape = {
    ...drawn,
    noise: random.pick(["log-normal", "autocorrelated", "quantized"] as const),
    spread: Math.min(drawn.spread, 0.03),
  };
  const levels = new Float64Array(shape.runs);
  const spikes = new Set<number>();
  const wanted = Math.max(1, Math.round(shape.runs * random.between(0.005, 0.04)));
  for (let i = 0; i < wanted; i++) {
    const at = random.whole(3, shape.runs - 4);
    if ([...spikes].some((other) => Math.abs(other - at) < 6)) continue;
    const size = (random.chance(0.8) ? 1 : -1) * random.between(Math.max(0.15, 8 * shape.spread), 1) * 0.7;
    for (let run = at; run < at + (random.chance(0.8) ? 1 : 2); run++) {
      levels[run] = size;
      spikes.add(run);
    }
  }
  return {
    values: render(shape, levels, random),
    changes: [],
    spikes: [...spikes].sort((a, b) => a - b),
    noise: shape.noise,
  };
}

/** A history that is cut `after` runs after its only step: what is known that many runs later. */
export function freshStep(seed: number, after: number): Series {
  const random = randomOf(seed, 4);
  const drawn = shapeOf(random);
  const runs = Math.max(MIN_RUNS, drawn.runs) + 30;
  const at = runs - 30;
  const shape = { ...drawn, runs };
  const values = render(shape, levelsOf(runs, [at], [random.pick(STEPS)]), random).slice(0, at + after);
  return { values, changes: [at], spikes: [], noise: shape.noise };
}

/** A slow change over 30 to 100 % of the history, 8 spreads or more in all; no step. */
export function driftSeries(seed: number): Series {
  const random = randomOf(seed, 5);
  const drawn = shapeOf(random);
  const shape = { ...drawn, runs: Math.max(60, drawn.runs) };
  const share = random.between(0.3, 1);
  const from = Math.floor(random.between(0, 1 - share) * shape.runs);
  const length = Math.floor(share * shape.runs);
  const height = (random.chance(0.7) ? 1 : -1) * shape.spread * random.between(5, 12);
  const levels = Float64Array.from(
    { length: shape.runs },
    (_, i) => height * Math.min(1, Math.max(0, (i - from) / length)),
  );
  return { values: render(shape, levels, random), changes: [], spikes: [], noise: shape.noise };
}

/** The spread doubles to quadruples at one run; the level stays. */
export function varianceSeries(seed: number): Series {
  const random = randomOf(seed, 6);
  const drawn = shapeOf(random);
  const shape = {
    ...drawn,
    runs: Math.max(60, drawn.runs),
    noise: "log-normal" as const,
    spread: Math.min(0.03, drawn.spread),
  };
  const at = random.whole(Math.floor(shape.runs * 0.3), Math.floor(shape.runs * 0.7));
  const factor = random.between(2, 4) ** (random.chance(0.7) ? 1 : -1);
  const wobble = noiseOf(shape.noise, shape.runs, shape.spread, random);
  const values = Array.from(wobble, (value, i) => shape.base * Math.exp(i < at ? value : value * factor));
  return { values, changes: [at], spikes: [], noise: shape.noise };
}
