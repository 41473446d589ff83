import type { DatabaseSync } from "node:sqlite";
import type {
  Changes,
  CounterRow,
  HistogramRow,
  LastRunRow,
  Scope,
  StoreCounter,
  StoreHistogram,
} from "../model/store.ts";
import type { ErrorType } from "../model/test.ts";
import { alertChanges } from "./alert-queries.ts";
import { childLabels } from "./child-labels.ts";
import { verdictChanges } from "./deviation-queries.ts";
import { ADMITTED_LOAD, loadParent } from "./load-counts.ts";
import { type LoadRow, loadSummary } from "./load-rows.ts";
import { median } from "./numbers.ts";
import { rebucket } from "./rollup.ts";
import { countsOf, coverageOf, type MeasureRow, measureOf, type RunRow, type SuiteRow } from "./rows.ts";

interface ScopeColumns {
  project: string;
  suite: string;
  environment: string;
  branch: string;
}
const scopeOf = (row: ScopeColumns): Scope => ({
  project: row.project,
  suite: row.suite,
  environment: row.environment,
  branch: row.branch,
});
const SCOPE = "s.project, s.suite, s.environment, s.branch";
const SHOWN = "s.retired_ms IS NULL";

/**
 * Rows that /metrics shows, by generation. Runs in one read transaction, so that all rows are of one moment. Of a suite's
 * measures it gives the first `maxMeasures`; the rest was counted as folded when the run completed.
 */
export function readChanges(db: DatabaseSync, since: number, maxMeasures: number): Changes {
  db.exec("BEGIN");
  try {
    const { value } = db.prepare("SELECT value FROM meta WHERE key = 'generation'").get() as { value: number };
    return {
      generation: value,
      counters: counters(db, since),
      histograms: histograms(db, since),
      lastRuns: lastRuns(db, since, maxMeasures),
      errorWindows: errorWindows(db, since),
      deviations: verdictChanges(db, since),
      suites: suiteChanges(db, since),
      alerts: alertChanges(db, since),
      active: activeRuns(db, since),
      ended: db
        .prepare("SELECT project, suite FROM ended_suite WHERE generation > ?")
        .all(since) as unknown as Changes["ended"],
    };
  } finally {
    db.exec("COMMIT");
  }
}

function counters(db: DatabaseSync, since: number): CounterRow[] {
  const rows = db
    .prepare(
      `SELECT c.name, c.child, c.value, c.created_ms, c.last_run_id, c.base, s.resumed_ms, ${SCOPE}
       FROM counter c JOIN scope s ON s.id = c.scope WHERE c.generation > ? AND ${SHOWN}`,
    )
    .all(since) as unknown as (ScopeColumns & {
    name: StoreCounter;
    child: string;
    value: number;
    created_ms: number;
    last_run_id: string | null;
    base: number | null;
    resumed_ms: number | null;
  })[];
  return rows.map((row) => ({
    counter: row.name,
    scope: scopeOf(row),
    labels: childLabels(row.name, row.child),
    value: row.value,
    createdAtMs: row.created_ms,
    lastRunId: row.last_run_id ?? undefined,
    ...(row.base === null || row.resumed_ms === null ? {} : { resumed: { atMs: row.resumed_ms, value: row.base } }),
  }));
}

function histograms(db: DatabaseSync, since: number): HistogramRow[] {
  const rows = db
    .prepare(
      `SELECT h.name, h.child, h.bounds, h.counts, h.sum, h.created_ms, h.last_run_id, h.base, s.resumed_ms, ${SCOPE}
       FROM histogram h JOIN scope s ON s.id = h.scope WHERE h.generation > ? AND ${SHOWN}`,
    )
    .all(since) as unknown as (ScopeColumns & {
    name: StoreHistogram;
    child: string;
    bounds: string;
    counts: string;
    sum: number;
    created_ms: number;
    last_run_id: string | null;
    base: string | null;
    resumed_ms: number | null;
  })[];
  return rows.map((row) => {
    const bounds = JSON.parse(row.bounds) as number[];
    return {
      histogram: row.name,
      scope: scopeOf(row),
      labels: childLabels(row.name, row.child),
      bounds,
      counts: JSON.parse(row.counts) as number[],
      sum: row.sum,
      createdAtMs: row.created_ms,
      lastRunId: row.last_run_id ?? undefined,
      ...(row.base === null || row.resumed_ms === null ? {} : { resumed: baseOf(row.base, row.resumed_ms, bounds) }),
    };
  });
}

/** The configuration may have changed the bounds since. */
function baseOf(text: string, atMs: number, bounds: readonly number[]): NonNullable<HistogramRow["resumed"]> {
  const base = JSON.parse(text) as { bounds: number[]; counts: number[]; sum: number };
  return { atMs, counts: rebucket(base.bounds, base.counts, bounds), sum: base.sum };
}

