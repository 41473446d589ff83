import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { isFlaky } from "../model/test.ts";

const report = (tests: object[], more: object = {}) =>
  JSON.stringify({
    config: { rootDir: "/w", forbidOnly: false, fullyParallel: false },
    suites: [{ title: "a.spec.ts", file: "a.spec.ts", specs: [{ title: "t", file: "a.spec.ts", line: 3, tests }] }],
    errors: [],
    ...more,
  });
const result = (status: string | undefined, more: object = {}) => ({
  status,
  duration: 5,
  retry: 0,
  errors: [],
  ...more,
});
const one = (status: string | undefined, results: object[], expectedStatus = "passed") =>
  report([{ projectName: "web", expectedStatus, status, results }]);

describe("playwright", () => {
  test.each([
    ["expected", one("expected", [result("passed")]), "passed"],
    ["expected to fail", one("expected", [result("failed")], "failed"), "passed"],
    ["unexpected pass", one("unexpected", [result("passed")], "failed"), "failed"],
    ["timed out", one("unexpected", [result("timedOut")]), "failed"],
    ["skipped", one("skipped", [result("skipped")], "skipped"), "skipped"],
    ["interrupted", one("skipped", [result("interrupted")]), "errored"],
    ["expected, but its result failed", one("expected", [result("failed")]), "errored"],
    ["expected without a result", one("expected", []), "errored"],
    ["of an unknown status", one("great", [result("passed")]), "errored"],
    ["of an unknown result", one("expected", [result("great")]), "errored"],
    ["without a status, by its result", one(undefined, [result("passed")]), "passed"],
    ["skipped, but its result failed", one("skipped", [result("failed")]), "failed"],
  ] as [string, string, string][])("a test that is %s", async (_, text, outcome) => {
    const { cases } = await read(text);
    expect(cases[0]?.outcome).toBe(outcome);
    expect(cases[0]).toMatchObject({ name: "t", file: "a.spec.ts", line: 3 });
    expect(cases[0]?.suite).toMatchObject({ name: "a.spec.ts", parent: { name: "web" } });
  });
  test("results before the last are attempts, in the order of `retry`", async () => {
    const { cases } = await read(
      one("flaky", [
        result("passed", { retry: 1, duration: 7 }),
        result("failed", { errors: [{ message: "E: no luck" }] }),
      ]),
    );
    expect(cases[0]).toMatchObject({ outcome: "passed", durationSeconds: 0.007 });
    expect(cases[0]?.earlierAttempts).toMatchObject([{ outcome: "failed", failure: { message: "E: no luck" } }]);
    expect(isFlaky(cases[0]!)).toBe(true);
  });
  test("each project is a test of its own", async () => {
    const passed = { expectedStatus: "passed", status: "expected", results: [result("passed")] };
    const { counts, suites } = await read(
      report([
        { projectName: "a", ...passed },
        { projectName: "b", ...passed },
      ]),
    );
    expect(counts.passed).toBe(2);
    expect(suites.map(({ suite }) => suite.parent?.name)).toEqual(["a", "b"]);
  });
  test("tests that did not run make the run partial; errors outside of tests make it an error", async () => {
    const { meta, counts } = await read(one("skipped", []));
    expect(counts.skipped).toBe(1);
    expect(meta).toMatchObject({ state: "partial", stateMessage: "1 tests did not run" });
    const error = await read(report([], { errors: [{ message: "\u001b[31mError: global setup\u001b[39m\nat x" }] }));
    expect(error.meta).toMatchObject({ state: "error", stateMessage: "Error: global setup" });
    expect(error.counts.errored).toBe(1);
    const lost = await read(report([], { suites: [], stats: { expected: 1, skipped: 0, unexpected: 1, flaky: 0 } }));
    expect(lost.meta.state).toBe("error");
    expect(lost.warnings.map((w) => w.code)).toEqual(["SUMMARY_MISMATCH", "NO_TESTS"]);
  });
  test("attachments with a path, and what was printed by a failed test, are kept", async () => {
    const { cases } = await read(
      one("unexpected", [
        result("failed", {
          attachments: [
            { name: "a", path: "/r/a.png" },
            { name: "b", body: "x" },
          ],
          stdout: [{ text: "out\n" }, { buffer: "AA==" }],
          stderr: [{ text: "err\n" }],
        }),
      ]),
    );
    expect(cases[0]?.attachments).toEqual([{ kind: "screenshot", path: "/r/a.png" }]);
    expect(cases[0]?.output).toBe("out\nerr\n");
  });
});
