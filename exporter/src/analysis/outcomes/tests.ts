/** From a test's results over the runs of its suite to its flakiness and its defect. Pure. */
import type { SuiteRun, TestOutcomes } from "../../model/outcomes.ts";
import { executedOf } from "../../model/test.ts";
import { type Defect, defectOf } from "./defect.ts";
import { FLAKY_SETTINGS, type Flakiness, flakiness, suspectRuns } from "./flaky.ts";

/** A test that the newest so many runs do not hold is gone: nothing can be done about it. */
export const GONE_RUNS = 10;

export interface JudgedRuns {
  /** What tests are judged by, oldest first. */
  readonly counted: readonly SuiteRun[];
  /** Most cases failed, where that is not usual: they say nothing of single tests. */
  readonly suspects: readonly SuiteRun[];
}

/** `runs` of one suite, oldest first. */
export function judgedRuns(runs: readonly SuiteRun[]): JudgedRuns {
  const isSuspect = suspectRuns(
    runs.map(({ counts }) => ({ executed: executedOf(counts), failed: counts.failed + counts.errored })),
  );
  return { counted: runs.filter((_, i) => !isSuspect[i]), suspects: runs.filter((_, i) => isSuspect[i]) };
}

/** Commits on which the test passed in one run and failed in another. A pass on a retry tells that by itself, and is left out. */
export function twoOutcomeCommits(
  runs: readonly SuiteRun[],
  { results }: Pick<TestOutcomes, "results">,
): readonly string[] {
  const commitOf = new Map(runs.map(({ runUuid, commit }) => [runUuid, commit]));
  const [passed, failed] = [new Set<string>(), new Set<string>()];
  for (const { runUuid, outcome, failedBefore } of results) {
    const commit = commitOf.get(runUuid);
    if (commit === undefined || outcome === "skipped") continue;
    if (outcome !== "passed") failed.add(commit);
    else if (!failedBefore) passed.add(commit);
  }
  return [...failed].filter((commit) => passed.has(commit));
}

export interface JudgedTest extends Flakiness {
  /** Changes between passing and failing from one run to the next. */
  readonly transitions: number;
  /** The newest failure, also one that a retry made good. */
  readonly lastFailure:
    | { readonly run: SuiteRun; readonly signature: string | undefined; readonly passedOnRetry: boolean }
    | undefined;
  /** When its newest run failed. */
  readonly defect: Defect | undefined;
}

/** `runs`: those counted, oldest first, of which the test's results are. Undefined: the test is gone. */
export function judgeTest(
  runs: readonly SuiteRun[],
  { results }: Pick<TestOutcomes, "results">,
): JudgedTest | undefined {
  const byRun = new Map(results.map((result) => [result.runUuid, result]));
  if (!runs.slice(-GONE_RUNS).some(({ runUuid }) => byRun.has(runUuid))) return undefined;
  const executed = runs.flatMap((run) => {
    const result = byRun.get(run.runUuid);
    if (result === undefined || result.outcome === "skipped") return [];
    const passed = result.outcome === "passed";
    const passedOnRetry = passed && result.failedBefore;
    return [{ run, passed, passedOnRetry, signature: result.signature }];
  });
  const last = executed.findLast(({ passed, passedOnRetry }) => !passed || passedOnRetry);
  return {
    ...flakiness(
      executed.map(({ run, passed, passedOnRetry }) => ({
        passed,
        passedOnRetry,
        commit: run.commit,
        isSuspect: false,
      })),
      { ...FLAKY_SETTINGS, window: runs.length },
    ),
    transitions: executed.filter(({ passed }, i) => i > 0 && passed !== executed[i - 1]!.passed).length,
    lastFailure: last && { run: last.run, signature: last.signature, passedOnRetry: last.passedOnRetry },
    defect: defectOf(executed.map(({ run, passed, signature }) => ({ passed, version: run.commit, signature }))),
  };
}
