/** One figure of the table for one detector, from seeded series. */
import type { Detector, Found } from "./detectors.ts";
import type { Series } from "./generate.ts";
import { emptyTally, f1, MARGIN, precision, recall, type Tally, tally } from "./score.ts";

export interface Seeds {
  readonly first: number;
  readonly count: number;
}

/** Where this project tuned, and the series its figures are reported on, which were not looked at before. */
export const TUNED: Seeds = { first: 1, count: 899_999 };
export const REPORTED: Seeds = { first: 990_001, count: 600 };

type Make = (seed: number) => Series;

export const seriesOf = ({ first, count }: Seeds, make: Make): Series[] =>
  Array.from({ length: count }, (_, i) => make(first + i));

export interface Steps {
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
}

export function steps(detector: Detector, all: readonly Series[]): Steps {
  const total = count(all, (series, into) => tally(into, series.changes, detector.find(series.values).changes));
  return { f1: f1(total), precision: precision(total), recall: recall(total) };
}

/** Change points reported per 1000 runs of histories that have none. */
export function falseAlarmsPer1000(detector: Detector, unchanged: readonly Series[]): number {
  const runs = unchanged.reduce((sum, { values }) => sum + values.length, 0);
  const alarms = unchanged.reduce((sum, { values }) => sum + detector.find(values).changes.length, 0);
  return (1000 * alarms) / runs;
}

/** Share of histories, cut some runs after their newest step, in which it is reported. */
export function found(detector: Detector, cut: readonly Series[]): number {
  const isFound = ({ values, changes }: Series): boolean =>
    detector.find(values).changes.some((index) => Math.abs(index - changes.at(-1)!) <= MARGIN);
  return share(cut, isFound);
}

export interface Replay {
  /** Share of histories with a false alarm at any moment. */
  readonly ever: number;
  /** Changes given, withdrawn and given again, per 1000 runs. */
  readonly flicker: number;
}

/** Histories as they grow: every moment from `from` runs on. */
export function replay(detector: Detector, unchanged: readonly Series[], from = 20): Replay {
  let [ever, again, runs] = [0, 0, 0];
  for (const { values } of unchanged) {
    const states = new Map<number, "given" | "withdrawn">();
    for (let n = from; n <= values.length; n++) {
      const now = detector.find(values.slice(0, n)).changes;
      for (const [index, state] of states)
        if (state === "given" && !now.some((one) => Math.abs(one - index) <= MARGIN)) states.set(index, "withdrawn");
      for (const index of now) {
        const known = [...states.keys()].find((one) => Math.abs(one - index) <= MARGIN);
        if (known !== undefined && states.get(known) === "withdrawn") again++;
        states.set(known ?? index, "given");
      }
    }
    if (states.size > 0) ever++;
    runs += values.length;
  }
  return { ever: ever / unchanged.length, flicker: (1000 * again) / runs };
}

export function spikes(detector: Detector, all: readonly Series[]): { outliers: number; changed: number } {
  const answers = new Map<Series, Found>(all.map((series) => [series, detector.find(series.values)]));
  const total = count(all, (series, into) => tally(into, series.spikes, answers.get(series)!.outliers, 0));
  return { outliers: f1(total), changed: share(all, (series) => answers.get(series)!.changes.length > 0) };
}

/** Share of histories in which a step is reported. */
export const changed = (detector: Detector, all: readonly Series[]): number =>
  share(all, ({ values }) => detector.find(values).changes.length > 0);

/** Processor milliseconds per series, after warming up. */
export function milliseconds(detector: Detector, all: readonly Series[]): number {
  for (const { values } of all) detector.find(values);
  const start = process.cpuUsage();
  for (const { values } of all) detector.find(values);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / all.length;
}

export function share<T>(all: readonly T[], is: (one: T) => boolean): number {
  return all.filter(is).length / all.length;
}

function count(all: readonly Series[], add: (series: Series, into: Tally) => void): Tally {
  const total = emptyTally();
  for (const series of all) add(series, total);
  return total;
}
