/**
 * Load tests through real servers: a real k6 and a real JMeter report -> plumbline -> Prometheus -> Alertmanager -> webhook. What the
 * panels and the histogram say is held against the store; the slow test is JMeter's report with every latency twenty times as long.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dashboards } from "../../../grafana/src/dashboards.ts";
import { dashboardQueries } from "../../../grafana/src/queries.ts";
import { defaultConfig } from "../../src/config/schema.ts";
import type { StoredLoad } from "../../src/model/run.ts";
import { type Alerting, findStack, type Plumbline, type Prometheus, startAlerting, until } from "../stack/index.ts";

const stack = await findStack(["prometheus", "alertmanager"]);
const fixture = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");
const K6 = fixture("k6-csv/k6-1.8.1-two-scenarios.csv");
const JMETER = fixture("jmeter-csv/jmeter-5.6.3-default.csv");
/** `timeStamp,elapsed,…`: nothing before the second comma is ever quoted. */
const slower = (csv: string, factor: number): string =>
  csv.replace(/^(\d+),(\d+),/gm, (_, at: string, elapsed: string) => `${at},${Number(elapsed) * factor},`);

const config = (url: string) => ({
  metrics: { scrapeIntervalSeconds: 1 },
  thresholds: { performanceForSeconds: 3 },
  suites: [{ suite: "slow", team: "checkout" }],
  notifications: {
    pager: { webhookUrl: `${url}/pager` },
    team: { webhookUrl: `${url}/team` },
    groupWaitSeconds: 1,
    groupIntervalSeconds: 2,
  },
});

