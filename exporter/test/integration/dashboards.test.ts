/** Every dashboard query, asked of a real Prometheus that scraped the real exporter: parsed, answered with data, equal to the store. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dashboards } from "../../../grafana/src/dashboards.ts";
import { dashboardQueries, variableQueries } from "../../../grafana/src/queries.ts";
import { defaultConfig } from "../../src/config/schema.ts";
import type { ExecutionSummary, FailureGroup } from "../../src/model/store.ts";
import { findStack, type Plumbline, type Prometheus, startPlumbline, startPrometheus, until } from "../stack/index.ts";

const stack = await findStack(["prometheus"]);
const example = (kind: "good" | "bad", name: string) =>
  readFileSync(new URL(`../../examples/live/${kind}/${name}`, import.meta.url));
const SUITES = {
  api: "api.junit.xml",
  web: "web.vitest.json",
  stock: "stock.gotest.jsonl",
  load: "load.measures.json",
};
const built = dashboards(defaultConfig());

describe.skipIf(!stack.has("prometheus"))("dashboard queries in a real Prometheus", () => {
  let plumbline: Plumbline;
  let prometheus: Prometheus;

  beforeAll(async () => {
    plumbline = await startPlumbline({ config: "metrics: { scrapeIntervalSeconds: 1 }\n" });
    prometheus = await startPrometheus({
      scrapeConfigs: [{ job_name: "plumbline", static_configs: [{ targets: [plumbline.url.replace("http://", "")] }] }],
    });
    await until(() => prometheus.query('up{job="plumbline"} == 1'), { what: "the first scrape", timeoutMs: 30_000 });
    for (const kind of ["good", "bad"] as const)
      for (const [suite, file] of Object.entries(SUITES)) {
        const { status } = await plumbline.report(example(kind, file), {
          project: "shop",
          suite,
          filename: file,
          started_at: new Date(Date.now() - 60_000).toISOString(),
          run_id: `${kind}-${suite}`,
          parts: "1",
        });
        expect(status).toBe(201);
      }
    await until(() => prometheus.query('increase(test_case_executions_total{result="failed"}[1m]) > 0'), {
      what: "the counters",
      timeoutMs: 30_000,
    });
  });
  afterAll(async () => {
    await prometheus?.stop();
    await plumbline?.stop();
  });

  for (const [file, dashboard] of built)
    describe(file, () => {
      test.each([
        ["at All", {}],
        ["at one value", { project: "shop", suite: "api", environment: "ci", branch: "main" }],
      ])("every panel has data with variables %s", async (_, variables) => {
        const now = Date.now() / 1000;
        const empty: string[] = [];
        for (const query of dashboardQueries(dashboard, { variables, rateInterval: "10s", interval: "1s" })) {
          // Response times belong to the load suite alone.
          if ("suite" in variables && /response time|percentile/i.test(query.panel)) continue;
          await prometheus.parseQuery(query.expr);
          const count =
            query.kind === "instant"
              ? (await prometheus.query(query.expr)).length
              : (await prometheus.queryRange(query.expr, now - 120, now, 5)).flatMap((one) => one.points).length;
          if (count === 0) empty.push(`${query.panel} ${query.refId}: ${query.expr}`);
        }
        expect(empty).toEqual([]);
      });

      test("every variable has values", async () => {
        for (const variable of variableQueries(dashboard)) {
          const found = await prometheus.get<string[]>(`/api/v1/label/${variable.label}/values`, {
            "match[]": variable.selector,
          });
          expect(found, variable.variable).not.toEqual([]);
        }
      });
    });

  test("the overview tiles and the error table equal the store", async () => {
    const [live] = [...built.values()];
    const queries = dashboardQueries(live!, {
      variables: { project: "shop", suite: "api", environment: "ci", branch: "main" },
    });
    const value = async (panel: RegExp): Promise<number> => {
      const query = queries.find((one) => panel.test(one.panel));
      expect(query, String(panel)).toBeDefined();
      return (await prometheus.query(query!.expr))[0]?.value ?? Number.NaN;
    };
    const newest = (await plumbline.api<{ items: { counts: Record<string, number> }[] }>("runs?suite=api&limit=1"))
      .items[0]!.counts;
    const total = newest.passed! + newest.failed! + newest.errored! + newest.skipped!;
    expect(await value(/^Total/)).toBe(total);
    expect(await value(/^Executed/)).toBe(total - newest.skipped!);
    expect(await value(/^Passed/)).toBe(newest.passed);
    expect(await value(/^Failed/)).toBe(newest.failed! + newest.errored!);
    expect(await value(/^Skipped/)).toBe(newest.skipped);
    expect(await value(/^Pass rate/)).toBeCloseTo(newest.passed! / (total - newest.skipped!), 9);

    const affected = await prometheus.query('sum by (error_type) (test_error_affected_tests{suite="api"}) > 0');
    const groups = await plumbline.api<FailureGroup[]>("errors?suite=api&limit=100");
    const tests = new Map<string, number>();
    for (const group of groups) tests.set(group.errorType, (tests.get(group.errorType) ?? 0) + group.affectedTests);
    expect(Object.fromEntries(affected.map((one) => [one.labels.error_type, one.value]))).toEqual(
      Object.fromEntries(tests),
    );
    const summary = await plumbline.api<ExecutionSummary>("summary?suite=api");
    const executed = await prometheus.query('sum(test_case_executions_total{suite="api",result!="skipped"})');
    expect(executed[0]?.value).toBe(summary.executed);
  });
});
