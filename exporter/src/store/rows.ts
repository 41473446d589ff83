/** Rows of the database and their translation to the model. */
import type { Better, Coverage, Stat, Unit } from "../model/measure.ts";
import type { RunStatus, RunSummary, StoredMeasure, SuiteRollup } from "../model/run.ts";
import type { ErrorType, OutcomeCounts } from "../model/test.ts";
import { rebucket, type Tally } from "./rollup.ts";

/** Better to worse: what wins when parts of one run disagree. R5's error and partial, or cancelled. */
const STATES = ["error", "partial", "cancelled"] as const;
export type RunState = (typeof STATES)[number];

export const worstState = (...states: (RunState | null | undefined)[]): RunState | null =>
  STATES.findLast((state) => states.includes(state)) ?? null;

export interface RunRow {
  id: number;
  uuid: string;
  project: string;
  environment: string;
  run_id: string;
  branch: string | null;
  branch_label: string;
  commit_sha: string | null;
  run_url: string | null;
  executor: string | null;
  test_plan_id: string | null;
  framework: string | null;
  status: RunStatus;
  /** Worst of its suites. */
  state: RunState | null;
  started_ms: number;
  ended_ms: number;
  received_ms: number;
  completed_ms: number | null;
  complete_after_ms: number | null;
  parts_expected: number | null;
  parts_received: number;
  history: number;
  duration_seconds: number;
  passed: number;
  failed: number;
  errored: number;
  skipped: number;
  retries: number;
  flaky: number;
  /** Newest end that a report states; null: none does. */
  stated_end_ms: number | null;
  /** Receipt of the newest part that left the run waiting for more. */
  heard_ms: number | null;
}

export interface SuiteRow {
  run: number;
  suite: string;
  scope: number | null;
  status: RunStatus;
  /** Worst state that this suite's reports declared, or that the run was ended with. */
  state: RunState | null;
  started_ms: number;
  ended_ms: number;
  duration_seconds: number;
  parts: number;
  passed: number;
  failed: number;
  errored: number;
  skipped: number;
  retries: number;
  flaky: number;
  case_seconds_sum: number;
  case_seconds_count: number;
  /** JSON of the bounds and of the counts per bucket: the configuration may change while a run is open. */
  case_buckets: string;
  error_counts: string;
  coverage: string | null;
  measures: number;
  /** Parts that were test reports, with or without a test in them. */
  test_parts: number;
  framework: string | null;
  /** Load results. */
  loads: number;
}

export interface MeasureRow {
  suite: string;
  kind: "benchmark" | "measure";
  name: string;
  measure: string;
  stat: Stat;
  component: string | null;
  scenario: string | null;
  value: number;
  unit: Unit;
  source_value: number;
  source_unit: string | null;
  tags: string | null;
  better: Better | null;
  /** Doubles, little-endian. */
  samples: Uint8Array | null;
  runner_class: string | null;
}

export const countsOf = (row: OutcomeCounts): OutcomeCounts => ({
  passed: row.passed,
  failed: row.failed,
  errored: row.errored,
  skipped: row.skipped,
});

export function runSummary(row: RunRow, suites: readonly string[]): RunSummary {
  return {
    id: row.uuid,
    project: row.project,
    environment: row.environment,
    runId: row.run_id,
    suites,
    branch: row.branch ?? undefined,
    branchLabel: row.branch_label,
    commit: row.commit_sha ?? undefined,
    runUrl: row.run_url ?? undefined,
    executor: row.executor ?? undefined,
    framework: row.framework ?? undefined,
    status: row.status,
    ...(row.state === null ? {} : { state: row.state }),
    startedAtMs: row.started_ms,
    endedAtMs: row.ended_ms,
    receivedAtMs: row.received_ms,
    completedAtMs: row.completed_ms ?? undefined,
    history: row.history === 1,
    partsReceived: row.parts_received,
    partsExpected: row.parts_expected ?? undefined,
    durationSeconds: row.duration_seconds,
    counts: countsOf(row),
    retries: row.retries,
    flaky: row.flaky,
  };
}

export function suiteRollup(row: SuiteRow): SuiteRollup {
  return {
    suite: row.suite,
    counts: countsOf(row),
    retries: row.retries,
    flaky: row.flaky,
    durationSeconds: row.duration_seconds,
    startedAtMs: row.started_ms,
    endedAtMs: row.ended_ms,
    status: row.status,
    coverage: coverageOf(row.coverage),
  };
}

export const coverageOf = (text: string | null): Coverage | undefined =>
  text === null ? undefined : (JSON.parse(text) as Coverage);

export function measureOf(row: MeasureRow): StoredMeasure {
  return {
    suite: row.suite,
    kind: row.kind,
    name: row.name,
    measure: row.measure,
    stat: row.stat,
    value: row.value,
    unit: row.unit,
    sourceValue: row.source_value,
    sourceUnit: row.source_unit ?? undefined,
    component: row.component ?? undefined,
    scenario: row.scenario ?? undefined,
    tags: row.tags === null ? undefined : (JSON.parse(row.tags) as Record<string, string>),
    better: row.better ?? undefined,
    samples: row.samples === null ? undefined : samplesOf(row.samples),
    runnerClass: row.runner_class ?? undefined,
  };
}

/** A quarter of what JSON takes, and exact. */
export const samplesBytes = (samples: readonly number[]): Uint8Array =>
  new Uint8Array(Float64Array.from(samples).buffer);

/** A copy: the driver's bytes need not lie at a multiple of eight. */
const samplesOf = (bytes: Uint8Array): number[] => [...new Float64Array(bytes.slice().buffer)];

/** A suite's roll-up with its durations in the buckets of today's bounds. */
export function tallyOf(row: SuiteRow, bounds: readonly number[]): Tally {
  const [oldBounds, buckets] = JSON.parse(row.case_buckets) as [number[], number[]];
  return {
    counts: countsOf(row),
    retries: row.retries,
    flaky: row.flaky,
    secondsSum: row.case_seconds_sum,
    secondsCount: row.case_seconds_count,
    buckets: rebucket(oldBounds, buckets, bounds),
    errors: JSON.parse(row.error_counts) as Partial<Record<ErrorType, number>>,
  };
}

/** Status of complete results; see `RUN_STATUSES`. Cancelled and partial say that the results are not the whole. */
export function statusOf(counts: OutcomeCounts, state: RunState | null, holdsMeasures: boolean): RunStatus {
  if (state === "cancelled" || state === "partial") return state;
  if (counts.failed > 0) return "failed";
  if (counts.errored > 0 || state === "error") return "errored";
  if (counts.passed > 0) return "passed";
  return holdsMeasures && counts.skipped === 0 ? "measured" : "empty";
}
