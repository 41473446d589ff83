import { describe, expect, test } from "vitest";
import { defaultConfig } from "../config/schema.ts";
import { type Compared, type Comparison, compare, kindOf } from "./compare.ts";

const { comparison: SETTINGS } = defaultConfig();
const LATENCY = { measure: "latency", stat: "p95", unit: "seconds" } as const;
const RATE = { measure: "requests_per_second", stat: "avg", unit: "per_second" } as const;
const ERRORS = { measure: "error_rate", stat: "avg", unit: "ratio" } as const;
const MEMORY = { measure: "heap", stat: "max", unit: "bytes" } as const;
const UNKNOWN = { measure: "depth", stat: "value", unit: "value", better: undefined } as const;

describe("limits of R1", () => {
  test.each<[string, Omit<Compared, "current" | "baseline">, number, number, Comparison["state"], number]>([
    ["response time a little slower", LATENCY, 0.2, 0.219, "ok", 9.5],
    ["response time +10 %", LATENCY, 0.2, 0.22, "warning", 10],
    ["response time +25 %", LATENCY, 0.2, 0.25, "critical", 25],
    ["response time -10 %", LATENCY, 0.2, 0.18, "better", -10],
    ["throughput -9 %", RATE, 100, 91, "ok", -9],
    ["throughput -10 %", RATE, 100, 90, "warning", -10],
    ["throughput -25 %", RATE, 100, 75, "critical", -25],
    ["throughput +30 %", RATE, 100, 130, "better", 30],
    ["error rate +49 %", ERRORS, 0.01, 0.0149, "ok", 49],
    ["error rate +50 %", ERRORS, 0.01, 0.015, "warning", 50],
    ["error rate +100 %", ERRORS, 0.01, 0.02, "critical", 100],
    ["memory +25 %", MEMORY, 800, 1000, "critical", 25],
    ["memory -25 %", MEMORY, 800, 600, "better", -25],
    ["nobody knows which way is better: down", UNKNOWN, 100, 88, "warning", -12],
    ["nobody knows which way is better: up", UNKNOWN, 100, 140, "critical", 40],
    ["a negative baseline: towards zero is up", UNKNOWN, -100, -95, "ok", 5],
  ])("%s", (_, of, baseline, current, state, percent) => {
    const found = compare({ ...of, current, baseline: [baseline] }, SETTINGS);
    expect(found).toMatchObject({ state, variancePercent: expect.closeTo(percent, 9), baseline });
  });

  test("they are parameters", () => {
    const strict = { ...SETTINGS, responseTime: { warning: 0.01, critical: 0.02 } };
    expect(compare({ ...LATENCY, current: 0.203, baseline: [0.2] }, strict).state).toBe("warning");
  });
});

describe("insufficient, never infinite", () => {
  test.each<[string, number, number[], Comparison["reason"]]>([
    ["no baseline", 1, [], "no_baseline"],
    ["a baseline that is no number", 1, [Number.NaN], "no_baseline"],
    ["no value", Number.NaN, [1], "no_value"],
    ["a baseline of zero", 1, [0], "zero_baseline"],
    ["zeros", 1, [0, 0, 0], "zero_baseline"],
    ["a baseline so small that the ratio overflows", 1e300, [5e-324], "zero_baseline"],
    ["a baseline without spread", 2, [1, 1, 1], "no_spread"],
  ])("%s", (_, current, baseline, reason) => {
    const found = compare({ ...LATENCY, current, baseline }, SETTINGS);
    expect(found).toMatchObject({ state: "insufficient", reason });
    expect(Number.isFinite(found.variancePercent ?? 0)).toBe(true);
  });

  test("several baseline runs count by their mean", () => {
    expect(compare({ ...LATENCY, current: 0.22, baseline: [0.19, 0.2, 0.21] }, SETTINGS)).toMatchObject({
      state: "warning",
      baseline: expect.closeTo(0.2, 12),
    });
  });

  test("a minimum is shown and not judged", () => {
    expect(compare({ ...LATENCY, stat: "min", current: 9, baseline: [1] }, SETTINGS)).toMatchObject({
      state: "shown",
      variancePercent: 800,
    });
  });
});

describe("single results", () => {
  const spread = (level: number, n: number) =>
    Array.from({ length: n }, (_, i) => level * (0.6 + (0.8 * ((i * 7) % n)) / n));
  const samples = (before: number, after: number, n: number) => ({
    baseline: spread(before, n),
    current: spread(after, n),
  });

  test("a change that single results do not bear out is noise", () => {
    const of = { ...LATENCY, stat: "avg", current: 1.12, baseline: [1], samples: samples(1, 1.12, 12) } as const;
    expect(compare(of, SETTINGS)).toMatchObject({
      state: "ok",
      reason: "within_noise",
      variancePercent: expect.closeTo(12, 9),
      significance: { method: "mann_whitney" },
    });
  });

  test("with more of them the same change counts", () => {
    const of = { ...LATENCY, stat: "avg", current: 1.12, baseline: [1], samples: samples(1, 1.12, 400) } as const;
    const found = compare(of, SETTINGS);
    expect(found).toMatchObject({ state: "warning", significance: { method: "mann_whitney" } });
    expect(found.significance?.pValue).toBeLessThan(0.001);
  });

  test("a percentile is tested by the bootstrap, the same way every time", () => {
    const of = { ...LATENCY, current: 1.6, baseline: [1.3], samples: samples(1, 1.25, 200) } as const;
    const found = compare(of, SETTINGS);
    expect(found).toMatchObject({ state: "warning", significance: { method: "bootstrap" } });
    expect(found.significance?.pValue).toBeLessThan(0.01);
    expect(compare(of, SETTINGS)).toEqual(found);
  });

  test("a percentile of few results that overlap is noise", () => {
    const of = { ...LATENCY, current: 1.5, baseline: [1.3], samples: samples(1, 1.1, 10) } as const;
    expect(compare(of, SETTINGS)).toMatchObject({ state: "ok", reason: "within_noise" });
  });

  test("too few are not tested, nor is a maximum", () => {
    const few = { ...LATENCY, current: 1.5, baseline: [1.3], samples: samples(1, 1.1, 7) } as const;
    expect(compare(few, SETTINGS)).toMatchObject({ state: "warning", significance: null });
    const max = { ...MEMORY, current: 1000, baseline: [800], samples: samples(1, 1, 50) } as const;
    expect(compare(max, SETTINGS)).toMatchObject({ state: "critical", significance: null });
  });

  test("the same results are no difference", () => {
    const of = { ...LATENCY, current: 1.3, baseline: [1.3], samples: samples(1, 1, 50) } as const;
    expect(compare(of, SETTINGS)).toMatchObject({ state: "ok", significance: { pValue: 1 } });
  });
});

test.each([
  ["api_response_time", "seconds", "responseTime"],
  ["requests_per_second", "per_second", "throughput"],
  ["timeouts per second", "per_second", "errorRate"],
  ["failure_rate", "ratio", "errorRate"],
  ["cache_hit_ratio", "ratio", "other"],
  ["cpu_utilization", "ratio", "other"],
  ["heap", "bytes", "other"],
] as const)("%s in %s is of kind %s", (measure, unit, kind) => {
  expect(kindOf({ measure, unit })).toBe(kind);
});
