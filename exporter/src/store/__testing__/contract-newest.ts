/** Which run is the newest, and what its row shows. */
import { expect, test } from "vitest";
import type { Bench } from "./contract.ts";
import { counters, DAY, HOUR, kase, MINUTE, measure, move, newest, remove, T0, tick } from "./support.ts";

const ended = (endedAtMs: number) => ({ meta: { endedAtMs } });

export function describeNewest(bench: Bench): void {
  test("newest is the latest end, not the latest arrival", async () => {
    const { store, put } = bench;
    await put({ runId: "late", cases: ["a"], ...ended(T0 - MINUTE) });
    await put({ runId: "early", cases: ["a"], ...ended(T0 - HOUR) });
    expect(await newest(store)).toEqual({ "shop/unit/ci/main": "late" });
    const [row] = (await store.changesSince(0)).lastRuns;
    expect(row).toMatchObject({
      run: { status: "passed", endedAtMs: T0 - MINUTE, lastSuccessAtMs: T0 - MINUTE, counts: { passed: 1 } },
    });
  });

  test("an end in the future becomes the time of receipt; without any time the run ended when it was received", async () => {
    const { put } = bench;
    const future = await put({ runId: "f", meta: { startedAtMs: T0 + HOUR, endedAtMs: T0 + HOUR + 60_000 } });
    expect(future.run).toMatchObject({ startedAtMs: T0 - 60_000, endedAtMs: T0, durationSeconds: 60 });
    expect((await put({ runId: "n", meta: { durationSeconds: 5 } })).run).toMatchObject({
      startedAtMs: T0 - 5_000,
      endedAtMs: T0,
    });
    expect((await put({ runId: "none" })).run).toMatchObject({ startedAtMs: T0, endedAtMs: T0, durationSeconds: 0 });
  });

  test.each([
    [
      "start and end win over a declared sum",
      { startedAtMs: T0 - 60_000, endedAtMs: T0 - 50_000, durationSeconds: 30 },
      undefined,
      -60_000,
      -50_000,
      30,
    ],
    [
      "a start alone ends after the duration",
      { startedAtMs: T0 - 60_000, durationSeconds: 30 },
      undefined,
      -60_000,
      -30_000,
      30,
    ],
    [
      "the flag moves the whole run",
      { startedAtMs: T0 - 60_000, endedAtMs: T0 - 50_000 },
      T0 - DAY,
      -DAY,
      -DAY + 10_000,
      10,
    ],
    ["no time at all but the flag", {}, T0 - DAY, -DAY, -DAY, 0],
    ["an end before the start", { startedAtMs: T0 - 1_000, endedAtMs: T0 - 9_000 }, undefined, -9_000, -9_000, 0],
    [
      "times that are none",
      { startedAtMs: Number.NaN, endedAtMs: -62_135_596_800_000, durationSeconds: Number.NaN },
      undefined,
      0,
      0,
      0,
    ],
  ] as const)("times: %s", async (_, meta, startedAtMs, started, end, durationSeconds) => {
    const { run } = await bench.put({ meta, ...(startedAtMs === undefined ? {} : { startedAtMs }) });
    expect(run).toMatchObject({ startedAtMs: T0 + started, endedAtMs: T0 + end, durationSeconds });
  });

  test("pull requests move counters only", async () => {
    const { store, put, clock } = bench;
    const pr = {
      branch: "feature",
      branchLabel: "pull_request",
      cases: [kase("a", "failed")],
      coverage: { lineRatio: 0.5 },
    };
    await put(pr);
    await put({ runId: "main", cases: ["a"] });
    await put({ ...pr, part: "late", cases: ["b"] });
    clock.advance(1);
    await tick(store);
    expect(await newest(store)).toEqual({ "shop/unit/ci/main": "main" });
    expect((await store.changesSince(0)).errorWindows).toEqual([]);
    expect(await counters(store)).toMatchObject({
      "runs shop//ci/pull_request failed": 1,
      "executions shop/unit/ci/pull_request failed": 1,
      "executions shop/unit/ci/pull_request passed": 1,
    });
    await move(store, pr, { environment: "staging" });
    await remove(store, { environment: "staging" });
    expect(await newest(store)).toEqual({ "shop/unit/ci/main": "main" });
    expect((await store.changesSince(0)).errorWindows).toEqual([]);
  });

  test("measures and coverage outlive a newer run without them, and go with the runs that had them", async () => {
    const { store, put } = bench;
    const row = async () => (await store.changesSince(0)).lastRuns[0]!;
    await put({
      runId: "bench",
      measures: [measure("m", 1), measure("n", 2)],
      meta: { framework: "k6", endedAtMs: T0 - 3_000 },
    });
    expect(await row()).toMatchObject({
      framework: "k6",
      run: undefined,
      coverage: undefined,
      measures: [{ name: "m" }, { name: "n" }],
    });
    await put({ runId: "cov", cases: ["a"], coverage: { lineRatio: 0.8 }, ...ended(T0 - 2_000) });
    await put({ runId: "unit", cases: ["a"], meta: { framework: "jest", endedAtMs: T0 - 1_000 } });
    expect(await row()).toMatchObject({
      framework: "jest",
      run: { runId: "unit" },
      coverage: { lineRatio: 0.8 },
      measures: [{ value: 1 }, { value: 2 }],
    });
    await put({ runId: "bench-2", measures: [measure("m", 5)], ...ended(T0 - 500) });
    expect(await row()).toMatchObject({ run: { runId: "unit" }, measures: [{ value: 5 }] });
    for (const runId of ["cov", "bench-2"]) await remove(store, { runId });
    expect(await row()).toMatchObject({
      run: { runId: "unit" },
      coverage: undefined,
      measures: [{ value: 1 }, { value: 2 }],
    });
    for (const runId of ["unit", "bench"]) await remove(store, { runId });
    expect(await row()).toMatchObject({ framework: undefined, run: undefined, coverage: undefined, measures: [] });
  });

  test("parts of one run share coverage: later values win, absent ones stay", async () => {
    const { store, put } = bench;
    const open = { completion: { when: "parts", parts: 2 } } as const;
    await put({ ...open, part: "a", coverage: { lineRatio: 0.8, branchRatio: 0.5 } });
    await put({ ...open, part: "b", coverage: { lineRatio: 0.9, branchRatio: undefined } });
    expect((await store.run("r1")).suiteResults[0]!.coverage).toEqual({ lineRatio: 0.9, branchRatio: 0.5 });
  });

  test("the last success and the usual duration look at earlier runs", async () => {
    const { store, put } = bench;
    const row = async () => (await store.changesSince(0)).lastRuns[0]!.run!;
    for (let i = 0; i < 25; i++)
      await put({
        runId: `p${i}`,
        cases: ["a"],
        meta: { durationSeconds: 100 + i, endedAtMs: T0 - (100 - i) * MINUTE },
      });
    await put({ runId: "bad", cases: [kase("a", "failed")], meta: { durationSeconds: 900, endedAtMs: T0 } });
    // The 20 before it took 105 to 124 s.
    expect(await row()).toMatchObject({ runId: "bad", lastSuccessAtMs: T0 - 76 * MINUTE, usualDurationSeconds: 114.5 });
    for (let i = 4; i < 25; i++) await remove(store, { runId: `p${i}` });
    expect(await row()).toMatchObject({
      runId: "bad",
      lastSuccessAtMs: T0 - 97 * MINUTE,
      usualDurationSeconds: undefined,
    });
  });
}
