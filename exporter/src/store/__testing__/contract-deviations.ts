/** Series that wait for their analysis, verdicts, and the life of deviations. What a verdict says is the judge's matter. */
import { expect, test } from "vitest";
import type { FoundDeviation, Judges, SeriesToJudge, SeriesVerdict } from "../../model/deviation.ts";
import type { Measure } from "../../model/measure.ts";
import { PULL_REQUEST } from "../../model/run.ts";
import type { Store } from "../../model/store.ts";
import type { Bench } from "./contract.ts";
import { codeOf, HOUR, load, measure, move, remove, T0 } from "./support.ts";

/** Runs end an hour apart; none in the future. */
const at = (i: number): number => T0 - (20 - i) * HOUR;

const EMPTY = {
  baseline: undefined,
  baselineStd: undefined,
  z: undefined,
  ratio: undefined,
  outliers: 0,
  trend: undefined,
  changeAtMs: undefined,
  changeRatio: undefined,
};

/** Above 1 is worse than the first value; above 2 critical. Remembers what it was given. */
class PlainJudge implements Judges {
  readonly seen: SeriesToJudge[] = [];
  readonly recorded: FoundDeviation[] = [];

  verdict(input: SeriesToJudge): SeriesVerdict | undefined {
    this.seen.push(input);
    const { series, points, open: before } = input;
    if (series.kind === "suite") return undefined;
    const last = points.at(-1)!.value;
    const first = points.find(({ value }) => value > 1);
    const severity = last > 2 ? ("critical" as const) : ("warning" as const);
    const since = before?.since ?? first?.runUuid ?? "";
    const open =
      last > 1
        ? { since, before: points[0]!.value, after: last, pValue: 0.001, direction: "up" as const, severity }
        : undefined;
    const worse = before?.severity === "warning" && severity === "critical";
    return {
      state: open === undefined ? "ok" : severity,
      suspected: false,
      summary: `${series.measure} is ${last}`,
      numbers: { ...EMPTY, n: points.length, current: last },
      changeRun: open?.since,
      open,
      event:
        open === undefined
          ? before === undefined
            ? undefined
            : "resolved"
          : before === undefined
            ? "opened"
            : worse
              ? "worsened"
              : undefined,
    };
  }
  record(found: FoundDeviation): object {
    this.recorded.push(found);
    return { about: found.id, similar: found.coinciding.length };
  }
}

const judged = (store: Store, judge: Judges = new PlainJudge(), limit = 100): Promise<number> =>
  store.write((tx) => tx.judge(limit, judge));
const one = (name: string, value: number, more: Partial<Measure> = {}): Measure => measure(name, value, more);
async function open(store: Store): Promise<string[]> {
  return (await store.deviations({ status: "open" }, { limit: 100 })).items.map(({ summary }) => summary);
}

