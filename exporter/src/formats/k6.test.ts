import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Received, read } from "../../test/conformance/reading.ts";
import type { LoadResult } from "../model/load.ts";

const FIXTURES = join(import.meta.dirname, "../../test/fixtures");
const fixture = (name: string): string => readFileSync(join(FIXTURES, name), "utf8");
const POINTS = fixture("k6-json/k6-1.8.1-two-scenarios.json");
const EXPORT = "k6-summary/k6-1.8.1-export.json";
const total = (received: Received, scenario?: string): LoadResult => {
  const found = received.loads.find((load) => load.scenario === scenario && load.operation === undefined);
  if (found === undefined) throw new Error(`no total of ${scenario}`);
  return found;
};
const cases = (received: Received): Record<string, string> =>
  Object.fromEntries(received.cases.map(({ name, outcome }) => [name, outcome]));
const statedOf = (received: Received, name: string, stat = "value"): number | undefined =>
  received.measures.find((one) => one.name === name && one.stat === stat)?.sourceValue;

describe("k6 summaries", () => {
  test("the old export's thresholds are true when they were crossed", async () => {
    const received = await read(fixture(EXPORT));
    // As k6 printed it: p(99) was 81.13 ms, checks were 100 %, two of fourteen requests failed.
    expect(cases(received)).toEqual({
      "http_req_duration: p(95)<200": "passed",
      "http_req_duration: p(99)<20": "failed",
      "http_req_duration{scenario:buy}: avg<150": "passed",
      "http_req_failed: rate<0.9": "passed",
      "checks: rate>0.99": "passed",
      "orders_placed: count>1": "passed",
    });
    expect(received.suites.map(({ suite }) => suite.name)).toEqual(["thresholds"]);
    expect(total(received)).toMatchObject({ requests: 14, failures: 2 });
    expect(statedOf(received, "checks")).toBe(1);
    expect(statedOf(received, "orders_placed")).toBe(2);
  });

  test("handleSummary's say whether they held", async () => {
    const received = await read(fixture("k6-summary/k6-1.8.1-handle-summary.json"));
    expect(cases(received)["http_req_duration: p(99)<20"]).toBe("failed");
    expect(cases(received)["http_req_duration: p(95)<200"]).toBe("passed");
    expect(received.meta.durationSeconds).toBeGreaterThan(0.3);
  });

  test("a threshold that is neither is no case: unknown is never passed", async () => {
    const { cases: none } = await read(
      '{"metrics":{"iterations":{"count":1,"rate":1},"vus":{"value":1,"min":1,"max":1,"thresholds":{"value<5":"yes","max<9":{"ok":null}}}},"root_group":{}}',
    );
    expect(none).toEqual([]);
  });

  test("a part of the requests has no count, so that nothing is counted twice", async () => {
    const { loads } = await read(fixture(EXPORT));
    expect(loads.map(({ scenario, operation, requests }) => [scenario, operation, requests])).toEqual([
      [undefined, undefined, 14],
      ["buy", undefined, undefined],
    ]);
  });

  test("submetrics by name, address, group and method are measures of that component, others under their own name", async () => {
    const trend = '{"avg":10,"min":1,"med":9,"max":50,"p(90)":20,"p(95)":30}';
    const names = [
      "name:Order",
      "url:http://h/users/7",
      "group:::cart",
      "method:PUT",
      "scenario:a,name:/x/1",
      "status:200",
    ];
    const metrics = names.map((name) => `"http_req_duration{${name}}":${trend}`).join(",");
    const { loads, measures } = await read(
      `{"metrics":{"iterations":{"count":1,"rate":1},${metrics}},"root_group":{"name":"","groups":{},"checks":{}}}`,
    );
    // Operations would stand for the total, which they are not all of.
    expect(loads).toEqual([]);
    const p95s = measures.filter(({ name, stat }) => name === "http_req_duration" && stat === "p95");
    expect(p95s.map(({ scenario, component, value }) => [scenario, component, value])).toEqual([
      [undefined, "Order", 0.03],
      [undefined, "/users/{id}", 0.03],
      [undefined, "cart", 0.03],
      [undefined, "PUT", 0.03],
      ["a", "/x/{id}", 0.03],
    ]);
    expect(measures.some(({ name }) => name === "http_req_duration{status:200}")).toBe(true);
  });
});

