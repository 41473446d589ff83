import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const step = (status: string | undefined, more: object = {}) => ({
  keyword: "Given ",
  name: "x",
  ...(status === undefined ? {} : { result: { status, duration: 1e6, ...more } }),
});
const scenario = (steps: object[], more: object = {}) => ({
  type: "scenario",
  keyword: "Scenario",
  name: "s",
  steps,
  ...more,
});
const report = (elements: object[], feature: object = {}) =>
  JSON.stringify([{ uri: "a.feature", keyword: "Feature", name: "F", elements, ...feature }]);
const background = (steps: object[]) => ({ type: "background", keyword: "Background", name: "", steps });

describe("cucumber", () => {
  test.each([
    ["passed", [step("passed"), step("passed")], "passed"],
    ["failed", [step("passed"), step("failed"), step("skipped")], "failed"],
    ["undefined", [step("undefined"), step("skipped")], "errored"],
    ["ambiguous", [step("ambiguous")], "errored"],
    ["pending", [step("passed"), step("pending"), step("skipped")], "skipped"],
    ["skipped", [step("passed"), step("skipped")], "skipped"],
    ["of an unknown status", [step("passed"), step("great")], "errored"],
    ["without a status", [step("passed"), { keyword: "Given", name: "x", result: {} }], "errored"],
    ["cut off in the middle", [step("passed"), step(undefined)], "skipped"],
    ["empty", [], "skipped"],
    ["broken by a hidden hook", [{ ...step("failed"), keyword: "Before", hidden: true }, step("skipped")], "errored"],
  ] as [string, object[], string][])("a scenario that is %s", async (_, steps, outcome) => {
    const { cases } = await read(report([scenario(steps)]));
    expect(cases.map((c) => c.outcome)).toEqual([outcome]);
  });
  test("a background is no test; when it fails, the scenario after it does", async () => {
    const { cases, counts } = await read(
      report([
        background([step("failed", { error_message: "E: down" })]),
        scenario([step("skipped")]),
        background([step("passed")]),
        scenario([step("passed")]),
      ]),
    );
    expect(counts).toEqual({ passed: 1, failed: 1, errored: 0, skipped: 0 });
    expect(cases[0]?.failure?.message).toBe("E: down");
  });
  test("rows of an outline and scenarios of one name are distinct; the same place again after a failure is a retry", async () => {
    const rows = await read(report([scenario([step("failed")], { line: 5 }), scenario([step("passed")], { line: 6 })]));
    expect(rows.counts).toMatchObject({ passed: 1, failed: 1 });
    const retried = await read(
      report([scenario([step("failed")], { line: 5, id: "s" }), scenario([step("passed")], { line: 5, id: "s" })]),
    );
    expect(retried.counts).toMatchObject({ passed: 1, failed: 0 });
    expect(retried.cases[0]?.earlierAttempts).toMatchObject([{ outcome: "failed", durationSeconds: 0.001 }]);
    const twice = await read(
      report([scenario([step("passed")], { line: 5 }), scenario([step("passed")], { line: 5 })]),
    );
    expect(twice.counts.passed).toBe(2);
  });
  test("hooks beside the steps count, and nanoseconds become seconds", async () => {
    const { cases, meta } = await read(
      report([
        scenario([step("passed")], {
          before: [{ result: { status: "passed", duration: 2e6 } }],
          after: [{ result: { status: "failed" } }],
        }),
      ]),
    );
    expect(cases[0]).toMatchObject({ outcome: "errored", durationSeconds: 0.003 });
    expect(meta.durationSeconds).toBe(0.003);
  });
  test("a negative duration is left out and told", async () => {
    const { cases, warnings } = await read(report([scenario([step("passed", { duration: -1 })])]));
    expect(cases[0]?.durationSeconds).toBeUndefined();
    expect(warnings.map((w) => w.code)).toEqual(["TIME_UNREADABLE"]);
  });
  test("behave's durations are seconds, and its status of a scenario counts where no step says more", async () => {
    const feature = { uri: undefined, location: "a.feature:1" };
    const { cases } = await read(
      report(
        [scenario([step("passed", { duration: 0.5 })], { status: "hook_error", location: "a.feature:4" })],
        feature,
      ),
    );
    expect(cases[0]).toMatchObject({ outcome: "errored", durationSeconds: 0.5, line: 4, file: "a.feature" });
  });
});

const lines = (...messages: object[]) => messages.map((message) => JSON.stringify(message)).join("\n");
const BEGIN = [
  { meta: { protocolVersion: "32.0.0", implementation: { name: "cucumber-js" } } },
  {
    gherkinDocument: {
      uri: "a.feature",
      feature: { name: "F", children: [{ scenario: { id: "1", location: { line: 7 } } }] },
    },
  },
  { pickle: { id: "2", uri: "a.feature", name: "s", astNodeIds: ["1"], steps: [{ id: "3", text: "x" }] } },
  { testRunStarted: { timestamp: { seconds: 1769853600, nanos: 0 } } },
  { testCase: { id: "4", pickleId: "2", testSteps: [{ id: "5", pickleStepId: "3" }] } },
];
const started = (id: string) => ({
  testCaseStarted: { id, testCaseId: "4", timestamp: { seconds: 1769853600, nanos: 0 } },
});
const finished = (id: string, status: string) => ({
  testStepFinished: {
    testCaseStartedId: id,
    testStepId: "5",
    testStepResult: { status, duration: { seconds: 0, nanos: 5e6 } },
  },
});
const ended = (id: string, willBeRetried = false) => ({ testCaseFinished: { testCaseStartedId: id, willBeRetried } });
const END = { testRunFinished: { success: true, timestamp: { seconds: 1769853601, nanos: 0 } } };

