/** When a run completes, what late parts and retries add, what deleting and moving leave alone. */
import { expect, test } from "vitest";
import type { Bench } from "./contract.ts";
import {
  casesOf,
  codeOf,
  counters,
  DAY,
  finish,
  HANG_MS,
  HOUR,
  kase,
  MINUTE,
  measure,
  move,
  newest,
  remove,
  T0,
  tick,
} from "./support.ts";

const OPEN = { completion: { when: "quiet", quietMs: 5 * MINUTE } } as const;
const fails = (name: string) => kase(name, "failed");

export function describeCompletion(bench: Bench): void {
  test("by number: counted once, when the last part is in", async () => {
    const { store, put } = bench;
    const completion = { when: "parts", parts: 3 } as const;
    for (const part of ["a", "b"]) {
      expect((await put({ part, completion, cases: [part] })).run.status).toBe("running");
      expect(await counters(store)).toEqual({});
    }
    const { run } = await put({ part: "c", completion, suite: "e2e", cases: ["c"] });
    expect(run).toMatchObject({
      status: "passed",
      partsReceived: 3,
      partsExpected: 3,
      completedAtMs: T0,
      suites: ["e2e", "unit"],
    });
    expect(await counters(store)).toMatchObject({
      "runs shop//ci/main passed": 1,
      "executions shop/unit/ci/main passed": 2,
      "executions shop/e2e/ci/main passed": 1,
      "run_duration shop/unit/ci/main count": 1,
      "run_duration shop/e2e/ci/main count": 1,
    });
  });

  test("by number: no quiet time ends the wait; finishing by hand makes it partial", async () => {
    const { store, clock, put } = bench;
    await put({ part: "a", completion: { when: "parts", parts: 2 }, cases: ["a"] });
    await put({ part: "a", ...OPEN, cases: ["a"] });
    clock.advance(HANG_MS - 1);
    expect(await tick(store)).toEqual([]);
    expect(await finish(store)).toMatchObject({ status: "partial", partsReceived: 1, partsExpected: 2 });
    expect(await counters(store)).toMatchObject({
      "runs shop//ci/main partial": 1,
      "executions shop/unit/ci/main passed": 1,
    });
  });

  test("by finish, once; a state given then is the run's and its suites'", async () => {
    const { store, put } = bench;
    await put({ ...OPEN, cases: ["a"] });
    await put({ ...OPEN, runId: "r2", cases: ["a"] });
    expect((await finish(store)).status).toBe("passed");
    expect((await finish(store, {}, "cancelled")).status).toBe("passed");
    expect((await finish(store, { runId: "r2" }, "cancelled")).status).toBe("cancelled");
    expect((await store.run("r2")).suiteResults.map((suite) => suite.status)).toEqual(["cancelled"]);
    expect(await counters(store)).toMatchObject({ "runs shop//ci/main passed": 1, "runs shop//ci/main cancelled": 1 });
    expect(await codeOf(finish(store, { runId: "none" }))).toBe("NOT_FOUND");
  });

  test("by quiet time after the last part, also over a restart; a duplicate does not prolong it", async () => {
    const { clock, put, opened } = bench;
    await put({ ...OPEN, part: "a", cases: ["a"] });
    clock.advance(4 * MINUTE);
    await put({ ...OPEN, part: "b", cases: ["b"] });
    clock.advance(4 * MINUTE);
    await put({ ...OPEN, part: "b", cases: ["b"] });
    const store = await opened.reopen();
    expect(await tick(store)).toEqual([]);
    clock.advance(MINUTE - 1);
    expect(await tick(store)).toEqual([]);
    clock.advance(1);
    expect(await tick(store)).toMatchObject([{ runId: "r1", status: "passed", completedAtMs: clock.now }]);
    expect(await tick(store)).toEqual([]);
    expect(await counters(store)).toMatchObject({
      "runs shop//ci/main passed": 1,
      "executions shop/unit/ci/main passed": 2,
    });
  });

  test.each([
    ["passed", { cases: ["a", kase("b", "skipped")] }, "passed"],
    ["failed", { cases: ["a", fails("b"), kase("c", "errored")] }, "failed"],
    ["errored", { cases: ["a", kase("b", "errored")] }, "errored"],
    ["empty", { cases: [] }, "errored"],
    ["empty", { cases: [kase("a", "skipped")], measures: [measure("m", 1)] }, "errored"],
    ["measured", { measures: [measure("m", 1)] }, undefined],
    ["measured", { coverage: { lineRatio: 1 } }, undefined],
    ["empty", { cases: [], coverage: { lineRatio: 1 } }, "errored"],
    ["errored", { cases: ["a"], meta: { state: "error" } }, "errored"],
    ["partial", { cases: [fails("a")], meta: { state: "partial" } }, "partial"],
    ["cancelled", { cases: ["a"], meta: { state: "cancelled" } }, "cancelled"],
  ] as const)("is %s for %j", async (status, spec, result) => {
    const { store, put } = bench;
    expect((await put(spec)).run.status).toBe(status);
    const runs = Object.entries(await counters(store)).filter(([key]) => key.startsWith("runs "));
    expect(runs).toEqual(result === undefined ? [] : [[`runs shop//ci/main ${result}`, 1]]);
  });

  test("a state that one suite's report declares is not another suite's", async () => {
    const { store, put } = bench;
    await put({ ...OPEN, part: "a", suite: "good", cases: ["a"] });
    await put({ ...OPEN, part: "b", suite: "broken", cases: ["b"], meta: { state: "error" } });
    expect((await finish(store)).status).toBe("errored");
    const { suiteResults } = await store.run("r1");
    expect(suiteResults.map((one) => [one.suite, one.status])).toEqual([
      ["broken", "errored"],
      ["good", "passed"],
    ]);
  });

  test("the worst of the states wins: cancelled before partial before error", async () => {
    const { store, put } = bench;
    await put({ part: "a", completion: { when: "parts", parts: 3 }, cases: ["a"], meta: { state: "cancelled" } });
    await put({ part: "b", completion: { when: "parts", parts: 3 }, cases: ["b"], meta: { state: "error" } });
    expect((await finish(store)).status).toBe("cancelled");
  });

  test("a late part adds its new tests and the retries; the run is not counted again", async () => {
    const { store, put } = bench;
    await put({ part: "a", cases: [fails("x"), "y"], errorType: "timeout" });
    const first = await counters(store);
    const { run } = await put({ part: "a#2", cases: ["x", "z", fails("w")], errorType: "network" });
    expect(run).toMatchObject({
      status: "failed",
      counts: { passed: 3, failed: 1 },
      retries: 1,
      flaky: 1,
      partsReceived: 1,
    });
    expect(await counters(store)).toEqual({
      ...first,
      "executions shop/unit/ci/main passed": 2,
      "executions shop/unit/ci/main failed": 2,
      "retries shop/unit/ci/main": 1,
      "flaky shop/unit/ci/main retry": 1,
      "errors shop/unit/ci/main timeout": 1,
      "errors shop/unit/ci/main network": 1,
    });
    expect(await newest(store)).toEqual({ "shop/unit/ci/main": "r1" });
  });

  test("a late part may bring a new suite: its own duration is counted", async () => {
    const { store, put } = bench;
    await put({ part: "a", cases: ["x"], meta: { durationSeconds: 2 } });
    await put({ part: "b", suite: "e2e", cases: ["x"], meta: { durationSeconds: 70 } });
    expect(await counters(store)).toMatchObject({
      "runs shop//ci/main passed": 1,
      "run_duration shop/unit/ci/main sum": 2,
      "run_duration shop/e2e/ci/main sum": 70,
      "executions shop/e2e/ci/main passed": 1,
    });
  });

  test("a run of measures that is cancelled is no test run of its suite", async () => {
    const { store, put, clock } = bench;
    await put({ runId: "r1", measures: [measure("m", 1)] });
    clock.advance(MINUTE);
    const parts = { when: "parts", parts: 2 } as const;
    await put({ runId: "r2", part: "a", completion: parts, measures: [measure("m", 2)] });
    await finish(store, { runId: "r2" }, "cancelled");
    const [row] = (await store.changesSince(0)).lastRuns;
    expect(row).toMatchObject({ run: undefined, measuredAtMs: (await store.run("r2")).endedAtMs });
    expect(row!.measures.map(({ value }) => value)).toEqual([2]);
  });

  test("measures first, tests late: the run and its duration are counted then", async () => {
    const { store, put } = bench;
    await put({ part: "a", measures: [measure("m", 1)] });
    expect(await counters(store)).toEqual({});
    expect((await put({ part: "b", cases: ["x"], meta: { durationSeconds: 2 } })).run.status).toBe("passed");
    await put({ part: "c", cases: ["y"] });
    expect(await counters(store)).toEqual({
      "runs shop//ci/main passed": 1,
      "executions shop/unit/ci/main passed": 2,
      "run_duration shop/unit/ci/main count": 1,
      "run_duration shop/unit/ci/main sum": 2,
    });
  });

  test("a run whose parts never come is partial after the hang time", async () => {
    const { store, put, clock } = bench;
    await put({ part: "1", completion: { when: "parts", parts: 2 }, cases: [fails("x")] });
    clock.advance(HANG_MS - 1);
    await tick(store);
    expect((await store.run("r1")).status).toBe("running");
    clock.advance(1);
    await tick(store);
    expect((await store.run("r1")).status).toBe("partial");
    expect(await counters(store)).toMatchObject({
      "runs shop//ci/main partial": 1,
      "executions shop/unit/ci/main failed": 1,
    });
  });

  test("old runs move no counter, and are the newest when nothing is newer", async () => {
    const { store, put } = bench;
    const at = (endedAtMs: number) => ({ meta: { endedAtMs } });
    await put({ runId: "old", history: true, cases: ["a"], ...at(T0 - 3 * DAY) });
    expect(await counters(store)).toEqual({});
    expect(await newest(store)).toEqual({ "shop/unit/ci/main": "old" });
    await put({ runId: "live", cases: ["a"], ...at(T0 - DAY) });
    await put({ runId: "older", history: true, cases: [fails("a")], ...at(T0 - 5 * DAY) });
    expect(await newest(store)).toEqual({ "shop/unit/ci/main": "live" });
    await put({ runId: "younger", history: true, cases: [fails("a")], ...at(T0 - HOUR) });
    expect(await newest(store)).toEqual({ "shop/unit/ci/main": "younger" });
    expect(await counters(store)).toMatchObject({
      "runs shop//ci/main passed": 1,
      "executions shop/unit/ci/main passed": 1,
    });
    expect((await store.run("old")).history).toBe(true);
  });

  test("deleting and moving leave counters alone; the newest run is found again", async () => {
    const { store, put } = bench;
    for (const [i, runId] of ["one", "two", "three"].entries())
      await put({ runId, cases: ["a"], meta: { endedAtMs: T0 - (10 - i) * MINUTE } });
    const before = await counters(store);
    await remove(store, { runId: "three" });
    expect(await newest(store)).toEqual({ "shop/unit/ci/main": "two" });
    expect(await codeOf(remove(store, { runId: "three" }))).toBe("NOT_FOUND");
    expect(await casesOf(store, "two")).toHaveLength(1);
    const moved = await move(store, { runId: "two" }, { project: "other", runId: "two-b" });
    expect(moved).toMatchObject({ project: "other", environment: "ci", runId: "two-b", status: "passed" });
    expect(await newest(store)).toEqual({ "shop/unit/ci/main": "one", "other/unit/ci/main": "two-b" });
    expect(await codeOf(move(store, { runId: "one" }, { project: "other", runId: "two-b" }))).toBe("STORE_CONFLICT");
    expect((await move(store, { runId: "one" }, { runId: "one" })).runId).toBe("one");
    await remove(store, { runId: "one" });
    expect(await newest(store)).toEqual({ "shop/unit/ci/main": undefined, "other/unit/ci/main": "two-b" });
    expect(await counters(store)).toEqual(before);
    expect((await store.run(moved.id)).runId).toBe("two-b");
    expect((await store.facets()).projects).toEqual(["other"]);
  });

  test("a moved run brings its cases into the other project's histories, and its old key is free", async () => {
    const { store, put, opened } = bench;
    const cases = [kase("a", "failed", { suite: { name: "s" } }), "b", "b"];
    await put({ project: "other", cases: ["b", kase("a", "passed", { suite: { name: "s" } })] });
    const wrong = await put({ cases });
    await move(store, {}, { project: "other", runId: "r2" });
    const rows = await casesOf(store, "r2");
    expect(rows.map((row) => row.name).sort()).toEqual(["a", "b", "b #2"]);
    expect(rows.find((row) => row.name === "a")!.message).toBe("a went wrong");
    const a = rows.find((row) => row.name === "a")!;
    expect((await store.history(a.testId, { runs: 10 })).points.map((point) => point.outcome).sort()).toEqual([
      "failed",
      "passed",
    ]);
    const again = await put({ cases });
    expect(again.kind).toBe("stored");
    expect(again.run.id).not.toBe(wrong.run.id);
    const reopened = await opened.reopen();
    expect(await casesOf(reopened, "r2")).toEqual(rows);
  });

  test("a run deleted and ingested again is a new run and counts again", async () => {
    const { store, put } = bench;
    const { run } = await put({ cases: ["a"] });
    await remove(store);
    const again = await put({ cases: ["a"] });
    expect(again).toMatchObject({ kind: "stored", run: { id: run.id } });
    expect(await counters(store)).toMatchObject({
      "runs shop//ci/main passed": 2,
      "executions shop/unit/ci/main passed": 2,
    });
  });

  test("an open run may be deleted or moved; it is counted where it completes", async () => {
    const { store, put } = bench;
    await put({ ...OPEN, cases: ["a"] });
    await put({ ...OPEN, runId: "r2", cases: [fails("a")] });
    await remove(store);
    await move(store, { runId: "r2" }, { environment: "staging" });
    await finish(store, { environment: "staging", runId: "r2" });
    expect(await counters(store)).toMatchObject({
      "runs shop//staging/main failed": 1,
      "executions shop/unit/staging/main failed": 1,
    });
    expect(await newest(store)).toEqual({ "shop/unit/staging/main": "r2" });
  });
}
