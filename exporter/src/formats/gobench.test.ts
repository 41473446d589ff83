import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const HEAD = "goos: linux\ngoarch: amd64\npkg: example.com/shop\ncpu: AMD EPYC 7763\n";
const OK = "PASS\nok  \texample.com/shop\t0.5s\n";
const rows = async (text: string): Promise<unknown[]> => {
  const { measures } = await read(text);
  return measures.map(({ name, measure, stat, value }) => [name, measure, stat, value]);
};

describe("gobench text", () => {
  test("a suffix that all share is GOMAXPROCS, and a tag", async () => {
    const text = `${HEAD}BenchmarkA-8 \t 100\t 25.5 ns/op\nBenchmarkB/size-16-8 \t 100\t 2 ns/op\n${OK}`;
    const { measures, meta } = await read(text);
    expect(measures).toMatchObject([
      { name: "example.com/shop.BenchmarkA", stat: "avg", value: 2.55e-8, tags: { gomaxprocs: "8" } },
      { name: "example.com/shop.BenchmarkB/size-16", tags: { gomaxprocs: "8" } },
    ]);
    expect(meta).toMatchObject({ runner: { os: "linux", arch: "amd64", cpu: "AMD EPYC 7763" } });
    expect(meta.state).toBeUndefined();
  });

  test("with one processor, names that end in numbers are kept whole", async () => {
    const text = `${HEAD}BenchmarkA/size-8 \t 100\t 1 ns/op\nBenchmarkA/size-16 \t 100\t 2 ns/op\n${OK}`;
    expect(await rows(text)).toEqual([
      ["example.com/shop.BenchmarkA/size-8", "time", "avg", 1e-9],
      ["example.com/shop.BenchmarkA/size-16", "time", "avg", 2e-9],
    ]);
  });

  test("repeats are samples of one package, and not of another", async () => {
    const one = `${HEAD}BenchmarkA-2 1 10 ns/op\nBenchmarkA-2 1 30 ns/op\n${OK}`;
    const { measures } = await read(one + one.replaceAll("shop", "cart"));
    expect(measures.filter((m) => m.stat === "avg")).toMatchObject([
      { name: "example.com/shop.BenchmarkA", value: 2e-8, samples: [1e-8, 3e-8] },
      { name: "example.com/cart.BenchmarkA", value: 2e-8, samples: [1e-8, 3e-8] },
    ]);
  });

  test("custom units name what they measure", async () => {
    const text = `${HEAD}BenchmarkA 5 42 p99-ns/op 7 parse-us 0.9 hit-ratio 3 rows/s 4 auxMetricUnits\n${OK}`;
    expect(await rows(text)).toEqual([
      ["example.com/shop.BenchmarkA", "time", "p99", 4.2e-8],
      ["example.com/shop.BenchmarkA", "parse", "value", 7e-6],
      ["example.com/shop.BenchmarkA", "hit_ratio", "value", 0.9],
      ["example.com/shop.BenchmarkA", "rows_per_second", "avg", 3],
      ["example.com/shop.BenchmarkA", "aux_metric_units", "value", 4],
    ]);
  });

  test("what a benchmark prints between its name and its result does not part them", async () => {
    const text = `${HEAD}BenchmarkA-2 \tconnecting to 10.0.0.1\n     100\t   25 ns/op\n${OK}`;
    expect(await rows(text)).toEqual([["example.com/shop.BenchmarkA", "time", "avg", 2.5e-8]]);
  });

  test("NaN and infinite values are left out, and said", async () => {
    const { measures, warnings } = await read(`${HEAD}BenchmarkA 5 NaN hits +Inf B/s 2 ns/op\n${OK}`);
    expect(measures).toMatchObject([{ measure: "time" }]);
    expect(warnings.map((w) => w.code)).toEqual(["VALUE_SKIPPED", "VALUE_SKIPPED"]);
  });

  test("a package that does not end is partial, and the number it was cut in is not taken", async () => {
    const { measures, meta, warnings } = await read(`${HEAD}BenchmarkA 5 20 ns/op\nBenchmarkB 5 123`);
    expect(measures).toMatchObject([{ name: "example.com/shop.BenchmarkA" }]);
    expect(meta.state).toBe("partial");
    expect(warnings).toMatchObject([{ code: "INCOMPLETE" }]);
  });

  test("a line of another tool that begins with ok ends no package", async () => {
    const { measures, meta } = await read(`${HEAD}ok 1 - a test of TAP\nBenchmarkA 5 20 ns/op\n${OK}`, {
      format: "gobench",
    });
    expect(measures).toMatchObject([{ name: "example.com/shop.BenchmarkA" }]);
    expect(meta.state).toBeUndefined();
  });

  test("results alone, as benchstat has them, are whole", async () => {
    const { measures, meta } = await read("BenchmarkA-8 5 20 ns/op\nBenchmarkA-8 5 22 ns/op\n");
    expect(measures[0]).toMatchObject({ name: "BenchmarkA", stat: "avg", samples: [2e-8, 2.2e-8] });
    expect(meta.state).toBeUndefined();
  });

  test("a build that failed makes the run partial", async () => {
    const { meta } = await read(`${HEAD}BenchmarkA 5 20 ns/op\n${OK}FAIL\texample.com/cart [build failed]\nFAIL\n`);
    expect(meta).toMatchObject({ state: "partial", stateMessage: "1 benchmark failed: example.com/cart" });
  });
});

describe("benchmarks in go test -json", () => {
  const event = (action: string, more: Record<string, unknown>): string =>
    `${JSON.stringify({ Action: action, Package: "p", ...more })}\n`;
  const bench = [
    event("run", { Test: "BenchmarkA" }),
    event("output", { Test: "BenchmarkA", Output: "BenchmarkA-2 \t" }),
    event("output", { Test: "BenchmarkA", Output: "  20\t 50 ns/op\n" }),
  ].join("");
  const bad = event("run", { Test: "BenchmarkB" }) + event("fail", { Test: "BenchmarkB" });

  test("beside tests they are measures of gotest", async () => {
    const test = event("run", { Test: "TestA" }) + event("pass", { Test: "TestA", Elapsed: 0 });
    const { format, cases, measures } = await read(test + bench + event("pass", { Elapsed: 1 }));
    expect(format).toBe("gotest");
    expect(cases).toMatchObject([{ name: "TestA", outcome: "passed" }]);
    expect(measures).toMatchObject([{ name: "p.BenchmarkA", value: 5e-8, tags: { gomaxprocs: "2" } }]);
  });

  test("alone they are gobench's, and a good one does not fail with its package", async () => {
    const { format, cases, measures, meta } = await read(bench + bad + event("fail", { Elapsed: 1 }));
    expect(format).toBe("gobench");
    expect(measures).toMatchObject([{ name: "p.BenchmarkA" }]);
    expect(cases).toMatchObject([{ name: "BenchmarkB", outcome: "failed" }]);
    expect(meta).toMatchObject({ state: "partial", stateMessage: "1 benchmark failed: p.BenchmarkB" });
  });

  test("a stream that stops keeps what was measured", async () => {
    const { measures, meta } = await read(bench);
    expect(measures).toMatchObject([{ name: "p.BenchmarkA" }]);
    expect(meta.state).toBe("partial");
  });
});