describe("cucumber messages", () => {
  test("a scenario that was retried is one case with its attempts", async () => {
    const { cases, meta } = await read(
      lines(
        ...BEGIN,
        started("a"),
        finished("a", "FAILED"),
        ended("a", true),
        started("b"),
        finished("b", "PASSED"),
        ended("b"),
        END,
      ),
    );
    expect(cases).toHaveLength(1);
    expect(cases[0]).toMatchObject({
      name: "s",
      outcome: "passed",
      line: 7,
      file: "a.feature",
      durationSeconds: 0.005,
    });
    expect(cases[0]?.earlierAttempts).toMatchObject([{ outcome: "failed", failure: { message: "a step failed: x" } }]);
    expect(meta).toMatchObject({ framework: "cucumber-js", durationSeconds: 1 });
    expect(meta.state).toBeUndefined();
  });
  test.each([
    ["in a scenario", [started("a")], { errored: 1 }],
    ["before the retry", [started("a"), finished("a", "FAILED"), ended("a", true)], { failed: 1 }],
    ["after a scenario", [started("a"), finished("a", "PASSED"), ended("a")], { passed: 1 }],
  ])("a stream that ends %s is partial, and nothing in it is lost", async (_, messages, counts) => {
    const result = await read(lines(...BEGIN, ...messages));
    expect(result.counts).toMatchObject(counts);
    expect(result.meta.state).toBe("partial");
  });
  test("a run that did not succeed without a failed scenario is an error", async () => {
    const { meta, counts } = await read(
      lines(...BEGIN, started("a"), finished("a", "PENDING"), ended("a"), { testRunFinished: { success: false } }),
    );
    expect(counts.skipped).toBe(1);
    expect(meta).toMatchObject({ state: "error", stateMessage: expect.stringContaining("1 are pending") });
  });
  test("where scenarios come from is known whatever the order of files and pickles, and once a file is forgotten", async () => {
    const document = (file: string) => ({
      gherkinDocument: {
        uri: `${file}.feature`,
        feature: {
          name: `F${file}`,
          children: [
            { scenario: { id: `${file}1`, location: { line: 3 } } },
            {
              rule: {
                name: "R",
                children: [
                  {
                    scenario: {
                      id: `${file}2`,
                      location: { line: 5 },
                      examples: [{ tableBody: [{ id: `${file}3`, location: { line: 8 } }] }],
                    },
                  },
                ],
              },
            },
          ],
        },
      },
    });
    const pickle = (file: string, ...nodes: string[]) => {
      const id = `p${file}${nodes.join("")}`;
      return [
        { pickle: { id, uri: `${file}.feature`, name: id, astNodeIds: nodes.map((node) => file + node), steps: [] } },
        { testCase: { id: `c${id}`, pickleId: id, testSteps: [] } },
      ];
    };
    const run = (file: string, ...nodes: string[]) => {
      const id = `p${file}${nodes.join("")}`;
      return [
        { testCaseStarted: { id: `s${id}`, testCaseId: `c${id}` } },
        { testCaseFinished: { testCaseStartedId: `s${id}` } },
      ];
    };
    const { cases } = await read(
      lines(
        BEGIN[0]!,
        ...pickle("C", "1"),
        document("A"),
        ...pickle("A", "1"),
        document("B"),
        ...pickle("B", "2", "3"),
        ...pickle("A", "2", "3"),
        document("C"),
        ...run("A", "1"),
        ...run("A", "2", "3"),
        ...run("B", "2", "3"),
        ...run("C", "1"),
        END,
      ),
    );
    expect(cases.map((c) => [c.suite?.name, c.name, c.className, c.line])).toEqual([
      ["FA", "pA1", undefined, 3],
      ["FA", "pA23", "R", 8],
      ["FB", "pB23", "R", 8],
      ["FC", "pC1", undefined, 3],
    ]);
  });

  test("unknown statuses are errored, log lines are skipped, a hook of the run is a case", async () => {
    const { counts, warnings } = await read(
      `hello\n${lines(...BEGIN, started("a"), finished("a", "GREAT"), ended("a"))}\n{"not":1}\nnoise\n${lines(
        { testRunHookFinished: { result: { status: "FAILED", message: "Error: down" } } },
        END,
      )}\n`,
    );
    expect(counts).toEqual({ passed: 0, failed: 0, errored: 2, skipped: 0 });
    expect(warnings.map((w) => w.code)).toEqual(["VALUE_SKIPPED", "NOISE_SKIPPED"]);
  });
});
