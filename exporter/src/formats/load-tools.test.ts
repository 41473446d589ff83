import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Received, read } from "../../test/conformance/reading.ts";
import type { LoadResult } from "../model/load.ts";
import { binaryBytesOf, durationOf } from "./load-text.ts";

const FIXTURES = join(import.meta.dirname, "../../test/fixtures");
const fixture = (name: string): string => readFileSync(join(FIXTURES, name), "utf8");
const total = ({ loads }: Received): LoadResult => {
  const found = loads.find(({ operation }) => operation === undefined);
  if (found === undefined) throw new Error("no total");
  return found;
};

describe("durations and sizes as they are printed", () => {
  test.each([
    ["8.56ms", 0.00856],
    ["730.24us", 0.00073024],
    ["12µs", 0.000012],
    ["1.20s", 1.2],
    ["1.5m", 90],
    ["1m3.5s", 63.5],
    ["2h0m1s", 7201],
    ["0.2656 secs", 0.2656],
    ["225.4668 ms", 0.2254668],
    ["2634321.0000 ns", 0.002634321],
    ["0", 0],
    ["0.00us", 0],
    ["NaN ns", undefined],
    ["-nan%", undefined],
    ["-inf ns", undefined],
    ["5 apples", undefined],
    ["", undefined],
  ])("%s", (text, seconds) => {
    expect(durationOf(text)).toBe(seconds);
  });

  test("wrk's and ab's units are powers of 1024", () => {
    expect(binaryBytesOf("160.14KB")).toBe(163983.36);
    expect(binaryBytesOf("0.00B")).toBe(0);
    expect(binaryBytesOf("2MB")).toBe(2 * 1024 ** 2);
    expect(binaryBytesOf("x")).toBeUndefined();
  });
});

describe("autocannon", () => {
  test("requests without an answer are requests that failed", async () => {
    const received = await read(fixture("autocannon/autocannon-8.0.0-no-answers.json"));
    const { requests, failures, latency } = total(received);
    expect(requests).toBeGreaterThan(0);
    expect(failures).toBe(requests);
    expect(latency).toEqual({});
  });

  test("a tenth of the answers is 503", async () => {
    const received = await read(fixture("autocannon/autocannon-8.0.0-refused.json"));
    const { requests, failures } = total(received);
    expect(failures! / requests!).toBeCloseTo(0.1, 1);
    expect(received.meta.name).toBe("Flaky shop");
    expect(received.loads[0]!.operation).toBe("/flaky");
  });
});

describe("hey, oha", () => {
  test("as hey printed it", async () => {
    const text = fixture("hey/hey-0.1.5-refused.txt");
    const said = (pattern: RegExp): number => Number(pattern.exec(text)![1]);
    expect(total(await read(text))).toMatchObject({
      requests: 120,
      failures: said(/\[503\]\s+(\d+)/),
      requestsPerSecond: said(/Requests\/sec:\s+([\d.]+)/),
      latency: { avg: said(/Average:\s+([\d.]+)/), p95: said(/95%% in ([\d.]+)/), p99: said(/99%% in ([\d.]+)/) },
    });
    expect((await read(text.slice(0, text.indexOf("Status code")))).meta.state).toBe("partial");
  });

  test.each([
    ["ab/ab-2.3-no-answers.txt", 5],
    ["hey/hey-0.1.5-no-answers.txt", 12],
    ["oha/oha-1.16.0-no-answers.txt", 6],
    ["oha/oha-1.16.0-no-answers.json", 6],
  ])("%s: all failed, and no latency is invented", async (name, requests) => {
    expect(total(await read(fixture(name)))).toMatchObject({ requests, failures: requests, latency: {} });
  });

  test("hey's CSV has every request, so a histogram", async () => {
    const { requests, failures, histogram, slices } = total(await read(fixture("hey/hey-0.1.5.csv")));
    expect([requests, failures]).toEqual([40, 4]);
    expect(histogram!.counts.reduce((a, b) => a + b, 0)).toBe(40);
    expect(slices).toBeUndefined();
  });

  test("oha's text and JSON say the same of what is the same", async () => {
    for (const kind of ["json", "txt"]) {
      const { requests, failures, latency } = total(await read(fixture(`oha/oha-1.16.0-refused.${kind}`)));
      expect([requests, failures]).toEqual([60, 6]);
      expect(latency.p50).toBeGreaterThan(0.007);
      expect(Object.keys(latency).sort()).toEqual(["avg", "max", "min", "p50", "p75", "p90", "p95", "p99", "p999"]);
    }
  });
});

