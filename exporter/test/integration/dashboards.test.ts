/**
 * Dashboard queries in a real Prometheus that scrapes the real exporter, evaluates the real rules and hands alerts to a real
 * Alertmanager: what a replay cannot show (dashboards-history.test.ts), and the main figures against the store.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { dashboards } from "../../../grafana/src/dashboards.ts";
import { dashboardQueries, type Substitutions, variableQueries } from "../../../grafana/src/queries.ts";
import { prometheusConfig } from "../../../prometheus/src/prometheus-config.ts";
import { ruleGroups } from "../../../prometheus/src/rules.ts";
import { configSchema } from "../../src/config/schema.ts";
import type { ExecutionSummary, FailureGroup } from "../../src/model/store.ts";
import { findStack, type Plumbline, type Prometheus, startPlumbline, startPrometheus, until } from "../stack/index.ts";
import { temporaryFolder } from "../temporary.ts";

const stack = await findStack(["prometheus"]);
const example = (kind: "good" | "bad", name: string) =>
  readFileSync(new URL(`../../examples/live/${kind}/${name}`, import.meta.url));
const SUITES = {
  api: "api.junit.xml",
  web: "web.vitest.json",
  stock: "stock.gotest.jsonl",
  load: "load.measures.json",
};
/** What a pattern, a quotation or a path could trip over. */
const HOSTILE = 'e2e "checkout" (v1.2)/a+b\\c | d';
const CONFIG = { metrics: { scrapeIntervalSeconds: 1 } };
const built = dashboards(configSchema.parse(CONFIG));

