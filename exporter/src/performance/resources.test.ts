import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { readBuild, versionIn } from "./build.ts";
import { diskOperations, hostReadings, hostSnapshot, networkBytes, prometheusReadings } from "./resources.ts";

describe("this host", () => {
  test("its figures between two moments are ratios and rates", async () => {
    const before = await hostSnapshot(0);
    let burnt = 0;
    const until = performance.now() + 60;
    while (performance.now() < until) burnt += Math.sqrt(burnt + 1);
    const readings = hostReadings(before, await hostSnapshot(1000));
    const by = new Map(readings.map((reading) => [reading.name, reading.value]));
    expect(by.get("cpu_utilization")).toBeGreaterThan(0);
    expect(by.get("cpu_utilization")).toBeLessThanOrEqual(1);
    expect(by.get("memory_utilization")).toBeGreaterThan(0);
    expect(by.get("memory_utilization")).toBeLessThan(1);
  });

  test("counters that went back (a reboot) and a moment without length give no figure", async () => {
    const one = { atMs: 0, cpuBusy: 50, cpuTotal: 100, memoryUsedRatio: 0.5, networkBytes: 10, diskOperations: 10 };
    const back = hostReadings(one, { ...one, atMs: 1000, cpuBusy: 1, cpuTotal: 2, networkBytes: 1, diskOperations: 1 });
    expect(back.map(({ value }) => value)).toEqual([undefined, 0.5, undefined, undefined]);
    expect(back[0]?.problem).toBe("this system does not tell");
  });

  test("the loopback and partitions are left out", () => {
    const net = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9999 1 0 0 0 0 0 0 9999 1 0 0 0 0 0 0
  eth0: 100 1 0 0 0 0 0 0 23 1 0 0 0 0 0 0
`;
    expect(networkBytes(net)).toBe(123);
    const disks = ` 254 0 vda 10 0 0 0 5 0 0 0\n 254 1 vda1 9 0 0 0 4 0 0 0\n 7 0 loop0 99 0 0 0 99 0 0 0\n`;
    expect(diskOperations(disks)).toBe(15);
  });
});

describe("what Prometheus answers", () => {
  const answers: Record<string, unknown> = {
    one: {
      status: "success",
      data: {
        result: [
          {
            values: [
              [10, "0.5"],
              [15, "0.7"],
              [20, "NaN"],
            ],
          },
        ],
      },
    },
    none: { status: "success", data: { result: [] } },
    two: { status: "success", data: { result: [{ values: [[10, "1"]] }, { values: [[10, "2"]] }] } },
    bad: { status: "error", error: "parse error" },
  };
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? "", "http://x").searchParams.get("query") ?? "";
    if (query === "version") response.end('{"version":"1.4.2"}');
    else response.end(JSON.stringify(answers[query]));
  });
  const listening = new Promise<string>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
  afterAll(() => server.close());

  test("one series is averaged with its peak; everything else says why it has no value", async () => {
    const address = await listening;
    const query = (name: string) => ({ name, unit: "ratio", query: name });
    const readings = await prometheusReadings(`${address}/`, ["one", "none", "two", "bad"].map(query), 0, 60_000);
    expect(readings[0]).toMatchObject({ value: 0.6, peak: 0.7 });
    expect(readings.slice(1).map(({ value, problem }) => [value, problem])).toEqual([
      [undefined, "the query has no data in that time"],
      [undefined, "the query gives 2 series; aggregate it to one"],
      [undefined, "parse error"],
    ]);
    const gone = await prometheusReadings("http://127.0.0.1:1", [query("one")], 0, 1000);
    expect(gone[0]?.problem).toContain("cannot be reached");
  });

  test("a build is verified against what the environment says", async () => {
    const url = `${await listening}/?query=version`;
    expect(await readBuild({ url }, "1.4.2")).toMatchObject({ verified: true, actual: "1.4.2" });
    expect(await readBuild({ url }, "1.4.3")).toMatchObject({
      verified: false,
      problem: "expected 1.4.3, found 1.4.2",
    });
    expect(await readBuild({ url: "http://127.0.0.1:1" }, "1")).toMatchObject({ verified: false, actual: undefined });
    expect(await readBuild({}, "1")).toMatchObject({ verified: false, problem: "performance.build is not configured" });
    const command = [process.execPath, "-e", "console.log('build abcdef1234567')"];
    const found = await readBuild({ command, pattern: "build (\\w+)" }, "abcdef1");
    expect(found).toMatchObject({ verified: true, actual: "abcdef1234567" });
  });

  test.each([
    ["v1.2.3\n", undefined, "v1.2.3"],
    ['{"commit":"abc"}', undefined, "abc"],
    ["{broken", undefined, undefined],
    ["", undefined, undefined],
    ["app 7\nbuild 9", "^build (\\d+)", "9"],
    ["nothing", "build (\\d+)", undefined],
  ])("the version in %j by %s is %s", (text, pattern, version) => {
    expect(versionIn(text, pattern)).toBe(version);
  });
});
