/** The detection's rows of `npm run bench`: time, and the two figures that matter most. The whole table: `npm run bench:detection`. */
import { round2 } from "../numbers.ts";
import type { BenchResult } from "../result.ts";
import { DETECTORS, type Detector } from "./detectors.ts";
import { type Series, stepSeries, unchangedSeries } from "./generate.ts";
import { falseAlarmsPer1000, milliseconds, REPORTED, seriesOf, steps } from "./measure.ts";
import { randomOf } from "./random.ts";

const SERIES = 10_000;
const RUNS_EACH = 200;
const LONG = 1_000_000;

const detector = (name: string): Detector => DETECTORS.find((one) => one.name === name)!;
const ours = detector("ours");
const known = detector("E-divisive");

export async function benchDetection(): Promise<BenchResult[]> {
  return [time(100, 0.3), time(500, 1.1), many(), long(), quality()];
}

/** A history with one step half-way. */
export function timed(seed: number, runs: number): Series {
  const random = randomOf(seed, 31);
  const values = Array.from({ length: runs }, (_, i) => Math.exp(0.02 * random.normal() + (i > runs / 2 ? 0.05 : 0)));
  return { values, changes: [], spikes: [], noise: "log-normal" };
}

function time(runs: number, goal: number): BenchResult {
  const all = seriesOf({ first: REPORTED.first, count: 200 }, (seed) => timed(seed, runs));
  const [mine, theirs] = [milliseconds(ours, all), milliseconds(known, all.slice(0, 50))];
  return {
    name: `detection: a history of ${runs} runs`,
    value: round2(mine),
    unit: "ms",
    yardstick: `E-divisive with t-test, also here: ${round2(theirs)} ms`,
    ratio: round2(mine / theirs),
    goal: `at most ${goal} ms`,
    ok: mine <= goal,
  };
}

function many(): BenchResult {
  const all = seriesOf({ first: REPORTED.first, count: 100 }, (seed) => timed(seed, RUNS_EACH));
  const seconds = (milliseconds(ours, all) * SERIES) / 1000;
  return {
    name: `detection: ${SERIES} series of ${RUNS_EACH} runs, from 100 of them`,
    value: round2(seconds),
    unit: "s",
    yardstick: "the goal",
    ratio: round2(seconds / 10),
    goal: "under 10 s",
    ok: seconds < 10,
  };
}

function long(): BenchResult {
  const { values } = timed(REPORTED.first, LONG);
  const start = performance.now();
  const found = ours.find(values).changes;
  const seconds = (performance.now() - start) / 1000;
  return {
    name: "detection: one history of a million runs",
    value: round2(seconds),
    unit: "s",
    yardstick: `its one step, found: ${found.some((index) => Math.abs(index - LONG / 2) <= 3) ? "yes" : "no"}`,
    ratio: round2(seconds / 10),
    goal: "under 10 s",
    ok: seconds < 10,
  };
}

function quality(): BenchResult {
  const [stepped, unchanged] = [seriesOf(REPORTED, stepSeries), seriesOf(REPORTED, unchangedSeries)];
  const [mine, theirs] = [steps(ours, stepped).f1, steps(known, stepped).f1];
  const [alarms, theirAlarms] = [falseAlarmsPer1000(ours, unchanged), falseAlarmsPer1000(known, unchanged)];
  return {
    name: `detection: F1 on step series; false alarms per 1000 unchanged runs: ${round2(alarms)}`,
    value: round2(mine),
    unit: "F1",
    yardstick: `E-divisive with t-test: ${round2(theirs)}; ${round2(theirAlarms)}`,
    ratio: round2(mine / theirs),
    goal: "0.85; 0.15",
    ok: mine >= 0.85 && alarms <= 0.15,
  };
}
