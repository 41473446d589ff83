/**
 * Histories like the real ones. The figures are those of 735 public CI benchmark histories (232 000 runs, 10 projects): spread
 * 0.8 / 4 / 18 % (10 / 50 / 90 % of series), lag-1 autocorrelation -0.02 / 0.13 / 0.39, 3.9 % of runs are spikes in either
 * direction, 37 % of series have bursts of 4 to 9 odd runs, 14 % are quantized, levels shift 16 times per 1000 runs.
 */
import type { Series } from "./generate.ts";
import { type Random, randomOf } from "./random.ts";

interface Body {
  readonly logs: Float64Array;
  readonly spread: number;
  readonly quantum: number;
}

/** Value at a uniform draw, linear between (and a little beyond) the three known quantiles. */
function between3(at: number, [low, middle, high]: readonly [number, number, number]): number {
  return at < 0.5 ? middle + ((at - 0.5) / 0.4) * (middle - low) : middle + ((at - 0.5) / 0.4) * (high - middle);
}

function bodyOf(runs: number, random: Random): Body {
  const spread = Math.exp(between3(random.next(), [Math.log(0.008), Math.log(0.04), Math.log(0.18)]));
  const phi = Math.max(-0.2, Math.min(0.7, between3(random.next(), [-0.02, 0.13, 0.39])));
  const heavy = random.chance(0.5);
  // The stated spread holds everything but level shifts; the body between spikes is narrower.
  const core = spread * 0.6;
  let state = random.normal();
  const logs = Float64Array.from({ length: runs }, () => {
    state = phi * state + Math.sqrt(1 - phi * phi) * random.normal();
    const chi = heavy
      ? Math.sqrt((random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2) / 4)
      : 1;
    return (core * state) / Math.max(chi, 0.2);
  });
  const spikeShare = 0.039 * 2 * random.next();
  const sign = random.pick([1, 1, -1, 0]);
  const direction = (): number => (sign === 0 ? (random.chance(0.5) ? 1 : -1) : sign);
  for (let i = 0; i < runs; i++)
    if (random.chance(spikeShare)) logs[i]! += direction() * core * (4 + 6 * -Math.log(1 - random.next()));
  if (random.chance(0.37)) {
    const rate = random.between(2, 12) / 1000;
    for (let i = 0; i < runs; i++)
      if (random.chance(rate)) {
        const [length, height] = [random.whole(4, 9), direction() * core * random.between(3, 10)];
        for (let k = i; k < Math.min(runs, i + length); k++) logs[k]! += height;
        i += length + 5;
      }
  }
  return { logs, spread: core, quantum: random.chance(0.14) ? core * random.between(0.5, 3) : 0 };
}

function render({ logs, quantum }: Body, random: Random): number[] {
  const base = 10 ** random.between(-6, 9);
  const values = Array.from(logs, (log) => base * Math.exp(Math.max(-3, Math.min(3, log))));
  if (quantum === 0) return values;
  const grid = base * quantum;
  return values.map((value) => Math.max(grid, Math.round(value / grid) * grid));
}

const lengthOf = (random: Random): number => Math.round(60 * (500 / 60) ** random.next());

/** Planted steps of 1 to 6 spreads at 16 per 1000 runs at most three, at least 12 runs apart. */
export function realisticSteps(seed: number): Series {
  const random = randomOf(seed, 11);
  const runs = lengthOf(random);
  const body = bodyOf(runs, random);
  const changes: number[] = [];
  const wanted = random.whole(1, 3);
  for (let tries = 0; tries < 60 && changes.length < wanted; tries++) {
    const at = random.whole(10, runs - 10);
    if (changes.every((other) => Math.abs(other - at) >= 20)) changes.push(at);
  }
  changes.sort((a, b) => a - b);
  for (const at of changes) {
    const height = Math.log1p(random.pick([0.03, 0.05, 0.1, 0.25, -0.1]));
    for (let i = at; i < runs; i++) body.logs[i]! += height;
  }
  return { values: render(body, random), changes, spikes: [], noise: "realistic" };
}

export function realisticUnchanged(seed: number): Series {
  const random = randomOf(seed, 12);
  return { values: render(bodyOf(lengthOf(random), random), random), changes: [], spikes: [], noise: "realistic" };
}

/** One step, seen `after` runs after it happened. */
export function realisticFresh(seed: number, after: number): Series {
  const random = randomOf(seed, 13);
  const runs = lengthOf(random);
  const body = bodyOf(runs + after, random);
  const height = Math.log1p(random.pick([0.05, 0.1, 0.25, -0.1, 0.25]));
  for (let i = runs; i < runs + after; i++) body.logs[i]! += height;
  return { values: render(body, random), changes: [runs], spikes: [], noise: "realistic" };
}
