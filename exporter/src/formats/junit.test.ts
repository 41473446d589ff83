import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { isFlaky, suitePath } from "../model/test.ts";

const suite = (inside: string, attributes = ""): string => `<testsuite name="s" ${attributes}>${inside}</testsuite>`;
const one = (inside: string, attributes = ""): string => suite(`<testcase name="c" ${attributes}>${inside}</testcase>`);
const codes = (warnings: readonly { code: string }[]): string[] => warnings.map((w) => w.code);

describe("outcomes", () => {
  test.each([
    ["no child is passed", one(""), "passed"],
    ["an empty <failure/> is failed", one("<failure/>"), "failed"],
    ["a text-only <failure> is failed", one("<failure>boom</failure>"), "failed"],
    ["an <error> is errored", one("<error/>"), "errored"],
    ["<skipped> is skipped", one("<skipped/>"), "skipped"],
    ["<ignored> is skipped", one("<ignored/>"), "skipped"],
    ["a failure beats a skip", one("<skipped/><failure/>"), "failed"],
    ["a skip does not undo a failure", one("<failure/><skipped/>"), "failed"],
    ["an error beats a failure", one("<failure/><error/><failure/>"), "errored"],
    ["several failures are one failed case", one("<failure/><failure/>"), "failed"],
    ["status=disabled is skipped", one("", 'status="disabled"'), "skipped"],
    ["status=notrun is skipped", one("", 'status="notrun" result="suppressed"'), "skipped"],
    ["a result child beats the status", one("<failure/>", 'status="notrun"'), "failed"],
    ["status=run result=skipped is skipped", one("", 'status="run" result="skipped"'), "skipped"],
    ["status=run result=completed is passed", one("", 'status="run" result="completed"'), "passed"],
    ["status=failed without a child is no pass", one("", 'status="failed"'), "failed"],
    ["status=Error without a child is no pass", one("", 'status="Error"'), "errored"],
    ["a flaky case passed in the end", one("<flakyFailure/>"), "passed"],
    ["re-runs do not hide the failure", one("<failure/><rerunFailure/>"), "failed"],
    [
      "a <failure> in a property is not a result",
      suite('<properties><property name="x" value="y"/></properties><testcase name="c"/>'),
      "passed",
    ],
  ])("%s", async (_, text, outcome) => {
    const { cases } = await read(text);
    expect(cases.map((c) => c.outcome)).toEqual([outcome]);
  });
});

describe("messages", () => {
  test("attribute and text: message and stack", async () => {
    const { cases } = await read(one('<failure message="short" type="AssertionError">long\n at x</failure>'));
    expect(cases[0]?.failure).toEqual({ message: "short", type: "AssertionError", stack: "long\n at x" });
  });
  test("text alone: its first line, and the whole as stack", async () => {
    const { cases } = await read(one("<failure><![CDATA[\nfirst <line>\nsecond]]> and &amp; more</failure>"));
    expect(cases[0]?.failure).toMatchObject({ message: "first <line>", stack: "first <line>\nsecond and & more" });
  });
  test("the worst result's message wins, the first among equals", async () => {
    const { cases } = await read(one('<failure message="one"/><error message="two"/><error message="three"/>'));
    expect(cases[0]?.failure?.message).toBe("two");
  });
  test("nothing at all still says so; output helps where there is no message", async () => {
    expect((await read(one("<failure/>"))).cases[0]?.failure?.message).toBe("(no message)");
    expect(
      (await read(one("<failure message=''/><system-out>FATAL: no disk</system-out>"))).cases[0]?.failure?.message,
    ).toBe("FATAL: no disk");
    expect((await read(one("", 'status="fail"'))).cases[0]?.failure?.message).toBe("(no message)");
  });
  test("file and line of the failure stand in for the case's", async () => {
    const { cases } = await read(one('<failure file="a.cpp" line="19" message="m"/>'));
    expect(cases[0]).toMatchObject({ file: "a.cpp", line: 19 });
  });
});

