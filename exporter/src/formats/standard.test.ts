import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chunksOf, read } from "../../test/conformance/reading.ts";
import { DEFAULT_LIMITS } from "../model/format.ts";
import { readReport } from "./registry.ts";
import { minimalText, type StandardInput, standardCollector, toStandardReport } from "./standard-write.ts";

const example: StandardInput = {
  taskId: "t",
  counts: { passed: 42, failed: 1, errored: 1, skipped: 1 },
  durationSeconds: 12.5,
  failures: [
    { test: "test_login", file: "test_auth.py", line: 45, error: "expected 200", outcome: "failed" },
    { test: "test_list", file: "test_api.py", line: 89, error: "refused", traceback: "Traceback", outcome: "errored" },
  ],
  coverage: { lineRatio: 0.85, branchRatio: 0.72, uncoveredFiles: ["a.py"] },
};

describe("minimal text", () => {
  test("is the requirement's own", () => {
    expect(minimalText(example)).toBe(
      "[TESTS] 45 total: 42 passed, 2 failed, 1 skipped (12.5s)\nFAILED: test_auth.py:45, test_api.py:89\nCOVERAGE: 85% lines, 72% branches",
    );
  });
  test("lines and parts that are not known are left out", () => {
    const none = { passed: 3, failed: 0, errored: 0, skipped: 0 };
    expect(minimalText({ taskId: "t", counts: none, failures: [] })).toBe(
      "[TESTS] 3 total: 3 passed, 0 failed, 0 skipped",
    );
    expect(
      minimalText({
        taskId: "t",
        counts: none,
        failures: [],
        durationSeconds: 0.0123,
        coverage: { lineRatio: 0.99999 },
      }),
    ).toBe("[TESTS] 3 total: 3 passed, 0 failed, 0 skipped (0.012s)\nCOVERAGE: 99.9% lines");
  });
  test("many failures are counted, and without a file the test is named", () => {
    const failures = Array.from({ length: 25 }, (_, i) => ({ test: `t${i}`, error: "e", outcome: "failed" as const }));
    const text = minimalText({ taskId: "t", counts: { passed: 0, failed: 30, errored: 0, skipped: 0 }, failures });
    expect(text).toMatch(/FAILED: t0, t1, .*t19, … and 10 more$/);
    expect(
      minimalText({ taskId: "t", counts: { passed: 0, failed: 3, errored: 0, skipped: 0 }, failures: [] }),
    ).toMatch(/FAILED: 3 tests$/);
  });
  const failedLine = (places: readonly (readonly [file: string, line?: number])[], failed = places.length) =>
    minimalText({
      taskId: "t",
      counts: { passed: 0, failed, errored: 0, skipped: 0 },
      failures: places.map(([file, line], i) => ({ test: `t${i}`, file, line, error: "e", outcome: "failed" })),
    }).split("\n")[1];
  const files = (count: number, prefix = "f") => Array.from({ length: count }, (_, i) => [`${prefix}${i}.py`] as const);
  test.each([
    ["ten tests of one file without a line are one place", Array(10).fill(["a.py"]), undefined, "a.py"],
    ["the same line twice is one place", [["a.py", 3], ["b.py"], ["a.py", 3]], undefined, "a.py:3, b.py"],
    ["other lines are other places", [["a.py", 3], ["a.py", 4], ["a.py"]], undefined, "a.py:3, a.py:4, a.py"],
    ["what prints the same is one place", [["x".repeat(300)], ["x".repeat(299)]], undefined, "x".repeat(200)],
    ["twenty places are all named", files(20), undefined, files(20).join(", ")],
    ["of more, twenty", files(21), undefined, `${files(20).join(", ")}, … and 1 more`],
    [
      "repeats take no room",
      [...files(19), ...files(19), ...files(1, "g")],
      undefined,
      [...files(19), "g0.py"].join(", "),
    ],
    [
      "tests at a named place are never more",
      [...files(25), ...files(20)],
      undefined,
      `${files(20).join(", ")}, … and 5 more`,
    ],
    ["failures that are counted only are more", [["a.py"], ["a.py"]], 5, "a.py, … and 3 more"],
  ] as const)("%s", (_name, places, failed, line) => {
    expect(failedLine(places, failed)).toBe(`FAILED: ${line}`);
  });
});

test("the report has the requirement's keys", () => {
  expect(toStandardReport({ ...example, endedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5) })).toEqual({
    report_version: "1.0",
    task_id: "t",
    agent_id: null,
    timestamp: "2026-01-02T03:04:05.000Z",
    summary: { total: 45, passed: 42, failed: 2, skipped: 1, duration_seconds: 12.5 },
    failures: [
      { test: "test_login", file: "test_auth.py", line: 45, error: "expected 200", traceback: null },
      {
        test: "test_list",
        file: "test_api.py",
        line: 89,
        error: "refused",
        traceback: "Traceback",
        outcome: "errored",
      },
    ],
    coverage: { line_percent: 85, branch_percent: 72, uncovered_files: ["a.py"] },
  });
});

