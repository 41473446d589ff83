/**
 * The contract of every store, in prose and types. `store/__testing__/contract.ts` holds any implementation to it.
 *
 * Guarantees
 * - One writer at a time, any number of readers. Readers never wait for a writer and see committed data only.
 * - `write` is atomic and durable: when it resolves, everything in it survives a power cut; when it rejects, nothing of
 *   it is visible, ever. Inside, each `part` may fail alone: its rows are undone, the others stay.
 * - Idempotent per part of a run: the same (project, environment, run id, part) with the same content hash is a no-op
 *   (`duplicate`), with other content it throws STORE_CONFLICT.
 * - Counters live in the store, change in the same transaction as the run that moved them, never decrease (deleting or
 *   moving a run leaves them alone), and remember when each series was created.
 * - A test that several parts of a run hold counts once: with its last result over the attempts of one part (`job`, `job#2`), with
 *   the worst over different parts. The order of arrival does not matter.
 * - A run is counted once, when it completes. A part that arrives later adds tests the run did not have, retries, and bad news: a
 *   worse result is counted although the better one was, since a counter takes nothing back.
 * - A run that waits for a number of parts completes as partial when none comes for `hangMs`.
 * - Counters and the histogram of load tests take the operations of each part, and the total of a scenario only where that part names
 *   no operation of it, so nothing counts twice. Parts add up: each is a load of its own.
 * - *Newest* means latest end of the suite, not latest arrival. Pull-request branches move counters only: no last-run row.
 * - A retired suite is kept and not shown: `changesSince` leaves its rows out until it comes back, and then gives all of them.
 * - Every commit that changes what /metrics shows raises the generation; `changesSince(g)` gives exactly the rows whose
 *   generation is greater than g.
 * - Times are UTC milliseconds; the clock is a parameter.
 * - Full disk is STORE_FULL, a second writer process that cannot get in is STORE_BUSY, a newer schema is STORE_VERSION.
 */

import type {
  AlertAcknowledgement,
  AlertDetail,
  AlertFilter,
  AlertMessage,
  AlertRecord,
  AlertRow,
  AlertStepCounts,
  DueSnapshot,
  EscalationPolicy,
} from "./alert.ts";
import type { Baseline, BaselineFilter, BaselineKey } from "./baseline.ts";
import type { FileCoverage, UncoveredFile } from "./coverage.ts";
import type {
  Acknowledgement,
  Deviation,
  DeviationDetail,
  DeviationFilter,
  DeviationRow,
  Judges,
} from "./deviation.ts";
import type { ReportMeta, Yields } from "./format.ts";
import type { LoadResult } from "./load.ts";
import type { Coverage, Measure } from "./measure.ts";
import type { DueSuite, SuiteFilter, SuiteRuns, SuiteVerdict, TestOutcomes } from "./outcomes.ts";
import type {
  CaseRecord,
  FailureLine,
  PartSummary,
  RunContext,
  RunDetail,
  RunKey,
  RunStatus,
  RunSummary,
  StoredMeasure,
} from "./run.ts";
import type { HistoryWindow, Series, SeriesFilter, SeriesHistory } from "./series.ts";
import type { CaseResult, ErrorType, Outcome, OutcomeCounts } from "./test.ts";

/** Identity and context of a part, known before its rows are written. */
export interface PartHeader {
  readonly context: RunContext & { readonly runId: string; readonly part: string };
  /** Label for the context's branch; see `branchLabel` in config. */
  readonly branchLabel: string;
  readonly source: string;
  /** Lower-case hex SHA-256 of the uncompressed report. */
  readonly contentHash: string;
  readonly receivedAtMs: number;
}

/** What a part's answer says beyond its counts. Kept with the part: the same part again gets the same answer. */
export interface PartNotes {
  readonly suite: string;
  readonly format: string;
  /** What the report says of itself. */
  readonly state: ReportMeta["state"];
  readonly taskId: string | undefined;
  readonly measures: number;
  readonly loadResults: number;
  readonly coverage: boolean;
  readonly failures: readonly FailureLine[];
}

