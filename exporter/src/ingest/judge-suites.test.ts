import { expect, test } from "vitest";
import type { DueSuite, SuiteRun, TestOutcomes } from "../model/outcomes.ts";
import { judgeSuite } from "./judge-suites.ts";

/** Runs by commit; tests by marks, one per run: "." passed, "F" failed, "R" passed on a retry, " " not there. */
function suite(commits: string, more: Partial<DueSuite> & { old?: number } = {}): DueSuite {
  const { old = 0, ...rest } = more;
  const runs = [...commits].map((commit, i): SuiteRun => {
    return {
      runId: `r${i}`,
      runUuid: `u${i}`,
      commit: commit === "-" ? undefined : commit,
      status: "failed",
      endedAtMs: i,
      counts: { passed: 99, failed: 1, errored: 0, skipped: 0 },
      retries: 0,
      history: i < old,
    };
  });
  return { project: "shop", suite: "unit", environment: "ci", branch: "main", mark: 5, runs, ...rest };
}
const readerOf = (tests: Record<string, string>) => ({
  async *troubledTests(_: string, uuids: readonly string[]): AsyncGenerator<TestOutcomes> {
    for (const [testId, marks] of Object.entries(tests)) {
      const results = uuids.flatMap((runUuid) => {
        const mark = marks[Number(runUuid.slice(1))] ?? " ";
        if (mark === " ") return [];
        const outcome = mark === "F" ? ("failed" as const) : ("passed" as const);
        return [{ runUuid, outcome, failedBefore: mark === "R", signature: undefined }];
      });
      yield { testId, path: [], name: testId, results };
    }
  },
});

test("flaky tests are counted, and pairs of test and commit with both outcomes in different runs", async () => {
  const found = await judgeSuite(
    readerOf({ 1: "F.F.F.F.", 2: ".....FFF", 3: "....F...", 4: "R.R.....", 5: "....FR.." }),
    suite("aabbcc-d"),
  );
  expect(found).toEqual({
    ...{ project: "shop", suite: "unit", environment: "ci", branch: "main", mark: 5 },
    flaky: 2,
    commits: ["a", "b", "c", "d"],
    twoOutcomes: [
      ...["a", "b", "c"].map((commit) => ({ testId: "1", commit })),
      { testId: "2", commit: "c" },
      { testId: "3", commit: "c" },
    ],
    runId: "r7",
  });
});

test("old runs move no counter, but they are history", async () => {
  const found = await judgeSuite(readerOf({ 1: "F.F.F." }), suite("aabbcc", { old: 4 }));
  expect(found).toMatchObject({ flaky: 1, twoOutcomes: [{ commit: "c" }] });
});

test("pull requests have no flaky tests of their own, only commits with both outcomes", async () => {
  const found = await judgeSuite(readerOf({ 1: "F.F.F." }), suite("aabcde", { branch: "pull_request" }));
  expect(found).toMatchObject({ flaky: undefined, twoOutcomes: [{ testId: "1", commit: "a" }] });
});

test("a run in which most cases failed proves nothing", async () => {
  const whole = suite("aabbcc");
  const runs = whole.runs.map((run, i) =>
    i === 1 ? { ...run, counts: { ...run.counts, passed: 1, failed: 99 } } : run,
  );
  expect((await judgeSuite(readerOf({ 1: ".F...." }), { ...whole, runs })).twoOutcomes).toEqual([]);
});

test("a suite without runs has nothing to tell", async () => {
  expect(await judgeSuite(readerOf({}), suite(""))).toMatchObject({ flaky: undefined, commits: [], runId: undefined });
});
