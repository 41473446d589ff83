import { describe, expect, test } from "vitest";
import type { QuarantineEntry } from "../config/quarantine.ts";
import type { SuiteFilter, SuiteRun, SuiteRuns, TestOutcomes } from "../model/outcomes.ts";
import type { Outcome } from "../model/test.ts";
import { defectReport, flakyReport, type HealthQuery, type OutcomeReader } from "./test-health.ts";

const NOW = Date.UTC(2026, 4, 20, 12);
const query: HealthQuery = { runs: 50, limit: 100 };
const context = { quarantine: [] as QuarantineEntry[], nowMs: NOW };

const OUTCOME: Readonly<Record<string, Outcome>> = {
  ".": "passed",
  R: "passed",
  F: "failed",
  G: "failed",
  s: "skipped",
};

/**
 * A suite by its tests' marks, one per run, each run on a commit of its own: "." passed, "R" passed on a retry, "F" and "G" failed with
 * different messages, "s" skipped, " " not in the run. `others`: tests that always pass.
 */
function suite(tests: Record<string, string>, { others = 100, name = "unit" } = {}): Suite {
  const marks = Object.values(tests);
  const length = Math.max(...marks.map((one) => one.length));
  const runs = Array.from({ length }, (_, i): SuiteRun => {
    const failed = marks.filter((one) => "FG".includes(one[i] ?? " ")).length;
    const passed = others + marks.filter((one) => ".R".includes(one[i] ?? " ")).length;
    return {
      runId: `r${i}`,
      runUuid: `${name}-u${i}`,
      commit: `c${i}`,
      status: failed > 0 ? "failed" : "passed",
      endedAtMs: NOW - (length - i) * 60_000,
      counts: { passed, failed, errored: 0, skipped: 0 },
      retries: 0,
      history: false,
    };
  });
  return { runs: { project: "shop", suite: name, environment: "ci", branch: "main", runs }, tests };
}
interface Suite {
  readonly runs: SuiteRuns;
  readonly tests: Record<string, string>;
}

/** One suite a page. Counts how many tests it was asked for. */
function readerOf(...suites: Suite[]): OutcomeReader & { filters: SuiteFilter[] } {
  const filters: SuiteFilter[] = [];
  return {
    filters,
    async suiteRuns(filter, runs, { cursor }) {
      filters.push(filter);
      const at = Number(cursor ?? 0);
      const one = suites[at]!.runs;
      const items = [{ ...one, runs: one.runs.slice(-runs) }];
      return { items, nextCursor: at + 1 < suites.length ? String(at + 1) : undefined };
    },
    async *troubledTests(label, uuids) {
      const { runs, tests } = suites.find((one) => one.runs.suite === label)!;
      for (const [name, marks] of Object.entries(tests)) {
        const results: TestOutcomes["results"] = uuids.flatMap((runUuid) => {
          const mark = marks[runs.runs.findIndex((run) => run.runUuid === runUuid)] ?? " ";
          const outcome = OUTCOME[mark];
          if (outcome === undefined) return [];
          const signature = outcome === "failed" ? mark : undefined;
          return [{ runUuid, outcome, failedBefore: mark === "R", signature }];
        });
        if (results.some(({ outcome, failedBefore }) => outcome === "failed" || failedBefore))
          yield { testId: name, path: ["Cart"], name, results };
      }
    },
  };
}

const stated = async (reader: OutcomeReader, more = {}) =>
  (await flakyReport(reader, { ...query, ...more }, context)).tests.map(({ name, state }) => `${name} ${state}`);

