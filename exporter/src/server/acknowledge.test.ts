import { describe, expect, test } from "vitest";
import type { Receipt } from "../ingest/types.ts";
import type { RunStatus } from "../model/run.ts";
import { noCounts, type OutcomeCounts } from "../model/test.ts";
import { judge } from "./acknowledge.ts";
import { summaryOf } from "./test-support.ts";

const settings = { minimumCoverageRatio: 0.8, quietSeconds: 10 };
const counted = (counts: Partial<OutcomeCounts>): OutcomeCounts => ({ ...noCounts(), ...counts });
function receipt(
  counts: Partial<OutcomeCounts>,
  status: RunStatus = "passed",
  rest: Partial<Receipt> & { runCounts?: Partial<OutcomeCounts>; parts?: [received: number, expected: number] } = {},
): Receipt {
  const { runCounts = counts, parts = [1, undefined], ...other } = rest;
  const [partsReceived, partsExpected] = parts;
  return {
    outcome: "stored",
    format: "junit",
    part: "p",
    run: summaryOf({ counts: counted(runCounts), status, partsReceived, partsExpected }),
    counts: counted(counts),
    measures: 0,
    loadResults: 0,
    coverage: undefined,
    failures: [],
    warnings: [],
    taskId: undefined,
    state: undefined,
    ...other,
  };
}
const failure = { test: "logs in", file: "auth.test.ts", line: 45, error: "expected 200\ngot 500" };

