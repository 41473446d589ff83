/** The bounded view: births, bounds, generations, newest runs, the error window. */
import { expect, test } from "vitest";
import type { Bench } from "./contract.ts";
import {
  counters,
  countersOf,
  DAY,
  finish,
  HOUR,
  kase,
  measure,
  move,
  newest,
  type PartSpec,
  putPart,
  remove,
  settingsOf,
  T0,
  tick,
  View,
} from "./support.ts";

const ended = (endedAtMs: number) => ({ meta: { endedAtMs } });

export function describeMetrics(bench: Bench): void {
  test("series are born at zero and keep their creation time and newest run", async () => {
    const { store, clock, put } = bench;
    await put({ cases: ["a"] });
    clock.advance(HOUR);
    await put({ runId: "r2", cases: [kase("a", "failed")] });
    const { counters: rows, histograms } = await store.changesSince(0);
    const of = (name: string) =>
      rows
        .filter((row) => row.counter === name)
        .map((row) => [row.labels.join(), row.value, row.createdAtMs - T0, row.lastRunId]);
    expect(of("runs").sort()).toEqual([
      ["cancelled", 0, 0, undefined],
      ["errored", 0, 0, undefined],
      ["failed", 1, 0, "r2"],
      ["partial", 0, 0, undefined],
      ["passed", 1, 0, "r1"],
    ]);
    expect(of("executions").sort()).toEqual([
      ["errored", 0, 0, undefined],
      ["failed", 1, 0, "r2"],
      ["passed", 1, 0, "r1"],
      ["skipped", 0, 0, undefined],
    ]);
    expect(of("retries")).toEqual([["", 0, 0, undefined]]);
    expect(of("flaky")).toEqual([
      ["retry", 0, 0, undefined],
      ["same_commit", 0, 0, undefined],
    ]);
    expect(of("errors")).toEqual([["assertion", 1, HOUR, "r2"]]);
    expect(histograms).toMatchObject([
      { histogram: "case_duration", bounds: [0.1, 0.5, 1], counts: [0, 0, 0, 0], createdAtMs: T0 },
      { histogram: "run_duration", bounds: [1, 60], counts: [2, 0, 0], createdAtMs: T0, lastRunId: "r2" },
    ]);
  });

  test("durations fall into the bucket whose bound they do not exceed; skipped ones into none", async () => {
    const { store, put } = bench;
    const durations = [0, 0.1, 0.100001, 0.5, 1, 1.5];
    await put({
      cases: [
        ...durations.map((durationSeconds) => kase(`t${durationSeconds}`, "passed", { durationSeconds })),
        kase("s", "skipped", { durationSeconds: 9 }),
        "none",
      ],
    });
    expect((await store.changesSince(0)).histograms[0]).toMatchObject({ counts: [2, 2, 1, 1], sum: 3.200001 });
  });

  test("a change of bounds keeps every observation, also of a run that is open then", async () => {
    const { opened, clock, put } = bench;
    const at = (durationSeconds: number) => ({ cases: [kase("a", "passed", { durationSeconds })] });
    await put({ ...at(0.3), meta: { durationSeconds: 2 } });
    await put({ runId: "r2", part: "a", completion: { when: "parts", parts: 2 }, ...at(0.05) });
    const store = await opened.reopen(settingsOf(clock, { caseDurationBounds: [0.2, 2], runDurationBounds: [5] }));
    await putPart(store, clock, {
      runId: "r2",
      part: "b",
      completion: { when: "parts", parts: 2 },
      suite: "e2e",
      ...at(3),
    });
    const rows = Object.fromEntries(
      (await store.changesSince(0)).histograms.map((row) => [`${row.histogram} ${row.scope.suite}`, row]),
    );
    expect(rows["case_duration unit"]).toMatchObject({ bounds: [0.2, 2], counts: [1, 1, 0], sum: 0.35 });
    expect(rows["case_duration e2e"]).toMatchObject({ bounds: [0.2, 2], counts: [0, 0, 1] });
    // Between 1 and 60 s is not known to be within 5 s.
    expect(rows["run_duration unit"]).toMatchObject({ bounds: [5], counts: [1, 1], sum: 2 });
  });

  test("labels beyond their bound fold, first come first served, over restarts, and are counted", async () => {
    const { clock } = bench;
    const small = await bench.open({ bounds: { projects: 2, suitesPerProject: 2, environments: 1, branches: 1 } });
    const put = (spec: PartSpec) => putPart(small.store, clock, spec);
    for (const suite of ["a", "b", "c", "d"]) await put({ runId: suite, suite, cases: ["x"] });
    await put({ runId: "e", project: "p2", suite: "c", cases: ["x"] });
    await put({ runId: "f", project: "p3", suite: "a", cases: [kase("x", "failed")] });
    await put({ runId: "g", environment: "staging", suite: "a", branchLabel: "release/*", cases: ["x"] });
    await put({ runId: "h", suite: "a", branchLabel: "pull_request", cases: ["x"] });
    const store = await small.reopen();
    await putPart(store, clock, { runId: "i", suite: "d", cases: ["x"] });
    const found = await counters(store);
    const executions = Object.entries(found).filter(([key]) => key.startsWith("executions"));
    const o = "__overflow__";
    expect(Object.fromEntries(executions)).toEqual({
      "executions shop/a/ci/main passed": 1,
      "executions shop/b/ci/main passed": 1,
      [`executions shop/${o}/ci/main passed`]: 3,
      "executions p2/c/ci/main passed": 1,
      [`executions ${o}/${o}/ci/main failed`]: 1,
      [`executions shop/a/${o}/${o} passed`]: 1,
      "executions shop/a/ci/pull_request passed": 1,
    });
    expect(found[`runs ${o}//ci/main failed`]).toBe(1);
    const folded = Object.entries(found).filter(([key]) => key.startsWith("folded"));
    const byLabel = (label: string) =>
      folded.filter(([key]) => key.endsWith(` ${label}`)).reduce((sum, [, n]) => sum + n, 0);
    expect(byLabel("suite")).toBe(3);
    // The project, environment and branch of a run's suite and of the run itself.
    expect([byLabel("project"), byLabel("environment"), byLabel("branch")]).toEqual([2, 2, 2]);
    // What stands for several suites at once has no newest run.
    expect(Object.keys(await newest(store)).sort()).toEqual(["p2/c/ci/main", "shop/a/ci/main", "shop/b/ci/main"]);
  });

  test("no family grows beyond its bound: the rest is counted in one catch-all, whole scopes at a time", async () => {
    const seriesPerFamily = 45;
    const small = await bench.open({ bounds: { seriesPerFamily } });
    let store = small.store;
    for (let i = 0; i < 30; i++) {
      if (i === 15) store = await small.reopen();
      await putPart(store, bench.clock, {
        runId: `r${i}`,
        suite: `s${i}`,
        project: `p${i % 9}`,
        branchLabel: i % 3 === 2 ? "pull_request" : "main",
        cases: ["a", kase("b", i % 2 === 0 ? "failed" : "errored")],
      });
    }
    const changes = await store.changesSince(0);
    const families = Map.groupBy(changes.counters, (row) => row.counter);
    for (const [name, rows] of families) {
      expect(rows.length, name).toBeLessThanOrEqual(seriesPerFamily);
      if (name === "executions") {
        expect(rows.reduce((sum, row) => sum + row.value, 0)).toBe(60);
        for (const of of Map.groupBy(rows, (row) => JSON.stringify(row.scope)).values()) {
          expect(of.map((row) => row.labels[0]).sort()).toEqual(["errored", "failed", "passed", "skipped"]);
          const all = of.reduce((sum, row) => sum + row.value, 0);
          expect(of.find((row) => row.labels[0] === "passed")!.value).toBe(all / 2);
        }
      }
      if (name === "runs") expect(rows.reduce((sum, row) => sum + row.value, 0)).toBe(30);
    }
    for (const name of ["case_duration", "run_duration"] as const) {
      const rows = changes.histograms.filter((row) => row.histogram === name);
      expect(rows.length * (rows[0]!.bounds.length + 3)).toBeLessThanOrEqual(seriesPerFamily);
    }
    const pull = changes.counters.filter((row) => row.counter === "executions" && row.scope.branch === "pull_request");
    expect(pull.reduce((sum, row) => sum + row.value, 0)).toBe(20);
    expect(countersOf(changes)[`folded __overflow__/__overflow__/__overflow__/__overflow__ suite`]).toBeGreaterThan(0);
  });

  test("measures beyond their bound are stored, not shown, and counted", async () => {
    const small = await bench.open({ bounds: { measures: 2 } });
    await putPart(small.store, bench.clock, { measures: ["a", "b", "c", "d"].map((name) => measure(name, 1)) });
    const changes = await small.store.changesSince(0);
    expect(changes.lastRuns[0]!.measures.map((one) => one.name)).toEqual(["a", "b"]);
    expect(countersOf(changes)).toMatchObject({ "folded shop/unit/ci/main measure": 2 });
    expect((await small.store.run("r1")).measures).toHaveLength(4);
  });

  test("changesSince gives what changed and nothing else; what changes nothing raises no generation", async () => {
    const { store, put, clock } = bench;
    await put({ cases: ["a"] });
    await put({ runId: "x", suite: "other", cases: [kase("a", "failed")] });
    const g = await store.generation();
    expect(await store.changesSince(g)).toEqual({
      generation: g,
      counters: [],
      histograms: [],
      lastRuns: [],
      errorWindows: [],
      deviations: [],
      suites: [],
      alerts: [],
      active: [],
      ended: [],
    });
    await put({ cases: ["a"] });
    await tick(store);
    expect(await store.generation()).toBe(g);
    clock.advance(1);
    await put({ runId: "r2", cases: ["a"] });
    const changes = await store.changesSince(g);
    expect(changes.generation).toBeGreaterThan(g);
    expect(countersOf(changes, true)).toEqual({
      "runs shop//ci/main passed": 2,
      "executions shop/unit/ci/main passed": 2,
      "run_duration shop/unit/ci/main count": 2,
      "run_duration shop/unit/ci/main sum": 0,
    });
    expect(changes.lastRuns.map((row) => row.scope.suite)).toEqual(["unit"]);
    expect(changes.errorWindows).toEqual([]);
  });

  test("the error window counts distinct tests by type, forgets by the clock, and shows a quiet type as 0", async () => {
    const { store, put, clock } = bench;
    const windows = async () =>
      Object.fromEntries(
        (await store.changesSince(0)).errorWindows.map((row) => [
          `${row.scope.suite} ${row.errorType}`,
          [row.affectedTests, row.lastOccurrenceAtMs - T0],
        ]),
      );
    const bad = (...names: string[]) => names.map((name) => kase(name, "failed"));
    await put({ runId: "r1", cases: bad("a", "b"), errorType: "timeout" });
    clock.advance(HOUR);
    await put({ runId: "r2", cases: bad("b", "c"), errorType: "timeout" });
    await put({ runId: "r3", cases: [kase("a", "errored"), ...bad("d")], errorType: "network" });
    await put({ runId: "r4", suite: "e2e", cases: bad("a"), errorType: "timeout" });
    await put({ runId: "old", cases: bad("z"), errorType: "crash", ...ended(T0 - 3 * HOUR) });
    expect(await windows()).toEqual({ "unit timeout": [3, HOUR], "unit network": [2, HOUR], "e2e timeout": [1, HOUR] });
    clock.advance(HOUR - 1);
    await tick(store);
    expect((await windows())["unit timeout"]).toEqual([3, HOUR]);
    clock.advance(1);
    const before = await store.generation();
    await tick(store);
    expect(await windows()).toMatchObject({ "unit timeout": [2, HOUR], "unit network": [2, HOUR] });
    expect((await store.changesSince(before)).errorWindows.map((row) => row.errorType)).toContain("timeout");
    clock.advance(HOUR);
    await tick(store);
    expect(await windows()).toEqual({ "unit timeout": [0, HOUR], "unit network": [0, HOUR], "e2e timeout": [0, HOUR] });
    const quiet = await store.generation();
    clock.advance(DAY);
    await tick(store);
    expect(await store.generation()).toBe(quiet);
  });

  test("tests of a deleted or moved run leave the error window unless another run has them", async () => {
    const { store, put } = bench;
    const affected = async () =>
      Object.fromEntries(
        (await store.changesSince(0)).errorWindows.map((row) => [row.scope.environment, row.affectedTests]),
      );
    const bad = (...names: string[]) => names.map((name) => kase(name, "failed"));
    await put({ runId: "r1", cases: bad("a", "b") });
    await put({ runId: "r2", cases: bad("b", "c") });
    await put({ runId: "r3", cases: bad("d") });
    expect(await affected()).toEqual({ ci: 4 });
    await remove(store, { runId: "r2" });
    expect(await affected()).toEqual({ ci: 3 });
    await move(store, { runId: "r3" }, { environment: "staging" });
    expect(await affected()).toEqual({ ci: 2, staging: 1 });
  });

  test("a failure that a retry made good counts in no window", async () => {
    const { store, put } = bench;
    const open = { completion: { when: "quiet", quietMs: HOUR } } as const;
    await put({ ...open, part: "1", cases: [kase("a", "failed"), kase("b", "failed")] });
    await put({ ...open, part: "1#2", cases: ["a"] });
    await finish(store);
    expect((await store.changesSince(0)).errorWindows).toMatchObject([{ affectedTests: 1 }]);
  });

  test("a view that applies changes one by one ends where a full read does", async () => {
    const { store, put, clock } = bench;
    const view = new View();
    const steps = [
      () => put({ cases: ["a", kase("b", "failed")] }),
      () => put({ runId: "r2", cases: ["a"], coverage: { lineRatio: 1 } }),
      () => remove(store, { runId: "r2" }),
      () => put({ runId: "r3", branchLabel: "pull_request", cases: ["a"] }),
      () => move(store, {}, { project: "other" }),
      async () => {
        clock.advance(3 * HOUR);
        await tick(store);
      },
    ];
    for (const step of steps) {
      await step();
      view.apply(await store.changesSince(view.generation));
      expect(view.content).toEqual(new View().apply(await store.changesSince(0)).content);
    }
  });
}
