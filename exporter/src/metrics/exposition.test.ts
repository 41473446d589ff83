import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exposed } from "./__testing__/exposed.ts";
import { parseExposition, samplesOf } from "./__testing__/parse.ts";
import { observedAt, promClientOf } from "./__testing__/prom-client.ts";
import { counterRow, errorRow, histogramRow, LONG_AGO, lastRunRow, NOW, scope } from "./__testing__/rows.ts";
import { FAMILIES } from "./catalogue.ts";
import { openMetricsName } from "./exposition.ts";

const bounds = [0.2, 0.5, 1];
/** Sums as prom-client arrives at them. */
const observed = (counts: readonly number[]): number =>
  counts.reduce((sum, count, i) => {
    for (let n = 0; n < count; n++) sum += observedAt(bounds, i);
    return sum;
  }, 0);

const measure = { sourceValue: 1, sourceUnit: undefined, name: "parse" } as const;
const rows = {
  counters: [
    counterRow("runs", "failed", 3, { scope: scope(""), lastRunId: "build-7" }),
    counterRow("executions", "passed", 1234, { lastRunId: "build-7" }),
    counterRow("executions", "failed", 0, { lastRunId: "build-7" }),
    counterRow("executions", "errored", 20, { createdAtMs: NOW, lastRunId: "build-7" }),
    counterRow("flaky", "retry", 1),
    counterRow("errors", "timeout", 2, { lastRunId: "build-8" }),
    counterRow("load_requests", "peak|GET /cart", 40, { lastRunId: "build-7" }),
    counterRow("load_failures", "peak|GET /cart", 2, { lastRunId: "build-7" }),
    counterRow("folded", "branch", 1, { scope: scope("__overflow__") }),
  ],
  histograms: [
    histogramRow([1, 0, 2, 1], observed([1, 0, 2, 1]), { lastRunId: "build-7" }),
    histogramRow([0, 1, 0, 0], observed([0, 1, 0, 0]), { histogram: "run_duration", createdAtMs: NOW }),
    histogramRow([4, 0, 3, 0], observed([4, 0, 3, 0]), {
      histogram: "load_latency",
      labels: ["peak", "GET /cart"],
      lastRunId: "build-7",
    }),
  ],
  lastRuns: [
    lastRunRow(
      { status: "failed", usualDurationSeconds: 10.5 },
      {
        coverage: { lineRatio: 0.852 },
        measures: [
          { ...measure, kind: "measure", measure: "rss", value: 1.5e9, unit: "bytes", stat: "max", component: "api" },
          { ...measure, kind: "benchmark", measure: "time", value: 1.2e-7, unit: "seconds", stat: "avg" },
        ],
        load: [
          {
            scenario: "peak",
            operation: "GET /cart",
            requests: 40,
            failures: 2,
            requestsPerSecond: 4,
            latency: { p95: 0.24 },
          },
        ],
      },
    ),
  ],
  errorWindows: [errorRow("timeout", 2, NOW - 60_000)],
  suites: [{ scope: scope(), flaky: 2 }],
};
const suites = [{ suite: "unit", team: "core", component: "api", expectedIntervalSeconds: 3600, expectedCases: 42 }];

const small = async (format: "text" | "openmetrics", metrics = {}) => {
  const { store, body } = exposed({ suites, metrics });
  store.commit(rows);
  return body(format);
};

describe("the same data through prom-client", () => {
  test("both writers agree, sample by sample", async () => {
    const { store, body, view } = exposed({ suites });
    store.commit(rows);
    const text = await body();
    expect(samplesOf(text)).toEqual(samplesOf(await promClientOf(view).metrics()));
    expect(samplesOf(await body("openmetrics"))).toEqual(samplesOf(text));
  });

  test("whatever stands in a label: every character, control characters and lone surrogates included", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({
        unit: fc.constantFrom("\\", '"', "\n", "\r", "\0", "{", "}", ",", "=", " ", "#", "é", "\u2028", "𝕏"),
      }),
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
    );
    const row = fc.record({
      suite: text,
      project: text,
      environment: text,
      value: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), async (many) => {
        const { store, body, view } = exposed();
        store.commit({
          counters: many.map(({ value, ...more }) =>
            counterRow("executions", "passed", value, { scope: scope("", more) }),
          ),
          histograms: many.map((more) =>
            histogramRow([1, 2, 0, 1], observed([1, 2, 0, 1]), { scope: scope("", more) }),
          ),
        });
        const ours = await body();
        // What the bytes say, read as every scraper does.
        expect(samplesOf(ours)).toEqual(samplesOf(Buffer.from(await promClientOf(view).metrics()).toString("utf8")));
        expect(samplesOf(await body("openmetrics"))).toEqual(samplesOf(ours));
      }),
      { numRuns: 200 },
    );
  });

  test("every code point survives the way out and in", async () => {
    const { store, body } = exposed();
    const chunks: string[] = [];
    for (let start = 0; start < 0x110000; start += 0x800) {
      if (start === 0xd800) continue; // the surrogates have no UTF-8 form
      let chunk = "";
      for (let code = start; code < start + 0x800; code++) chunk += String.fromCodePoint(code);
      chunks.push(chunk);
    }
    store.commit({ counters: chunks.map((suite) => counterRow("retries", "", 1, { scope: scope(suite) })) });
    const { families } = parseExposition(await body());
    const back = families.get("test_case_retries_total")?.samples.map(({ labels }) => labels.suite);
    expect(new Set(back)).toEqual(new Set(chunks));
  });
});