describe("attempts", () => {
  test("flaky and re-run children are earlier attempts, with message, stack and time", async () => {
    const { cases, counts } = await read(
      suite(`<testcase name="a"><flakyFailure message="m1" type="T" time="0.5"><stackTrace><![CDATA[T: m1
  at x]]></stackTrace><system-out>noise</system-out></flakyFailure><flakyError message="m2"/></testcase>
  <testcase name="b"><error message="m3"/><rerunError message="m4"><stackTrace>s</stackTrace></rerunError><rerunFailure/></testcase>`),
    );
    expect(counts).toEqual({ passed: 1, failed: 0, errored: 1, skipped: 0 });
    expect(cases[0]?.earlierAttempts).toEqual([
      { outcome: "failed", durationSeconds: 0.5, failure: { message: "m1", type: "T", stack: "T: m1\n  at x" } },
      { outcome: "errored", durationSeconds: undefined, failure: { message: "m2", type: undefined, stack: undefined } },
    ]);
    expect(cases.map(isFlaky)).toEqual([true, false]);
    expect(cases[1]?.earlierAttempts?.map((a) => a.outcome)).toEqual(["errored", "failed"]);
  });
  test("nextest's dialect: re-runs, cases with their own times", async () => {
    const { cases, meta } =
      await read(`<testsuites name="nextest-run" timestamp="2026-01-02T03:04:05.5+00:00" time="0.946"><testsuite name="crate" tests="1">
      <testcase name="t" classname="crate" timestamp="2026-01-02T03:04:05.513+00:00" time="0.774">
      <flakyFailure timestamp="2026-01-02T03:04:05.4+00:00" time="0.1" type="test failure with exit code 101">thread 't' panicked at tests/a.rs:1:5:
        boom<system-err>noise</system-err></flakyFailure></testcase></testsuite></testsuites>`);
    expect(meta).toMatchObject({
      framework: "cargo nextest",
      durationSeconds: 0.946,
      startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 500),
    });
    expect(cases[0]).toMatchObject({ startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 513), outcome: "passed" });
    expect(cases[0]?.earlierAttempts?.[0]).toMatchObject({
      durationSeconds: 0.1,
      failure: { message: "thread 't' panicked at tests/a.rs:1:5:" },
    });
  });
});