export function describeDeviations(bench: Bench): void {
  /** Values of `latency` in runs r0, r1, …, an hour apart. */
  const runs = async (...values: number[]): Promise<void> => {
    for (const [i, value] of values.entries())
      await bench.put({
        runId: `r${i}`,
        measures: [one("latency", value)],
        meta: { endedAtMs: at(i) },
        more: { commit: `c${i}`, dependencies: i < 2 ? "old" : "new", hostRunnerClass: "linux-8c" },
      });
  };

  test("a series is due when its points change, once, and oldest first with what is known of the runs", async () => {
    const { store } = bench;
    expect(await judged(store)).toBe(0);
    await runs(0.5, 0.6, 0.7);
    const judge = new PlainJudge();
    expect(await judged(store, judge)).toBe(1);
    expect(judge.seen[0]!.points.map(({ value }) => value)).toEqual([0.5, 0.6, 0.7]);
    expect(judge.seen[0]!.points[2]).toMatchObject({
      runId: "r2",
      commit: "c2",
      facts: { commit: "c2", dependencies: "new", runner_class: "linux-8c" },
    });
    expect(await judged(store)).toBe(0);
    await remove(store, { runId: "r1" });
    expect(await judged(store, judge)).toBe(1);
    expect(judge.seen[1]!.points.map(({ value }) => value)).toEqual([0.5, 0.7]);
  });

  test("no more than asked for are judged at once, and the rest stays due", async () => {
    const { store, put } = bench;
    await put({ measures: ["a", "b", "c"].map((name) => one(name, 1)) });
    expect([await judged(store, undefined, 2), await judged(store, undefined, 2), await judged(store)]).toEqual([
      2, 1, 0,
    ]);
  });

  test("tests, load tests and measures all have series; pull requests have none to judge", async () => {
    const { store, put } = bench;
    await put({ cases: ["a"], measures: [one("latency", 1)], load: [load("GET /", 10)] });
    await put({ runId: "pr", branchLabel: PULL_REQUEST, cases: ["a"], measures: [one("latency", 5)] });
    const judge = new PlainJudge();
    await judged(store, judge);
    const kinds = new Set(judge.seen.map(({ series }) => series.kind));
    expect([...kinds].sort()).toEqual(["load", "measure", "suite"]);
    expect(judge.seen.every(({ series }) => series.branch !== PULL_REQUEST)).toBe(true);
    const ratio = judge.seen.find(({ series }) => series.measure === "pass_ratio");
    expect(ratio?.points).toMatchObject([{ value: 1, weight: 1 }]);
  });

  test("a deviation opens, becomes worse, and ends; what is open is handed to the next verdict", async () => {
    const { store, clock, put } = bench;
    await runs(0.5, 0.6, 1.5);
    const judge = new PlainJudge();
    await judged(store, judge);
    const [found] = (await store.deviations({}, { limit: 10 })).items;
    expect(found).toMatchObject({
      status: "open",
      severity: "warning",
      summary: "latency is 1.5",
      before: 0.5,
      after: 1.5,
      sinceMs: at(2),
      series: { measure: "latency", project: "shop" },
    });
    expect(await store.deviation(found!.id)).toMatchObject({ record: { about: found!.id, similar: 0 } });
    await put({ runId: "r3", measures: [one("latency", 3)], meta: { endedAtMs: at(3) } });
    await judged(store, judge);
    expect(judge.seen.at(-1)!.open).toMatchObject({ since: found!.sinceRun, severity: "warning" });
    expect(await store.deviation(found!.id)).toMatchObject({ severity: "critical", after: 3, status: "open" });
    expect(judge.recorded).toHaveLength(2);
    clock.advance(HOUR);
    await put({ runId: "r4", measures: [one("latency", 0.5)], meta: { endedAtMs: at(4) } });
    await judged(store, judge);
    expect(await store.deviation(found!.id)).toMatchObject({ status: "resolved", endedAtMs: clock.now });
    expect(await open(store)).toEqual([]);
  });

  test("series that changed with the same run know of each other", async () => {
    const { store, put } = bench;
    for (const [i, value] of [0.5, 1.5].entries())
      await put({
        runId: `r${i}`,
        measures: [one("a", value), one("b", value), one("c", 0.1)],
        meta: { endedAtMs: at(i) },
      });
    const judge = new PlainJudge();
    await judged(store, judge);
    expect(judge.recorded.map(({ coinciding, compared }) => [coinciding.map((key) => key.measure), compared])).toEqual([
      [["b"], 2],
      [["a"], 2],
    ]);
  });

  test("an acknowledged deviation shows as such until then, and again when it becomes worse", async () => {
    const { store, clock, put } = bench;
    await runs(0.5, 1.5);
    await judged(store);
    const state = async () => (await store.changesSince(0)).deviations.map(({ verdict }) => verdict?.state);
    const [{ id }] = (await store.deviations({}, { limit: 1 })).items as unknown as [{ id: string }];
    expect(await state()).toEqual(["warning"]);
    const ack = { untilMs: clock.now + HOUR, by: "ada", reason: "in review" };
    await store.write((tx) => tx.acknowledgeDeviation(id, ack));
    expect(await state()).toEqual(["acknowledged"]);
    expect(await store.deviation(id)).toMatchObject({ acknowledgedBy: "ada", reason: "in review", status: "open" });
    clock.advance(HOUR);
    await store.write((tx) => tx.tick());
    expect(await state()).toEqual(["warning"]);
    await store.write((tx) => tx.acknowledgeDeviation(id, { ...ack, untilMs: clock.now + HOUR }));
    await put({ runId: "r2", measures: [one("latency", 3)], meta: { endedAtMs: at(2) } });
    await judged(store);
    expect(await state()).toEqual(["critical"]);
  });

  test("accepting ends it and cuts the history at its first run", async () => {
    const { store } = bench;
    await runs(0.5, 0.6, 1.5, 1.6);
    await judged(store);
    const [found] = (await store.deviations({}, { limit: 1 })).items;
    await store.write((tx) => tx.acceptDeviation(found!.id, "TLS everywhere"));
    expect(await store.deviation(found!.id)).toMatchObject({ status: "accepted", reason: "TLS everywhere" });
    const judge = new PlainJudge();
    expect(await judged(store, judge)).toBe(1);
    expect(judge.seen[0]!.points.map(({ value }) => value)).toEqual([1.5, 1.6]);
    expect(await codeOf(store.write((tx) => tx.acceptDeviation(found!.id, "again")))).toBe("CONTEXT_INVALID");
    expect(await codeOf(store.write((tx) => tx.acceptDeviation("99", "what")))).toBe("NOT_FOUND");
    expect(await codeOf(store.deviation("x"))).toBe("NOT_FOUND");
  });

  test("a series without runs is told as gone, and its deviation ends", async () => {
    const { store } = bench;
    await runs(0.5, 1.5);
    await judged(store);
    const before = (await store.changesSince(0)).generation;
    await remove(store, { runId: "r0" });
    await remove(store, { runId: "r1" });
    const { deviations } = await store.changesSince(before);
    expect(deviations).toMatchObject([{ series: { measure: "latency" }, verdict: undefined }]);
    expect(await open(store)).toEqual([]);
    expect(await judged(store)).toBe(0);
  });

  test("a moved run takes its values along: both series are judged again", async () => {
    const { store } = bench;
    await runs(0.5, 1.5);
    await judged(store);
    await move(store, { runId: "r1" }, { project: "web" });
    const judge = new PlainJudge();
    await judged(store, judge);
    expect(judge.seen.map(({ series, points }) => [series.project, points.map(({ value }) => value)])).toEqual([
      ["shop", [0.5]],
      ["web", [1.5]],
    ]);
  });

  test("verdicts that a failed transaction wrote are not there", async () => {
    const { store } = bench;
    await runs(0.5, 1.5);
    const broken: Judges = {
      verdict: (input) => new PlainJudge().verdict(input),
      record: () => {
        throw new Error("no record");
      },
    };
    await expect(judged(store, broken)).rejects.toThrow();
    expect(await open(store)).toEqual([]);
    expect(await judged(store)).toBe(1);
    expect(await open(store)).toEqual(["latency is 1.5"]);
  });

  test("filters take project, environment, suite and status", async () => {
    const { store, put } = bench;
    await put({ measures: [one("a", 0.1)], meta: { endedAtMs: at(0) } });
    await put({ runId: "r2", measures: [one("a", 5)], meta: { endedAtMs: at(1) } });
    await put({ runId: "x", suite: "other", measures: [one("b", 5)] });
    await judged(store);
    const count = async (filter: Parameters<Store["deviations"]>[0]) =>
      (await store.deviations(filter, { limit: 10 })).items.length;
    expect([await count({}), await count({ suite: "other" }), await count({ project: "none" })]).toEqual([2, 1, 0]);
    expect([await count({ status: "open" }), await count({ status: "accepted" })]).toEqual([2, 0]);
    const page = await store.deviations({}, { limit: 1 });
    expect((await store.deviations({}, { limit: 1, cursor: page.nextCursor })).items).toHaveLength(1);
  });
}
