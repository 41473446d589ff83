import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { isFlaky } from "../model/test.ts";
import { splitNodeId } from "./pytest-case.ts";

test.each([
  ["tests/a.py::test_b", { file: "tests/a.py", className: undefined, name: "test_b" }],
  ["a.py::TestB::TestC::test_d", { file: "a.py", className: "TestB::TestC", name: "test_d" }],
  ["a.py::test_b[x::y/z]", { file: "a.py", className: undefined, name: "test_b[x::y/z]" }],
  ["a.py::TestB::test_c[d[e]::f]", { file: "a.py", className: "TestB", name: "test_c[d[e]::f]" }],
  ["strange", { file: "(no file)", className: undefined, name: "strange" }],
  ["", { file: "(no file)", className: undefined, name: "(unnamed)" }],
])("the node id %s is taken apart", (id, parts) => {
  expect(splitNodeId(id)).toEqual(parts);
});

describe("pytest-json", () => {
  const report = (tests: unknown[], more: object = {}): string =>
    JSON.stringify({
      created: 1_800_000_001.5,
      duration: 1.5,
      exitcode: 0,
      root: "/repo",
      environment: {},
      summary: { total: tests.length, collected: tests.length },
      collectors: [],
      tests,
      ...more,
    });
  const phase = (outcome: string, more: object = {}): object => ({ duration: 0.25, outcome, ...more });
  const one = (outcome: unknown, more: object = {}): object => ({
    nodeid: "a.py::test_a",
    lineno: 4,
    outcome,
    setup: phase("passed"),
    call: phase("passed"),
    teardown: phase("passed"),
    ...more,
  });

  test.each([
    ["passed", "passed", 0],
    ["failed", "failed", 0],
    ["error", "errored", 0],
    ["skipped", "skipped", 0],
    ["xfailed", "skipped", 0],
    ["xpassed", "passed", 0],
    ["subtests passed", "passed", 0],
    ["subtests failed", "failed", 0],
    ["exploded", "errored", 1],
    [undefined, "errored", 1],
    [{ __proto__: null }, "errored", 1],
  ])("outcome %s is %s, whatever its phases say", async (word, outcome, warned) => {
    const { cases, warnings } = await read(report([one(word)]));
    expect(cases[0]?.outcome).toBe(outcome);
    expect(warnings.length).toBe(warned);
  });

  test("phases that are worse than the outcome win; an unknown phase is errored", async () => {
    const { cases, warnings } = await read(
      report([
        one("passed", { call: phase("failed") }),
        one("passed", { teardown: phase("failed") }),
        one("passed", { call: undefined, teardown: undefined }),
        one("passed", { call: phase("melted") }),
      ]),
    );
    expect(cases.map((c) => c.outcome)).toEqual(["failed", "errored", "errored", "errored"]);
    expect(cases[2]?.failure?.message).toBe("no result: the process ended");
    expect(warnings.map((w) => w.code)).toEqual(["VALUE_SKIPPED"]);
  });

  test("durations are the phases' sum; impossible ones are left out; lines count from 1", async () => {
    const { cases, meta } = await read(
      report([one("passed"), one("passed", { setup: { duration: -1, outcome: "passed" } })]),
    );
    expect(cases.map((c) => c.durationSeconds)).toEqual([0.75, 0.5]);
    expect(cases[0]?.line).toBe(5);
    expect(meta).toMatchObject({ startedAtMs: 1_800_000_000_000, endedAtMs: 1_800_000_001_500, durationSeconds: 1.5 });
  });

  test("a rerun that passed is flaky", async () => {
    const { cases } = await read(report([one("rerun"), one("passed")]));
    expect(cases.map(isFlaky)).toEqual([true, false]);
  });

  test.each([
    ["status 1 without a failed test", report([one("passed")], { exitcode: 1 }), "error"],
    ["an interruption", report([one("passed")], { exitcode: 2 }), "cancelled"],
    ["an internal error", report([one("passed")], { exitcode: 3 }), "error"],
    ["a usage error", report([], { exitcode: 4 }), "error"],
    ["a plugin's status", report([one("passed")], { exitcode: 11 }), "error"],
    ["tests that did not run", report([one("passed")], { summary: { total: 1, collected: 3 } }), "partial"],
    [
      "deselected tests alone",
      report([one("passed")], { summary: { total: 1, collected: 3, deselected: 2 } }),
      undefined,
    ],
    [
      "failures that are only in the summary",
      report([one("passed")], { exitcode: 1, summary: { total: 2, failed: 1 } }),
      "error",
    ],
    ["a report without its tests", report([], { tests: undefined, summary: { total: 2 } }), "partial"],
    ["no tests at all", report([], { exitcode: 5 }), undefined],
  ])("%s", async (_, text, state) => {
    expect((await read(text)).meta.state).toBe(state);
  });

  test("a file that cannot be collected is an errored case, one that skips itself a skipped one", async () => {
    const { cases, meta } = await read(
      report([], {
        exitcode: 2,
        collectors: [
          { nodeid: "", outcome: "passed", result: [] },
          {
            nodeid: "a.py",
            outcome: "failed",
            result: [],
            longrepr: "ImportError while\nE   ModuleNotFoundError: No module",
          },
          { nodeid: "b.py", outcome: "skipped", result: [], longrepr: "('/b.py', 1, 'Skipped: no linux')" },
        ],
      }),
    );
    expect(cases.map((c) => [c.suite?.name, c.outcome])).toEqual([
      ["a.py", "errored"],
      ["b.py", "skipped"],
    ]);
    expect(cases[0]?.failure).toMatchObject({ message: "ModuleNotFoundError: No module", type: "collection error" });
    expect(cases[1]?.output).toBe("skipped: no linux\n");
    expect(meta.state).toBe("partial");
  });

  test("what is no report, or no test, is refused with its place", async () => {
    const bad = await read(report([]).replace('"tests":[]', '"tests":[1]')).catch((e: unknown) => e);
    expect(bad).toMatchObject({ code: "FORMAT_SCHEMA", place: { line: 1 } });
    await expect(read("[]", { format: "pytest-json" })).rejects.toMatchObject({ code: "FORMAT_SCHEMA" });
  });

  test("polluting keys, NULs and huge texts do no harm", async () => {
    const text = report([
      one("failed", { call: phase("failed", { longrepr: `x\u0000${"y".repeat(100_000)}\nz` }) }),
    ]).replace('"root"', '"__proto__":{"exitcode":7,"tests":[]},"constructor":1,"root"');
    const { cases, meta } = await read(text);
    expect(meta.state).toBeUndefined();
    expect(cases[0]?.failure?.stack).not.toContain("\u0000");
    expect(cases[0]?.failure?.stack?.length).toBeLessThanOrEqual(32_000);
  });
});

