/**
 * Every query of every dashboard, asked of a real Prometheus that holds weeks of what the real exporter showed and what the real rules
 * recorded: parsed, answered, with data, and never with more lines than can be read.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dashboards } from "../../../grafana/src/dashboards.ts";
import type { Dashboard } from "../../../grafana/src/helper.ts";
import { annotationQueries, type DashboardQuery, dashboardQueries } from "../../../grafana/src/queries.ts";
import { defaultConfig } from "../../src/config/schema.ts";
import { startPrometheusOn, storeHistory } from "../history/prometheus.ts";
import { type History, replay } from "../history/replay.ts";
import { findStack, type Prometheus, startPrometheus } from "../stack/index.ts";

const stack = await findStack(["prometheus", "promtool"]);
const DAYS = 14;
/** Series in a panel, rows in a table. */
const MOST = 50;
/** What Prometheus says that an answer took; a usual one takes a few thousandths of that. */
const MOST_SECONDS = 1;
/** Parts of the history at whose end somebody looks: now, and while something is wrong (see world.ts). */
const MOMENTS = [1, 0.64, 0.8, 0.97, 0.58, 0.702] as const;
const SUITES = [
  { project: "shop", suite: "unit", environment: "ci", branch: "main" },
  { project: "shop", suite: "api", environment: "ci", branch: "main" },
  { project: "shop", suite: "web", environment: "ci", branch: "main" },
  { project: "shop", suite: "api-performance", environment: "staging", branch: "main" },
  { project: "shop", suite: "load", environment: "staging", branch: "main" },
  { project: "data", suite: "benchmarks", environment: "ci", branch: "main" },
  { project: "data", suite: "pipeline", environment: "ci", branch: "main" },
  { project: "data", suite: "nightly", environment: "staging", branch: "main" },
  // Configured, and never ran.
  { project: "data", suite: "migration", environment: "ci", branch: "main" },
];

/** Panels that the history leaves empty, and why; each must be empty there, else its line goes. */
const NO_SUCH_MEASURE = "nobody in that world measures it";
const NOT_REPLAYED = "a replay has no server, no rules that fire and no Alertmanager";
const ONE_MACHINE = "every benchmark ran on one class of machine";
const EMPTY: Readonly<Record<string, string>> = {
  "performance/performance.json: Disk and network": NO_SUCH_MEASURE,
  "performance/performance.json: Other ratios": NO_SUCH_MEASURE,
  "performance/performance.json: Other times": NO_SUCH_MEASURE,
  "performance/performance.json: Users and other counts": NO_SUCH_MEASURE,
  "performance/benchmarks.json: Other numbers": NO_SUCH_MEASURE,
  "performance/benchmarks.json: Rates": NO_SUCH_MEASURE,
  "performance/benchmarks.json: Ratios": NO_SUCH_MEASURE,
  "performance/benchmarks.json: Slowest against fastest runner class": ONE_MACHINE,
  "performance/benchmarks.json: Times by runner class": ONE_MACHINE,
  "performance/deviations.json: Too little data, by suite": "every series has enough by then",
  "performance/targets.json: DB connections": NO_SUCH_MEASURE,
  "performance/targets.json: Other numbers": NO_SUCH_MEASURE,
  "performance/targets.json: cache hit rate": NO_SUCH_MEASURE,
  "performance/targets.json: cache memory": NO_SUCH_MEASURE,
  "performance/targets.json: end to end p95 latency": NO_SUCH_MEASURE,
  "performance/targets.json: hybrid latency": NO_SUCH_MEASURE,
  "performance/targets.json: infrastructure latency": NO_SUCH_MEASURE,
  "performance/targets.json: memory latency": NO_SUCH_MEASURE,
  "performance/targets.json: pattern matching latency": NO_SUCH_MEASURE,
  "performance/targets.json: token reduction": NO_SUCH_MEASURE,
  "self/plumbline.json: Alerts that climb": NOT_REPLAYED,
  "self/plumbline.json: CPU and event loop": NOT_REPLAYED,
  "self/plumbline.json: Memory": NOT_REPLAYED,
  "self/plumbline.json: Rejections per minute by code": NOT_REPLAYED,
  "self/plumbline.json: Rules that fail, alerts that are dropped": NOT_REPLAYED,
  "self/plumbline.json: Samples per scrape": NOT_REPLAYED,
  "self/plumbline.json: Seconds per scrape": NOT_REPLAYED,
};

interface Answer {
  readonly series: number;
  /** Those with a number. */
  readonly values: number;
}

let prometheus: Prometheus;
let history: History;

/** As Grafana asks it when `part` of the history has passed. */
async function answer(dashboard: Dashboard, query: DashboardQuery, part: number): Promise<Answer> {
  const { startMs, endMs, stepSeconds } = history;
  const end = Math.floor((startMs + part * (endMs - startMs)) / 1000);
  const path = query.kind === "instant" ? "/api/v1/query" : "/api/v1/query_range";
  const range = rangeSeconds(dashboard);
  const least = Math.max(stepSeconds, secondsOf(query.minInterval ?? "1s"));
  const step = Math.max(least, Math.ceil(range / 300 / stepSeconds) * stepSeconds);
  const params = query.kind === "instant" ? { time: end } : { start: end - range, end, step };
  const data = await prometheus.get<{
    result: { value?: [number, string]; values?: [number, string][] }[];
    stats: { timings: { execTotalTime: number } };
  }>(path, { query: query.expr, stats: "all", ...params });
  expect(data.stats.timings.execTotalTime, query.panel).toBeLessThan(MOST_SECONDS);
  const numbers = data.result.flatMap(({ value, values }) => values ?? (value === undefined ? [] : [value]));
  return { series: data.result.length, values: numbers.filter(([, text]) => text !== "NaN").length };
}