describe("judge", () => {
  test.each<[string, Receipt, string]>([
    ["all passed", receipt({ passed: 44, skipped: 1 }), "45 tests: 44 passed, 1 skipped"],
    ["a duplicate", receipt({ passed: 1 }, "passed", { outcome: "duplicate" }), "1 test: 1 passed (already stored)"],
    ["measures alone", receipt({}, "empty", { measures: 12 }), "12 measures stored"],
    [
      "coverage at the minimum",
      receipt({ passed: 2 }, "passed", { coverage: { lineRatio: 0.8 } }),
      "2 tests: 2 passed; line coverage 80 %",
    ],
    [
      "coverage without lines",
      receipt({ passed: 2 }, "passed", { coverage: { branchRatio: 0.1 } }),
      "2 tests: 2 passed; coverage stored",
    ],
  ])("approves %s", (_, given, message) => {
    expect(judge(given, settings)).toEqual({
      status: "approved",
      message,
      requiredActions: [],
      nextAction: "create-pr",
    });
  });

  const quiet = "the run is still open: it completes after 10 quiet seconds";
  const whole = "look at the whole run when it is complete, or send its other reports first";
  const parted = "part 1 of 3: the run is complete when all parts are in";
  test.each<[string, Receipt, string, string[]]>([
    ["of unknown parts", receipt({ passed: 1 }, "running"), `1 test: 1 passed; ${quiet}`, [whole]],
    [
      "of announced parts",
      receipt({ passed: 1 }, "running", { parts: [1, 3] }),
      `1 test: 1 passed; ${parted}`,
      ["send the other 2 of 3 parts"],
    ],
    [
      "sent again",
      receipt({ passed: 1 }, "running", { parts: [1, 3], outcome: "duplicate" }),
      `1 test: 1 passed; ${parted} (already stored)`,
      ["send the other 2 of 3 parts"],
    ],
  ])(
    "approves what is good so far, and says what an open run waits for: one %s",
    (_, given, message, requiredActions) => {
      expect(judge(given, settings)).toEqual({ status: "approved", message, requiredActions, nextAction: "create-pr" });
    },
  );

  test.each([
    ["error", "the report says that the run broke off with an error"],
    ["partial", "the report says that it is incomplete"],
    ["cancelled", "the report says that the run was cancelled"],
  ] as const)("rejects a report of state %s, in whatever run and sent again", (state, message) => {
    const ended = { error: "errored", partial: "partial", cancelled: "cancelled" } as const;
    for (const status of ["running", "passed", ended[state]] as const) {
      for (const outcome of ["stored", "duplicate"] as const) {
        const verdict = judge(receipt({ passed: 3 }, status, { state, outcome }), settings);
        expect(verdict).toMatchObject({ status: "rejected", nextAction: "fix-and-rerun" });
        expect(verdict.message.split("; ")[0]).toBe(
          `${message}${outcome === "duplicate" && status !== "running" ? " (already stored)" : ""}`,
        );
        expect(verdict.requiredActions).toHaveLength(status === "running" ? 2 : 1);
      }
    }
  });

  test.each<[string, Receipt, string, string, string[]]>([
    [
      "failures",
      receipt({ passed: 42, failed: 2, errored: 1 }, "failed", { failures: [failure] }),
      "2 failed and 1 errored of 45 tests",
      "fix-and-rerun",
      ["fix logs in (auth.test.ts:45): expected 200", "fix 2 more"],
    ],
    [
      "failures in an open run",
      receipt({ failed: 1 }, "running"),
      `1 failed of 1 test; ${quiet}`,
      "fix-and-rerun",
      ["fix 1 test", whole],
    ],
    [
      "failures elsewhere in the run",
      receipt({ passed: 5 }, "running", { runCounts: { passed: 8, failed: 2 } }),
      `this report has no failure, but the run has 2 failed of 10 tests; ${quiet}`,
      "fix-and-rerun",
      ["fix the failures in the other parts of the run", whole],
    ],
    [
      "an empty run",
      receipt({}, "empty"),
      "the report holds no test; nothing is known to work",
      "add-tests-and-rerun",
      ["check that the test command selects tests and writes its report after they ran"],
    ],
    [
      "an empty part of a good run",
      receipt({}, "running", { runCounts: { passed: 3 } }),
      `the report holds no test; nothing is known to work; ${quiet}`,
      "add-tests-and-rerun",
      [expect.any(String) as string, whole],
    ],
    [
      "an empty duplicate",
      receipt({}, "empty", { outcome: "duplicate" }),
      "the report holds no test; nothing is known to work (already stored)",
      "add-tests-and-rerun",
      [expect.any(String) as string],
    ],
    [
      "only skipped tests",
      receipt({ skipped: 3 }),
      "no test was executed: 3 tests, all skipped",
      "add-tests-and-rerun",
      ["run at least one of the skipped tests"],
    ],
    [
      "a partial run",
      receipt({ passed: 3 }, "partial"),
      "the run is incomplete",
      "fix-and-rerun",
      ["find out why the run did not finish, then run it again"],
    ],
    [
      "a cancelled run",
      receipt({ passed: 3 }, "cancelled"),
      "the run was cancelled",
      "fix-and-rerun",
      ["run it again to its end"],
    ],
    [
      "an errored run without a failing test",
      receipt({ passed: 3 }, "errored"),
      "the run ended as errored",
      "fix-and-rerun",
      ["see the warnings and the test tool's own output"],
    ],
    [
      "an errored run without a test",
      receipt({}, "errored"),
      "the run ended as errored; the report holds no test; nothing is known to work",
      "fix-and-rerun",
      [expect.any(String) as string, expect.any(String) as string],
    ],
    [
      "coverage just below the minimum",
      receipt({ passed: 3 }, "passed", { coverage: { lineRatio: 0.79999 } }),
      "line coverage 79.99 % is below the minimum of 80 %",
      "add-tests-and-rerun",
      ["add tests until line coverage reaches 80 %"],
    ],
    [
      "coverage with files",
      receipt({ passed: 3 }, "passed", { coverage: { lineRatio: 0.5, uncoveredFiles: ["a.ts", "b.ts"] } }),
      "line coverage 50 % is below the minimum of 80 %",
      "add-tests-and-rerun",
      ["add tests for uncovered files: a.ts, b.ts"],
    ],
    [
      "coverage with lines",
      receipt({ passed: 3 }, "passed", {
        coverage: { lineRatio: 0.5, uncoveredFiles: ["a.ts", "b.ts"] },
        uncovered: [
          { path: "a.ts", uncoveredLines: "3-5, 9" },
          { path: "b.ts", uncoveredLines: undefined },
        ],
      }),
      "line coverage 50 % is below the minimum of 80 %",
      "add-tests-and-rerun",
      ["add tests for a.ts: lines 3-5, 9", "add tests for b.ts"],
    ],
    [
      "failures and low coverage",
      receipt({ failed: 1 }, "failed", { coverage: { lineRatio: 0.5 } }),
      "1 failed of 1 test; line coverage 50 % is below the minimum of 80 %",
      "fix-and-rerun",
      ["fix 1 test", "add tests until line coverage reaches 80 %"],
    ],
  ])("rejects %s", (_, given, message, nextAction, requiredActions) => {
    expect(judge(given, settings)).toEqual({ status: "rejected", message, requiredActions, nextAction });
  });

  test("names ten failures and twenty files, and counts the rest", () => {
    const failures = Array.from({ length: 50 }, (_, i) => ({
      ...failure,
      test: `t${i}`,
      file: undefined,
      line: undefined,
      error: "",
    }));
    const uncoveredFiles = Array.from({ length: 30 }, (_, i) => `f${i}`);
    const { requiredActions } = judge(
      receipt({ failed: 70 }, "failed", { failures, coverage: { lineRatio: 0, uncoveredFiles } }),
      settings,
    );
    expect(requiredActions).toHaveLength(12);
    expect(requiredActions[0]).toBe("fix t0");
    expect(requiredActions[10]).toBe("fix 60 more");
    expect(requiredActions[11]).toMatch(/f19 and 10 more$/);
  });
});

