import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { suitePath } from "../model/test.ts";
import { parsePoint, sniffTap } from "./tap-line.ts";

const told = (cases: readonly { suite: unknown; name: string; outcome: string }[]): string[] =>
  cases.map((c) => [...suitePath(c.suite as never), `${c.name}: ${c.outcome}`].join(" > "));

test.each([
  ["ok 1 - a", { ok: true, number: 1, description: "a", directive: undefined }],
  ["not ok 2 a b", { ok: false, number: 2, description: "a b" }],
  ["ok", { ok: true, number: undefined, description: "" }],
  ["ok 3 # skip no network", { directive: "skip", reason: "no network", description: "" }],
  ["ok 3 - a # SKIP: why", { directive: "skip", reason: "why", description: "a" }],
  ["ok 3 - a # skipped, why", { directive: "skip", description: "a" }],
  ["not ok 4 - a # TODO", { directive: "todo", reason: "", description: "a" }],
  ["not ok 4 - a \\# TODO", { directive: undefined, description: "a # TODO" }],
  ["not ok 4 - a #17 is fixed", { directive: undefined, description: "a #17 is fixed" }],
  ["ok 5 - a # time=1.5ms", { description: "a", seconds: 0.0015 }],
  ["ok 5 - a # todo later # time=2s {", { description: "a", directive: "todo", seconds: 2, opensBlock: true }],
])("%s is a test point", (line, point) => {
  expect(parsePoint(line)).toMatchObject(point);
});

test.each(["okay", "ok: done", "not okay 1", "nok 1", "OK 1", "oknot"])("%s is none", (line) => {
  expect(parsePoint(line)).toBeUndefined();
});

test.each([
  ["TAP version 14\n", "certain"],
  ["log\n1..2\nok 1\n", "certain"],
  ["ok 1 - a\n", "certain"],
  ["1..0 # SKIP no\n", "certain"],
  ["ok 1\n", "maybe"],
  ["1..3\n", "maybe"],
  ["ok  \texample.com/shop\t0.1s\n", "no"],
  ["all ok 1\n", "no"],
])("%j is %s TAP", (text, answer) => {
  expect(sniffTap(text)).toBe(answer);
});

describe("outcomes", () => {
  test("a test to do is skipped however it ended, and no failure", async () => {
    const { counts, meta } = await read(
      "1..4\nok 1 - a # TODO\nnot ok 2 - b # TODO x\nok 3 # skip\nnot ok 4 # SKIP x\n",
    );
    expect(counts).toEqual({ passed: 0, failed: 0, errored: 0, skipped: 4 });
    expect(meta.state).toBeUndefined();
  });

  test.each([
    ["a plan that is not kept", "1..3\nok 1\nok 2\n", "partial"],
    ["a plan at the end that is not kept", "ok 1\nok 3\n1..3\n", "partial"],
    ["no plan", "ok 1 - a\nok 2 - b\n", "partial"],
    ["more tests than planned", "1..1\nok 1\nok 2\n", "error"],
    ["a bail out", "1..1\nok 1\nBail out! no database\n", "error"],
    [
      "an exit status that no test explains",
      "ok 1\n1..1\n# Looks like your test exited with 3 just after 1.\n",
      "error",
    ],
    ["node's summary", "TAP version 13\nok 1 - a\n1..1\n# fail 2\n", "error"],
    ["all well", "TAP version 13\nok 1 - a\n1..1\n# fail 0\n", undefined],
    ["nothing planned", "1..0 # SKIP no linux\n", undefined],
  ])("%s", async (_, text, state) => {
    expect((await read(text)).meta.state).toBe(state);
  });

  test("lines without a number count, once it is TAP; those of programs do not", async () => {
    const { counts, warnings } = await read("ok then\nTAP version 13\nok\nnot ok\nlog line\n1..2\n");
    expect(counts).toMatchObject({ passed: 1, failed: 1 });
    expect(warnings).toEqual([{ code: "NOISE_SKIPPED", message: "2 lines are no TAP", line: 1 }]);
  });
});

describe("subtests", () => {
  test("the leaves are the cases; the name may come before or after", async () => {
    const { cases } = await read(
      "TAP version 14\n# Subtest: a\n    ok 1 - x\n    # Subtest: b\n        not ok 1 - y\n        1..1\n    not ok 2 - b\n    1..2\nnot ok 1 - a\n    ok 1 - z\n    1..1\nok 2 - c\n1..2\n",
    );
    expect(told(cases)).toEqual(["a > x: passed", "a > b > y: failed", "c > z: passed"]);
  });

  test("a test that failed though its subtests passed is a case", async () => {
    const { cases } = await read("1..1\n# Subtest: a\n    ok 1 - x\n    1..1\nnot ok 1 - a\n");
    expect(told(cases)).toEqual(["a > x: passed", "a: failed"]);
  });

  test("a subtest that is short though its test passed is partial", async () => {
    expect((await read("1..1\n# Subtest: a\n    1..2\n    ok 1 - x\nok 1 - a\n")).meta.state).toBe("partial");
  });

  test("older Test::More indents the comment", async () => {
    const { cases } = await read("    # Subtest: a\n    ok 1 - x\n    1..1\nok 1 - a\n1..1\n");
    expect(told(cases)).toEqual(["a > x: passed"]);
  });

  test("a stream that ends in a subtest keeps its cases", async () => {
    const { cases, meta } = await read("TAP version 13\n    not ok 1 - x\n");
    expect(told(cases)).toEqual(["(subtest) > x: failed"]);
    expect(meta.state).toBe("partial");
  });

  test("nesting has a bound", async () => {
    const deep = Array.from({ length: 3_000 }, (_, i) => `${" ".repeat(4 * i)}# Subtest: ${i}`).join("\n");
    expect((await read(`TAP version 13\n${deep}\nok 1 - a\n1..1\n`)).counts.passed).toBe(1);
  });
});

test("several streams in one file are read one after the other", async () => {
  const { counts, meta } = await read(
    "1..2\nok 1\nok 2\n1..1\nnot ok 1\nTAP version 13\nok 1\nok 2\n1..2\nok 1\n1..1\n",
  );
  expect(counts).toMatchObject({ passed: 5, failed: 1 });
  expect(meta.state).toBeUndefined();
});

test("diagnostics give message, place and duration; one that never ends loses no test", async () => {
  const { cases } = await read(
    "1..3\nnot ok 1 - a\n  ---\n  message: 'it''s gone'\n  at: lib/a.js:3:4\n  duration_ms: 12\n  ...\nnot ok 2 - b\n  ---\n  message: >\n    open\nok 3 - c\n",
  );
  expect(cases[0]).toMatchObject({
    failure: { message: "it's gone" },
    file: "lib/a.js",
    line: 3,
    durationSeconds: 0.012,
  });
  expect(cases.map((c) => c.outcome)).toEqual(["failed", "failed", "passed"]);
});

test("a negative duration is none, polluting keys are fields, NULs and colours are gone", async () => {
  const { cases } = await read(
    "1..1\n\u001b[31mnot ok\u001b[0m 1 - a\u0000b\n  ---\n  duration_ms: -3\n  __proto__: x\n  constructor: y\n  ...\n",
  );
  expect(cases[0]).toMatchObject({ name: "a\ufffdb", outcome: "failed", durationSeconds: undefined });
});
