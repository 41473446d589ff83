/**
 * What the dashboards of performance, benchmarks, deviations and targets say, in a real Prometheus that scraped the real exporter and
 * evaluated the real recordings, held against what the store says through the API.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dashboards } from "../../../grafana/src/dashboards.ts";
import { dashboardQueries } from "../../../grafana/src/queries.ts";
import { ruleGroups } from "../../../prometheus/src/rules.ts";
import { generatedYaml } from "../../../prometheus/src/yaml.ts";
import type { TargetReport } from "../../src/analysis/target-report.ts";
import { configSchema } from "../../src/config/schema.ts";
import type { Deviation } from "../../src/model/deviation.ts";
import type { StoredLoad } from "../../src/model/run.ts";
import {
  findStack,
  type Plumbline,
  type Prometheus,
  type Sample,
  startPlumbline,
  startPrometheus,
  until,
} from "../stack/index.ts";

const stack = await findStack(["prometheus"]);
const HOUR = 3_600_000;
const RUNS = 40;
const STEP = 30;
const config = configSchema.parse({ metrics: { scrapeIntervalSeconds: 1 } });
const K6 = readFileSync(new URL("../fixtures/k6-csv/k6-1.8.1-two-scenarios.csv", import.meta.url), "utf8");

/** About one percent of noise, the same in every run of the test. */
const noise = (seed: number): number => 1 + 0.02 * ((Math.imul(seed + 1, 2_654_435_761) >>> 0) / 2 ** 32 - 0.5);