describe("golden files", () => {
  test.each(["text", "openmetrics"] as const)("%s", async (format) => {
    await expect(await small(format)).toMatchFileSnapshot(`__golden__/metrics.${format}.txt`);
  });
});

describe("the catalogue", () => {
  test.each(["text", "openmetrics"] as const)(
    "%s: every family is in it, with its help, type and labels",
    async (format) => {
      const { families } = parseExposition(await small(format));
      expect(families.size).toBeGreaterThan(20);
      for (const { name, type, help, samples } of families.values()) {
        const family = FAMILIES.find((one) => (format === "text" ? one.name : openMetricsName(one)) === name);
        expect(family, name).toBeDefined();
        const { type: declared } = family!;
        const plain = declared === "stateset" || declared === "info" ? "gauge" : declared;
        expect(type).toBe(format === "openmetrics" && declared === "info" ? "info" : plain);
        expect(help).toBe(family!.help);
        const allowed = [...Object.keys(family!.labels), ...(declared === "histogram" ? ["le"] : [])];
        for (const { labels } of samples) {
          // In the catalogue's order, absent ones left out.
          expect(Object.keys(labels)).toEqual(allowed.filter((label) => label in labels));
        }
      }
    },
  );

  test("families come in its order", async () => {
    const names = [...parseExposition(await small("text")).families.keys()];
    expect(names).toEqual(FAMILIES.map(({ name }) => name).filter((name) => names.includes(name)));
  });
});

describe("OpenMetrics", () => {
  test("counters are named without _total, units are stated where the name ends with them", async () => {
    const { families } = parseExposition(await small("openmetrics"));
    expect(families.get("test_case_executions")?.type).toBe("counter");
    expect(families.get("test_case_executions")?.samples.every(({ name }) => name.endsWith("_total"))).toBe(true);
    expect(families.get("test_suite")).toMatchObject({
      type: "info",
      samples: [{ name: "test_suite_info", value: 1 }],
    });
    expect(families.get("test_case_duration_seconds")?.unit).toBe("seconds");
    expect(families.get("test_last_run_end_timestamp_seconds")?.unit).toBe("seconds");
    expect(families.get("measure_last_run_bytes")?.unit).toBe("bytes");
    expect(families.get("test_last_run_cases")?.unit).toBeUndefined();
    for (const { name, unit } of families.values())
      if (unit !== undefined) expect(name.endsWith(`_${unit}`)).toBe(true);
  });

  test("exemplars name the run: on moved counters and one bucket, on nothing held, zero or else", async () => {
    const { families } = parseExposition(await small("openmetrics"));
    const marked = [...families.values()].flatMap(({ samples }) =>
      samples.filter(({ exemplar }) => exemplar !== undefined),
    );
    expect(marked.map(({ name, labels, exemplar }) => [name, labels.result ?? labels.le ?? "", exemplar])).toEqual([
      ["test_runs_total", "failed", { labels: { run_id: "build-7" }, value: 1 }],
      ["test_case_executions_total", "passed", { labels: { run_id: "build-7" }, value: 1 }],
      ["test_errors_total", "", { labels: { run_id: "build-8" }, value: 1 }],
      ["test_case_duration_seconds_bucket", "1.0", { labels: { run_id: "build-7" }, value: 1 }],
      ["loadtest_requests_total", "", { labels: { run_id: "build-7" }, value: 1 }],
      ["loadtest_request_failures_total", "", { labels: { run_id: "build-7" }, value: 1 }],
      ["loadtest_latency_seconds_bucket", "1.0", { labels: { run_id: "build-7" }, value: 1 }],
    ]);
  });

  test("the exemplar is in the bucket that the newest run moved", async () => {
    const { store, body } = exposed();
    store.commit({ histograms: [histogramRow([1, 0, 2, 1], 5, { lastRunId: "one" })] });
    await body("openmetrics");
    store.commit({ histograms: [histogramRow([1, 3, 2, 1], 6, { lastRunId: "two" })] });
    const exemplars = [...(await body("openmetrics")).matchAll(/le="(.*?)"} \d+ # (.*)/g)].map(([, le, text]) => [
      le,
      text,
    ]);
    expect(exemplars).toEqual([["0.5", '{run_id="two"} 0.5']]);
  });

  test("a run id that does not fit in 128 characters, or that needs escapes, is left out", async () => {
    const { store, body } = exposed();
    const ids = ["é".repeat(122), "é".repeat(123), 'a"b', "a\\b", "a\nb"];
    store.commit({
      counters: ids.map((lastRunId, i) => counterRow("retries", "", 1, { scope: scope(`s${i}`), lastRunId })),
    });
    const lines = (await body("openmetrics")).split("\n").filter((line) => line.startsWith("test_case_retries_total"));
    expect(lines.map((line) => line.includes("# {"))).toEqual([true, false, false, false, false]);
  });

  test("_created lines come only when configured, and never in 0.0.4", async () => {
    expect(await small("openmetrics")).not.toContain("_created");
    expect(await small("text", { createdTimestamps: true })).not.toContain("_created");
    const { families } = parseExposition(await small("openmetrics", { createdTimestamps: true }));
    const created = (name: string) => families.get(name)?.samples.filter((one) => one.name === `${name}_created`);
    expect(created("test_case_executions")?.map(({ value }) => value)).toEqual([
      NOW / 1000,
      LONG_AGO / 1000,
      LONG_AGO / 1000,
    ]);
    expect(created("test_case_duration_seconds")).toEqual([
      expect.objectContaining({
        value: LONG_AGO / 1000,
        labels: expect.not.objectContaining({ le: expect.anything() }),
      }),
    ]);
  });
});
