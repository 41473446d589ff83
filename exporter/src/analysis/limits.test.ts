import { describe, expect, test } from "vitest";
import { checkOutliers, checkZ, DEFAULT_LIMITS, trendOf } from "./limits.ts";

/** Mean 100, sample standard deviation 10. */
const BASELINE = [90, 110, 90, 110, 100, 100, 90, 110, 90, 110, 100].map(
  (value) => 100 + (value - 100) * Math.sqrt(10 / 8),
);

describe("checkZ", () => {
  test.each<[string, number, string]>([
    ["inside", 119.9, "ok"],
    ["beyond two deviations", 120.1, "warning"],
    ["beyond three", 130.1, "critical"],
    ["below counts like above", 69.9, "critical"],
  ])("%s", (_, current, kind) => {
    expect(checkZ(BASELINE, current)).toMatchObject({ kind, current });
  });

  test("the report names all numbers", () => {
    const verdict = checkZ(BASELINE, 125);
    if (verdict.kind === "insufficient_data") throw new Error("expected a verdict");
    expect(verdict.z).toBeCloseTo(2.5, 12);
    expect(verdict.deviationPercent).toBeCloseTo(25, 12);
    expect(verdict.baseline).toMatchObject({ n: 11, mean: 100, min: expect.closeTo(88.82, 2) });
  });

  test("sensitivity is a parameter", () => {
    expect(checkZ(BASELINE, 125, { ...DEFAULT_LIMITS, z: 2.6 }).kind).toBe("ok");
  });

  test("too few values and no spread are insufficient, never infinite", () => {
    expect(checkZ(BASELINE.slice(0, 9), 500)).toEqual({
      kind: "insufficient_data",
      reason: "too_few_values",
      have: 9,
      need: 10,
    });
    expect(checkZ(Array(12).fill(7), 8)).toMatchObject({ kind: "insufficient_data", reason: "no_spread" });
  });

  test("a baseline around zero has no percent", () => {
    expect(checkZ([-1, 1, -1, 1, -1, 1, -1, 1, -1, 1], 5)).toMatchObject({ kind: "critical", deviationPercent: null });
  });
});

describe("trendOf", () => {
  const line = Array.from({ length: 10 }, (_, i) => 5 + i + (i % 2));
  test("rising and falling", () => {
    expect(trendOf([900, ...line])).toMatchObject({ direction: "increasing", slope: expect.closeTo(1.03, 2) });
    expect(trendOf(line.toReversed())).toMatchObject({ direction: "decreasing" });
  });
  test.each<[string, number[]]>([
    ["nine values", line.slice(1)],
    ["no spread", Array(10).fill(3)],
    ["up and down", [1, 5, 1, 5, 1, 5, 1, 5, 1, 5]],
  ])("%s: none", (_, values) => expect(trendOf(values)).toBeNull());
});

describe("checkOutliers", () => {
  test("count, values and bounds of the baseline's fences", () => {
    expect(checkOutliers([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [5, -7, 16, 17, -3])).toEqual({
      kind: "warning",
      lower: -4,
      upper: 16,
      outliers: [1, 3],
    });
  });
  test("no spread is insufficient", () => {
    expect(checkOutliers([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9], [9])).toMatchObject({ reason: "no_spread" });
  });
});
