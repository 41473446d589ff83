import { expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const run = (inner: string, attributes = ""): string =>
  `<test-run id="2" testcasecount="1" engine-version="3.16" ${attributes}><test-suite type="TestFixture" name="F">${inner}</test-suite></test-run>`;
const old = (inner: string, attributes = 'total="1" not-run="0"'): string =>
  `<test-results name="a.dll" ${attributes} date="2026-02-03" time="9:05:06"><environment/><test-suite name="F">${inner}</test-suite></test-results>`;

test.each([
  ['result="Passed"', "passed"],
  ['result="Failed"', "failed"],
  ['result="Failed" label="Error"', "errored"],
  ['result="Failed" label="Invalid"', "errored"],
  ['result="Failed" label="Cancelled"', "errored"],
  ['result="Failed" label="Test exceeded Timeout value 1ms."', "failed"],
  ['result="Skipped" label="Ignored"', "skipped"],
  ['result="Skipped" label="Explicit"', "skipped"],
  ['result="Inconclusive"', "skipped"],
  ['result="Warning"', "passed"],
  ['result="Exploded"', "errored"],
  ["", "errored"],
])("NUnit 3: a case with %s is %s", async (attributes, outcome) => {
  const { cases, warnings } = await read(run(`<test-case name="t" classname="N.F" ${attributes}/>`));
  expect(cases[0]?.outcome).toBe(outcome);
  expect(warnings.some((warning) => warning.code === "VALUE_SKIPPED")).toBe(/Exploded|^$/.test(attributes));
});

test.each([
  ['executed="True" success="True" time="0.1"', "", "passed"],
  ['executed="True" success="False"', "<failure><message>no</message></failure>", "failed"],
  ['executed="True" success="False"', "", "failed"],
  ['executed="True"', "<failure/>", "failed"],
  ['executed="True" success="True"', "<failure><message>no</message></failure>", "failed"],
  ['executed="False"', "<reason><message>later</message></reason>", "skipped"],
  ['time="0.1"', "", "passed"],
  ["", "", "errored"],
  ['executed="True" result="Error" success="False"', "", "errored"],
  ['executed="False" result="NotRunnable"', "", "skipped"],
  ['executed="True" result="Cancelled"', "", "errored"],
])("NUnit 2: a case with %s and %s is %s", async (attributes, child, outcome) => {
  const { cases } = await read(old(`<results><test-case name="N.F.t" ${attributes}>${child}</test-case></results>`));
  expect(cases.map((result) => result.outcome)).toEqual([outcome]);
});

test("a teardown that failed after passed tests is an error state, as is an assembly that did not load", async () => {
  const passed = '<test-case name="t" result="Passed"/>';
  const torn = await read(
    `<test-run total="1" failed="0" result="Failed"><test-suite name="F" result="Failed" label="Error" site="TearDown">
    <failure><message>TearDown : oh no</message></failure>${passed}</test-suite></test-run>`,
  );
  expect(torn.meta).toMatchObject({ state: "error", stateMessage: "F failed outside of its tests: TearDown : oh no" });
  const unloaded = await read(
    `<test-run total="0" result="Failed"><test-suite name="a.dll" type="Assembly" runstate="NotRunnable" result="Failed" label="Invalid"><reason><message>File not found</message></reason></test-suite></test-run>`,
  );
  expect(unloaded.meta).toMatchObject({
    state: "error",
    stateMessage: "a.dll failed outside of its tests: File not found",
  });
  expect(unloaded.warnings.map((warning) => warning.code)).toContain("NO_TESTS");
});

test("a suite that failed because a test did says nothing new", async () => {
  const { meta } = await read(
    `<test-run total="1" failed="1" result="Failed"><test-suite name="A" result="Failed" site="Child"><failure><message>One or more child tests had errors</message></failure>
    <test-suite name="F" result="Failed" site="Child"><test-case name="t" result="Failed"/></test-suite></test-suite></test-run>`,
  );
  expect(meta.state).toBeUndefined();
});

test("failures that only the summary knows, a run that failed, and one that was cancelled, are states", async () => {
  const passed = '<test-case name="t" result="Passed"/>';
  expect((await read(run(passed, 'total="1" failed="2" result="Passed"'))).meta.state).toBe("error");
  expect((await read(run(passed, 'result="Failed"'))).meta.state).toBe("error");
  expect((await read(run(passed, 'result="Failed" label="Cancelled"'))).meta.state).toBe("cancelled");
  const invalid = await read(old('<results><test-case name="t" executed="False" result="NotRunnable"/></results>'));
  expect(invalid.meta.state).toBe("error");
});

test("summaries that lie are reported, and the cases count; what NUnit 2 did not run is not in its total", async () => {
  const lies = await read(run('<test-case name="t" result="Passed"/>', 'total="7" failed="0"'));
  expect(lies.counts.passed).toBe(1);
  expect(lies.warnings[0]).toMatchObject({
    code: "SUMMARY_MISMATCH",
    message: expect.stringContaining("7 tests (found 1)"),
  });
  const fine = await read(
    old(
      '<results><test-case name="a" time="1"/><test-case name="b" executed="False"/></results>',
      'total="1" not-run="1"',
    ),
  );
  expect(fine.warnings).toEqual([]);
});

test("the full name of NUnit 2 is taken apart, times and dates are read, the sum of suites is the duration", async () => {
  const { cases, meta } = await read(
    old(
      '<results><test-case name="N.F&lt;System.Int32&gt;(1.5).T(&quot;a.b(&quot;,2.5)" executed="True" success="True" time="1,5"/></results>',
    ),
  );
  expect(cases[0]).toMatchObject({ className: "N.F<System.Int32>(1.5)", name: 'T("a.b(",2.5)', durationSeconds: 1.5 });
  expect(meta).toMatchObject({ name: "a.dll", durationSeconds: 1.5, startedAtMs: Date.UTC(2026, 1, 3, 9, 5, 6) });
});

test("messages come from <failure>, never from an inner assertion; output and attachments are kept", async () => {
  const { cases } = await read(
    run(`<test-case name="t" result="Failed" duration="0.25"><assertions><assertion><message>inner</message></assertion></assertions>
      <failure><message>System.IO.IOException : outer</message><stack-trace>at F.t()</stack-trace></failure>
      <output>printed</output><attachments><attachment><filePath>/a/b.png</filePath></attachment></attachments></test-case>`),
  );
  expect(cases[0]).toMatchObject({
    failure: { message: "System.IO.IOException : outer", type: "System.IO.IOException", stack: "at F.t()" },
    output: "printed",
    attachments: [{ kind: "screenshot", path: "/a/b.png" }],
  });
});

test("unreadable and negative times are warnings; cases without a suite or name count", async () => {
  const { cases, warnings } = await read(
    '<test-run total="2"><test-case result="Passed" duration="-1"/><test-case name="b" result="Passed" duration="NaN"/></test-run>',
  );
  expect(cases.map((result) => [result.name, result.durationSeconds])).toEqual([
    ["(unnamed)", undefined],
    ["b", undefined],
  ]);
  expect(warnings.map((warning) => warning.code).sort()).toEqual([
    "NAME_MISSING",
    "TIME_UNREADABLE",
    "TIME_UNREADABLE",
  ]);
});

test("another document forced into it is refused", async () => {
  await expect(read("<other/>", { format: "nunit" })).rejects.toMatchObject({ code: "FORMAT_SCHEMA" });
});