describe("k6 points", () => {
  test("say the same as the summary of that run", async () => {
    const [points, summary] = [await read(POINTS), await read(fixture(EXPORT))];
    const scenarios = ["browse", "buy"].map((name) => total(points, name));
    expect(scenarios.reduce((sum, { requests }) => sum + requests!, 0)).toBe(total(summary).requests);
    expect(scenarios.reduce((sum, { failures }) => sum + failures!, 0)).toBe(total(summary).failures);
    for (const stat of ["avg", "min", "max", "p50", "p90", "p95", "p99", "p999"] as const)
      expect(total(points, "buy").latency[stat], stat).toBeCloseTo(total(summary, "buy").latency[stat]!, 11);
    // As stated: the export does not say that a custom trend is a time.
    for (const { name, stat, sourceValue } of summary.measures) {
      if (/_per_second$|\{expected|^checks\{/.test(name) || stat === "p999") continue;
      const same = points.measures.find((one) => one.name === name && one.stat === stat);
      expect(same?.sourceValue, `${name} ${stat}`).toBeCloseTo(sourceValue, 8);
    }
    expect(statedOf(points, "checks{check:checkout::order placed}")).toBe(1);
  });

  test("the CSV of that run says the same as its JSON", async () => {
    const [json, csv] = [await read(POINTS), await read(fixture("k6-csv/k6-1.8.1-two-scenarios.csv"))];
    const facts = (received: Received) =>
      received.loads.map(({ scenario, operation, requests, failures, latency, histogram }) => ({
        scenario,
        operation,
        requests,
        failures,
        p95: latency.p95?.toFixed(9),
        counts: histogram?.counts,
      }));
    expect(facts(csv)).toEqual(facts(json));
    // Whole seconds.
    expect(Math.abs(csv.meta.startedAtMs! - json.meta.startedAtMs!)).toBeLessThan(1_500);
    // 14 requests of 0.4 s in one second of the clock are not 170 a second: not known.
    expect(csv.loads.map(({ requestsPerSecond }) => requestsPerSecond)).toEqual(csv.loads.map(() => undefined));
    expect(csv.measures.filter(({ name }) => name.endsWith("_per_second"))).toEqual([]);
    expect(csv.warnings).toMatchObject([{ code: "VALUE_SKIPPED", message: expect.stringContaining("no rates") }]);
    const milli = await read(fixture("k6-csv/k6-1.8.1-milliseconds.csv"));
    expect(milli.loads.every(({ requestsPerSecond }) => requestsPerSecond! > 0)).toBe(true);
    expect(milli.loads.map(({ operation, requests, failures }) => [operation, requests, failures])).toEqual([
      ["GET /users/{id}", 3, 0],
      ["GET /drop", 3, 3],
      [undefined, 6, 3],
    ]);
  });

  test("a CSV in whole seconds has rates once it is long enough for them", async () => {
    const header = "metric_name,timestamp,metric_value,scenario,method,name\n";
    const rows = (seconds: number) =>
      Array.from({ length: seconds + 1 }, (_, i) => `http_req_duration,${1_795_186_000 + i},1,default,GET,/a\n`).join(
        "",
      );
    const rate = async (seconds: number) => (await read(header + rows(seconds))).loads[0]!.requestsPerSecond;
    expect(await rate(10)).toBeUndefined();
    expect(await rate(60)).toBeCloseTo(61 / 60, 3);
  });

  test("another spelling of the same lines reads the same: the quick way is no other way", async () => {
    const spaced = POINTS.replaceAll('"type":"Point"', '"type": "Point"');
    const turned = POINTS.split("\n")
      .map((line) =>
        line === "" ? line : JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line)).reverse())),
      )
      .join("\n");
    const whole = await read(POINTS);
    for (const text of [spaced, turned]) expect(await read(text)).toEqual(whole);
  });

  test("metadata behind the tags, null tags and odd numbers go the long way", async () => {
    const line = (value: string, tags: string, rest = ""): string =>
      `{"metric":"http_req_duration","type":"Point","data":{"time":"2026-01-02T03:04:05.5+02:00","value":${value},"tags":${tags}${rest}}}\n`;
    const named = '{"name":"a","method":"GET","scenario":"s"}';
    const { loads, warnings, meta } = await read(
      line("1e2", named) +
        line("200", named, ',"metadata":{"trace_id":"x"}') +
        line("300", "null") +
        line("0x10", named) +
        line("-5", named),
    );
    expect(
      loads.map(({ scenario, operation, requests, latency }) => [scenario, operation, requests, latency.max]),
    ).toEqual([
      ["s", "GET a", 2, 0.2],
      ["s", undefined, 2, 0.2],
      [undefined, undefined, 1, 0.3],
    ]);
    expect(meta.endedAtMs).toBe(Date.UTC(2026, 0, 2, 1, 4, 5, 500));
    expect(warnings.map(({ code, line: at }) => [code, at])).toEqual([
      ["NOISE_SKIPPED", 4],
      ["VALUE_SKIPPED", undefined],
    ]);
    // Nothing says whether any of them failed.
    expect(loads[0]!.failures).toBeUndefined();
  });

  test("a run that was killed ends within a line: partial, with what was there", async () => {
    const received = await read(POINTS.slice(0, Math.floor(POINTS.length * 0.6)));
    expect(received.meta).toMatchObject({ state: "partial", stateMessage: "the last line is cut" });
    expect(received.loads.length).toBeGreaterThan(0);
    const csv = fixture("k6-csv/k6-1.8.1-two-scenarios.csv");
    expect((await read(csv.slice(0, 2_000))).meta.state).toBe("partial");
  });

  test("a test without requests has measures only", async () => {
    const received = await read(
      '{"type":"Metric","data":{"name":"my_rate","type":"rate","contains":"default","thresholds":[]},"metric":"my_rate"}\n' +
        [1, 0, 1, 1]
          .map(
            (value) =>
              `{"metric":"my_rate","type":"Point","data":{"time":"2026-01-02T03:04:05Z","value":${value},"tags":{}}}\n`,
          )
          .join(""),
    );
    expect(received.loads).toEqual([]);
    expect(received.measures).toMatchObject([{ name: "my_rate", unit: "ratio", value: 0.75 }]);
  });

  test("lines that would reach into an object's prototype are ordinary names", async () => {
    const { loads } = await read(
      POINTS.replaceAll('"scenario":"buy"', '"scenario":"__proto__"').replaceAll(
        '"name":"PlaceOrder"',
        '"name":"constructor"',
      ),
    );
    expect(loads.map(({ scenario, operation }) => `${scenario} ${operation}`)).toContain("__proto__ POST constructor");
  });
});