describe("ab", () => {
  test("answers that are not 2xx failed, other lengths did not", async () => {
    expect(total(await read(fixture("ab/ab-2.3-refused.txt")))).toMatchObject({
      requests: 100,
      failures: 10,
      users: 4,
    });
    const text = fixture("ab/ab-2.3-pass.txt").replace(
      "Failed requests:        0",
      "Failed requests:        9\n   (Connect: 0, Receive: 1, Length: 8, Exceptions: 0)",
    );
    const received = await read(text);
    expect(total(received).failures).toBe(1);
    expect(received.measures).toMatchObject([{ name: "length_differences", value: 8, component: "/users/{id}" }]);
  });

  test("a run that it gave up is partial and says why", async () => {
    const { meta, loads } = await read(fixture("ab/ab-2.3-gave-up.txt"));
    expect(loads).toEqual([]);
    expect(meta).toMatchObject({ state: "partial", stateMessage: expect.stringContaining("Connection refused") });
  });
});

describe("wrk", () => {
  test("socket errors are requests that failed, and nothing is said of the latency of none", async () => {
    const text = fixture("wrk/wrk-4.1.0-no-answers.txt");
    const errors = Number(/read (\d+)/.exec(text)![1]);
    expect(total(await read(text))).toMatchObject({ requests: errors, failures: errors, latency: {} });
  });

  test("several runs in one file: their counts are added, their rates are not", async () => {
    const { loads } = await read(fixture("wrk/wrk-4.1.0-two-runs.txt"));
    expect(loads.map(({ operation }) => operation)).toEqual(["/users/{id}", "/slow", undefined]);
    expect(loads[2]!.requests).toBe(loads[0]!.requests! + loads[1]!.requests!);
    expect(loads[2]!.requestsPerSecond).toBeUndefined();
    expect(loads[2]!.latency.stddev).toBeUndefined();
  });

  test("wrk2's corrected latencies are the latencies", async () => {
    const { loads, measures } = await read(fixture("wrk/handmade-wrk2-uncorrected.txt"));
    expect(loads[0]!.latency).toMatchObject({ p50: 0.00667, p99: 0.01118, p999: 0.0123 });
    expect(measures.find(({ stat }) => stat === "p99")).toMatchObject({ name: "latency_uncorrected", value: 0.00518 });
  });

  test("colours and a log around it", async () => {
    const text = `$ wrk …\n\u001b[32m${fixture("wrk/wrk-4.1.0-latency.txt").replace("Latency  ", "\u001b[1mLatency\u001b[0m  ")}\u001b[0m\ndone\n`;
    expect(total(await read(text))).toEqual(total(await read(fixture("wrk/wrk-4.1.0-latency.txt"))));
  });

  test("cut before its last lines it is partial", async () => {
    const text = fixture("wrk/wrk-4.1.0-latency.txt");
    expect((await read(text.slice(0, text.indexOf("Requests/sec")))).meta.state).toBe("partial");
  });
});

describe("vegeta", () => {
  test("the JSON report, the text report and single results", async () => {
    for (const name of ["report.json", "report.txt"])
      expect(total(await read(fixture(`vegeta/vegeta-12.12.0-${name}`)))).toMatchObject({
        requests: 100,
        failures: 27,
      });
    const { loads } = await read(fixture("vegeta/vegeta-12.12.0-encoded.json"));
    expect(loads.map(({ operation, requests, failures }) => [operation, requests, failures])).toEqual([
      ["GET /fast", 10, 0],
      ["GET /users/{id}", 10, 0],
      ["GET /flaky", 10, 1],
      ["GET /drop", 10, 10],
      [undefined, 40, 11],
    ]);
    // What vegeta itself printed of them.
    const { latency } = loads.at(-1)!;
    expect(latency.avg).toBeCloseTo(0.006138, 6);
    expect(latency.max).toBeCloseTo(0.011135, 6);
  });

  test("the columns of an older text report are found by their names", async () => {
    const received = await read(
      "Requests      [total, rate]            100, 10.10\nDuration      [total, attack, wait]    9.9s, 9.8s, 100ms\nLatencies     [mean, 50, 95, 99, max]  1ms, 2ms, 3ms, 4ms, 5ms\nSuccess       [ratio]                  99.00%\nStatus Codes  [code:count]             200:99  0:1\n",
    );
    expect(total(received).latency).toEqual({ avg: 0.001, p50: 0.002, p95: 0.003, p99: 0.004, max: 0.005 });
    expect(received.meta.state).toBeUndefined();
  });
});