test("reading what was written gives back what was written", async () => {
  const word = fc
    .string({ minLength: 1, maxLength: 20 })
    .map((text) => `x${text.toWellFormed().replaceAll("\0", "")}`.replace(/\s+/g, "_"));
  const failure = fc.record({
    test: word,
    file: fc.option(word, { nil: undefined }),
    line: fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: undefined }),
    error: word,
    traceback: fc.option(word, { nil: undefined }),
    outcome: fc.constantFrom("failed" as const, "errored" as const),
  });
  const input = fc
    .record({
      taskId: word,
      agentId: fc.option(word, { nil: undefined }),
      endedAtMs: fc.option(fc.integer({ min: Date.UTC(1990), max: Date.UTC(2100) }), { nil: undefined }),
      passed: fc.nat(50),
      skipped: fc.nat(50),
      durationSeconds: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
      failures: fc.array(failure, { maxLength: 10 }),
      coverage: fc.option(
        fc.record({
          lineRatio: fc.integer({ min: 0, max: 10_000 }).map((n) => n / 10_000),
          branchRatio: fc.constantFrom(undefined, 0, 0.725, 1),
          uncoveredFiles: fc.array(word, { maxLength: 3 }),
        }),
        { nil: undefined },
      ),
    })
    .map(({ passed, skipped, ...rest }): StandardInput => {
      const errored = rest.failures.filter((f) => f.outcome === "errored").length;
      return { ...rest, counts: { passed, skipped, errored, failed: rest.failures.length - errored } };
    });
  await fc.assert(
    fc.asyncProperty(input, async (written) => {
      const collector = standardCollector("unused");
      const text = JSON.stringify(toStandardReport(written));
      await readReport({ name: "r.json", chunks: chunksOf(text) }, collector, DEFAULT_LIMITS);
      expect(collector.result()).toEqual(written);
      expect(JSON.stringify(toStandardReport(collector.result()))).toBe(text);
    }),
    { numRuns: 200 },
  );
});

const base = { report_version: "1.0", task_id: "t", agent_id: "a", timestamp: "2026-01-02T03:04:05Z" };
const report = (more: object): string => JSON.stringify({ ...base, ...more });

describe("states are never a pass", () => {
  test("an error report: what ran before the crash, the rest errored", async () => {
    const { counts, meta } = await read(
      report({
        status: "error",
        error: {
          type: "crash",
          message: "boom",
          partial_results: { tests_run_before_crash: 10, tests_passed: 7, tests_failed: 1 },
        },
      }),
    );
    expect(counts).toEqual({ passed: 7, failed: 1, errored: 2, skipped: 0 });
    expect(meta).toMatchObject({ state: "error", stateMessage: "crash: boom", taskId: "t" });
  });
  test("a partial report: what is incomplete is errored", async () => {
    const { counts, meta, warnings } = await read(
      report({
        status: "partial",
        warning: "hang",
        results: { total: 10, passed: 5, failed: 1, skipped: 1, incomplete: 3 },
      }),
    );
    expect(counts).toEqual({ passed: 5, failed: 1, errored: 3, skipped: 1 });
    expect(meta).toMatchObject({ state: "partial", stateMessage: "hang" });
    expect(warnings.map((w) => w.code)).toEqual(["INCOMPLETE"]);
  });
  test("a total beyond its parts is errored and told; so are failures beyond their count", async () => {
    const more = await read(report({ summary: { total: 10, passed: 5, failed: 1, skipped: 1 }, failures: [] }));
    expect(more.counts).toEqual({ passed: 5, failed: 1, errored: 3, skipped: 1 });
    expect(more.warnings.map((w) => w.code)).toEqual(["SUMMARY_MISMATCH"]);
    const less = await read(
      report({ summary: { total: 5, passed: 5, failed: 0, skipped: 0 }, failures: [{ test: "x", error: "e" }] }),
    );
    expect(less.counts).toMatchObject({ passed: 5, failed: 1 });
    expect(less.warnings.map((w) => w.code)).toEqual(["SUMMARY_MISMATCH"]);
  });
});

describe("status", () => {
  const summary = { total: 1, passed: 1, failed: 0, skipped: 0 };
  test.each(["weird", "failed", "rejected", "running", "", 7, true, {}])(
    "%j is not known: an error",
    async (status) => {
      const { meta, counts, warnings } = await read(report({ status, summary }));
      expect(counts.passed).toBe(1);
      expect(meta).toMatchObject({ state: "error", stateMessage: expect.stringContaining("status: expected") });
      expect(warnings.map((w) => w.code)).toEqual(["VALUE_SKIPPED"]);
    },
  );
  test.each(["complete", "completed", "passed", "success", null])("%j says no more than none", async (status) => {
    const { meta, warnings } = await read(report({ status, summary }));
    expect(meta.state).toBeUndefined();
    expect(warnings).toEqual([]);
  });
});

