import { expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const report = (examples: unknown[], more: object = {}): string =>
  JSON.stringify({ version: "3.13.0", examples, summary: { duration: 1.5 }, summary_line: "", ...more });
const example = (more: object): object => ({
  id: "./spec/a_spec.rb[1:1]",
  description: "t",
  full_description: "A b t",
  ...more,
});

test.each([
  ["passed", undefined, "passed"],
  ["failed", undefined, "failed"],
  ["pending", undefined, "skipped"],
  ["pending", { class: "E", message: "known" }, "skipped"],
  ["passed", { class: "E", message: "no" }, "failed"],
  ["exploded", undefined, "errored"],
  ["exploded", { class: "E", message: "no" }, "failed"],
  [undefined, undefined, "errored"],
])("status %s with exception %s is %s", async (status, exception, outcome) => {
  const { cases, warnings } = await read(report([example({ status, exception })]));
  expect(cases.map((one) => one.outcome)).toEqual([outcome]);
  expect(warnings.length).toBe(status === "exploded" || status === undefined ? 1 : 0);
});

test("groups, file, line, time and exception are read; the suite of a shared example is the file that uses it", async () => {
  const { cases, suites, meta } = await read(
    report([
      example({
        status: "failed",
        file_path: "./spec/support/shared.rb",
        line_number: 7,
        run_time: 0.25,
        exception: {
          class: "RSpec::Expectations::ExpectationNotMetError",
          message: "\nexpected: 1\n",
          backtrace: ["a:1", null, "b:2"],
        },
      }),
    ]),
  );
  expect(cases[0]).toMatchObject({
    className: "A b",
    name: "t",
    durationSeconds: 0.25,
    file: "./spec/support/shared.rb",
    line: 7,
    failure: { message: "expected: 1", type: "RSpec::Expectations::ExpectationNotMetError", stack: "a:1\nb:2" },
  });
  expect(suites).toMatchObject([{ suite: { name: "spec/a_spec.rb" }, durationSeconds: 0.25 }]);
  expect(meta.durationSeconds).toBe(1.5);
});

test("errors outside of examples are an error state that says which", async () => {
  const { meta } = await read(
    report([], {
      summary: { example_count: 0, failure_count: 0, errors_outside_of_examples_count: 2 },
      messages: ["\nAn error occurred while loading ./a_spec.rb.\n\nLoadError:\n  cannot load such file -- x\n", 7],
    }),
  );
  expect(meta).toMatchObject({
    state: "error",
    stateMessage:
      "2 errors outside of examples: An error occurred while loading ./a_spec.rb. LoadError: cannot load such file -- x",
  });
});

test("a summary that lies is a warning; failures that only it knows are an error state", async () => {
  const { meta, warnings } = await read(
    report([example({ status: "passed" })], { summary: { example_count: 3, failure_count: 1 } }),
  );
  expect(warnings[0]?.code).toBe("SUMMARY_MISMATCH");
  expect(meta.state).toBe("error");
});

test("negative times are warned of, hostile keys are nothing special, and what is no example has its place", async () => {
  const { cases, warnings } = await read(
    `{"examples":[{"__proto__":{"status":"passed"},"full_description":"x","status":"failed","run_time":-1}],"summary_line":""}`,
  );
  expect(cases[0]).toMatchObject({ outcome: "failed", durationSeconds: undefined });
  expect(warnings.map((warning) => warning.code)).toEqual(["TIME_UNREADABLE"]);
  await expect(read('{"summary_line":"",\n"examples":[7]}')).rejects.toMatchObject({
    code: "FORMAT_SCHEMA",
    place: { line: 2, column: 13 },
  });
  await expect(read("[]", { format: "rspec" })).rejects.toMatchObject({ code: "FORMAT_SCHEMA" });
});
