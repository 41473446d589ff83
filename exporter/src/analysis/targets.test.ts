import { describe, expect, test } from "vitest";
import type { LastRunRow, LoadSummary } from "../model/store.ts";
import type { OutcomeCounts } from "../model/test.ts";
import { reportTargets } from "./target-report.ts";
import { currentValues, judgeTargets, type TargetSpec, targetName } from "./targets.ts";

const scope = { project: "shop", suite: "load", environment: "ci", branch: "main" };
const row = (more: Partial<LastRunRow> = {}): LastRunRow => ({
  scope,
  framework: undefined,
  run: undefined,
  coverage: undefined,
  measures: [],
  load: [],
  ...more,
});
const cases = (counts: Partial<OutcomeCounts>): LastRunRow["run"] => ({
  id: "u",
  runId: "r",
  status: "passed",
  counts: { passed: 0, failed: 0, errored: 0, skipped: 0, ...counts },
  durationSeconds: 1,
  startedAtMs: 0,
  endedAtMs: 1,
  lastSuccessAtMs: undefined,
  usualDurationSeconds: undefined,
});
const load = (operation: string | undefined, p95: number, more: Partial<LoadSummary> = {}): LoadSummary => ({
  scenario: "peak",
  operation,
  requests: 1000,
  failures: 10,
  requestsPerSecond: 100,
  latency: { avg: p95 / 2, p95 },
  ...more,
});
const measure = (name: string, value: number, more: object = {}): LastRunRow["measures"][number] => ({
  kind: "measure",
  name,
  measure: name,
  stat: "value",
  value,
  unit: "ratio",
  sourceValue: value,
  sourceUnit: undefined,
  ...more,
});
const target = (more: Partial<TargetSpec> & { target: number; measure: string }): TargetSpec => ({
  direction: "higher_is_worse",
  inclusive: true,
  ...more,
});
const p95 = (limit: number, more: Partial<TargetSpec> = {}): TargetSpec =>
  target({ measure: "latency", stat: "p95", target: limit, ...more });

/** `peak/GET /a p95 latency: red` */
const levels = (targets: readonly TargetSpec[], of: LastRunRow): string[] =>
  judgeTargets(targets, of).map(({ current, level, target: index }) => {
    const { component, scenario, operation, benchmark, stat, measure: what } = current;
    const place = [component, scenario, operation, benchmark].filter((one) => one !== undefined).join("/");
    return `${place === "" ? "" : `${place} `}${stat} ${what}: ${level} by ${index}`;
  });

describe("values of the newest run", () => {
  test("a load test whose requests fail misses the success rate, however fast it was told so", () => {
    const limit = target({ measure: "success_rate", target: 0.95, critical: 0.9, direction: "lower_is_worse" });
    const of = (failures: number | undefined) =>
      levels([limit], row({ load: [load(undefined, 0.005, { failures }), load("GET /a", 0.005, { failures })] }));
    expect(of(1000)).toEqual(["peak/__all__ value success_rate: red by 0"]);
    expect(of(50)).toEqual(["peak/__all__ value success_rate: green by 0"]);
    expect(of(undefined)).toEqual([]);
    expect(levels([limit], row({ load: [load(undefined, 0.1, { requests: 0, failures: 0 })] }))).toEqual([]);
  });

  test("success rate from its cases, measures, and what load tests say in numbers; nothing is invented", () => {
    const all = currentValues(
      row({
        run: cases({ passed: 45, failed: 1, errored: 1, skipped: 3 }),
        measures: [measure("cache_hit_rate", 0.81)],
        load: [load(undefined, 0.2, { failures: undefined })],
      }),
    );
    expect(all.map(({ measure: what, stat, value }) => [what, stat, value])).toEqual([
      ["success_rate", "value", 45 / 47],
      ["cache_hit_rate", "value", 0.81],
      ["latency", "avg", 0.1],
      ["latency", "p95", 0.2],
      ["requests_per_second", "value", 100],
    ]);
    expect(currentValues(row({ run: cases({ skipped: 3 }) }))).toEqual([]);
    expect(currentValues(row())).toEqual([]);
  });
});

