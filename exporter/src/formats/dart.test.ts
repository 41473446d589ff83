import { expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";
import { isFlaky } from "../model/test.ts";

const START = { type: "start", protocolVersion: "0.1.1", runnerVersion: "1.25.8", time: 0 };
const SUITE = { type: "suite", suite: { id: 0, platform: "vm", path: "test/a_test.dart" }, time: 0 };
const lines = (...events: object[]): string =>
  `${[START, SUITE, ...events].map((event) => JSON.stringify(event)).join("\n")}\n`;
const begin = (id: number, name = `t${id}`, more: object = {}): object => ({
  type: "testStart",
  test: { id, name, suiteID: 0, groupIDs: [], metadata: {}, ...more },
  time: 100,
});
const end = (testID: number, result = "success", more: object = {}): object => ({
  type: "testDone",
  testID,
  result,
  skipped: false,
  hidden: false,
  time: 350,
  ...more,
});
const error = (testID: number, text: string, isFailure: boolean): object => ({
  type: "error",
  testID,
  error: text,
  stackTrace: "at x",
  isFailure,
  time: 200,
});
const done = (success: boolean | null = true): object => ({ type: "done", success, time: 1_000 });

test.each([
  ["success", {}, "passed"],
  ["success", { skipped: true }, "skipped"],
  ["failure", {}, "failed"],
  ["error", {}, "errored"],
  ["exploded", {}, "errored"],
  ["error", { hidden: true }, "errored"],
])("result %s with %o is %s", async (result, more, outcome) => {
  const { cases, meta } = await read(
    lines(begin(1), end(1, result, more), done(outcome === "passed" || outcome === "skipped")),
  );
  expect(cases).toMatchObject([{ outcome, durationSeconds: 0.25, suite: { name: "test/a_test.dart" } }]);
  expect(meta.state).toBeUndefined();
  expect(meta.durationSeconds).toBe(1);
});

test("hidden tests that succeeded are no tests; groups are taken off the name", async () => {
  const { cases } = await read(
    lines(
      begin(1, "loading test/a_test.dart"),
      end(1, "success", { hidden: true }),
      { type: "group", group: { id: 2, name: "" }, time: 1 },
      { type: "group", group: { id: 3, name: "outer inner" }, time: 1 },
      begin(4, "outer inner adds", { groupIDs: [2, 3] }),
      end(4),
      done(),
    ),
  );
  expect(cases).toMatchObject([{ className: "outer inner", name: "adds" }]);
});

test("what was retried is an attempt, and the error that fits the result is the failure", async () => {
  const { cases } = await read(
    lines(
      begin(1),
      error(1, "first", true),
      { type: "print", testID: 1, message: "Retry: t1", time: 210 },
      end(1),
      begin(2),
      error(2, "Expected: 1", true),
      error(2, "StateError: later", false),
      end(2, "error"),
      done(false),
    ),
  );
  expect(isFlaky(cases[0]!)).toBe(true);
  expect(cases[0]?.earlierAttempts?.[0]?.failure?.message).toBe("first");
  expect(cases[1]?.failure).toMatchObject({ message: "StateError: later", type: "StateError" });
});

test("a stream without its end is partial, and what was running is errored", async () => {
  const { counts, meta, warnings } = await read(lines(begin(1), end(1), begin(2)));
  expect(counts).toEqual({ passed: 1, failed: 0, errored: 1, skipped: 0 });
  expect(meta.state).toBe("partial");
  expect(warnings.map((warning) => warning.code)).toEqual(["INCOMPLETE"]);
});

test.each([
  ["a runner that was closed is cancelled", [done(null)], "cancelled"],
  ["a run without success and without a failure is an error", [done(false)], "error"],
  ["an error after the end of a test is an error", [error(1, "too late", false), done(false)], "error"],
  ["the end of an unknown test that failed is an error", [end(9, "failure"), done(true)], "error"],
])("%s", async (_, events, state) => {
  expect((await read(lines(begin(1), end(1), ...events))).meta.state).toBe(state);
});

test("another error of a test that had failed already is nothing new", async () => {
  const { meta } = await read(lines(begin(1), end(1, "failure"), error(1, "again", false), done(false)));
  expect(meta.state).toBeUndefined();
});

test("ids that come twice lose no test; a second stream begins anew", async () => {
  const twice = await read(lines(begin(1), begin(1), end(1), end(1), done()));
  expect(twice.counts).toEqual({ passed: 1, failed: 0, errored: 1, skipped: 0 });
  const two = await read(lines(begin(1), end(1), done()) + lines(begin(1), end(1), done()));
  expect(two.counts.passed).toBe(2);
  expect(two.suites.length).toBe(1);
  expect(two.meta.durationSeconds).toBe(2);
  const failedFirst = await read(lines(begin(1), end(1), done(null)) + lines(begin(1), end(1), done()));
  expect(failedFirst.meta.state).toBe("cancelled");
});

test("log lines are counted and skipped, Flutter's own events are not even counted", async () => {
  const { counts, warnings } = await read(
    `Resolving…\n${lines(begin(1), end(1))}[{"event":"test.startedProcess"}]\n{ not json }\n${JSON.stringify(done())}\n`,
  );
  expect(counts.passed).toBe(1);
  expect(warnings).toMatchObject([{ code: "NOISE_SKIPPED", message: expect.stringContaining("2 lines"), line: 1 }]);
});

test("a file without any event is refused", async () => {
  await expect(read("hello\n", { format: "dart" })).rejects.toMatchObject({ code: "FORMAT_SCHEMA" });
});
