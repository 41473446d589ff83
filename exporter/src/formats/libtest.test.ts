import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { isFlaky } from "../model/test.ts";
import { libtest } from "./libtest.ts";
import { binaryOf, describeRust } from "./rust-output.ts";

const ended = (cases: readonly { name: string; outcome: string }[]): string[] =>
  cases.map((c) => `${c.name}: ${c.outcome}`);

test.each([
  ["     Running unittests src/lib.rs (target/debug/deps/shop-507999230d6984fa)", "shop (src/lib.rs)"],
  ["     Running tests/ok.rs (target/debug/deps/ok-9258b5652747a0d6)", "ok (tests/ok.rs)"],
  ["     Running `/work/target/debug/deps/shop-507999230d6984fa`", "shop"],
  ["     Running target/debug/deps/shop_core-507999230d6984fa", "shop_core"],
  ["     Running unittests src\\lib.rs (target\\debug\\deps\\shop-507999230d6984fa.exe)", "shop (src\\lib.rs)"],
  ["   Doc-tests shop", "shop (doc tests)"],
  ["Running wild", undefined],
])("%s names a binary", (line, name) => {
  expect(binaryOf(line)).toBe(name);
});

test.each([
  ["thread 'a' (17) panicked at src/lib.rs:3:9:\nboom\nstack backtrace:\n 0: x", "boom", "src/lib.rs", 3],
  ["thread 'a' panicked at src/lib.rs:3:9:\nleft\nright\nnote: run with", "left\nright", "src/lib.rs", 3],
  ["thread 'a' panicked at 'boom', src/lib.rs:3:9\nnote: run with", "boom", "src/lib.rs", 3],
  ['Error: "no database"', 'Error: "no database"', undefined, undefined],
  ["", "(no message)", undefined, undefined],
])("the panic %j is read", (text, message, file, line) => {
  const read = describeRust(text);
  expect([read.failure.message, read.file, read.line]).toEqual([message, file, line]);
});

describe("libtest-json", () => {
  const json = (...events: object[]): string => `${events.map((event) => JSON.stringify(event)).join("\n")}\n`;
  const suite = (event: string, more: object = {}): object => ({ type: "suite", event, ...more });
  const it = (event: string, name: string, more: object = {}): object => ({ type: "test", event, name, ...more });

  test.each([
    ["ok", "passed", 0],
    ["failed", "failed", 0],
    ["ignored", "skipped", 0],
    ["melted", "errored", 1],
  ])("event %s is %s", async (event, outcome, warned) => {
    const { cases, warnings } = await read(json(suite("started", { test_count: 1 }), it(event, "a"), suite("ok")));
    expect(cases.map((c) => c.outcome)).toEqual([outcome]);
    expect(warnings.length).toBe(warned);
  });

  test("a timeout event is a notice, no end; older versions write times as text", async () => {
    const { cases } = await read(
      json(
        suite("started", { test_count: 1 }),
        it("started", "a"),
        it("timeout", "a"),
        it("ok", "a", { exec_time: "61.5s" }),
        suite("ok"),
      ),
    );
    expect(cases).toMatchObject([{ outcome: "passed", durationSeconds: 61.5 }]);
  });

  test("negative times are none, benchmarks beside tests are measures", async () => {
    const { format, cases, measures, warnings } = await read(
      json(
        suite("started", { test_count: 2 }),
        it("ok", "a", { exec_time: -1 }),
        { type: "bench", name: "b", median: 3 },
        suite("ok"),
      ),
    );
    expect(cases.map((c) => c.durationSeconds)).toEqual([undefined]);
    expect(format).toBe("libtest-json");
    expect(measures).toMatchObject([{ name: "b", measure: "time", stat: "p50", value: 3e-9, sourceUnit: "ns/iter" }]);
    expect(warnings).toEqual([]);
  });

  test("a binary that dies leaves its running tests errored, and tells of the others", async () => {
    const { cases, meta } = await read(
      json(
        suite("started", { test_count: 5 }),
        it("ok", "a"),
        it("started", "b"),
        suite("started", { test_count: 1 }),
        it("ok", "c"),
        suite("ok", { passed: 1 }),
      ),
    );
    expect(ended(cases)).toEqual(["a: passed", "b: errored", "(process): errored", "c: passed"]);
    expect(cases[2]?.failure?.message).toContain("3 more tests");
    expect(meta.state).toBeUndefined();
  });

  test.each([
    ["a stream without the binary's end", json(suite("started", { test_count: 1 }), it("ok", "a")), "partial"],
    [
      "failures that are only counted",
      json(suite("started", { test_count: 1 }), it("ok", "a"), suite("failed", { failed: 1 })),
      "error",
    ],
    ["a last line that is cut", `${json(suite("started", { test_count: 0 }), suite("ok"))}{ "type": "sui`, "partial"],
  ])("%s", async (_, text, state) => {
    expect((await read(text)).meta.state).toBe(state);
  });

  test("nextest's names give suites and attempts", async () => {
    const { cases } = await read(
      json(
        suite("started", { test_count: 2, nextest: { crate: "a", test_binary: "b", kind: "test" } }),
        it("started", "a::b$c"),
        it("ok", "a::b$c#3", { exec_time: 1 }),
        suite("ok", { passed: 1 }),
      ),
    );
    expect(cases[0]).toMatchObject({ suite: { name: "a::b" }, name: "c", outcome: "passed" });
    expect(cases[0]?.earlierAttempts?.length).toBe(2);
    expect(isFlaky(cases[0]!)).toBe(true);
  });

  test("Cargo's own lines name the binaries", async () => {
    const { cases } = await read(
      `     Running tests/ok.rs (target/debug/deps/ok-9258b5652747a0d6)\n${json(suite("started", { test_count: 1 }), it("ok", "a"), suite("ok"))}`,
    );
    expect(cases[0]?.suite?.name).toBe("ok (tests/ok.rs)");
  });
});

