import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { comparable, report } from "../../test/conformance/reports.ts";
import { isFlaky } from "../model/test.ts";
import { toCtrf } from "./ctrf-write.ts";

const ctrf = (tests: unknown, summary: object = {}, more: object = {}) =>
  JSON.stringify({ results: { tool: { name: "x" }, summary, tests, ...more } });
const only = async (given: object) => (await read(ctrf([{ name: "t", duration: 1, ...given }]))).cases[0]!;

describe("ctrf", () => {
  test.each([
    ["passed", { status: "passed" }, "passed"],
    ["failed", { status: "failed" }, "failed"],
    ["broken", { status: "failed", rawStatus: "broken" }, "errored"],
    ["pending", { status: "pending" }, "skipped"],
    ["other", { status: "other" }, "skipped"],
    ["of an unknown status", { status: "great" }, "errored"],
    ["without a status", {}, "errored"],
  ] as [string, object, string][])("a test that is %s", async (_, given, outcome) => {
    expect((await only(given)).outcome).toBe(outcome);
  });
  test.each([
    ["ends with the final attempt", { retries: 1, retryAttempts: [{ status: "failed" }, { status: "passed" }] }, 1],
    ["leaves the final attempt out", { retries: 1, retryAttempts: [{ status: "failed" }] }, 1],
    ["does not count its retries", { retryAttempts: [{ status: "failed" }, { status: "passed" }] }, 1],
    ["is only counted", { retries: 3, flaky: true }, 3],
    ["is only a mark", { flaky: true }, 1],
  ] as [string, object, number][])("a history that %s", async (_, given, attempts) => {
    const result = await only({ status: "passed", ...given });
    expect(result.earlierAttempts).toHaveLength(attempts);
    expect(isFlaky(result)).toBe(true);
  });
  test("a retried test that is not flaky has no invented failures", async () => {
    expect((await only({ status: "passed", retries: 1, flaky: false })).earlierAttempts).toBeUndefined();
  });
  test("suites are an array, or one text", async () => {
    for (const suite of [["a", "b"], "a > b"])
      expect((await only({ status: "passed", suite })).suite).toMatchObject({ name: "b", parent: { name: "a" } });
  });
  test("times in seconds are taken as such; a stop before the start gives no duration", async () => {
    expect((await only({ status: "passed", start: 1769853600 })).startedAtMs).toBe(1769853600000);
    const { meta } = await read(ctrf([], { start: 1769853600000, stop: 1769853500000 }));
    expect(meta.durationSeconds).toBeUndefined();
  });
  test("failures that are declared only are an error", async () => {
    const { meta, warnings } = await read(
      ctrf([{ name: "t", status: "passed", duration: 1 }], { tests: 2, failed: 1 }),
    );
    expect(meta.state).toBe("error");
    expect(warnings.map((w) => w.code)).toEqual(["SUMMARY_MISMATCH"]);
  });
  test.each([
    ["tests are missing", '{"reportFormat":"CTRF","specVersion":"1.0.0","results":{}}'],
    ["a test is no object", ctrf(["x"])],
    ["results are a list", '{"reportFormat":"CTRF","specVersion":"1.0.0","results":[]}'],
  ])("refused with a place: %s", async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: "FORMAT_SCHEMA", place: { line: 1 } });
  });

  test("what is written reads back the same", async () => {
    await fc.assert(
      fc.asyncProperty(report, async (given) => {
        const written = JSON.stringify(toCtrf(given));
        const { cases, meta, warnings } = await read(written);
        expect(cases.map(comparable)).toEqual(given.cases.map(comparable));
        expect(meta.durationSeconds ?? 0).toBeCloseTo(given.meta.durationSeconds ?? 0, 9);
        expect(meta.startedAtMs).toBe(given.meta.startedAtMs);
        expect(warnings.filter((w) => w.code !== "NO_TESTS")).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
  test("state, output and attachments survive", async () => {
    const written = toCtrf({
      meta: { name: "n", framework: "f", state: "cancelled", stateMessage: "stopped" },
      suiteSeconds: new Map(),
      coverage: undefined,
      cases: [
        {
          suite: { name: "s", file: "s.js" },
          name: "t",
          outcome: "failed",
          failure: { message: "m", expected: "1", actual: "2" },
          output: "a\nb",
          attachments: [{ kind: "screenshot", path: "x/y.png" }],
        },
      ],
    });
    const { meta, cases } = await read(JSON.stringify(written));
    expect(meta).toMatchObject({ name: "n", framework: "f", state: "cancelled", stateMessage: "stopped" });
    expect(cases[0]).toMatchObject({
      suite: { name: "s", file: "s.js" },
      failure: { message: "m", expected: "1", actual: "2" },
      output: "a\nb",
      attachments: [{ kind: "screenshot", path: "x/y.png" }],
    });
    expect(cases[0]?.durationSeconds).toBeUndefined();
  });
});