describe("judge with a quarantine", () => {
  const flaky = { test: "Login > logs in", suite: "unit", owner: "web", expires: "2026-06-01", reason: undefined };
  const one = { failures: [{ ...flaky, signature: "5e1f" }], others: 0 };
  const failed = { ...failure, signature: "5e1f" };

  test("approves when all failures of the run are in it, and names them with owner and end", () => {
    const given = receipt({ passed: 4, failed: 1 }, "failed", { failures: [failed] });
    expect(judge(given, settings, one)).toEqual({
      status: "approved",
      message: "5 tests: 4 passed, 1 failed; in quarantine: Login > logs in (web, until 2026-06-01)",
      requiredActions: [],
      nextAction: "create-pr",
    });
  });

  test("approves a good part of a run whose other failures are in it", () => {
    const given = receipt({ passed: 4 }, "failed", { runCounts: { passed: 8, failed: 1 } });
    expect(judge(given, settings, one)).toMatchObject({ status: "approved" });
  });

  test("rejects when another failure is not, and asks only for that one", () => {
    const other = { test: "logs out", file: undefined, line: undefined, error: "no", signature: "0000" };
    const given = receipt({ passed: 3, failed: 2 }, "failed", { failures: [failed, other] });
    expect(judge(given, settings, { ...one, others: 1 })).toEqual({
      status: "rejected",
      message: "2 failed of 5 tests (of the run's failures 1 in quarantine)",
      requiredActions: ["fix logs out: no"],
      nextAction: "fix-and-rerun",
    });
  });

  test("rejects when the failures that count are in other parts of the run", () => {
    const given = receipt({ passed: 3, failed: 1 }, "failed", {
      failures: [failed],
      runCounts: { passed: 3, failed: 2 },
    });
    expect(judge(given, settings, { ...one, others: 1 })).toMatchObject({
      status: "rejected",
      requiredActions: ["fix the failures in the other parts of the run"],
    });
  });

  test.each<[string, Receipt]>([
    ["more failures than were found in it", receipt({ passed: 3, failed: 2 }, "failed", { failures: [failed] })],
    ["a report that broke off", receipt({ passed: 3, failed: 1 }, "failed", { failures: [failed], state: "error" })],
    ["a run that is not whole", receipt({ passed: 3, failed: 1 }, "partial", { failures: [failed] })],
    ["low coverage", receipt({ passed: 3, failed: 1 }, "failed", { failures: [failed], coverage: { lineRatio: 0.1 } })],
  ])("rejects %s all the same", (_, given) => {
    expect(judge(given, settings, one).status).toBe("rejected");
  });

  test("rejects when another report of the run broke off", () => {
    const given = receipt({ passed: 3, failed: 1 }, "failed", { failures: [failed] });
    const verdict = judge({ ...given, run: { ...given.run, state: "error" } }, settings, one);
    expect(verdict).toMatchObject({ status: "rejected", message: "another report of the run says: error" });
  });

  test("without a failure it changes nothing", () => {
    const given = receipt({ passed: 4 });
    expect(judge(given, settings, { failures: [], others: 0 })).toEqual(judge(given, settings));
  });
});
