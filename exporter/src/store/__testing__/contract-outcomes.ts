/** Outcomes of tests over the runs of their suite. */
import { describe, expect, test } from "vitest";
import type { DueSuite, SuiteVerdict } from "../../model/outcomes.ts";
import { failureSignature } from "../../model/signature.ts";
import type { Store, StoreReader } from "../../model/store.ts";
import type { Bench } from "./contract.ts";
import {
  allPages,
  codeOf,
  counters,
  countersOf,
  finish,
  HOUR,
  kase,
  load,
  MINUTE,
  measure,
  move,
  putPart,
  T0,
} from "./support.ts";

const at = (hours: number) => ({ meta: { endedAtMs: T0 - hours * HOUR } });
const suitesOf = (store: StoreReader, filter = {}, runs = 10) =>
  allPages((cursor) => store.suiteRuns(filter, runs, { limit: 2, cursor }));

/** `{ "a": "r1 failed, r2 passed after failure" }`, of the runs with these ids. */
async function troubles(store: StoreReader, runIds: readonly string[], suite = "unit") {
  const runs = await Promise.all(runIds.map((id) => store.run(id)));
  const idOf = new Map(runs.map(({ id, runId }) => [id, runId]));
  const out: Record<string, string> = {};
  const uuids = runs.map(({ id }) => id);
  for await (const { path, name, results } of store.troubledTests(suite, uuids))
    out[[...path, name].join(" > ")] = results
      .map((one) => `${idOf.get(one.runUuid)} ${one.outcome}${one.failedBefore ? " after failure" : ""}`)
      .join(", ");
  return out;
}

