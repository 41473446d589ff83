import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { isFlaky } from "../model/test.ts";
import { projectPath } from "./jest.ts";

const report = (testResults: unknown[], more: object = {}): string =>
  JSON.stringify({
    numFailedTestSuites: 0,
    numTotalTestSuites: testResults.length,
    startTime: 1_800_000_000_000,
    success: true,
    ...more,
    testResults,
  });
const file = (assertionResults: unknown[], more: object = {}): object => ({
  name: "/repo/src/a.test.ts",
  status: "passed",
  startTime: 1_800_000_000_000,
  endTime: 1_800_000_001_500,
  message: "",
  assertionResults,
  ...more,
});
const passed = { title: "t", status: "passed" };

test.each([
  ["passed", "passed"],
  ["failed", "failed"],
  ["pending", "skipped"],
  ["skipped", "skipped"],
  ["todo", "skipped"],
  ["disabled", "skipped"],
  ["focused", "skipped"],
  ["exploded", "errored"],
  [undefined, "errored"],
])("status %s is %s", async (status, outcome) => {
  const { cases, warnings } = await read(report([file([{ title: "t", status }])]));
  expect(cases[0]?.outcome).toBe(outcome);
  expect(warnings.length).toBe(["focused", "exploded", undefined].includes(status) ? 1 : 0);
});

test("an unknown status with failure messages is failed", async () => {
  const { cases } = await read(report([file([{ title: "t", status: "focused", failureMessages: ["Error: x"] }])]));
  expect(cases[0]?.outcome).toBe("failed");
});

test("messages lose their colours and stacks; expected and actual are kept", async () => {
  const { cases } = await read(
    report([
      file([
        {
          ancestorTitles: ["outer", "inner"],
          title: "t",
          status: "failed",
          duration: 12,
          location: { line: 7, column: 3 },
          failureMessages: ["\u001b[31mTypeError: bad\u001b[39m\n    at f (/repo/a.ts:7:3)"],
          failureDetails: [{ matcherResult: { expected: { a: 1 }, actual: { a: 2 } } }],
        },
      ]),
    ]),
  );
  expect(cases[0]).toMatchObject({ className: "outer > inner", name: "t", durationSeconds: 0.012, line: 7 });
  expect(cases[0]?.failure).toEqual({
    message: "TypeError: bad",
    type: "TypeError",
    stack: "TypeError: bad\n    at f (/repo/a.ts:7:3)",
    expected: '{"a":1}',
    actual: '{"a":2}',
  });
});

test("invocations and retryReasons are earlier attempts", async () => {
  const { cases } = await read(
    report([
      file([
        { ...passed, invocations: 3, retryReasons: ["Error: one\n    at x", "Error: two"] },
        { ...passed, invocations: 1 },
        { ...passed, invocations: 2 },
      ]),
    ]),
  );
  expect(cases[0]?.earlierAttempts?.map((a) => a.failure?.message)).toEqual(["Error: one", "Error: two"]);
  expect(cases.map(isFlaky)).toEqual([true, false, true]);
  expect(cases[1]?.earlierAttempts).toBeUndefined();
});

describe("what is not green", () => {
  test("a file that failed to run is an errored case", async () => {
    const { cases, counts, suites } = await read(
      report(
        [file([], { status: "failed", message: "  ● Test suite failed to run\n\n    SyntaxError: x\n      at y" })],
        { success: false, numFailedTestSuites: 1 },
      ),
    );
    expect(counts.errored).toBe(1);
    expect(cases[0]).toMatchObject({
      name: "(suite failed to run)",
      failure: { type: "suite failed to run", message: "● Test suite failed to run\n\n    SyntaxError: x" },
    });
    expect(suites.length).toBe(1);
  });
  test("a file that failed though its tests passed is one too", async () => {
    expect(
      (await read(report([file([passed], { status: "failed", message: "afterAll broke" })]))).counts,
    ).toMatchObject({ passed: 1, errored: 1 });
  });
  test("a file without tests that did not fail is nothing", async () => {
    const { cases, suites, warnings } = await read(report([file([])]));
    expect([cases.length, suites.length, warnings.map((w) => w.code)]).toEqual([0, 0, ["NO_TESTS"]]);
  });
  test.each([
    ["success: false alone", report([file([passed])], { success: false }), "error"],
    ["failed suites that are not there", report([], { success: false, numFailedTestSuites: 1 }), "error"],
    ["failed tests that are not there", report([file([passed])], { numFailedTests: 2 }), "error"],
    ["an interrupted run", report([file([passed])], { wasInterrupted: true }), "cancelled"],
  ])("%s", async (_, text, state) => {
    expect((await read(text)).meta.state).toBe(state);
  });
});

test("suites have their times; a file that never started has none; the run lasts until the last file's end", async () => {
  const { suites, meta } = await read(report([file([passed]), file([passed], { startTime: 0, endTime: 0 })]));
  expect(suites.map((s) => s.durationSeconds)).toEqual([1.5, undefined]);
  expect(meta).toMatchObject({ durationSeconds: 1.5, framework: "Vitest" });
});

test("a missing title and an impossible duration are told", async () => {
  const { cases, warnings } = await read(report([file([{ status: "passed", duration: -1 }])]));
  expect(cases[0]).toMatchObject({ name: "(unnamed)", durationSeconds: undefined });
  expect(warnings.map((w) => w.code).sort()).toEqual(["NAME_MISSING", "TIME_UNREADABLE"]);
});

test.each([
  ['{"numTotalTestSuites":1,"numFailedTestSuites":0}', /array "testResults"/],
  [
    '{"numTotalTestSuites":1,"numFailedTestSuites":0,"testResults":[{"name":"a"}]}',
    /testResults\[0\]: expected an array "assertionResults"/,
  ],
  ['{"numTotalTestSuites":1,"numFailedTestSuites":0,"testResults":[{"assertionResults":[1]}]}', /expected an object/],
])("%s is refused", async (text, message) => {
  const error = await read(text).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: "FORMAT_SCHEMA" });
  expect((error as Error).message).toMatch(message);
});

test("paths are the project's wherever it was checked out", () => {
  expect(projectPath("/home/runner/work/shop/shop/packages/a/src/x.test.ts")).toBe("packages/a/src/x.test.ts");
  expect(projectPath("C:\\ci\\shop\\src\\x.test.ts")).toBe("src/x.test.ts");
  expect(projectPath("/opt/build/x.test.js")).toBe("build/x.test.js");
  expect(projectPath("src/x.test.ts")).toBe("src/x.test.ts");
});