test("null is a value that the writer does not know, and an unreadable time is told", async () => {
  const summary = { total: 1, passed: 1, failed: 0, skipped: 0 };
  const unknown = await read(report({ agent_id: null, timestamp: null, summary }));
  expect(unknown.warnings).toEqual([]);
  expect(unknown.meta.state).toBeUndefined();
  const odd = await read(report({ timestamp: "yesterday", summary }));
  expect(odd.warnings).toEqual([
    { code: "TIME_UNREADABLE", message: 'timestamp: expected an ISO 8601 time, found "yesterday"', line: 1 },
  ]);
});

describe("coverage", () => {
  test("null is told as unavailable, absent is not", async () => {
    const summary = { total: 1, passed: 1, failed: 0, skipped: 0 };
    expect((await read(report({ summary, coverage: null }))).warnings[0]?.message).toContain("coverage is unavailable");
    expect((await read(report({ summary }))).warnings).toEqual([]);
    const { coverage, warnings } = await read(
      report({ summary, coverage: { line_percent: 85.5, branch_percent: null } }),
    );
    expect(coverage).toEqual({ lineRatio: 0.855, branchRatio: undefined, uncoveredFiles: undefined });
    expect(warnings).toEqual([]);
  });
  test("of no test at all is an error, never a run of measures", async () => {
    const summary = { total: 0, passed: 0, failed: 0, skipped: 0 };
    const { meta, coverage } = await read(report({ summary, coverage: { line_percent: 95 } }));
    expect(meta).toMatchObject({ state: "error", stateMessage: "the report states coverage, but no test" });
    expect(coverage?.lineRatio).toBe(0.95);
    expect((await read(report({ summary }))).meta.state).toBeUndefined();
    const skipped = report({ summary: { ...summary, total: 1, skipped: 1 }, coverage: { line_percent: 95 } });
    expect((await read(skipped)).meta.state).toBeUndefined();
  });
});

describe("refusals", () => {
  test.each([
    ["what is missing is listed", report({}), /missing required fields: summary$/],
    [
      "all of it",
      '{"report_version":"1.0","summary":{"total":1}}',
      /task_id, agent_id, timestamp, summary.passed, summary.failed, summary.skipped$/,
    ],
    [
      "an agent and a time too, though every test passed",
      '{"report_version":"1.0","task_id":"t","summary":{"total":1,"passed":1,"failed":0,"skipped":0}}',
      /missing required fields: agent_id, timestamp$/,
    ],
    [
      "and the failures of tests that failed",
      report({ summary: { total: 1, passed: 0, failed: 1, skipped: 0 } }),
      /missing required fields: failures$/,
    ],
    ["in error reports", '{"report_version":"1.0","task_id":"t","status":"error"}', /missing required fields: error/],
    [
      "in partial reports",
      '{"report_version":"1.0","task_id":"t","status":"partial","results":{"total":1,"passed":1,"failed":0}}',
      /results.skipped/,
    ],
    ["another version", '{"report_version":"2.0","task_id":"t"}', /"report_version" 1.x, found "2.0"/],
    [
      "a negative count",
      report({ summary: { total: 1, passed: -1, failed: 0, skipped: 0 } }),
      /summary.passed: expected a whole number >= 0, found -1/,
    ],
    [
      "a count that is text",
      report({ summary: { total: "1", passed: 1, failed: 0, skipped: 0 } }),
      /summary.total: expected a whole number/,
    ],
    [
      "failures that are no list",
      report({ summary: { total: 1, passed: 1, failed: 0, skipped: 0 }, failures: 3 }),
      /failures: expected an array/,
    ],
  ])("%s", async (_, text, message) => {
    const error = await read(text).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "FORMAT_SCHEMA", place: { line: 1 } });
    expect((error as Error).message).toMatch(message);
  });
  test.each([850, -1, "85", true])("a coverage of %j percent is refused with its place", async (percent) => {
    const summary = { total: 1, passed: 1, failed: 0, skipped: 0 };
    const text = report({ summary, coverage: { branch_percent: 72, line_percent: percent } });
    await expect(read(text)).rejects.toMatchObject({
      code: "FORMAT_SCHEMA",
      message: expect.stringContaining("coverage.line_percent: expected a percentage from 0 to 100, found"),
      place: { line: 1, column: text.indexOf("line_percent") + '"line_percent":'.length },
    });
  });
  test("a summary of a trillion tests does not keep us busy", async () => {
    await expect(read(report({ summary: { total: 1e12, passed: 1e12, failed: 0, skipped: 0 } }))).rejects.toMatchObject(
      { code: "INPUT_TOO_LARGE" },
    );
  });
});
