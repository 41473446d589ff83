/** Traps of the formats of results by line: asv, benchmark.js, console.time, Dart, Luau, Ruby, tinybench's table. */
import { describe, expect, test } from "vitest";
import { type ReadOptions, type Received, read } from "../../test/conformance/reading.ts";

const rows = (received: Received) =>
  received.measures.map((m) => [m.name, m.measure, m.stat, m.sourceValue, m.sourceUnit ?? null]);
const messages = (received: Received) => received.warnings.map((warning) => warning.message);
const readLines = (lines: readonly string[], options?: ReadOptions) =>
  read(lines.map((line) => `${line}\n`).join(""), options);

describe("benchmark.js", () => {
  test("a name may hold the word that ends names, colours are left out, rates have thousands", async () => {
    const received = await readLines([
      "\u001b[32ma x 2 b\u001b[0m x 1,431,759 ops/sec \u00b10.50% (1 run sampled)",
      "talk",
    ]);
    expect(rows(received)).toEqual([
      ["a x 2 b", "throughput", "avg", 1_431_759, "ops/sec"],
      ["a x 2 b", "throughput", "margin", 7158.795, "ops/sec"],
      ["a x 2 b", "throughput", "count", 1, null],
    ]);
    expect(received.measures[0]!.unit).toBe("per_second");
    expect(messages(received)).toEqual(["a line is no result"]);
    expect(received.meta.state).toBeUndefined();
  });

  test("the same name twice is kept apart", async () => {
    const line = "a x 5 ops/sec \u00b11.00% (5 runs sampled)";
    expect((await readLines([line, line])).measures.map((m) => m.name)).toEqual(["a", "a", "a", "a#2", "a#2", "a#2"]);
  });

  test("what threw makes the report partial", async () => {
    const received = await readLines([
      "a x 5 ops/sec \u00b11.00% (5 runs sampled)",
      "b: ",
      "c: TypeError: no database",
    ]);
    expect(received.meta).toMatchObject({ state: "partial", stateMessage: "2 benchmarks failed: b, c" });
    expect(messages(received)).toEqual(["b failed", "c failed: TypeError: no database"]);
  });

  test("a result that is cut is none", async () => {
    const received = await read("a x 5 ops/sec \u00b11.00% (5 runs sampled)\nb x 1,431");
    expect(received.measures).toHaveLength(3);
    expect(received.meta.state).toBe("partial");
  });
});

describe("console.time", () => {
  test("units, clocks, labels with colons, Firefox, and timers that are logged", async () => {
    const received = await readLines([
      "default: 0.25ms",
      "a: b: 12 ms",
      "long: 1:02.345 (m:ss.mmm)",
      "longer: 1:00:00.500 (h:mm:ss.mmm)",
      "old: 7617ms - timer ended",
      "long: 1.5s half way",
      "tiny: 2e-3ms",
    ]);
    expect(received.format).toBe("console-time");
    expect(rows(received)).toEqual([
      ["default", "time", "value", 0.25, "ms"],
      ["a: b", "time", "value", 12, "ms"],
      ["long", "time", "value", 62.345, "s"],
      ["longer", "time", "value", 3600.5, "s"],
      ["old", "time", "value", 7617, "ms"],
      ["tiny", "time", "value", 0.002, "ms"],
    ]);
  });

  test.each([
    ["settings", "timeout: 30s\ninterval: 500ms\n"],
    ["settings with fractions of a second", "timeout: 1.5s\n"],
    ["a log", "load: 3.5ms\nServer listens on port 80\n"],
    ["log lines with durations", "request: 3.5ms GET /\nrequest: 4.5ms GET /\n"],
    ["prose", "The job took: 3.5ms, which is fine.\n"],
  ])("does not claim %s", async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: "FORMAT_UNKNOWN" });
  });

  test("reads them among other lines when it is named", async () => {
    const received = await read("hello\nload: 3.5ms\n", { format: "console-time" });
    expect(rows(received)).toEqual([["load", "time", "value", 3.5, "ms"]]);
    expect(messages(received)).toEqual(["a line is no result"]);
  });

  test("a time that is cut is none", async () => {
    const received = await read("load: 3.5ms\nsave: 12.", { format: "console-time" });
    expect(received.measures).toHaveLength(1);
    expect(received.meta.state).toBe("partial");
  });
});

