/** Runs that wait for more of their parts, and when completed ones had ended. */
import { expect, test } from "vitest";
import type { StoreReader } from "../../model/store.ts";
import type { Bench } from "./contract.ts";
import { addPart, finish, HANG_MS, HOUR, MINUTE, move, type PartSpec, remove, scopeText, T0, tick } from "./support.ts";

/** Runs and the sign of life in minutes since the start. */
async function active(store: StoreReader): Promise<Record<string, [number, number | undefined]>> {
  const rows = (await store.changesSince(0)).active;
  const minutes = (ms: number | undefined) => (ms === undefined ? undefined : (ms - T0) / MINUTE);
  return Object.fromEntries(rows.map(({ scope, runs, heardAtMs }) => [scopeText(scope), [runs, minutes(heardAtMs)]]));
}
const waits = { completion: { when: "parts", parts: 3 }, cases: ["a"] } as const satisfies PartSpec;

export function describeActive(bench: Bench): void {
  test("a run is active from its first part until it completes, once for each suite that it has so far", async () => {
    const { store, put, clock } = bench;
    expect(await active(store)).toEqual({});
    await put({ ...waits, part: "1" });
    expect(await active(store)).toEqual({ "shop/unit/ci/main": [1, 0] });
    clock.advance(MINUTE);
    await put({ ...waits, part: "2", suite: "e2e" });
    // The run as a whole gave a sign of life.
    expect(await active(store)).toEqual({ "shop/unit/ci/main": [1, 1], "shop/e2e/ci/main": [1, 1] });
    await put({ ...waits, part: "3" });
    expect(await active(store)).toEqual({ "shop/unit/ci/main": [0, undefined], "shop/e2e/ci/main": [0, undefined] });
  });

  test("the sign of life is that of the run that has been silent longest", async () => {
    const { store, put, clock } = bench;
    await put({ ...waits, runId: "hung", part: "1" });
    clock.advance(MINUTE);
    await put({ ...waits, runId: "busy", part: "1" });
    clock.advance(MINUTE);
    await put({ ...waits, runId: "busy", part: "2" });
    expect(await active(store)).toEqual({ "shop/unit/ci/main": [2, 0] });
    await finish(store, { runId: "hung" });
    expect(await active(store)).toEqual({ "shop/unit/ci/main": [1, 2] });
  });

  test("a run that completes with its first part never is; nor are pull requests, old runs and what folded", async () => {
    const { put, open } = bench;
    const { store } = await open({ bounds: { suitesPerProject: 1 } });
    const add = (spec: PartSpec) => store.write((tx) => addPart(tx, bench.clock, spec));
    await put();
    await add({ runId: "r0" });
    await add({ ...waits, runId: "pr", branchLabel: "pull_request" });
    await add({ ...waits, runId: "old", history: true });
    await add({ ...waits, runId: "folded", suite: "second" });
    expect(await active(store)).toEqual({});
    expect(await active(bench.store)).toEqual({});
  });

  test("what is given up, finished, deleted or moved is active no longer, or elsewhere", async () => {
    const { store, put, clock } = bench;
    for (const runId of ["given-up", "finished", "deleted", "moved"]) await put({ ...waits, runId });
    expect(await active(store)).toEqual({ "shop/unit/ci/main": [4, 0] });
    await remove(store, { runId: "deleted" });
    await finish(store, { runId: "finished" }, "cancelled");
    await move(store, { runId: "moved" }, { environment: "staging" });
    expect(await active(store)).toEqual({ "shop/unit/ci/main": [1, 0], "shop/unit/staging/main": [1, 0] });
    clock.advance(HANG_MS + 1);
    await tick(store);
    expect(await active(store)).toEqual({
      "shop/unit/ci/main": [0, undefined],
      "shop/unit/staging/main": [0, undefined],
    });
  });

  test("a restart and a reader that follows see the same", async () => {
    const { store, put, opened, clock } = bench;
    await put({ ...waits, part: "1" });
    const before = await store.generation();
    clock.advance(MINUTE);
    await put({ ...waits, part: "2" });
    expect((await store.changesSince(before)).active).toMatchObject([{ runs: 1, heardAtMs: T0 + MINUTE }]);
    const reopened = await opened.reopen();
    expect(await active(reopened)).toEqual({ "shop/unit/ci/main": [1, 1] });
    const same = await reopened.generation();
    expect((await reopened.changesSince(same)).active).toEqual([]);
  });

  test.each([
    ["a stated end", { endedAtMs: T0 - MINUTE }, {}, T0 - MINUTE],
    ["a start and how long", { startedAtMs: T0 - HOUR, durationSeconds: 60 }, {}, T0 - HOUR + MINUTE],
    ["the flag's start and how long", { durationSeconds: 60 }, { startedAtMs: T0 - HOUR }, T0 - HOUR + MINUTE],
    ["an end in the future, which is the receipt", { endedAtMs: T0 + HOUR }, {}, T0],
    ["no time at all", {}, {}, undefined],
    ["a duration alone", { durationSeconds: 60 }, {}, undefined],
    ["a start alone", { startedAtMs: T0 - HOUR }, {}, undefined],
    ["the flag alone", {}, { startedAtMs: T0 - HOUR }, undefined],
  ])("when a completed run had ended is known from its report: %s", async (_, meta, more, statedEndMs) => {
    const { store, clock } = bench;
    const done = await store.write(async (tx) => {
      await addPart(tx, clock, { meta, cases: ["a"], ...more });
      return tx.completions();
    });
    expect(done).toEqual([{ statedEndMs, history: false }]);
  });

  test("of several parts the newest end counts, and it is not known when that part states none", async () => {
    const { store, clock, put } = bench;
    const two = { completion: { when: "parts", parts: 2 } } as const;
    const complete = (spec: PartSpec) =>
      store.write(async (tx) => {
        await addPart(tx, clock, { ...two, part: "2", cases: ["b"], ...spec });
        return tx.completions();
      });
    for (const runId of ["both", "one", "late"])
      await put({ ...two, runId, part: "1", cases: ["a"], meta: { endedAtMs: T0 - HOUR } });
    expect(await complete({ runId: "both", meta: { endedAtMs: T0 - MINUTE } })).toEqual([
      { statedEndMs: T0 - MINUTE, history: false },
    ]);
    expect(await complete({ runId: "one" })).toEqual([{ statedEndMs: undefined, history: false }]);
    // Coverage without a time says nothing of when the run was.
    expect(await complete({ runId: "late", cases: undefined as never, coverage: { lineRatio: 1 } })).toEqual([
      { statedEndMs: T0 - HOUR, history: false },
    ]);
  });

  test("a duplicate, a late part and what was undone complete nothing", async () => {
    const { store, clock, put } = bench;
    await put();
    const done = await store.write(async (tx) => {
      await addPart(tx, clock, {});
      await addPart(tx, clock, { part: "late", cases: ["b"] });
      await addPart(tx, clock, { runId: "r2", fails: new Error("cut short") }).catch(() => {});
      await addPart(tx, clock, { runId: "r3", history: true, meta: { endedAtMs: T0 - HOUR } });
      return tx.completions();
    });
    expect(done).toEqual([{ statedEndMs: T0 - HOUR, history: true }]);
  });
}