describe("times", () => {
  test("decimal comma, thousands, exponent, missing, nanoseconds as they stand", async () => {
    const times = ["0,12", "1,234.5", "1e-2", "", "999638317"];
    const { cases, warnings } = await read(
      suite(`${times.map((t) => `<testcase name="c" time="${t}"/>`).join("")}<testcase name="c"/>`),
    );
    expect(cases.map((c) => c.durationSeconds)).toEqual([0.12, 1234.5, 0.01, undefined, 999638317, undefined]);
    expect(codes(warnings)).toEqual([]);
  });
  test("negative and NaN are no times, and are told with their line", async () => {
    const { cases, warnings } = await read(
      suite('\n<testcase name="a" time="-0.1"/>\n<testcase name="b" time="NaN"/>'),
    );
    expect(cases.map((c) => c.durationSeconds)).toEqual([undefined, undefined]);
    expect(warnings.map((w) => [w.code, w.line])).toEqual([
      ["TIME_UNREADABLE", 2],
      ["TIME_UNREADABLE", 3],
    ]);
  });
  test("a thousand unreadable times are twenty warnings and a sum", async () => {
    const { warnings } = await read(suite('<testcase name="a" time="x"/>'.repeat(1000)));
    expect(warnings.length).toBe(21);
    expect(warnings.at(-1)?.message).toContain("980 more");
  });
  test.each([
    [
      "the root's own",
      '<testsuites time="5"><testsuite name="a" time="2"/><testsuite name="b" time="1"/></testsuites>',
      5,
    ],
    [
      "else the sum of the top suites",
      '<testsuites><testsuite name="a" time="2"><testsuite name="c" time="9"/></testsuite><testsuite name="b" time="1"/></testsuites>',
      3,
    ],
    [
      "else the sum of the cases",
      '<testsuites><testsuite name="a"><testcase name="x" time="0.25"/><testcase name="y" time="0.5"/></testsuite></testsuites>',
      0.75,
    ],
    [
      "mixed: what each suite knows",
      '<testsuites><testsuite name="a" time="2"/><testsuite name="b"><testcase name="x" time="0.5"/></testsuite></testsuites>',
      2.5,
    ],
    [
      "zero when it is stated",
      '<testsuites time="0.0"><testsuite name="a"><testcase name="x" time="0.25"/></testsuite></testsuites>',
      0,
    ],
    [
      "unknown when nothing states it",
      '<testsuites><testsuite name="a"><testcase name="x"/></testsuite></testsuites>',
      undefined,
    ],
  ])("the duration of the run is %s", async (_, text, seconds) => {
    expect((await read(text)).meta.durationSeconds).toBe(seconds);
  });
  test("timestamps with and without a zone; the earliest suite's where the root has none", async () => {
    const { meta, suites } = await read(
      '<testsuites><testsuite name="b" timestamp="2026-01-02T05:00:00"><testcase name="c"/></testsuite><testsuite name="a" timestamp="2026-01-02T05:00:00+02:00" time="60"><testcase name="c"/></testsuite></testsuites>',
    );
    expect(meta.startedAtMs).toBe(Date.UTC(2026, 0, 2, 3));
    expect(meta.endedAtMs).toBe(Date.UTC(2026, 0, 2, 3, 1));
    expect(suites.map((s) => s.startedAtMs)).toEqual([Date.UTC(2026, 0, 2, 5), Date.UTC(2026, 0, 2, 3)]);
  });
});

describe("suites", () => {
  test("any depth, cases beside suites, each told of once after its cases", async () => {
    const { cases, suites, meta, calls } = await read(
      '<testsuite name="root"><testsuite name="a" file="a/"><testsuite name="a1"><testcase name="1"/></testsuite><testcase name="2"/></testsuite><testcase name="3"/></testsuite>',
    );
    expect(cases.map((c) => suitePath(c.suite))).toEqual([["root", "a", "a1"], ["root", "a"], ["root"]]);
    expect(suites.map((s) => s.suite.name)).toEqual(["a1", "a", "root"]);
    expect(suites[1]?.suite.file).toBe("a/");
    expect(meta.name).toBe("root");
    expect(calls).toBe("begin case suite case suite case suite end");
  });
  test("a <testsuites> is no suite; without a name it is unnamed; cases may stand outside of any suite", async () => {
    const { cases, meta } = await read(
      '<testsuites name="all"><testcase name="x"/><testsuite><testcase name="y"/></testsuite></testsuites>',
    );
    expect(cases.map((c) => c.suite?.name)).toEqual([undefined, "(unnamed)"]);
    expect(meta.name).toBe("all");
  });
  test("cases without a name are read and told", async () => {
    const { cases, warnings } = await read('<testsuite>\n<testcase time="4"/></testsuite>');
    expect(cases[0]?.name).toBe("(unnamed)");
    expect(warnings).toEqual([{ code: "NAME_MISSING", message: "a <testcase> has no name", line: 2 }]);
  });
  test("class, file and line in both spellings", async () => {
    const { cases } = await read(
      suite('<testcase name="a" class="K" file="f.php" line="34"/><testcase name="b" class="K" classname="L"/>'),
    );
    expect(cases.map((c) => [c.className, c.file, c.line])).toEqual([
      ["K", "f.php", 34],
      ["L", undefined, undefined],
    ]);
  });
});