describe.skipIf(!stack.has("prometheus"))("dashboard queries in a real Prometheus", () => {
  let plumbline: Plumbline;
  let prometheus: Prometheus;

  beforeAll(async () => {
    plumbline = await startPlumbline({ config: stringify(CONFIG) });
    const rules = join(temporaryFolder("rules"), "plumbline.yml");
    // What is recorded once a minute would keep this test waiting for it.
    const groups = ruleGroups(configSchema.parse(CONFIG)).map(({ name, rules: of }) => ({ name, rules: of }));
    writeFileSync(rules, stringify({ groups }));
    const config = prometheusConfig(configSchema.parse(CONFIG), {
      plumbline: [plumbline.url.replace("http://", "")],
      alertmanager: [],
      ruleFiles: [rules],
    });
    prometheus = await startPrometheus({ configText: stringify(config) });
    await until(() => prometheus.query('up{job="plumbline"} == 1'), { what: "the first scrape", timeoutMs: 30_000 });
    const send = async (kind: "good" | "bad", suite: string, file: string): Promise<void> => {
      const { status } = await plumbline.report(example(kind, file), {
        project: "shop",
        suite,
        filename: file,
        started_at: new Date(Date.now() - 60_000).toISOString(),
        run_id: `${kind}-${suite}`,
        parts: "1",
      });
      expect(status).toBe(201);
    };
    for (const kind of ["good", "bad"] as const) {
      for (const [suite, file] of Object.entries(SUITES)) await send(kind, suite, file);
      await send(kind, HOSTILE, SUITES.api);
    }
    const broken = await plumbline.report("<testsuite", { project: "shop", suite: "broken", filename: "x.xml" });
    expect(broken.status).toBeGreaterThanOrEqual(400);
    await until(() => prometheus.query('increase(test_case_executions_total{result="failed"}[1m]) > 0'), {
      what: "the counters",
      timeoutMs: 30_000,
    });
    await until(() => prometheus.query("suite:test_last_run_status:number > 1"), {
      what: "the rules",
      timeoutMs: 30_000,
    });
  });
  afterAll(async () => {
    await prometheus?.stop();
    await plumbline?.stop();
  });

  /** Panels without a single number. */
  async function emptyPanels(file: string, variables: Substitutions["variables"] = {}): Promise<string[]> {
    const now = Date.now() / 1000;
    const left = new Set<string>();
    const seen = new Set<string>();
    const values = { variables, range: "5m", rateInterval: "10s", interval: "1s" };
    for (const query of dashboardQueries(built.get(file)!, values)) {
      await prometheus.parseQuery(query.expr);
      const numbers =
        query.kind === "instant"
          ? await prometheus.query(query.expr)
          : (await prometheus.queryRange(query.expr, now - 120, now, 5)).flatMap((one) => one.points);
      (numbers.some(({ value }) => !Number.isNaN(value)) ? seen : left).add(query.panel);
    }
    return [...left].filter((panel) => !seen.has(panel)).sort();
  }

  test.each([
    ["at All", {}],
    ["at one suite", { project: "shop", suite: "api", environment: "ci", branch: "main" }],
    ["at a suite with quotes, dots and slashes", { project: "shop", suite: HOSTILE }],
  ])("the live dashboard has data %s", async (_, variables) => {
    const none = await emptyPanels("tests/live-execution.json", variables);
    // Response times belong to the load suite alone.
    const expected = "suite" in variables ? ["95th percentile of response time", "Average response time"] : [];
    expect(none).toEqual(expected);
  });

  test("Plumbline's own dashboard has data of the process, of scrapes and of rules, which no replay has", async () => {
    // No Alertmanager stands here, so no alert was reported; and this Prometheus does not know its own port, so it cannot scrape itself.
    expect(await emptyPanels("self/plumbline.json")).toEqual([
      "Alerts that climb",
      "Rules that fail, alerts that are dropped",
    ]);
  });

  test.each([...built.keys()])("every variable of %s has values, also below such a suite", async (file) => {
    for (const variables of [{}, { suite: HOSTILE }]) {
      if ("suite" in variables && file.startsWith("self/")) continue;
      for (const { variable, label, selector } of variableQueries(built.get(file)!, { variables })) {
        if (!["project", "suite", "environment", "branch", "instance"].includes(variable)) continue;
        const found = await prometheus.get<string[]>(`/api/v1/label/${label}/values`, { "match[]": selector });
        expect(found, variable).not.toEqual([]);
        if (variable === "suite") expect(found).toContain(HOSTILE);
      }
    }
  });

  test.each(["api", HOSTILE])("the overview tiles and the error table equal the store for %s", async (suite) => {
    const queries = dashboardQueries(built.get("tests/live-execution.json")!, {
      variables: { project: "shop", suite, environment: "ci", branch: "main" },
      range: "1h",
    });
    const asked = (panel: RegExp): string => {
      const query = queries.find((one) => panel.test(one.panel));
      expect(query, String(panel)).toBeDefined();
      return query!.expr;
    };
    const value = async (panel: RegExp): Promise<number> =>
      (await prometheus.query(asked(panel)))[0]?.value ?? Number.NaN;
    const of = `suite=${encodeURIComponent(suite)}`;
    const newest = (await plumbline.api<{ items: { counts: Record<string, number> }[] }>(`runs?${of}&limit=1`))
      .items[0]!.counts;
    const total = newest.passed! + newest.failed! + newest.errored! + newest.skipped!;
    expect(await value(/^Total/)).toBe(total);
    expect(await value(/^Executed/)).toBe(total - newest.skipped!);
    expect(await value(/^Passed/)).toBe(newest.passed);
    expect(await value(/^Failed/)).toBe(newest.failed! + newest.errored!);
    expect(await value(/^Skipped/)).toBe(newest.skipped);
    expect(await value(/^Pass rate/)).toBeCloseTo(newest.passed! / (total - newest.skipped!), 9);

    const groups = await plumbline.api<FailureGroup[]>(`errors?${of}&limit=100`);
    const [counts, tests] = [new Map<string, number>(), new Map<string, number>()];
    for (const { errorType, count, affectedTests } of groups) {
      counts.set(errorType, (counts.get(errorType) ?? 0) + count);
      tests.set(errorType, (tests.get(errorType) ?? 0) + affectedTests);
    }
    const byType = async (refId: string): Promise<Record<string, number>> => {
      const query = queries.find((one) => one.panel === "Errors" && one.refId === refId);
      const rows = await prometheus.query(query!.expr);
      return Object.fromEntries(rows.map(({ labels, value: of }) => [labels.error_type ?? "", of]));
    };
    expect(await byType("A")).toEqual(Object.fromEntries(counts));
    expect(await byType("C")).toEqual(Object.fromEntries(tests));
    const summary = await plumbline.api<ExecutionSummary>(`summary?${of}`);
    const trends = dashboardQueries(built.get("tests/trends.json")!, { variables: { suite }, range: "1h" });
    const executed = await prometheus.query(trends.find(({ panel }) => panel === "Executed")!.expr);
    expect(executed[0]?.value).toBe(summary.executed);
  });
});
