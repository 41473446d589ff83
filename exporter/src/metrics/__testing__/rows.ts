import type { AlertRow } from "../../model/alert.ts";
import type { DeviationRow } from "../../model/deviation.ts";
import type {
  Changes,
  CounterRow,
  ErrorWindowRow,
  HistogramRow,
  LastRunRow,
  Scope,
  StoreCounter,
  StoreReader,
} from "../../model/store.ts";

type Rows = Omit<Changes, "generation">;
const noRows: Rows = {
  counters: [],
  histograms: [],
  lastRuns: [],
  errorWindows: [],
  deviations: [],
  suites: [],
  active: [],
  ended: [],
  alerts: [],
};

/** A store that knows nothing but generations of rows. Rows of one series replace each other, as in the real one. */
export function fakeStore(): Pick<StoreReader, "generation" | "changesSince"> & {
  /** A commit: raises the generation. */
  commit(rows: Partial<Rows>): void;
  /** As if an older copy of the file had been put in its place. */
  replaceBy(generation: number, rows: Partial<Rows>): void;
  readonly calls: { generation: number; changesSince: number };
} {
  let generation = 0;
  let commits: { generation: number; rows: Rows }[] = [];
  const calls = { generation: 0, changesSince: 0 };
  return {
    calls,
    commit(rows) {
      commits.push({ generation: ++generation, rows: { ...noRows, ...rows } });
    },
    replaceBy(next, rows) {
      generation = next;
      commits = [{ generation: next, rows: { ...noRows, ...rows } }];
    },
    async generation() {
      calls.generation++;
      return generation;
    },
    async changesSince(since) {
      calls.changesSince++;
      const newer = commits.filter((commit) => commit.generation > since).map(({ rows }) => rows);
      return {
        generation,
        counters: newest(newer.flatMap((rows) => rows.counters)),
        histograms: newest(newer.flatMap((rows) => rows.histograms)),
        lastRuns: newest(newer.flatMap((rows) => rows.lastRuns)),
        errorWindows: newest(newer.flatMap((rows) => rows.errorWindows)),
        deviations: newer.flatMap((rows) => rows.deviations),
        suites: newest(newer.flatMap((rows) => rows.suites)),
        active: newest(newer.flatMap((rows) => rows.active)),
        ended: newer.flatMap((rows) => rows.ended),
        alerts: newer.flatMap((rows) => rows.alerts),
      };
    },
  };
}

interface Keyed {
  readonly scope: Scope;
  readonly counter?: string;
  readonly histogram?: string;
  readonly labels?: readonly string[];
  readonly errorType?: string;
}
function newest<T extends Keyed>(rows: readonly T[]): T[] {
  const byKey = new Map<string, T>();
  for (const row of rows) {
    const { scope, counter, histogram, labels, errorType } = row;
    const { project, suite, environment, branch } = scope;
    byKey.set(JSON.stringify([project, suite, environment, branch, counter, histogram, labels, errorType]), row);
  }
  return [...byKey.values()];
}

/** Long before every test's clock, so that nothing is held unless a test says so. */
export const LONG_AGO = Date.UTC(2026, 0, 1);
export const NOW = Date.UTC(2026, 2, 1, 12);

export const scope = (suite = "unit", more: Partial<Scope> = {}): Scope => ({
  project: "web",
  suite,
  environment: "ci",
  branch: "main",
  ...more,
});

export const counterRow = (
  counter: StoreCounter,
  child: string,
  value: number,
  more: Partial<CounterRow> = {},
): CounterRow => ({
  counter,
  scope: scope(),
  labels: child === "" ? [] : child.split("|"),
  value,
  createdAtMs: LONG_AGO,
  lastRunId: undefined,
  ...more,
});

export const histogramRow = (
  counts: readonly number[],
  sum: number,
  more: Partial<HistogramRow> = {},
): HistogramRow => ({
  histogram: "case_duration",
  scope: scope(),
  labels: [],
  bounds: [0.2, 0.5, 1],
  counts,
  sum,
  createdAtMs: LONG_AGO,
  lastRunId: undefined,
  ...more,
});

export const lastRunRow = (
  run: Partial<NonNullable<LastRunRow["run"]>> = {},
  more: Partial<LastRunRow> = {},
): LastRunRow => ({
  scope: scope(),
  framework: "vitest",
  run: {
    id: "018f0000-0000-7000-8000-000000000001",
    runId: "build-7",
    status: "passed",
    counts: { passed: 41, failed: 0, errored: 0, skipped: 1 },
    durationSeconds: 12.5,
    startedAtMs: NOW - 112_500,
    endedAtMs: NOW - 100_000,
    lastSuccessAtMs: NOW - 100_000,
    usualDurationSeconds: undefined,
    ...run,
  },
  coverage: undefined,
  measures: [],
  load: [],
  ...more,
});

export const deletedRow = (of = scope()): LastRunRow => ({
  scope: of,
  framework: undefined,
  run: undefined,
  coverage: undefined,
  measures: [],
  load: [],
});

export const errorRow = (
  errorType: ErrorWindowRow["errorType"],
  affectedTests: number,
  lastOccurrenceAtMs: number,
): ErrorWindowRow => ({ scope: scope(), errorType, affectedTests, lastOccurrenceAtMs });

/** A verdict that states everything there is. */
export function deviationRow(more: Partial<DeviationRow> = {}): DeviationRow {
  return {
    scope: scope(),
    series: {
      ...scope(),
      kind: "load",
      name: undefined,
      measure: "latency",
      stat: "p95",
      unit: "seconds",
      component: "api",
      scenario: "peak",
      operation: "GET /",
      runnerClass: "linux-8c",
    },
    verdict: {
      state: "warning",
      suspected: false,
      numbers: {
        n: 40,
        baseline: 0.184,
        baselineStd: 0.002,
        current: 0.207,
        z: 9,
        ratio: 0.125,
        outliers: 1,
        trend: { slope: 0.001, r: 0.8, pValue: 0.01 },
        changeAtMs: 1_700_000_000_000,
        changeRatio: 0.125,
      },
    },
    ...more,
  };
}

/** Fires, climbs, and nobody has acknowledged it. */
export const alertRow = (more: Partial<AlertRow> = {}): AlertRow => ({
  matter: { alertname: "TestRunFailed", ...scope() },
  team: "core",
  open: true,
  acknowledged: false,
  level: 1,
  ...more,
});
