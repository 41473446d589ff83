import { describe, expect, test } from "vitest";
import { candidateCauses, type RunFacts } from "./causes.ts";
import { analysisRecord } from "./record.ts";

const runs = (n: number, facts: (i: number) => RunFacts): RunFacts[] => Array.from({ length: n }, (_, i) => facts(i));
const alone = { coinciding: 0, compared: 10 };

describe("candidate causes", () => {
  test("a dependency change planted at the change point is the first candidate", () => {
    const causes = candidateCauses({
      before: runs(20, (i) => ({ commit: `a${i}`, dependencies: "lock-1", runner_class: "linux-8c" })),
      after: runs(5, (i) => ({ commit: `b${i}`, dependencies: "lock-2", runner_class: "linux-8c" })),
      ...alone,
    });
    expect(causes[0]).toMatchObject({ kind: "dependencies", fact: "dependencies" });
    expect(causes.map(({ kind }) => kind)).toEqual(["dependencies", "code"]);
  });

  test("a slower runner class planted there is the first candidate", () => {
    const causes = candidateCauses({
      before: runs(20, (i) => ({ commit: `a${i}`, dependencies: "lock-1", runner_class: "linux-8c" })),
      after: runs(5, (i) => ({ commit: `b${i}`, dependencies: "lock-1", runner_class: "linux-4c" })),
      ...alone,
    });
    expect(causes[0]).toMatchObject({ kind: "environment", fact: "runner_class" });
  });

  test("machines that took turns all along explain nothing", () => {
    const turns = (i: number): RunFacts => ({ commit: `c${i}`, runner_class: i % 2 === 0 ? "a" : "b" });
    const causes = candidateCauses({ before: runs(21, turns), after: runs(6, (i) => turns(i + 1)), ...alone });
    expect(causes.map(({ kind }) => kind)).toEqual(["code"]);
  });

  test("the same commit before and after is not the code", () => {
    const causes = candidateCauses({
      before: runs(10, () => ({ commit: "same" })),
      after: runs(4, () => ({ commit: "same" })),
      ...alone,
    });
    expect(causes).toHaveLength(1);
    expect(causes[0]).toMatchObject({ kind: "environment", fact: undefined });
  });

  test("many series at once point to what they share", () => {
    const causes = candidateCauses({
      before: runs(10, (i) => ({ commit: `a${i}` })),
      after: runs(4, (i) => ({ commit: `b${i}` })),
      coinciding: 8,
      compared: 10,
    });
    expect(causes[1]?.evidence).toContain("8 of 10 series");
  });

  test("nothing known is said as such", () => {
    expect(candidateCauses({ before: [], after: [], coinciding: 0, compared: 0 })).toEqual([
      { kind: "unknown", fact: undefined, weight: 0.1, evidence: "nothing that is known of the runs changed" },
    ]);
  });
});

describe("analysis record", () => {
  const input = {
    deviation: "7",
    trigger: "ingest",
    at: "2026-01-02T03:04:05.000Z",
    summary: "p95 of checkout rose 12.4 %",
    context: { project: "shop" },
    comparison: { before: 0.184, after: 0.207, changeRatio: 0.124, pValue: 2e-6, z: 4.2 },
    history: [],
    similar: [{ name: "p50 of checkout", suite: "load" }],
    suite: "load",
    commitRange: { lastGood: "a1b2", firstBad: "c3d4" },
    candidateCauses: candidateCauses({
      before: [{ commit: "a1b2", dependencies: "1" }],
      after: [{ commit: "c3d4", dependencies: "2" }],
      ...alone,
    }),
    severity: "warning",
  } as const;

  test("states scope, priority, actions and a root-cause record begun with what is known", () => {
    const record = analysisRecord(input);
    expect(record).toMatchObject({ impactScope: "suite", priority: 2, similar: ["p50 of checkout"] });
    expect(record.recommendedActions).toEqual([
      "compare the lock files of both commits, and run again with the old dependencies",
      "git log --oneline a1b2..c3d4",
    ]);
    expect(record.rootCause.fiveWhys).toHaveLength(5);
    expect(record.rootCause.fiveWhys[0]?.because).toContain("dependencies changed");
    expect(record.rootCause.fishbone.codeChanges).toHaveLength(2);
  });

  test.each([
    ["critical comes first", { severity: "critical" }, { priority: 1 }],
    ["alone it can wait", { similar: [] }, { impactScope: "series", priority: 3 }],
    ["beyond its suite it is the project's", { similar: [{ name: "x", suite: "other" }] }, { impactScope: "project" }],
  ] as const)("%s", (_, over, expected) => {
    expect(analysisRecord({ ...input, ...over })).toMatchObject(expected);
  });
});
