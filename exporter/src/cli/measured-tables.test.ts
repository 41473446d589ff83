import { describe, expect, test } from "vitest";
import type { StoredMeasure } from "../model/run.ts";
import { type LoadLine, loadTable, valueLines, valueTable } from "./measured-tables.ts";

const value = (more: Partial<StoredMeasure> = {}): StoredMeasure => ({
  suite: "bench",
  kind: "benchmark",
  name: "BenchmarkSort",
  measure: "time",
  stat: "avg",
  value: 2.5e-6,
  unit: "seconds",
  sourceValue: 2500,
  sourceUnit: "ns",
  ...more,
});
const load = (operation: string | undefined, more: Partial<LoadLine> = {}): LoadLine => ({
  scenario: "peak",
  operation,
  requests: 1_234_567,
  failures: 123,
  requestsPerSecond: 1234.5678,
  latency: { avg: 0.123456, p95: 1.23456, p99: 12.3456 },
  ...more,
});
const rows = (text: string): string[][] =>
  text
    .trim()
    .split("\n")
    .map((line) => line.split(/ {2,}/));

describe("values", () => {
  test("statistics of one value are one line; the same statistic again is another value", () => {
    const lines = valueLines([
      value(),
      value({ stat: "margin", value: 1e-7 }),
      value({ stat: "count", value: 12, unit: "value" }),
      value({ value: 9e-3 }),
      value({ runnerClass: "other" }),
      value({ tags: { arguments: "10" } }),
      value({ measure: "allocations", unit: "value", value: 3 }),
    ]);
    expect(lines.map(({ measure, stats }) => [measure, ...stats])).toEqual([
      ["time", ["avg", 2.5e-6], ["margin", 1e-7], ["count", 12]],
      ["time", ["avg", 9e-3]],
      ["time", ["avg", 2.5e-6]],
      ["time", ["avg", 2.5e-6]],
      ["allocations", ["avg", 3]],
    ]);
  });

  test("the table has what stands for a value, its spread, and how many more there are", () => {
    const all = Array.from({ length: 4 }, (_, i) => value({ name: `b${i}`, measure: `b${i}` }));
    expect(rows(valueTable([value({ stat: "p50" }), value({ stat: "stddev", value: 0 }), ...all], 2))).toEqual([
      ["NAME", "MEASURE", "VALUE", "±", "P95"],
      ["BenchmarkSort", "time", "2.5 us", "0 s", "-"],
      ["b0", "-", "2.5 us", "-", "-"],
      ["… and 3 more values"],
    ]);
    expect(valueTable([], 2)).toBe("");
  });

  test("names that begin alike stay apart, and hostile ones stay within 80 columns", () => {
    const long = "com.example.shop.basket.".repeat(20);
    const text = valueTable(
      [value({ name: `${long}fast` }), value({ name: `${long}slow\u001b[31m`, measure: long })],
      9,
    );
    expect(text).toMatch(/fast +time/);
    expect(text).toMatch(/slow/);
    expect(text).not.toContain("\u001b");
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe("load results", () => {
  test("wholes first, then operations; what is not known is a dash", () => {
    const unknown = load(undefined, { failures: undefined, requestsPerSecond: undefined, latency: {} });
    const text = loadTable([load("GET /a"), load("GET /b"), unknown], 2);
    expect(rows(text)).toEqual([
      ["LOAD", "REQUESTS", "FAILED", "PER S", "AVG", "P95", "P99"],
      ["peak > __all__", "1234567", "-", "-", "-", "-", "-"],
      ["peak > GET /a", "1234567", "0.00996 %", "1230", "123 ms", "1.23 s", "12.3 s"],
      ["… and 1 more load result"],
    ]);
    for (const line of loadTable([load("GET /a/very/long/path/of/an/operation")], 2).split("\n"))
      expect(line.length).toBeLessThanOrEqual(80);
    expect(loadTable([], 2)).toBe("");
  });
});
