import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const at = (second: number): string => new Date(Date.UTC(2026, 0, 2, 3, 4, second)).toISOString();
const line = (action: string, test?: string, more: object = {}, second = 0): string =>
  `${JSON.stringify({ Time: at(second), Action: action, Package: "example.com/p", Test: test, ...more })}\n`;
const out = (test: string | undefined, text: string): string => line("output", test, { Output: text });
const codes = (warnings: readonly { code: string }[]): string[] => warnings.map((w) => w.code);

test("pass, fail and skip with their times; subtests and their parents are all cases", async () => {
  const { cases, counts, suites, meta, calls } = await read(
    line("start") +
      line("run", "TestA", {}, 1) +
      line("run", "TestA/sub") +
      out("TestA/sub", "=== RUN   TestA/sub\n") +
      out("TestA/sub", "    a_test.go:7: wrong\n") +
      out("TestA/sub", "--- FAIL: TestA/sub (0.00s)\n") +
      line("fail", "TestA/sub", { Elapsed: 0.5 }) +
      line("fail", "TestA", { Elapsed: 0.6 }) +
      line("run", "TestB") +
      line("skip", "TestB", { Elapsed: 0 }) +
      line("run", "TestC") +
      line("pass", "TestC", { Elapsed: 0.25 }) +
      line("fail", undefined, { Elapsed: 1.5 }, 9),
  );
  expect(cases.map((c) => [c.name, c.outcome, c.durationSeconds])).toEqual([
    ["TestA/sub", "failed", 0.5],
    ["TestA", "failed", 0.6],
    ["TestB", "skipped", 0],
    ["TestC", "passed", 0.25],
  ]);
  expect(cases[0]).toMatchObject({ file: "a_test.go", line: 7, failure: { message: "a_test.go:7: wrong" } });
  expect(cases[1]).toMatchObject({ failure: { message: "a subtest failed" }, startedAtMs: Date.parse(at(1)) });
  expect(counts).toEqual({ passed: 1, failed: 2, errored: 0, skipped: 1 });
  expect(suites[0]).toMatchObject({ suite: { name: "example.com/p" }, durationSeconds: 1.5 });
  expect(meta).toMatchObject({
    durationSeconds: 1.5,
    startedAtMs: Date.parse(at(0)),
    endedAtMs: Date.parse(at(9)),
    framework: "go test",
  });
  expect(calls).toBe("begin case suite end");
});

describe("what never ended is no pass", () => {
  test("a test without an end event when its package ended", async () => {
    const { cases } = await read(
      line("start") +
        line("run", "TestA") +
        line("run", "TestA/b") +
        out("TestA/b", "last words\n") +
        line("fail", undefined, { Elapsed: 1 }),
    );
    expect(cases.map((c) => [c.name, c.outcome, c.failure?.message])).toEqual([
      ["TestA/b", "errored", "no result: the process ended"],
      ["TestA", "errored", "no result: the process ended"],
    ]);
    expect(cases[0]?.failure?.stack ?? cases[0]?.output ?? "last words").toContain("last words");
  });
  test("even when the package passed", async () => {
    expect((await read(line("start") + line("run", "TestA") + line("pass"))).counts).toMatchObject({
      errored: 1,
      passed: 0,
    });
  });
  test("a stream that stops: its running tests are errored, the run partial", async () => {
    const { counts, meta, warnings } = await read(
      line("start") + line("run", "TestA") + line("pass", "TestA") + line("run", "TestB"),
    );
    expect(counts).toMatchObject({ passed: 1, errored: 1 });
    expect(meta.state).toBe("partial");
    expect(codes(warnings)).toEqual(["INCOMPLETE"]);
  });
  test("a stream that stops between two tests is partial as well", async () => {
    const { meta } = await read(line("start") + line("run", "TestA") + line("pass", "TestA"));
    expect(meta).toMatchObject({ state: "partial", stateMessage: expect.stringContaining("example.com/p") });
  });
  test("a stream that stops while a package is built is partial; warnings of a dependency's build are not", async () => {
    const passed = line("start") + line("run", "TestA") + line("pass", "TestA") + line("pass");
    const built = (path: string): string =>
      `${JSON.stringify({ ImportPath: path, Action: "build-output", Output: "x.c:1: warning: y\n" })}\n`;
    expect((await read(passed + built("example.com/q [example.com/q.test]"))).meta.state).toBe("partial");
    expect((await read(built("example.com/sqlite") + passed)).meta.state).toBeUndefined();
    expect((await read(built("example.com/sqlite [example.com/p.test]") + passed)).meta.state).toBeUndefined();
  });
  test("a last line that is cut is told", async () => {
    const { meta, warnings } = await read(
      `${line("start")}${line("run", "TestA")}${line("pass", "TestA")}${line("pass")}{"Time":"20`,
    );
    expect(meta.state).toBe("partial");
    expect(codes(warnings)).toEqual(["INCOMPLETE"]);
  });
});

