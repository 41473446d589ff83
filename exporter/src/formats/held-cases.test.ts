import { expect, test } from "vitest";
import type { CaseResult, SuiteNode } from "../model/test.ts";
import { HeldCases } from "./held-cases.ts";

const outer: SuiteNode = { name: "outer" };
const inner: SuiteNode = { name: "inner", parent: outer };

function hold(count: number, more: Partial<CaseResult> = {}) {
  const emitted: { result: CaseResult; id: string | undefined }[] = [];
  const held = new HeldCases<string | undefined>((result, id) => emitted.push({ result, id }));
  for (let i = 0; i < count; i++)
    held.add(
      { suite: i % 2 === 0 ? inner : undefined, name: `t${i}`, outcome: "passed", ...more },
      i % 3 === 0 ? undefined : `id${i}`,
    );
  return { held, emitted };
}

test("come out as they went in, in their order, also when they were kept as bytes", () => {
  const failure = { message: "half a pair: \ud800, \u0000, é", stack: "at x\n" };
  const { held, emitted } = hold(2_500, { durationSeconds: 0.1, startedAtMs: 1.5, failure, output: undefined });
  expect(held.count).toBe(2_500);
  expect(emitted).toEqual([]);
  held.flush();
  expect(emitted.map(({ result }) => result.name)).toEqual(Array.from({ length: 2_500 }, (_, i) => `t${i}`));
  expect(emitted[1_001]).toEqual({
    result: { name: "t1001", outcome: "passed", durationSeconds: 0.1, startedAtMs: 1.5, failure },
    id: "id1001",
  });
  // The very suite, since the receiver tells suites apart by what they are.
  expect(emitted[1_000]?.result.suite).toBe(inner);
  expect(emitted[0]?.id).toBeUndefined();
});

test.each([0, 999, 1_000, 1_700, 2_100])("only those behind the mark %d are changed", (mark) => {
  const { held, emitted } = hold(2_300);
  expect(held.change(mark, (result) => ({ ...result, outcome: "failed" }))).toBe(0);
  held.flush();
  expect(emitted.findIndex(({ result }) => result.outcome === "failed")).toBe(mark);
  expect(emitted.filter(({ result }) => result.outcome === "failed")).toHaveLength(2_300 - mark);
});

test("beyond the bound all of them go, and are counted as gone when they should change", () => {
  const { held, emitted } = hold(3_000, { output: "x".repeat(10_000) });
  expect(held.released).toBe(emitted.length);
  expect(held.released).toBeGreaterThan(2_000);
  expect(held.count).toBe(3_000);
  expect(held.change(1_000, (result) => result)).toBe(held.released - 1_000);
});
