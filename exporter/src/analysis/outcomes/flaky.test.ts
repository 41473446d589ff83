import { describe, expect, test } from "vitest";
import { defectOf, type VersionedExecution } from "./defect.ts";
import { type Execution, FLAKY_SETTINGS, flakiness, rateInterval, suspectRuns } from "./flaky.ts";
import { comparePassRates } from "./pass-rates.ts";

/** "." passed, "F" failed, "R" passed on a retry, "!" failed in a suspect run; every run on a commit of its own. */
function history(marks: string, commitOf: (run: number) => string | undefined = (run) => `c${run}`): Execution[] {
  return [...marks].map((mark, run) => ({
    passed: mark === "." || mark === "R",
    passedOnRetry: mark === "R",
    commit: commitOf(run),
    isSuspect: mark === "!",
  }));
}

describe("flakiness", () => {
  test.each<[string, string, string, number]>([
    ["always passed", "....................", "stable", 0],
    ["broke and stayed so", ".............FFFFF", "broken", 0],
    ["failed in its newest runs", "..................FF", "failing", 0],
    ["broke and was mended", ".....FFFFF..........", "stable", 0],
    ["one failure on its commit alone may be a defect", ".........F..........", "stable", 0],
    ["two separate failures: one proof, one may be a defect", "....F......F........", "stable", 1],
    ["failures that come and go", "..F..F...F....F.....", "flaky", 3],
    ["passed on retry twice", "...R........R.......", "flaky", 2],
    ["passed on retry once is no habit", "...R................", "stable", 1],
    ["flaky, then broken", "..F..F...F....F..FFF", "broken", 3],
    ["failed from the start", "FFFFFFFF", "broken", 0],
    ["failed from the start, then mended", "FFFF........", "stable", 0],
  ])("%s", (_, marks, state, proofs) => {
    const found = flakiness(history(marks));
    expect(found.state).toBe(state);
    expect(found.score).toBeCloseTo(proofs / marks.length, 12);
  });

  test("both outcomes on one commit are proofs, and no episode as well", () => {
    const found = flakiness(history("..F.F.......", () => "same"));
    expect(found).toMatchObject({ state: "flaky", proofs: { sameCommit: 2, episodes: 0, retries: 0 } });
  });

  test("a test that failed three times on a commit where it also passed is flaky, not broken", () => {
    expect(flakiness(history("......FFF", (run) => (run < 5 ? `c${run}` : "same"))).state).toBe("failing");
  });

  test("runs in which most cases failed are not counted", () => {
    expect(flakiness(history("..!..!...!....!.....!!!"))).toMatchObject({ state: "stable", runs: 16, failures: 0 });
  });

  test("a new test is a state, without a score", () => {
    expect(flakiness(history("F.F."))).toMatchObject({ state: "new", score: undefined, runs: 4 });
    expect(flakiness([])).toMatchObject({ state: "new", runs: 0 });
  });

  test("only the newest runs count", () => {
    const marks = `..F..F...F....F..${".".repeat(FLAKY_SETTINGS.window)}`;
    expect(flakiness(history(marks))).toMatchObject({ state: "stable", score: 0, runs: 50 });
  });

  test("the interval holds the score and shrinks with the runs", () => {
    const [low, high] = rateInterval(5, 50);
    // scipy.stats.beta.ppf([.025, .975], 5.5, 45.5)
    expect(low).toBeCloseTo(0.03919436, 8);
    expect(high).toBeCloseTo(0.20535483, 8);
    expect(rateInterval(0, 10)[0]).toBe(0);
    expect(rateInterval(10, 10)[1]).toBe(1);
  });
});

describe("suspectRuns", () => {
  const run = (failed: number, executed = 100) => ({ failed, executed });
  test("a run in which most cases failed among good ones", () => {
    expect(suspectRuns([run(1), run(0), run(80), run(2)])).toEqual([false, false, true, false]);
  });
  test("where most runs fail it is the product", () => {
    expect(suspectRuns([run(80), run(90), run(85), run(2)])).toEqual([false, false, false, false]);
  });
  test("a handful of cases and nothing at all tell nothing", () => {
    expect(suspectRuns([run(0), run(0), run(4, 4)])).toEqual([false, false, false]);
    expect(suspectRuns([])).toEqual([]);
  });
});

describe("defectOf", () => {
  const passed = (version: string): VersionedExecution => ({ passed: true, version, signature: undefined });
  const failed = (version: string, signature = "boom"): VersionedExecution => ({ passed: false, version, signature });

  test("three failures with one signature after a clean version are confirmed, with the range", () => {
    const found = defectOf([passed("1.0"), passed("1.1"), failed("1.2"), failed("1.2"), failed("1.3")]);
    expect(found).toEqual({
      state: "confirmed",
      doubts: [],
      signature: "boom",
      failures: 3,
      lastGood: "1.1",
      firstBad: "1.2",
    });
  });

  test.each<[string, VersionedExecution[], string[]]>([
    ["two failures", [passed("1"), failed("2"), failed("2")], ["too_few_runs"]],
    ["another message", [passed("1"), failed("2"), failed("2", "bang"), failed("2")], ["signatures_differ"]],
    [
      "the previous version failed too",
      [failed("1"), passed("1"), failed("2"), failed("2"), failed("2")],
      ["previous_version_failed"],
    ],
    ["never passed", [failed("2"), failed("2"), failed("2")], ["previous_version_unknown"]],
    [
      "passed on the same version only",
      [passed("2"), failed("2"), failed("2"), failed("2")],
      ["previous_version_unknown"],
    ],
  ])("%s: suspected", (_, executions, doubts) => {
    expect(defectOf(executions)).toMatchObject({ state: "suspected", doubts });
  });

  test("no defect while the newest run passes", () => {
    expect(defectOf([failed("1"), passed("2")])).toBeUndefined();
    expect(defectOf([])).toBeUndefined();
  });
});

describe("comparePassRates", () => {
  const of = (passed: number, executed: number) => ({ passed, executed });
  test.each<[string, ReturnType<typeof of>, ReturnType<typeof of>, string]>([
    ["clearly worse", of(99, 100), of(80, 100), "worse"],
    ["clearly better", of(80, 100), of(99, 100), "better"],
    ["chance", of(98, 100), of(95, 100), "same"],
    ["two failures are too few", of(100, 100), of(1, 3), "insufficient_data"],
    ["nothing ran", of(0, 0), of(1, 30), "insufficient_data"],
  ])("%s", (_, before, after, kind) => {
    expect(comparePassRates(before, after).kind).toBe(kind);
  });
});