describe("flakyReport", () => {
  const reader = readerOf(
    suite({
      once: ".........F..........",
      little: "..F.....F...F.......",
      much: "F.F.F.F.F.F.F.F.F.F.",
      broke: ".............FFFFFFF",
      fails: "..................FF",
      fresh: "                  F.",
      gone: "F.F.F               ",
    }),
  );

  test("the worst come first; what had one bad moment, is new or is gone does not come", async () => {
    expect(await stated(reader)).toEqual(["much flaky", "little flaky", "broke broken", "fails failing"]);
  });

  test("every state can be asked for", async () => {
    expect(await stated(reader, { states: ["stable", "new"] })).toEqual(["fresh new", "once stable"]);
    expect(await stated(reader, { states: ["broken"] })).toEqual(["broke broken"]);
  });

  test("says what it rests on", async () => {
    const { tests, states, suites, more } = await flakyReport(reader, query, context);
    expect(states).toEqual({ new: 1, stable: 1, failing: 1, flaky: 2, broken: 1 });
    expect(more).toBe(0);
    expect(suites).toEqual([
      {
        project: "shop",
        suite: "unit",
        environment: "ci",
        branch: "main",
        runs: 20,
        suspectRuns: [],
        cases: 106,
        troubled: 7,
        gone: 1,
      },
    ]);
    expect(tests[0]).toMatchObject({
      project: "shop",
      suite: "unit",
      path: ["Cart"],
      runs: 20,
      failures: 10,
      transitions: 19,
      proofs: { retries: 0, sameCommit: 0, episodes: 8 },
      lastFailure: { runId: "r18", commit: "c18", signature: "F", passedOnRetry: false },
      quarantine: undefined,
    });
  });

  test("the limit cuts the mild ones, and says how many", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [
        `t${String(i).padStart(3, "0")}`,
        i === 377 ? "F.F.F.F.F." : "..F.F.F...",
      ]),
    );
    const { tests, more } = await flakyReport(readerOf(suite(many, { others: 2000 })), { ...query, limit: 3 }, context);
    expect(tests.map(({ name }) => name)).toEqual(["t377", "t000", "t001"]);
    expect(more).toBe(497);
  });

  test("all suites are judged, each by the filter", async () => {
    const two = readerOf(suite({ a: "F.F.F.F." }), suite({ b: "F.F.F.F." }, { name: "e2e" }));
    expect(await stated(two, { project: "shop" })).toEqual(["b flaky", "a flaky"]);
    expect(two.filters).toEqual(
      [1, 2].map(() => ({ project: "shop", suite: undefined, environment: undefined, branch: undefined })),
    );
  });

  test("a run in which most cases failed is named and not counted", async () => {
    const marks = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`t${i}`, ".F....F..."]));
    const { tests, suites } = await flakyReport(
      readerOf(suite({ ...marks, real: "..F.F...F." }, { others: 2 })),
      query,
      context,
    );
    expect(tests.map(({ name, runs }) => `${name} ${runs}`)).toEqual(["real 8"]);
    expect(suites[0]).toMatchObject({
      runs: 10,
      suspectRuns: [
        { runId: "r1", failed: 8, executed: 11 },
        { runId: "r6", failed: 8, executed: 11 },
      ],
      troubled: 1,
    });
  });

  test("a test in quarantine is listed whatever its state, with owner and end", async () => {
    const quarantine = [
      { test: "once", owner: "web", expires: "2026-05-20", reason: "#12" },
      { test: "Cart > much", owner: "api", expires: "2026-05-19" },
    ];
    const { tests } = await flakyReport(reader, query, { quarantine, nowMs: NOW });
    expect(Object.fromEntries(tests.map(({ name, quarantine: found }) => [name, found]))).toEqual({
      much: { owner: "api", expires: "2026-05-19", reason: undefined, state: "expired" },
      once: { owner: "web", expires: "2026-05-20", reason: "#12", state: "active" },
      little: undefined,
      broke: undefined,
      fails: undefined,
    });
  });

  test("no suite is no test", async () => {
    const none: OutcomeReader = {
      suiteRuns: async () => ({ items: [], nextCursor: undefined }),
      troubledTests: () => {
        throw new Error("nothing to ask for");
      },
    };
    expect(await flakyReport(none, query, context)).toMatchObject({ tests: [], suites: [], more: 0 });
  });
});

describe("defectReport", () => {
  const reader = readerOf(
    suite({
      good: ".......F..",
      two: "........FF",
      differs: ".......FFG",
      confirmed: ".....FFFFF",
      late: "......FFFF",
      never: "FFFFFFFFFF",
      skipped: ".....FFFss",
    }),
  );
  const lines = async () =>
    (await defectReport(reader, query, context)).defects.map(
      ({ name, state, failures, doubts }) => `${name} ${state} ${failures} ${doubts.join()}`,
    );

  test("confirmed ones come first, then the longest; a skipped run says nothing", async () => {
    expect(await lines()).toEqual([
      "confirmed confirmed 5 ",
      "late confirmed 4 ",
      "skipped confirmed 3 ",
      "never suspected 10 previous_version_unknown",
      "differs suspected 3 signatures_differ",
      "two suspected 2 too_few_runs",
    ]);
  });

  test("each has its range of versions and the state of its test", async () => {
    const { defects, confirmed, suspected } = await defectReport(reader, query, context);
    expect(defects[0]).toMatchObject({
      lastGood: "c4",
      firstBad: "c5",
      signature: "F",
      testState: "broken",
      testId: "confirmed",
    });
    expect([confirmed, suspected]).toEqual([3, 3]);
  });

  test("a test that the newest ten runs do not hold is no defect any more", async () => {
    const long = readerOf(suite({ gone: "...FFF          ", here: "................F" }));
    expect((await defectReport(long, query, context)).defects.map(({ name }) => name)).toEqual(["here"]);
  });
});
