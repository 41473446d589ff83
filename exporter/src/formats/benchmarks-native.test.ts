import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const jmhResult = (more: object, metric: object = {}): object => ({
  jmhVersion: "1.37",
  benchmark: "com.example.A.b",
  mode: "thrpt",
  ...more,
  primaryMetric: {
    score: 2.5,
    scoreError: "NaN",
    scorePercentiles: {},
    scoreUnit: "ops/us",
    rawData: [[2, 3]],
    ...metric,
  },
});

describe("jmh", () => {
  test("rates are converted, forks are joined, NaN is no number", async () => {
    const result = jmhResult(
      { params: { size: "10", kind: "a" } },
      {
        rawData: [
          [2, 3],
          ["NaN", 4],
        ],
      },
    );
    const { measures, meta } = await read(JSON.stringify([result]));
    expect(measures).toHaveLength(1);
    expect(measures[0]).toMatchObject({
      name: "com.example.A.b(size=10, kind=a)",
      measure: "throughput",
      stat: "avg",
      value: 2.5e6,
      sourceUnit: "ops/us",
      samples: [2e6, 3e6, 4e6],
    });
    expect(meta.framework).toBe("JMH 1.37");
  });

  test("a score that is NaN is a benchmark without a result", async () => {
    const { measures, meta } = await read(
      JSON.stringify([jmhResult({}, { score: "NaN" }), jmhResult({ benchmark: "c" })]),
    );
    expect(measures.map((m) => m.name)).toEqual(["c"]);
    expect(meta).toMatchObject({ state: "partial", stateMessage: "1 benchmark failed: com.example.A.b" });
  });

  test("modes of one benchmark are measures of their own", async () => {
    const modes = ["thrpt", "avgt", "sample", "ss"].map((mode) =>
      jmhResult({ mode }, mode === "thrpt" ? {} : { scoreUnit: "us/op" }),
    );
    const { measures } = await read(JSON.stringify(modes));
    expect(measures.map((m) => m.measure)).toEqual(["throughput", "time", "sample_time", "single_shot_time"]);
  });

  test("the profiler's metrics: less allocation is better, though it is a rate", async () => {
    const secondaryMetrics = {
      "·gc.alloc.rate": { score: 81.5, scoreUnit: "MB/sec" },
      "gc.alloc.rate.norm": { score: 712, scoreUnit: "B/op" },
      "gc.count": { score: 3, scoreUnit: "counts" },
      "gc.time": { score: "NaN", scoreUnit: "ms" },
    };
    const { measures, warnings } = await read(JSON.stringify([jmhResult({ secondaryMetrics })]));
    expect(measures.slice(1)).toMatchObject([
      { measure: "gc_alloc_rate", value: 81.5e6, unit: "per_second", better: "lower" },
      { measure: "memory", value: 712, unit: "bytes" },
      { measure: "gc_count", value: 3, unit: "value" },
    ]);
    expect(warnings).toEqual([]);
  });

  test("keys of the prototype are names like any other", async () => {
    const text = JSON.stringify([jmhResult({ mode: "constructor" })]).replace('"secondaryMetrics"', '"__proto__"');
    expect((await read(text)).measures).toMatchObject([{ measure: "constructor", unit: "per_second" }]);
  });
});

describe("googlebench", () => {
  const report = (...benchmarks: object[]): string =>
    JSON.stringify({
      context: { date: "2026-01-02T03:04:05+00:00", num_cpus: 8, library_build_type: "release" },
      benchmarks,
    });
  const row = (more: object): object => ({
    name: "BM_A",
    run_name: "BM_A",
    run_type: "iteration",
    real_time: 2,
    cpu_time: 1,
    time_unit: "ms",
    ...more,
  });

  test("repetitions are samples, and their aggregates are not read twice", async () => {
    const aggregate = row({ name: "BM_A_mean", run_type: "aggregate", aggregate_name: "mean", real_time: 3 });
    const { measures, meta } = await read(report(row({}), row({ real_time: 4 }), aggregate));
    expect(measures.find((m) => m.measure === "time" && m.stat === "avg")).toMatchObject({
      value: 0.003,
      samples: [0.002, 0.004],
    });
    expect(new Set(measures.map((m) => m.name))).toEqual(new Set(["BM_A"]));
    expect(meta).toMatchObject({ runner: { cores: 8 }, startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5) });
  });

  test("an error is no zero", async () => {
    const { measures, meta } = await read(
      report(
        row({}),
        row({ name: "B", run_name: "B", error_occurred: true, error_message: "no database", real_time: 0 }),
      ),
    );
    expect(measures.map((m) => m.name)).toEqual(["BM_A", "BM_A"]);
    expect(meta.stateMessage).toBe("1 benchmark failed: B");
  });

  test("the user's counters and the tool's own", async () => {
    const { measures } = await read(
      report(row({ bytes_per_second: 1024, cacheHits: 17, __proto__x: 1, note: "text" })),
    );
    expect(measures.slice(2).map((m) => [m.measure, m.unit, m.value])).toEqual([
      ["throughput", "per_second", 1024],
      ["cache_hits", "value", 17],
      ["proto_x", "value", 1],
    ]);
  });

  test("a coefficient is in the unit of time, the error a ratio", async () => {
    const big = {
      name: "BM_A_BigO",
      run_name: "BM_A",
      run_type: "aggregate",
      aggregate_name: "BigO",
      real_coefficient: 3,
      cpu_coefficient: 2,
      big_o: "NlgN",
      time_unit: "ns",
    };
    const rms = { name: "BM_A_RMS", run_name: "BM_A", run_type: "aggregate", aggregate_name: "RMS", rms: 0.02 };
    expect((await read(report(big, rms))).measures.map((m) => [m.measure, m.unit, m.value])).toEqual([
      ["real_coefficient", "seconds", 3e-9],
      ["cpu_coefficient", "seconds", 2e-9],
      ["rms", "ratio", 0.02],
    ]);
  });
});

