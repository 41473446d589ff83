/** Limits of the performance dashboards are the configuration's, and a user's own targets get a place. */
import { describe, expect, test } from "vitest";
import { type Config, configSchema, defaultConfig } from "../../exporter/src/config/schema.ts";
import { dashboards } from "./dashboards.ts";
import type { Panel } from "./helper.ts";
import { dashboardQueries } from "./queries.ts";

const own = configSchema.parse({
  deviations: { zWarning: 2.5, zCritical: 4, minimumChange: 0.05, criticalChange: 0.4, minimumBaseline: 7 },
  thresholds: {
    responseTimeWarningSeconds: 0.1,
    responseTimeCriticalSeconds: 0.3,
    responseTimeP95WarningSeconds: 0.4,
    responseTimeP95CriticalSeconds: 0.8,
  },
  measures: {
    limits: [{ measure: "cache_hits", stat: "avg", warning: 0.8, critical: 0.6, direction: "lower_is_worse" }],
  },
  targets: [
    { measure: "latency", stat: "p95", scenario: "checkout", target: 0.3, critical: 0.6, inclusive: false },
    { measure: "boot_time", target: 2, name: "start" },
    { measure: "boot_time", component: "db", target: 5, critical: 1, direction: "lower_is_worse", name: "start" },
    { measure: "hits", project: 'a "quoted" one', target: 1 },
  ],
});

function panelOf(config: Config, name: string, title: string): Panel {
  const found = dashboards(config)
    .get(`performance/${name}.json`)
    ?.panels?.find((one) => one.title === title);
  if (found === undefined || found.type === "row") throw new Error(`no panel ${title} on ${name}`);
  return found as Panel;
}
const stepsOf = (config: Config, name: string, title: string): unknown[] =>
  (panelOf(config, name, title).fieldConfig?.defaults.thresholds?.steps ?? []).map(({ value }) => value);
const exprsOf = (config: Config, name: string, title: string): string[] =>
  ((panelOf(config, name, title).targets ?? []) as unknown as { expr: string }[]).map(({ expr }) => expr);

describe("limits are the configuration's", () => {
  test.each([
    ["deviations", "z-scores", [null, -3, -2, 2, 3], [null, -4, -2.5, 2.5, 4]],
    ["benchmarks", "z-scores", [null, -3, -2, 2, 3], [null, -4, -2.5, 2.5, 4]],
    [
      "deviations",
      "Present level against the baseline",
      [null, -0.25, -0.02, 0.02, 0.25],
      [null, -0.4, -0.05, 0.05, 0.4],
    ],
    ["performance", "Slowest on average", [null, 0, 0.2, 0.5], [null, 0, 0.1, 0.3]],
    ["performance", "Slowest 95th percentile", [null, 0, 0.5, 1], [null, 0, 0.4, 0.8]],
    ["performance", "Average response time", [null, 0.2, 0.5], [null, 0.1, 0.3]],
  ])("%s: %s", (name, title, byDefault, byOwn) => {
    expect(stepsOf(defaultConfig(), name, title)).toEqual(byDefault);
    expect(stepsOf(own, name, title)).toEqual(byOwn);
  });

  test("limits of measures are asked for on their bad side; without any there is nothing to count", () => {
    const [expr = ""] = exprsOf(own, "performance", "Beyond critical limits");
    expect(expr).toContain('measure="cache_hits",stat="avg"');
    expect(expr).toContain("< bool 0.6");
    expect(exprsOf(defaultConfig(), "performance", "Beyond warning limits")[0]).toContain("> bool 0.2");
    const none = configSchema.parse({ measures: { limits: [] } });
    expect(() => panelOf(none, "performance", "Beyond critical limits")).toThrow("no panel");
  });

  test("how many values a baseline needs is said", () => {
    expect(panelOf(own, "deviations", "Too little data").description).toContain("at least 7 values");
  });
});

describe("a user's targets", () => {
  test("each has a graph with its limits as lines; equal names are told apart", () => {
    expect(stepsOf(own, "targets", "p95 latency of checkout")).toEqual([null, 0.3, 0.6]);
    expect(stepsOf(own, "targets", "start")).toEqual([null, 2]);
    expect(stepsOf(own, "targets", "start (2)")).toEqual([null, 1, 5]);
    expect(panelOf(own, "targets", "p95 latency of checkout").description).toContain("< 0.3, critical < 0.6");
  });

  test("the unit is known of load tests; of other measures their family tells it", () => {
    expect(exprsOf(own, "targets", "p95 latency of checkout")).toHaveLength(1);
    const units = panelOf(own, "targets", "start").fieldConfig?.overrides?.map(
      ({ properties }) => properties[0]?.value,
    );
    expect(units?.slice(0, 4)).toEqual(["s", "bytes", "cps", "percentunit"]);
    expect(exprsOf(own, "targets", "start")).toHaveLength(5);
  });

  test("one that nothing measures makes the decision unknown; built-in ones do not", () => {
    const [missing = ""] = exprsOf(own, "targets", "Not measured");
    expect(missing.match(/absent\(/g)).toHaveLength(4);
    expect(missing).toContain('project="a \\"quoted\\" one"');
    expect(exprsOf(own, "targets", "Decision")[0]).toContain("absent(");
    expect(exprsOf(defaultConfig(), "targets", "Decision")[0]).not.toContain("absent(");
  });

  test("of hundreds the first sixty have graphs", () => {
    const targets = Array.from({ length: 200 }, (_, i) => ({ measure: `m${i}`, target: i }));
    const many = dashboards(configSchema.parse({ targets })).get("performance/targets.json");
    const rest = dashboards(configSchema.parse({ targets: [] })).get("performance/targets.json");
    const count = (of: typeof many): number => (of?.panels ?? []).filter(({ type }) => type === "timeseries").length;
    expect(count(many) - count(rest)).toBe(60);
  });
});

test("the band of a benchmark is filled between two legends that are exact", () => {
  const panel = panelOf(defaultConfig(), "benchmarks", "Times");
  const legends = ((panel.targets ?? []) as unknown as { legendFormat?: string }[]).map(
    ({ legendFormat }) => legendFormat,
  );
  expect(legends.slice(1)).toEqual(["baseline + 2σ", "baseline - 2σ", "baseline"]);
  const upper = panel.fieldConfig?.overrides?.find(({ matcher }) => String(matcher.options).includes("\\+ 2σ"));
  expect(upper?.properties).toContainEqual({ id: "custom.fillBelowTo", value: legends[2] });
});

test("the choice of a benchmark and a machine reaches every query of the dashboard", () => {
  const benchmarks = dashboards(defaultConfig()).get("performance/benchmarks.json");
  const variables = { benchmark: "Parse", runner_class: "big" };
  for (const { panel, expr } of dashboardQueries(benchmarks!, { variables }))
    for (const [selector] of expr.matchAll(/(?:benchmark|deviation)_\w+\{[^}]*\}/g))
      expect(selector, panel).toContain("benchmark=~`Parse`,runner_class=~`big`");
});
