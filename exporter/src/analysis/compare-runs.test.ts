import { describe, expect, test } from "vitest";
import { defaultConfig } from "../config/schema.ts";
import { compareRuns, type MeasuredValue, measuredKeys, namesSuites } from "./compare-runs.ts";

const { comparison: SETTINGS } = defaultConfig();

/** A benchmark's average time; `more` changes what it is of. */
const value = (of: number, more: Partial<MeasuredValue> = {}): MeasuredValue => ({
  kind: "benchmark",
  suite: "bench",
  name: "sort",
  measure: "time",
  stat: "avg",
  unit: "seconds",
  component: undefined,
  scenario: undefined,
  operation: undefined,
  runnerClass: "big",
  better: undefined,
  value: of,
  samples: undefined,
  ...more,
});
const compared = (baseline: readonly MeasuredValue[][], current: readonly MeasuredValue[][]) =>
  compareRuns(baseline, current, SETTINGS);

test("values of one series are compared, whatever run, branch or place in the report", () => {
  const found = compared(
    [[value(1), value(2, { name: "search" })]],
    [[value(1.8, { name: "search" }), value(1.3), value(0.5, { kind: "load", name: undefined, stat: "p95" })]],
  );
  expect(
    found.series.map(({ series, verdict, baseline, current }) => [series.name, verdict, baseline, current]),
  ).toEqual([
    ["search", "better", 2, 1.8],
    ["sort", "critical", 1, 1.3],
  ]);
  expect(found.counts).toEqual({
    critical: 1,
    warning: 0,
    insufficient: 0,
    better: 1,
    ok: 0,
    missing: 0,
    added: 1,
    otherMachine: 0,
  });
});

describe("another series is not compared:", () => {
  test.each<[string, Partial<MeasuredValue>]>([
    ["kind", { kind: "measure" }],
    ["suite", { suite: "other" }],
    ["name", { name: "search" }],
    ["measure", { measure: "user_time" }],
    ["statistic", { stat: "p50" }],
    ["unit", { unit: "value" }],
    ["component", { component: "api" }],
    ["scenario", { scenario: "peak" }],
    ["operation", { operation: "GET /" }],
  ])("%s", (_, more) => {
    const found = compared([[value(1)]], [[value(9, more)]]);
    expect(found).toMatchObject({ verdict: "insufficient", series: [], counts: { missing: 1, added: 1 } });
    expect(found.missing[0]!.series.name).toBe("sort");
    expect(found.added[0]!.series).toMatchObject(more);
  });
});

describe("the worst that was judged is the verdict:", () => {
  const many = (values: readonly number[]) => values.map((one, i) => value(one, { name: `b${i}` }));
  test.each([
    ["all within limits", [1, 1.05], "ok"],
    ["something better", [0.5], "ok"],
    ["one worse", [1, 1.1, 0.5], "warning"],
    ["one much worse", [1.1, 1, 1.25], "critical"],
    ["nothing that can be judged", [], "insufficient"],
  ] as const)("%s", (_, values, verdict) => {
    expect(compared([many(values.map(() => 1))], [many(values)]).verdict).toBe(verdict);
  });

  test("a baseline of zero is insufficient, and alone it is no ok", () => {
    const errors = (of: number) => value(of, { kind: "load", measure: "error_ratio", stat: "value", unit: "ratio" });
    const found = compared([[errors(0)]], [[errors(0)]]);
    expect(found).toMatchObject({ verdict: "insufficient", counts: { insufficient: 1, ok: 0 } });
    expect(compared([[errors(0), value(1)]], [[errors(1), value(1)]])).toMatchObject({
      verdict: "ok",
      counts: { insufficient: 1, ok: 1 },
    });
  });

  test("a statistic without limits is shown, and counts nowhere", () => {
    const found = compared([[value(1, { stat: "stddev" })]], [[value(7, { stat: "stddev" })]]);
    expect(found.series[0]).toMatchObject({ verdict: "shown", variancePercent: 600 });
    expect(found.verdict).toBe("insufficient");
    const zero = compared([[value(0, { stat: "min" }), value(1)]], [[value(1, { stat: "min" }), value(1)]]);
    expect(zero).toMatchObject({
      series: [{ verdict: "shown", variancePercent: null }, {}],
      counts: { insufficient: 0 },
    });
    const lost = compared([[value(1, { stat: "stddev" }), value(1)]], [[value(1)]]);
    expect(lost.missing).toMatchObject([{ judged: false, series: { stat: "stddev" } }]);
    expect(lost.counts.missing).toBe(0);
  });
});

