import { describe, expect, test } from "vitest";
import type { AnalysisRecord } from "../analysis/deviations/record.ts";
import { defaultConfig } from "../config/schema.ts";
import type { FoundDeviation, JudgedPoint, SeriesToJudge, SeriesVerdict } from "../model/deviation.ts";
import type { Series } from "../model/series.ts";
import { judgesOf, verdictOf } from "./judge-series.ts";

const { deviations: config } = defaultConfig();
const SERIES: Series = {
  id: "1",
  project: "shop",
  suite: "load",
  environment: "ci",
  branch: "main",
  kind: "load",
  name: undefined,
  measure: "latency",
  stat: "p95",
  unit: "seconds",
  component: undefined,
  scenario: "checkout",
  operation: "__all__",
  runnerClass: undefined,
  better: "lower",
};

function points(values: readonly number[], more: (i: number) => Partial<JudgedPoint> = () => ({})): JudgedPoint[] {
  return values.map((value, i) => ({
    runId: `r${i}`,
    runUuid: `u${i}`,
    commit: `c${i}`,
    status: "measured",
    endedAtMs: 1_000_000 + i * 3_600_000,
    value,
    weight: undefined,
    facts: { commit: `c${i}` },
    ...more(i),
  }));
}
function noisy(n: number, level: (i: number) => number): number[] {
  let state = 7;
  return Array.from({ length: n }, (_, i) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return level(i) * (1 + 0.02 * (state / 2 ** 32 - 0.5));
  });
}
const step = noisy(40, (i) => (i < 30 ? 0.184 : 0.207));
const input = (values: readonly number[], more: Partial<SeriesToJudge> = {}): SeriesToJudge => ({
  series: SERIES,
  points: points(values),
  open: undefined,
  ...more,
});

describe("verdictOf", () => {
  test("a step says what rose, by how much, between which commits, and R1's numbers", () => {
    const verdict = verdictOf(input(step), config) as SeriesVerdict;
    expect(verdict).toMatchObject({ state: "warning", event: "opened", changeRun: "u30", suspected: false });
    expect(verdict.summary).toMatch(
      /^p95 latency of checkout rose 12\.\d % \(18\d(\.\d)? to 20\d(\.\d)? ms\) between c29 and c30, 10 runs since, p = \de-\d+$/,
    );
    expect(verdict.numbers.z).toBeGreaterThan(3);
    expect(verdict.numbers.ratio).toBeCloseTo(0.125, 1);
    expect(verdict.numbers.changeAtMs).toBe(1_000_000 + 30 * 3_600_000);
  });

  test("a steady series is ok; a short one and an empty one are insufficient data", () => {
    expect(verdictOf(input(step.slice(0, 30)), config)).toMatchObject({ state: "ok", open: undefined });
    expect(verdictOf(input([1, 2, 3]), config)).toMatchObject({ state: "insufficient_data" });
    expect(verdictOf(input([]), config)).toMatchObject({ state: "insufficient_data", numbers: { n: 0, z: undefined } });
  });

  test("values of runs that were cut off do not count", () => {
    const cut = points([...step.slice(0, 30), 9, 9, 9, 9, 9], (i) => (i >= 30 ? { status: "partial" } : {}));
    expect(verdictOf(input([], { points: cut }), config)).toMatchObject({ state: "ok", numbers: { n: 30 } });
  });

  test("a statistic that is not judged has no verdict", () => {
    expect(verdictOf(input(step, { series: { ...SERIES, stat: "stddev" } }), config)).toBeUndefined();
  });

  test("numbers that JSON cannot hold do not come up", () => {
    for (const values of [Array(30).fill(0), Array(30).fill(5), [...Array(20).fill(0), ...Array(10).fill(1)]]) {
      const verdict = verdictOf(input(values), config);
      expect(JSON.parse(JSON.stringify(verdict))).toEqual(JSON.parse(JSON.stringify(verdict), (_, v: unknown) => v));
      for (const value of Object.values(verdict!.numbers))
        if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
    }
  });
});

test.each([
  ["dependencies", { dependencies: "lock-1" }, { dependencies: "lock-2" }],
  ["environment", { runner_class: "linux-8c" }, { runner_class: "linux-4c" }],
] as const)("a planted %s change is the first candidate cause of the record", (kind, before, after) => {
  const given = input(step, {
    points: points(step, (i) => ({ facts: { commit: `c${i}`, ...(i < 30 ? before : after) } })),
  });
  const verdict = verdictOf(given, config)!;
  const found: FoundDeviation = { ...given, id: "4", verdict, open: verdict.open!, coinciding: [], compared: 0 };
  const record = judgesOf(config, "ingest", () => new Date(0)).record(found) as AnalysisRecord;
  expect(record.candidateCauses[0]).toMatchObject({ kind });
  expect(record).toMatchObject({
    deviation: "4",
    at: "1970-01-01T00:00:00.000Z",
    commitRange: { lastGood: "c29", firstBad: "c30" },
    severity: "warning",
    context: { run: "r30" },
  });
});