export function describeOutcomes(bench: Bench): void {
  test("a suite's newest completed runs come oldest first, with what they counted", async () => {
    const { store, put } = bench;
    for (const [i, hours] of [3, 1, 2].entries())
      await put({
        runId: `r${hours}`,
        more: { commit: `c${hours}` },
        cases: ["a", kase("b", i === 0 ? "failed" : "passed")],
        ...at(hours),
      });
    // Open, without a test, of a pull request: none of the suite's history.
    await put({ runId: "open", cases: ["a"], completion: { when: "parts", parts: 2 }, ...at(0) });
    await put({ runId: "load", load: [load("GET /", 10)], ...at(0) });
    await put({ runId: "pr", branch: "x", branchLabel: "pull_request", cases: ["a"], ...at(0) });
    const [found, ...rest] = await suitesOf(store);
    expect(rest).toEqual([]);
    expect(found).toMatchObject({ project: "shop", suite: "unit", environment: "ci", branch: "main" });
    expect(found!.runs.map(({ runId, commit }) => [runId, commit])).toEqual([
      ["r3", "c3"],
      ["r2", "c2"],
      ["r1", "c1"],
    ]);
    expect(found!.runs[0]).toEqual({
      runId: "r3",
      runUuid: (await store.run("r3")).id,
      commit: "c3",
      status: "failed",
      endedAtMs: T0 - 3 * HOUR,
      counts: { passed: 1, failed: 1, errored: 0, skipped: 0 },
      retries: 0,
      history: false,
    });
    expect((await suitesOf(store, {}, 2))[0]!.runs.map(({ runId }) => runId)).toEqual(["r2", "r1"]);
    await finish(store, { runId: "open" });
    expect((await suitesOf(store, {}, 2))[0]!.runs.map(({ runId }) => runId)).toEqual(["r1", "open"]);
  });

  test("suites come in pages and are chosen by each label", async () => {
    const { store, put } = bench;
    await put({ runId: "a", cases: ["x"] });
    await put({ runId: "b", cases: ["x"], project: "other" });
    await put({ runId: "c", cases: ["x"], suite: "e2e" });
    await put({ runId: "d", cases: ["x"], environment: "staging" });
    await put({ runId: "e", cases: ["x"], branch: "release/1", branchLabel: "release/*" });
    const ids = async (filter: object) =>
      (await suitesOf(store, filter)).flatMap(({ runs }) => runs.map(({ runId }) => runId));
    expect(await ids({})).toEqual(["a", "b", "c", "d", "e"]);
    expect(await ids({ project: "other" })).toEqual(["b"]);
    expect(await ids({ suite: "e2e" })).toEqual(["c"]);
    expect(await ids({ environment: "staging" })).toEqual(["d"]);
    expect(await ids({ branch: "release/*" })).toEqual(["e"]);
    expect(await ids({ suite: "none" })).toEqual([]);
    for (const runs of [0, 1.5, 1001, Number.NaN])
      expect(await codeOf(store.suiteRuns({}, runs, { limit: 1 }))).toBe("REQUEST_INVALID");
    expect(await codeOf(store.suiteRuns({}, 1, { limit: 0 }))).toBe("REQUEST_INVALID");
  });

  test("what folded into __overflow__ is no suite's history", async () => {
    const { store } = await bench.open({ bounds: { suitesPerProject: 1 } });
    for (const suite of ["one", "two", "three"])
      await putPart(store, bench.clock, { runId: suite, suite, cases: ["x"] });
    expect((await suitesOf(store)).map(({ suite }) => suite)).toEqual(["one"]);
  });

  test("tests with a bad result or a retry come with all their results; what always passed does not", async () => {
    const { store, put } = bench;
    const retried = kase("b", "passed", { earlierAttempts: [{ outcome: "failed" }] });
    await put({ runId: "r1", cases: ["good", "a", retried, "d", kase("s", "skipped")] });
    await put({ runId: "r2", cases: ["good", kase("a", "failed"), "b", kase("c", "errored"), kase("s", "skipped")] });
    await put({ runId: "r3", cases: ["good", "a", "b", kase("c", "skipped"), "d"] });
    expect(await troubles(store, ["r1", "r2", "r3"])).toEqual({
      a: "r1 passed, r2 failed, r3 passed",
      b: "r1 passed after failure, r2 passed, r3 passed",
      c: "r2 errored, r3 skipped",
    });
    // In the order that was asked for, and of these runs alone.
    expect(await troubles(store, ["r3", "r2"])).toEqual({ a: "r3 passed, r2 failed", c: "r3 skipped, r2 errored" });
    expect(await troubles(store, ["r3"])).toEqual({});
  });

  test("the deciding result of several parts counts, and a suite has its own tests only", async () => {
    const { store, put } = bench;
    const open = { completion: { when: "parts", parts: 3 } } as const;
    await put({ ...open, part: "linux", cases: [kase("a", "failed"), "b"] });
    await put({ ...open, part: "windows", cases: ["a", kase("b", "failed")] });
    await put({ ...open, part: "windows#2", cases: ["b"] });
    await put({ runId: "r2", cases: ["a"] });
    await put({ runId: "r2", part: "e2e", suite: "e2e", cases: [kase("a", "failed")] });
    expect(await troubles(store, ["r1", "r2"])).toEqual({
      a: expect.stringContaining("r1 failed"),
      b: "r1 passed after failure",
    });
    expect(await troubles(store, ["r1", "r2"], "e2e")).toEqual({ a: "r2 failed" });
  });

  test("a failure has the signature that its case record has", async () => {
    const { store, put } = bench;
    const message = "timed out after 1532ms at 10:00:00";
    await put({ cases: [kase("a", "failed", { className: "Cart", failure: { message } }), kase("b", "errored")] });
    const run = await store.run("r1");
    const found: unknown[] = [];
    for await (const one of store.troubledTests("unit", [run.id, "unknown"])) found.push(one);
    const { items } = await store.cases("r1", {}, { limit: 10 });
    expect(found).toEqual(
      items.map(({ testId, path, name, outcome, signature }) => {
        return { testId, path, name, results: [{ runUuid: run.id, outcome, failedBefore: false, signature }] };
      }),
    );
    expect(items[0]!.signature).toBe(failureSignature(["Cart"], "a", message));
  });

  test("more tests than are looked up at once come whole and in order", async () => {
    const { store, put, clock } = bench;
    const names = Array.from({ length: 3_001 }, (_, i) => `t${String(i).padStart(4, "0")}`);
    for (let run = 0; run < 3; run++) {
      clock.advance(MINUTE);
      await put({ runId: `r${run}`, cases: names.map((name, i) => kase(name, i % 3 === run ? "failed" : "passed")) });
    }
    const found = await troubles(store, ["r0", "r1", "r2"]);
    expect(Object.keys(found)).toEqual(names);
    expect(found.t3000).toBe("r0 failed, r1 passed, r2 passed");
    expect(found.t2999).toBe("r0 passed, r1 passed, r2 failed");
  });

  describe("suites are judged", () => {
    const due = async (store: Store) =>
      (await store.dueSuites(100, 10)).map(({ suite, environment, branch, runs }) =>
        [suite, environment, branch, ...runs.map(({ runId }) => runId)].join(" "),
      );
    const verdict = (of: DueSuite, more: Partial<SuiteVerdict> = {}): SuiteVerdict => {
      const { project, suite, environment, branch, mark, runs } = of;
      const commits = runs.flatMap(({ commit }) => commit ?? []);
      const place = { project, suite, environment, branch, mark };
      return { ...place, flaky: 0, commits, twoOutcomes: [], runId: runs.at(-1)?.runId, ...more };
    };
    const judge = (store: Store, ...verdicts: SuiteVerdict[]) => store.write((tx) => tx.judgeSuites(verdicts));
    const only = async (store: Store) => (await store.dueSuites(1, 10))[0]!;

    test("one is due when its runs change, until it is judged; those that wait longest come first", async () => {
      const { store, put } = bench;
      await put({ cases: ["a"] });
      await put({ runId: "pr", branch: "x", branchLabel: "pull_request", cases: ["a"] });
      await put({ runId: "m", suite: "bench", measures: [measure("x", 1)] });
      await put({ runId: "open", suite: "e2e", cases: ["a"], completion: { when: "parts", parts: 2 } });
      expect(await due(store)).toEqual(["unit ci main r1", "unit ci pull_request pr"]);
      expect(await store.dueSuites(1, 10)).toHaveLength(1);
      await judge(store, verdict(await only(store)));
      expect(await due(store)).toEqual(["unit ci pull_request pr"]);
      await finish(store, { runId: "open" });
      await put({ runId: "r2", cases: ["a"] });
      expect((await due(store)).slice(1)).toEqual(["e2e ci main open", "unit ci main r1 r2"]);
    });

    test("what completes while it is judged makes it due again", async () => {
      const { store, put } = bench;
      await put({ cases: ["a"] });
      const before = await only(store);
      await put({ runId: "r2", cases: ["a"] });
      await judge(store, verdict(before));
      expect(await due(store)).toEqual(["unit ci main r1 r2"]);
      await judge(store, verdict(await only(store)));
      expect(await due(store)).toEqual([]);
    });

    test("a run that is deleted or moved makes it due, without runs at last", async () => {
      const { store, put } = bench;
      await put({ cases: ["a"] });
      await judge(store, verdict(await only(store)));
      await move(store, {}, { environment: "staging" });
      expect((await due(store)).sort()).toEqual(["unit ci main", "unit staging main r1"]);
    });

    test("flaky tests are a row that changes when they do, and goes with the runs", async () => {
      const { store, put } = bench;
      await put({ cases: ["a"] });
      const one = await only(store);
      await judge(store, verdict(one, { flaky: 2 }));
      const scope = { project: "shop", suite: "unit", environment: "ci", branch: "main" };
      const g = await store.generation();
      expect((await store.changesSince(0)).suites).toEqual([{ scope, flaky: 2 }]);
      await judge(store, verdict(one, { flaky: 2 }));
      expect(await store.generation()).toBe(g);
      await judge(store, verdict(one, { flaky: undefined }));
      expect((await store.changesSince(g)).suites).toEqual([{ scope, flaky: undefined }]);
      await judge(store, verdict({ ...one, suite: "unknown" }, { flaky: 7 }));
      expect((await store.changesSince(0)).suites).toHaveLength(1);
    });

    test("a test with both outcomes on a commit is counted once, born at zero", async () => {
      const { store, put } = bench;
      await put({ cases: ["a"], more: { commit: "c1" } });
      const name = "flaky shop/unit/ci/main same_commit";
      expect(countersOf(await store.changesSince(0), true)).toMatchObject({ [name]: 0 });
      const one = await only(store);
      const twoOutcomes = [
        { testId: "7", commit: "c1" },
        { testId: "8", commit: "c1" },
      ];
      await judge(store, verdict(one, { twoOutcomes: twoOutcomes.slice(0, 1) }));
      await judge(store, verdict(one, { twoOutcomes }));
      const g = await store.generation();
      await judge(store, verdict(one, { twoOutcomes }));
      expect(await store.generation()).toBe(g);
      expect(await counters(store)).toMatchObject({ [name]: 2 });
      const row = (await store.changesSince(0)).counters.find(({ labels }) => labels[0] === "same_commit");
      expect(row?.lastRunId).toBe("r1");
      // The commit is out of the window, so the pair is forgotten; were it to come back, it would be news.
      await judge(store, verdict(one, { commits: ["c2"] }));
      await judge(store, verdict(one, { twoOutcomes: twoOutcomes.slice(0, 1) }));
      expect(await counters(store)).toMatchObject({ [name]: 3 });
    });
  });
}
