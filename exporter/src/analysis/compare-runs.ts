/**
 * All that two sides measured, value by value: each side is one or more runs (or report files). Values of the same series and the same
 * kind of machine are compared; the rest is listed. Pure; see compare.ts for the limits.
 */
import { AppError } from "../errors.ts";
import { type Better, type Stat, thinned, type Unit } from "../model/measure.ts";
import type { SeriesKey, SeriesKind } from "../model/series.ts";
import { type Compared, type Comparison, type ComparisonSettings, compare, hasLimits } from "./compare.ts";
import { mean } from "./statistics/describe.ts";

/** What makes two values comparable. Project, environment and branch are what the sides were chosen by. */
export interface MeasuredKey extends Omit<SeriesKey, "project" | "environment" | "branch" | "suite" | "runnerClass"> {
  readonly kind: Exclude<SeriesKind, "suite">;
  /** Undefined: of a report file, which no run has named a suite for. Then suites do not count on the other side either. */
  readonly suite: string | undefined;
  readonly stat: Stat;
  readonly unit: Unit;
}

export interface MeasuredValue extends MeasuredKey {
  /** Of a benchmark; undefined: not known, which is a kind of its own. */
  readonly runnerClass: string | undefined;
  readonly better: Better | undefined;
  readonly value: number;
  readonly samples: readonly number[] | undefined;
}

export const COMPARISON_VERDICTS = ["critical", "warning", "insufficient", "better", "ok", "shown"] as const;
export type ComparisonVerdict = (typeof COMPARISON_VERDICTS)[number] & Comparison["state"];

export interface ComparedSeries extends Omit<Comparison, "state" | "kind"> {
  readonly series: MeasuredKey;
  readonly runnerClass: string | undefined;
  readonly verdict: ComparisonVerdict;
  /** Which limits it was held against. */
  readonly limits: Comparison["kind"];
  /** Mean of its values. */
  readonly current: number;
  /** Runs behind each. */
  readonly baselineRuns: number;
  readonly currentRuns: number;
}

export interface NotCompared {
  readonly series: MeasuredKey;
  /** It would have been judged. */
  readonly judged: boolean;
}

export interface RunComparison {
  /** The worst that was judged; `insufficient` when nothing could be. */
  readonly verdict: "critical" | "warning" | "ok" | "insufficient";
  /** In the order of the current side's report. */
  readonly series: readonly ComparedSeries[];
  readonly missing: readonly NotCompared[];
  /** The baseline does not have it. */
  readonly added: readonly NotCompared[];
  /** Kinds of machine that measured it on one side only. */
  readonly otherMachine: readonly (NotCompared & {
    readonly baselineClasses: readonly (string | null)[];
    readonly currentClasses: readonly (string | null)[];
  })[];
  /** Values with limits. */
  readonly counts: Readonly<Record<Exclude<ComparisonVerdict, "shown"> | "missing" | "added" | "otherMachine", number>>;
}

/**
 * `baseline` and `current` hold the values of each run. Of equal values of one run the later holds, as in series. Throws
 * REQUEST_INVALID when suites must be told apart and a side does not name them.
 */
export function compareRuns(
  baseline: readonly (readonly MeasuredValue[])[],
  current: readonly (readonly MeasuredValue[])[],
  settings: ComparisonSettings,
): RunComparison {
  const bySuite = namesSuites([...baseline, ...current]);
  const [before, after] = [indexOf(baseline, bySuite), indexOf(current, bySuite)];
  const series: ComparedSeries[] = [];
  const otherMachine: RunComparison["otherMachine"][number][] = [];
  for (const [text, now] of after) {
    const then = before.get(text);
    if (then === undefined) continue;
    const holders = HOLDERS.map((stat) => keyText({ ...now.key, stat }, bySuite));
    for (const [runnerClass, values] of now.classes) {
      const base = then.classes.get(runnerClass);
      if (base === undefined) continue;
      const [old, recent] = [before, after].map((index) => samplesOf(index, holders, runnerClass));
      const samples = old === undefined || recent === undefined ? undefined : { baseline: old, current: recent };
      series.push(comparedSeries(now, runnerClass, { before: base.values, after: values.values, samples }, settings));
    }
    const baselineClasses = only(then, now);
    const currentClasses = only(now, then);
    if (baselineClasses.length + currentClasses.length > 0)
      otherMachine.push({ ...notCompared(now), baselineClasses, currentClasses });
  }
  const missing = [...before].filter(([text]) => !after.has(text)).map(([, entry]) => notCompared(entry));
  const added = [...after].filter(([text]) => !before.has(text)).map(([, entry]) => notCompared(entry));
  const of = (verdict: ComparisonVerdict): number => series.filter((one) => one.verdict === verdict).length;
  const judged = (list: readonly NotCompared[]): number => list.filter((one) => one.judged).length;
  const counts = {
    critical: of("critical"),
    warning: of("warning"),
    insufficient: of("insufficient"),
    better: of("better"),
    ok: of("ok"),
    missing: judged(missing),
    added: judged(added),
    otherMachine: judged(otherMachine),
  };
  return { verdict: verdictOf(counts), series, missing, added, otherMachine, counts };
}

