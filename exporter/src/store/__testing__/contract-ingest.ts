/** Atomic, idempotent, one identity per test. */
import { expect, test } from "vitest";
import { AppError } from "../../errors.ts";
import type { StoreReader } from "../../model/store.ts";
import type { Bench } from "./contract.ts";
import { addPart, allPages, casesOf, codeOf, counters, kase, keyOf, measure, move, putPart, T0 } from "./support.ts";

const BAD = new AppError("FORMAT_SYNTAX", "cut short");

export function describeIngest(bench: Bench): void {
  test("a part comes back as it was given", async () => {
    const { store, put } = bench;
    const outcome = await put({
      more: { commit: "abc", runUrl: "https://ci/1", executor: "ann", testPlanId: "tp" },
      cases: [
        kase("adds", "passed", {
          suite: { name: "inner", parent: { name: "outer" } },
          className: "Calc",
          durationSeconds: 0.25,
        }),
        kase("divides", "failed", {
          failure: { message: "by zero", type: "E", stack: "at x", expected: "1", actual: "2" },
          output: "log",
          file: "calc.ts",
          line: 7,
          attachments: [{ kind: "log", path: "a.log" }],
        }),
        kase("waits", "skipped"),
      ],
      measures: [measure("latency", 0.5, { component: "api", tags: { zone: "b" } })],
      coverage: { lineRatio: 0.9, uncoveredFiles: ["a.ts"] },
      meta: { framework: "vitest", startedAtMs: T0 - 5_000, endedAtMs: T0 - 1_000, durationSeconds: 3 },
    });
    const counts = { passed: 1, failed: 1, errored: 0, skipped: 1 };
    expect(outcome).toMatchObject({ kind: "stored", counts, run: { status: "failed", counts, suites: ["unit"] } });
    const run = await store.run("r1");
    expect(run).toMatchObject({
      ...keyOf(),
      branch: "main",
      branchLabel: "main",
      commit: "abc",
      runUrl: "https://ci/1",
      executor: "ann",
      framework: "vitest",
      status: "failed",
      startedAtMs: T0 - 5_000,
      endedAtMs: T0 - 1_000,
      receivedAtMs: T0,
      completedAtMs: T0,
      durationSeconds: 3,
      partsReceived: 1,
      history: false,
      suiteResults: [{ suite: "unit", counts, coverage: { lineRatio: 0.9, uncoveredFiles: ["a.ts"] } }],
      parts: [{ name: "report", format: "junit", source: "report.xml", contentHash: "00", cases: 3 }],
      measures: [{ suite: "unit", name: "latency", value: 0.5, component: "api", tags: { zone: "b" } }],
    });
    const failed = {
      path: [],
      name: "divides",
      outcome: "failed",
      durationSeconds: undefined,
      message: "by zero",
      errorClass: "E",
      errorType: "assertion",
      stack: "at x",
      expected: "1",
      actual: "2",
      output: "log",
      file: "calc.ts",
      line: 7,
      attachments: [{ kind: "log", path: "a.log" }],
    };
    expect(await casesOf(store)).toMatchObject([
      { path: ["outer", "inner", "Calc"], name: "adds", outcome: "passed", attempt: 1, durationSeconds: 0.25 },
      failed,
      { name: "waits", outcome: "skipped", message: undefined },
    ]);
    expect((await store.run(run.id)).runId).toBe("r1");
  });

  test("nobody sees a part before its transaction is durable, not even on the same store object", async () => {
    const { store, opened, clock } = bench;
    const reader = await opened.reader();
    const before = await store.changesSince(0);
    await store.write(async (tx) => {
      const during = async () => expect(await codeOf(reader.run("r1"))).toBe("NOT_FOUND");
      await addPart(tx, clock, { cases: ["a"], during });
      for (const one of [store, reader]) {
        expect((await one.runs({}, { limit: 10 })).items).toEqual([]);
        expect(await one.changesSince(0)).toEqual(before);
      }
    });
    for (const one of [store, reader]) expect((await one.run("r1")).counts.passed).toBe(1);
  });

  test("a transaction that rejects leaves nothing, and the next one works", async () => {
    const { store, clock, put } = bench;
    const before = await store.changesSince(0);
    const failing = store.write(async (tx) => {
      await addPart(tx, clock, { cases: ["a"], measures: [measure("m", 1)] });
      throw BAD;
    });
    expect(await codeOf(failing)).toBe("FORMAT_SYNTAX");
    expect(await store.changesSince(0)).toEqual(before);
    expect(await store.facets()).toEqual({ projects: [], environments: [], suites: [], branches: [] });
    await put({ cases: ["a", "b"] });
    expect((await casesOf(store)).map((one) => one.name)).toEqual(["a", "b"]);
  });

  test("one failed part among good ones: its rows are undone, the others stay", async () => {
    const { store, clock, opened } = bench;
    await store.write(async (tx) => {
      await addPart(tx, clock, { runId: "good-1", cases: ["a", "x"] });
      const many = Array.from({ length: 250 }, (_, i) => `new ${i}`);
      const bad = { runId: "bad", cases: [...many, kase("b", "failed")], fails: BAD };
      expect(await codeOf(addPart(tx, clock, bad))).toBe("FORMAT_SYNTAX");
      const worse = { runId: "good-1", part: "bad", cases: ["y"], fails: BAD };
      expect(await codeOf(addPart(tx, clock, worse))).toBe("FORMAT_SYNTAX");
      await addPart(tx, clock, { runId: "good-2", cases: ["a", "new 3"] });
    });
    const check = async (one: StoreReader) => {
      expect((await one.runs({}, { limit: 10 })).items.map((run) => run.runId)).toEqual(["good-2", "good-1"]);
      expect((await casesOf(one, "good-1")).map((row) => row.name)).toEqual(["a", "x"]);
      expect((await casesOf(one, "good-2")).map((row) => row.name)).toEqual(["a", "new 3"]);
      expect(await counters(one)).toEqual({
        "runs shop//ci/main passed": 2,
        "executions shop/unit/ci/main passed": 4,
        "run_duration shop/unit/ci/main count": 2,
        "run_duration shop/unit/ci/main sum": 0,
      });
    };
    await check(store);
    await check(await opened.reopen());
  });

  test("what a failed part left behind does not come with the next operation", async () => {
    const { store, clock, put } = bench;
    await put({ cases: ["a"] });
    await store.write(async (tx) => {
      await codeOf(addPart(tx, clock, { runId: "bad", cases: ["left", "behind"], fails: BAD }));
      await tx.moveRun(keyOf(), { project: "other" });
    });
    await put({ runId: "next", cases: ["b"] });
    expect((await casesOf(store)).map((row) => row.name)).toEqual(["a"]);
    expect((await casesOf(store, "next")).map((row) => row.name)).toEqual(["b"]);
    expect((await store.runs({}, { limit: 10 })).items).toHaveLength(2);
  });

  test("an operation that fails inside a transaction leaves the others alone", async () => {
    const { store, clock, put } = bench;
    await put({ cases: ["a"] });
    await put({ runId: "r2", cases: ["a"] });
    await store.write(async (tx) => {
      expect(await codeOf(tx.moveRun(keyOf(), { runId: "r2" }))).toBe("STORE_CONFLICT");
      expect(await codeOf(tx.deleteRun(keyOf({ runId: "none" })))).toBe("NOT_FOUND");
      expect(await codeOf(tx.finishRun(keyOf({ runId: "none" })))).toBe("NOT_FOUND");
      await addPart(tx, clock, { runId: "r3", cases: ["a"] });
    });
    expect((await store.runs({}, { limit: 10 })).items.map((run) => run.runId).sort()).toEqual(["r1", "r2", "r3"]);
  });

  test("transactions take turns", async () => {
    const { store, put } = bench;
    const during = () => new Promise<void>((resolve) => setImmediate(resolve));
    await Promise.all(Array.from({ length: 20 }, (_, i) => put({ runId: `r${i}`, cases: ["a"], during })));
    expect(await counters(store)).toMatchObject({ "executions shop/unit/ci/main passed": 20 });
  });

  test("the same part again is a no-op that tells what is stored; with other content it is a conflict", async () => {
    const { store, put, opened } = bench;
    const cases = ["a", kase("b", "failed")];
    await put({ cases });
    const before = await store.changesSince(0);
    const again = await put({ cases, fails: new Error("must not be read") });
    expect(again).toMatchObject({
      kind: "duplicate",
      counts: { passed: 1, failed: 1, errored: 0, skipped: 0 },
      run: { runId: "r1", partsReceived: 1 },
    });
    expect(await codeOf(put({ hash: "01", cases: ["c"] }))).toBe("STORE_CONFLICT");
    const reopened = await opened.reopen();
    expect(await reopened.changesSince(0)).toEqual(before);
    expect(await reopened.generation()).toBe(before.generation);
    expect(await casesOf(reopened)).toHaveLength(2);
  });

  test("a run is known by project, environment and run id together", async () => {
    const { store, put } = bench;
    await put({ cases: ["a"] });
    await put({ project: "other", cases: ["a"] });
    await put({ environment: "staging", cases: ["a"] });
    const { items } = await store.runs({}, { limit: 10 });
    expect(new Set(items.map((run) => run.id)).size).toBe(3);
    expect(await codeOf(store.run("r1"))).toBe("REQUEST_INVALID");
    expect(await codeOf(store.run("none"))).toBe("NOT_FOUND");
    expect((await store.run(items[0]!.id)).id).toBe(items[0]!.id);
  });

  test("names repeated in one part are distinct tests, the same ones in each run", async () => {
    const { store, put, opened, clock } = bench;
    const cases = ["same", "same", "same #2", "same"];
    await put({ cases });
    const first = await casesOf(store);
    expect(first.map((row) => row.name)).toEqual(["same", "same #2", "same #2 #2", "same #3"]);
    await codeOf(put({ runId: "bad", cases, fails: BAD }));
    await put({ runId: "r2", cases });
    const reopened = await opened.reopen();
    await putPart(reopened, clock, { runId: "r3", cases });
    for (const runId of ["r2", "r3"])
      expect((await casesOf(reopened, runId)).map((row) => row.testId)).toEqual(first.map((row) => row.testId));
  });

  test("tests of the same name in other suites, paths and projects are other tests", async () => {
    const { store, put } = bench;
    const A = { name: "A" };
    const cases = [
      "a",
      kase("a", "passed", { suite: A }),
      kase("a", "passed", { className: "A", suite: { name: "B" } }),
    ];
    await put({ cases });
    await put({ runId: "r2", suite: "e2e", cases });
    await put({ runId: "r3", project: "other", cases });
    const rows = (await Promise.all(["r1", "r2", "r3"].map((run) => casesOf(store, run)))).flat();
    expect(new Set(rows.map((row) => row.testId)).size).toBe(9);
  });

  test.each([
    ["quotes", `it's "quoted"; DROP TABLE run; --`],
    ["a NUL", "a\0b"],
    ["emoji", "👩‍👩‍👧 über"],
    ["half an emoji", "cut \ud83d"],
    ["1000 characters", `${"x".repeat(999)}ß`],
    ["__proto__", "__proto__"],
    ["constructor", "constructor"],
    ["line breaks", "a\nb\r\nc"],
    ["marks of patterns", "100%_*?[a]"],
    ["JSON", '{"a":["b"]}'],
    ["a backslash", "C:\\new\\u0041"],
  ])("a name with %s is kept, found, and the same test after a restart", async (_, name) => {
    const { put, opened, clock } = bench;
    const failure = { message: name, type: name };
    const spec = {
      suite: name,
      cases: [
        kase(name, "failed", { suite: { name }, className: `${name}!`, failure, file: name }),
        kase(`${name} other`),
      ],
      measures: [measure(name, 1, { component: name, tags: { [name]: name } })],
    };
    await put(spec);
    const store = await opened.reopen();
    await putPart(store, clock, { ...spec, runId: "r2" });
    const stored = name.toWellFormed();
    const [first, second] = await Promise.all([casesOf(store, "r1"), casesOf(store, "r2")]);
    expect(second.map((row) => row.testId)).toEqual(first.map((row) => row.testId));
    expect(second[0]).toMatchObject({ name: stored, outcome: "failed", suite: stored });
    expect(second[0]!.message!.toWellFormed()).toBe(stored);
    expect(second[0]!.path[0]!.toWellFormed()).toBe(stored);
    expect((await store.run("r2")).measures[0]!.measure).toBe(stored);
    expect(await store.errors({}, 10)).toMatchObject([{ count: 2, affectedTests: 1, exampleTests: [stored] }]);
    expect((await store.facets()).suites).toEqual([stored]);
    expect((await store.runs({ suite: name }, { limit: 10 })).items).toHaveLength(2);
    expect(await casesOf(store, "r2", { search: stored })).toHaveLength(2);
    await putPart(store, clock, { ...spec, runId: "r2", part: "late", cases: ["new"] });
    expect((await counters(store))[`executions shop/${stored}/ci/main passed`]).toBe(3);
  });

  test("an unusable duration counts as absent, a huge one is kept", async () => {
    const { store, put } = bench;
    const seconds = [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 0, 1e9, 0.000_000_4];
    const cases = seconds.map((durationSeconds, i) => kase(`t${i}`, "passed", { durationSeconds }));
    await put({ cases, meta: { durationSeconds: -3 } });
    const none = undefined;
    expect((await casesOf(store)).map((row) => row.durationSeconds)).toEqual([none, none, none, none, 0, 1e9, 0]);
    expect((await store.changesSince(0)).histograms).toMatchObject([
      { histogram: "case_duration", counts: [2, 0, 0, 1], sum: 1e9 },
      { histogram: "run_duration", counts: [1, 0, 0], sum: 0 },
    ]);
  });

  test("a measure that is no number is refused with its part", async () => {
    const { store, put } = bench;
    expect(await codeOf(put({ cases: ["a"], measures: [measure("m", Number.NaN)] }))).toBe("FORMAT_SCHEMA");
    expect((await store.runs({}, { limit: 1 })).items).toEqual([]);
  });

  test("a large part is stored in pieces and read in pages", async () => {
    const { store, put } = bench;
    const names = Array.from({ length: 2_345 }, (_, i) => `test ${i}`);
    await put({ cases: names.map((name, i) => kase(name, "passed", { suite: { name: `s${i % 7}` } })) });
    const rows = await allPages((cursor) => store.cases("r1", {}, { limit: 100, cursor }));
    expect(rows.map((row) => row.name).sort()).toEqual([...names].sort());
    expect(new Set(rows.map((row) => row.testId)).size).toBe(names.length);
  });

  test("two writers on one store keep tests, counters and label bounds consistent", async () => {
    const { opened, clock, store } = bench;
    const other = await opened.otherWriter();
    for (let i = 0; i < 6; i++) {
      const cases = ["shared", `own ${i}`, `own ${i - 1}`, kase("deep", "passed", { suite: { name: `s${i >> 1}` } })];
      await putPart(i % 2 === 0 ? store : other, clock, { runId: `r${i}`, cases });
      if (i === 2) await move(other, { runId: "r0" }, { runId: "moved" });
    }
    const ids = new Map<string, Set<string>>();
    for (const runId of ["moved", "r1", "r2", "r3", "r4", "r5"])
      for (const row of await casesOf(store, runId)) {
        const name = JSON.stringify([row.path, row.name]);
        ids.set(name, (ids.get(name) ?? new Set()).add(row.testId));
      }
    expect([...ids.values()].map((set) => set.size)).toEqual([...ids].map(() => 1));
    expect(new Set([...ids.values()].flatMap((set) => [...set])).size).toBe(ids.size);
    expect(await counters(store)).toMatchObject({
      "executions shop/unit/ci/main passed": 24,
      "runs shop//ci/main passed": 6,
    });
  });
}