describe("pytest-reportlog", () => {
  const start = '{"pytest_version": "9.2.0", "$report_type": "SessionStart"}';
  const finish = (status: unknown): string => JSON.stringify({ exitstatus: status, $report_type: "SessionFinish" });
  const line = (when: string, outcome: string, more: object = {}): string =>
    JSON.stringify({
      nodeid: "a.py::test_a",
      location: ["a.py", 4, "test_a"],
      outcome,
      longrepr: null,
      when,
      duration: 0.25,
      start: 1_800_000_000,
      stop: 1_800_000_000.25,
      sections: [],
      ...more,
      $report_type: "TestReport",
    });
  const passes = (more: object = {}): string[] =>
    ["setup", "call", "teardown"].map((when) => line(when, "passed", more));
  const log = (...lines: string[]): string => `${[start, ...lines, finish(0)].join("\n")}\n`;

  test("log lines in between are skipped and told", async () => {
    const { counts, warnings, meta } = await read(log("INFO starting", ...passes(), '{"level":"info"}', "", "done"));
    expect(counts).toEqual({ passed: 1, failed: 0, errored: 0, skipped: 0 });
    expect(warnings).toEqual([{ code: "NOISE_SKIPPED", message: "3 lines are not of this format", line: 2 }]);
    expect(meta.state).toBeUndefined();
  });

  test.each([
    ["setup", "failed", "errored"],
    ["call", "failed", "failed"],
    ["teardown", "failed", "errored"],
    ["setup", "skipped", "skipped"],
    ["call", "melted", "errored"],
  ])("a %s that is %s makes the test %s", async (when, outcome, expected) => {
    const lines = ["setup", "call", "teardown"]
      .filter((phase) => phase !== "call" || when !== "setup")
      .map((phase) => line(phase, phase === when ? outcome : "passed"));
    expect((await read(log(...lines))).cases.map((c) => c.outcome)).toEqual([expected]);
  });

  test("reruns are earlier attempts, with what they said", async () => {
    const { cases } = await read(
      log(
        line("setup", "passed"),
        line("call", "rerun", { longrepr: "boom" }),
        line("teardown", "passed"),
        line("setup", "rerun", { longrepr: "no database" }),
        line("teardown", "passed"),
        ...passes(),
      ),
    );
    expect(cases.map(isFlaky)).toEqual([true]);
    expect(cases[0]?.earlierAttempts?.map((a) => [a.outcome, a.failure?.message])).toEqual([
      ["failed", "boom"],
      ["errored", "no database"],
    ]);
  });

  test("the same test on two workers is two tests", async () => {
    const [a, b] = [passes({ node: "<gw0>" }), passes({ node: "<gw1>" })];
    expect((await read(log(a[0]!, b[0]!, a[1]!, b[1]!, a[2]!, b[2]!))).counts.passed).toBe(2);
  });

  test("a test whose line of the call was lost is no pass", async () => {
    const [setup, call, teardown] = passes();
    expect((await read(log(setup!, call!.slice(0, 40), teardown!))).counts.errored).toBe(1);
  });

  test.each([
    ["a log without an end", `${[start, ...passes()].join("\n")}\n`, "partial"],
    ["a log that ends within a line", `${[start, ...passes(), finish(0).slice(0, 9)].join("\n")}`, "partial"],
    ["an interruption", `${[start, ...passes(), finish(2)].join("\n")}\n`, "cancelled"],
    ["status 1 without a failed test", `${[start, ...passes(), finish(1)].join("\n")}\n`, "error"],
    ["two sessions, the first one bad", `${[start, ...passes(), finish(3), start, finish(0)].join("\n")}\n`, "error"],
    ["status 5", `${[start, finish(5)].join("\n")}\n`, undefined],
  ])("%s", async (_, text, state) => {
    const { meta, warnings } = await read(text);
    expect(meta.state).toBe(state);
    expect(warnings.some((w) => w.code === "INCOMPLETE")).toBe(state === "partial");
  });
});
