/** What the store keeps of runs, and where results belong. */

import type { UncoveredFile } from "./coverage.ts";
import type { LoadResult } from "./load.ts";
import type { Coverage, Measure } from "./measure.ts";
import type { ErrorType, Outcome, OutcomeCounts } from "./test.ts";

/** Where a report belongs; from flags, environment, CI variables, then configuration. */
export interface RunContext {
  readonly project: string;
  readonly environment: string;
  /** Run-level suite name; undefined: the report's own root name. */
  readonly suite?: string | undefined;
  /** As git names it; the exposed label comes from the configured patterns. */
  readonly branch?: string | undefined;
  readonly commit?: string | undefined;
  readonly runId?: string | undefined;
  readonly runUrl?: string | undefined;
  readonly part?: string | undefined;
  /** The run completes when so many parts are in. */
  readonly parts?: number | undefined;
  readonly executor?: string | undefined;
  readonly testPlanId?: string | undefined;
  /** Old runs: stored with their own times, without moving counters. */
  readonly history?: boolean | undefined;
  /** Overrides of the report's own times. */
  readonly startedAtMs?: number | undefined;
  readonly traceParent?: string | undefined;
  /** Forces a format id instead of sniffing. */
  readonly format?: string | undefined;
  /** The kind of machine that measured, stated by a person: wins over what a report says of it. */
  readonly runnerClass?: string | undefined;
  /** The kind of machine that sends the report: what is left for a benchmark report that names none. */
  readonly hostRunnerClass?: string | undefined;
  /** Identity of what the tested code depends on, such as a hash of its lock files; a fact for analyses. */
  readonly dependencies?: string | undefined;
}

/**
 * `running`: open, more parts may come. `empty`: complete, but no test was executed. `measured`: complete, holds measures, load
 * results or coverage and no tests. Everything but `passed` is not green.
 */
export const RUN_STATUSES = [
  "running",
  "passed",
  "failed",
  "errored",
  "cancelled",
  "partial",
  "empty",
  "measured",
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Branch label of every branch that no configured pattern allows. Such runs move counters only. */
export const PULL_REQUEST = "pull_request";

/** The `result` label of test_runs_total. An empty run counts as errored: nothing was tested. */
export const RUN_RESULTS = ["passed", "failed", "errored", "cancelled", "partial"] as const;
export type RunResult = (typeof RUN_RESULTS)[number];

/** Key of a run among users: (project, environment, run id). */
export interface RunKey {
  readonly project: string;
  readonly environment: string;
  readonly runId: string;
}

export interface RunSummary extends RunKey {
  /** Stable uuid, for links: `/runs/{id}`. */
  readonly id: string;
  readonly suites: readonly string[];
  readonly branch: string | undefined;
  /** The exposed label: an allow-listed name or pattern, else `pull_request`. */
  readonly branchLabel: string;
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
  readonly executor: string | undefined;
  readonly framework: string | undefined;
  readonly status: RunStatus;
  /** Worst that a report said of its end, or that the run was ended with. A failed run may have broken off as well. */
  readonly state?: "partial" | "error" | "cancelled" | undefined;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly receivedAtMs: number;
  readonly completedAtMs: number | undefined;
  readonly history: boolean;
  /** Retries of a part are not counted. */
  readonly partsReceived: number;
  readonly partsExpected: number | undefined;
  readonly durationSeconds: number;
  readonly counts: OutcomeCounts;
  readonly retries: number;
  readonly flaky: number;
}

export interface SuiteRollup {
  readonly suite: string;
  readonly counts: OutcomeCounts;
  readonly retries: number;
  readonly flaky: number;
  /** Wall or declared time of this suite's part of the run. */
  readonly durationSeconds: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly status: RunStatus;
  readonly coverage: Coverage | undefined;
}

/** A failing test as a receipt names it. */
export interface FailureLine {
  readonly test: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly error: string;
  /** See `failureSignature`. Absent in answers that an earlier version gave. */
  readonly signature?: string | undefined;
}

export interface PartSummary {
  readonly name: string;
  readonly format: string;
  readonly source: string;
  readonly contentHash: string;
  readonly receivedAtMs: number;
  readonly cases: number;
  readonly warnings: readonly { code: string; message: string; line?: number | undefined }[];
}

/** A measure as it is kept. */
export interface StoredMeasure extends Measure {
  readonly suite: string;
  /** Of a benchmark: the kind of machine that measured; see `runnerClass` in runner.ts. Undefined: not known. */
  readonly runnerClass?: string | undefined;
}

export interface StoredLoad extends LoadResult {
  readonly suite: string;
}

export interface RunDetail extends RunSummary {
  readonly suiteResults: readonly SuiteRollup[];
  readonly parts: readonly PartSummary[];
  readonly measures: readonly StoredMeasure[];
  readonly loadResults: readonly StoredLoad[];
  /** The first 200, most uncovered lines first; absent when no part told of files. */
  readonly coverageFiles?: readonly RunFileCoverage[] | undefined;
}

/** Ratios are 0 to 1, absent where there is nothing to cover. */
export interface RunFileCoverage extends UncoveredFile {
  readonly suite: string;
  readonly lineRatio: number | undefined;
  readonly branchRatio: number | undefined;
  readonly functionRatio: number | undefined;
}

export interface CaseRecord {
  /** Decimal text of the store's test id; use it for history. */
  readonly testId: string;
  readonly suite: string;
  /** Suites inside the report and class name, outermost first. */
  readonly path: readonly string[];
  readonly name: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly durationSeconds: number | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly errorType: ErrorType | undefined;
  readonly errorClass: string | undefined;
  /** Of a result that failed or errored: the same in every run; see `failureSignature`. */
  readonly signature?: string | undefined;
  readonly message: string | undefined;
  readonly stack: string | undefined;
  readonly expected: string | undefined;
  readonly actual: string | undefined;
  readonly output: string | undefined;
  readonly attachments: readonly { kind: string; path: string }[];
}
