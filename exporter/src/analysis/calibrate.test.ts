import { describe, expect, test } from "vitest";
import { CALIBRATE_MINIMUM, calibrate } from "./calibrate.ts";

/** Normal-like noise of a given spread around a level: the sum of twelve uniform numbers. */
function noisy(n: number, spread: number, level: (i: number) => number = () => 100): number[] {
  let state = 99;
  const uniform = (): number => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
  const normal = (): number => Array.from({ length: 12 }, uniform).reduce((sum, one) => sum + one, 0) - 6;
  return Array.from({ length: n }, (_, i) => level(i) * (1 + spread * normal()));
}

describe("calibrate", () => {
  test("more noise hides larger changes", () => {
    const quiet = calibrate(noisy(80, 0.005))!;
    const loud = calibrate(noisy(80, 0.05))!;
    expect(quiet.spread).toBeCloseTo(0.005, 2);
    expect(loud.spread).toBeCloseTo(0.05, 1);
    expect(quiet.smallestChange!).toBeLessThanOrEqual(0.03);
    expect(loud.smallestChange!).toBeGreaterThan(quiet.smallestChange!);
  });

  test("false alarms on its own noise are rare, and counted over what was resampled", () => {
    const { falseAlarmsPer1000, resampledRuns } = calibrate(noisy(100, 0.03))!;
    expect(resampledRuns).toBe(4000);
    expect(falseAlarmsPer1000).toBeLessThan(2);
  });

  test("a step in the history is a change of its level, not its noise", () => {
    const stepped = calibrate(noisy(80, 0.01, (i) => (i < 50 ? 100 : 150)))!;
    expect(stepped.spread).toBeLessThan(0.02);
  });

  test("the same data, in any unit, gives the same answer", () => {
    const values = noisy(60, 0.02);
    const first = calibrate(values)!;
    expect(calibrate(values)).toEqual(first);
    const scaled = calibrate(values.map((value) => value * 1024))!;
    expect(scaled.smallestChange).toBe(first.smallestChange);
    expect(scaled.falseAlarmsPer1000).toBe(first.falseAlarmsPer1000);
  });

  test("what is too short or has no ratio has no answer", () => {
    expect(calibrate(noisy(CALIBRATE_MINIMUM - 1, 0.01))).toBeUndefined();
    expect(calibrate([...noisy(40, 0.01), 0])).toBeUndefined();
    expect(calibrate([])).toBeUndefined();
    expect(calibrate(Array(30).fill(5))).toMatchObject({ spread: 0, falseAlarmsPer1000: 0 });
  });
});
