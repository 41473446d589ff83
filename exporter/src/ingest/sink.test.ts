import { describe, expect, test } from "vitest";
import type { Measure } from "../model/measure.ts";
import type { CaseResult } from "../model/test.ts";
import { StoreSink } from "./sink.ts";

const measure: Measure = {
  kind: "measure",
  name: "m",
  measure: "m",
  stat: "avg",
  value: 1,
  unit: "seconds",
  sourceValue: 1,
  sourceUnit: "s",
};
const passed: CaseResult = { suite: undefined, name: "a", outcome: "passed" };

/** A sink, the labels it opened, and the cases with their error types. */
function sinkOf(suiteLabel?: string) {
  const labels: string[] = [];
  const cases: [string, string | undefined][] = [];
  const sink = new StoreSink({
    open(suite) {
      labels.push(suite);
      return {
        addCase: (result, errorType) => cases.push([result.name, errorType]),
        addMeasure: () => {},
        addLoad: () => {},
        addCoverage: () => {},
        addCoverageFile: () => {},
      };
    },
    suiteLabel,
    fallbackLabel: "file name",
  });
  return { sink, labels, cases };
}

describe("the suite label of a part", () => {
  const nested = { name: "inner", parent: { name: "middle", parent: { name: "outer" } } };
  test.each([
    ["the flag", "flag", "root", nested, "flag"],
    ["the root's name", undefined, "root", nested, "root"],
    ["the outermost suite", undefined, undefined, nested, "outer"],
    ["the outermost suite when the root's name is blank", undefined, " \n", nested, "outer"],
    ["the file's name", undefined, undefined, undefined, "file name"],
    ["cleaned of control characters", undefined, " a\u0000\nb ", nested, "a b"],
    ["at most 200 characters", undefined, "x".repeat(500), nested, "x".repeat(200)],
    ["never half a character", undefined, `${"x".repeat(199)}😀`, nested, `${"x".repeat(199)}\ufffd`],
  ])("is %s", (_, flag, name, suite, expected) => {
    const { sink, labels } = sinkOf(flag);
    sink.begin({ name });
    sink.case({ ...passed, suite });
    sink.case({ ...passed, suite: { name: "another" } });
    sink.measure(measure);
    expect(labels).toEqual([expected]);
  });

  test("a report without rows is opened at its end", () => {
    const { sink, labels } = sinkOf();
    sink.begin({ name: "root" });
    sink.end({ name: "root", durationSeconds: 1 });
    sink.writer();
    expect(labels).toEqual(["root"]);
  });
});

test("what the end learnt completes what the beginning knew", () => {
  const { sink } = sinkOf();
  sink.begin({ name: "root", framework: "jest", startedAtMs: 5 });
  sink.end({ name: undefined, durationSeconds: 2, startedAtMs: 6 });
  expect(sink.meta).toEqual({ name: "root", framework: "jest", startedAtMs: 6, durationSeconds: 2 });
});

test("failures are classified, and the first 50 are kept for the receipt with the beginning of their message", () => {
  const { sink, cases } = sinkOf();
  sink.begin({});
  for (let i = 0; i < 60; i++) {
    const failure = { message: `connection refused ${"x".repeat(1_000)}` };
    sink.case({ ...passed, name: `f${i}`, outcome: "errored", failure, file: "a.ts", line: i });
  }
  sink.case(passed);
  sink.case({ ...passed, outcome: "skipped", failure: { message: "not today" } });
  expect(cases[0]).toEqual(["f0", "network"]);
  expect(cases.slice(-2)).toEqual([
    ["a", undefined],
    ["a", undefined],
  ]);
  expect(sink.failures).toHaveLength(50);
  expect(sink.failures[7]).toMatchObject({ test: "f7", file: "a.ts", line: 7 });
  expect(sink.failures[7]!.error).toHaveLength(500);
});

test("warnings are kept up to a bound that the formats' own guard stays below", () => {
  const { sink } = sinkOf();
  for (let i = 0; i < 1_000; i++) sink.warn({ code: "LIMIT", message: `${i}` });
  expect(sink.warnings.length).toBeGreaterThanOrEqual(11 * 21);
  expect(sink.warnings.length).toBeLessThanOrEqual(300);
});
