/** Traps of the benchmark formats that are JSON documents. */
import { describe, expect, test } from "vitest";
import { type ReadOptions, type Received, read } from "../../test/conformance/reading.ts";

const readJson = (value: unknown, options?: ReadOptions): Promise<Received> =>
  read(JSON.stringify(value, null, 1), options);
const rows = (received: Received) => received.measures.map((m) => [m.name, m.measure, m.stat, m.value, m.unit]);
const messages = (received: Received) => received.warnings.map((warning) => warning.message);

describe("pytest-benchmark", () => {
  const report = (...benchmarks: unknown[]) => ({
    machine_info: { system: "Linux", machine: "x86_64", cpu: { brand_raw: "AMD EPYC", count: 8 } },
    benchmarks,
    datetime: "2026-01-02T03:04:05.5+00:00",
    version: "5.3.1",
  });
  test("statistics, samples that are numbers, the machine and the time", async () => {
    const stats = { mean: 0.25, median: 0.2, stddev: 0.1, rounds: 3, ops: 4, data: [0.1, "... omitted", 0.2, 0.45] };
    const received = await readJson(report({ fullname: "a.py::test_x[1]", name: "test_x[1]", group: "g", stats }));
    expect(rows(received)).toEqual([
      ["a.py::test_x[1]", "time", "avg", 0.25, "seconds"],
      ["a.py::test_x[1]", "time", "stddev", 0.1, "seconds"],
      ["a.py::test_x[1]", "time", "p50", 0.2, "seconds"],
      ["a.py::test_x[1]", "time", "count", 3, "value"],
    ]);
    expect(received.measures[0]!.samples).toEqual([0.1, 0.2, 0.45]);
    expect(received.measures[1]!.samples).toBeUndefined();
    expect(received.meta).toMatchObject({
      startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 500),
      runner: { cpu: "AMD EPYC", cores: 8, os: "Linux", arch: "x86_64" },
    });
  });

  test("rounds alone become statistics; without any number the benchmark failed", async () => {
    const received = await readJson(report({ fullname: "a", stats: { data: [1, 3] } }, { fullname: "b", stats: {} }));
    expect(received.measures[0]).toMatchObject({ name: "a", stat: "avg", value: 2, samples: [1, 3] });
    expect(received.meta).toMatchObject({ state: "partial", stateMessage: "1 benchmark failed: b" });
  });

  test("no benchmark is visible, a benchmark that is none is refused with its place", async () => {
    expect((await readJson(report())).warnings.map((w) => w.code)).toEqual(["NO_TESTS"]);
    await expect(readJson(report(7))).rejects.toMatchObject({ code: "FORMAT_SCHEMA", place: { line: 11 } });
  });
});

describe("hyperfine", () => {
  test("statuses other than 0, and ends by a signal, are told; times alone are enough", async () => {
    const received = await readJson({
      results: [
        { command: "a", times: [0.5, 1.5], exit_codes: [0, 0] },
        { command: "b", mean: 1, times: [1, 1], exit_codes: [null, 2] },
        { command: "c", mean: null, times: [] },
      ],
    });
    expect(received.measures[0]).toMatchObject({ name: "a", stat: "avg", value: 1, samples: [0.5, 1.5] });
    expect(messages(received)).toEqual([
      "b failed: 2 of 2 runs ended with a signal, status 2",
      "c failed: it has no times",
    ]);
    expect(received.meta.stateMessage).toBe("2 benchmarks failed: b, c");
  });
});

describe("Vitest", () => {
  const latency = { mean: 2, min: 1, max: 4, sd: 0.5, moe: 0.1, p50: 1.5, samplesCount: 3, samples: [1, 1.5, 4] };
  const report = (...benchmarks: unknown[]) => ({
    numTotalTests: 2,
    testResults: [
      {
        name: "/home/ci/shop/src/a.bench.ts",
        status: "passed",
        assertionResults: [
          { ancestorTitles: [], title: "none", status: "passed", benchmarks: [] },
          { ancestorTitles: ["math"], title: "add", status: "passed", benchmarks },
        ],
      },
    ],
  });
  test("5 has benchmarks beside the tests: both are read", async () => {
    const tasks = [
      { name: "add", latency, throughput: { mean: 500, moe: 5, p50: 600 } },
      { name: "other", latency },
      { name: "before", latency, fromStore: true },
    ];
    const received = await readJson(report({ name: "math > add", tasks }));
    expect(received.format).toBe("vitest-bench");
    expect(received.counts.passed).toBe(2);
    expect(received.measures.filter((m) => m.stat === "avg").map((m) => [m.name, m.value, m.unit, m.samples])).toEqual([
      ["src/a.bench.ts > math > add", 0.002, "seconds", [0.001, 0.0015, 0.004]],
      ["src/a.bench.ts > math > add", 500, "per_second", undefined],
      ["src/a.bench.ts > math > add > other", 0.002, "seconds", [0.001, 0.0015, 0.004]],
    ]);
  });

  test("5 without benchmarks is a report of tests", async () => {
    expect((await readJson(report())).format).toBe("jest");
  });
});