function rangeSeconds({ time }: Dashboard): number {
  return Math.min(secondsOf((time?.from ?? "").replace("now-", "")), (DAYS / 2) * 86_400);
}

/** `30d`, `6h`, `15m` and `5s` as seconds. */
function secondsOf(text: string): number {
  const [, count = "1", unit = "s"] = /^(\d+)([smhd])$/.exec(text) ?? [];
  return Number(count) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? 1);
}

const queriesOf = (dashboard: Dashboard, variables = {}): DashboardQuery[] => {
  const values = { variables, range: `${rangeSeconds(dashboard)}s`, rateInterval: "1500s", interval: "900s" };
  return [...dashboardQueries(dashboard, values), ...annotationQueries(dashboard, values)];
};

describe.skipIf(!stack.has("prometheus") || !stack.has("promtool"))("dashboards over weeks of history", () => {
  beforeAll(async () => {
    history = await replay({ days: DAYS });
    prometheus = await startPrometheusOn(await storeHistory(history, { rules: true }));
  });
  afterAll(() => prometheus?.stop());

  describe.each([...dashboards(defaultConfig()).keys()])("%s", (file) => {
    const built = (): Dashboard => dashboards(history.config).get(file)!;

    test("every query is PromQL that Prometheus evaluates, with no more lines than can be read", async () => {
      for (const variables of [{}, ...SUITES.slice(0, 1), { suite: ["a.b", 'say "hi"', "x/y\\z"] }]) {
        for (const query of queriesOf(built(), variables)) {
          await prometheus.parseQuery(query.expr);
          const { series } = await answer(built(), query, 1);
          expect(series, `${query.panel}: ${query.expr}`).toBeLessThanOrEqual(MOST);
        }
      }
    });

    test("at All, every panel has data at some moment, or it is known why not", async () => {
      expect(await emptyPanels(built(), [{}])).toEqual(declared(file));
    });

    test("at one suite, every panel has data of some suite, or it is known why not", async () => {
      const scoped = built().templating?.list?.some(({ name }) => name === "suite");
      expect(await emptyPanels(built(), scoped ? SUITES : [{}])).toEqual(declared(file));
    });
  });

  async function emptyPanels(dashboard: Dashboard, choices: readonly object[]): Promise<string[]> {
    const left = new Set(dashboardQueries(dashboard).map(({ panel }) => panel));
    for (const part of MOMENTS)
      for (const variables of choices) {
        for (const query of queriesOf(dashboard, variables).filter(({ panel }) => left.has(panel)))
          if ((await answer(dashboard, query, part)).values > 0) left.delete(query.panel);
      }
    return [...left].sort();
  }
  const declared = (file: string): string[] =>
    Object.keys(EMPTY)
      .filter((name) => name.startsWith(`${file}: `))
      .map((name) => name.slice(file.length + 2))
      .sort();

  test("what the counters grew by is what the exporter counted", async () => {
    const trends = dashboards(history.config).get("tests/trends.json")!;
    const range = 7 * 86_400;
    const back = range / history.stepSeconds;
    const grown = (name: string, fits: (key: string) => boolean): number =>
      history.columns
        .entries()
        .filter(([key]) => key.startsWith(`${name}{`) && !key.includes('branch="pull_request"') && fits(key))
        .reduce((sum, [, values]) => {
          const [then, now] = [values[history.steps - 1 - back] ?? Number.NaN, values[history.steps - 1] ?? Number.NaN];
          return Number.isNaN(now) ? sum : sum + now - (Number.isNaN(then) ? 0 : then);
        }, 0);
    const value = async (panel: string): Promise<number> => {
      const query = dashboardQueries(trends, { range: `${range}s` }).find((one) => one.panel === panel);
      return (await prometheus.query(query!.expr, history.endMs / 1000))[0]?.value ?? Number.NaN;
    };
    const executed = grown("test_case_executions_total", (key) => !key.includes('result="skipped"'));
    expect(executed).toBeGreaterThan(1000);
    expect(await value("Executed")).toBe(executed);
    expect(await value("Runs")).toBe(grown("test_runs_total", () => true));
    const passed = grown("test_case_executions_total", (key) => key.includes('result="passed"'));
    expect(await value("Pass rate")).toBeCloseTo(passed / executed, 9);
    // Recorded rates make nearly the same number: each increment lies in the windows of several samples.
    const byDay = dashboardQueries(trends).find((one) => one.panel === "Executions by day" && one.refId === "A")!;
    const days = await prometheus.queryRange(
      byDay.expr,
      history.endMs / 1000 - range + 86_400,
      history.endMs / 1000,
      86_400,
    );
    const sum = days.flatMap(({ points }) => points).reduce((all, point) => all + point.value, 0);
    expect(Math.abs(sum / passed - 1)).toBeLessThan(0.02);
  });
});

describe.skipIf(!stack.has("prometheus"))("dashboards of an empty Prometheus", () => {
  let empty: Prometheus;
  beforeAll(async () => {
    empty = await startPrometheus();
  });
  afterAll(() => empty?.stop());

  test.each([...dashboards(defaultConfig())])("%s shows no number, and so its empty texts", async (_, dashboard) => {
    for (const { panel, expr } of dashboardQueries(dashboard)) {
      const numbers = (await empty.query(expr)).filter(({ value }) => !Number.isNaN(value));
      // Prometheus tells of itself without being asked to; what it dropped is known.
      if (!/prometheus_|ALERTS/.test(expr)) expect(numbers, panel).toEqual([]);
    }
  });
});