describe("Dart's benchmark_harness", () => {
  test("other metrics, names with parentheses, values that are no numbers", async () => {
    const received = await readLines([
      "A (big)(RunTime): 1.5e+3 us.",
      "B(RunTime): Infinity us.",
      "C(CodeSize): 7 bytes.",
    ]);
    expect(rows(received)).toEqual([
      ["A (big)", "time", "avg", 1500, "us"],
      ["C", "code_size", "value", 7, "bytes"],
    ]);
    expect(messages(received)).toEqual(["B time: NaN is no finite number"]);
  });

  test("a number that is cut is none", async () => {
    const received = await read("A(RunTime): 15.25 us.\nB(RunTime): 15");
    expect(rows(received)).toEqual([["A", "time", "avg", 15.25, "us"]]);
    expect(received.meta.state).toBe("partial");
  });
});

describe("Luau's bench.py", () => {
  const success = "SUCCESS: base64    :   15.041ms +/-  0.500% on luau";
  test("without its table the report is partial, and the results are there", async () => {
    const received = await readLines([success]);
    expect(rows(received)).toEqual([
      ["base64", "time", "avg", 15.041, "ms"],
      ["base64", "time", "stddev", 0.075205, "ms"],
    ]);
    expect(received.meta).toMatchObject({ state: "partial", stateMessage: "the table of results is missing" });
  });

  test("the sum of all is no benchmark; a benchmark named Total is one", async () => {
    const received = await readLines([
      success,
      "====RESULTS====",
      "base64   |   14.831ms  |   15.041ms  |    0.636%  | luau",
      "Total    |   10.000ms  |   10.000ms  |    0.100%  | luau",
      "Total    |   24.831ms  |   25.041ms  |       ---  | luau",
    ]);
    expect(received.measures.filter((m) => m.stat === "min").map((m) => [m.name, m.sourceValue])).toEqual([
      ["base64", 14.831],
      ["Total", 10],
    ]);
    expect(received.meta.state).toBeUndefined();
  });
});

describe("Ruby", () => {
  const caption = "             user     system      total        real";
  test("labels without space to the numbers, numbers in the label, no label", async () => {
    const received = await readLines([
      caption,
      "sort 10:  1.500000   0.250000   1.750000 (  2.000000)",
      "   0.1   0.1   0.2 (  0.3)",
    ]);
    expect(rows(received).slice(0, 4)).toEqual([
      ["sort 10", "time", "value", 2, "s"],
      ["sort 10", "user_time", "value", 1.5, "s"],
      ["sort 10", "system_time", "value", 0.25, "s"],
      ["sort 10", "cpu_time", "value", 1.75, "s"],
    ]);
    expect(received.measures[4]).toMatchObject({ name: "(unnamed)", value: 0.3 });
    expect(messages(received)).toEqual(["a result without a label"]);
  });

  test("the newer benchmark-ips, with times per iteration", async () => {
    const received = await readLines([
      `Calculating ${"-".repeat(37)}`,
      "            addition     41.5B (\u00b1 10.0%) i/s   (24.19 ns/i) -    208.757M in   5.050014s",
    ]);
    expect(rows(received)).toEqual([
      ["addition", "throughput", "avg", 41.5e9, "i/s"],
      ["addition", "throughput", "stddev", 4.15e9, "i/s"],
    ]);
  });

  test("a row that is cut is none", async () => {
    const received = await read(`${caption}\nfor:      0.950000   0.000000   0.950000 (  0.952039)\nupto:     0.95`);
    expect(received.measures).toHaveLength(4);
    expect(received.meta.state).toBe("partial");
  });
});

