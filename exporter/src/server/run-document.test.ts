import { describe, expect, test } from "vitest";
import type { RunDetail, StoredLoad, StoredMeasure } from "../model/run.ts";
import { runDocument } from "./run-document.ts";
import { runDetail } from "./schemas.ts";
import { summaryOf } from "./test-support.ts";

const run = (more: Partial<RunDetail>): RunDetail => ({
  ...summaryOf({}),
  suiteResults: [],
  parts: [],
  measures: [],
  loadResults: [],
  ...more,
});
const measure = (samples: readonly number[] | undefined, more: Partial<StoredMeasure> = {}): StoredMeasure => ({
  suite: "bench",
  kind: "benchmark",
  name: "sort",
  measure: "time",
  stat: "avg",
  value: 1,
  unit: "seconds",
  sourceValue: 1,
  sourceUnit: "s",
  ...(samples === undefined ? {} : { samples }),
  ...more,
});
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const load = (slices: number): StoredLoad => ({
  suite: "load",
  scenario: undefined,
  operation: "GET /",
  requests: 1,
  failures: undefined,
  requestsPerSecond: undefined,
  latency: { p95: 0.2 },
  histogram: { bounds: [1], counts: [1, 0], sum: 0.2 },
  slices: numbers(slices).map((i) => ({
    startedAtMs: i,
    seconds: 1,
    requests: 1,
    failures: 0,
    avgSeconds: undefined,
    p95Seconds: 0.2,
  })),
});

describe("a run as the API answers with it", () => {
  test("says which way each measure gets better", () => {
    const { measures } = runDocument(
      run({ measures: [measure(undefined), measure(undefined, { unit: "value", measure: "odd" })] }),
    );
    expect(measures.map((one) => one.better)).toEqual(["lower", undefined]);
  });

  test("holds at most 100 samples of a value, evenly chosen, and 20 000 in all", () => {
    const { measures } = runDocument(run({ measures: [measure(numbers(1000)), measure([3, 1, 2])] }));
    expect([measures[0]!.samples!.length, measures[0]!.samples![1]]).toEqual([100, 10]);
    expect(measures[1]!.samples).toEqual([3, 1, 2]);
    const many = runDocument(run({ measures: numbers(300).map(() => measure(numbers(100))) }));
    expect(many.measures.filter((one) => one.samples !== undefined)).toHaveLength(200);
    expect(many.measures).toHaveLength(300);
  });

  test("holds the slices of the load results that fit, and fits its schema", () => {
    const found = runDocument(run({ loadResults: [load(240), load(4900), load(240)], measures: [measure([1, 2])] }));
    expect(found.loadResults.map((one) => one.slices?.length)).toEqual([240, undefined, 240]);
    runDetail.parse(JSON.parse(JSON.stringify(found)));
  });
});
