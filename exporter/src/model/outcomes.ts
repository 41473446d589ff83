/** What tests did over the runs of their suite: what flakiness and defects are told from. */
import type { RunStatus } from "./run.ts";
import type { Outcome, OutcomeCounts } from "./test.ts";

/** Left out: any. `branch` is the exposed label. */
export interface SuiteFilter {
  readonly project?: string | undefined;
  readonly suite?: string | undefined;
  readonly environment?: string | undefined;
  readonly branch?: string | undefined;
}

/** A suite's share of a run. */
export interface SuiteRun {
  readonly runId: string;
  readonly runUuid: string;
  readonly commit: string | undefined;
  readonly status: RunStatus;
  /** End of the suite. */
  readonly endedAtMs: number;
  readonly counts: OutcomeCounts;
  readonly retries: number;
  /** An old run, which moves no counter. */
  readonly history: boolean;
}

export interface SuiteRuns {
  readonly project: string;
  readonly suite: string;
  readonly environment: string;
  readonly branch: string;
  /** Oldest first. */
  readonly runs: readonly SuiteRun[];
}

/** The result of a test in a run, after its retries. */
export interface TestOutcome {
  readonly runUuid: string;
  readonly outcome: Outcome;
  /** An attempt before it failed or errored. */
  readonly failedBefore: boolean;
  /** Of a result that failed or errored: see `failureSignature`. */
  readonly signature: string | undefined;
}

export interface TestOutcomes {
  /** Decimal text of the store's test id. */
  readonly testId: string;
  /** Suites inside the report and class name, outermost first. */
  readonly path: readonly string[];
  readonly name: string;
  /** Runs without the test are left out. */
  readonly results: readonly TestOutcome[];
}

/** A suite of which runs completed or went since it was judged. */
export interface DueSuite extends SuiteRuns {
  /** Given back with the verdict: what completes meanwhile makes it due again. */
  readonly mark: number;
}

export interface SuiteVerdict extends Pick<DueSuite, "project" | "suite" | "environment" | "branch" | "mark"> {
  /** Tests that are flaky; undefined: there is nothing to tell of (no run, pull requests). */
  readonly flaky: number | undefined;
  /** Commits that were looked at, and tests with both outcomes on one of them in different runs, each pair once. */
  readonly commits: readonly string[];
  readonly twoOutcomes: readonly { readonly testId: string; readonly commit: string }[];
  /** Newest run, for exemplars. */
  readonly runId: string | undefined;
}
