/** Numbers over runs: which series there are, and what they say. */
import { expect, test } from "vitest";
import type { Measure } from "../../model/measure.ts";
import type { Series, SeriesFilter } from "../../model/series.ts";
import type { StoreReader } from "../../model/store.ts";
import type { Bench } from "./contract.ts";
import { allPages, codeOf, finish, HOUR, load, MINUTE, measure, move, remove, T0 } from "./support.ts";

const ended = (endedAtMs: number) => ({ meta: { endedAtMs } });
const benchmark = (name: string, value: number, more: Partial<Measure> = {}): Measure =>
  measure("time", value, { kind: "benchmark", name, measure: "time", ...more });

const keyText = ({ kind, name, measure: what, stat, component, scenario, operation, runnerClass }: Series): string =>
  [kind, name, what, stat, component, scenario, operation, runnerClass].filter((one) => one !== undefined).join(" ");

async function seriesOf(store: StoreReader, filter: SeriesFilter = {}): Promise<string[]> {
  return (await store.series(filter, { limit: 1000 })).items.map(keyText).sort();
}
/** `{ "benchmark sort time avg": [["r1", 1], …] }` */
async function historyOf(store: StoreReader, filter: SeriesFilter = {}, last = 100, untilMs?: number) {
  const { items } = await store.measureHistory(filter, { last, untilMs }, { limit: 1000 });
  return Object.fromEntries(
    items.map(({ series, points }) => [keyText(series), points.map(({ runId, value }) => [runId, value])]),
  );
}

