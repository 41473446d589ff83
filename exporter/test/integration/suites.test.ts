/**
 * What a real Prometheus sees of a suite that is retired, comes back, and gets another name: series end, and `increase()` counts each
 * run exactly once, whichever names it is asked by.
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

const CONFIG =
  "metrics: { scrapeIntervalSeconds: 1 }\nsuites: [{ suite: unit, project: shop, expectedIntervalSeconds: 60 }]\n";
const stack = await findStack(["prometheus"]);
const PASSED = 'test_case_executions_total{project="shop",result="passed"}';
const OBSERVED = 'test_case_duration_seconds_count{project="shop"}';

describe.skipIf(!stack.has("prometheus"))("suites in a real Prometheus", () => {
  let plumbline: Plumbline;
  let prometheus: Prometheus;
  let began = 0;
  let reports = 0;

  beforeAll(async () => {
    plumbline = await startPlumbline({ config: CONFIG });
    prometheus = await startPrometheus({
      scrapeConfigs: [{ job_name: "plumbline", static_configs: [{ targets: [plumbline.url.replace("http://", "")] }] }],
    });
    await until(() => prometheus.query('up{job="plumbline"} == 1'), { what: "the first scrape", timeoutMs: 30_000 });
    began = Date.now() / 1000;
  });
  afterAll(async () => {
    await prometheus?.stop();
    await plumbline?.stop();
  });

  const ingest = async (passed: number): Promise<void> => {
    const { status } = await plumbline.report(junitReport({ passed }, ++reports), { project: "shop", suite: "unit" });
    expect(status).toBe(201);
  };
  const command = async (name: string, body: object): Promise<void> => {
    const answer = await fetch(`${plumbline.url}/api/v1/suites/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(answer.status, await answer.text()).toBe(200);
  };
  /** By suite. */
  const now = async (selector: string): Promise<Record<string, number>> =>
    Object.fromEntries((await prometheus.query(selector)).map(({ labels, value }) => [labels.suite, value]));
  const reads = (selector: string, wanted: Record<string, number>) =>
    until(() => now(selector), {
      what: `${selector} = ${JSON.stringify(wanted)}`,
      accept: (found) => JSON.stringify(found) === JSON.stringify(wanted),
      timeoutMs: 20_000,
    });
  /** All that every series of the suite ever rose by, without the extrapolation of `increase()`. */
  async function rise(selector: string): Promise<number> {
    const end = Date.now() / 1000 + 1;
    const series = await prometheus.queryRange(selector, began - 5, end, 1);
    return series.reduce((sum, { points }) => {
      const values = points.map(({ value }) => value);
      expect(
        values.every((value, i) => i === 0 || value >= values[i - 1]!),
        `${selector} never falls`,
      ).toBe(true);
      return sum + values.at(-1)! - values[0]!;
    }, 0);
  }

  test("a retired suite's series end, what was expected of it too, and its run brings both back", async () => {
    await ingest(40);
    await reads(PASSED, { unit: 40 });
    await reads("test_expected_interval_seconds", { unit: 60 });
    await command("retire", { suite: "unit" });
    for (const one of [
      PASSED,
      OBSERVED,
      "test_expected_interval_seconds",
      "test_suite_info",
      "test_last_run_end_timestamp_seconds",
    ])
      await reads(one, {});
    expect(await rise(PASSED)).toBe(40);

    await ingest(7);
    // First what it stood at, then the new run: a series that began with its new value would have risen by nothing.
    await reads(PASSED, { unit: 40 });
    await reads(PASSED, { unit: 47 });
    await reads(OBSERVED, { unit: 47 });
    await reads("test_expected_interval_seconds", { unit: 60 });
    expect(await rise(PASSED)).toBe(47);
    expect(await rise(OBSERVED)).toBe(47);
  });

  test("the increase since it came back is the new run's alone", async () => {
    const back = (await prometheus.query(`timestamp(${PASSED})`))[0]!.value;
    const points = (await prometheus.queryRange(PASSED, began - 5, back + 1, 1)).flatMap((one) => one.points);
    const gap = points.findIndex(({ at }, i) => i > 0 && at - points[i - 1]!.at > 1.5);
    const since = points.slice(gap);
    expect([since[0]!.value, since.at(-1)!.value]).toEqual([40, 47]);
  });

  test("a renamed suite goes on under its new name from the values it had, and nothing is counted twice", async () => {
    await command("rename", { suite: "unit", to: "unit-tests" });
    await reads(PASSED, { "unit-tests": 47 });
    await reads("test_last_run_cases{result='passed'}", { "unit-tests": 7 });
    await reads("test_expected_interval_seconds", {});
    await ingest(5);
    await reads(PASSED, { "unit-tests": 52 });
    expect(await rise(PASSED)).toBe(52);
    expect(await rise(`${PASSED.slice(0, -1)},suite="unit-tests"}`)).toBe(5);
  });

  test("all stays so after kill -9 and restart", async () => {
    const { data, port } = plumbline;
    await plumbline.kill();
    plumbline = await startPlumbline({ data, port });
    await until(() => prometheus.query('up{job="plumbline"} == 1'), { what: "a scrape", timeoutMs: 20_000 });
    await reads(PASSED, { "unit-tests": 52 });
    await ingest(1);
    await reads(PASSED, { "unit-tests": 53 });
    expect(await rise(PASSED)).toBe(53);
  });
});