describe("ghz", () => {
  const text = fixture("ghz/ghz-0.93.0-refused.json");
  test("every call gives a histogram; its own percentiles where it has no calls", async () => {
    const detailed = total(await read(text));
    expect(detailed).toMatchObject({ requests: 60, failures: 6, users: 3 });
    expect(detailed.histogram?.counts.reduce((sum, one) => sum + one, 0)).toBe(60);
    const { details: _, ...rest } = JSON.parse(text);
    const summed = total(await read(JSON.stringify(rest)));
    expect(summed).toMatchObject({ requests: 60, failures: 6 });
    expect(summed.requestsPerSecond).toBeCloseTo(detailed.requestsPerSecond!, 8);
    expect(summed.histogram).toBeUndefined();
    expect(summed.latency.avg).toBeCloseTo(detailed.latency.avg!, 8);
    expect(summed.latency.max).toBeCloseTo(detailed.latency.max!, 9);
  });

  test("a run that was stopped is partial", async () => {
    expect((await read(text.replace('"endReason": "normal"', '"endReason": "cancel"'))).meta.state).toBe("partial");
  });
});

describe("Artillery", () => {
  test("as Artillery printed it; the periods add up", async () => {
    const { loads } = await read(fixture("artillery/artillery-2.0.21-endpoints.json"));
    const all = loads.find(({ operation }) => operation === undefined)!;
    expect(all).toMatchObject({ requests: 80, failures: 11, latency: { avg: 0.0251, p95: 0.0856, p99: 0.0928 } });
    expect(all.slices!.reduce((sum, { requests }) => sum + requests, 0)).toBe(80);
    expect(loads.find(({ operation }) => operation === "/drop")).toMatchObject({
      requests: 8,
      failures: 8,
      latency: {},
    });
  });

  test("version 1: errors are requests without an answer", async () => {
    const received = await read(fixture("artillery/handmade-1.7-report.json"));
    expect(total(received)).toMatchObject({ requests: 120, failures: 12, latency: { p50: 0.0152 } });
    expect(total(received).slices!.map(({ failures }) => failures)).toEqual([5, 7]);
  });
});

describe("Gatling", () => {
  test("as Gatling printed it", async () => {
    const received = await read(fixture("gatling/gatling-3.9.5-simulation.log"), { name: "simulation.log" });
    expect(
      received.loads.map(({ operation, requests, failures }) => [operation ?? "all", requests, failures]).sort(),
    ).toEqual([
      ["all", 52, 2],
      ["checkout / /orders/{id}", 6, 0],
      ["checkout / slow", 6, 0],
      ["flaky", 20, 2],
      ["user", 20, 0],
    ]);
    expect(received.meta.name).toBe("ShopSimulation");
  });

  test("older columns, and groups within groups", async () => {
    const { loads } = await read(fixture("gatling/handmade-2.3-simulation.log"));
    expect(loads[1]).toMatchObject({
      operation: "checkout / payment / Pay",
      requests: 1,
      failures: 1,
      latency: { max: 0.3 },
    });
  });

  test("users that never ended mean that the run was stopped", async () => {
    const text = fixture("gatling/gatling-3.9.5-simulation.log");
    const received = await read(text.slice(0, text.indexOf("\n", 1_500) + 1));
    expect(received.meta.state).toBe("partial");
  });

  test("the binary file of Gatling 3.10 and later is refused with a hint", async () => {
    const binary = Buffer.from([0, 0, 0, 0, 6, ...Buffer.from("3.13.1"), 0, 0, 0, 4]);
    await expect(read(binary, { name: "simulation.log" })).rejects.toMatchObject({
      code: "FORMAT_SCHEMA",
      message: expect.stringContaining("binary"),
    });
  });
});
