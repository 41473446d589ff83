import { describe, expect, test } from "vitest";
import { levelOf, type Target } from "../levels.ts";
import { contentionHints, type ResourceUse } from "./contention.ts";
import { blockersOf, type Kpi, performanceNotes, type ScenarioFigures } from "./notes.ts";

const P95: Target = { target: 0.25, critical: 0.5, better: "lower", inclusive: false };
const kpi = (actual: number | undefined, target = P95): Kpi => ({
  operation: "GET /cart",
  measure: "latency",
  stat: "p95",
  unit: "seconds",
  target,
  actual,
  verdict: levelOf(actual, target),
});
const scenario = (over: Partial<ScenarioFigures>): ScenarioFigures => ({
  name: "soak",
  state: undefined,
  missed: [],
  kpis: [kpi(0.2)],
  course: { kind: "steady", from: 0.1, to: 0.1, changeRatio: 0, pValue: 0.8, points: 50 },
  hints: [],
  reference: "reports/performance/soak_20260101-000000",
  ...over,
});
const cpu: ResourceUse = { name: "cpu_utilization", unit: "ratio", before: 0.2, during: 0.7, peak: 0.97, limit: 0.8 };

describe("performance notes", () => {
  test("a scenario that meets its targets has none and blocks nothing", () => {
    expect(performanceNotes("checkout", scenario({}))).toEqual([]);
    expect(blockersOf([scenario({})])).toEqual([]);
  });

  test("a missed KPI states target, value, distance, hypothesis and raw files", () => {
    const missed = scenario({ kpis: [kpi(0.612)], hints: contentionHints([cpu], true) });
    expect(performanceNotes("checkout", missed)).toEqual([
      {
        component_scenario: "checkout / soak",
        metric_observed: "p95 latency of GET /cart",
        target_kpi_value: "< 250 ms (critical < 500 ms)",
        actual_value_observed: "612 ms",
        finding_description:
          "p95 latency of GET /cart is 612 ms and misses its target < 250 ms and its critical limit < 500 ms, 145 % off",
        potential_cause_hypothesis:
          "cpu_utilization reached 97 % (before: 20 %), limit 80 % while the latency suffered: a likely bottleneck",
        raw_data_report_reference: "reports/performance/soak_20260101-000000",
      },
    ]);
    expect(blockersOf([missed])).toHaveLength(1);
  });

  test("a yellow KPI is a finding without blocking", () => {
    const yellow = scenario({ kpis: [kpi(0.3)] });
    expect(performanceNotes("checkout", yellow)).toHaveLength(1);
    expect(blockersOf([yellow])).toEqual([]);
  });

  test("what was not measured blocks: unknown is never passed", () => {
    expect(blockersOf([scenario({ kpis: [kpi(undefined), kpi(0.1)] })])[0]).toContain("was not measured");
    expect(blockersOf([])).toEqual(["no scenario was recorded"]);
    expect(blockersOf([scenario({ kpis: [] })])).toEqual(["no recorded scenario has a target that was measured"]);
  });

  test("degradation in the course, and a run that was cut off, are findings and block", () => {
    const course = { kind: "worse", from: 0.1, to: 0.15, changeRatio: 0.5, pValue: 1e-5, points: 60 } as const;
    const bad = scenario({ course, state: "partial" });
    expect(performanceNotes("checkout", bad).map((note) => note.metric_observed)).toEqual([
      "run",
      "latency in the course of the run",
    ]);
    expect(blockersOf([bad])).toEqual([
      "soak: the run is partial",
      "soak: latency rose by 50 % in the course of the run",
    ]);
  });
});

describe("contention hints", () => {
  test.each<[string, ResourceUse[], boolean, (string | undefined)[]]>([
    ["saturated while suffering", [cpu], true, ["saturated"]],
    ["saturated, latency held", [cpu], false, ["saturated"]],
    ["near its limit", [{ ...cpu, peak: 0.75, during: 0.5 }], false, ["near-limit"]],
    ["suffering, nothing saturated", [{ ...cpu, peak: 0.3, during: 0.2 }], true, ["elsewhere"]],
    ["suffering, nothing measured: no guess", [{ ...cpu, peak: undefined, during: undefined }], true, []],
    [
      "a limit is reached without a peak, by the average",
      [{ ...cpu, peak: undefined, during: 0.85 }],
      true,
      ["saturated"],
    ],
  ])("%s", (_, resources, suffering, kinds) => {
    expect(contentionHints(resources, suffering).map(({ kind }) => kind)).toEqual(kinds);
  });

  test("a resource that grows over the run is named", () => {
    const course = { kind: "worse", from: 1e9, to: 2e9, changeRatio: 1, pValue: 1e-9, points: 60 } as const;
    const memory = { name: "memory", unit: "bytes", before: 1e9, during: 1.5e9, peak: 2e9, limit: undefined, course };
    expect(contentionHints([memory], false)[0]?.text).toContain("grew by 100 %");
  });
});