export interface PartOutcome {
  readonly kind: "stored" | "duplicate";
  readonly run: RunSummary;
  /** Of the part. */
  readonly counts: OutcomeCounts;
  readonly notes: PartNotes;
  readonly warnings: PartSummary["warnings"];
  /** When the part told of coverage: that of its suite after it, all parts of the run together. */
  readonly coverage?: Coverage | undefined;
  /** Of that suite, most uncovered lines first; at most 20. */
  readonly uncovered?: readonly UncoveredFile[] | undefined;
}

/** What reading a part's report yields beside its rows. */
export interface FilledPart {
  readonly meta: ReportMeta;
  readonly warnings: PartSummary["warnings"];
  /** A bounded number of them, for the answer. */
  readonly failures: readonly FailureLine[];
  /** The kind of machine that measured the part's benchmarks; undefined: not known. */
  readonly runnerClass?: string | undefined;
}

/** Receives the rows of one part. */
export interface PartWriter {
  addCase(result: CaseResult, errorType: ErrorType | undefined): void;
  addMeasure(measure: Measure): void;
  /** Throws FORMAT_SCHEMA for a number that is none. */
  addLoad(result: LoadResult): void;
  addCoverage(coverage: Coverage): void;
  /** A file of the part's coverage. The suite's totals are then those of all files that the parts of its run brought. */
  addCoverageFile(file: FileCoverage): void;
}

/** How and when a run completes; `quietMs` after its last part when the number of parts is not known. */
export type Completion =
  | { readonly when: "now" }
  | { readonly when: "parts"; readonly parts: number }
  | { readonly when: "quiet"; readonly quietMs: number };

/** A suite is known by its label within its project. */
export interface SuiteKey {
  readonly project: string;
  readonly suite: string;
}

export type SuitesFilter = { readonly [K in keyof SuiteKey]?: string | undefined };

/** A run that a transaction completed. */
export interface RunCompletion {
  /** End of the run when its reports state it; undefined: the end is only known as the arrival of a part. */
  readonly statedEndMs: number | undefined;
  readonly history: boolean;
}

