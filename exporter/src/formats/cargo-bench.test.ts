import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const rows = async (text: string): Promise<unknown[]> => {
  const { measures } = await read(text);
  return measures.map(({ name, measure, stat, sourceValue, sourceUnit }) => [
    name,
    measure,
    stat,
    sourceValue,
    sourceUnit,
  ]);
};
const LIBTEST =
  "running 1 test\ntest tests::b ... bench:       3,161.5 ns/iter (+/- 975) = 64 MB/s\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 1 measured\n";
const CRITERION = "fib 10                  time:   [101.91 ns 102.82 ns 104.08 ns]\n";

describe("cargo bench", () => {
  test("one log of several harnesses is read whole, by the format of its criterion results", async () => {
    const iai = "fib_short\n  Instructions:                1735\n";
    const gungraun = "a::b short:5\n  Instructions:                1734|1650            (+5.09090%) [+1.04844x]\n";
    const { format, measures, warnings } = await read(LIBTEST + CRITERION + iai + gungraun);
    expect(format).toBe("criterion");
    expect(measures.filter((m) => m.stat !== "margin").map((m) => [m.name, m.measure, m.sourceValue])).toEqual([
      ["tests::b", "time", 3161.5],
      ["tests::b", "throughput", 64],
      ["fib 10", "time", 102.82],
      ["fib_short", "instructions", 1735],
      ["a::b::short", "instructions", 1734],
    ]);
    expect(warnings).toEqual([]);
  });

  test("the same benchmark twice is kept apart", async () => {
    const { measures } = await read(CRITERION + CRITERION);
    expect(new Set(measures.map((m) => m.name))).toEqual(new Set(["fib 10", "fib 10#2"]));
  });

  test("criterion: changes in percent are no values, and units may differ", async () => {
    const text = `a/b                     time:   [990.1 ns 1.0012 µs 1.0101 µs]
                        thrpt:  [7.1 Melem/s 7.2 Melem/s 7.3 Melem/s]
                 change:
                        time:   [-1.3% -0.2% +1.6%] (p = 0.79 > 0.05)
                        thrpt:  [−1.3% −0.2% +1.6%] (p = 0.79 > 0.05)\n`;
    expect(await rows(text)).toEqual([
      ["a/b", "time", "avg", 1.0012, "µs"],
      ["a/b", "throughput", "avg", 7.2, "Melem/s"],
      ["a/b", "throughput", "margin", 0.1, "Melem/s"],
    ]);
  });

  test("criterion: names may hold a colon, and a terminal's overwritten lines are read", async () => {
    const text = `Benchmarking a: b\r\u001b[2KBenchmarking a: b: Warming up for 3.0 s\r\u001b[2K${CRITERION.replace("fib 10", "a: b")}`;
    const { measures, meta } = await read(text);
    expect(measures[0]).toMatchObject({ name: "a: b", stat: "avg" });
    expect(meta.state).toBeUndefined();
  });

  test("criterion: a benchmark that was begun and gave nothing makes the report partial", async () => {
    const { meta, warnings } = await read(`${CRITERION}Benchmarking slow: Collecting 100 samples in estimated 5.0 s\n`);
    expect(warnings).toMatchObject([{ code: "INCOMPLETE", message: "1 begun without a result: slow" }]);
    expect(meta.state).toBe("partial");
  });

  test("libtest: ignored tests are left out, a failed benchmark is named", async () => {
    const text = `running 3 tests\ntest t ... ignored\ntest b ... FAILED\n${LIBTEST.split("\n")[1]}\n\nfailures:\n\n---- b stdout ----\nthread 'main' panicked at src/lib.rs:3:1:\nno database\n\n\nfailures:\n    b\n\ntest result: FAILED. 0 passed; 1 failed; 1 ignored; 1 measured\n`;
    const { format, cases, measures, meta } = await read(text);
    expect(format).toBe("libtest-bench");
    expect(measures[0]).toMatchObject({ name: "tests::b", stat: "p50" });
    expect(cases).toMatchObject([{ name: "b", outcome: "failed" }]);
    expect(meta).toMatchObject({ state: "partial", stateMessage: "1 benchmark failed: b" });
  });

  test("libtest: a binary that dies is partial", async () => {
    const { meta } = await read(`running 2 tests\n${LIBTEST.split("\n")[1]}\n`);
    expect(meta.state).toBe("partial");
  });

  test("gungraun: what only the run before had is no value, a cut number is not taken", async () => {
    const text =
      "a::b\n  Instructions:                 N/A|1650  (*********)\n  L1 Hits:       20|10  (+100%)\n  RAM Hits:     12";
    expect(await rows(text)).toEqual([["a::b", "l1_hits", "value", 20, undefined]]);
    // Left out, so the report is not whole.
    expect((await read(text)).meta).toMatchObject({ state: "partial", stateMessage: "the file ends within a result" });
    expect((await read(`${text}\n`)).meta.state).toBeUndefined();
  });

  test("gungraun: lines may end as on Windows", async () => {
    const text = "a::b\r\n  Instructions:   20|10  (+100%)\r\n";
    expect(await rows(text)).toEqual([["a::b", "instructions", "value", 20, undefined]]);
  });

  test("gungraun: hits are accesses that were made, so that fewer are better; rates of hits grow", async () => {
    const { measures } = await read(
      "a::b\n  L1 Hits:   20|10  (x)\n  L1 Hit Rate:   98.5|98.5  (No change)\n  L1 Miss Rate:   1.5|1.5  (No change)\n",
    );
    expect(measures.map((m) => [m.measure, m.better, m.unit, m.value])).toEqual([
      ["l1_hits", "lower", "value", 20],
      ["l1_hit_rate", "higher", "ratio", 0.985],
      ["l1_miss_rate", "lower", "ratio", 0.015],
    ]);
  });

  test("gungraun: a broken limit takes nothing away", async () => {
    const text =
      "a::b\n  Instructions:   20|10  (+100%)\n\nGungraun result: Regressed. 0 without regressions; 1 regressed; 1 benchmarks finished in 1s\nerror: bench failed, to rerun pass `--bench b`\n";
    const { measures, meta } = await read(text);
    expect(measures).toHaveLength(1);
    expect(meta.state).toBeUndefined();
  });

  test("any other failure of cargo makes it partial", async () => {
    const { meta } = await read(`${CRITERION}error: bench failed, to rerun pass \`--bench b\`\n`);
    expect(meta.state).toBe("partial");
  });
});

describe("libtest-bench JSON", () => {
  test("events without tests are benchmarks'", async () => {
    const text = `{ "type": "suite", "event": "started", "test_count": 1 }
{ "type": "test", "event": "started", "name": "b" }
{ "type": "bench", "name": "b", "median": 15.5, "deviation": 4, "mib_per_second": 68266 }
{ "type": "suite", "event": "ok", "passed": 0, "failed": 0, "measured": 1 }\n`;
    const { format, meta } = await read(text);
    expect(format).toBe("libtest-bench");
    expect(meta.state).toBeUndefined();
    expect(await rows(text)).toEqual([
      ["b", "time", "p50", 15.5, "ns/iter"],
      ["b", "time", "margin", 4, "ns/iter"],
      ["b", "throughput", "p50", 68266, "MB/s"],
    ]);
  });
});