describe("summaries", () => {
  test.each([
    [
      "the root's",
      '<testsuites tests="9" failures="0"><testsuite name="a"><testcase name="x"/></testsuite></testsuites>',
      "9 tests (found 1)",
    ],
    [
      "the sum of the suites'",
      '<testsuites><testsuite name="a" tests="1" failures="0"><testcase name="x"><failure/></testcase></testsuite></testsuites>',
      "0 failures and errors (found 1)",
    ],
  ])("%s is compared, and the cases count", async (_, text, message) => {
    const { warnings } = await read(text);
    expect(codes(warnings)).toEqual(["SUMMARY_MISMATCH"]);
    expect(warnings[0]?.message).toContain(message);
  });
  const lost = (text: string) =>
    expect.objectContaining({ state: "error", stateMessage: expect.stringContaining(text) });
  const missing = (text: string) =>
    expect.objectContaining({ state: "partial", stateMessage: expect.stringContaining(text) });
  const good = expect.not.objectContaining({ state: expect.anything() });
  test.each([
    [
      "an error of a suite without cases, beside a good one, is no pass",
      '<testsuites><testsuite name="a.T" tests="0" errors="1"/><testsuite name="b" tests="1"><testcase name="t"/></testsuite></testsuites>',
      lost("suite a.T says 1 failures"),
    ],
    [
      "failures without a number of tests are no pass",
      '<testsuites><testsuite name="s" failures="3"><testcase name="t"/></testsuite></testsuites>',
      lost("suite s says 3 failures"),
    ],
    [
      "what an inner suite lost is no pass, though the root states good numbers",
      '<testsuites tests="2" failures="0"><testsuite name="a"><testsuite name="b" errors="2"><testcase name="t"/></testsuite><testcase name="u"/></testsuite></testsuites>',
      lost("suite b says 2 failures"),
    ],
    [
      "a failure in one suite does not stand for the lost one of another; the run has its failure",
      '<testsuites><testsuite name="a" failures="1"/><testsuite name="b" failures="1"><testcase name="t"><failure/></testcase></testsuite></testsuites>',
      lost("suite a says 1 failures"),
    ],
    [
      "declared failures that re-runs explain are none",
      suite('<testcase name="a"><flakyFailure/></testcase>', 'tests="1" failures="1"'),
      good,
    ],
    [
      "fewer cases than declared are a partial report",
      '<testsuites><testsuite name="s" tests="5"><testcase name="t"/></testsuite></testsuites>',
      missing("suite s says 5 tests, but holds 1"),
    ],
    ["also without any case", '<testsuites tests="3" failures="0"/>', missing("the summary says 3 tests, but holds 0")],
    ["skipped tests need not be listed", suite('<testcase name="t"/>', 'tests="5" skipped="2" disabled="2"'), good],
    [
      "skipped tests that are listed explain nothing",
      suite('<testcase name="t"/><testcase name="u"><skipped/></testcase>', 'tests="3" skipped="1"'),
      missing("3 tests, but holds 2"),
    ],
    [
      "attempts may count as tests",
      suite('<testcase name="t"><flakyFailure/><flakyFailure/></testcase>', 'tests="3"'),
      good,
    ],
    [
      "a run with failures is failed, not partial",
      suite('<testcase name="t"><failure/></testcase>', 'tests="9" failures="1"'),
      good,
    ],
    ["more cases than declared are no loss", suite('<testcase name="t"/><testcase name="u"/>', 'tests="1"'), good],
    [
      "pytest counts subtests that it does not list",
      '<testsuites><testsuite name="pytest" tests="3"><testcase name="t"/></testsuite></testsuites>',
      good,
    ],
    [
      "Catch2 counts assertions",
      '<testsuites><testsuite name="s" tests="9" hostname="tbd"><testcase name="t"/></testsuite></testsuites>',
      good,
    ],
    ["doctest counts assertions", suite('<testcase name="t" status="run"/>', 'tests="9"'), good],
  ])("%s", async (_, text, expected) => {
    expect((await read(text)).meta).toEqual(expected);
  });
  test("each suite is compared, whether it counts its inner suites or not, and the outermost speaks", async () => {
    const nested = (outer: number) =>
      `<testsuites><testsuite name="o" tests="${outer}"><testsuite name="i" tests="1"><testcase name="t"/></testsuite><testcase name="u"/></testsuite></testsuites>`;
    expect((await read(nested(1))).warnings).toEqual([]);
    expect((await read(nested(2))).warnings).toEqual([]);
    const flat = (root: string) =>
      `<testsuites${root}>${["a", "b", "c"].map((name) => `<testsuite name="${name}" tests="0"><testcase name="t"/></testsuite>`).join("")}</testsuites>`;
    expect((await read(flat(""))).warnings.map(({ message }) => message)).toEqual([
      "suite a says 0 tests (found 1); so it is in 2 more suites; the cases count",
    ]);
    expect((await read(flat(' tests="9"'))).warnings.map(({ message }) => message)).toEqual([
      "the summary says 9 tests (found 3); the cases count",
    ]);
  });
  test("failures that are declared but missing are no pass", async () => {
    const { meta } = await read(suite('<testcase name="a"/>', 'tests="2" failures="1"'));
    expect(meta).toMatchObject({ state: "error", stateMessage: expect.stringContaining("1 failures") });
  });
  test("a failure outside of any case is no pass", async () => {
    const { meta, counts } = await read(suite('<testcase name="a"/><error message="fork died"/>'));
    expect(counts.passed).toBe(1);
    expect(meta).toMatchObject({ state: "error", stateMessage: "a suite reports: fork died" });
  });
  test("no tests is a warning, not an error", async () => {
    const { warnings, meta } = await read(
      '<testsuites name="jest tests" tests="0" failures="0" time="11.299">\n</testsuites>',
    );
    expect(codes(warnings)).toEqual(["NO_TESTS"]);
    expect(meta).toMatchObject({ durationSeconds: 11.299, framework: "Jest" });
    expect(meta.state).toBeUndefined();
  });
});