export interface WriteTransaction {
  /**
   * Writes one part. `fill` reads the report: it calls `open` once, as soon as suite label and format are known, gives the rows to
   * the writer it gets, and returns the report's meta data and warnings. When it throws, the part is undone and the error
   * passes through. It is not called for a duplicate.
   */
  part(
    header: PartHeader,
    completion: Completion,
    fill: (open: (suite: string, format: string, yields: Yields) => PartWriter) => Promise<FilledPart>,
  ): Promise<PartOutcome>;
  /** Completes a run by hand; a no-op when it is complete. Throws NOT_FOUND. */
  finishRun(key: RunKey, state?: "cancelled" | "partial"): Promise<RunSummary>;
  /** Completes runs whose quiet time is over, refreshes the error window, prunes it. Returns what it completed. */
  tick(): Promise<RunSummary[]>;
  /**
   * Judges series whose points changed, at most `limit` of them; returns how many, 0 when none is due. Verdicts and the life of
   * deviations change in this transaction.
   */
  judge(limit: number, judges: Judges): Promise<number>;
  /** Keeps how flaky suites are, and counts tests that are seen with two outcomes on a commit for the first time. */
  judgeSuites(verdicts: readonly SuiteVerdict[]): Promise<void>;
  /** Takes the new level for the normal one: the series' history begins there. Throws NOT_FOUND, CONTEXT_INVALID for one that is over. */
  acceptDeviation(id: string, reason: string): Promise<void>;
  /** Throws as `acceptDeviation`. */
  acknowledgeDeviation(id: string, ack: Acknowledgement): Promise<void>;
  /**
   * Keeps what Alertmanager says, and opens, climbs and closes matters by it. Idempotent but for the count of messages: a fingerprint
   * with its start is one record. One that fires after it was resolved fires anew, from now on.
   */
  receiveAlerts(message: AlertMessage, policy: EscalationPolicy): Promise<AlertStepCounts>;
  /**
   * What time has brought: acknowledgements that are over, levels that are due; each once, dated when it was due however late this is
   * called. `all`: the policy is another, every open matter is looked at. Also forgets records that have been over for 90 days.
   */
  escalateAlerts(policy: EscalationPolicy, all: boolean): Promise<AlertStepCounts>;
  /** Of the alert's matter; a later one replaces it. Throws NOT_FOUND, CONTEXT_INVALID when the matter is over. */
  acknowledgeAlert(
    id: string,
    ack: Omit<AlertAcknowledgement, "atMs">,
    policy: EscalationPolicy,
  ): Promise<AlertStepCounts>;
  /** A no-op when nobody has acknowledged it. Throws NOT_FOUND. */
  unacknowledgeAlert(id: string, by: string | undefined, policy: EscalationPolicy): Promise<AlertStepCounts>;
  /** For those of the alerts that still wait for one. */
  saveAlertSnapshot(alerts: readonly string[], snapshot: object): Promise<AlertStepCounts>;
  /** Throws RUN_KEPT for a run that a baseline names. */
  deleteRun(key: RunKey): Promise<void>;
  /**
   * Gives a run another project, environment or run id. Counters stay, baselines go along. Throws STORE_CONFLICT when the target, or
   * one of its baselines there, exists.
   */
  moveRun(key: RunKey, to: Partial<RunKey>): Promise<RunSummary>;
  /**
   * Ends a suite's series and what the configuration expects of it, until a run of it ends that is younger; its runs stay. The series
   * that come back then go on where they were, see `CounterRow.resumed`. Throws NOT_FOUND for one that never ran, unless `named` by
   * the configuration.
   */
  retireSuite(suite: SuiteKey, named: boolean): Promise<void>;
  /**
   * Gives a suite another label: all of its history goes along, its counters stay as they are. Reports that come under the old label
   * are of the new one. Throws NOT_FOUND, and STORE_CONFLICT when the new label is a suite's, or an earlier one of another suite.
   */
  renameSuite(suite: SuiteKey, to: string): Promise<void>;
  /** Runs that this transaction has completed so far. */
  completions(): readonly RunCompletion[];
  /** Names a run; of its project and environment the name goes over to it. The run is kept from then on. Throws NOT_FOUND. */
  saveBaseline(name: string, key: RunKey): Promise<void>;
  /** Its run stays, and may be deleted. Throws NOT_FOUND. */
  deleteBaseline(key: BaselineKey): Promise<void>;
}

// ---- the bounded view for metrics -------------------------------------------------------------------------------

/** The label set that every report-derived series shares, as admitted by the budget (overflow already folded). */
export interface Scope {
  readonly project: string;
  readonly suite: string;
  readonly environment: string;
  readonly branch: string;
}

/** Names of the counters and histograms a store keeps; metrics/catalogue.ts maps each to its family. */
export const STORE_COUNTERS = [
  "runs",
  "executions",
  "retries",
  "flaky",
  "errors",
  "load_requests",
  "load_failures",
  "folded",
] as const;
export type StoreCounter = (typeof STORE_COUNTERS)[number];
export const STORE_HISTOGRAMS = ["case_duration", "run_duration", "load_latency"] as const;
export type StoreHistogram = (typeof STORE_HISTOGRAMS)[number];

const LOAD_LABELS = ["scenario", "operation"] as const;
/** The labels that each has beyond its scope. */
export const STORE_LABELS = {
  runs: ["result"],
  executions: ["result"],
  retries: [],
  flaky: ["reason"],
  errors: ["error_type"],
  load_requests: LOAD_LABELS,
  load_failures: LOAD_LABELS,
  folded: ["label"],
  case_duration: [],
  run_duration: [],
  load_latency: LOAD_LABELS,
} as const satisfies Record<StoreCounter | StoreHistogram, readonly string[]>;