export function describeSeries(bench: Bench): void {
  test("samples, direction and machine of a benchmark come back", async () => {
    const { store, put } = bench;
    const samples = [0.1, 1 / 3, 1e-9, 123456.789];
    await put({
      runnerClass: "linux-x64-8c",
      measures: [benchmark("sort", 0.5, { samples, better: "lower" }), measure("hit_rate", 0.9, { unit: "ratio" })],
    });
    const { measures } = await store.run("r1");
    expect(measures[0]).toMatchObject({ name: "sort", samples, better: "lower", runnerClass: "linux-x64-8c" });
    // Only benchmarks depend on the machine that runs them.
    expect(measures[1]).toMatchObject({ name: "hit_rate", runnerClass: undefined, samples: undefined });
    const many = Array.from({ length: 5000 }, (_, i) => i);
    await put({ runId: "r2", measures: [benchmark("sort", 0.5, { samples: many })] });
    const kept = (await store.run("r2")).measures[0]!.samples!;
    expect([kept.length, kept[0], kept[500]]).toEqual([1000, 0, 2500]);
    const { measures: row } = (await store.changesSince(0)).lastRuns[0]!;
    expect(row).toMatchObject([{ name: "sort", runnerClass: undefined }]);
  });

  test("parts of one run measured on different machines are different series", async () => {
    const { store, put } = bench;
    const open = { completion: { when: "parts", parts: 2 } } as const;
    await put({ ...open, part: "a", runnerClass: "big", measures: [benchmark("sort", 1)] });
    await put({ ...open, part: "b", runnerClass: "small", measures: [benchmark("sort", 2)] });
    expect(await historyOf(store)).toEqual({
      "benchmark sort time avg big": [["r1", 1]],
      "benchmark sort time avg small": [["r1", 2]],
    });
    expect((await store.changesSince(0)).lastRuns[0]!.measures.map((one) => one.runnerClass)).toEqual(["big", "small"]);
  });

  test("values come oldest first by end of the suite, the newest of them, with what tells the run", async () => {
    const { store, put } = bench;
    for (const [i, hours] of [3, 1, 2, 0].entries())
      await put({
        runId: `r${hours}`,
        more: { commit: `c${hours}` },
        measures: [benchmark("sort", i)],
        meta: { endedAtMs: T0 - hours * HOUR, ...(hours === 0 ? { state: "partial" as const } : {}) },
      });
    const key = "benchmark sort time avg";
    expect(await historyOf(store)).toEqual({
      [key]: [
        ["r3", 0],
        ["r2", 2],
        ["r1", 1],
        ["r0", 3],
      ],
    });
    expect(await historyOf(store, {}, 2)).toEqual({
      [key]: [
        ["r1", 1],
        ["r0", 3],
      ],
    });
    expect(await historyOf(store, {}, 2, T0 - HOUR)).toEqual({
      [key]: [
        ["r2", 2],
        ["r1", 1],
      ],
    });
    const { items } = await store.measureHistory({}, { last: 1 }, { limit: 10 });
    const run = await store.run("r0");
    expect(items[0]!.points).toEqual([
      { runId: "r0", runUuid: run.id, commit: "c0", status: "partial", endedAtMs: T0, value: 3 },
    ]);
    for (const last of [0, 1.5, 10_001, Number.NaN])
      expect(await codeOf(store.measureHistory({}, { last }, { limit: 10 }))).toBe("REQUEST_INVALID");
  });

  test("each part of the key makes a series of its own, and filters by itself", async () => {
    const { store, put } = bench;
    const base = { measures: [benchmark("sort", 1), benchmark("sort", 2, { stat: "p95" })] };
    await put({ runId: "a", ...base });
    await put({ runId: "b", ...base, project: "other" });
    await put({ runId: "c", ...base, environment: "staging" });
    await put({ runId: "d", ...base, suite: "perf" });
    await put({ runId: "e", ...base, branch: "x", branchLabel: "pull_request" });
    await put({ runId: "f", ...base, runnerClass: "big" });
    await put({
      runId: "g",
      measures: [
        measure("sort", 1, { measure: "time" }),
        measure("time", 1, { component: "api" }),
        measure("time", 1, { component: "api", scenario: "peak" }),
        measure("time", 1, { component: "api", unit: "value" }),
        benchmark("search", 1),
      ],
    });
    await put({ runId: "h", load: [load("GET /a", 10), load(undefined, 10)] });
    const count = async (filter: SeriesFilter) => (await seriesOf(store, filter)).length;
    const counts: [SeriesFilter, number][] = [
      [{}, 12 + 5 + 8],
      [{ project: "other" }, 2],
      [{ environment: "staging" }, 2],
      [{ suite: "perf" }, 2],
      [{ branch: "pull_request" }, 2],
      [{ runnerClass: "big" }, 2],
      [{ stat: "p95" }, 6 + 2],
      [{ name: "search" }, 1],
      [{ kind: "measure" }, 4],
      [{ component: "api" }, 3],
      [{ component: "api", unit: "value" }, 1],
      [{ kind: "measure", scenario: "peak" }, 1],
      [{ kind: "load" }, 8],
      [{ operation: "GET /a" }, 4],
      [{ operation: "__all__", measure: "latency" }, 2],
      [{ run: "g" }, 5],
      [{ run: "e", stat: "p95" }, 1],
      [{ suite: "none" }, 0],
    ];
    for (const [filter, n] of counts) expect([filter, await count(filter)]).toEqual([filter, n]);
    expect(await seriesOf(store, { operation: "GET /a" })).toEqual([
      "load error_ratio value peak GET /a",
      "load latency avg peak GET /a",
      "load latency p95 peak GET /a",
      "load requests_per_second value peak GET /a",
    ]);
    expect(await codeOf(store.series({ run: "none" }, { limit: 1 }))).toBe("NOT_FOUND");
    const all = (await store.series({}, { limit: 1000 })).items;
    for (const limit of [1, 3, 25])
      expect(await allPages((cursor) => store.series({}, { limit, cursor }))).toEqual(all);
    const ids = [all[3]!.id, all[1]!.id, "999", "x"];
    expect((await store.series({ ids }, { limit: 10 })).items).toEqual([all[1], all[3]]);
  });

  test("the direction of better is the tool's, else follows from measure and unit", async () => {
    const { store, put } = bench;
    const value = { unit: "value" } as const;
    await put({
      measures: [
        measure("latency", 1),
        measure("score", 1, value),
        measure("strange", 1, value),
        measure("strange_too", 1, { ...value, better: "higher" }),
      ],
    });
    const better = async () =>
      Object.fromEntries((await store.series({}, { limit: 10 })).items.map((one) => [one.measure, one.better]));
    expect(await better()).toEqual({ latency: "lower", score: "higher", strange: undefined, strange_too: "higher" });
    await put({ runId: "r2", measures: [measure("strange", 1, { ...value, better: "lower" })] });
    expect((await better()).strange).toBe("lower");
  });

  test("an open run has no values yet; a late part adds and moves them", async () => {
    const { store, put } = bench;
    const open = { completion: { when: "quiet", quietMs: HOUR } } as const;
    await put({ ...open, part: "a", measures: [benchmark("sort", 1)], ...ended(T0 - HOUR) });
    expect(await seriesOf(store)).toEqual([]);
    await finish(store);
    expect(await historyOf(store)).toEqual({ "benchmark sort time avg": [["r1", 1]] });
    await put({ part: "b", measures: [benchmark("sort", 5), benchmark("search", 2)], ...ended(T0 - MINUTE) });
    expect(await historyOf(store)).toEqual({
      "benchmark sort time avg": [["r1", 5]],
      "benchmark search time avg": [["r1", 2]],
    });
    expect(await historyOf(store, {}, 10, T0 - 2 * MINUTE)).toEqual({
      "benchmark sort time avg": [],
      "benchmark search time avg": [],
    });
  });

  test("series go with the last run that had them, and with a run that moves", async () => {
    const { store, put } = bench;
    await put({ runId: "r1", measures: [benchmark("sort", 1)], ...ended(T0 - HOUR) });
    await put({ runId: "r2", measures: [benchmark("sort", 2), benchmark("search", 2)] });
    const [id] = (await store.series({ name: "sort" }, { limit: 1 })).items.map((one) => one.id);
    await move(store, { runId: "r2" }, { environment: "staging" });
    expect(await historyOf(store, { environment: "ci" })).toEqual({ "benchmark sort time avg": [["r1", 1]] });
    expect(Object.keys(await historyOf(store, { environment: "staging" }))).toHaveLength(2);
    await move(store, { runId: "r2", environment: "staging" }, { environment: "ci" });
    await remove(store, { runId: "r1" });
    expect(await historyOf(store)).toEqual({
      "benchmark sort time avg": [["r2", 2]],
      "benchmark search time avg": [["r2", 2]],
    });
    expect((await store.series({ name: "sort" }, { limit: 1 })).items[0]!.id).toBe(id);
    await remove(store, { runId: "r2" });
    expect(await seriesOf(store)).toEqual([]);
  });

  test("old runs and restarts: history is what was stored, wherever it came from", async () => {
    const { opened, put } = bench;
    for (let i = 0; i < 5; i++)
      await put({ runId: `h${i}`, history: true, measures: [benchmark("sort", i)], ...ended(T0 - (9 - i) * HOUR) });
    const store = await opened.reopen();
    expect((await historyOf(store))["benchmark sort time avg"]!.map(([, value]) => value)).toEqual([0, 1, 2, 3, 4]);
  });
}