/** What identifies a run's values, to find runs that measured the same: on any kind of machine, or on the same. */
export function measuredKeys(
  values: readonly MeasuredValue[],
  bySuite: boolean,
  machine: "any" | "same",
): ReadonlySet<string> {
  return new Set(values.map((value) => (machine === "any" ? keyText(value, bySuite) : fullText(value, bySuite))));
}

/** Whether all values say which suite they are of. */
export const namesSuites = (runs: readonly (readonly MeasuredValue[])[]): boolean =>
  runs.every((values) => values.every(({ suite }) => suite !== undefined));

function verdictOf({ critical, warning, better, ok }: RunComparison["counts"]): RunComparison["verdict"] {
  if (critical > 0) return "critical";
  if (warning > 0) return "warning";
  return better + ok > 0 ? "ok" : "insufficient";
}

interface Entry {
  readonly key: MeasuredKey;
  readonly better: Better | undefined;
  /** By kind of machine: a value and its single results for each run that has it. */
  readonly classes: Map<string | undefined, { readonly values: number[]; readonly samples: (readonly number[])[] }>;
}
type Index = ReadonlyMap<string, Entry>;

function indexOf(runs: readonly (readonly MeasuredValue[])[], bySuite: boolean): Index {
  const index = new Map<string, Entry>();
  for (const values of runs) {
    const own = new Map<string, MeasuredValue>();
    for (const value of values) {
      const text = fullText(value, bySuite);
      const other = own.get(text);
      if (other !== undefined && other.suite !== value.suite) throw ambiguous(value, other);
      own.set(text, value);
    }
    for (const { runnerClass, better, value, samples, ...key } of own.values()) {
      const text = keyText(key, bySuite);
      const entry = index.get(text) ?? { key, better, classes: new Map() };
      index.set(text, entry);
      const found = entry.classes.get(runnerClass) ?? { values: [], samples: [] };
      entry.classes.set(runnerClass, found);
      found.values.push(value);
      if (samples !== undefined) found.samples.push(samples);
    }
  }
  return index;
}

function ambiguous(value: MeasuredValue, other: MeasuredValue): AppError {
  const what = value.name ?? value.operation ?? value.measure;
  const suites = [other.suite, value.suite].map((suite) => `"${suite}"`).join(" and ");
  const message = `"${what}" was measured in the suites ${suites}, and the other side names no suite`;
  return new AppError("REQUEST_INVALID", message, {}, { hint: "say which with --suite" });
}

function keyText(key: MeasuredKey, bySuite: boolean): string {
  const { suite, kind, name, measure, stat, unit, component, scenario, operation } = key;
  return JSON.stringify([bySuite ? suite : null, kind, name, measure, unit, component, scenario, operation, stat]);
}

const fullText = (value: MeasuredValue, bySuite: boolean): string =>
  JSON.stringify([keyText(value, bySuite), value.runnerClass]);

/** A tool keeps single results with one statistic, the central one; they speak for the others as well. */
const HOLDERS: readonly Stat[] = ["avg", "value", "p50"];

function samplesOf(
  index: Index,
  keys: readonly string[],
  runnerClass: string | undefined,
): readonly number[] | undefined {
  const found = keys.map((text) => index.get(text)?.classes.get(runnerClass)?.samples ?? []);
  const kept = found.find((runs) => runs.length > 0);
  return kept === undefined ? undefined : thinned(kept.flat());
}

function comparedSeries(
  { key, better }: Entry,
  runnerClass: string | undefined,
  { before, after, samples }: { before: readonly number[]; after: readonly number[]; samples: Compared["samples"] },
  settings: ComparisonSettings,
): ComparedSeries {
  const current = mean(after as number[]);
  const { measure, stat, unit } = key;
  const of = { measure, stat, unit, better, current, baseline: before, samples };
  const { kind: limits, state, reason, ...rest } = compare(of, settings);
  const runs = { baselineRuns: before.length, currentRuns: after.length };
  const known = { series: key, runnerClass, limits, current, ...rest, ...runs };
  // What nobody judges lacks nothing: a minimum of 0 is shown as it is.
  if (!hasLimits(of)) return { ...known, verdict: "shown" };
  return { ...known, verdict: state, ...(reason === undefined ? {} : { reason }) };
}

const notCompared = ({ key, better }: Entry): NotCompared => ({ series: key, judged: hasLimits({ ...key, better }) });
const only = (one: Entry, other: Entry): (string | null)[] =>
  [...one.classes.keys()].filter((name) => !other.classes.has(name)).map((name) => name ?? null);