describe("asv", () => {
  const result = (text: string) => `[ 50.00%] \u00b7\u00b7\u00b7 ${text}`;
  test("units of people: minutes, thousands of bytes, thousands of anything", async () => {
    const received = await readLines([
      result("a.time_long                 1.5\u00b10.1m"),
      result("a.mem_list                  2.42k"),
      result("a.track_rows                2.5M"),
      result("a.peakmem_x                 1.2G"),
      result("a.time_skipped              n/a"),
    ]);
    expect(received.measures.map((m) => [m.name, m.measure, m.stat, m.value, m.unit])).toEqual([
      ["a.time_long", "time", "p50", 90, "seconds"],
      ["a.time_long", "time", "margin", 6, "seconds"],
      ["a.mem_list", "memory", "value", 2420, "bytes"],
      ["a.track_rows", "value", "value", 2.5e6, "value"],
      ["a.peakmem_x", "peak_memory", "value", 1.2e9, "bytes"],
    ]);
    expect(received.meta.state).toBeUndefined();
  });

  test("several environments are in the names, several commits are told", async () => {
    const received = await readLines([
      "\u00b7 Running 4 total benchmarks (2 commits * 2 environments * 1 benchmarks)",
      "[  0.00%] \u00b7 For project commit 4238c44d <master>:",
      "[  0.00%] \u00b7\u00b7 Benchmarking py2.7",
      result("a.time_x    11.1\u00b10.01\u03bcs"),
      "[  0.00%] \u00b7\u00b7 Benchmarking py3.6",
      result("a.time_x    10.1\u00b10.01\u03bcs"),
      "[  0.00%] \u00b7 For project commit 5238c44d <master>:",
      result("a.time_x    failed"),
    ]);
    expect(received.measures.filter((m) => m.stat === "p50").map((m) => [m.name, m.tags])).toEqual([
      ["a.time_x [py2.7]", { environment: "py2.7" }],
      ["a.time_x [py3.6]", { environment: "py3.6" }],
    ]);
    expect(received.meta.stateMessage).toBe("1 benchmark failed: a.time_x [py3.6]; 3 of 4 benchmarks have a result");
    expect(messages(received)).toContain(
      "results of 2 commits in one text are kept apart as name#2, \u2026; ingest one commit at a time",
    );
  });

  test.each([
    ["a number without its unit", `${result("a.time_x    1.39\u00b10\u03bcs")}\n${result("a.time_y    1.39\u00b10")}`],
    [
      "a table without its end",
      `${result("a.time_x    ok")}\n${result("=== =====")}\n     n       \n    --- -----\n     1   5ns `,
    ],
    ["a table that never begins", `${result("a.time_x    ok")}\n`],
  ])("%s means that the text was cut", async (_, text) => {
    const received = await read(text);
    expect(received.measures.map((m) => m.name)).not.toContain("a.time_y");
    expect(received.meta.state).toBe("partial");
  });
});

describe("tinybench's table", () => {
  test("of version 3, drawn without quotes by another console", async () => {
    const received = await readLines([
      "\u250c\u2500\u252c\u2500\u2510",
      "\u2502   \u2502 Task name \u2502 Throughput average (ops/s) \u2502 Latency median (\u00b5s) \u2502 Samples \u2502",
      "\u251c\u2500\u253c\u2500\u2524",
      "\u2502 0 \u2502 it's      \u2502 1,000 \u00b1 1.50%             \u2502 2.50 \u00b1 0.01         \u2502 64      \u2502",
      "\u2514\u2500\u2534\u2500\u2518",
    ]);
    expect(rows(received)).toEqual([
      ["it's", "throughput", "avg", 1000, "ops/s"],
      ["it's", "throughput", "margin", 15, "ops/s"],
      ["it's", "time", "p50", 2.5, "\u00b5s"],
      ["it's", "time", "count", 64, null],
    ]);
    expect(received.meta.state).toBeUndefined();
  });
});