describe("libtest", () => {
  const result = (passed: number, failed: number, ignored = 0): string =>
    `\ntest result: ${failed > 0 ? "FAILED" : "ok"}. ${passed} passed; ${failed} failed; ${ignored} ignored; 0 measured; 0 filtered out; finished in 0.50s\n`;

  test("a program's line that reads like a verdict does not decide", async () => {
    const { cases } = await read(
      `running 2 tests\ntest a ... ok\nFAILED\ntest b ... printed\nok\nFAILED\n\nfailures:\n\nfailures:\n    b\n${result(1, 1)}`,
    );
    expect(ended(cases)).toEqual(["a: passed", "b: failed"]);
  });

  test("a failed test that only the list names is taken from there", async () => {
    const { cases } = await read(
      `running 2 tests\nprinted without an end: test b ... FAILED\ntest a ... ok\n\nfailures:\n\n---- b stdout ----\nboom\n\nfailures:\n    b\n${result(1, 1)}`,
    );
    expect(ended(cases)).toEqual(["a: passed", "b: failed"]);
  });

  test("failures that only the result counts are errored, and passes told", async () => {
    const { counts, warnings } = await read(`running 3 tests\ntest a ... ok\n${result(2, 1)}`);
    expect(counts).toMatchObject({ passed: 1, errored: 1 });
    expect(warnings.map((w) => w.code)).toContain("SUMMARY_MISMATCH");
  });

  test("what a failed test printed is its own, even when it looks like libtest's", async () => {
    const { cases } = await read(
      `running 1 test\ntest a ... FAILED\n\nfailures:\n\n---- a stdout ----\nrunning 1 test\ntest inner ... ok\n     \nthread 'a' panicked at src/lib.rs:3:9:\nboom\n\n\nfailures:\n    a\n${result(0, 1)}`,
    );
    expect(cases.map((c) => [c.name, c.failure?.message])).toEqual([["a", "boom"]]);
  });

  test("a binary without a result is an errored case; at the end of the log the report is partial", async () => {
    const dead = "running 3 tests\ntest a ... ok\n";
    const cut = await read(dead);
    expect([cut.counts.errored, cut.meta.state]).toEqual([1, "partial"]);
    const next = await read(`${dead}\nrunning 1 test\ntest b ... ok\n${result(1, 0)}`);
    expect(ended(next.cases)).toEqual(["a: passed", "(process): errored", "b: passed"]);
    expect(next.meta.state).toBeUndefined();
  });

  test("an allowed failure and a missing time are borne", async () => {
    const { counts } = await read(
      "running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 allowed failures; 0 ignored; 0 measured; 0 filtered out\n",
    );
    expect(counts.passed).toBe(1);
  });

  test("benchmarks alone are another format's; beside tests they are measures", async () => {
    const bench = "test b ... bench:  3,296 ns/iter (+/- 521)\n";
    const result = "test result: ok. 1 passed; 0 failed; 0 ignored; 1 measured; 0 filtered out\n";
    expect((await read(`running 1 test\n${bench}\n${result.replace("1 passed", "0 passed")}`)).format).toBe(
      "libtest-bench",
    );
    const both = await read(`running 2 tests\ntest a ... ok\n${bench}\n${result}`);
    expect(both.format).toBe("libtest");
    expect(both.cases).toMatchObject([{ name: "a", outcome: "passed" }]);
    expect(both.measures).toMatchObject([
      { name: "b", measure: "time", stat: "p50", value: 3.296e-6 },
      { name: "b", measure: "time", stat: "margin", value: 5.21e-7 },
    ]);
    expect(both.warnings).toEqual([]);
  });

  test("benchmarks that only the result counts are missed", async () => {
    const log = "running 2 tests\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 1 measured\n";
    expect((await read(log)).warnings).toMatchObject([{ code: "SUMMARY_MISMATCH" }]);
  });

  test.each([
    ["running 1 test\ntest a ... ok\n", "certain"],
    ["running 1 test\ntest a ... ignored\n\ntest result: ok.\n", "maybe"],
    ["running 0 tests\n\ntest result: ok.\n\nBenchmarking file\n", "no"],
    ["running 0 tests\n\ntest result: ok.\na::b\n  Instructions:     17|16\n", "no"],
    ["    Starting 2 tests across 1 binary\n    running 1 test\ntest a ... FAILED\n", "no"],
  ])("%j is %s", (head, answer) => {
    expect(libtest.sniff(head, "log")).toBe(answer);
  });

  test("cargo's last word counts", async () => {
    const { meta } = await read(
      `running 1 test\ntest a ... ok\n${result(1, 0)}\nerror: 1 target failed:\n    \`--doc\`\n`,
    );
    expect(meta.state).toBe("error");
  });
});