describe("machines", () => {
  const on = (runnerClass: string | undefined, of = 1) => value(of, { runnerClass });
  test("another kind of machine is told, not compared", () => {
    const found = compared([[on("big")]], [[on("small", 9)]]);
    expect(found).toMatchObject({
      verdict: "insufficient",
      series: [],
      missing: [],
      added: [],
      otherMachine: [{ judged: true, baselineClasses: ["big"], currentClasses: ["small"] }],
    });
  });

  test("one that is not known is like no known one, and like another that is not known", () => {
    expect(compared([[on(undefined)]], [[on("big")]]).otherMachine).toMatchObject([
      { baselineClasses: [null], currentClasses: ["big"] },
    ]);
    expect(compared([[on(undefined)]], [[on(undefined)]]).series).toHaveLength(1);
  });

  test("a run of several machines is compared machine by machine; what is left over is told", () => {
    const found = compared([[on("big"), on("small", 4), on("arm")]], [[on("small", 4), on("big", 1.2), on("mac")]]);
    expect(found.series.map(({ runnerClass, verdict }) => [runnerClass, verdict])).toEqual([
      ["small", "ok"],
      ["big", "warning"],
    ]);
    expect(found.otherMachine).toMatchObject([{ baselineClasses: ["arm"], currentClasses: ["mac"] }]);
  });
});

describe("several runs", () => {
  test("the mean of each side counts, of as many runs as have the value", () => {
    const baseline = [[value(1)], [value(3), value(5, { name: "search" })], [value(2)]];
    const found = compared(baseline, [[value(2)], [value(2.4)], [value(5, { name: "search" })]]);
    expect(found.series).toMatchObject([
      { baseline: 2, current: 2.2, baselineRuns: 3, currentRuns: 2, verdict: "warning" },
      { baseline: 5, current: 5, baselineRuns: 1, currentRuns: 1 },
    ]);
  });

  test("of equal values of one run the later holds", () => {
    expect(compared([[value(1), value(2)]], [[value(2)]]).series).toMatchObject([
      { baseline: 2, baselineRuns: 1, verdict: "ok" },
    ]);
  });
});

describe("single results", () => {
  const around = (level: number) => Array.from({ length: 20 }, (_, i) => level * (0.7 + (0.6 * ((i * 7) % 20)) / 20));
  test("a change that they do not bear out is noise; they are held against the percentiles beside them too", () => {
    const run = (level: number) => [
      value(level, { samples: around(level) }),
      value(level * 1.3, { stat: "p95" }),
      value(level, { name: "other" }),
    ];
    const found = compared([run(1)], [run(1.11)]);
    expect(
      found.series.map(({ series, verdict, reason, significance }) => [
        series.stat,
        verdict,
        reason,
        significance?.method,
      ]),
    ).toEqual([
      ["avg", "ok", "within_noise", "mann_whitney"],
      ["p95", "warning", undefined, "bootstrap"],
      ["avg", "warning", undefined, undefined],
    ]);
    expect(compared([run(1)], [run(1.5)]).series[0]).toMatchObject({ verdict: "critical" });
  });

  test("those of several runs count together; on one side only they tell nothing", () => {
    const found = compared(
      [[value(1, { samples: [1, 1, 1, 1] })], [value(1.1, { samples: [1, 1.2, 1, 1.2] })]],
      [[value(2, { samples: [2, 2, 2, 2, 2, 2, 2, 2] })]],
    );
    expect(found.series[0]!.significance!.pValue).toBeLessThan(0.01);
    expect(compared([[value(1)]], [[value(2, { samples: around(2) })]]).series[0]).toMatchObject({
      significance: null,
      verdict: "critical",
    });
  });

  test("those of another machine are not theirs", () => {
    const small = value(1, { runnerClass: "small", samples: around(1) });
    const found = compared([[value(1), small]], [[value(1.3), { ...small, value: 1.3, samples: around(1.3) }]]);
    expect(found.series.map(({ significance }) => significance === null)).toEqual([true, false]);
  });
});

describe("report files name no suite", () => {
  const file = (of: number) => value(of, { suite: undefined });
  test("so suites do not count", () => {
    expect(compared([[value(1)]], [[file(1)]]).series).toHaveLength(1);
    expect(compared([[file(1)]], [[value(1, { suite: "x" })]]).series).toHaveLength(1);
  });

  test("and a run that has the same in two suites must say which", () => {
    const run = [value(1, { suite: "a" }), value(2, { suite: "b" })];
    expect(() => compared([run], [[file(1)]])).toThrow(/"sort" was measured in the suites "a" and "b"/);
    expect(compared([run], [run]).series).toHaveLength(2);
  });

  test("what runs have in common is asked in the same way", () => {
    expect([namesSuites([[value(1)], []]), namesSuites([[value(1)], [file(1)]])]).toEqual([true, false]);
    const keys = (of: MeasuredValue, bySuite: boolean, machine: "any" | "same") =>
      [...measuredKeys([of], bySuite, machine)].join();
    expect(keys(value(1), false, "same")).toBe(keys(file(2), false, "same"));
    expect(keys(value(1), true, "same")).not.toBe(keys(file(2), true, "same"));
    const small = value(1, { runnerClass: "small" });
    expect(keys(value(1), true, "any")).toBe(keys(small, true, "any"));
    expect(keys(value(1), true, "same")).not.toBe(keys(small, true, "same"));
  });
});