describe("benchmarkdotnet", () => {
  const report = (...Benchmarks: object[]): string =>
    JSON.stringify({
      Title: "Basket-20240612-101530",
      HostEnvironmentInfo: { BenchmarkDotNetVersion: "0.13.12" },
      Benchmarks,
    });

  test("without statistics it has failed", async () => {
    const good = {
      FullName: "A.B",
      Statistics: { Mean: 5, OriginalValues: [4, 6], ConfidenceInterval: { Margin: "NaN" } },
    };
    const { measures, meta } = await read(report({ FullName: "A.C", Statistics: null }, good));
    expect(measures).toMatchObject([{ name: "A.B", stat: "avg", value: 5e-9, samples: [4e-9, 6e-9] }]);
    expect(meta).toMatchObject({ name: "Basket", state: "partial", stateMessage: "1 benchmark failed: A.C" });
  });

  test("old versions name it in parts", async () => {
    const entry = { Namespace: "N", Type: "T", Method: "M", Parameters: "n=1", Statistics: { Mean: 1 } };
    expect((await read(report(entry))).measures[0]!.name).toBe("N.T.M(n=1)");
  });
});

describe("catch2", () => {
  const head =
    "benchmark name                       samples       iterations    estimated\n                                     mean          low mean      high mean\n                                     std dev       low std dev   high std dev\n-------------------------------------------------------------------------------\n";
  const row =
    "fib 10                                          20           124     476.16 us \n                                        191.5 ns      191.2 ns      191.6 ns \n                                       0.27 ns        0.14 ns       0.48 ns \n                                                                               \n";
  const end =
    "===============================================================================\nAll tests passed (1 assertion in 1 test case)\n";

  test("bounds in another unit than the mean", async () => {
    const { measures } = await read(
      head + row.replace("191.5 ns      191.2 ns      191.6 ns", "1 us      800 ns      1.2 us") + end,
    );
    expect(measures.map((m) => [m.stat, m.sourceValue, m.sourceUnit])).toEqual([
      ["avg", 1, "us"],
      ["margin", 0.2, "us"],
      ["stddev", 0.27, "ns"],
    ]);
  });

  test("without its totals the file is cut", async () => {
    const { measures, meta } = await read(head + row);
    expect(measures).toHaveLength(3);
    expect(meta.state).toBe("partial");
  });

  test("failed assertions are told, though they are no values", async () => {
    const failed = "test cases: 2 | 1 passed | 1 failed\nassertions: 2 | 1 passed | 1 failed\n";
    const { measures, meta } = await read(`${head}${row}${end.split("\n")[0]}\n${failed}`);
    expect(measures).toHaveLength(3);
    expect(meta).toMatchObject({ state: "partial", stateMessage: "Catch2 says that 1 of its test cases failed" });
  });

  test("a benchmark whose numbers do not follow has no result", async () => {
    const { measures, meta } = await read(`${head}${row.split("\n")[0]}\n\n${end}`);
    expect(measures).toEqual([]);
    expect(meta.stateMessage).toBe("1 benchmark failed: fib 10");
  });
});

describe("criterion-json and gungraun-json", () => {
  test("an estimate without slope is the mean's, named by its path", async () => {
    const part = { point_estimate: 5, confidence_interval: { lower_bound: 4, upper_bound: 7 } };
    const text = JSON.stringify({ mean: part, median: part, median_abs_dev: part, slope: null, std_dev: part });
    const { measures } = await read(text, { name: "target/criterion/copy/1024/new/estimates.json" });
    expect(measures.map((m) => [m.name, m.stat, m.sourceValue])).toEqual([
      ["copy/1024", "avg", 5],
      ["copy/1024", "margin", 1.5],
      ["copy/1024", "p50", 5],
      ["copy/1024", "stddev", 5],
    ]);
  });

  test("cargo-criterion's samples are times of one iteration", async () => {
    const message = {
      reason: "benchmark-complete",
      id: "a",
      iteration_count: [10, 20],
      measured_values: [50, 120],
      unit: "ns",
      typical: { estimate: 5.5, unit: "ns" },
    };
    expect((await read(`${JSON.stringify(message)}\n`)).measures).toMatchObject([
      { name: "a", stat: "avg", samples: [5e-9, 6e-9] },
    ]);
  });

  test("a summary of which only the run before is there has failed", async () => {
    const summary = {
      benchmark_exe: "/x",
      module_path: "a::b",
      id: "c",
      profiles: [
        {
          tool: "Callgrind",
          summaries: { total: { summary: { Callgrind: { Ir: { metrics: { Right: { Int: 6 } } } } } } },
        },
      ],
    };
    const { measures, meta } = await read(`${JSON.stringify(summary)}\n`);
    expect(measures).toEqual([]);
    expect(meta.stateMessage).toBe("1 benchmark failed: a::b::c");
  });

  test("a pretty summary that is cut is told", async () => {
    const { meta } = await read('{\n  "benchmark_exe": "/x",\n  "module_path": "a",\n  "profiles": [\n');
    expect(meta).toMatchObject({ state: "partial", stateMessage: "the file ends within a summary" });
  });
});
