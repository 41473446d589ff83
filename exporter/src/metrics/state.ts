import type { Config } from "../config/schema.ts";
import type { Changes, CounterRow, ErrorWindowRow, HistogramRow, LastRunRow, Scope } from "../model/store.ts";
import { CATALOGUE, COUNTER_FAMILIES, type Family, type FamilyId, HISTOGRAM_FAMILIES } from "./catalogue.ts";
import { labelText } from "./labels.ts";
import { lastRunSamples, type Sample, scopeLabels } from "./last-run.ts";
import { createSuites } from "./suites.ts";
import { createTable, type Entry, type Table } from "./table.ts";

/** The families about the view itself: outside the budget, which they report. */
const OWN = new Set<Family>([CATALOGUE.series, CATALOGUE.seriesLimit, CATALOGUE.seriesFolded]);

/** The store's rows as tables of series; `view.ts` decides when to read and when to settle. */
export function createState(config: Config, now: () => number) {
  const families = Object.entries(CATALOGUE).filter(([, family]) => family.source === "store");
  const limit = config.labels.seriesPerFamily;
  const byId = new Map(
    families.map(([id, family]) => [
      id as FamilyId,
      createTable(family, OWN.has(family) ? Number.POSITIVE_INFINITY : limit),
    ]),
  );
  const tables = [...byId.values()];
  const byFamily = new Map(tables.map((table) => [table.family, table]));
  const suites = createSuites(config);
  /** Keys of the gauges that a scope, an error window or a suite shows now, to remove what it no longer shows. */
  const shown = new Map<unknown, Map<string, Table>>();

  const holdMs = config.metrics.zeroHoldIntervals * config.metrics.scrapeIntervalSeconds * 1000;
  let holds: { table: Table; entry: Entry; endMs: number }[] = [];
  let nextHoldEndMs = Number.POSITIVE_INFINITY;

  /** By child, then by the scope that the store counts it under. */
  const folded = new Map<string, Map<string, number>>();
  let leftOutMost = 0;
  /** Measure series beyond their bound, by scope: the most there ever were. */
  const measuresLeftOut = new Map<string, number>();

  byId.get("seriesLimit")!.sample([], limit);
  writeBudget();

  const holdIn =
    (table: Table, createdAtMs: number) =>
    (entry: Entry): boolean => {
      const endMs = createdAtMs + holdMs;
      if (endMs <= now()) return false;
      holds.push({ table, entry, endMs });
      nextHoldEndMs = Math.min(nextHoldEndMs, endMs);
      return true;
    };

  function counter(row: CounterRow): void {
    const { scope, child, value, createdAtMs, lastRunId } = row;
    if (row.counter === "folded") {
      const scopes = folded.get(child) ?? new Map<string, number>();
      folded.set(child, scopes.set(scopeKey(scope), value));
      return;
    }
    const { family, child: childLabel } = COUNTER_FAMILIES[row.counter];
    const table = byFamily.get(family)!;
    const { project, suite, environment, branch } = scope;
    const labels = row.counter === "runs" ? [project, environment, branch] : [project, suite, environment, branch];
    if (childLabel !== undefined) labels.push(child);
    table.sample(labels, value, { createdAtMs, runId: lastRunId, hold: holdIn(table, createdAtMs) });
    see(scope);
  }

  function histogram(row: HistogramRow): void {
    const { scope, bounds, counts, sum, createdAtMs, lastRunId } = row;
    const table = byFamily.get(HISTOGRAM_FAMILIES[row.histogram])!;
    const meta = { createdAtMs, runId: lastRunId, hold: holdIn(table, createdAtMs) };
    table.histogram(scopeLabels(scope), bounds, counts, sum, meta);
    see(scope);
  }

  function lastRun(row: LastRunRow): void {
    const key = `run ${scopeKey(row.scope)}`;
    const samples = lastRunSamples(row, suites.plan(row.scope.project, row.scope.suite));
    show(key, withinMeasures(key, samples));
    suites.setLastRun(key, row);
  }

  /**
   * Bounds the measure series of one scope. What is shown already stays, so that no series comes and goes while others are
   * added; newcomers, of which nobody knows which was first, go by label set.
   */
  function withinMeasures(owner: string, samples: readonly Sample[]): readonly Sample[] {
    const { measures: bound } = config.labels;
    const keys = new Map<Sample, string>();
    for (const sample of samples) {
      const table = byId.get(sample.family)!;
      if (isMeasure(table.family)) keys.set(sample, table.keyOf(sample.labels));
    }
    const distinct = [...new Set(keys.values())].sort();
    if (distinct.length <= bound) return samples;
    const before = shown.get(owner);
    const known = distinct.filter((key) => before?.has(key));
    const kept = new Set([...known, ...distinct.filter((key) => !before?.has(key))].slice(0, bound));
    const excess = distinct.length - bound;
    measuresLeftOut.set(owner, Math.max(excess, measuresLeftOut.get(owner) ?? 0));
    return samples.filter((sample) => {
      const key = keys.get(sample);
      return key === undefined || kept.has(key);
    });
  }

  function errorWindow({ scope, errorType, affectedTests, lastOccurrenceAtMs }: ErrorWindowRow): void {
    const labels = [...scopeLabels(scope), errorType];
    const samples: Sample[] = [{ family: "errorAffectedTests", labels, value: affectedTests }];
    if (lastOccurrenceAtMs > 0) {
      samples.push({ family: "errorLastOccurrence", labels, value: lastOccurrenceAtMs / 1000 });
    }
    show(`error ${errorType} ${scopeKey(scope)}`, samples);
    see(scope);
  }

  /** Series without a suite (runs) have an empty one. */
  function see({ project, suite }: Scope): void {
    if (suite !== "") suites.see(project, suite);
  }

  /** Writes what an owner shows now and removes what it showed before and no longer does. */
  function show(owner: unknown, samples: readonly Sample[]): void {
    const before = shown.get(owner);
    const after = new Map<string, Table>();
    for (const { family, labels, value } of samples) {
      const table = byId.get(family)!;
      const key = table.sample(labels, value);
      after.set(key, table);
      before?.delete(key);
    }
    for (const [key, table] of before ?? []) table.remove(key);
    if (after.size > 0) shown.set(owner, after);
    else shown.delete(owner);
  }

  /**
   * What this last guard leaves out counts as folded suites; the most there ever was, so that the counter never falls. The
   * store counts the measures that it keeps back, and `measuresLeftOut` those that it gave and that are not shown.
   * Every child is there from the start, at 0: `increase()` sees the first fold without a hold.
   */
  function writeBudget(): void {
    let leftOut = 0;
    for (const table of tables) {
      if (OWN.has(table.family)) continue;
      leftOut += table.leftOut;
      byId.get("series")!.sample([table.family.name], table.seriesCount);
    }
    leftOutMost = Math.max(leftOutMost, leftOut);
    for (const child of new Set([...COUNTER_FAMILIES.folded.children, ...folded.keys()])) {
      let value = child === "suite" ? leftOutMost : 0;
      if (child === "measure") for (const one of measuresLeftOut.values()) value += one;
      for (const one of folded.get(child)?.values() ?? []) value += one;
      byId.get("seriesFolded")!.sample([child], value);
    }
  }

  return {
    tables,
    apply(changes: Changes): void {
      changes.counters.forEach(counter);
      changes.histograms.forEach(histogram);
      changes.lastRuns.forEach(lastRun);
      changes.errorWindows.forEach(errorWindow);
    },
    endHolds(): void {
      const time = now();
      if (time < nextHoldEndMs) return;
      for (const { table, entry, endMs } of holds) if (endMs <= time) table.reveal(entry);
      holds = holds.filter(({ endMs }) => endMs > time);
      nextHoldEndMs = holds.reduce((next, { endMs }) => Math.min(next, endMs), Number.POSITIVE_INFINITY);
    },
    settle(): boolean {
      for (const { id, samples } of suites.takeChanged()) show(id, samples);
      let changed = false;
      for (const table of tables) if (!OWN.has(table.family) && table.settle()) changed = true;
      writeBudget();
      for (const table of tables) if (OWN.has(table.family) && table.settle()) changed = true;
      return changed;
    },
  };
}

const isMeasure = (family: Family): boolean =>
  family.name.startsWith("measure_") || family.name.startsWith("benchmark_");

const SCOPE_NAMES = ["project", "suite", "environment", "branch"];
/** The full label set as text; as unambiguous as the set itself. */
const scopeKey = (scope: Scope): string => labelText(SCOPE_NAMES, scopeLabels(scope));
