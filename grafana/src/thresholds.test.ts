/** Lines and colours are the configuration's numbers, in the default and in a user's own: a panel beside its alert says the same. */
import { describe, expect, test } from "vitest";
import { type Config, configSchema, defaultConfig } from "../../exporter/src/config/schema.ts";
import { dashboards } from "./dashboards.ts";
import type { Panel } from "./helper.ts";

const own = configSchema.parse({
  thresholds: {
    failureRatio: 0.07,
    coverageRatio: 0.77,
    responseTimeWarningSeconds: 0.11,
    responseTimeCriticalSeconds: 0.33,
    responseTimeP95WarningSeconds: 0.44,
    responseTimeP95CriticalSeconds: 0.88,
    rejectedRatio: 0.21,
    queueLength: 17,
  },
  slo: { passRatio: 0.98, detectionSeconds: 123 },
  reports: { minimumCoverageRatio: 0.66 },
  metrics: { scrapeIntervalSeconds: 7 },
});

type Expected = (config: Config) => readonly (number | null)[];
const failing: Expected = ({ thresholds }) => [null, thresholds.failureRatio];
const passing: Expected = ({ thresholds, slo }) => [null, 0, tidy(1 - thresholds.failureRatio), slo.passRatio];
const tidy = (value: number): number => Number(value.toFixed(9));

const PANELS: readonly (readonly [file: string, title: string, Expected])[] = [
  ["tests/live-execution", "Pass rate", ({ thresholds }) => [null, 0, tidy(1 - thresholds.failureRatio)]],
  [
    "tests/live-execution",
    "Average response time",
    ({ thresholds: of }) => [null, of.responseTimeWarningSeconds, of.responseTimeCriticalSeconds],
  ],
  [
    "tests/live-execution",
    "95th percentile of response time",
    ({ thresholds: of }) => [null, of.responseTimeP95WarningSeconds, of.responseTimeP95CriticalSeconds],
  ],
  ["tests/suites", "Failing part of the newest run", failing],
  ["tests/trends", "Pass rate", passing],
  ["tests/trends", "Pass rate by day", (config) => passing(config).filter((value) => value !== 0)],
  [
    "tests/trends",
    "Line coverage",
    ({ thresholds, reports }) => [null, 0, reports.minimumCoverageRatio, thresholds.coverageRatio],
  ],
  ["tests/trends", "Line coverage by project", ({ thresholds }) => [null, thresholds.coverageRatio]],
  ["tests/executive", "Pass rate, 30 days", ({ slo }) => [null, 0, slo.passRatio]],
  ["tests/executive", "Failures by project over the last 7 days", ({ slo }) => [null, tidy(1 - slo.passRatio)]],
  ["self/plumbline", "Reports waiting", ({ thresholds }) => [null, 0, thresholds.queueLength]],
  ["self/plumbline", "Reports waiting for the writer", ({ thresholds }) => [null, thresholds.queueLength]],
  ["self/plumbline", "Rejected reports", ({ thresholds }) => [null, 0, Number.MIN_VALUE, thresholds.rejectedRatio]],
  ["self/plumbline", "Seconds until a run is known", ({ slo }) => [null, slo.detectionSeconds]],
  ["self/plumbline", "Seconds per scrape", ({ metrics }) => [null, metrics.scrapeIntervalSeconds]],
];

describe.each([
  ["the defaults", defaultConfig()],
  ["a user's own numbers", own],
] as const)("%s", (_, config) => {
  const built = dashboards(config);
  test.each(PANELS)("%s: %s", (file, title, expected) => {
    const panel = built.get(`${file}.json`)?.panels?.find((one) => one.title === title) as Panel | undefined;
    const steps = panel?.fieldConfig?.defaults.thresholds?.steps ?? [];
    expect(steps.map(({ value }) => value)).toEqual(expected(config));
  });
});

test("limits in words and in queries follow too", () => {
  const text = JSON.stringify([...dashboards(own).values()]);
  expect(text).toContain("- 0.98)");
  expect(text).toContain("Objective: 98% of executed tests pass");
  expect(text).not.toContain("Objective: 95% of executed tests pass");
});

test("a dollar in a configured name is no variable of Grafana's", () => {
  const built = dashboards(configSchema.parse({ targets: [{ measure: "of $suite", target: 1, critical: 2 }] }));
  const panel = built.get("performance/targets.json")?.panels?.find((one) => one.title === "of $suite") as
    | Panel
    | undefined;
  const expressions = (panel?.targets ?? []).map((target) => (target as { expr?: string }).expr ?? "");
  expect(expressions.length).toBeGreaterThan(0);
  for (const expr of expressions) expect(expr).toContain('measure="of \\x24suite"');
});
