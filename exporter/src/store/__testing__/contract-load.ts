/** Load tests: what is kept, counted, and shown of the newest. */
import { expect, test } from "vitest";
import type { LoadResult } from "../../model/load.ts";
import type { Bench } from "./contract.ts";
import {
  codeOf,
  counters,
  countersOf,
  HOUR,
  kase,
  load,
  move,
  type PartSpec,
  putPart,
  remove,
  settingsOf,
  T0,
} from "./support.ts";

const HISTOGRAM = { bounds: [0.1, 0.5, 1], counts: [7, 2, 0, 1], sum: 2.5 };
const ended = (endedAtMs: number) => ({ meta: { endedAtMs } });

export function describeLoad(bench: Bench): void {
  const shown = async (store = bench.store) => {
    const { lastRuns } = await store.changesSince(0);
    return Object.fromEntries(
      lastRuns.map(({ scope, load: rows }) => [
        `${scope.suite} ${scope.environment}`,
        rows.map((one) => [one.scenario, one.operation, one.requests]),
      ]),
    );
  };

  test("a load result comes back as it was given, what is not stated stays absent", async () => {
    const { store, put } = bench;
    const full: LoadResult = {
      scenario: "peak",
      operation: "GET /users/{id}",
      requests: 10,
      failures: 1,
      requestsPerSecond: 2.5,
      receivedBytesPerSecond: 1e6,
      latency: { avg: 0.25, min: 0.01, p95: 0.4, p999: 1.5 },
      histogram: HISTOGRAM,
      slices: [
        { startedAtMs: T0 - 2000, seconds: 1, requests: 4, failures: 0, avgSeconds: 0.2, p95Seconds: 0.3, users: 5 },
        { startedAtMs: T0 - 1000, seconds: 1, requests: 0, failures: 0, avgSeconds: undefined, p95Seconds: undefined },
      ],
      users: 50,
    };
    const bare: LoadResult = {
      scenario: undefined,
      operation: undefined,
      requests: undefined,
      failures: undefined,
      requestsPerSecond: undefined,
      latency: {},
    };
    const outcome = await put({ suite: "load", load: [full, bare] });
    expect(outcome).toMatchObject({ run: { status: "measured" }, notes: { loadResults: 2, measures: 0 } });
    expect(await put({ suite: "load", load: [full, bare] })).toMatchObject({
      kind: "duplicate",
      notes: { loadResults: 2 },
    });
    expect((await store.run("r1")).loadResults).toEqual([
      { suite: "load", ...full },
      { suite: "load", ...bare },
    ]);
    // What is not stated is no series, not even one at 0.
    expect(Object.keys(countersOf(await store.changesSince(0), true))).toEqual(
      [
        "load_requests shop/load/ci/main peak|GET /users/{id}",
        "load_failures shop/load/ci/main peak|GET /users/{id}",
        "load_latency shop/load/ci/main peak|GET /users/{id} count",
        "load_latency shop/load/ci/main peak|GET /users/{id} sum",
      ].sort((a, b) => Number(a.startsWith("load_latency")) - Number(b.startsWith("load_latency")) || (a < b ? -1 : 1)),
    );
  });

  test("operations are counted; the total only where its part names no operation of the scenario", async () => {
    const { store, put } = bench;
    await put({
      load: [
        load(undefined, 30, { failures: 3 }),
        load("GET /a", 20, { failures: 3, histogram: HISTOGRAM }),
        load("GET /b", 10),
        load(undefined, 7, { scenario: "soak" }),
        load("GET /a", 5, { scenario: undefined }),
      ],
    });
    expect(await counters(store)).toEqual({
      "load_requests shop/unit/ci/main peak|GET /a": 20,
      "load_requests shop/unit/ci/main peak|GET /b": 10,
      "load_requests shop/unit/ci/main soak|__all__": 7,
      "load_requests shop/unit/ci/main |GET /a": 5,
      "load_failures shop/unit/ci/main peak|GET /a": 3,
      "load_latency shop/unit/ci/main peak|GET /a count": 10,
      "load_latency shop/unit/ci/main peak|GET /a sum": 2.5,
    });
    expect(await shown()).toEqual({
      "unit ci": [
        ["peak", undefined, 30],
        ["peak", "GET /a", 20],
        ["peak", "GET /b", 10],
        ["soak", undefined, 7],
        [undefined, "GET /a", 5],
      ],
    });
  });

  test("a sum of everything beside operations, as k6's summary beside its points, is shown and not counted", async () => {
    const { store, put } = bench;
    const all = load(undefined, 30, { scenario: undefined, failures: 3 });
    const two = { completion: { when: "parts", parts: 2 } } as const;
    await put({ ...two, part: "summary", load: [all] });
    await put({ ...two, part: "points", load: [load("GET /a", 30, { failures: 3 }), load(undefined, 30)] });
    await put({ part: "late", load: [{ ...all, requests: 31 }] });
    expect(await counters(store)).toEqual({
      "load_requests shop/unit/ci/main peak|GET /a": 30,
      "load_failures shop/unit/ci/main peak|GET /a": 3,
    });
    await put({ runId: "r2", load: [all] });
    expect((await counters(store))["load_requests shop/unit/ci/main |__all__"]).toBe(30);
  });

  test("parts of one run add up, also one that comes late; each once", async () => {
    const { store, put } = bench;
    const open = { completion: { when: "parts", parts: 2 } } as const;
    await put({ ...open, part: "a", load: [load(undefined, 4)] });
    expect(await counters(store)).toEqual({});
    await put({ ...open, part: "b", load: [load("GET /a", 10, { histogram: HISTOGRAM })] });
    await put({ part: "c", load: [load("GET /a", 1)] });
    await put({ part: "c", load: [load("GET /a", 1)] });
    expect(await counters(store)).toEqual({
      "load_requests shop/unit/ci/main peak|__all__": 4,
      "load_requests shop/unit/ci/main peak|GET /a": 11,
      "load_latency shop/unit/ci/main peak|GET /a count": 10,
      "load_latency shop/unit/ci/main peak|GET /a sum": 2.5,
    });
  });

  test("series are born at zero, keep their creation time and name the newest run", async () => {
    const { store, put, clock } = bench;
    await put({ load: [load("GET /a", 10)] });
    clock.advance(HOUR);
    await put({ runId: "r2", load: [load("GET /a", 5, { failures: 2, histogram: HISTOGRAM })] });
    const { counters: rows, histograms } = await store.changesSince(0);
    expect(rows.map((row) => [row.counter, row.labels, row.value, row.createdAtMs - T0, row.lastRunId]).sort()).toEqual(
      [
        ["load_failures", ["peak", "GET /a"], 2, 0, "r2"],
        ["load_requests", ["peak", "GET /a"], 15, 0, "r2"],
      ],
    );
    expect(histograms).toMatchObject([
      { histogram: "load_latency", labels: ["peak", "GET /a"], ...HISTOGRAM, createdAtMs: T0 + HOUR, lastRunId: "r2" },
    ]);
  });

  test("a pull request moves counters only, an old run gauges only", async () => {
    const { store, put } = bench;
    await put({ runId: "pr", branch: "feature", branchLabel: "pull_request", load: [load("GET /a", 10)] });
    expect(await shown()).toEqual({});
    await put({ runId: "old", history: true, load: [load("GET /b", 7)], ...ended(T0 - HOUR) });
    expect(await shown()).toEqual({ "unit ci": [["peak", "GET /b", 7]] });
    expect(await counters(store)).toEqual({ "load_requests shop/unit/ci/pull_request peak|GET /a": 10 });
  });

  test("deleted and moved runs leave the counters; the newest run that is left is shown", async () => {
    const { store, put } = bench;
    await put({ runId: "r1", load: [load("GET /a", 10)], ...ended(T0 - HOUR) });
    await put({ runId: "r2", load: [load("GET /a", 20)], ...ended(T0) });
    await put({ runId: "r3", cases: ["a"], ...ended(T0) });
    expect(await shown()).toEqual({ "unit ci": [["peak", "GET /a", 20]] });
    const before = await counters(store);
    await move(store, { runId: "r2" }, { project: "other", environment: "staging" });
    expect(await shown()).toEqual({ "unit ci": [["peak", "GET /a", 10]], "unit staging": [["peak", "GET /a", 20]] });
    await remove(store, { runId: "r1" });
    expect(await shown()).toEqual({ "unit ci": [], "unit staging": [["peak", "GET /a", 20]] });
    expect(await counters(store)).toEqual(before);
    expect(await codeOf(store.run("r1"))).toBe("NOT_FOUND");
  });

  test("a file without times, as three of Locust's four are, does not stretch the run to when it was sent", async () => {
    const { put, clock } = bench;
    const timed = { startedAtMs: T0 - HOUR, endedAtMs: T0 - HOUR + 60_000, durationSeconds: 60 };
    const bare = { yields: "measures", meta: {}, load: [load("GET /a", 1)] } as const;
    const course = { yields: "measures", meta: timed, load: [load(undefined, 1)] } as const;
    for (const [runId, parts] of [
      ["before", [bare, course]],
      ["after", [course, bare]],
      ["both", [bare, course, bare]],
      // k6's summary holds its thresholds as test cases.
      ["thresholds", [{ ...bare, cases: ["p95<250"] }, course]],
    ] as const) {
      let last: Awaited<ReturnType<typeof put>> | undefined;
      for (const [i, part] of parts.entries()) {
        clock.advance(60_000);
        last = await put({ runId, part: `p${i}`, completion: { when: "parts", parts: parts.length }, ...part });
      }
      expect(last?.run, runId).toMatchObject(timed);
    }
  });

  test("a report of measures with test cases passes or fails by them, and is measured without", async () => {
    const { put } = bench;
    const given = { yields: "measures", load: [load("GET /a", 1)] } as const;
    expect((await put({ ...given, runId: "a", cases: ["p95<250"] })).run.status).toBe("passed");
    expect((await put({ ...given, runId: "b", cases: [kase("p95<250", "failed")] })).run.status).toBe("failed");
    expect((await put({ ...given, runId: "c" })).run.status).toBe("measured");
    expect((await put({ ...given, runId: "d", meta: { state: "partial" } })).run.status).toBe("partial");
  });

  test("scenarios and operations beyond their bounds fold, first come first served, and are not shown", async () => {
    const { clock } = bench;
    const small = await bench.open({ bounds: { operations: 2, scenarios: 1 } });
    const put = (spec: PartSpec) => putPart(small.store, clock, spec);
    await put({ load: ["a", "b", "c", "d"].map((operation) => load(operation, 1)), ...ended(T0 - HOUR) });
    const store = await small.reopen();
    await putPart(store, clock, { runId: "r2", load: [load("d", 4), load("b", 2), load("a", 1, { scenario: "x" })] });
    const found = await counters(store);
    const o = "__overflow__";
    expect(found).toEqual({
      "load_requests shop/unit/ci/main peak|a": 1,
      "load_requests shop/unit/ci/main peak|b": 3,
      [`load_requests shop/unit/ci/main peak|${o}`]: 6,
      [`load_requests shop/unit/ci/main ${o}|a`]: 1,
      "folded shop/unit/ci/main operation": 3,
      "folded shop/unit/ci/main scenario": 1,
    });
    expect(await shown(store)).toEqual({ "unit ci": [["peak", "b", 2]] });
  });

  test("no family grows beyond its bound: what has no room is counted in one catch-all", async () => {
    const small = await bench.open({ bounds: { seriesPerFamily: 28 } });
    for (let i = 0; i < 20; i++)
      await putPart(small.store, bench.clock, {
        runId: `r${i}`,
        suite: `s${i % 5}`,
        branchLabel: i % 2 === 0 ? "main" : "pull_request",
        load: [load(`GET /${i}`, 1, { histogram: HISTOGRAM }), load("GET /same", 1, { histogram: HISTOGRAM })],
      });
    const changes = await small.store.changesSince(0);
    const requests = changes.counters.filter((row) => row.counter === "load_requests");
    expect(requests.length).toBeLessThanOrEqual(28);
    expect(requests.reduce((sum, row) => sum + row.value, 0)).toBe(40);
    const latency = changes.histograms.filter((row) => row.histogram === "load_latency");
    expect(latency.length * (3 + 3)).toBeLessThanOrEqual(28);
    expect(latency.flatMap((row) => row.counts).reduce((sum, one) => sum + one, 0)).toBe(400);
    const catchAll = latency.filter((row) => row.labels.every((label) => label === "__overflow__"));
    expect(catchAll.map((row) => row.scope.branch).sort()).toEqual(["__overflow__", "pull_request"]);
    const folded = changes.counters.filter((row) => row.counter === "folded" && row.labels[0] === "operation");
    expect(folded.reduce((sum, row) => sum + row.value, 0)).toBeGreaterThan(0);
  });

  test("a change of bounds keeps every request, also of a run that is open then", async () => {
    const { opened, clock, put } = bench;
    await put({ load: [load("GET /a", 10, { histogram: HISTOGRAM })] });
    const open = { runId: "r2", completion: { when: "parts", parts: 2 } } as const;
    await put({ ...open, part: "a", load: [load("GET /a", 10, { histogram: HISTOGRAM })] });
    const store = await opened.reopen(settingsOf(clock, { loadLatencyBounds: [0.3, 2] }));
    await putPart(store, clock, { ...open, part: "b", load: [] });
    expect((await store.changesSince(0)).histograms).toMatchObject([
      // Between 0.1 and 0.5 s is not known to be within 0.3 s, above 1 s not within 2 s.
      { bounds: [0.3, 2], counts: [14, 4, 2], sum: 5 },
    ]);
  });

  test.each<[string, Partial<LoadResult>]>([
    ["requests that are no count", { requests: 1.5 }],
    ["negative failures", { failures: -1 }],
    ["a rate without end", { requestsPerSecond: Number.POSITIVE_INFINITY }],
    ["a latency that is no number", { latency: { avg: Number.NaN } }],
    ["a histogram that lacks a bucket", { histogram: { ...HISTOGRAM, counts: [1, 2] } }],
    ["a negative sum", { histogram: { ...HISTOGRAM, sum: -1 } }],
  ])("%s are refused, and nothing of the part is kept", async (_, wrong) => {
    const { store, put } = bench;
    expect(await codeOf(put({ load: [load("GET /a", 1), load("GET /b", 1, wrong)] }))).toBe("FORMAT_SCHEMA");
    expect(await counters(store)).toEqual({});
    expect((await store.size()).runs).toBe(0);
  });
}