describe("nextest", () => {
  const head = "    Starting 2 tests across 1 binary\n";
  const summary = (text: string): string => `────────────\n     Summary [   0.087s] ${text}\n`;

  test("attempts without a counter belong together, and the last one decides", async () => {
    const { cases } = await read(
      `${head}  TRY 1 FAIL [   0.1s] shop::ok flaky\n  TRY 2 PASS [   0.2s] shop::ok flaky\n        PASS [   0.3s] shop::ok a\n${summary("2 tests run: 2 passed (1 flaky), 0 skipped")}`,
    );
    expect(cases.map((c) => [c.name, c.outcome, isFlaky(c)])).toEqual([
      ["a", "passed", false],
      ["flaky", "passed", true],
    ]);
  });

  test.each([
    ["LEAK", "passed", 0],
    ["FAIL + LEAK", "failed", 0],
    ["TIMEOUT", "errored", 0],
    ["SIGSEGV", "errored", 0],
    ["XFAIL", "errored", 0],
    ["MELTED", "errored", 1],
  ])("status %s is %s", async (status, outcome, warned) => {
    const { cases, warnings } = await read(
      `${head}        ${status} [   0.1s] (1/1) shop a\n${summary(`1 test run: ${outcome === "passed" ? "1 passed" : "1 failed"}`)}`,
    );
    expect(cases.map((c) => c.outcome)).toEqual([outcome]);
    expect(warnings.filter((w) => w.code === "VALUE_SKIPPED").length).toBe(warned);
  });

  test("a skipped line is a skipped case, a failed setup script an errored one", async () => {
    const { counts } = await read(
      `${head}  SETUP FAIL [   0.1s] 1/1: db ./up.sh\n        SKIP [         ] shop b\n        PASS [   0.1s] shop a\n${summary("1 test run: 1 passed, 1 skipped")}`,
    );
    expect(counts).toMatchObject({ passed: 1, skipped: 1 });
    expect(counts.errored + counts.failed).toBe(1);
  });

  test.each([
    ["no summary", `${head}        PASS [   0.1s] (1/2) shop a\n`, "partial"],
    [
      "tests that were not run",
      `${head}        PASS [   0.1s] (1/2) shop a\n${summary("1/2 tests run: 1 passed")}`,
      "partial",
    ],
    [
      "failures that are only counted",
      `${head}        PASS [   0.1s] (1/2) shop a\n${summary("1 test run: 0 passed, 1 failed")}`,
      "error",
    ],
    [
      "the last word",
      `${head}        PASS [   0.1s] (1/1) shop a\n${summary("1 test run: 1 passed")}error: test run failed\n`,
      "error",
    ],
  ])("%s", async (_, text, state) => {
    expect((await read(text)).meta.state).toBe(state);
  });
});
