/** Attempts of a test inside a part, over the parts of a run, and after the run was counted. */
import { expect, test } from "vitest";
import { noCounts } from "../../model/test.ts";
import type { Bench } from "./contract.ts";
import { casesOf, counters, finish, kase, MINUTE } from "./support.ts";

const OPEN = { completion: { when: "quiet", quietMs: 5 * MINUTE } } as const;
const fails = (name: string) => kase(name, "failed");

export function describeRetries(bench: Bench): void {
  test("retries inside a part are attempts of one case; only the final one is counted", async () => {
    const { store, put } = bench;
    const earlierAttempts = [
      { outcome: "failed", durationSeconds: 3, failure: { message: "first" } },
      { outcome: "errored", durationSeconds: 2 },
    ] as const;
    await put({ cases: [kase("x", "passed", { earlierAttempts, durationSeconds: 0.2 })] });
    expect((await casesOf(store)).map(({ attempt, outcome, message }) => [attempt, outcome, message])).toEqual([
      [1, "failed", "first"],
      [2, "errored", undefined],
      [3, "passed", undefined],
    ]);
    expect(await casesOf(store, "r1", { finalOnly: true })).toMatchObject([{ attempt: 3 }]);
    expect((await store.run("r1")).status).toBe("passed");
    expect(await counters(store)).toMatchObject({
      "executions shop/unit/ci/main passed": 1,
      "retries shop/unit/ci/main": 2,
      "flaky shop/unit/ci/main retry": 1,
      "case_duration shop/unit/ci/main count": 1,
      "case_duration shop/unit/ci/main sum": 0.2,
    });
    expect(await store.errors({}, 10)).toEqual([]);
  });

  /** Outcomes of one test in attempt after attempt of one part of an open run; then what the run says of it. */
  test.each([
    ["failed then passed", ["failed", "passed"], "passed", 1, 1],
    ["passed then failed", ["passed", "failed"], "failed", 1, 0],
    ["failed, passed, failed", ["failed", "passed", "failed"], "failed", 2, 0],
    ["failed, passed, passed", ["failed", "passed", "passed"], "passed", 2, 1],
    ["failed, skipped, passed", ["failed", "skipped", "passed"], "passed", 2, 1],
    ["passed twice", ["passed", "passed"], "passed", 1, 0],
    ["errored, errored", ["errored", "errored"], "errored", 1, 0],
  ] as const)("a test %s over the attempts of a part", async (_, outcomes, final, retries, flaky) => {
    const { store, put } = bench;
    for (const [i, outcome] of outcomes.entries())
      await put({
        ...OPEN,
        part: i === 0 ? "job/r.xml" : `job#${i + 1}/r.xml`,
        cases: [kase("x", outcome, { durationSeconds: 0.05 + i })],
      });
    const run = await finish(store);
    expect(run).toMatchObject({ retries, flaky, counts: { passed: 0, failed: 0, errored: 0, skipped: 0, [final]: 1 } });
    expect((await casesOf(store)).map((row) => [row.attempt, row.outcome])).toEqual(
      outcomes.map((one, i) => [i + 1, one]),
    );
    const found = await counters(store);
    expect(found[`executions shop/unit/ci/main ${final}`]).toBe(1);
    expect(found["flaky shop/unit/ci/main retry"] ?? 0).toBe(flaky);
    expect(found["errors shop/unit/ci/main assertion"] ?? 0).toBe(final === "passed" ? 0 : 1);
    // The duration is the final attempt's.
    expect(found["case_duration shop/unit/ci/main count"]).toBe(1);
    expect(found["case_duration shop/unit/ci/main sum"]).toBeCloseTo(0.05 + outcomes.length - 1, 6);
  });

  /** Outcomes of one test in two jobs of a run, in both orders; then what the run says of it. */
  test.each([
    ["failed", "passed", "failed"],
    ["errored", "failed", "errored"],
    ["skipped", "passed", "passed"],
    ["failed", "skipped", "failed"],
    ["passed", "passed", "passed"],
  ] as const)(
    "a test that %s in one job and %s in another has %s, whichever comes first",
    async (one, other, final) => {
      const { store, put } = bench;
      for (const [runId, outcomes] of Object.entries({ r1: [one, other], r2: [other, one] })) {
        for (const [i, outcome] of outcomes.entries())
          await put({ ...OPEN, runId, part: `linux ${i}`, cases: [kase("x", outcome, { durationSeconds: i })] });
        const run = await finish(store, { runId });
        expect(run).toMatchObject({ retries: 0, flaky: 0, counts: { ...noCounts(), [final]: 1 } });
        expect(await casesOf(store, runId, { finalOnly: true })).toMatchObject([{ outcome: final }]);
        expect(await casesOf(store, runId)).toHaveLength(2);
      }
    },
  );

  test("a retry is not one of the parts that are waited for", async () => {
    const { store, put } = bench;
    const two = { completion: { when: "parts", parts: 2 } } as const;
    await put({ ...two, part: "unit", cases: [fails("x")] });
    expect((await put({ ...two, part: "unit#2", cases: ["x"] })).run).toMatchObject({
      status: "running",
      partsReceived: 1,
    });
    expect((await put({ ...two, part: "e2e", cases: ["y"] })).run).toMatchObject({
      status: "passed",
      partsReceived: 2,
    });
    expect((await store.run("r1")).parts).toHaveLength(3);
  });

  test("a retry takes back its own job's failure and no other's", async () => {
    const { store, put } = bench;
    await put({ ...OPEN, part: "linux", cases: [fails("x")] });
    await put({ ...OPEN, part: "windows", cases: [fails("x")] });
    await put({ ...OPEN, part: "linux#2", cases: ["x"] });
    expect(await finish(store)).toMatchObject({
      status: "failed",
      retries: 1,
      flaky: 1,
      counts: { failed: 1, passed: 0 },
    });
  });

  test("a failing job that comes after the run was counted is counted as well", async () => {
    const { store, put } = bench;
    await put({ part: "linux", cases: ["x"] });
    const { run } = await put({ part: "windows", cases: [fails("x")] });
    expect(run.status).toBe("failed");
    expect(await counters(store)).toMatchObject({
      "runs shop//ci/main passed": 1,
      "runs shop//ci/main failed": 1,
      "executions shop/unit/ci/main passed": 1,
      "executions shop/unit/ci/main failed": 1,
      "errors shop/unit/ci/main assertion": 1,
    });
  });

  test("a late flaky test is counted as flaky once, however often it is tried", async () => {
    const { store, put } = bench;
    for (const [i, outcome] of (["failed", "passed", "failed", "passed", "passed"] as const).entries())
      await put({ part: i === 0 ? "job" : `job#${i + 1}`, cases: [kase("x", outcome)] });
    expect(await counters(store)).toMatchObject({ "retries shop/unit/ci/main": 4, "flaky shop/unit/ci/main retry": 1 });
    expect((await store.run("r1")).flaky).toBe(1);
  });
}
