/**
 * Every metric family Plumbline exposes, declared once. The exposed name is built from the entry (unit and `_total` cannot
 * be forgotten); README table, OTLP descriptors, panels and rules derive from it. `test_`, `loadtest_`, `benchmark_`,
 * `measure_` … come from reports; `plumbline_` is the exporter itself.
 */

import { ERROR_CODES } from "../errors.ts";
import { ALERT_STEPS } from "../model/alert.ts";
import { DEVIATION_STATES } from "../model/deviation.ts";
import { ALL_OPERATIONS } from "../model/load.ts";
import { STATS } from "../model/measure.ts";
import { PULL_REQUEST, RUN_RESULTS, RUN_STATUSES } from "../model/run.ts";
import { OVERFLOW, type StoreCounter, type StoreHistogram } from "../model/store.ts";
import { ERROR_TYPES, OUTCOMES } from "../model/test.ts";

export type { ErrorType } from "../model/test.ts";
/** Label values that rules and panels treat apart: what the budget folded, runs that move counters only, whole load scenarios. */
export { ALL_OPERATIONS, OVERFLOW, PULL_REQUEST };

export type FamilyType = "counter" | "gauge" | "histogram" | "stateset" | "info";

/** A label's bound: a closed set, or the configuration key (`labels.*`) that limits it. */
export type LabelBound =
  | { readonly values: readonly string[] }
  | {
      readonly limit:
        | "projects"
        | "suitesPerProject"
        | "environments"
        | "branches"
        | "measures"
        | "scenarios"
        | "operations"
        | "configuration"
        | "alerts"
        | "families";
    };

export interface Family {
  /** Exposed name, as in the text format 0.0.4 (`_total` included). */
  readonly name: string;
  readonly type: FamilyType;
  readonly unit: "seconds" | "bytes" | "ratio" | "per_second" | "value" | undefined;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelBound>>;
  /** `store`: rendered from the store by our writer. `process`: the exporter's own, through prom-client. */
  readonly source: "store" | "process";
}

const scope = {
  project: { limit: "projects" },
  suite: { limit: "suitesPerProject" },
  environment: { limit: "environments" },
  branch: { limit: "branches" },
} as const satisfies Record<string, LabelBound>;
const { suite: _suite, ...runScope } = scope;

type Spec = {
  name: string;
  unit?: Family["unit"];
  help: string;
  labels?: Record<string, LabelBound>;
  source?: Family["source"];
};

function family(type: FamilyType, suffix: string, spec: Spec): Family {
  const unit = spec.unit === undefined || spec.unit === "value" ? "" : `_${spec.unit}`;
  return {
    name: `${spec.name}${unit}${suffix}`,
    type,
    unit: spec.unit,
    help: spec.help,
    labels: spec.labels ?? scope,
    source: spec.source ?? "store",
  };
}
const counter = (spec: Spec): Family => family("counter", "_total", spec);
const gauge = (spec: Spec): Family => family("gauge", "", spec);
/** A moment as seconds since the epoch; never an age. */
const timestamp = (spec: Spec): Family => family("gauge", "_timestamp_seconds", spec);
const histogram = (spec: Spec): Family => family("histogram", "", spec);
const stateset = (spec: Spec): Family => family("stateset", "", spec);
const info = (spec: Spec): Family => family("info", "_info", spec);

