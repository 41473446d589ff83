import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COURSE_MINIMUM, type CoursePoint, courseOf } from "./course.ts";

/** A small deterministic generator: tests must not depend on the day's luck. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32 - 0.5;
  };
}
const series = (n: number, value: (i: number) => number): CoursePoint[] =>
  Array.from({ length: n }, (_, i) => ({ atMs: 1_000_000 + i * 10_000, value: value(i) }));

describe("courseOf", () => {
  test("latency that creeps up by half is worse, with both ends of its line", () => {
    const random = noise(1);
    const verdict = courseOf(
      series(60, (i) => 0.2 * (1 + (0.5 * i) / 59) * (1 + 0.1 * random())),
      { better: "lower" },
    );
    expect(verdict.kind).toBe("worse");
    if (verdict.kind === "insufficient-data") return;
    // The first tenth is warm-up.
    expect(verdict.from).toBeCloseTo(0.21, 2);
    expect(verdict.to).toBeCloseTo(0.3, 2);
    expect(verdict.pValue).toBeLessThan(1e-6);
  });

  test("the same drift is better where more is better, and merely changed where nobody knows", () => {
    const points = series(60, (i) => 100 + i);
    expect(courseOf(points, { better: "higher" }).kind).toBe("better");
    expect(courseOf(points).kind).toBe("changed");
  });

  test("a clear but small drift is steady", () => {
    const verdict = courseOf(
      series(60, (i) => 1 + i * 0.0005),
      { better: "lower" },
    );
    expect(verdict).toMatchObject({ kind: "steady" });
  });

  test("a slow start is warm-up, not improvement", () => {
    const points = series(100, (i) => (i < 8 ? 2 : 1) + 0.001 * (i % 3));
    expect(courseOf(points, { better: "lower" }).kind).toBe("steady");
  });

  test("one burst does not make a trend", () => {
    const random = noise(7);
    const points = series(80, (i) => (i > 70 && i < 75 ? 5 : 1) * (1 + 0.05 * random()));
    expect(courseOf(points, { better: "lower" }).kind).toBe("steady");
  });

  test("false alarms on independent noise, and on noise that remembers, stay rare", () => {
    let alarms = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const random = noise(seed * 7919);
      let remembered = 0;
      const points = series(60, () => {
        remembered = 0.6 * remembered + random();
        return 1 + 0.6 * (seed % 2 === 0 ? remembered : random());
      });
      if (courseOf(points, { better: "lower" }).kind === "worse") alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(12);
  });

  test("too few points, equal times and a line from 0 are no verdict or no alarm", () => {
    expect(courseOf(series(5, (i) => i))).toEqual({ kind: "insufficient-data", have: 4, need: COURSE_MINIMUM });
    expect(courseOf([]).kind).toBe("insufficient-data");
    expect(courseOf(Array.from({ length: 30 }, (_, i) => ({ atMs: 5, value: i }))).kind).toBe("insufficient-data");
    expect(courseOf(series(40, () => 0))).toMatchObject({ kind: "steady", changeRatio: undefined, pValue: 1 });
  });

  test("any input gives a verdict, the same for any order of the points and any positive unit", () => {
    const point = fc.record({
      atMs: fc.oneof(fc.integer({ min: 0, max: 1e12 }), fc.constant(Number.NaN)),
      value: fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.constant(Number.POSITIVE_INFINITY)),
    });
    fc.assert(
      fc.property(fc.uniqueArray(point, { selector: ({ atMs }) => atMs, maxLength: 60 }), (points) => {
        const verdict = courseOf(points, { better: "lower" });
        const shuffled = courseOf([...points].reverse(), { better: "lower" });
        expect(shuffled).toEqual(verdict);
        const scaled = courseOf(
          points.map(({ atMs, value }) => ({ atMs, value: value * 1024 })),
          { better: "lower" },
        );
        expect(scaled.kind).toBe(verdict.kind);
        if (verdict.kind !== "insufficient-data") expect(verdict.pValue).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });
});
