import { expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const NS = 'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"';
const DEFINITIONS = `<TestDefinitions><UnitTest name="t" storage="c:\\x\\shop.tests.dll" id="1"><TestMethod codeBase="C:/x/Shop.Tests.dll" className="Shop.Tests.Basket, Shop.Tests, Version=1.0" adapterTypeName="executor://mstestadapter/v2" name="t"/></UnitTest></TestDefinitions>`;
const file = (results: string, rest = ""): string =>
  `<TestRun id="r" ${NS}><Results>${results}</Results>${rest}</TestRun>`;
const result = (outcome: string, inner = "", more = ""): string =>
  `<UnitTestResult testId="1" testName="t" ${outcome === "" ? "" : `outcome="${outcome}"`} ${more}>${inner}</UnitTestResult>`;

test.each([
  ["Passed", "passed"],
  ["PassedButRunAborted", "passed"],
  ["Warning", "passed"],
  ["Failed", "failed"],
  ["Error", "errored"],
  ["Timeout", "errored"],
  ["Aborted", "errored"],
  ["Disconnected", "errored"],
  ["InProgress", "errored"],
  ["Pending", "errored"],
  ["NotExecuted", "skipped"],
  ["NotRunnable", "skipped"],
  ["Inconclusive", "skipped"],
  ["Completed", "skipped"],
  ["Exploded", "errored"],
  ["", "errored"],
])("outcome '%s' is %s", async (outcome, expected) => {
  const { cases, warnings } = await read(file(result(outcome)));
  expect(cases.map((one) => one.outcome)).toEqual([expected]);
  expect(warnings.length).toBe(outcome === "Exploded" ? 1 : 0);
});

test.each([
  ["after", (results: string) => `<Results>${results}</Results>${DEFINITIONS}`],
  ["before", (results: string) => `${DEFINITIONS}<Results>${results}</Results>`],
])("class and assembly come from definitions %s the results", async (_, order) => {
  const { cases, suites, meta } = await read(
    `<TestRun ${NS}>${order(result("Passed", "", 'duration="1.00:00:01.5"'))}</TestRun>`,
  );
  expect(cases[0]).toMatchObject({ className: "Shop.Tests.Basket", name: "t", durationSeconds: 86_401.5 });
  expect(suites[0]?.suite).toMatchObject({ name: "Shop.Tests.Basket", parent: { name: "Shop.Tests.dll" } });
  expect(meta).toMatchObject({ name: "Shop.Tests.dll", framework: "MSTest" });
});

test("rows of a data-driven test count, their sum does not; either count of vstest agrees", async () => {
  const rows = result(
    "Failed",
    `<InnerResults>${result("Passed")}${result("Failed")}</InnerResults>`,
    'resultType="DataDrivenTest"',
  );
  for (const counters of ['total="3" passed="1" failed="2"', 'total="2" passed="1" failed="1"']) {
    const { counts, warnings } = await read(
      file(rows, `<ResultSummary outcome="Failed"><Counters ${counters}/></ResultSummary>`),
    );
    expect(counts).toEqual({ passed: 1, failed: 1, errored: 0, skipped: 0 });
    expect(warnings).toEqual([]);
  }
});

test("a sum that failed though its rows did not is a case of its own", async () => {
  const { counts } = await read(file(result("Error", `<InnerResults>${result("Passed")}</InnerResults>`)));
  expect(counts).toEqual({ passed: 1, failed: 0, errored: 1, skipped: 0 });
});

test.each([
  ["Failed", "Error", "The active test run was aborted. Reason: Test host process crashed", "error"],
  ["Failed", "Error", "Test run was canceled.", "cancelled"],
  ["Aborted", "Error", "[xUnit.net 00:00:01]   T [FAIL]", "error"],
  ["Failed", "Error", "could not load the adapter", "error"],
  ["Completed", "Warning", "No test is available", undefined],
  ["Completed", "Error", "something went to the error stream", undefined],
])("a run that is %s with a RunInfo %s '%s' has state %s", async (outcome, kind, text, state) => {
  const summary = `<ResultSummary outcome="${outcome}"><Counters total="1" failed="0"/><RunInfos><RunInfo outcome="${kind}"><Text>${text}</Text></RunInfo></RunInfos></ResultSummary>`;
  const { meta } = await read(file(result("Passed"), summary));
  expect(meta.state).toBe(state);
  if (state !== undefined) expect(meta.stateMessage).toBe(text);
});

test("failures that only the counters know are an error state, and a summary that lies a warning", async () => {
  const { meta, warnings } = await read(
    file(result("Passed"), '<ResultSummary outcome="Completed"><Counters total="9" failed="1"/></ResultSummary>'),
  );
  expect(meta.state).toBe("error");
  expect(warnings[0]?.code).toBe("SUMMARY_MISMATCH");
});

test("message, stack and output are told apart; a passed result with a stack is failed", async () => {
  const output =
    "<Output><StdOut>out</StdOut><StdErr>err</StdErr><ErrorInfo><Message>System.Exception : no</Message><StackTrace>at T()</StackTrace></ErrorInfo><TextMessages><Message>later</Message></TextMessages></Output>";
  const { cases } = await read(file(result("Failed", output)));
  expect(cases[0]).toMatchObject({
    failure: { message: "System.Exception : no", type: "System.Exception", stack: "at T()" },
    output: "out\nerr\nlater",
  });
  expect((await read(file(result("Passed", output)))).counts.failed).toBe(1);
});

test("results that come too long before the definitions go without their class, which is said", async () => {
  const many = result(
    "Failed",
    `<Output><ErrorInfo><Message>m</Message><StackTrace>${"x".repeat(31_000)}</StackTrace></ErrorInfo></Output>`,
  );
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`<TestRun ${NS}><Results>`);
    for (let i = 0; i < 2_500; i++) yield Buffer.from(many);
    yield Buffer.from(`</Results>${DEFINITIONS}</TestRun>`);
  }
  const { counts, cases, warnings } = await read(chunks());
  expect(counts.failed).toBe(2_500);
  expect(cases[0]?.className).toBeUndefined();
  expect(cases.at(-1)?.className).toBe("Shop.Tests.Basket");
  expect(warnings.map((warning) => warning.code)).toEqual(["LIMIT"]);
});

test("other TestRun documents and other documents are not certain", async () => {
  await expect(read("<other/>", { format: "trx" })).rejects.toMatchObject({ code: "FORMAT_SCHEMA" });
});
