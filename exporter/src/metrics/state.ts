import { isExpired } from "../config/quarantine.ts";
import type { Config } from "../config/schema.ts";
import type { AlertRow } from "../model/alert.ts";
import type { DeviationRow } from "../model/deviation.ts";
import { PULL_REQUEST } from "../model/run.ts";
import type {
  ActiveRow,
  Changes,
  CounterRow,
  ErrorWindowRow,
  HistogramRow,
  LastRunRow,
  Scope,
  SuiteKey,
  SuiteRow,
} from "../model/store.ts";
import { alertSamples } from "./alerts.ts";
import { CATALOGUE, type Family, type FamilyId, FOLDED_LABELS, STORE_FAMILIES } from "./catalogue.ts";
import { deviationSamples } from "./deviations.ts";
import { labelText } from "./labels.ts";
import { lastRunSamples, type Sample, scopeLabels } from "./last-run.ts";
import { createSuites } from "./suites.ts";
import { createTable, type Entry, type Table } from "./table.ts";
import { targetSamples } from "./targets.ts";

/** The families about the view itself: outside the budget, which they report. */
const OWN = new Set<Family>([CATALOGUE.series, CATALOGUE.seriesLimit, CATALOGUE.seriesFolded]);

/** Of alerts, which outlive the suite that they are about until Alertmanager says that they are over. */
const OF_ALERTS = new Set<Family>([CATALOGUE.alertAcknowledged, CATALOGUE.alertEscalationLevel]);

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

  /** By label, then by the scope that the store counts it under. */
  const folded = new Map<string, Map<string, number>>();
  let leftOutMost = 0;

  byId.get("seriesLimit")!.sample([], limit);
  writeBudget();

  const holdIn =
    (table: Table, sinceMs: number) =>
    (entry: Entry): boolean => {
      const endMs = sinceMs + holdMs;
      if (endMs <= now()) return false;
      holds.push({ table, entry, endMs });
      nextHoldEndMs = Math.min(nextHoldEndMs, endMs);
      return true;
    };

  function counter(row: CounterRow): void {
    const { scope, labels, value, createdAtMs, lastRunId, resumed } = row;
    if (row.counter === "folded") {
      const label = labels[0]!;
      const scopes = folded.get(label) ?? new Map<string, number>();
      folded.set(label, scopes.set(scopeKey(scope), value));
      return;
    }
    const table = byFamily.get(STORE_FAMILIES[row.counter])!;
    const { project, suite, environment, branch } = scope;
    const place = row.counter === "runs" ? [project, environment, branch] : [project, suite, environment, branch];
    table.sample([...place, ...labels], value, {
      createdAtMs,
      runId: lastRunId,
      base: resumed?.value,
      hold: holdIn(table, resumed?.atMs ?? createdAtMs),
    });
    see(scope);
  }

  function histogram(row: HistogramRow): void {
    const { scope, labels, bounds, counts, sum, createdAtMs, lastRunId, resumed } = row;
    const table = byFamily.get(STORE_FAMILIES[row.histogram])!;
    const hold = holdIn(table, resumed?.atMs ?? createdAtMs);
    const meta = { createdAtMs, runId: lastRunId, base: resumed, hold };
    table.histogram([...scopeLabels(scope), ...labels], bounds, counts, sum, meta);
    see(scope);
  }

  function lastRun(row: LastRunRow): void {
    const key = `run ${scopeKey(row.scope)}`;
    const samples = lastRunSamples(row, suites.plan(row.scope.project, row.scope.suite));
    show(key, [...samples, ...targetSamples(row, config.targets)]);
    suites.setLastRun(key, row);
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

  function deviation(row: DeviationRow): void {
    show(`deviation ${JSON.stringify(row.series)}`, deviationSamples(row));
  }

  function suite({ scope, flaky }: SuiteRow): void {
    const samples: Sample[] =
      flaky === undefined ? [] : [{ family: "flakyTests", labels: scopeLabels(scope), value: flaky }];
    show(`flaky ${scopeKey(scope)}`, samples);
  }

  function active({ scope, runs, heardAtMs }: ActiveRow): void {
    const labels = scopeLabels(scope);
    const samples: Sample[] = [{ family: "runsActive", labels, value: runs }];
    if (heardAtMs !== undefined) samples.push({ family: "runHeartbeat", labels, value: heardAtMs / 1000 });
    show(`active ${scopeKey(scope)}`, samples);
    see(scope);
  }

  /** What owners showed of it is not there any more; they find that out when they show something else. */
  function end({ project, suite }: SuiteKey): void {
    for (const table of tables) if (!OF_ALERTS.has(table.family)) table.removeAll({ project, suite });
    suites.end(project, suite);
  }

  function alert(row: AlertRow): void {
    show(`alert ${JSON.stringify(row.matter)}`, alertSamples(row));
  }

  /** Expires without a commit. */
  function writeQuarantine(): void {
    const { quarantine } = config;
    const expired = quarantine.filter((entry) => isExpired(entry, now())).length;
    byId.get("quarantineEntries")!.sample(["active"], quarantine.length - expired);
    byId.get("quarantineEntries")!.sample(["expired"], expired);
  }

  /** Series without a suite (runs) have an empty one. */
  function see({ project, suite, branch }: Scope): void {
    if (suite !== "") suites.see(project, suite, branch !== PULL_REQUEST);
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
   * What this last guard leaves out counts as folded suites; the most there ever was, so that the counter never falls.
   * Every label is there from the start, at 0: `increase()` sees the first fold without a hold.
   */
  function writeBudget(): void {
    let leftOut = 0;
    for (const table of tables) {
      if (OWN.has(table.family)) continue;
      leftOut += table.leftOut;
      byId.get("series")!.sample([table.family.name], table.seriesCount);
    }
    leftOutMost = Math.max(leftOutMost, leftOut);
    for (const label of new Set([...FOLDED_LABELS, ...folded.keys()])) {
      let value = label === "suite" ? leftOutMost : 0;
      for (const one of folded.get(label)?.values() ?? []) value += one;
      byId.get("seriesFolded")!.sample([label], value);
    }
  }

  return {
    tables,
    apply(changes: Changes): void {
      changes.ended.forEach(end);
      changes.counters.forEach(counter);
      changes.histograms.forEach(histogram);
      changes.lastRuns.forEach(lastRun);
      changes.errorWindows.forEach(errorWindow);
      changes.deviations.forEach(deviation);
      changes.suites.forEach(suite);
      changes.active.forEach(active);
      changes.alerts.forEach(alert);
    },
    endHolds(): void {
      const time = now();
      if (time < nextHoldEndMs) return;
      for (const { table, entry, endMs } of holds) if (endMs <= time) table.reveal(entry);
      holds = holds.filter(({ endMs }) => endMs > time);
      nextHoldEndMs = holds.reduce((next, { endMs }) => Math.min(next, endMs), Number.POSITIVE_INFINITY);
    },
    settle(): boolean {
      writeQuarantine();
      for (const { id, samples } of suites.takeChanged()) show(id, samples);
      let changed = false;
      for (const table of tables) if (!OWN.has(table.family) && table.settle()) changed = true;
      writeBudget();
      for (const table of tables) if (OWN.has(table.family) && table.settle()) changed = true;
      return changed;
    },
  };
}

const SCOPE_NAMES = ["project", "suite", "environment", "branch"];
/** The full label set as text; as unambiguous as the set itself. */
const scopeKey = (scope: Scope): string => labelText(SCOPE_NAMES, scopeLabels(scope));
