import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binomialTest, fisherExact } from "./exact-tests.ts";
import { observed } from "./observed.ts";
import { seriesStatistics } from "./series.ts";
import { mannWhitney } from "./two-samples.ts";

/** Every number in a result, with the path to it. */
function numbers(value: unknown, path = ""): [string, number][] {
  if (typeof value === "number") return [[path, value]];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => numbers(inner, `${path}.${key}`));
}

describe("seriesStatistics", () => {
  test.each<[string, (number | null)[]]>([
    ["nothing", []],
    ["only gaps", [null, Number.NaN, Number.POSITIVE_INFINITY]],
    ["the largest numbers", Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? 1.7e308 : -1.7e308))],
    ["large numbers of one sign", Array.from({ length: 24 }, (_, i) => 1e308 + i * 1e306)],
    ["the smallest numbers", Array.from({ length: 24 }, (_, i) => i * 5e-324)],
    ["numbers whose squares vanish", Array.from({ length: 24 }, (_, i) => (10 + (i % 5)) * 1e-200)],
    ["magnitudes far apart", Array.from({ length: 24 }, (_, i) => 10 ** (i * 20 - 200))],
    ["a constant that is no binary fraction", Array.from({ length: 24 }, () => 0.1)],
  ])("%s: never NaN, never infinite", (_, values) => {
    const found = numbers(seriesStatistics(values));
    expect(found.filter(([, value]) => !Number.isFinite(value))).toEqual([]);
  });

  test("rounding is no spread", () => {
    const result = seriesStatistics([...Array.from({ length: 11 }, (_, i) => (i % 2 === 0 ? 0.3 : 0.1 + 0.2)), 0.4]);
    expect(result.zScoreLast).toMatchObject({ baselineStd: 0, z: null });
  });

  test("numbers whose squares vanish have the z of the same numbers in another unit", () => {
    const plain = Array.from({ length: 24 }, (_, i) => 10 + (i % 7));
    const tiny = seriesStatistics(plain.map((value) => value * 2 ** -700)).zScoreLast?.z;
    expect(tiny).toBe(seriesStatistics(plain).zScoreLast?.z);
  });

  test("gaps count in positions, not in n", () => {
    const values = [null, ...Array.from({ length: 12 }, (_, i) => 10 + (i % 3)), null, 99];
    const result = seriesStatistics(values);
    expect(result.n).toBe(13);
    expect(result.iqr?.outliers).toEqual([14]);
  });

  test("timestamps give the order, positions stay those of the input", () => {
    const values = [99, 10, 11, 12, 10, 11, 12, 10, 11, 12];
    const result = seriesStatistics(values, [9, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(result.iqr?.outliers).toEqual([0]);
    expect(result.zScoreLast?.z).toBeGreaterThan(50);
  });

  test("a change of unit scales what has the unit and leaves the rest", () => {
    const series = fc.array(fc.double({ min: 0.1, max: 1000, noNaN: true }), { minLength: 10, maxLength: 40 });
    fc.assert(
      fc.property(series, (values) => {
        const one = seriesStatistics(values);
        const other = seriesStatistics(values.map((value) => value * 1024));
        expect(other.zScoreLast?.z ?? null).toBe(one.zScoreLast?.z ?? null);
        expect(other.iqr?.outliers).toEqual(one.iqr?.outliers);
        expect(other.halves?.mannWhitney).toEqual(one.halves?.mannWhitney);
        expect(other.mean).toBe(one.mean! * 1024);
      }),
    );
  });

  test("a million values", () => {
    const values = Array.from({ length: 1_000_000 }, (_, i) => 100 + (i % 17));
    expect(seriesStatistics(values)).toMatchObject({ n: 1_000_000, median: 108 });
  });
});

describe("observed", () => {
  test("equal timestamps stay as given", () => {
    expect(observed([5, 6, 7, 8], [2, 1, 2, 1])).toEqual({ values: [6, 8, 5, 7], positions: [1, 3, 0, 2] });
  });
  test("one unknown time: the order of the input", () => {
    expect(observed([5, 6, 7], [3, null, 1]).positions).toEqual([0, 1, 2]);
  });
  test("the time of a gap does not matter", () => {
    expect(observed([5, null, 7], [3, null, 1]).positions).toEqual([2, 0]);
  });
});

describe("exact tests", () => {
  test("Mann-Whitney exact is symmetric and honest about ties", () => {
    const one = mannWhitney([1, 4, 5], [2, 3, 9, 11]);
    expect(mannWhitney([2, 3, 9, 11], [1, 4, 5])?.pValueExact).toBeCloseTo(one?.pValueExact ?? 0, 15);
    expect(mannWhitney([1, 2], [2, 3])).toMatchObject({ ties: true, pValueExact: null, u: 0.5 });
    expect(mannWhitney([1, 1], [1, 1])).toMatchObject({ u: 2, pValueAsymptotic: null });
    expect(mannWhitney([], [1])).toBeNull();
  });

  test("Fisher: nothing to tell apart is no evidence", () => {
    expect(fisherExact(0, 10, 0, 20)).toEqual({ twoSided: 1, greater: 1, less: 1 });
    expect(fisherExact(10, 10, 20, 20).twoSided).toBe(1);
  });

  test("binomial with a certain outcome", () => {
    expect(binomialTest(0, 5, 0).twoSided).toBe(1);
    expect(binomialTest(1, 5, 0)).toEqual({ twoSided: 0, greater: 0, less: 1 });
    expect(binomialTest(5, 5, 1).twoSided).toBe(1);
  });
});
