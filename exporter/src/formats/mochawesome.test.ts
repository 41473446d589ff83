import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const report = (tests: object[], stats: object = {}, suite: object = {}) =>
  JSON.stringify({
    stats: { testsRegistered: tests.length, passPercent: 0, failures: 0, ...stats },
    results: [{ title: "", fullFile: "/w/cypress/e2e/a.cy.ts", suites: [{ title: "s", tests, ...suite }] }],
  });

describe("mochawesome", () => {
  test.each([
    ["passed", { state: "passed", pass: true }, "passed"],
    ["failed", { state: "failed", fail: true, err: { message: "E: x" } }, "failed"],
    ["pending", { state: "pending" }, "skipped"],
    ["not reached", { state: null, skipped: true }, "skipped"],
    ["failed by its flag alone", { state: "passed", fail: true }, "failed"],
    ["without any word", { state: null }, "errored"],
    ["of an unknown state", { state: "great", pending: true }, "errored"],
  ])("a test that is %s", async (_, given, outcome) => {
    const { cases } = await read(report([{ title: "t", ...given }]));
    expect(cases[0]).toMatchObject({ name: "t", outcome, className: "s" });
    expect(cases[0]?.suite?.name).toBe("cypress/e2e/a.cy.ts");
  });
  test("a hook that failed is a case, one that did not is none", async () => {
    const { counts } = await read(
      report(
        [],
        {},
        { beforeHooks: [{ title: "b", state: "failed", err: {} }], afterHooks: [{ title: "a", state: "passed" }] },
      ),
    );
    expect(counts).toEqual({ passed: 0, failed: 0, errored: 1, skipped: 0 });
  });
  test("screenshots of the context are attachments", async () => {
    const { cases } = await read(report([{ title: "t", state: "failed", context: '"shots/a b.png"', err: {} }]));
    expect(cases[0]?.attachments).toEqual([{ kind: "screenshot", path: "shots/a b.png" }]);
  });
  test("failures that are declared only are an error; a spec without tests is `false`", async () => {
    const { meta } = await read(report([{ title: "t", state: "passed" }], { failures: 1 }));
    expect(meta.state).toBe("error");
    const none = await read('{"stats":{"testsRegistered":0,"passPercent":0},"results":[false]}');
    expect(none.warnings.map((w) => w.code)).toEqual(["NO_TESTS"]);
  });
  test("what is no suite is refused with its place", async () => {
    await expect(read('{"stats":{"testsRegistered":1},"results":[3]}')).rejects.toMatchObject({
      code: "FORMAT_SCHEMA",
      place: { line: 1, column: 43 },
    });
  });
});
