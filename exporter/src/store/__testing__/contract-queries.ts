/** Lists, pages, filters and the aggregations of R1. */
import { expect, test } from "vitest";
import type { RunFilter, StoreReader } from "../../model/store.ts";
import type { Outcome } from "../../model/test.ts";
import type { Bench } from "./contract.ts";
import { allPages, casesOf, codeOf, DAY, finish, HOUR, kase, MINUTE, measure, T0 } from "./support.ts";

const ended = (endedAtMs: number, durationSeconds = 0) => ({ meta: { endedAtMs, durationSeconds } });
const runIds = async (store: StoreReader, filter: RunFilter) =>
  (await store.runs(filter, { limit: 1000 })).items.map((run) => run.runId);

export function describeQueries(bench: Bench): void {
  test("runs come newest first by end, in pages without gap or duplicate, also among equal ends", async () => {
    const { store, put } = bench;
    for (let i = 0; i < 23; i++) await put({ runId: `r${i}`, ...ended(T0 - (i % 5) * MINUTE) });
    const all = (await store.runs({}, { limit: 1000 })).items;
    expect(all).toHaveLength(23);
    expect(all.map((run) => run.endedAtMs)).toEqual(all.map((run) => run.endedAtMs).sort((a, b) => b - a));
    for (const limit of [1, 2, 7, 22, 23, 24])
      expect(await allPages((cursor) => store.runs({}, { limit, cursor }))).toEqual(all);
    // A run that arrives between two pages moves nothing.
    const first = await store.runs({}, { limit: 10 });
    await put({ runId: "new", ...ended(T0) });
    const rest = await allPages((cursor) => store.runs({}, { limit: 10, cursor: cursor ?? first.nextCursor }));
    expect([...first.items, ...rest]).toEqual(all);
  });

  test.each([0, -1, 1001, 1.5, Number.NaN])("a page of %d is refused", async (limit) => {
    const { store, put } = bench;
    await put();
    expect(await codeOf(store.runs({}, { limit }))).toBe("REQUEST_INVALID");
    expect(await codeOf(store.cases("r1", {}, { limit }))).toBe("REQUEST_INVALID");
  });

  test.each(["", "x", "!!", "WzFd", "W10", "eyJhIjoxfQ", "bnVsbA", "WzEuNSwyXQ"])(
    "cursor %j is refused",
    async (cursor) => {
      const { store, put } = bench;
      await put();
      expect(await codeOf(store.runs({}, { limit: 1, cursor }))).toBe("REQUEST_INVALID");
      expect(await codeOf(store.cases("r1", {}, { limit: 1, cursor }))).toBe("REQUEST_INVALID");
    },
  );

  test("runs are filtered by each field and by all together", async () => {
    const { store, put } = bench;
    await put({ runId: "a", cases: ["x"], ...ended(T0 - 3 * HOUR) });
    await put({ runId: "b", project: "other", cases: ["x"], ...ended(T0 - 2 * HOUR) });
    await put({ runId: "c", environment: "staging", suite: "e2e", cases: [kase("x", "failed")], ...ended(T0 - HOUR) });
    await put({ runId: "d", branch: "feature/1", branchLabel: "pull_request", ...ended(T0) });
    expect(await runIds(store, {})).toEqual(["d", "c", "b", "a"]);
    expect(await runIds(store, { project: "other" })).toEqual(["b"]);
    expect(await runIds(store, { environment: "staging" })).toEqual(["c"]);
    expect(await runIds(store, { suite: "e2e" })).toEqual(["c"]);
    expect(await runIds(store, { branch: "feature/1" })).toEqual(["d"]);
    expect(await runIds(store, { branch: "pull_request" })).toEqual(["d"]);
    expect(await runIds(store, { status: "failed" })).toEqual(["c"]);
    expect(await runIds(store, { status: "empty" })).toEqual(["d"]);
    expect(await runIds(store, { fromMs: T0 - 2 * HOUR, toMs: T0 })).toEqual(["c", "b"]);
    expect(
      await runIds(store, {
        project: "shop",
        environment: "staging",
        suite: "e2e",
        branch: "main",
        status: "failed",
        fromMs: 0,
        toMs: T0,
      }),
    ).toEqual(["c"]);
    expect(await runIds(store, { project: "shop", suite: "none" })).toEqual([]);
    expect(await store.facets()).toEqual({
      projects: ["other", "shop"],
      environments: ["ci", "staging"],
      suites: ["e2e", "unit"],
      branches: ["main", "pull_request"],
    });
  });

  test("cases are filtered by outcome, suite, words in name or path, and final attempt; in pages", async () => {
    const { store, put } = bench;
    const retried = { earlierAttempts: [{ outcome: "failed" }] as const };
    await put({
      part: "a",
      completion: { when: "parts", parts: 2 },
      cases: [
        kase("Login works", "passed", { suite: { name: 'say "hi"' }, ...retried }),
        kase("login fails", "failed"),
        kase("ÄRGER", "errored"),
        kase("other", "skipped", { suite: { name: "Checkout" }, className: "Cart" }),
      ],
    });
    await put({ part: "b", suite: "e2e", cases: ["login again"] });
    const names = async (filter: Parameters<StoreReader["cases"]>[1]) =>
      (await casesOf(store, "r1", filter))
        .map((row) => `${row.name}${row.attempt > 1 ? ` (${row.attempt})` : ""}`)
        .sort();
    expect(await names({})).toEqual(["Login works", "Login works (2)", "login again", "login fails", "other", "ÄRGER"]);
    expect(await names({ finalOnly: true })).toEqual([
      "Login works (2)",
      "login again",
      "login fails",
      "other",
      "ÄRGER",
    ]);
    expect(await names({ outcome: ["failed", "errored"] })).toEqual(["Login works", "login fails", "ÄRGER"]);
    expect(await names({ outcome: ["failed", "errored"], finalOnly: true })).toEqual(["login fails", "ÄRGER"]);
    expect(await names({ outcome: [] })).toHaveLength(6);
    expect(await names({ suite: "e2e" })).toEqual(["login again"]);
    expect(await names({ search: "LOGIN", finalOnly: true })).toEqual([
      "Login works (2)",
      "login again",
      "login fails",
    ]);
    expect(await names({ search: "cart" })).toEqual(["other"]);
    expect(await names({ search: 'y "H' })).toEqual(["Login works", "Login works (2)"]);
    for (const mark of ["%", "_", '["', ","]) expect(await names({ search: mark })).toEqual([]);
    for (const limit of [1, 2, 3])
      expect(await allPages((cursor) => store.cases("r1", {}, { limit, cursor }))).toEqual(await casesOf(store));
    expect(await codeOf(store.cases("none", {}, { limit: 1 }))).toBe("NOT_FOUND");
  });

  test("the history of a test: last runs of its project, newest first, all attempts", async () => {
    const { store, put } = bench;
    const outcomes: Outcome[] = ["passed", "failed", "skipped", "passed"];
    for (const [i, outcome] of outcomes.entries())
      await put({ runId: `r${i}`, cases: [kase("x", outcome, { durationSeconds: i })], ...ended(T0 - (9 - i) * HOUR) });
    await put({
      runId: "s",
      environment: "staging",
      cases: [kase("x", "passed", { earlierAttempts: [{ outcome: "errored", failure: { message: "once" } }] })],
    });
    await put({ runId: "p", project: "other", cases: ["x"] });
    await put({ runId: "q", suite: "e2e", cases: ["x"] });
    const { testId } = (await casesOf(store, "r1"))[0]!;
    const { test: found, points } = await store.history(testId, { runs: 10 });
    expect(found).toEqual({ testId, suite: "unit", path: [], name: "x" });
    expect(points.map((one) => [one.run.runId, one.attempt, one.outcome, one.durationSeconds, one.message])).toEqual([
      ["s", 2, "passed", undefined, undefined],
      ["s", 1, "errored", undefined, "once"],
      ["r3", 1, "passed", 3, undefined],
      ["r2", 1, "skipped", 2, undefined],
      ["r1", 1, "failed", 1, "x went wrong"],
      ["r0", 1, "passed", 0, undefined],
    ]);
    expect((await store.history(testId, { runs: 2, environment: "ci" })).points.map((one) => one.run.runId)).toEqual([
      "r3",
      "r2",
    ]);
    for (const id of ["1", "0", "-1", "x", "1e3", "", "99999999999999999999", `${Number.MAX_SAFE_INTEGER}`])
      expect(await codeOf(store.history(id, { runs: 5 }))).toBe("NOT_FOUND");
  });

  test("the execution summary leaves skipped cases out of the pass rate, to 2 decimals", async () => {
    const { store, put } = bench;
    expect(await store.summary({})).toEqual({
      runs: 0,
      counts: { passed: 0, failed: 0, errored: 0, skipped: 0 },
      total: 0,
      executed: 0,
      passRatePercent: null,
      averageDurationSeconds: null,
      startedAtMs: null,
      endedAtMs: null,
    });
    await put({ runId: "skips", cases: [kase("s", "skipped", { durationSeconds: 99 })], ...ended(T0 - 2 * HOUR) });
    expect(await store.summary({})).toMatchObject({
      runs: 1,
      total: 1,
      executed: 0,
      passRatePercent: null,
      averageDurationSeconds: null,
    });
    const cases = [kase("a", "passed", { durationSeconds: 1 }), kase("b", "failed", { durationSeconds: 2 }), "c"];
    await put({ runId: "mixed", part: "a", completion: { when: "parts", parts: 2 }, cases, ...ended(T0 - HOUR, 60) });
    await put({ runId: "mixed", part: "b", suite: "e2e", cases: ["d"], ...ended(T0, 30) });
    expect(await store.summary({})).toEqual({
      runs: 2,
      counts: { passed: 3, failed: 1, errored: 0, skipped: 1 },
      total: 5,
      executed: 4,
      passRatePercent: 75,
      averageDurationSeconds: 1.5,
      startedAtMs: T0 - 2 * HOUR,
      endedAtMs: T0,
    });
    expect(await store.summary({ suite: "unit" })).toMatchObject({
      runs: 2,
      executed: 3,
      passRatePercent: 66.67,
      endedAtMs: T0 - HOUR,
    });
    expect(await store.summary({ suite: "e2e", status: "failed" })).toMatchObject({
      runs: 1,
      executed: 1,
      passRatePercent: 100,
    });
  });

  test("performance per measure: average, extremes, interpolated p95, violations", async () => {
    const { store, put } = bench;
    for (let i = 1; i <= 10; i++) {
      const measures = [
        measure("rt", i / 10, { component: "api" }),
        measure("rps", i, { unit: "per_second" }),
        measure("rt", i, { stat: "max" }),
      ];
      await put({ runId: `r${i}`, measures });
    }
    const found = await store.performance({}, [
      { measure: "rt", stat: "avg", warning: 0.5, critical: 0.9, direction: "higher_is_worse" },
      { measure: "rps", stat: "avg", warning: 3, critical: 1, direction: "lower_is_worse" },
    ]);
    expect(found.map((one) => [one.measure, one.stat, one.component, one.unit])).toEqual([
      ["rps", "avg", undefined, "per_second"],
      ["rt", "avg", "api", "seconds"],
      ["rt", "max", undefined, "seconds"],
    ]);
    expect(found[0]).toMatchObject({
      average: 5.5,
      min: 1,
      max: 10,
      samples: 10,
      warningViolations: 2,
      criticalViolations: 0,
    });
    // numpy.percentile([.1, .2, ..., 1.0], 95) is 0.955.
    expect(found[1]!.p95).toBeCloseTo(0.955, 12);
    expect(found[1]).toMatchObject({ min: 0.1, max: 1, samples: 10, warningViolations: 5, criticalViolations: 1 });
    expect(found[2]).toMatchObject({ samples: 10, warningViolations: null, criticalViolations: null });
    expect(await store.performance({ suite: "none" }, [])).toEqual([]);
  });

  test("failures are grouped by type and message, with the newest one's words; most frequent first", async () => {
    const { store, put } = bench;
    const fail = (name: string, message: string) => kase(name, "failed", { failure: { message } });
    // The newest arrives first, the oldest last.
    await put({
      runId: "new",
      cases: [fail("a", "timeout after 5003 ms"), fail("b", "timeout after 5001 ms")],
      ...ended(T0 - HOUR),
    });
    await put({
      runId: "mid",
      cases: [fail("a", "timeout after 6000 ms"), fail("z", "other")],
      ...ended(T0 - 2 * HOUR),
    });
    await put({ runId: "old", cases: [fail("c", "timeout after 7777 ms")], ...ended(T0 - 3 * HOUR) });
    await put({
      runId: "typed",
      cases: [fail("a", "timeout after 1234 ms")],
      errorType: "timeout",
      ...ended(T0 - 4 * HOUR),
    });
    const found = await store.errors({}, 10);
    const newestRun = await store.run("new");
    expect(found[0]).toEqual({
      errorType: "assertion",
      message: expect.stringMatching(/^timeout after 500[13] ms$/),
      count: 4,
      affectedTests: 3,
      firstAtMs: T0 - 3 * HOUR,
      lastAtMs: T0 - HOUR,
      exampleTests: ["a", "b", "c"],
      lastRun: newestRun.id,
    });
    expect(found.map((one) => [one.errorType, one.count])).toEqual([
      ["assertion", 4],
      ["assertion", 1],
      ["timeout", 1],
    ]);
    expect(await store.errors({}, 1)).toHaveLength(1);
    expect((await store.errors({ toMs: T0 - 2 * HOUR }, 1))[0]).toMatchObject({
      count: 1,
      exampleTests: [expect.any(String)],
    });
    expect(await store.errors({ suite: "none" }, 10)).toEqual([]);
  });

  test("a failure that a later attempt made good is in no group and no example", async () => {
    const { store, put } = bench;
    const fail = (name: string) => kase(name, "failed", { failure: { message: "no" } });
    const open = { completion: { when: "quiet", quietMs: 1 } } as const;
    await put({ ...open, part: "1", cases: [fail("retried"), fail("stays"), ...["e", "f", "g", "h", "i"].map(fail)] });
    await put({ ...open, part: "1#2", cases: ["retried"] });
    await finish(store);
    const [group] = await store.errors({}, 10);
    expect(group).toMatchObject({ count: 6, affectedTests: 6 });
    expect(group!.exampleTests).toHaveLength(5);
    expect(group!.exampleTests).not.toContain("retried");
  });

  test("the daily trend has a point per UTC day with runs; a run is counted once, on the day it ended", async () => {
    const { store, put } = bench;
    const midnight = Date.UTC(2026, 0, 15);
    const two = { completion: { when: "parts", parts: 2 } } as const;
    await put({ runId: "x", part: "a", ...two, cases: ["a"], ...ended(midnight - MINUTE, 60) });
    await put({
      runId: "x",
      part: "b",
      suite: "e2e",
      ...two,
      cases: [kase("a", "failed")],
      ...ended(midnight + MINUTE, 60),
    });
    await put({ runId: "before", cases: ["a", kase("b", "skipped")], ...ended(midnight - 1, 10) });
    await put({ runId: "first", cases: [], ...ended(midnight - 29 * DAY, 4) });
    await put({ runId: "too old", cases: ["a"], ...ended(midnight - 29 * DAY - 1) });
    const counts = { passed: 0, failed: 0, errored: 0, skipped: 0 };
    expect(await store.daily({}, 30, T0)).toEqual([
      { day: "2025-12-17", runs: 1, counts, passRatePercent: null, averageRunSeconds: 4 },
      {
        day: "2026-01-14",
        runs: 1,
        counts: { ...counts, passed: 1, skipped: 1 },
        passRatePercent: 100,
        averageRunSeconds: 10,
      },
      {
        day: "2026-01-15",
        runs: 1,
        counts: { ...counts, passed: 1, failed: 1 },
        passRatePercent: 50,
        averageRunSeconds: 180,
      },
    ]);
    expect(await store.daily({ suite: "e2e" }, 30, T0)).toMatchObject([
      { day: "2026-01-15", runs: 1, averageRunSeconds: 60 },
    ]);
    expect(await store.daily({ toMs: midnight }, 2, T0)).toMatchObject([{ day: "2026-01-14" }]);
    expect(await store.daily({ project: "none" }, 30, T0)).toEqual([]);
  });

  test("size grows with what is stored", async () => {
    const { store, put } = bench;
    const before = await store.size();
    await put({ cases: Array.from({ length: 3_000 }, (_, i) => `test ${i}`) });
    const after = await store.size();
    expect(after.runs).toBe(before.runs + 1);
    expect(after.bytes).toBeGreaterThan(before.bytes);
  });
}