describe("packages that fail without a failing test", () => {
  test("are one errored case with what was printed", async () => {
    const { cases } = await read(
      line("start") +
        line("run", "TestA") +
        line("pass", "TestA") +
        out(undefined, "PASS\n") +
        out(undefined, "leak detected\n") +
        out(undefined, "exit status 1\n") +
        out(undefined, "FAIL\texample.com/p\t0.1s\n") +
        line("fail"),
    );
    expect(cases.map((c) => [c.name, c.outcome, c.failure?.message])).toEqual([
      ["TestA", "passed", undefined],
      ["(package)", "errored", "leak detected"],
    ]);
  });
  test("a build failure brings the compiler's words and place", async () => {
    const build = { ImportPath: "example.com/p [example.com/p.test]" };
    const { cases } = await read(
      `${JSON.stringify({ ...build, Action: "build-output", Output: "# example.com/p\n" })}\n${JSON.stringify({ ...build, Action: "build-output", Output: "./p_test.go:9:2: undefined: x\n" })}\n${JSON.stringify({ ...build, Action: "build-fail" })}\n` +
        line("start") +
        out(undefined, "FAIL\texample.com/p [build failed]\n") +
        line("fail", undefined, { Elapsed: 0, FailedBuild: build.ImportPath }),
    );
    expect(cases).toMatchObject([
      {
        name: "(build)",
        outcome: "errored",
        file: "./p_test.go",
        line: 9,
        failure: { message: "./p_test.go:9:2: undefined: x", type: "build failed" },
      },
    ]);
  });
  test("a build failure that no package tells of is not lost", async () => {
    const { counts, suites } = await read(`${JSON.stringify({ ImportPath: "example.com/q", Action: "build-fail" })}\n`);
    expect(counts.errored).toBe(1);
    expect(suites[0]?.suite.name).toBe("example.com/q");
  });
  test("before Go 1.24 it is a plain line, told once", async () => {
    const { cases, warnings } = await read(
      `# example.com/q [example.com/q.test]\n./q.go:1:1: oops\nFAIL\texample.com/q [build failed]\n${line("start")}${line("run", "TestA")}${line("pass", "TestA")}${line("pass")}`,
    );
    expect(cases.map((c) => [c.suite?.name, c.name, c.outcome])).toEqual([
      ["example.com/q", "(build)", "errored"],
      ["example.com/p", "TestA", "passed"],
    ]);
    expect(cases[0]?.failure?.message).toBe("./q.go:1:1: oops");
    expect(codes(warnings)).toEqual(["NOISE_SKIPPED"]);
  });
});

test("panics are errored, with the panic as the message", async () => {
  const { cases } = await read(
    line("start") +
      line("run", "TestA") +
      out("TestA", "--- FAIL: TestA (0.00s)\n") +
      out("TestA", "panic: boom [recovered]\n") +
      out("TestA", "\tpanic: boom\n") +
      out("TestA", "goroutine 7 [running]:\n") +
      out("TestA", "\t/src/p/a_test.go:12 +0x1d\n") +
      line("fail", "TestA") +
      line("fail"),
  );
  expect(cases).toMatchObject([
    {
      outcome: "errored",
      file: "/src/p/a_test.go",
      line: 12,
      failure: { type: "panic", message: "panic: boom [recovered]" },
    },
  ]);
});