describe.skipIf(!stack.has("prometheus"))("dashboards of performance against the store", () => {
  let plumbline: Plumbline;
  let prometheus: Prometheus;
  let load: { loadResults: StoredLoad[] };
  const start = Date.now() - RUNS * HOUR;

  const rowsOf = (file: string, panel: string, refId = "A", variables = {}): Promise<readonly Sample[]> => {
    const dashboard = dashboards(config).get(`performance/${file}.json`)!;
    const query = dashboardQueries(dashboard, { variables, range: "120s", interval: "1s" }).find(
      (one) => one.panel === panel && one.refId === refId,
    );
    return prometheus.query(query!.expr);
  };
  const tile = async (file: string, panel: string): Promise<number | undefined> =>
    (await rowsOf(file, panel))[0]?.value;
  const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

  beforeAll(async () => {
    plumbline = await startPlumbline({ config: "metrics: { scrapeIntervalSeconds: 1 }\n" });
    const rules = join(plumbline.data, "rules.yml");
    // Without their own intervals: nobody shall wait a minute for what dashboards read.
    writeFileSync(rules, generatedYaml({ groups: ruleGroups(config).map(({ name, rules }) => ({ name, rules })) }));
    prometheus = await startPrometheus({
      ruleFiles: [rules],
      scrapeConfigs: [{ job_name: "plumbline", static_configs: [{ targets: [plumbline.url.replace("http://", "")] }] }],
    });
    const send = async (body: string, params: Record<string, string>): Promise<string> => {
      const answer = await plumbline.report(body, { project: "shop", parts: "1", ...params });
      expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
      return (answer.body.run as { id: string }).id;
    };
    for (let i = 0; i < RUNS; i++) {
      const timestamp = new Date(start + i * HOUR).toISOString();
      const measure = (name: string, value: number, unit: string, stat = "value"): object => ({
        ...{ name, unit, stat },
        value: value * noise(i + 7 * name.length),
      });
      const measures = [
        measure("api_response_time", i < STEP ? 0.184 : 0.23, "s", "avg"),
        measure("error_rate", i === RUNS - 1 ? 0.05 : 0.01, "ratio"),
        measure("cache_hit_rate", 0.55, "ratio"),
        measure("memory_usage", 1.9e9, "bytes"),
        measure("token_reduction", 0.38, "ratio"),
      ];
      await send(JSON.stringify({ name: "checkout", timestamp, measures }), { suite: "checkout", run_id: `m${i}` });
      const ns = (i < STEP ? 1200 : 1500) * noise(i);
      const line = `BenchmarkParse-8   \t 100000\t ${ns.toFixed(3)} ns/op\t 512 B/op\t 7 allocs/op`;
      await send(`goos: linux\ngoarch: amd64\npkg: example.com/x\n${line}\nPASS\nok  \texample.com/x\t4.1s\n`, {
        ...{ suite: "bench", run_id: `b${i}`, filename: "bench.txt", started_at: timestamp },
        runner_class: i % 2 === 0 ? "big" : "laptop",
      });
    }
    const id = await send(K6, { suite: "k6", run_id: "k6" });
    load = await plumbline.api(`runs/${id}`);
    await until(() => prometheus.query('suite:measure_state:sum{suite="k6",state="green"} > 0'), {
      what: "the recorded levels",
      timeoutMs: 60_000,
    });
    await until(() => prometheus.query('suite:deviation_state:sum{suite="bench",state="insufficient_data"}'), {
      what: "the recorded states",
      timeoutMs: 60_000,
    });
    const { items } = await plumbline.api<{ items: Deviation[] }>("deviations?status=open&limit=100");
    await until(() => prometheus.query(`count(series:deviation_state:open) == ${items.length}`), {
      what: "the recorded open deviations",
      timeoutMs: 60_000,
    });
  });
  afterAll(async () => {
    await prometheus?.stop();
    await plumbline?.stop();
  });

  test("levels, near targets, margins and the decision are those of the API", async () => {
    const results = (await plumbline.api<TargetReport[]>("targets")).flatMap((one) => one.results);
    const count = (level: string): number => results.filter((one) => one.level === level).length;
    expect(count("red")).toBeGreaterThan(0);
    expect(count("yellow")).toBeGreaterThan(0);
    expect(await tile("targets", "Red")).toBe(count("red"));
    expect(await tile("targets", "Yellow")).toBe(count("yellow"));
    expect(await tile("targets", "Green")).toBe(count("green"));
    expect(await tile("targets", "Unknown")).toBe(count("unknown"));
    expect(await tile("targets", "Near")).toBe(results.filter(({ near }) => near).length);
    expect(await tile("targets", "Decision")).toBe(3);
    const looked = results.filter(({ level, near }) => level !== "green" || near);
    const margins = sorted((await rowsOf("targets", "Missed, unknown and near", "B")).map(({ value }) => value));
    const expected = sorted(looked.flatMap(({ margin }) => (margin === undefined ? [] : [margin])));
    expect(margins).toHaveLength(expected.length);
    for (const [index, margin] of margins.entries()) expect(margin).toBeCloseTo(expected[index]!, 9);
    const ratios = sorted((await rowsOf("targets", "Ratios", "B")).map(({ value }) => value));
    const values = results.filter(({ current }) => current.unit === "ratio").map(({ current }) => current.value);
    expect(ratios).toHaveLength(values.length);
    for (const [index, value] of sorted(values).entries()) expect(ratios[index]).toBeCloseTo(value, 9);
  });

  test("open deviations are those of the API, with the moment they began; what looks worse is suspected", async () => {
    const { items } = await plumbline.api<{ items: Deviation[] }>("deviations?status=open&limit=100");
    expect(items.length).toBeGreaterThan(1);
    const critical = items.filter(({ severity }) => severity === "critical").length;
    expect(await tile("deviations", "Critical")).toBe(critical);
    expect(await tile("deviations", "Warning")).toBe(items.length - critical);
    expect(await rowsOf("deviations", "Open deviations")).toHaveLength(items.length);
    const states = (await rowsOf("deviations", "Open deviations")).map(({ value }) => value);
    expect(states.filter((state) => state === 3)).toHaveLength(critical);
    const since = (await rowsOf("deviations", "Open deviations", "B")).map(({ value }) => value);
    expect(since).toHaveLength(items.length);
    for (const [index, at] of sorted(items.map(({ sinceMs }) => sinceMs)).entries())
      expect(Math.abs(sorted(since)[index]! - at)).toBeLessThan(2 * HOUR);
    expect((await rowsOf("deviations", "Suspected changes")).map(({ labels }) => labels.what?.trim())).toEqual([
      "error_rate value",
    ]);
    expect((await rowsOf("deviations", "Suspected changes", "B"))[0]?.value).toBeCloseTo(4, 0);
  });

  test("a load test shows what its report says of each operation", async () => {
    for (const [refId, stat] of [
      ["A", "avg"],
      ["C", "p95"],
    ] as const) {
      const rows = await rowsOf("performance", "Newest load test of each scenario and operation", refId);
      const shown = rows.map(({ labels, value }) => [`${labels.scenario} ${labels.operation}`, value] as const);
      const told = load.loadResults.map(
        ({ scenario, operation = "__all__", latency }) => [`${scenario} ${operation}`, latency[stat]] as const,
      );
      expect(new Map(shown.toSorted())).toEqual(new Map(told.toSorted()));
    }
  });

  test("a benchmark alone has its baseline and band; machines are compared though only one made the newest run", async () => {
    expect((await rowsOf("benchmarks", "Newest values")).map(({ labels }) => labels.runner_class).toSorted()).toEqual([
      "big",
      "laptop",
    ]);
    const alone = { benchmark: "example.com/x.BenchmarkParse", runner_class: "laptop" };
    expect(await rowsOf("benchmarks", "Times", "A", alone)).toHaveLength(1);
    const [baseline] = await rowsOf("benchmarks", "Times", "D", alone);
    expect(baseline?.value).toBeCloseTo(1.2e-6, 7);
    const [upper, lower] = [
      await rowsOf("benchmarks", "Times", "B", alone),
      await rowsOf("benchmarks", "Times", "C", alone),
    ];
    expect(upper[0]!.value).toBeGreaterThan(baseline!.value);
    expect((upper[0]!.value + lower[0]!.value) / 2).toBeCloseTo(baseline!.value, 12);
    const machines = await rowsOf("benchmarks", "Times by runner class");
    expect(machines.map(({ labels }) => labels.runner_class).toSorted()).toEqual(["big", "laptop"]);
  });
});
