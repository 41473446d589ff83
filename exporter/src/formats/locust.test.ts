import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const FIXTURES = join(import.meta.dirname, "../../test/fixtures/locust");
const fixture = (part: string): string => readFileSync(join(FIXTURES, `locust-2.47.0${part}.csv`), "utf8");
const HISTORY =
  "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,Total Average Content Size";
const moment = (
  seconds: number,
  users: number,
  requests: number,
  failures: number,
  avg: number,
  p95: number | "N/A",
): string =>
  `${1_767_323_000 + seconds},${users},,Aggregated,1,0,1,1,1,1,1,${p95},1,1,1,1,1,${requests},${failures},5,${avg},1,99,8`;

describe("Locust", () => {
  test("the row of all is the total, and the sum of the others", async () => {
    const { loads } = await read(fixture("_stats"));
    const total = loads.find(({ operation }) => operation === undefined)!;
    const parts = loads.filter(({ operation }) => operation !== undefined);
    expect(parts.reduce((sum, { requests }) => sum + requests!, 0)).toBe(total.requests);
    expect(parts.map(({ operation }) => operation)).toContain('POST Place order, "now"');
    expect(total.latency.p95).toBeGreaterThan(0.01);
  });

  test("rows that become one operation are joined: sums, and no invented percentiles", async () => {
    const { loads, warnings } = await read(
      "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%\n" +
        "GET,/users/1,10,1,20,30,5,90,8,1,0.1,20,80\nGET,/users/2,30,0,20,10,3,50,8,3,0,20,40\nGET,/users/3,0,0,N/A,0,0,0,0,0,0,N/A,N/A\n,Aggregated,40,1,20,15,3,90,8,4,0.1,20,60\n",
    );
    expect(loads[0]).toEqual({
      scenario: undefined,
      operation: "GET /users/{id}",
      requests: 40,
      failures: 1,
      requestsPerSecond: 4,
      latency: { avg: 0.015 },
    });
    expect(loads[1]!.latency).toMatchObject({ p50: 0.02, p95: 0.06, max: 0.09 });
    expect(warnings.map(({ code }) => code)).toEqual(["VALUE_SKIPPED"]);
  });

  test("all files of one run together count each request once", async () => {
    const files = await Promise.all(
      ["_stats", "_stats_history", "_failures", "_exceptions"].map((part) => read(fixture(part))),
    );
    const totals = files.flatMap(({ loads }) => loads.filter(({ operation }) => operation === undefined));
    expect(totals.map(({ requests }) => requests !== undefined)).toEqual([true, false]);
    expect(totals[1]!.slices!.length).toBeGreaterThan(2);
    const failures = files[2]!.measures.find(({ component }) => component === undefined)!;
    expect(failures).toMatchObject({ name: "request_failures", value: totals[0]!.failures });
    expect(files[3]!.measures[0]!.tags!.error).toBe('broken, "really" second line');
  });

  test("a slice of the history is the difference of two rows", async () => {
    const { loads, meta, measures } = await read(
      `${[HISTORY, moment(0, 0, 0, 0, 0, "N/A"), moment(1, 5, 10, 0, 100, 120), moment(3, 9, 30, 6, 200, 300), moment(4, 9, 30, 6, 200, 300), ""].join("\n")}`,
    );
    expect(loads).toHaveLength(1);
    expect(loads[0]!.slices).toEqual([
      {
        startedAtMs: 1_767_323_000_000,
        seconds: 1,
        requests: 10,
        failures: 0,
        avgSeconds: 0.1,
        p95Seconds: 0.12,
        users: 5,
      },
      {
        startedAtMs: 1_767_323_001_000,
        seconds: 2,
        requests: 20,
        failures: 6,
        avgSeconds: 0.25,
        p95Seconds: 0.3,
        users: 9,
      },
      {
        startedAtMs: 1_767_323_003_000,
        seconds: 1,
        requests: 0,
        failures: 0,
        avgSeconds: undefined,
        p95Seconds: undefined,
        users: 9,
      },
    ]);
    expect(meta).toMatchObject({ durationSeconds: 4 });
    expect(measures.map(({ name, value }) => [name, value])).toEqual([
      ["requests", 30],
      ["request_failures", 6],
    ]);
  });

  test("a history of days is still at most 240 slices that lose nothing", async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => moment(i, 5, i * 3, i, 50, 60));
    const { loads } = await read([HISTORY, ...rows, ""].join("\n"));
    const { slices } = loads[0]!;
    expect(slices!.length).toBeLessThanOrEqual(240);
    expect(slices!.length).toBeGreaterThan(100);
    expect(slices!.reduce((sum, { requests }) => sum + requests, 0)).toBe(19_999 * 3);
  });

  test("totals that begin anew (--reset-stats) drop what was before", async () => {
    const { loads, meta } = await read(
      [
        HISTORY,
        moment(0, 1, 0, 0, 0, 0),
        moment(5, 5, 50, 0, 10, 9),
        moment(6, 5, 4, 0, 10, 9),
        moment(7, 5, 9, 0, 10, 9),
        "",
      ].join("\n"),
    );
    expect(loads[0]!.slices!.map(({ requests }) => requests)).toEqual([5]);
    expect(meta.startedAtMs).toBe(1_767_323_006_000);
  });

  test("a file without the row of all is partial; one without failures says zero", async () => {
    const stats = fixture("_stats");
    expect((await read(stats.slice(0, stats.indexOf(",Aggregated")))).meta.state).toBe("partial");
    const none = await read("Method,Name,Error,Occurrences\n");
    expect(none.measures.map(({ value }) => value)).toEqual([0]);
    expect(none.warnings).toEqual([]);
  });
});