export interface CounterRow {
  readonly counter: StoreCounter;
  readonly scope: Scope;
  /** Values of `STORE_LABELS`, "" where one does not apply. */
  readonly labels: readonly string[];
  readonly value: number;
  readonly createdAtMs: number;
  /** Newest run that moved it, for exemplars. */
  readonly lastRunId: string | undefined;
  /**
   * Its suite came back after a retirement, or got its label: when, and what the series stood at. Whoever shows it begins with that
   * value, so that neither the past is counted again nor the next run missed.
   */
  readonly resumed?: { readonly atMs: number; readonly value: number } | undefined;
}

export interface HistogramRow {
  readonly histogram: StoreHistogram;
  readonly scope: Scope;
  /** As of counters. */
  readonly labels: readonly string[];
  /** Upper bounds in seconds, ascending, without +Inf. */
  readonly bounds: readonly number[];
  /** Observations per bucket, not cumulative; one more than bounds (the last is above all bounds). */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly createdAtMs: number;
  readonly lastRunId: string | undefined;
  /** As of counters; of the same bounds. */
  readonly resumed?: { readonly atMs: number; readonly counts: readonly number[]; readonly sum: number } | undefined;
}

/**
 * What the newest completed runs of a scope say. Tests, coverage, measures and load each come from the newest run that has any, so
 * that a benchmark pushed after the unit tests does not hide them. All absent: the runs were deleted; drop the series.
 */
export interface LastRunRow {
  readonly scope: Scope;
  readonly framework: string | undefined;
  readonly run:
    | undefined
    | {
        readonly id: string;
        readonly runId: string;
        readonly status: RunStatus;
        readonly counts: OutcomeCounts;
        readonly durationSeconds: number;
        readonly startedAtMs: number;
        readonly endedAtMs: number;
        /** End of the newest run that passed, if there ever was one. */
        readonly lastSuccessAtMs: number | undefined;
        /** Median duration of up to 20 earlier passed or failed runs; undefined below 5. Configuration may override it. */
        readonly usualDurationSeconds: number | undefined;
      };
  /** End of the newest run that gave measures or load results; undefined: none did. */
  readonly measuredAtMs?: number | undefined;
  readonly coverage: Coverage | undefined;
  /** The first of the report, as many as the bound allows. */
  readonly measures: readonly (Measure & Pick<StoredMeasure, "runnerClass">)[];
  /** Of the operations and scenarios that the bounds admit. */
  readonly load: readonly LoadSummary[];
}
export type LoadSummary = Omit<LoadResult, "histogram" | "slices">;

/** Distinct tests and last time per error type over the window (two hours). affected 0 and no time: quiet now. */
export interface ErrorWindowRow {
  readonly scope: Scope;
  readonly errorType: ErrorType;
  readonly affectedTests: number;
  readonly lastOccurrenceAtMs: number;
}

export interface Changes {
  readonly generation: number;
  readonly counters: readonly CounterRow[];
  readonly histograms: readonly HistogramRow[];
  readonly lastRuns: readonly LastRunRow[];
  readonly errorWindows: readonly ErrorWindowRow[];
  readonly deviations: readonly DeviationRow[];
  readonly suites: readonly SuiteRow[];
  readonly active: readonly ActiveRow[];
  /**
   * Suites that were retired or got another name: whatever was shown of them ends, before the rows beside this are applied. What is
   * shown of one that came back is among those rows.
   */
  readonly ended: readonly SuiteKey[];
  readonly alerts: readonly AlertRow[];
}

/** Runs that wait for more of their parts. 0 once there are none any more; scopes that never had one have no row. */
export interface ActiveRow {
  readonly scope: Scope;
  readonly runs: number;
  /** Receipt of the newest part of the run that has been silent longest; undefined without runs. */
  readonly heardAtMs: number | undefined;
}

/** Flaky tests of a suite by its newest runs; undefined: it has none any more. */
export interface SuiteRow {
  readonly scope: Scope;
  readonly flaky: number | undefined;
}

