/** Suites that are retired or get another name. */
import { expect, test } from "vitest";
import type { StoreReader } from "../../model/store.ts";
import type { Bench } from "./contract.ts";
import {
  codeOf,
  counters,
  DAY,
  HOUR,
  kase,
  load,
  MINUTE,
  measure,
  newest,
  putPart,
  remove,
  rename,
  retire,
  scopeText,
  T0,
  View,
} from "./support.ts";

const passed = "executions shop/unit/ci/main passed";

/** What a counter reads when its suite has just come back, or undefined. */
async function resumed(store: StoreReader): Promise<Record<string, number>> {
  const rows = (await store.changesSince(0)).counters.filter((row) => row.resumed !== undefined);
  return Object.fromEntries(
    rows
      .filter(({ value }) => value > 0)
      .map((row) => [`${row.counter} ${scopeText(row.scope)} ${row.labels.join("|")}`.trimEnd(), row.resumed!.value]),
  );
}

export function describeSuites(bench: Bench): void {
  test("a retired suite has no rows in any family any more, its neighbours keep theirs, its runs stay", async () => {
    const { store, put, clock } = bench;
    const everything = {
      cases: ["a", kase("b", "failed")],
      measures: [measure("m", 1)],
      load: [load("GET /", 10)],
      coverage: { lineRatio: 0.5 },
    };
    await put(everything);
    await put({ ...everything, runId: "r2", suite: "other" });
    await put({ runId: "open", completion: { when: "parts", parts: 2 } });
    const before = await store.generation();
    clock.advance(MINUTE);
    await retire(store);
    const all = await store.changesSince(0);
    for (const rows of [all.counters, all.histograms, all.lastRuns, all.errorWindows, all.active])
      expect(rows.filter(({ scope }) => scope.suite === "unit")).toEqual([]);
    expect(Object.keys(await counters(store))).toContain("executions shop/other/ci/main passed");
    expect((await store.lastRuns()).map(({ scope }) => scope.suite)).toEqual(["other"]);
    expect(await store.changesSince(before)).toMatchObject({
      counters: [],
      ended: [{ project: "shop", suite: "unit" }],
    });
    expect((await store.run("r1")).counts).toEqual({ passed: 1, failed: 1, errored: 0, skipped: 0 });
    expect(await store.suites({})).toMatchObject([
      { suite: "other", retiredAtMs: undefined, lastRunAtMs: T0, formerNames: [] },
      { suite: "unit", retiredAtMs: T0 + MINUTE, lastRunAtMs: T0, formerNames: [] },
    ]);
  });

  test("a run that ends later brings it back, its counters from where they stood", async () => {
    const { store, put, clock } = bench;
    await put({ cases: ["a", "b", "c"] });
    await retire(store);
    clock.advance(HOUR);
    await put({ runId: "back", cases: ["a", "b"] });
    expect(await newest(store)).toEqual({ "shop/unit/ci/main": "back" });
    expect((await counters(store))[passed]).toBe(5);
    expect(await resumed(store)).toMatchObject({ [passed]: 3 });
    const { counters: rows, histograms } = await store.changesSince(0);
    expect(rows.find(({ labels }) => labels[0] === "passed")).toMatchObject({
      createdAtMs: T0,
      resumed: { atMs: T0 + HOUR, value: 3 },
    });
    expect(histograms.find(({ histogram }) => histogram === "run_duration")).toMatchObject({
      counts: [2, 0, 0],
      resumed: { atMs: T0 + HOUR, counts: [1, 0, 0], sum: 0 },
    });
    expect((await store.suites({}))[0]).toMatchObject({ retiredAtMs: undefined });
  });

  test.each([
    ["an old run that comes later", { meta: { endedAtMs: T0 - DAY } }],
    ["history of before", { history: true, meta: { endedAtMs: T0 - DAY } }],
    ["an old run of a branch never seen", { branchLabel: "release", meta: { endedAtMs: T0 - DAY } }],
  ])("%s is kept and does not bring it back", async (_, spec) => {
    const { store, put, clock } = bench;
    await put({ cases: ["a"] });
    await retire(store);
    clock.advance(HOUR);
    await put({ runId: "old", cases: ["a"], ...spec });
    expect(await newest(store)).toEqual({});
    expect((await store.suites({}))[0]).toMatchObject({ retiredAtMs: T0 });
    // What came unseen is part of what the series begin with: it is not counted as new.
    await put({ runId: "new", cases: ["a"] });
    const total = (await counters(store))[passed]!;
    expect(await resumed(store)).toMatchObject({ [passed]: total - 1 });
  });

  test("only the branch that runs again comes back; a pull request brings back its own counters and not the suite", async () => {
    const { store, put, clock } = bench;
    const pr = { branch: "feature", branchLabel: "pull_request", cases: ["a"] };
    await put({ runId: "r", branchLabel: "release", cases: ["a"] });
    await put({ runId: "m", cases: ["a"] });
    await put({ runId: "p", ...pr });
    await retire(store);
    clock.advance(HOUR);
    await put({ runId: "p2", ...pr });
    expect(Object.keys(await resumed(store))).toContain("executions shop/unit/ci/pull_request passed");
    expect(Object.keys(await counters(store))).not.toContain(passed);
    expect((await store.suites({}))[0]).toMatchObject({ retiredAtMs: T0 });
    await put({ runId: "m2", cases: ["a"] });
    expect(Object.keys(await newest(store))).toEqual(["shop/unit/ci/main"]);
    expect((await store.suites({}))[0]).toMatchObject({ retiredAtMs: undefined });
  });

  test("one that never ran can be retired when the configuration names it, and its first run shows it", async () => {
    const { store, put, clock } = bench;
    expect(await codeOf(retire(store, "planned"))).toBe("NOT_FOUND");
    await retire(store, "planned", true);
    expect(await store.suites({})).toMatchObject([{ suite: "planned", retiredAtMs: T0, lastRunAtMs: undefined }]);
    clock.advance(1);
    await put({ suite: "planned", cases: ["a"] });
    expect(await newest(store)).toEqual({ "shop/planned/ci/main": "r1" });
    expect((await store.suites({}))[0]).toMatchObject({ retiredAtMs: undefined });
  });

  test("its place is free for another suite", async () => {
    const { clock, open } = bench;
    const { store } = await open({ bounds: { suitesPerProject: 1 } });
    await putPart(store, clock, { cases: ["a"] });
    await retire(store);
    await putPart(store, clock, { runId: "r2", suite: "next", cases: ["a"] });
    expect(Object.keys(await newest(store))).toEqual(["shop/next/ci/main"]);
  });

  test("a renamed suite keeps its history, and its counters stay as they are", async () => {
    const { store, put, clock } = bench;
    const one = { cases: ["a", kase("b", "failed")], measures: [measure("m", 1)], load: [load("GET /", 10)] };
    await put({ ...one, coverage: { lineRatio: 0.5 } });
    await put({ ...one, runId: "elsewhere", project: "blog" });
    const before = await counters(store);
    const created = (await store.changesSince(0)).counters.map((row) => row.createdAtMs);
    clock.advance(HOUR);
    await rename(store, "unit-tests");
    const after = await counters(store);
    expect(after).toEqual(
      Object.fromEntries(
        Object.entries(before).map(([key, value]) => [key.replace("shop/unit/", "shop/unit-tests/"), value]),
      ),
    );
    const changes = await store.changesSince(0);
    expect(changes.counters.map((row) => row.createdAtMs).sort()).toEqual(created.sort());
    // Whoever shows them begins with the values they have.
    for (const row of changes.counters.filter(({ scope }) => scope.suite === "unit-tests"))
      expect(row.resumed).toEqual({ atMs: T0 + HOUR, value: row.value });
    expect(changes.ended).toEqual([{ project: "shop", suite: "unit" }]);
    expect(await newest(store)).toEqual({ "shop/unit-tests/ci/main": "r1", "blog/unit/ci/main": "elsewhere" });
    const [run] = (await store.runs({ project: "shop" }, { limit: 1 })).items;
    expect(run!.suites).toEqual(["unit-tests"]);
    const detail = await store.run(run!.id);
    expect([...detail.measures, ...detail.loadResults].map(({ suite }) => suite)).toEqual(["unit-tests", "unit-tests"]);
    const cases = await store.cases(run!.id, { suite: "unit-tests" }, { limit: 10 });
    expect(cases.items.map(({ name, suite }) => [name, suite])).toEqual([
      ["a", "unit-tests"],
      ["b", "unit-tests"],
    ]);
    const series = (await store.series({ project: "shop" }, { limit: 100 })).items;
    expect(new Set(series.map(({ suite }) => suite))).toEqual(new Set(["unit-tests"]));
    expect(await store.suites({ project: "shop" })).toMatchObject([{ suite: "unit-tests", formerNames: ["unit"] }]);
  });

  test("reports under the old label go on the same history: one test, one series, one counter", async () => {
    const { store, put, opened } = bench;
    await put({ cases: ["a"], measures: [measure("m", 1)] });
    await put({ runId: "open", part: "1", completion: { when: "parts", parts: 2 }, cases: ["a"] });
    await rename(store, "unit-tests");
    const part = await put({ runId: "open", part: "2", completion: { when: "parts", parts: 2 }, cases: ["b"] });
    expect(part).toMatchObject({ notes: { suite: "unit-tests" }, run: { suites: ["unit-tests"], status: "passed" } });
    const reopened = await opened.reopen();
    await putPart(reopened, bench.clock, { runId: "r2", cases: ["a"], measures: [measure("m", 2)] });
    const [first] = (await reopened.measureHistory({ kind: "measure" }, { last: 10 }, { limit: 10 })).items;
    expect(first!.points.map(({ value }) => value)).toEqual([1, 2]);
    const test = (await reopened.cases("r2", {}, { limit: 1 })).items[0]!;
    expect((await reopened.history(test.testId, { runs: 10 })).points).toHaveLength(3);
    expect((await counters(reopened))["executions shop/unit-tests/ci/main passed"]).toBe(4);
    const again = await putPart(reopened, bench.clock, { cases: ["a"], measures: [measure("m", 1)] });
    expect(again).toMatchObject({ kind: "duplicate", notes: { suite: "unit-tests" } });
  });

  test("renamed twice, and back: every earlier name leads to the present one", async () => {
    const { store, put } = bench;
    await put({ cases: ["a"] });
    await rename(store, "b");
    await rename(store, "c", "b");
    await put({ runId: "r2", suite: "unit", cases: ["a"] });
    await put({ runId: "r3", suite: "b", cases: ["a"] });
    expect(await store.suites({})).toMatchObject([{ suite: "c", formerNames: ["b", "unit"] }]);
    await rename(store, "unit", "c");
    await put({ runId: "r4", suite: "c", cases: ["a"] });
    expect(await counters(store)).toMatchObject({ [passed]: 4 });
    expect(await store.suites({})).toMatchObject([{ suite: "unit", formerNames: ["b", "c"] }]);
  });

  test("what cannot be renamed is refused, and nothing changes", async () => {
    const { store, put } = bench;
    await put({ cases: ["a"] });
    await put({ runId: "r2", suite: "other", cases: ["a"] });
    await put({ runId: "r3", suite: "third", cases: ["a"] });
    await rename(store, "new-third", "third");
    const before = await store.changesSince(0);
    expect(await codeOf(rename(store, "x", "nothing"))).toBe("NOT_FOUND");
    expect(await codeOf(rename(store, "other"))).toBe("STORE_CONFLICT");
    expect(await codeOf(rename(store, "unit"))).toBe("STORE_CONFLICT");
    expect(await codeOf(rename(store, "third"))).toBe("STORE_CONFLICT");
    expect(await store.changesSince(0)).toEqual(before);
  });

  test("a name whose runs were deleted is taken still: its tests are remembered", async () => {
    const { clock, open } = bench;
    const { store } = await open({ bounds: { suitesPerProject: 1 } });
    await putPart(store, clock, { cases: ["a"] });
    await putPart(store, clock, { runId: "folded", suite: "gone", cases: ["a"] });
    await remove(store, { runId: "folded" });
    expect(await codeOf(rename(store, "gone"))).toBe("STORE_CONFLICT");
  });

  test("what folded can be renamed and retired too, without series of its own", async () => {
    const { clock, open } = bench;
    const { store } = await open({ bounds: { suitesPerProject: 1 } });
    await putPart(store, clock, { cases: ["a"] });
    await putPart(store, clock, { runId: "r2", suite: "folded", cases: ["a"] });
    const before = await counters(store);
    await rename(store, "new", "folded");
    await retire(store, "new");
    expect(await counters(store)).toEqual(before);
    expect((await store.run("r2")).suites).toEqual(["new"]);
  });

  test("a retired suite that is renamed stays retired, and comes back under its new name", async () => {
    const { store, put, clock } = bench;
    await put({ cases: ["a"] });
    await retire(store);
    await rename(store, "new");
    expect(await counters(store)).not.toHaveProperty("executions shop/new/ci/main passed");
    expect(await store.suites({})).toMatchObject([{ suite: "new", retiredAtMs: T0 }]);
    clock.advance(HOUR);
    await put({ runId: "r2", cases: ["a"] });
    expect(await newest(store)).toEqual({ "shop/new/ci/main": "r2" });
  });

  test("a view that applies changes one by one ends where a full read does", async () => {
    const { store, put, clock } = bench;
    const view = new View();
    const lagging = new View();
    const fails = { cases: ["a", kase("b", "failed")] };
    const steps = [
      () => put(fails),
      () => put({ ...fails, runId: "rel", branchLabel: "release" }),
      () => put({ ...fails, runId: "open", completion: { when: "parts", parts: 2 } }),
      () => retire(store),
      () => put({ ...fails, runId: "back", meta: { endedAtMs: clock.now } }),
      () => rename(store, "new"),
      () => put({ ...fails, runId: "under-the-old-name" }),
      () => rename(store, "unit", "new"),
      () => put({ ...fails, runId: "rel2", branchLabel: "release" }),
      () => retire(store),
    ];
    for (const [index, step] of steps.entries()) {
      clock.advance(MINUTE);
      await step();
      const full = new View().apply(await store.changesSince(0)).content;
      expect(view.apply(await store.changesSince(view.generation)).content, `step ${index}`).toEqual(full);
      if (index % 3 === 2)
        expect(lagging.apply(await store.changesSince(lagging.generation)).content, `lagging ${index}`).toEqual(full);
    }
  });
}