export function lastRuns(db: DatabaseSync, since: number, maxMeasures: number): LastRunRow[] {
  const rows = db
    .prepare(
      `SELECT l.scope, l.test_run, l.measure_run, l.coverage_run, l.load_run, ${SCOPE} FROM last_run l JOIN scope s ON s.id = l.scope
       WHERE l.generation > ? AND ${SHOWN}`,
    )
    .all(since) as unknown as (ScopeColumns & {
    scope: number;
    test_run: number | null;
    measure_run: number | null;
    coverage_run: number | null;
    load_run: number | null;
  })[];
  const run = db.prepare("SELECT * FROM run WHERE id = ?");
  const suite = db.prepare("SELECT * FROM suite_result WHERE run = ? AND suite = ?");
  const measures = db.prepare("SELECT * FROM measure WHERE run = ? AND suite = ? ORDER BY seq LIMIT ?");
  const load = db.prepare(ADMITTED_LOAD);
  const success = db.prepare("SELECT max(ended_ms) AS at FROM suite_result WHERE scope = ? AND status = 'passed'");
  const earlier = db.prepare(
    "SELECT duration_seconds AS seconds FROM suite_result WHERE scope = ? AND ended_ms <= ? AND run <> ? AND status IN ('passed', 'failed') ORDER BY ended_ms DESC LIMIT 20",
  );
  return rows.map((row) => {
    const rollup = (id: number | null): SuiteRow | undefined =>
      id === null ? undefined : (suite.get(id, row.suite) as SuiteRow | undefined);
    const tests = rollup(row.test_run);
    const parent = row.test_run === null ? undefined : (run.get(row.test_run) as RunRow | undefined);
    const usual =
      tests === undefined
        ? []
        : (earlier.all(row.scope, tests.ended_ms, tests.run) as { seconds: number }[]).map((one) => one.seconds);
    return {
      scope: scopeOf(row),
      framework: tests?.framework ?? rollup(row.measure_run)?.framework ?? rollup(row.load_run)?.framework ?? undefined,
      run:
        tests === undefined || parent === undefined
          ? undefined
          : {
              id: parent.uuid,
              runId: parent.run_id,
              status: tests.status,
              counts: countsOf(tests),
              durationSeconds: tests.duration_seconds,
              startedAtMs: tests.started_ms,
              endedAtMs: tests.ended_ms,
              lastSuccessAtMs: (success.get(row.scope) as { at: number | null }).at ?? undefined,
              usualDurationSeconds: usual.length < 5 ? undefined : median(usual),
            },
      measuredAtMs: latest(rollup(row.measure_run)?.ended_ms, rollup(row.load_run)?.ended_ms),
      coverage: coverageOf(rollup(row.coverage_run)?.coverage ?? null),
      measures:
        row.measure_run === null
          ? []
          : (measures.all(row.measure_run, row.suite, maxMeasures) as unknown as MeasureRow[]).map(measureOf),
      load:
        row.load_run === null
          ? []
          : (load.all(row.load_run, row.suite, loadParent(row)) as unknown as LoadRow[]).map(loadSummary),
    };
  });
}

const latest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

function errorWindows(db: DatabaseSync, since: number): Changes["errorWindows"] {
  const rows = db
    .prepare(
      `SELECT e.error_type, e.affected, e.last_ms, ${SCOPE} FROM error_window e JOIN scope s ON s.id = e.scope
       WHERE e.generation > ? AND ${SHOWN}`,
    )
    .all(since) as unknown as (ScopeColumns & { error_type: ErrorType; affected: number; last_ms: number })[];
  return rows.map((row) => ({
    scope: scopeOf(row),
    errorType: row.error_type,
    affectedTests: row.affected,
    lastOccurrenceAtMs: row.last_ms,
  }));
}

function suiteChanges(db: DatabaseSync, since: number): Changes["suites"] {
  const rows = db
    .prepare(
      `SELECT f.tests, ${SCOPE} FROM suite_flaky f JOIN scope s ON s.id = f.scope WHERE f.generation > ? AND ${SHOWN}`,
    )
    .all(since) as unknown as (ScopeColumns & { tests: number | null })[];
  return rows.map((row) => ({ scope: scopeOf(row), flaky: row.tests ?? undefined }));
}

function activeRuns(db: DatabaseSync, since: number): Changes["active"] {
  const rows = db
    .prepare(
      `SELECT a.runs, a.heard_ms, ${SCOPE} FROM active_suite a JOIN scope s ON s.id = a.scope WHERE a.generation > ? AND ${SHOWN}`,
    )
    .all(since) as unknown as (ScopeColumns & { runs: number; heard_ms: number | null })[];
  return rows.map((row) => ({ scope: scopeOf(row), runs: row.runs, heardAtMs: row.heard_ms ?? undefined }));
}
