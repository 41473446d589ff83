import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { summarize } from "./summarize.ts";

const report = (...measures: unknown[]): string => JSON.stringify({ measures }, null, 1);

test("values become base units and keep what the file says", async () => {
  const { measures, meta } = await read(
    JSON.stringify({
      name: "perf",
      timestamp: "2026-01-02T03:04:05",
      component: "api",
      labels: { dc: "eu", n: 1 },
      measures: [
        { name: "api_response_time", value: 182, unit: "ms", stat: "avg", scenario: "checkout", labels: { dc: "us" } },
        { name: "cpu", value: 63.5, unit: "%", component: "db" },
      ],
    }),
  );
  expect(measures).toEqual([
    {
      kind: "measure",
      name: "api_response_time",
      measure: "api_response_time",
      stat: "avg",
      value: 0.182,
      unit: "seconds",
      sourceValue: 182,
      sourceUnit: "ms",
      component: "api",
      scenario: "checkout",
      tags: { dc: "us", n: "1" },
    },
    {
      kind: "measure",
      name: "cpu",
      measure: "cpu",
      stat: "value",
      value: 0.635,
      unit: "ratio",
      sourceValue: 63.5,
      sourceUnit: "%",
      component: "db",
      scenario: undefined,
      tags: { dc: "eu", n: "1" },
    },
  ]);
  expect(meta).toMatchObject({ name: "perf", startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5) });
});

test("samples become their statistics; the count has no unit", async () => {
  const { measures } = await read(report({ name: "a", samples: [40, 10, 20, 30], unit: "ms" }));
  expect(measures.map((m) => [m.stat, m.sourceValue, m.unit])).toEqual([
    ["avg", 25, "seconds"],
    ["min", 10, "seconds"],
    ["max", 40, "seconds"],
    ["stddev", 12.9099444873581, "seconds"],
    ["p50", 25, "seconds"],
    ["p90", 37, "seconds"],
    ["p95", 38.5, "seconds"],
    ["p99", 39.7, "seconds"],
    ["count", 4, "value"],
  ]);
});

test("statistics of one, of equal, and of huge samples", () => {
  expect(summarize([7])).toEqual({
    avg: 7,
    min: 7,
    max: 7,
    stddev: undefined,
    p50: 7,
    p90: 7,
    p95: 7,
    p99: 7,
    count: 1,
  });
  expect(summarize([0.1, 0.1, 0.1]).avg).toBe(0.1);
  expect(summarize([1.7e308, 1.7e308]).avg).toBe(1.7e308);
  expect(summarize([-3, -1, -2])).toMatchObject({ min: -3, max: -1, p50: -2 });
});

test("a stat may have another usual name; the average has its samples", async () => {
  const { measures } = await read(
    report({ name: "a", value: 1, stat: "median" }, { name: "a", samples: [1, 3], unit: "s" }),
  );
  expect(measures.slice(0, 2).map((m) => [m.stat, m.samples])).toEqual([
    ["p50", undefined],
    ["avg", [1, 3]],
  ]);
});

test("a unit that is not known is kept as a plain value, with a warning", async () => {
  const { measures, warnings } = await read(report({ name: "a", value: 400, unit: "lumen" }));
  expect(measures[0]).toMatchObject({ unit: "value", value: 400, sourceUnit: "lumen" });
  expect(warnings).toEqual([{ code: "UNIT_UNKNOWN", message: expect.stringContaining('"lumen"'), line: 3 }]);
});

describe("refused with a place", () => {
  test.each([
    [
      report({ name: "a", value: 1 }, { name: "b", value: "NaN" }),
      /measures\[1\]\.value: expected a finite number as "value", found "NaN"/,
      9,
    ],
    [report({ name: "a" }), /measures\[0\]: expected a finite number/, 3],
    ['{"measures":[\n{"name":"a","value":1e999}]}', /found Infinity/, 2],
    ['{"measures":[\n{"name":"a","value":NaN}]}', /NaN, which JSON cannot hold/, 2],
    [
      report({ name: "a", samples: [1, null, 3] }),
      /measures\[0\]\.samples\[1\]: expected a finite number, found null/,
      7,
    ],
    [report({ name: "a", samples: [] }), /an empty one/, 5],
    [report({ name: "a", value: 1, samples: [1] }), /both/, 3],
    [report({ name: "", value: 1 }), /expected a "name"/, 4],
    [report({ name: "a", value: 1, stat: "p42" }), /expected one of value, avg/, 6],
    [report({ name: "a", value: 1, unit: 3 }), /measures\[0\]\.unit: expected a text/, 6],
    ['{"measures":[{"name":"a","value":1},\n7]}', /measures\[1\]: expected an object, found 7/, 2],
  ])("%s", async (text, message, line) => {
    const error = await read(text).catch((e: unknown) => e);
    expect((error as Error).message).toMatch(message);
    expect(error).toMatchObject({ place: { line } });
  });
});

test("an empty list is a warning", async () => {
  expect((await read('{"measures": []}')).warnings.map((w) => w.code)).toEqual(["NO_TESTS"]);
});