test("packages may be interleaved and tests repeated", async () => {
  const other = { Package: "example.com/q" };
  const { cases, suites, counts } = await read(
    line("start") +
      line("start", undefined, other) +
      line("run", "TestA") +
      line("run", "TestA", other) +
      line("fail", "TestA", other) +
      line("pass", "TestA") +
      line("run", "TestA") +
      line("pass", "TestA") +
      line("fail", undefined, other) +
      line("pass"),
  );
  expect(cases.map((c) => [c.suite?.name, c.outcome])).toEqual([
    ["example.com/q", "failed"],
    ["example.com/p", "passed"],
    ["example.com/p", "passed"],
  ]);
  expect(new Set(suites.map((s) => s.suite)).size).toBe(2);
  expect(counts.failed).toBe(1);
});

test("benchmarks are left out, unless they fail", async () => {
  const { cases } = await read(
    line("start") +
      line("run", "BenchmarkA") +
      out("BenchmarkA", "BenchmarkA-8  10  5 ns/op\n") +
      line("bench", "BenchmarkA") +
      line("run", "BenchmarkB") +
      line("pass", "BenchmarkB") +
      line("run", "BenchmarkD") +
      line("run", "Benchmarked") +
      line("pass", "Benchmarked") +
      line("run", "BenchmarkC") +
      line("fail", "BenchmarkC") +
      line("pass"),
  );
  expect(cases.map((c) => [c.name, c.outcome])).toEqual([
    ["Benchmarked", "passed"],
    ["BenchmarkC", "failed"],
  ]);
});

test("log lines between are counted once; JSON of others is a log line too", async () => {
  const { warnings, counts } = await read(
    `go: downloading x v1\n{"level":"info"}\n\n${line("start")}not json {\n${line("run", "TestA")}${line("pass", "TestA")}${line("pass")}`,
  );
  expect(counts.passed).toBe(1);
  expect(warnings).toEqual([{ code: "NOISE_SKIPPED", message: "3 lines are no events of go test", line: 1 }]);
});

test("endless output of a failing test is bounded", async () => {
  const { cases } = await read(
    line("start") +
      line("run", "TestA") +
      out("TestA", "    a_test.go:1: first\n") +
      out("TestA", `${"x".repeat(1000)}\n`).repeat(500) +
      line("fail", "TestA") +
      line("fail"),
  );
  expect(cases[0]?.failure?.message.startsWith("a_test.go:1: first")).toBe(true);
  expect(JSON.stringify(cases[0]).length).toBeLessThan(60_000);
});

test("a line without end does not fill the memory", async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(line("start") + line("run", "TestA"));
    for (let i = 0; i < 640; i++) yield Buffer.alloc(65_536, 0x61);
    yield Buffer.from(`\n${line("pass", "TestA")}${line("pass")}`);
  }
  const before = process.memoryUsage().rss;
  const { counts, warnings } = await read(chunks(), { limits: { maxTextBytes: 1_000_000 } });
  expect(counts.passed).toBe(1);
  expect(codes(warnings)).toEqual(["NOISE_SKIPPED"]);
  expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(60);
});

test("a package that has ended keeps its suite: for what comes late, and when it starts again", async () => {
  const { cases, suites, meta } = await read(
    line("start") +
      line("run", "TestA") +
      line("pass", "TestA") +
      line("pass", undefined, { Elapsed: 1 }) +
      out(undefined, "late\n") +
      line("pass", "TestLate", { Elapsed: 0 }) +
      line("pass", undefined, { Elapsed: 5 }) +
      line("start") +
      line("run", "TestB") +
      line("pass", "TestB") +
      line("pass", undefined, { Elapsed: 2 }),
  );
  expect(cases.map((c) => c.name)).toEqual(["TestA", "TestLate", "TestB"]);
  expect(new Set(cases.map((c) => c.suite)).size).toBe(1);
  expect(suites.map((told) => told.durationSeconds)).toEqual([1, 2]);
  expect(meta.durationSeconds).toBe(3);
});

test("forced on something else it is refused", async () => {
  await expect(read("hello\n", { format: "gotest" })).rejects.toMatchObject({
    code: "FORMAT_SCHEMA",
    place: { line: 1 },
  });
});
