import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultConfig } from "../config/schema.ts";
import type { LoadSummary } from "../model/store.ts";
import { exposed } from "./__testing__/exposed.ts";
import {
  alertRow,
  counterRow,
  deletedRow,
  deviationRow,
  errorRow,
  histogramRow,
  LONG_AGO,
  lastRunRow,
  NOW,
  scope,
} from "./__testing__/rows.ts";
import { FOLDED_LABELS } from "./catalogue.ts";
import { createMetricsView } from "./view.ts";

const BASE = 'branch="main",environment="ci",project="web"';
const SCOPE = `${BASE},suite="unit"`;

describe("zero hold", () => {
  test("a new counter reads 0 for two scrape intervals from its creation, then its value", async () => {
    const { store, clock, body, series } = exposed();
    store.commit({ counters: [counterRow("executions", "failed", 20, { createdAtMs: NOW })] });
    const name = `test_case_executions_total{branch="main",environment="ci",project="web",result="failed",suite="unit"}`;
    expect(await series("test_case_executions")).toEqual({ [name]: 0 });
    clock.ms = NOW + 9_999;
    const held = await body();
    expect(await series("test_case_executions")).toEqual({ [name]: 0 });
    clock.ms = NOW + 10_000;
    expect(await series("test_case_executions")).toEqual({ [name]: 20 });
    expect(await body()).not.toBe(held);
  });

  test("a new histogram reads 0 in every bucket, sum and count", async () => {
    const { store, clock, series } = exposed();
    store.commit({ histograms: [histogramRow([1, 2, 3, 4], 9.5, { createdAtMs: NOW })] });
    expect(Object.values(await series("test_case_duration"))).toEqual([0, 0, 0, 0, 0, 0]);
    clock.ms = NOW + 10_000;
    expect(Object.values(await series("test_case_duration"))).toEqual([1, 3, 6, 10, 9.5, 10]);
  });

  test("what was created before the hold time is shown at once, as after a restart", async () => {
    const { store, series } = exposed();
    store.commit({ counters: [counterRow("retries", "", 3, { createdAtMs: NOW - 10_000 })] });
    expect(await series("test_case_retries")).toEqual({ [`test_case_retries_total{${SCOPE}}`]: 3 });
  });

  test("the hold follows the configuration", async () => {
    const { store, clock, series } = exposed({ metrics: { scrapeIntervalSeconds: 30, zeroHoldIntervals: 3 } });
    store.commit({ counters: [counterRow("retries", "", 3, { createdAtMs: NOW })] });
    clock.ms = NOW + 89_999;
    expect(Object.values(await series("test_case_retries"))).toEqual([0]);
    clock.ms = NOW + 90_000;
    expect(Object.values(await series("test_case_retries"))).toEqual([3]);
  });

  test("no counter is ever seen to decrease, whatever comes when and however the clock jumps", async () => {
    const step = fc.record({ by: fc.nat(5), series: fc.nat(3), ms: fc.integer({ min: -3_000, max: 8_000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { store, clock, series } = exposed();
        const totals = new Map<number, { value: number; createdAtMs: number }>();
        let before: Record<string, number> = {};
        for (const { by, series: index, ms } of steps) {
          const row = totals.get(index) ?? { value: 0, createdAtMs: clock.ms };
          row.value += by;
          totals.set(index, row);
          const at = scope(`suite-${index}`);
          store.commit({ counters: [counterRow("executions", "passed", row.value, { ...row, scope: at })] });
          clock.ms += ms;
          const after = await series("test_case_executions");
          for (const [name, value] of Object.entries(before)) expect(after[name]).toBeGreaterThanOrEqual(value);
          before = after;
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("refresh", () => {
  test("an unchanged generation reads nothing and keeps the body", async () => {
    const { store, view, exposition } = exposed();
    store.commit({ counters: [counterRow("retries", "", 1)] });
    await view.refresh();
    const first = exposition.body("text");
    const { revision } = view;
    await view.refresh();
    expect(store.calls).toEqual({ generation: 2, changesSince: 1 });
    expect(view.revision).toBe(revision);
    expect(exposition.body("text")).toBe(first);
  });

  test("only blocks with a change are written anew", async () => {
    const { store, view, exposition } = exposed();
    const rows = Array.from({ length: 1000 }, (_, i) =>
      counterRow("retries", "", 1, { scope: scope(`suite-${String(i).padStart(4, "0")}`) }),
    );
    store.commit({ counters: rows });
    await view.refresh();
    const before = exposition.body("text").chunks;
    store.commit({ counters: [{ ...rows[300]!, value: 2 }] });
    await view.refresh();
    const after = exposition.body("text").chunks;
    expect(after.map((chunk, i) => chunk === before[i]).filter((same) => !same)).toHaveLength(1);
    expect(Buffer.concat([...after]).toString()).toContain('suite="suite-0300",environment="ci",branch="main"} 2\n');
  });

  test("a row that says the same again changes nothing", async () => {
    const { store, view } = exposed();
    store.commit({ counters: [counterRow("retries", "", 1)], lastRuns: [lastRunRow()] });
    await view.refresh();
    const { revision } = view;
    store.commit({ counters: [counterRow("retries", "", 1)], lastRuns: [lastRunRow()] });
    await view.refresh();
    expect(view.generation).toBe(2);
    expect(view.revision).toBe(revision);
  });

  test("concurrent calls share one reading", async () => {
    const { store, view } = exposed();
    store.commit({});
    await Promise.all([view.refresh(), view.refresh(), view.refresh()]);
    expect(store.calls).toEqual({ generation: 1, changesSince: 1 });
  });

  test("a store that went back, by a restored copy, is read from its beginning", async () => {
    const { store, series } = exposed();
    store.commit({});
    store.commit({ counters: [counterRow("retries", "", 9)] });
    expect(Object.values(await series("test_case_retries"))).toEqual([9]);
    store.replaceBy(1, { counters: [counterRow("retries", "", 4, { scope: scope("old") })] });
    expect(Object.keys(await series("test_case_retries"))).toEqual([`test_case_retries_total{${BASE},suite="old"}`]);
  });

  test("the store's error passes through, and the next refresh works", async () => {
    const { store, view } = exposed();
    const broken = { ...store, generation: (): Promise<number> => Promise.reject(new Error("disk")) };
    const other = createMetricsView({ store: broken, config: defaultConfig(), now: () => NOW });
    await expect(other.refresh()).rejects.toThrow("disk");
    broken.generation = store.generation;
    await other.refresh();
    expect(other.revision).toBe(1);
    expect(view.revision).toBe(0);
  });

  test("the order of rows and the restart leave no trace: two views end with the same bytes", async () => {
    const rows = ["b", "a", "c", "é", "aa"].map((suite) => counterRow("retries", "", 1, { scope: scope(suite) }));
    const [one, other] = [exposed(), exposed()];
    for (const row of rows) {
      one.store.commit({ counters: [row] });
      await one.body();
    }
    other.store.commit({ counters: rows.toReversed() });
    expect(await one.body()).toBe(await other.body());
  });
});

describe("the last run", () => {
  test("shows all four results, times, duration and one status", async () => {
    const { store, series } = exposed();
    store.commit({ lastRuns: [lastRunRow({ usualDurationSeconds: 11.25 })] });
    const all = await series("test_last");
    expect(all).toMatchObject({
      [`test_last_run_cases{${BASE},result="passed",suite="unit"}`]: 41,
      [`test_last_run_cases{${BASE},result="failed",suite="unit"}`]: 0,
      [`test_last_run_cases{${BASE},result="errored",suite="unit"}`]: 0,
      [`test_last_run_cases{${BASE},result="skipped",suite="unit"}`]: 1,
      [`test_last_run_duration_seconds{${SCOPE}}`]: 12.5,
      [`test_last_run_expected_duration_seconds{${SCOPE}}`]: 11.25,
      [`test_last_run_start_timestamp_seconds{${SCOPE}}`]: (NOW - 112_500) / 1000,
      [`test_last_run_end_timestamp_seconds{${SCOPE}}`]: (NOW - 100_000) / 1000,
      [`test_last_success_timestamp_seconds{${SCOPE}}`]: (NOW - 100_000) / 1000,
      [`test_last_run_status{${BASE},status="passed",suite="unit"}`]: 1,
      [`test_last_run_status{${BASE},status="failed",suite="unit"}`]: 0,
    });
    const states = Object.entries(all).filter(([name]) => name.startsWith("test_last_run_status"));
    expect(states.map(([, value]) => value).reduce((a, b) => a + b)).toBe(1);
  });

  test("what is not known has no series", async () => {
    const { store, series } = exposed();
    store.commit({ lastRuns: [lastRunRow({ lastSuccessAtMs: undefined })] });
    expect(await series("test_last_success")).toEqual({});
    expect(await series("test_last_run_expected_duration")).toEqual({});
    expect(await series("test_last_run_coverage")).toEqual({});
    expect(await series("test_last_run_cases_expected")).toEqual({});
  });

  test("the configured duration wins over the usual one", async () => {
    const { store, series } = exposed({ suites: [{ suite: "unit", expectedDurationSeconds: 60, expectedCases: 42 }] });
    store.commit({ lastRuns: [lastRunRow({ usualDurationSeconds: 11 })] });
    expect(Object.values(await series("test_last_run_expected_duration"))).toEqual([60]);
    expect(Object.values(await series("test_last_run_cases_expected"))).toEqual([42]);
  });

  test("measures and benchmarks go to the family of their unit, without labels they lack", async () => {
    const { store, series } = exposed();
    const measure = { sourceValue: 1, sourceUnit: undefined, stat: "avg", name: "n" } as const;
    const measures = [
      { ...measure, kind: "measure", measure: "api_response_time", value: 0.25, unit: "seconds", component: "api" },
      { ...measure, kind: "measure", measure: "hits", value: 7, unit: "value" },
      { ...measure, kind: "benchmark", measure: "time", value: 1e-6, unit: "seconds" },
    ] as const;
    store.commit({ lastRuns: [lastRunRow({}, { measures, coverage: { lineRatio: 0.85 } })] });
    expect({
      ...(await series("measure_last_run")),
      ...(await series("benchmark_")),
      ...(await series("test_last_run_cov")),
    }).toEqual({
      'measure_last_run_seconds{branch="main",component="api",environment="ci",measure="api_response_time",project="web",stat="avg",suite="unit"}': 0.25,
      'measure_last_run_value{branch="main",environment="ci",measure="hits",project="web",stat="avg",suite="unit"}': 7,
      'benchmark_last_run_seconds{benchmark="n",branch="main",environment="ci",measure="time",project="web",stat="avg",suite="unit"}': 1e-6,
      'test_last_run_coverage_ratio{branch="main",environment="ci",kind="line",project="web",suite="unit"}': 0.85,
    });
  });

  test("a newer run without a measure removes the measure's series", async () => {
    const { store, series } = exposed();
    const measure = { sourceValue: 1, sourceUnit: undefined, name: "n", kind: "measure", stat: "avg" } as const;
    const of = (name: string) => ({ ...measure, measure: name, value: 1, unit: "ratio" }) as const;
    store.commit({ lastRuns: [lastRunRow({}, { measures: [of("a"), of("b")] })] });
    expect(Object.keys(await series("measure_last_run"))).toHaveLength(2);
    store.commit({ lastRuns: [lastRunRow({}, { measures: [of("b")] })] });
    expect(Object.keys(await series("measure_last_run"))).toEqual([expect.stringContaining('measure="b"')]);
  });

  test("deleting the runs removes the gauges and leaves counters and the suite's owner", async () => {
    const { store, series } = exposed();
    store.commit({ lastRuns: [lastRunRow()], counters: [counterRow("retries", "", 5)] });
    expect(Object.keys(await series("test_last"))).not.toHaveLength(0);
    store.commit({ lastRuns: [deletedRow()] });
    expect(await series("test_last")).toEqual({});
    expect(Object.values(await series("test_case_retries"))).toEqual([5]);
    expect(Object.keys(await series("test_suite_info"))).toEqual([expect.stringContaining('framework="unknown"')]);
  });
});

describe("error window", () => {
  test("shows affected tests and the last occurrence; quiet again, zero and no time", async () => {
    const { store, series } = exposed();
    store.commit({ errorWindows: [errorRow("timeout", 3, NOW - 1500)] });
    const full = 'branch="main",environment="ci",error_type="timeout",project="web",suite="unit"';
    expect(await series("test_error_")).toEqual({
      [`test_error_last_occurrence_timestamp_seconds{${full}}`]: (NOW - 1500) / 1000,
      [`test_error_affected_tests{${full}}`]: 3,
    });
    store.commit({ errorWindows: [errorRow("timeout", 0, 0)] });
    expect(await series("test_error_")).toEqual({ [`test_error_affected_tests{${full}}`]: 0 });
  });
});

describe("trust in tests", () => {
  test("flaky tests of a suite are shown until its runs are gone", async () => {
    const { store, series } = exposed();
    store.commit({ suites: [{ scope: scope(), flaky: 2 }] });
    expect(await series("test_flaky_tests")).toEqual({ [`test_flaky_tests{${SCOPE}}`]: 2 });
    store.commit({ suites: [{ scope: scope(), flaky: undefined }] });
    expect(await series("test_flaky_tests")).toEqual({});
  });

  test("an entry of the quarantine expires at the end of its day, without anything happening", async () => {
    const expires = new Date(NOW).toISOString().slice(0, 10);
    const entry = { owner: "web", expires };
    const { clock, series } = exposed({
      quarantine: [
        { ...entry, test: "a" },
        { ...entry, test: "b", expires: "2999-01-01" },
      ],
    });
    const states = async () => Object.values(await series("test_quarantine_entries"));
    expect(await states()).toEqual([2, 0]);
    clock.ms = Date.parse(expires) + 86_400_000;
    expect(await states()).toEqual([1, 1]);
  });
});

describe("suites", () => {
  const info = (suite: string, team: string, component: string, framework: string, project = "web"): string =>
    `test_suite_info{component="${component}",framework="${framework}",project="${project}",suite="${suite}",team="${team}"}`;

  test("every suite that was seen has one row, unowned when nothing is known", async () => {
    const { store, series } = exposed({ suites: [{ suite: "unit", team: "core", component: "api" }] });
    store.commit({
      counters: [
        counterRow("retries", "", 1, { scope: scope("e2e") }),
        counterRow("retries", "", 1, { scope: scope("e2e", { branch: "pull_request" }) }),
        counterRow("runs", "passed", 1, { scope: scope("") }),
      ],
      lastRuns: [lastRunRow()],
    });
    expect(await series("test_suite_info")).toEqual({
      [info("e2e", "unowned", "unknown", "unknown")]: 1,
      [info("unit", "core", "api", "vitest")]: 1,
    });
  });

  test("a suite that no entry gives a team is its whose pattern fits", async () => {
    const { store, series } = exposed({
      suites: [{ suite: "unit", team: "core" }],
      teams: [{ name: "web", owns: ["web/*"] }],
    });
    store.commit({ lastRuns: [lastRunRow(), lastRunRow({}, { scope: scope("e2e") })] });
    expect(await series("test_suite_info")).toEqual({
      [info("e2e", "web", "unknown", "vitest")]: 1,
      [info("unit", "core", "unknown", "vitest")]: 1,
    });
  });

  test("the row follows the framework of the newest run and stays single", async () => {
    const { store, series } = exposed();
    store.commit({ lastRuns: [lastRunRow()] });
    await series("test_suite_info");
    const newer = { scope: scope("unit", { branch: "develop" }), framework: "jest" };
    store.commit({ lastRuns: [lastRunRow({ endedAtMs: NOW }, newer)] });
    expect(await series("test_suite_info")).toEqual({ [info("unit", "unowned", "unknown", "jest")]: 1 });
  });

  test("a configured suite that never ran has its row and its interval, on the default branch", async () => {
    const { series } = exposed({
      project: "web",
      suites: [
        { suite: "nightly", team: "qa", expectedIntervalSeconds: 86_400 },
        { project: "shop", suite: "smoke", expectedIntervalSeconds: 3600 },
      ],
    });
    expect(await series("test_suite_info")).toEqual({
      [info("nightly", "qa", "unknown", "unknown")]: 1,
      [info("smoke", "unowned", "unknown", "unknown", "shop")]: 1,
    });
    expect(await series("test_expected_interval")).toEqual({
      [`test_expected_interval_seconds{${BASE},suite="nightly"}`]: 86_400,
      'test_expected_interval_seconds{branch="main",environment="ci",project="shop",suite="smoke"}': 3600,
    });
  });

  test("an entry for any project moves to the project that runs the suite, and nothing waits for the default one", async () => {
    const { store, series } = exposed({ suites: [{ suite: "unit", team: "core", expectedIntervalSeconds: 60 }] });
    expect(Object.keys(await series("test_suite_info"))).toEqual([expect.stringContaining('project="default"')]);
    store.commit({ lastRuns: [lastRunRow()] });
    expect(await series("test_suite_info")).toEqual({ [info("unit", "core", "unknown", "vitest")]: 1 });
    expect(await series("test_expected_interval")).toEqual({ [`test_expected_interval_seconds{${SCOPE}}`]: 60 });
  });

  test("the interval holds where the suite runs: the default branch, not a release branch that is done", async () => {
    const { store, series } = exposed({ suites: [{ suite: "unit", expectedIntervalSeconds: 60 }] });
    const at = (branch: string, environment: string) =>
      lastRunRow({}, { scope: scope("unit", { branch, environment }) });
    store.commit({ lastRuns: [at("release/*", "ci")] });
    expect(Object.keys(await series("test_expected_interval"))).toEqual([expect.stringContaining("release/*")]);
    store.commit({ lastRuns: [at("main", "staging")] });
    expect(Object.keys(await series("test_expected_interval"))).toEqual([
      `test_expected_interval_seconds{branch="main",environment="staging",project="web",suite="unit"}`,
    ]);
  });

  test("a suite with measures only is late as others are, by the end of what it measured", async () => {
    const { store, series } = exposed({ suites: [{ suite: "unit", expectedIntervalSeconds: 60 }] });
    store.commit({ lastRuns: [{ ...deletedRow(), coverage: { lineRatio: 0.5 }, measuredAtMs: 5000 }] });
    expect(await series("test_expected_interval")).toEqual({ [`test_expected_interval_seconds{${SCOPE}}`]: 60 });
    expect(Object.values(await series("test_last_run_end"))).toEqual([5]);
    expect(await series("test_last_run_status")).toEqual({});
  });

  test("a suite with coverage only has no run that could be late", async () => {
    const { store, series } = exposed({ suites: [{ suite: "unit", expectedIntervalSeconds: 60 }] });
    store.commit({ lastRuns: [{ ...deletedRow(), coverage: { lineRatio: 0.5 } }] });
    expect(await series("test_expected_interval")).toEqual({});
    expect(Object.values(await series("test_last_run_coverage"))).toEqual([0.5]);
  });
});

describe("the budget", () => {
  const series5 = Array.from({ length: 5 }, (_, i) =>
    counterRow("retries", "", 10 + i, { scope: scope(`s${i}`), createdAtMs: LONG_AGO - i }),
  );

  test("beyond it the youngest are left out, counted as folded and never brought back by a newcomer", async () => {
    const { store, series } = exposed({ labels: { seriesPerFamily: 3 } });
    store.commit({ counters: series5 });
    expect(Object.values(await series("test_case_retries"))).toEqual([12, 13, 14]);
    expect(await series("plumbline_series")).toMatchObject({
      'plumbline_series{family="test_case_retries_total"}': 3,
      "plumbline_series_limit{}": 3,
      'plumbline_series_folded_total{label="suite"}': 4, // two counters; and two of the five rows of test_suite_info
    });
    store.commit({
      counters: [counterRow("retries", "", 1, { scope: scope("a-newcomer"), createdAtMs: NOW - 60_000 })],
    });
    expect(Object.values(await series("test_case_retries"))).toEqual([12, 13, 14]);
  });

  test("a histogram counts with all of its lines", async () => {
    const { store, series } = exposed({ labels: { seriesPerFamily: 13 } });
    store.commit({ histograms: ["a", "b", "c"].map((name) => histogramRow([1, 1, 1, 1], 3, { scope: scope(name) })) });
    expect(Object.keys(await series("test_case_duration"))).toHaveLength(12);
    expect(await series("plumbline_series{")).toEqual({});
    expect(await series("plumbline_series")).toMatchObject({
      'plumbline_series{family="test_case_duration_seconds"}': 12,
      'plumbline_series_folded_total{label="suite"}': 1,
    });
  });

  test("the store's folds are added up over its scopes, every child is there from the start", async () => {
    const { store, series } = exposed();
    const folded = await series("plumbline_series_folded");
    expect(Object.values(folded)).toEqual(FOLDED_LABELS.map(() => 0));
    store.commit({
      counters: ["web", "shop"].map((project) =>
        counterRow("folded", "branch", 2, { scope: scope("__overflow__", { project }), createdAtMs: NOW }),
      ),
    });
    expect(await series("plumbline_series_folded")).toMatchObject({
      'plumbline_series_folded_total{label="branch"}': 4,
    });
  });

  test("what was folded is always exposed, so that sums lack nothing", async () => {
    const { store, series } = exposed({ labels: { seriesPerFamily: 13 } });
    const rest = scope("__overflow__", {
      project: "__overflow__",
      environment: "__overflow__",
      branch: "__overflow__",
    });
    const pulls = { ...rest, branch: "pull_request" };
    store.commit({
      counters: [
        ...["a", "b", "c"].flatMap((name) =>
          ["passed", "failed", "errored", "skipped"].map((result, i) =>
            counterRow("executions", result, i + 1, { scope: scope(name) }),
          ),
        ),
        ...[rest, pulls].map((one) =>
          counterRow("executions", "passed", 100, { scope: one, createdAtMs: LONG_AGO + 1 }),
        ),
      ],
    });
    const executions = await series("test_case_executions");
    expect(Object.values(executions).reduce((a, b) => a + b)).toBe(230);
    expect(Object.keys(executions).filter((name) => name.includes('suite="__overflow__"'))).toHaveLength(2);
    store.commit({ counters: [counterRow("executions", "passed", 7, { scope: scope("d") })] });
    expect(Object.keys(await series("test_case_executions"))).toHaveLength(15); // 13, and the folded
  });

  test("and so is a folded histogram", async () => {
    const { store, series } = exposed({ labels: { seriesPerFamily: 6 } });
    const rows = ["a", "b", "__overflow__"].map((name) => histogramRow([1, 1, 1, 1], 3, { scope: scope(name) }));
    store.commit({ histograms: rows });
    const suites = Object.keys(await series("test_case_duration_seconds_count"));
    expect(suites).toEqual([expect.stringContaining("__overflow__"), expect.stringContaining('suite="a"')]);
  });

  test("what is no longer left out stays counted", async () => {
    const { store, series } = exposed({ labels: { seriesPerFamily: 8 } });
    store.commit({ lastRuns: [lastRunRow(), lastRunRow({}, { scope: scope("e2e") })] });
    const before = (await series("plumbline_series_folded"))['plumbline_series_folded_total{label="suite"}'];
    expect(before).toBeGreaterThan(0);
    store.commit({ lastRuns: [deletedRow(scope("e2e"))] });
    const after = (await series("plumbline_series_folded"))['plumbline_series_folded_total{label="suite"}'];
    expect(after).toBe(before);
  });
});

describe("load tests", () => {
  const OPERATION = 'operation="GET /cart",project="web",scenario="peak",suite="unit"';
  const PLACE = `branch="main",environment="ci",${OPERATION}`;

  test("counters and the histogram have scenario and operation as labels; an absent scenario is no label", async () => {
    const { store, series } = exposed();
    store.commit({
      counters: [
        counterRow("load_requests", "peak|GET /cart", 7),
        counterRow("load_failures", "peak|GET /cart", 2),
        counterRow("load_requests", "|__all__", 5),
      ],
      histograms: [histogramRow([4, 2, 1, 0], 1.5, { histogram: "load_latency", labels: ["peak", "GET /cart"] })],
    });
    expect(await series("loadtest_requests")).toEqual({
      [`loadtest_requests_total{${PLACE}}`]: 7,
      [`loadtest_requests_total{${BASE.replace(",project", ',operation="__all__",project')},suite="unit"}`]: 5,
    });
    expect(await series("loadtest_request_failures")).toEqual({ [`loadtest_request_failures_total{${PLACE}}`]: 2 });
    const latency = await series("loadtest_latency_seconds");
    expect(latency[`loadtest_latency_seconds_count{${PLACE}}`]).toBe(7);
    expect(latency[`loadtest_latency_seconds_bucket{branch="main",environment="ci",le="0.5",${OPERATION}}`]).toBe(6);
  });

  test("a new operation reads 0 in counter and buckets until its hold ends", async () => {
    const { store, clock, series } = exposed();
    const labels = ["peak", "GET /cart"];
    store.commit({
      counters: [counterRow("load_requests", "peak|GET /cart", 7, { createdAtMs: NOW })],
      histograms: [histogramRow([4, 2, 1, 0], 1.5, { histogram: "load_latency", labels, createdAtMs: NOW })],
    });
    expect(new Set(Object.values(await series("loadtest_")))).toEqual(new Set([0]));
    clock.ms = NOW + 10_000;
    expect(await series("loadtest_requests")).toEqual({ [`loadtest_requests_total{${PLACE}}`]: 7 });
  });

  test("the newest run's numbers are gauges: what the tool does not state is absent, the total is __all__", async () => {
    const { store, series } = exposed();
    const load: LoadSummary[] = [
      {
        scenario: "peak",
        operation: "GET /cart",
        requests: 200,
        failures: 3,
        requestsPerSecond: 12.5,
        latency: { avg: 0.15, p95: 0.4 },
      },
      {
        scenario: undefined,
        operation: undefined,
        requests: 0,
        failures: 0,
        requestsPerSecond: undefined,
        latency: { p99: 1.5 },
      },
    ];
    store.commit({ lastRuns: [lastRunRow({}, { load })] });
    const total = 'branch="main",environment="ci",operation="__all__",project="web"';
    const STAT = (stat: string) => PLACE.replace(",suite=", `,stat="${stat}",suite=`);
    expect(await series("loadtest_last_run")).toEqual({
      [`loadtest_last_run_latency_seconds{${STAT("avg")}}`]: 0.15,
      [`loadtest_last_run_latency_seconds{${STAT("p95")}}`]: 0.4,
      [`loadtest_last_run_latency_seconds{${total},stat="p99",suite="unit"}`]: 1.5,
      [`loadtest_last_run_requests{${PLACE}}`]: 200,
      [`loadtest_last_run_requests{${total},suite="unit"}`]: 0,
      [`loadtest_last_run_requests_per_second{${PLACE}}`]: 12.5,
      [`loadtest_last_run_error_ratio{${PLACE}}`]: 0.015,
    });
    store.commit({ lastRuns: [lastRunRow({}, { load: load.slice(0, 1) })] });
    expect(Object.keys(await series("loadtest_last_run"))).toHaveLength(5);
    store.commit({ lastRuns: [deletedRow()] });
    expect(await series("loadtest_last_run")).toEqual({});
  });
});

describe("runs that are active", () => {
  const place = `{${SCOPE}}`;

  test("show how many and the sign of life; with none left the count is 0 and the sign of life ends", async () => {
    const { store, series } = exposed();
    expect(await series("test_run")).toEqual({});
    store.commit({ active: [{ scope: scope(), runs: 2, heardAtMs: NOW - 60_000 }] });
    expect(await series("test_runs_active")).toEqual({ [`test_runs_active${place}`]: 2 });
    expect(await series("test_run_heartbeat")).toEqual({
      [`test_run_heartbeat_timestamp_seconds${place}`]: (NOW - 60_000) / 1000,
    });
    store.commit({ active: [{ scope: scope(), runs: 0, heardAtMs: undefined }] });
    expect(await series("test_runs_active")).toEqual({ [`test_runs_active${place}`]: 0 });
    expect(await series("test_run_heartbeat")).toEqual({});
  });
});

describe("a suite that is retired", () => {
  const ended = [{ project: "web", suite: "unit" }];
  const COUNTER = `test_case_executions_total{branch="main",environment="ci",project="web",result="passed",suite="unit"}`;
  const everything = {
    counters: [counterRow("executions", "passed", 7), counterRow("runs", "passed", 2, { scope: scope("") })],
    histograms: [histogramRow([1, 2, 3, 4], 9.5)],
    lastRuns: [lastRunRow()],
    errorWindows: [errorRow("timeout", 1, NOW)],
    suites: [{ scope: scope(), flaky: 2 }],
    active: [{ scope: scope(), runs: 1, heardAtMs: NOW }],
    deviations: [deviationRow()],
  };
  const other = { counters: [counterRow("executions", "passed", 1, { scope: scope("other") })] };

  test("has no series any more, what is no suite's and other suites' stay", async () => {
    const { store, series, body } = exposed({
      suites: [{ suite: "unit", project: "web", expectedIntervalSeconds: 60 }],
    });
    store.commit(everything);
    store.commit(other);
    expect(await body()).toContain('suite="unit"');
    store.commit({ ended });
    expect(await body()).not.toContain('suite="unit"');
    expect(Object.values(await series("test_runs_total"))).toEqual([2]);
    expect(Object.keys(await series("test_case_executions"))).toHaveLength(1);
    // A view that starts afresh says the same.
    const fresh = exposed({ suites: [{ suite: "unit", project: "web", expectedIntervalSeconds: 60 }] });
    fresh.store.commit({ ended });
    expect(await fresh.body()).not.toContain('suite="unit"');
  });

  test("its alerts last until Alertmanager says that they are over: who is on one stays known", async () => {
    const { store, series } = exposed();
    store.commit({ alerts: [alertRow({ level: 2, acknowledged: true })] });
    await series("");
    store.commit({ ended });
    expect(Object.values(await series("test_alert_acknowledged"))).toEqual([1]);
    expect(Object.values(await series("plumbline_alert_escalation_level"))).toEqual([0]);
  });

  test("is not waited for, whatever project its entry is for; a run brings that back, a pull request does not", async () => {
    const { store, series } = exposed({ suites: [{ suite: "unit", expectedIntervalSeconds: 60 }] });
    const expected = () => series("test_expected_interval");
    expect(Object.keys(await expected())).toHaveLength(1);
    store.commit({ ended });
    expect(await expected()).toEqual({});
    const pullRequest = scope("unit", { branch: "pull_request" });
    store.commit({ counters: [counterRow("executions", "passed", 1, { scope: pullRequest })] });
    expect(await expected()).toEqual({});
    expect(Object.keys(await series("test_suite_info"))).toHaveLength(1);
    store.commit({ lastRuns: [lastRunRow()] });
    expect(Object.keys(await expected())).toEqual([`test_expected_interval_seconds{${SCOPE}}`]);
  });

  test("comes back with the values it had, which hold like a new series' zero; then it shows the new ones", async () => {
    const { store, series, clock } = exposed();
    store.commit(everything);
    await series("");
    store.commit({ ended });
    await series("");
    const back = {
      counters: [counterRow("executions", "passed", 9, { resumed: { atMs: NOW, value: 7 } })],
      histograms: [histogramRow([2, 2, 3, 4], 9.75, { resumed: { atMs: NOW, counts: [1, 2, 3, 4], sum: 9.5 } })],
    };
    store.commit(back);
    const read = async () => [await series("test_case_executions"), Object.values(await series("test_case_duration"))];
    const held = [{ [COUNTER]: 7 }, [1, 3, 6, 10, 9.5, 10]];
    const shown = [{ [COUNTER]: 9 }, [2, 4, 7, 11, 9.75, 11]];
    expect(await read()).toEqual(held);
    clock.ms = NOW + 10_000;
    expect(await read()).toEqual(shown);
    // As after a restart, within the hold and after it.
    for (const [atMs, wanted] of [
      [NOW + 9_999, held],
      [NOW + 10_000, shown],
    ] as const) {
      const fresh = exposed({}, atMs);
      fresh.store.commit({ ended });
      fresh.store.commit(back);
      expect([
        await fresh.series("test_case_executions"),
        Object.values(await fresh.series("test_case_duration")),
      ]).toEqual(wanted);
    }
  });

  test("a held series shows no exemplar of the run that it does not count yet", async () => {
    const { store, body, clock } = exposed();
    const row = counterRow("executions", "passed", 9, { resumed: { atMs: NOW, value: 7 }, lastRunId: "r9" });
    store.commit({ counters: [row] });
    expect(await body("openmetrics")).toMatch(/executions_total\{.*\} 7\n/);
    clock.ms = NOW + 10_000;
    expect(await body("openmetrics")).toMatch(/executions_total\{.*\} 9 # \{run_id="r9"\}/);
  });
});

describe("targets", () => {
  const one = { kind: "measure", sourceValue: 1, sourceUnit: undefined } as const;
  const hits = { ...one, name: "cache_hit_rate", measure: "cache_hit_rate", stat: "value", unit: "ratio" } as const;
  const place = `${BASE.replace(",project", ',measure="cache_hit_rate",project')},stat="value"`;

  test("show their limits and the level of what they are for; the level moves with the run", async () => {
    const { store, series } = exposed();
    const states = async () => {
      const found = await series("measure_state");
      const shown = Object.entries(found).filter(([name]) => name.includes("cache_hit_rate"));
      return shown.filter(([, value]) => value === 1).map(([name]) => /state="(\w+)"/.exec(name)![1]);
    };
    for (const [value, level] of [
      [0.9, "green"],
      [0.7, "yellow"],
      [0.5, "red"],
    ] as const) {
      store.commit({ lastRuns: [lastRunRow({}, { measures: [{ ...hits, value }] })] });
      expect(await states()).toEqual([level]);
    }
    expect((await series("measure_value"))[`measure_value{${place},suite="unit"}`]).toBe(0.5);
    const thresholds = await series("measure_threshold");
    expect(thresholds[`measure_threshold{${place.replace(",measure", ',level="target",measure')},suite="unit"}`]).toBe(
      0.8,
    );
    expect(
      thresholds[`measure_threshold{${place.replace(",measure", ',level="critical",measure')},suite="unit"}`],
    ).toBe(0.6);
    store.commit({ lastRuns: [lastRunRow()] });
    expect(await states()).toEqual([]);
    expect(Object.keys(await series("measure_value")).join()).not.toContain("cache_hit_rate");
  });

  test("success rate comes from the cases; a suite that executed nothing has none", async () => {
    const { store, series } = exposed();
    store.commit({ lastRuns: [lastRunRow({ counts: { passed: 92, failed: 5, errored: 3, skipped: 9 } })] });
    const found = await series("measure_state");
    expect(Object.entries(found).filter(([, value]) => value === 1)).toEqual([
      [expect.stringMatching(/measure="success_rate".*state="yellow"/), 1],
    ]);
    store.commit({ lastRuns: [lastRunRow({ counts: { passed: 0, failed: 0, errored: 0, skipped: 9 } })] });
    expect(await series("measure_state")).toEqual({});
  });

  test("a level that is not known is no state, and a target without a critical limit has one limit", async () => {
    const target = { measure: "latency", stat: "p95" as const, target: 0.25, load: 100 };
    const { store, series } = exposed({ targets: [target] });
    const slow = { scenario: "peak", operation: undefined, requests: 9, failures: 0, requestsPerSecond: 5 };
    store.commit({ lastRuns: [lastRunRow({}, { load: [{ ...slow, latency: { p95: 0.1 } }] })] });
    expect(Object.values(await series("measure_state"))).toEqual([0, 0, 0]);
    expect(Object.keys(await series("measure_threshold"))).toEqual([
      'measure_threshold{branch="main",environment="ci",level="target",measure="latency",operation="__all__",project="web",scenario="peak",stat="p95",suite="unit"}',
    ]);
  });
});

describe("benchmarks", () => {
  test("carry the kind of machine that measured where it is known", async () => {
    const { store, series } = exposed();
    const one = { kind: "benchmark", name: "sort", measure: "time", stat: "avg", unit: "seconds" } as const;
    const source = { sourceValue: 1, sourceUnit: "s" };
    store.commit({
      lastRuns: [
        lastRunRow(
          {},
          {
            measures: [
              { ...one, ...source, value: 0.5, runnerClass: "linux-x64-8c" },
              { ...one, ...source, value: 0.7 },
            ],
          },
        ),
      ],
    });
    const place = 'benchmark="sort",branch="main",environment="ci",measure="time",project="web"';
    expect(await series("benchmark_")).toEqual({
      [`benchmark_last_run_seconds{${place},runner_class="linux-x64-8c",stat="avg",suite="unit"}`]: 0.5,
      [`benchmark_last_run_seconds{${place},stat="avg",suite="unit"}`]: 0.7,
    });
  });
});

describe("families()", () => {
  test("yields what a scrape reads: held zeros, absent labels left out, creation times", async () => {
    const { store, view } = exposed();
    store.commit({
      counters: [
        counterRow("runs", "passed", 2, { scope: scope("") }),
        counterRow("executions", "passed", 7, { createdAtMs: NOW, lastRunId: "r1" }),
      ],
      histograms: [histogramRow([1, 0, 2, 1], 5.5)],
    });
    await view.refresh();
    const families = new Map([...view.families()].map(({ family, series }) => [family.name, [...series]]));
    expect(families.get("test_runs_total")).toEqual([
      {
        kind: "sample",
        labels: { project: "web", environment: "ci", branch: "main", result: "passed" },
        value: 2,
        createdAtMs: LONG_AGO,
        runId: undefined,
      },
    ]);
    expect(families.get("test_case_executions_total")?.[0]).toMatchObject({ value: 0, createdAtMs: NOW, runId: "r1" });
    expect(families.get("test_case_duration_seconds")).toEqual([
      expect.objectContaining({ kind: "histogram", bounds: [0.2, 0.5, 1], counts: [1, 0, 2, 1], sum: 5.5, count: 4 }),
    ]);
  });
});