describe.skipIf(!stack.has("prometheus", "alertmanager"))("load tests", () => {
  let alerting: Alerting;
  let plumbline: Plumbline;
  let prometheus: Prometheus;
  let runs: Record<"k6" | "fast" | "slow", { loadResults: StoredLoad[] }>;

  const paged = () => alerting.sent("/pager", "PerformanceDegradation");
  const ingest = async (suite: string, report: string) => {
    const { status, body } = await plumbline.report(report, { project: "shop", suite });
    expect(status, JSON.stringify(body)).toBe(201);
    return plumbline.api<{ loadResults: StoredLoad[] }>(`runs/${(body.run as { id: string }).id}`);
  };
  /** By scenario and operation, as labels say it. */
  const keyOf = ({
    scenario = "",
    operation = "__all__",
  }: Partial<Pick<StoredLoad, "scenario" | "operation">>): string => `${scenario} ${operation}`;
  const byLabels = async (query: string): Promise<Record<string, number>> =>
    Object.fromEntries((await prometheus.query(query)).map(({ labels, value }) => [keyOf(labels), value]));

  beforeAll(async () => {
    alerting = await startAlerting({ config });
    ({ plumbline, prometheus } = alerting);
    runs = {
      k6: await ingest("k6", K6),
      fast: await ingest("fast", JMETER),
      slow: await ingest("slow", slower(JMETER, 20)),
    };
    // Beyond the zero hold.
    await until(() => prometheus.query('loadtest_requests_total{suite="slow"} > 0'), {
      what: "the counters",
      timeoutMs: 30_000,
    });
  });
  afterAll(() => alerting?.stop());

  test.each([
    ["Average response time", "avg", 0.2, 0.5],
    ["95th percentile of response time", "p95", 0.5, 1],
  ] as const)(
    "the panel %s shows every operation and scenario as the report has it",
    async (title, stat, warning, critical) => {
      const [live] = [...dashboards(defaultConfig()).values()];
      const panel = live!.panels!.find((one) => one.title === title)!;
      const steps = "fieldConfig" in panel ? panel.fieldConfig?.defaults.thresholds?.steps : undefined;
      expect(steps?.map((step) => step.value)).toEqual([null, warning, critical]);
      for (const suite of ["k6", "fast", "slow"] as const) {
        const [query] = dashboardQueries(live!, { variables: { project: "shop", suite } }).filter(
          (one) => one.panel === title,
        );
        const expected = runs[suite].loadResults.map((one) => [keyOf(one), one.latency[stat]]);
        expect(expected.length).toBeGreaterThan(4);
        // What is worth showing is looked for each scrape interval as shipped, which is longer than this one.
        await expect.poll(() => byLabels(query!.expr), { timeout: 20_000 }).toEqual(Object.fromEntries(expected));
      }
    },
  );

  test.each(["k6", "fast", "slow"] as const)(
    "histogram_quantile of %s agrees with the report's own percentile, and the counters with its requests",
    async (suite) => {
      const operations = runs[suite].loadResults.filter(({ operation }) => operation !== undefined);
      const wanted = (of: (one: StoredLoad) => number | undefined) =>
        Object.fromEntries(operations.map((one) => [keyOf(one), of(one)]));
      expect(await byLabels(`loadtest_requests_total{suite="${suite}"}`)).toEqual(wanted((one) => one.requests));
      expect(await byLabels(`loadtest_request_failures_total{suite="${suite}"}`)).toEqual(
        wanted((one) => one.failures),
      );
      expect(await byLabels(`loadtest_latency_seconds_count{suite="${suite}"}`)).toEqual(wanted((one) => one.requests));
      const medians = await byLabels(`histogram_quantile(0.5, loadtest_latency_seconds_bucket{suite="${suite}"})`);
      const p95s = await byLabels(`histogram_quantile(0.95, loadtest_latency_seconds_bucket{suite="${suite}"})`);
      for (const one of operations) {
        const bounds = [0, ...one.histogram!.bounds];
        // It cannot tell values within a bucket apart: what it says lies in the bucket that the exact value is in. Of a few requests
        // it takes the next higher one, where the exact value lies between two: that may be in the next bucket.
        const reach = one.requests! < 8 ? 2 : 1;
        for (const [exact, found] of [
          [one.latency.p50!, medians[keyOf(one)]!],
          [one.latency.p95!, p95s[keyOf(one)]!],
        ] as const) {
          const at = bounds.findLastIndex((bound) => bound < exact);
          expect(found, `${keyOf(one)} of ${exact}`).toBeGreaterThanOrEqual(bounds[at]!);
          expect(found, `${keyOf(one)} of ${exact}`).toBeLessThanOrEqual(bounds[at + reach]!);
        }
      }
    },
  );

  test("increase() sees the first load test of a suite", async () => {
    const total = runs.slow.loadResults
      .filter(({ operation }) => operation !== undefined)
      .reduce((sum, one) => sum + one.requests!, 0);
    const [{ labels, points }] = (await prometheus.queryRange(
      'sum(loadtest_requests_total{suite="slow"})',
      Date.now() / 1000 - 60,
      Date.now() / 1000,
      1,
    )) as unknown as [{ labels: object; points: { value: number }[] }];
    expect(labels).toEqual({});
    expect([points[0]!.value, points.at(-1)!.value]).toEqual([0, total]);
  });

  test("targets: state and limits of what they are for", async () => {
    const state = async (suite: string, measure: string) =>
      (await prometheus.query(`measure_state{suite="${suite}",measure="${measure}"} == 1`)).map(
        ({ labels }) => `${labels.scenario} ${labels.operation} ${labels.state}`,
      );
    expect((await state("fast", "latency")).sort()).toEqual(["Browse __all__ green", "Buy __all__ green"]);
    expect((await state("slow", "latency")).sort()).toEqual(["Browse __all__ yellow", "Buy __all__ red"]);
    const limits = await prometheus.query('measure_threshold{suite="slow",measure="latency",scenario="Buy"}');
    expect(limits.map(({ labels, value }) => [labels.level, value]).sort()).toEqual([
      ["critical", 0.5],
      ["target", 0.25],
    ]);
  });

  test("an operation that averages more than a second pages, once; fast tests never do", async () => {
    await until(() => paged(), { what: "the page", timeoutMs: 60_000 });
    // Time for what else would come: `for`, group wait and interval.
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    const names = new Set(paged().map(({ labels }) => `${labels.suite} ${labels.scenario} ${labels.operation}`));
    expect([...names]).toEqual(["slow Buy GET /slow"]);
    const [page] = paged();
    expect(page!.labels).toMatchObject({ severity: "critical", measure: "latency", team: "checkout", project: "shop" });
    expect(page!.annotations.summary).toMatch(/^shop\/slow \(main, ci\): latency averages 1\.65s, limit 1s$/);
    expect(page!.annotations.description).toContain("latency in scenario Buy, operation GET /slow, averages 1.65s");
  });
});
