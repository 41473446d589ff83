/**
 * The counters' truth in a real Prometheus: what was ingested is what `increase()` says, for suites never seen before, across
 * kill -9 and a second ingest of everything.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  findStack,
  junitReport,
  type Plumbline,
  type Prometheus,
  startPlumbline,
  startPrometheus,
  until,
} from "../stack/index.ts";

const CONFIG = "metrics: { scrapeIntervalSeconds: 1 }\n";
const stack = await findStack(["prometheus"]);

/** suite -> reports in order. */
const REPORTS: Record<string, { passed?: number; failed?: number; errored?: number; skipped?: number }[]> = {
  unit: [
    { passed: 40, failed: 1, skipped: 2 },
    { passed: 41, skipped: 2 },
  ],
  "fails-at-once": [{ passed: 80, failed: 20 }],
  'odd "name" \\ ünï': [{ passed: 3, errored: 4 }],
};
type Result = "passed" | "failed" | "errored" | "skipped";
const RESULTS: Result[] = ["passed", "failed", "errored", "skipped"];
const expected = (suite: string, result: Result): number =>
  (REPORTS[suite] ?? []).reduce((sum, one) => sum + (one[result] ?? 0), 0);

describe.skipIf(!stack.has("prometheus"))("counters in a real Prometheus", () => {
  let plumbline: Plumbline;
  let prometheus: Prometheus;
  let began = 0;

  beforeAll(async () => {
    plumbline = await startPlumbline({ config: CONFIG });
    prometheus = await startPrometheus({
      scrapeConfigs: [{ job_name: "plumbline", static_configs: [{ targets: [plumbline.url.replace("http://", "")] }] }],
      exemplars: true,
    });
    await until(() => prometheus.query('up{job="plumbline"} == 1'), { what: "the first scrape", timeoutMs: 30_000 });
    began = Date.now() / 1000;
  });
  afterAll(async () => {
    await prometheus?.stop();
    await plumbline?.stop();
  });

  async function ingestAll(): Promise<number[]> {
    const statuses: number[] = [];
    for (const [suite, reports] of Object.entries(REPORTS))
      for (const [index, counts] of reports.entries())
        statuses.push((await plumbline.report(junitReport(counts, index), { project: "shop", suite })).status);
    return statuses;
  }

  async function expectTruth(): Promise<void> {
    for (const suite of Object.keys(REPORTS)) {
      for (const result of RESULTS) {
        const selector = `test_case_executions_total{suite=${JSON.stringify(suite)},result="${result}"}`;
        const want = expected(suite, result);
        await until(async () => (await prometheus.query(selector))[0]?.value, {
          what: `${selector} = ${want}`,
          accept: (value) => value === want,
          timeoutMs: 20_000,
        });
        // Asked at the moment of a sample: after it, increase() extrapolates by up to half an interval, which is a lot of a short window.
        const at = (await prometheus.query(`timestamp(${selector})`))[0]!.value;
        const window = `${Math.ceil(at - began) + 5}s`;
        const increase = (await prometheus.query(`increase(${selector}[${window}])`, at))[0]?.value ?? Number.NaN;
        expect(Math.round(increase), `increase of ${selector}`).toBe(want);
        const [series] = await prometheus.queryRange(selector, at - Math.ceil(at - began + 5), at, 1);
        const values = series!.points.map((point) => point.value);
        expect(values[0], `first sample of ${selector}`).toBe(0);
        expect(values.at(-1)! - values[0]!, `last minus first of ${selector}`).toBe(want);
        expect(
          values.every((value, i) => i === 0 || value >= values[i - 1]!),
          `${selector} never falls`,
        ).toBe(true);
      }
    }
    const runs = (await prometheus.query("sum(test_runs_total)"))[0]?.value;
    expect(runs).toBe(4);
  }

  test("equal what was ingested, the first run of a suite included", async () => {
    expect(await ingestAll()).toEqual([201, 201, 201, 201]);
    await expectTruth();
  });

  test("stay the same after everything is ingested a second time", async () => {
    expect(await ingestAll()).toEqual([200, 200, 200, 200]);
    await expectTruth();
  });

  test("stay the same after kill -9 and restart", async () => {
    const { data, port } = plumbline;
    await plumbline.kill();
    plumbline = await startPlumbline({ data, port });
    await until(() => prometheus.query('up{job="plumbline"} == 1'), {
      what: "a scrape after the restart",
      timeoutMs: 20_000,
    });
    await expectTruth();
    expect(await ingestAll()).toEqual([200, 200, 200, 200]);
    await expectTruth();
  });

  test("carry the run id as exemplar", async () => {
    const found = await until(() => prometheus.exemplars('test_case_executions_total{suite="unit",result="passed"}'), {
      what: "an exemplar",
      timeoutMs: 20_000,
    });
    const runs = await plumbline.api<{ items: { runId: string }[] }>("runs?suite=unit&limit=10");
    expect(runs.items.map((run) => run.runId)).toContain(found[0]!.exemplars[0]!.labels.run_id);
  });
});
