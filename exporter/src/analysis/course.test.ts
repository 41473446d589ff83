import { describe, expect, test } from "vitest";
import { courseOf } from "./course.ts";

const noise = (i: number): number => ((i * 7919) % 13) / 100;

describe("the levels of a series", () => {
  test("too few values have no level: nothing looks settled", () => {
    expect(courseOf([1, 2]).levels).toEqual([]);
    expect(courseOf([]).levels).toEqual([]);
  });

  test("without a change there is one, over all values", () => {
    const values = Array.from({ length: 40 }, (_, i) => 10 + noise(i));
    const { levels } = courseOf(values);
    expect(levels).toHaveLength(1);
    expect(levels[0]).toMatchObject({ from: 0, to: 39 });
    expect(levels[0]!.mean).toBeCloseTo(values.reduce((a, b) => a + b) / 40, 12);
    expect(levels[0]!.stddev).toBeGreaterThan(0);
  });

  test("a step parts two levels at its change point", () => {
    const values = Array.from({ length: 60 }, (_, i) => (i < 35 ? 10 : 13) + noise(i));
    const { answer, levels } = courseOf(values);
    expect(answer.changePoints.map(({ index }) => index)).toEqual([35]);
    expect(levels.map(({ from, to }) => [from, to])).toEqual([
      [0, 34],
      [35, 59],
    ]);
    expect(levels[1]!.mean - levels[0]!.mean).toBeCloseTo(3, 1);
  });

  test("a spike does not widen the band", () => {
    const values = Array.from({ length: 40 }, (_, i) => (i === 20 ? 50 : 10 + noise(i)));
    const { answer, levels } = courseOf(values);
    expect(answer.outliers).toEqual([20]);
    expect(levels[0]!.stddev).toBeLessThan(0.1);
  });
});