describe("tinybench", () => {
  test("the JSON of its table, and tasks in an object", async () => {
    const table = await readJson([{ "Task name": "a", "Latency avg (ns)": "31.50 \u00b1 4.00%", Samples: 7 }]);
    expect(table.format).toBe("tinybench");
    expect(table.measures.map((m) => [m.stat, m.sourceValue])).toEqual([
      ["avg", 31.5],
      ["margin", 1.26],
      ["count", 7],
    ]);
    const result = { latency: { mean: 2 }, throughput: { mean: 500 } };
    const tasks = await readJson({
      name: "bench",
      tasks: [
        { name: "a", result },
        { name: "b", result: { state: "aborted" } },
      ],
    });
    expect(tasks.measures.map((m) => m.sourceValue)).toEqual([2, 500]);
    expect(tasks.meta).toMatchObject({ name: "bench", state: "partial" });
    expect(messages(tasks)).toEqual(["b failed: its state is aborted"]);
  });
});

describe("Julia", () => {
  test("what is no [type, fields] is refused with its place", async () => {
    const text = '[{"Julia":"1.11","BenchmarkTools":"1.6"},[["BenchmarkGroup",{"data":{"a":\n7}}]]]';
    await expect(read(text)).rejects.toMatchObject({
      message: "a: expected [type, fields], found 7",
      place: { line: 2 },
    });
  });
});

describe("Bencher Metric Format", () => {
  test("keys of objects' own machinery are names like any other", async () => {
    const text =
      '{"__proto__":{"latency":{"value":5,"lower_value":4,"upper_value":8}},"constructor":{"__proto__":{"value":1}}}';
    expect(rows(await read(text))).toEqual([
      ["__proto__", "time", "value", 5e-9, "seconds"],
      ["__proto__", "time", "margin", 3e-9, "seconds"],
      ["constructor", "_proto_", "value", 1, "value"],
    ]);
  });

  test("values alone are enough when nothing else claims the file", async () => {
    expect((await read('{"a":{"instructions":{"value":7}}}')).format).toBe("bmf");
    await expect(read('{"a":{"b":{"value":7,"other":1}}}')).rejects.toMatchObject({ code: "FORMAT_UNKNOWN" });
    await expect(read('{"a":{"b":{"value":"7"}}}')).rejects.toMatchObject({ code: "FORMAT_UNKNOWN" });
  });
});

describe("custom JSON", () => {
  test.each([
    ["\u00b1 3", 3],
    ["+/- 3 ms", 3],
    ["+-3", 3],
    ["5%", 10],
    [3, 3],
    ["3 s", undefined],
    ["1..3", undefined],
    [-3, undefined],
  ])("range %j of 200 ms is a margin of %j", async (range, margin) => {
    const received = await readJson([{ name: "a", unit: "ms", value: 200, range }]);
    expect(received.measures.find((m) => m.stat === "margin")?.sourceValue).toBe(margin);
    expect(received.warnings.length).toBe(margin === undefined ? 1 : 0);
  });

  test("the direction follows from unit and name", async () => {
    const received = await readJson([
      { name: "Cache hits", unit: "count", value: 1 },
      { name: "CPU load", unit: "count", value: 1 },
      { name: "Thing", unit: "count", value: 1 },
    ]);
    expect(received.measures.map((m) => m.better)).toEqual(["higher", "lower", undefined]);
  });
});

describe("asv results", () => {
  const report = (results: string) =>
    `{"commit_hash": "abc", "result_columns": ["result", "params", "started_at", "samples"], "params": {"num_cpu": "8", "ram": "16GB"},\n"results": {${results}}}`;
  test("failed, skipped, and NaN within a name", async () => {
    const received = await read(
      report(
        `"a.time_x": [[0.5, NaN, null], [["'NaN'", "2", "3"]], 1767323045000, [[0.5, 0.25], null, null]], "a.track_NaN": [[7], []]`,
      ),
    );
    expect(rows(received)).toEqual([
      ["a.time_x(NaN)", "time", "p50", 0.5, "seconds"],
      ["a.track_NaN", "value", "value", 7, "value"],
    ]);
    expect(received.measures[0]!.samples).toEqual([0.5, 0.25]);
    expect(messages(received)).toEqual(["a.time_x(3) failed"]);
    expect(received.meta).toMatchObject({
      startedAtMs: 1767323045000,
      runner: { cores: 8, memoryBytes: 16 * 2 ** 30 },
    });
  });

  test("more combinations of parameters than values do not grow beyond them", async () => {
    const many = JSON.stringify(Array.from({ length: 1000 }, (_, i) => String(i)));
    const received = await read(report(`"a.time_x": [[1, 2], [${many}, ${many}, ${many}, ${many}]]`));
    expect(received.measures.map((m) => m.name)).toEqual(["a.time_x(#1)", "a.time_x(#2)"]);
  });
});
