import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Received, read } from "../../test/conformance/reading.ts";

const FIXTURES = join(import.meta.dirname, "../../test/fixtures");
const fixture = (name: string): string => readFileSync(join(FIXTURES, name), "utf8");
const all = ({ loads }: Received, what: "requests" | "failures"): number =>
  loads.filter(({ operation }) => operation === undefined).reduce((sum, load) => sum + (load[what] ?? Number.NaN), 0);
const operations = ({ loads }: Received): string[] =>
  loads
    .filter(({ operation }) => operation !== undefined)
    .map((load) => `${load.scenario}: ${load.operation} ${load.requests}`);
const HEADER = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,grpThreads,allThreads";
const START = 1_767_323_045_000;
const row = (at: number, elapsed: number | string, label: string, rest = '200,OK,"T 1-1",true,10,1,1'): string =>
  `${START + at},${elapsed},${label},${rest}`;

describe("JMeter", () => {
  // What JMeter's summariser printed for that very file. It leaves transactions out, and as "parent samples" all that is in them.
  test.each([
    ["jmeter-csv/jmeter-5.6.3-default.csv", 88, 2],
    ["jmeter-csv/jmeter-5.6.3-no-header.csv", 88, 2],
    ["jmeter-csv/jmeter-5.6.3-semicolons-dates.csv", 88, 3],
    ["jmeter-csv/jmeter-5.6.3-parent-samples.csv", 72 + 16, 2],
    ["jmeter-csv/jmeter-5.6.3-no-subresults.csv", 72 + 8, 3],
    ["jmeter-xml/jmeter-5.6.3-default.xml", 88, 2],
    ["jmeter-xml/jmeter-5.6.3-parent-samples.xml", 72 + 16, 2],
  ])("%s: %i requests, %i failed", async (name, requests, failures) => {
    const received = await read(fixture(name));
    expect(received.warnings).toEqual([]);
    expect(all(received, "requests")).toBe(requests);
    expect(all(received, "failures")).toBe(failures);
    expect(received.meta.state).toBeUndefined();
  });

  test("average, least and most are the summariser's: 17, 3 and 86 ms", async () => {
    const totals = (await read(fixture("jmeter-csv/jmeter-5.6.3-default.csv"))).loads.filter(
      ({ operation }) => operation === undefined,
    );
    const spent = totals.reduce((sum, { requests, latency }) => sum + requests! * latency.avg!, 0);
    expect(Math.floor((spent / 88) * 1000)).toBe(17);
    expect(Math.min(...totals.map(({ latency }) => latency.min!))).toBe(0.003);
    expect(Math.max(...totals.map(({ latency }) => latency.max!))).toBe(0.086);
  });

  test("redirects are part of their request, transactions are measures", async () => {
    const received = await read(fixture("jmeter-csv/jmeter-5.6.3-default.csv"));
    expect(operations(received).sort()).toEqual([
      'Browse: Flaky, "sometimes" 24',
      "Browse: GET /users/{id} 24",
      "Browse: Moved 24",
      "Buy: GET /slow 8",
      "Buy: POST /orders 8",
    ]);
    expect(received.measures.find(({ stat }) => stat === "count")).toMatchObject({
      name: "transaction_time",
      component: "Checkout",
      scenario: "Buy",
      value: 8,
    });
  });

  test("a file of transactions only is read as requests of their name", async () => {
    const received = await read(fixture("jmeter-csv/jmeter-5.6.3-no-subresults.csv"));
    expect(operations(received)).toContain("Buy: Checkout 8");
    expect(received.measures).toEqual([]);
  });

  test("a label that ends like a sub-result's is one only within the time of its parent", async () => {
    const received = await read(
      [HEADER, row(0, 100, "Home"), row(0, 40, "Home-0"), row(40, 60, "Home-1"), row(200, 50, "Home-0"), ""].join("\n"),
    );
    expect(operations(received)).toEqual(["T: Home 1", "T: Home-0 1"]);
  });

  test("quoted line breaks, a header in the middle, bad rows and a cut end", async () => {
    const received = await read(
      [
        HEADER,
        row(0, 10, "a", '500,"line one\nline two, ""quoted""","T 1-1",false,10,1,1'),
        HEADER,
        row(10, "x", "a"),
        row(10, -4, "a"),
        "short,row",
        row(20, 30, "a"),
        `${START + 30},4`,
      ].join("\r\n"),
    );
    expect(received.loads[0]).toMatchObject({ requests: 2, failures: 1, latency: { min: 0.01, max: 0.03 } });
    expect(received.warnings.map(({ code, line }) => [code, line])).toEqual([
      ["VALUE_SKIPPED", 5],
      ["INCOMPLETE", undefined],
    ]);
    expect(received.meta.state).toBe("partial");
  });

  test("without a verdict the response code decides; without both nothing is known", async () => {
    const codes = await read(
      "timeStamp,elapsed,label,responseCode\n1767323045000,5,a,200\n1767323045001,5,a,503\n1767323045002,5,a,Non HTTP response code: x\n",
    );
    expect(codes.loads[0]).toMatchObject({ requests: 3, failures: 2 });
    const none = await read("timeStamp,elapsed,label\n1767323045000,5,a\n", { format: "jmeter-csv" });
    expect(none.loads[0]!.failures).toBeUndefined();
  });

  test("older defaults without a header: no failureMessage, no sentBytes, no URL", async () => {
    const received = await read("1400000000000,12,Home,200,OK,Users 1-1,text,true,512,3,7,11\n", {
      format: "jmeter-csv",
    });
    expect(received.loads[0]).toMatchObject({ scenario: "Users", requests: 1, failures: 0, users: 3 });
  });

  test("the course of the run: requests by when they ended, and the group's threads", async () => {
    const rows = Array.from({ length: 100 }, (_, i) =>
      row(i * 100, i < 50 ? 20 : 400, "a", `200,OK,"T 1-1",${i % 10 !== 0},10,${i < 50 ? 2 : 8},9`),
    );
    const { loads, meta } = await read([HEADER, ...rows, ""].join("\n"));
    const { slices } = loads[1]!;
    expect(slices!.reduce((sum, { requests }) => sum + requests, 0)).toBe(100);
    expect(slices![0]).toMatchObject({ users: 2, avgSeconds: 0.02 });
    expect(slices!.at(-1)).toMatchObject({ users: 8, avgSeconds: 0.4 });
    expect(meta).toMatchObject({ startedAtMs: START, endedAtMs: START + 9_900 + 400, durationSeconds: 10.3 });
  });

  test("XML that was cut is partial, with what was there", async () => {
    const xml = fixture("jmeter-xml/jmeter-5.6.3-default.xml");
    const received = await read(xml.slice(0, 20_000));
    expect(received.meta.state).toBe("partial");
    expect(all(received, "requests")).toBeGreaterThan(20);
    await expect(read(xml.slice(0, 300))).rejects.toThrow("never closed");
  });
});