const result = { values: OUTCOMES } as const;
/** States that a completed run can be in. */
export const LAST_RUN_STATUSES = RUN_STATUSES.filter((status) => status !== "running");
export const INGEST_OUTCOMES = ["stored", "duplicate", "rejected"] as const;
const errorType = { values: ERROR_TYPES } as const;
const stat = { values: STATS } as const;
const measureLabels = {
  ...scope,
  component: { limit: "measures" },
  scenario: { limit: "measures" },
  measure: { limit: "measures" },
  stat,
} as const satisfies Record<string, LabelBound>;
const benchmarkLabels = {
  ...scope,
  benchmark: { limit: "measures" },
  measure: { limit: "measures" },
  stat,
  runner_class: { limit: "measures" },
} as const satisfies Record<string, LabelBound>;
const loadLabels = {
  ...scope,
  scenario: { limit: "scenarios" },
  operation: { limit: "operations" },
} as const satisfies Record<string, LabelBound>;
/** The scope and what names the series; what does not apply is absent. */
const deviationLabels = {
  ...scope,
  benchmark: { limit: "measures" },
  component: { limit: "measures" },
  scenario: { limit: "measures" },
  operation: { limit: "operations" },
  measure: { limit: "measures" },
  stat,
  runner_class: { limit: "measures" },
} as const satisfies Record<string, LabelBound>;
const deviation = (name: string, help: string): Family =>
  gauge({ name: `deviation_${name}`, help, labels: deviationLabels });
/** What names any series of numbers; in the newest run at most one value has it. */
const seriesLabels = {
  ...scope,
  benchmark: { limit: "measures" },
  component: { limit: "measures" },
  scenario: { limit: "measures" },
  operation: { limit: "operations" },
  measure: { limit: "measures" },
  stat,
  runner_class: { limit: "measures" },
} as const satisfies Record<string, LabelBound>;
/** Levels of targets that are states; an unknown one is none of them. */
export const TARGET_STATES = ["green", "yellow", "red"] as const;
/** What the budget may fold. */
export const FOLDED_LABELS = ["project", "suite", "environment", "branch", "measure", "scenario", "operation"] as const;

