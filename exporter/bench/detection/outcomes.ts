/**
 * Seeded pass/fail histories of single tests: 1 is a failed run. Base failure rates from 0 to 30 %; failures come independently,
 * sticky (a failure makes the next one likelier: a broken machine, a full disk) or in bursts of a few runs that go away again.
 */
import type { Series } from "./generate.ts";
import { type Random, randomOf } from "./random.ts";

const BASES = [0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3] as const;
const FAILURES = ["independent", "sticky", "bursts"] as const;
type Failures = (typeof FAILURES)[number];

const MIN_RUNS = 30;
const MAX_RUNS = 500;

/** One or two steps of the failure rate; every fourth series changes in its last 5 to 15 runs. */
export function outcomeSteps(seed: number): Series {
  const random = randomOf(seed, 21);
  const runs = lengthOf(random);
  const changes = changesOf(runs, random);
  const rates = [random.pick(BASES) as number];
  for (const _ of changes) rates.push(nextRate(rates.at(-1)!, random));
  const levels = new Float64Array(runs);
  for (let i = 0, level = 0; i < runs; i++) {
    if (i === changes[level]) level++;
    levels[i] = rates[level]!;
  }
  const failures = random.pick(FAILURES);
  return { values: draw(levels, failures, random), changes, spikes: [], noise: failures };
}

export function outcomeUnchanged(seed: number): Series {
  const random = randomOf(seed, 22);
  const levels = new Float64Array(lengthOf(random)).fill(random.pick(BASES));
  const failures = random.pick(FAILURES);
  return { values: draw(levels, failures, random), changes: [], spikes: [], noise: failures };
}

const lengthOf = (random: Random): number => Math.round(MIN_RUNS * (MAX_RUNS / MIN_RUNS) ** random.next());

function changesOf(runs: number, random: Random): number[] {
  if (random.chance(0.25)) return [runs - random.whole(5, 15)];
  const first = random.whole(12, runs - 12);
  const second = random.whole(12, runs - 12);
  return runs >= 60 && random.chance(0.4) && Math.abs(first - second) >= 20
    ? [first, second].sort((a, b) => a - b)
    : [first];
}

/** Breaks, gets flaky or flakier, or is mended. */
function nextRate(rate: number, random: Random): number {
  if (rate >= 0.25 && random.chance(0.7)) return random.pick([0, 0.01, 0.02]);
  return random.chance(0.4) ? random.between(0.9, 1) : Math.min(1, rate + random.between(0.25, 0.7));
}

function draw(levels: Float64Array, failures: Failures, random: Random): number[] {
  const stay = failures === "sticky" ? random.between(0.2, 0.6) : 0;
  const values: number[] = [];
  for (const [i, rate] of levels.entries()) {
    // A failed run fails again for the same reason with probability `stay`; the rate over all stays what it was.
    const last = values[i - 1];
    const now = last === undefined ? rate : rate + stay * (last - rate);
    values.push(random.chance(now) ? 1 : 0);
  }
  if (failures === "bursts") burst(values, levels, random);
  return values;
}

/** One to three bursts of 2 to 6 runs, nine of ten failing, at least that far from a change. The newest runs may be one. */
function burst(values: number[], levels: Float64Array, random: Random): void {
  const wanted = random.whole(1, values.length < 60 ? 1 : 3);
  for (let b = 0; b < wanted; b++) {
    const length = random.whole(2, 6);
    const at = random.whole(8, values.length - length);
    const isLevel = (run: number) => levels[Math.min(run, values.length - 1)] === levels[at];
    if (!isLevel(at - 6) || !isLevel(at + length + 6)) continue;
    for (let run = at; run < at + length; run++) if (random.chance(0.9)) values[run] = 1;
  }
}
