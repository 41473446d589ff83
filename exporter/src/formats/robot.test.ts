import { expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { isFlaky } from "../model/test.ts";

const robot = (suites: string, statistics = ""): string =>
  `<robot generator="Robot 7.3 (x)" generated="2026-02-03T10:00:00" schemaversion="5">${suites}${statistics}</robot>`;
const status = (word: string, message = ""): string =>
  `<status status="${word}" start="2026-02-03T10:00:00.25" elapsed="0.5">${message}</status>`;
const one = (name: string, word: string, message = ""): string =>
  `<test name="${name}">${status(word, message)}</test>`;

test.each([
  ["PASS", "passed"],
  ["FAIL", "failed"],
  ["SKIP", "skipped"],
  ["NOT RUN", "skipped"],
  ["WHAT", "errored"],
])("status %s is %s", async (word, outcome) => {
  const { cases, warnings } = await read(robot(`<suite name="S">${one("t", word)}${status("PASS")}</suite>`));
  expect(cases[0]).toMatchObject({ outcome, durationSeconds: 0.5, startedAtMs: Date.UTC(2026, 1, 3, 10, 0, 0, 250) });
  expect(warnings.length).toBe(outcome === "errored" ? 1 : 0);
});

test("a test without a status is errored, and the status of its keywords is not its own", async () => {
  const { counts } = await read(
    robot(`<suite name="S"><test name="t"><kw name="k">${status("PASS")}</kw></test></suite>`),
  );
  expect(counts.errored).toBe(1);
});

const teardown = (word: string): string => `<kw name="Close" type="TEARDOWN">${status(word, "gone")}</kw>`;

test("a failed suite teardown fails the tests of the suite and of those inside, but not its neighbours'", async () => {
  const { cases } = await read(
    robot(`<suite name="All"><suite name="A"><suite name="B">${one("inner", "PASS")}${status("PASS")}</suite>${one("outer", "FAIL", "mine")}${one("left", "SKIP", "why")}
      ${teardown("FAIL")}${status("FAIL", "Suite teardown failed:\ngone")}</suite><suite name="C">${one("other", "PASS")}${status("PASS")}</suite>${status("FAIL")}</suite>`),
  );
  expect(cases.map((result) => [result.name, result.outcome, result.failure?.message])).toEqual([
    ["inner", "failed", "Parent suite teardown failed:\ngone"],
    ["outer", "failed", "mine\n\nAlso parent suite teardown failed:\ngone"],
    ["left", "skipped", undefined],
    ["other", "passed", undefined],
  ]);
});

test("rebot writes the same file again without failing tests twice; a skipped teardown skips", async () => {
  const message = "Parent suite teardown failed:\ngone";
  const again = await read(
    robot(
      `<suite name="A">${one("t", "FAIL", message)}${teardown("FAIL")}${status("FAIL", "Suite teardown failed:\ngone")}</suite>`,
    ),
  );
  expect(again.cases[0]?.failure?.message).toBe(message);
  const skipped = await read(
    robot(`<suite name="A">${one("t", "PASS")}${teardown("SKIP")}${status("SKIP", "gone")}</suite>`),
  );
  expect(skipped.counts.skipped).toBe(1);
});

test("tests that could not wait for a failed teardown are an error state", async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('<robot generator="Robot"><suite name="A">');
    for (let i = 0; i < 200_000; i++) yield Buffer.from('<test name="t"><status status="PASS"/></test>');
    yield Buffer.from(`${teardown("FAIL")}${status("FAIL", "gone")}</suite></robot>`);
  }
  const { meta, counts } = await read(chunks());
  expect(counts.passed).toBeGreaterThan(0);
  expect(counts.failed).toBeGreaterThan(0);
  expect(meta.state).toBe("error");
});

test("merged reruns are attempts, newest last, and make a test flaky", async () => {
  const html = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const merged =
    '*HTML* <span class="merge">Test has been re-executed and results merged.</span><hr><span class="new-status">New status:</span> <span class="pass">PASS</span><br><hr><span class="old-status">Old status:</span> <span class="fail">FAIL</span><br><span class="old-message">Old message:</span> second &lt;try&gt;<br><hr><span class="old-status">Old status:</span> <span class="fail">FAIL</span><br><span class="old-message">Old message:</span> first<br>';
  const { cases } = await read(robot(`<suite name="A">${one("t", "PASS", html(merged))}</suite>`));
  expect(isFlaky(cases[0]!)).toBe(true);
  expect(cases[0]?.earlierAttempts?.map((attempt) => attempt.failure?.message)).toEqual(["first", "second <try>"]);
});

test("times before version 7 are read, N/A is no time; statistics are compared", async () => {
  const { cases, meta, warnings } = await read(
    robot(
      '<suite name="S"><test name="a"><status status="PASS" starttime="20260203 10:00:00.250" endtime="20260203 10:00:01.000"/></test><test name="b"><status status="PASS" starttime="N/A" endtime="N/A"/></test><status status="PASS" starttime="20260203 10:00:00.000" endtime="20260203 10:00:02.000"/></suite>',
      '<statistics><total><stat pass="1" fail="1">All Tests</stat></total><suite><stat name="S" pass="2" fail="0">S</stat></suite></statistics>',
    ),
  );
  expect(cases.map((result) => result.durationSeconds)).toEqual([0.75, undefined]);
  expect(meta).toMatchObject({ durationSeconds: 2, startedAtMs: Date.UTC(2026, 1, 3, 10), state: "error" });
  expect(warnings[0]?.code).toBe("SUMMARY_MISMATCH");
});

test("a run that was stopped by a signal is cancelled; a suite that failed without a failed test is an error", async () => {
  const stopped = await read(
    robot(`<suite name="S">${one("t", "FAIL", "Execution terminated by signal")}${status("FAIL")}</suite>`),
  );
  expect(stopped.meta.state).toBe("cancelled");
  const empty = await read(robot(`<suite name="S">${status("FAIL", "Suite contains no tests.")}</suite>`));
  expect(empty.meta).toMatchObject({ state: "error", stateMessage: "suite S failed: Suite contains no tests." });
});

test("another document forced into it is refused", async () => {
  await expect(read("<other/>", { format: "robot" })).rejects.toMatchObject({ code: "FORMAT_SCHEMA" });
});
