import { expect, test } from "vitest";
import { chunksOf } from "../../test/conformance/reading.ts";
import { DEFAULT_LIMITS } from "../model/format.ts";
import { failureSignature } from "../model/signature.ts";
import { inspectReport, type TestRunDocument } from "./inspect.ts";

const inspect = async (text: string): Promise<TestRunDocument> => {
  const document = await inspectReport({ name: "f", chunks: chunksOf(text) }, DEFAULT_LIMITS);
  if (document.kind !== "test-run") throw new Error(document.kind);
  return document;
};

test("a document says what there is, and what was left out", async () => {
  const suites = Array.from(
    { length: 10_050 },
    (_, i) => `<testsuite name="s${i}"><testcase name="c" time="0.1"/></testsuite>`,
  ).join("");
  const failures = Array.from(
    { length: 150 },
    (_, i) => `<testcase name="f${i}" classname="K"><failure message="m${i}"/></testcase>`,
  ).join("");
  const document = await inspect(
    `<testsuites name="r">${suites}<testsuite name="bad" time="9">${failures}<testcase name="x"><skipped/></testcase></testsuite></testsuites>`,
  );
  expect(document.summary).toEqual({
    total: 10_201,
    passed: 10_050,
    failed: 150,
    errored: 0,
    skipped: 1,
    flaky: 0,
    durationSeconds: 1014,
  });
  expect(document.suites.length).toBe(10_000);
  expect(document.suitesOmitted).toBe(51);
  expect(document.suites[0]).toEqual({
    name: "s0",
    total: 1,
    passed: 1,
    failed: 0,
    errored: 0,
    skipped: 0,
    durationSeconds: 0.1,
  });
  expect(document.failures.length).toBe(100);
  expect(document.failuresOmitted).toBe(50);
  expect(document.failures[0]).toEqual({
    suite: "bad",
    name: "K > f0",
    outcome: "failed",
    message: "m0",
    errorType: "assertion",
    signature: failureSignature(["bad", "K"], "f0", "m0"),
  });
});

test("nothing is invented", async () => {
  const document = await inspect('<testsuite><testcase name="a"/></testsuite>');
  expect(document).toEqual({
    kind: "test-run",
    format: "junit",
    summary: { total: 1, passed: 1, failed: 0, errored: 0, skipped: 0, flaky: 0, durationSeconds: null },
    suites: [{ name: "(unnamed)", total: 1, passed: 1, failed: 0, errored: 0, skipped: 0, durationSeconds: null }],
    failures: [],
    warnings: [],
  });
});