describe("output", () => {
  test("is kept for cases that did not pass, bounded, both streams together", async () => {
    const { cases } = await read(
      suite(
        `<testcase name="a"><system-out>quiet</system-out></testcase><testcase name="b"><failure/><system-out>one\n</system-out><system-err>${"x".repeat(50_000)}end</system-err></testcase>`,
      ),
    );
    expect(cases[0]?.output).toBeUndefined();
    expect(cases[1]?.output).toMatch(/^one\nx+\n… \d+ characters left out …\nx+end$/);
    expect(cases[1]?.output?.length).toBeLessThan(16_100);
  });
  test("attachments are found in output and in properties", async () => {
    const { cases } = await read(
      one(
        '<properties><property name="attachment" value="trace.zip"/></properties><system-out>\n[[ATTACHMENT|shots/a b.png]]\n</system-out>',
      ),
    );
    expect(cases[0]?.attachments).toEqual([
      { kind: "other", path: "trace.zip" },
      { kind: "screenshot", path: "shots/a b.png" },
    ]);
  });
  test("a skip's reason is kept as its output", async () => {
    expect((await read(one('<skipped message="no printer"/>'))).cases[0]).toMatchObject({
      outcome: "skipped",
      output: "skipped: no printer\n",
      failure: undefined,
    });
  });
  test("long names are cut and told", async () => {
    const { cases, warnings } = await read(suite(`<testcase name="${"n".repeat(5000)}"/>`));
    expect(cases[0]?.name.length).toBe(1000);
    expect(codes(warnings)).toEqual(["TEXT_CUT"]);
  });
});

test("forced on another document it says what it expected", async () => {
  await expect(read("<html><body/></html>", { format: "junit" })).rejects.toMatchObject({ code: "FORMAT_SCHEMA" });
  expect((await read('<wrapper><testcase name="x"/></wrapper>', { format: "junit" })).counts.passed).toBe(1);
});