// ---- queries (the aggregations of R1) ----------------------------------------------------------------------------

export interface Page {
  /** 1 to 1000. */
  readonly limit: number;
  /** From the previous answer. */
  readonly cursor?: string | undefined;
}
export interface Paged<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | undefined;
}

export interface RunFilter {
  readonly project?: string | undefined;
  readonly environment?: string | undefined;
  readonly suite?: string | undefined;
  /** Matches the raw branch or its label. */
  readonly branch?: string | undefined;
  readonly status?: RunStatus | undefined;
  /** By run end, inclusive from, exclusive to. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

export interface ExecutionSummary {
  readonly runs: number;
  readonly counts: OutcomeCounts;
  readonly total: number;
  readonly executed: number;
  /** Percent, rounded to 2 decimals; null when nothing was executed. */
  readonly passRatePercent: number | null;
  /** Mean duration of executed cases that state one, seconds. */
  readonly averageDurationSeconds: number | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
}

export interface PerformanceSummary {
  readonly component: string | undefined;
  readonly scenario: string | undefined;
  readonly measure: string;
  readonly stat: string;
  readonly unit: string;
  readonly average: number;
  readonly min: number;
  readonly max: number;
  /** Linear interpolation, as numpy's default. */
  readonly p95: number;
  readonly samples: number;
  /** Values beyond the configured limits; null when the measure has none. */
  readonly warningViolations: number | null;
  readonly criticalViolations: number | null;
}

export interface FailureGroup {
  readonly errorType: ErrorType;
  readonly message: string;
  readonly count: number;
  readonly affectedTests: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Up to 5 of them, newest first. */
  readonly exampleTests: readonly string[];
  readonly lastRun: string;
}

export interface DailyPoint {
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  readonly runs: number;
  readonly counts: OutcomeCounts;
  readonly passRatePercent: number | null;
  readonly averageRunSeconds: number | null;
}

export interface HistoryPoint {
  readonly run: RunSummary;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly durationSeconds: number | undefined;
  readonly message: string | undefined;
}

/** Limits for a measure, in base units; `direction` says which side is bad. */
export interface MeasureLimit {
  readonly measure: string;
  readonly stat: string;
  readonly warning: number;
  readonly critical: number;
  readonly direction: "higher_is_worse" | "lower_is_worse";
}

export interface KnownSuite extends SuiteKey {
  /** Undefined: it is not retired. */
  readonly retiredAtMs: number | undefined;
  /** End of its newest complete run, if there is one. */
  readonly lastRunAtMs: number | undefined;
  /** Earlier labels; reports that come under them are of this suite. */
  readonly formerNames: readonly string[];
}