describe("which target is for which value", () => {
  test("without an operation it is for a scenario as a whole, where a tool gives no whole for each operation", () => {
    const targets = [p95(0.25)];
    expect(levels(targets, row({ load: [load(undefined, 0.2), load("GET /a", 0.9)] }))).toEqual([
      "peak/__all__ p95 latency: green by 0",
    ]);
    expect(levels(targets, row({ load: [load("GET /a", 0.9), load("GET /b", 0.1)] }))).toEqual([
      "peak/GET /a p95 latency: red by 0",
      "peak/GET /b p95 latency: green by 0",
    ]);
  });

  test("the most specific one holds, of equally specific ones the first", () => {
    const targets = [
      p95(0.1),
      p95(0.5, { operation: "GET /a" }),
      p95(1, { operation: "GET /a", scenario: "peak" }),
      p95(0.01, { operation: "GET /a", suite: "load" }),
    ];
    const of = row({ load: [load(undefined, 0.3), load("GET /a", 0.9), load("GET /a", 0.9, { scenario: "soak" })] });
    expect(levels(targets, of)).toEqual([
      "peak/__all__ p95 latency: red by 0",
      "peak/GET /a p95 latency: green by 2",
      "soak/GET /a p95 latency: red by 3",
    ]);
  });

  test("every selector narrows", () => {
    const of = row({
      measures: [
        measure("time", 1, { component: "api", scenario: "x", stat: "avg", unit: "seconds" }),
        measure("time", 1, { kind: "benchmark", name: "sort", stat: "p95", unit: "seconds" }),
      ],
    });
    const at = (more: Partial<TargetSpec>) => levels([target({ measure: "time", target: 2, ...more })], of).length;
    expect(at({})).toBe(1);
    expect(at({ stat: "p95" })).toBe(1);
    expect(at({ stat: "p95", benchmark: "sort" })).toBe(1);
    expect(at({ stat: "p95", benchmark: "search" })).toBe(0);
    expect(at({ component: "api" })).toBe(1);
    expect(at({ component: "db" })).toBe(0);
    expect(at({ scenario: "y" })).toBe(0);
    expect(at({ project: "shop", suite: "load" })).toBe(1);
    expect(at({ project: "other" })).toBe(0);
    expect(at({ suite: "other" })).toBe(0);
    expect(at({ measure: "size" })).toBe(0);
  });

  test("a target at a load is not known to be met at a lower one; what is missed there is missed", () => {
    const targets = [p95(0.25, { load: 100, critical: 0.5 })];
    const at = (rate: number | undefined, value: number) =>
      judgeTargets(targets, row({ load: [load(undefined, value, { requestsPerSecond: rate })] }))[0]!;
    expect(at(100, 0.2)).toEqual(expect.not.objectContaining({ reason: expect.anything() }));
    expect([at(100, 0.2).level, at(90, 0.2).level]).toEqual(["green", "green"]);
    expect(at(89, 0.2)).toMatchObject({
      level: "unknown",
      near: false,
      reason: "measured at 89 requests/s, the target is for 100",
    });
    expect(at(undefined, 0.2)).toMatchObject({ level: "unknown", reason: expect.stringContaining("does not say") });
    expect(at(5, 0.3).level).toBe("yellow");
    expect(at(5, 0.6).level).toBe("red");
  });

  test("less is worse where it says so", () => {
    const more = { direction: "lower_is_worse", critical: 50 } as const;
    const at = (rate: number) =>
      levels(
        [target({ measure: "requests_per_second", target: 100, ...more })],
        row({ load: [load(undefined, 0.1, { requestsPerSecond: rate })] }),
      );
    expect(at(105)).toEqual(["peak/__all__ value requests_per_second: green by 0"]);
    expect(at(70)).toEqual(["peak/__all__ value requests_per_second: yellow by 0"]);
    expect(at(49)).toEqual(["peak/__all__ value requests_per_second: red by 0"]);
  });
});

describe("the report of all targets", () => {
  test("the worst level of each; a target that nothing measures is unknown, never green", () => {
    const targets = [p95(0.25, { name: "fast" }), target({ measure: "cache_hit_rate", target: 0.8 })];
    const other = { ...scope, suite: "soak" };
    const rows = [row({ load: [load(undefined, 0.2)] }), row({ scope: other, load: [load(undefined, 0.9)] })];
    const report = reportTargets(targets, rows);
    expect(report.map(({ name, level, results }) => [name, level, results.map((one) => one.scope.suite)])).toEqual([
      ["fast", "red", ["load", "soak"]],
      ["cache_hit_rate", "unknown", []],
    ]);
    expect(reportTargets(targets, rows, { suite: "load" }).map(({ level }) => level)).toEqual(["green", "unknown"]);
  });

  test("a target without a name is called by what it is about", () => {
    expect(targetName(p95(1, { scenario: "peak", operation: "GET /a" }))).toBe("p95 latency of peak GET /a");
    expect(targetName(target({ measure: "heap", target: 1 }))).toBe("heap");
  });
});