export const CATALOGUE = {
  // counters and histograms: kept in the store, born at zero
  runs: counter({
    name: "test_runs",
    help: "Completed test runs by result.",
    labels: { ...runScope, result: { values: RUN_RESULTS } },
  }),
  executions: counter({
    name: "test_case_executions",
    help: "Test cases by final result; results exclude each other, the sum is all.",
    labels: { ...scope, result },
  }),
  retries: counter({ name: "test_case_retries", help: "Repeated attempts of test cases." }),
  flaky: counter({
    name: "test_case_flaky",
    help: "Test cases seen flaky.",
    labels: { ...scope, reason: { values: ["retry", "same_commit"] } },
  }),
  errors: counter({
    name: "test_errors",
    help: "Failed and errored test cases by type of error.",
    labels: { ...scope, error_type: errorType },
  }),
  caseDuration: histogram({
    name: "test_case_duration",
    unit: "seconds",
    help: "Duration of executed test cases that state one.",
  }),
  runDuration: histogram({
    name: "test_run_duration",
    unit: "seconds",
    help: "Wall time of a suite in completed runs.",
  }),
  loadRequests: counter({
    name: "loadtest_requests",
    help: "Requests of load tests by operation; operation __all__ where a scenario names none.",
    labels: loadLabels,
  }),
  loadFailures: counter({
    name: "loadtest_request_failures",
    help: "Failed requests of load tests.",
    labels: loadLabels,
  }),
  loadLatency: histogram({
    name: "loadtest_latency",
    unit: "seconds",
    help: "Latency of single requests of load tests; only of tools that tell of each.",
    labels: loadLabels,
  }),

  // the newest completed run
  lastRunCases: gauge({
    name: "test_last_run_cases",
    help: "Test cases of the newest completed run by result.",
    labels: { ...scope, result },
  }),
  lastRunCasesExpected: gauge({
    name: "test_last_run_cases_expected",
    help: "Test cases a run of this suite should have (configured).",
  }),
  lastRunDuration: gauge({
    name: "test_last_run_duration",
    unit: "seconds",
    help: "Wall time of the newest completed run.",
  }),
  lastRunExpectedDuration: gauge({
    name: "test_last_run_expected_duration",
    unit: "seconds",
    help: "Configured duration, else the median of up to 20 earlier runs (from 5 on).",
  }),
  lastRunStart: timestamp({ name: "test_last_run_start", help: "Start of the newest completed run." }),
  lastRunEnd: timestamp({
    name: "test_last_run_end",
    help: "End of the newest completed run; of a suite that yields measures only, of the newest that gave any.",
  }),
  lastRunStatus: stateset({
    name: "test_last_run_status",
    help: "Status of the newest completed run: 1 for the one that holds.",
    labels: {
      ...scope,
      status: { values: RUN_STATUSES.filter((status) => status !== "running" && status !== "measured") },
    },
  }),
  lastRunCoverage: gauge({
    name: "test_last_run_coverage",
    unit: "ratio",
    help: "Code coverage of the newest completed run.",
    labels: { ...scope, kind: { values: ["line", "branch", "function"] } },
  }),
  lastSuccess: timestamp({ name: "test_last_success", help: "End of the newest run that passed." }),
  expectedInterval: gauge({
    name: "test_expected_interval",
    unit: "seconds",
    help: "How often the suite should run (configured).",
  }),
  suiteInfo: info({
    name: "test_suite",
    help: "Owner and part of the product of a suite; join it in rules.",
    labels: {
      project: scope.project,
      suite: scope.suite,
      team: { limit: "configuration" },
      component: { limit: "configuration" },
      framework: { limit: "configuration" },
    },
  }),

  // how far tests can be trusted
  flakyTests: gauge({
    name: "test_flaky_tests",
    help: "Tests of a suite that pass and fail without a change, by its newest 50 runs.",
  }),
  quarantineEntries: gauge({
    name: "test_quarantine_entries",
    help: "Entries of the configured quarantine: active, or expired and to be mended or taken out.",
    labels: { state: { values: ["active", "expired"] } },
  }),

  // errors of the last two hours
  errorLastOccurrence: timestamp({
    name: "test_error_last_occurrence",
    help: "Newest occurrence of the error type.",
    labels: { ...scope, error_type: errorType },
  }),
  errorAffectedTests: gauge({
    name: "test_error_affected_tests",
    help: "Distinct tests with the error type in the error window (two hours by default).",
    labels: { ...scope, error_type: errorType },
  }),

  // named values, one family per unit
  measureSeconds: gauge({
    name: "measure_last_run",
    unit: "seconds",
    help: "Named measure of the newest completed run.",
    labels: measureLabels,
  }),
  measureBytes: gauge({
    name: "measure_last_run",
    unit: "bytes",
    help: "Named measure of the newest completed run.",
    labels: measureLabels,
  }),
  measurePerSecond: gauge({
    name: "measure_last_run",
    unit: "per_second",
    help: "Named measure of the newest completed run.",
    labels: measureLabels,
  }),
  measureRatio: gauge({
    name: "measure_last_run",
    unit: "ratio",
    help: "Named measure of the newest completed run.",
    labels: measureLabels,
  }),
  measureValue: gauge({
    name: "measure_last_run_value",
    unit: "value",
    help: "Named measure of the newest completed run, in a unit of its own.",
    labels: measureLabels,
  }),
  benchmarkSeconds: gauge({
    name: "benchmark_last_run",
    unit: "seconds",
    help: "Benchmark result of the newest completed run.",
    labels: benchmarkLabels,
  }),
  benchmarkBytes: gauge({
    name: "benchmark_last_run",
    unit: "bytes",
    help: "Benchmark result of the newest completed run.",
    labels: benchmarkLabels,
  }),
  benchmarkPerSecond: gauge({
    name: "benchmark_last_run",
    unit: "per_second",
    help: "Benchmark result of the newest completed run.",
    labels: benchmarkLabels,
  }),
  benchmarkRatio: gauge({
    name: "benchmark_last_run",
    unit: "ratio",
    help: "Benchmark result of the newest completed run.",
    labels: benchmarkLabels,
  }),
  benchmarkValue: gauge({
    name: "benchmark_last_run_value",
    unit: "value",
    help: "Benchmark result of the newest completed run, in a unit of its own.",
    labels: benchmarkLabels,
  }),

  // load tests: operation __all__ is a scenario as a whole
  loadLastLatency: gauge({
    name: "loadtest_last_run_latency",
    unit: "seconds",
    help: "Latency statistic of the newest completed load test.",
    labels: { ...loadLabels, stat },
  }),
  loadLastRequests: gauge({
    name: "loadtest_last_run_requests",
    help: "Requests of the newest completed load test.",
    labels: loadLabels,
  }),
  loadLastRate: gauge({
    name: "loadtest_last_run_requests",
    unit: "per_second",
    help: "Throughput of the newest completed load test.",
    labels: loadLabels,
  }),
  loadLastErrors: gauge({
    name: "loadtest_last_run_error",
    unit: "ratio",
    help: "Failed of all requests in the newest completed load test.",
    labels: loadLabels,
  }),

  // deviations: the newest analysis of a series
  deviationState: stateset({
    name: "deviation_state",
    help: "State of a series: 1 for the one that holds. Only confirmed changes for the worse are warning or critical.",
    labels: { ...deviationLabels, state: { values: DEVIATION_STATES } },
  }),
  deviationSuspected: deviation("suspected", "1 when the newest runs look worse and the next ones have to confirm it."),
  deviationBaseline: deviation(
    "baseline",
    "Level that the newest runs are compared with, in base units of the measure.",
  ),
  deviationBaselineSpread: deviation("baseline_stddev", "Sample standard deviation of the baseline's values."),
  deviationZscore: deviation("zscore", "Newest value against its baseline, in standard deviations; above is positive."),
  deviationRatio: deviation("ratio", "Present level against the baseline: 0.1 is 10 % more."),
  deviationOutliers: deviation("outliers", "Newest values outside the interquartile fences of the baseline."),
  deviationTrendSlope: deviation("trend_slope", "Change per run over the newest values, while that is a trend."),
  deviationTrendCorrelation: deviation("trend_correlation", "Pearson's r of the trend."),
  deviationTrendProbability: deviation("trend_pvalue", "p-value of the trend."),
  deviationChangePoint: timestamp({
    name: "deviation_change_point",
    help: "End of the first run after the newest confirmed change.",
    labels: deviationLabels,
  }),
  deviationChangeRatio: deviation("change_ratio", "Size of the newest confirmed change: 0.1 is 10 % more."),

  // targets
  measureThreshold: gauge({
    name: "measure_threshold",
    help: "Limit of a target for a number of the newest completed run, in that number's unit.",
    labels: { ...seriesLabels, level: { values: ["target", "critical"] } },
  }),
  measureState: stateset({
    name: "measure_state",
    help: "Level of a number against its target: 1 for the one that holds; all 0 where it is not known.",
    labels: { ...seriesLabels, state: { values: TARGET_STATES } },
  }),

  measureCurrent: gauge({
    name: "measure_value",
    help: "Number of the newest completed run that a target is for, in that number's unit.",
    labels: seriesLabels,
  }),

  // runs that wait for more of their parts
  runsActive: gauge({ name: "test_runs_active", help: "Runs that are not complete and have parts of the suite." }),
  runHeartbeat: timestamp({
    name: "test_run_heartbeat",
    help: "Newest sign of life of the active run that has been silent longest.",
  }),

  // alerts that Alertmanager reported, and their escalation
  alertAcknowledged: gauge({
    name: "test_alert_acknowledged",
    help: "1 while somebody has acknowledged the alert; alerts about no suite have no labels of one.",
    labels: { ...scope, source_alert: { limit: "alerts" } },
  }),
  alertEscalationLevel: gauge({
    name: "plumbline_alert_escalation_level",
    help: "Level that an alert has climbed to while it fires: 1 to 4; 0 while it is acknowledged.",
    labels: { ...scope, team: { limit: "configuration" }, source_alert: { limit: "alerts" } },
  }),

  // the budget
  series: gauge({
    name: "plumbline_series",
    help: "Series of a report-derived metric family.",
    labels: { family: { limit: "families" } },
  }),
  seriesLimit: gauge({ name: "plumbline_series_limit", help: "Configured bound of series per family.", labels: {} }),
  seriesFolded: counter({
    name: "plumbline_series_folded",
    help: "Label values folded into __overflow__ by the budget.",
    labels: { label: { values: FOLDED_LABELS } },
  }),

  // the exporter itself, through prom-client
  buildInfo: info({
    name: "plumbline_build",
    help: "Version of Plumbline and its runtime.",
    labels: { version: { limit: "configuration" }, node: { limit: "configuration" } },
    source: "process",
  }),
  ingested: counter({
    name: "plumbline_reports",
    help: "Reports received by outcome.",
    labels: { outcome: { values: INGEST_OUTCOMES } },
    source: "process",
  }),
  ingestRejections: counter({
    name: "plumbline_report_rejections",
    help: "Reports that could not be stored, by error code.",
    labels: { code: { values: Object.keys(ERROR_CODES) } },
    source: "process",
  }),
  ingestBytes: counter({
    name: "plumbline_report",
    unit: "bytes",
    help: "Uncompressed bytes of received reports.",
    labels: {},
    source: "process",
  }),
  ingestDuration: histogram({
    name: "plumbline_ingest_duration",
    unit: "seconds",
    help: "From a complete body to durable rows.",
    labels: {},
    source: "process",
  }),
  detectionDelay: histogram({
    name: "plumbline_detection",
    unit: "seconds",
    help: "From the end of a run to its durable rows, for reports that say when they ended; not for --history.",
    labels: {},
    source: "process",
  }),
  alertNotifications: counter({
    name: "plumbline_alert_notifications",
    help: "Messages of Alertmanager received at /api/v1/alerts.",
    labels: {},
    source: "process",
  }),
  alertSteps: counter({
    name: "plumbline_alert_steps",
    help: "Steps in the life of alerts.",
    labels: { step: { values: ALERT_STEPS } },
    source: "process",
  }),
  ingestQueue: gauge({
    name: "plumbline_ingest_queue_length",
    help: "Reports waiting for the writer.",
    labels: {},
    source: "process",
  }),
  configReload: gauge({
    name: "plumbline_config_last_reload_successful",
    help: "1 when the last load of the configuration succeeded.",
    labels: {},
    source: "process",
  }),
  configReloadTime: timestamp({
    name: "plumbline_config_last_reload_success",
    help: "Last successful load of the configuration.",
    labels: {},
    source: "process",
  }),
  storeSize: gauge({
    name: "plumbline_store_size",
    unit: "bytes",
    help: "Size of the store on disk.",
    labels: {},
    source: "process",
  }),
} as const satisfies Record<string, Family>;

export type FamilyId = keyof typeof CATALOGUE;
export const FAMILIES: readonly Family[] = Object.values(CATALOGUE);

/** What each counter and histogram of the store is exposed as; its labels are the scope's, then `STORE_LABELS`. */
export const STORE_FAMILIES = {
  runs: CATALOGUE.runs,
  executions: CATALOGUE.executions,
  retries: CATALOGUE.retries,
  flaky: CATALOGUE.flaky,
  errors: CATALOGUE.errors,
  load_requests: CATALOGUE.loadRequests,
  load_failures: CATALOGUE.loadFailures,
  folded: CATALOGUE.seriesFolded,
  case_duration: CATALOGUE.caseDuration,
  run_duration: CATALOGUE.runDuration,
  load_latency: CATALOGUE.loadLatency,
} as const satisfies Record<StoreCounter | StoreHistogram, Family>;

/** Name of a family or of one of its samples, for queries: `ref(f)`, `ref(f, "bucket")`. Fails to compile when renamed. */
export function ref(of: Family, part?: "bucket" | "sum" | "count"): string {
  return part === undefined ? of.name : `${of.name}_${part}`;
}