export interface StoreReader {
  /** Newest first by run end. */
  runs(filter: RunFilter, page: Page): Promise<Paged<RunSummary>>;
  /** By uuid, or by a run id that is unique. Throws NOT_FOUND (or REQUEST_INVALID, naming the candidates, when several match). */
  run(idOrRunId: string): Promise<RunDetail>;
  /** In order of the report. `finalOnly` leaves earlier attempts out. */
  cases(
    runId: string,
    filter: {
      outcome?: readonly Outcome[] | undefined;
      suite?: string | undefined;
      search?: string | undefined;
      finalOnly?: boolean;
    },
    page: Page,
  ): Promise<Paged<CaseRecord>>;
  /** Newest first. Looks at the last `runs` runs of the test's project and environment. Throws NOT_FOUND. */
  history(
    testId: string,
    options: { runs: number; environment?: string | undefined },
  ): Promise<{ test: Pick<CaseRecord, "testId" | "suite" | "path" | "name">; points: HistoryPoint[] }>;
  summary(filter: RunFilter): Promise<ExecutionSummary>;
  performance(filter: RunFilter, limits: readonly MeasureLimit[]): Promise<PerformanceSummary[]>;
  /** Most frequent first. */
  errors(filter: RunFilter, limit: number): Promise<FailureGroup[]>;
  /** One point per day that has runs, oldest first. */
  daily(filter: RunFilter, days: number, nowMs: number): Promise<DailyPoint[]>;
  /**
   * Suites with their newest `runs` (1 to 1000) completed runs that are of tests. Pull requests are left out, and what folded into
   * `__overflow__`: neither is one history.
   */
  suiteRuns(filter: SuiteFilter, runs: number, page: Page): Promise<Paged<SuiteRuns>>;
  /**
   * Tests of a suite that failed, errored or were tried again in one of the runs (uuids; unknown ones are passed over), each with its
   * results in the order of `runs`. In bounded memory but for the tests' ids; other reads get their turn in between.
   */
  troubledTests(suite: string, runs: readonly string[]): AsyncIterable<TestOutcomes>;
  /** Numbers that completed runs gave, in a stable order. Of a run: throws NOT_FOUND as `run` does. */
  series(filter: SeriesFilter, page: Page): Promise<Paged<Series>>;
  /**
   * The same series, each with its values. Reads nothing but these series' own points. Points with equal ends come in
   * the order of arrival. Throws REQUEST_INVALID for a window out of range.
   */
  measureHistory(filter: SeriesFilter, window: HistoryWindow, page: Page): Promise<Paged<SeriesHistory>>;
  /** The newest first. */
  deviations(filter: DeviationFilter, page: Page): Promise<Paged<Deviation>>;
  /** Throws NOT_FOUND. */
  deviation(id: string): Promise<DeviationDetail>;
  /** The one that was received last first. */
  alerts(filter: AlertFilter, page: Page): Promise<Paged<AlertRecord>>;
  /** Throws NOT_FOUND. */
  alert(id: string): Promise<AlertDetail>;
  /** Matters with alerts that wait for `saveAlertSnapshot`, at most `limit`. */
  dueSnapshots(limit: number): Promise<readonly DueSnapshot[]>;
  /** The one saved last first. */
  baselines(filter: BaselineFilter, page: Page): Promise<Paged<Baseline>>;
  /** Suites that have series of their own or were retired, by project and name. */
  suites(filter: SuitesFilter): Promise<readonly KnownSuite[]>;
  /** Projects, environments, suites, branches that exist, for filters. */
  facets(): Promise<{ projects: string[]; environments: string[]; suites: string[]; branches: string[] }>;

  /** What the newest completed runs of every scope say; as in `changesSince(0)`. */
  lastRuns(): Promise<readonly LastRunRow[]>;
  generation(): Promise<number>;
  /** With 0: everything. */
  changesSince(generation: number): Promise<Changes>;
  /** Size on disk in bytes, stored runs and cases (an estimate is allowed for cases). */
  size(): Promise<{ bytes: number; runs: number }>;
  close(): Promise<void>;
}

export interface Store extends StoreReader {
  /** Suites, and pull requests of a suite, that wait for `judgeSuites`: at most `limit`, each with its newest `runs` runs. */
  dueSuites(limit: number, runs: number): Promise<readonly DueSuite[]>;
  write<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T>;
}

/** What a store needs to know of the configuration. */
export interface StoreSettings {
  readonly now: () => number;
  /** Bounds of label values, first come first served; beyond them values fold into `__overflow__`. */
  readonly bounds: {
    readonly projects: number;
    readonly suitesPerProject: number;
    readonly environments: number;
    readonly branches: number;
    readonly measures: number;
    /** Of each suite. */
    readonly scenarios: number;
    /** Of each suite. */
    readonly operations: number;
    readonly seriesPerFamily: number;
  };
  readonly caseDurationBounds: readonly number[];
  readonly runDurationBounds: readonly number[];
  readonly loadLatencyBounds: readonly number[];
  readonly errorWindowMs: number;
  /** A run that waits for parts and gets none for so long completes as partial. */
  readonly hangMs: number;
  /** How long to wait for another process that holds the write lock. */
  readonly busyMs: number;
}
export const OVERFLOW = "__overflow__";
