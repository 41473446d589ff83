import { describe, expect, test } from "vitest";
import { outcomeSteps, outcomeUnchanged } from "../../../bench/detection/outcomes.ts";
import { randomOf } from "../../../bench/detection/random.ts";
import { emptyTally, f1, tally } from "../../../bench/detection/score.ts";
import { detectOutcomes } from "./detect.ts";
import { detectRates } from "./rates.ts";

const repeat = (value: 0 | 1, times: number): number[] => Array(times).fill(value);
const indices = (values: readonly number[]): number[] => detectOutcomes(values).changePoints.map(({ index }) => index);

describe("detectOutcomes", () => {
  test.each<[string, number[], number[]]>([
    ["always passed", repeat(0, 200), []],
    ["always failed", repeat(1, 200), []],
    ["one failure", [...repeat(0, 60), 1, ...repeat(0, 60)], []],
    ["a burst that goes away", [...repeat(0, 60), ...repeat(1, 5), ...repeat(0, 60)], []],
    ["broke", [...repeat(0, 60), ...repeat(1, 20)], [60]],
    ["was mended", [...repeat(1, 60), ...repeat(0, 20)], [60]],
    ["broke and was mended", [...repeat(0, 60), ...repeat(1, 40), ...repeat(0, 60)], [60, 100]],
    ["passes and fails in turn", Array.from({ length: 100 }, (_, i) => i % 2), []],
  ])("%s", (_, values, expected) => {
    expect(indices(values)).toEqual(expected);
  });

  test("which outcome is called 1 makes no difference", () => {
    for (let seed = 0; seed < 50; seed++) {
      const { values } = outcomeSteps(seed);
      expect(indices(values.map((value) => 1 - value))).toEqual(indices(values));
    }
  });

  test("two failures in a row are a suspicion at most, more confirm it", () => {
    const states = [1, 2, 4, 8, 16].map((failures) => {
      const { changePoints, suspected } = detectOutcomes([...repeat(0, 80), ...repeat(1, failures)]);
      return changePoints.length > 0 ? "confirmed" : suspected.length > 0 ? "suspected" : "none";
    });
    expect(states[0]).toBe("none");
    expect(states[1]).not.toBe("confirmed");
    expect(states).toContain("suspected");
    expect(states.at(-1)).toBe("confirmed");
  });

  test("a burst that is over is told as odd runs", () => {
    const { outliers } = detectOutcomes([...repeat(0, 60), ...repeat(1, 4), ...repeat(0, 60)]);
    expect(outliers).toEqual([60, 61, 62, 63]);
  });

  test("rates on both sides and an exact p-value", () => {
    const [point] = detectOutcomes([...repeat(0, 50), ...repeat(1, 25)]).changePoints;
    expect(point).toMatchObject({ index: 50, before: 0, after: 1, direction: "up", kind: "step" });
    expect(point?.pValue).toBeLessThan(1e-6);
  });

  test("seven runs say nothing", () => {
    expect(detectOutcomes([0, 0, 0, 1, 1, 1, 1]).verdict).toBe("insufficient_data");
  });

  test("a long history costs linear time and finds what a short one finds", () => {
    const values = [...repeat(0, 30_000), ...Array.from({ length: 30_000 }, (_, i) => (i % 2 === 0 ? 1 : 0))];
    expect(indices(values)).toHaveLength(1);
    expect(Math.abs(indices(values)[0]! - 30_000)).toBeLessThanOrEqual(3);
  });

  // Seeds of their own: nothing was tuned on these.
  test("generated histories: finds most steps, with few false alarms", () => {
    const total = emptyTally();
    let falseAlarms = 0;
    let runs = 0;
    for (let seed = 90_000; seed < 90_400; seed++) {
      const { values, changes } = outcomeSteps(seed);
      tally(total, changes, indices(values));
      const unchanged = outcomeUnchanged(seed).values;
      falseAlarms += indices(unchanged).length;
      runs += unchanged.length;
    }
    expect(f1(total)).toBeGreaterThan(0.68);
    expect((1000 * falseAlarms) / runs).toBeLessThan(0.2);
  });
});

describe("detectRates", () => {
  const rates = (seed: number, trials: number, rate: (run: number) => number) => {
    const random = randomOf(seed, 600);
    return Array.from({ length: 60 }, (_, run) => {
      let hits = 0;
      for (let i = 0; i < trials; i++) if (random.chance(rate(run))) hits++;
      return { hits, trials };
    });
  };

  test("a rate that rises is found with the rates of the counts", () => {
    const found = [1, 2, 3, 4, 5].map((seed) => detectRates(rates(seed, 400, (run) => (run < 35 ? 0.02 : 0.08))));
    for (const { changePoints } of found) {
      expect(changePoints).toHaveLength(1);
      expect(Math.abs(changePoints[0]!.index - 35)).toBeLessThanOrEqual(1);
      expect(changePoints[0]!.after).toBeCloseTo(0.08, 1);
    }
  });

  test("an unchanged rate is left alone", () => {
    const found = Array.from(
      { length: 40 },
      (_, seed) => detectRates(rates(seed, 200, () => 0.03)).changePoints.length,
    );
    expect(found.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(1);
  });

  test("two failures among many cases are too few to change a rate", () => {
    const runs = Array.from({ length: 40 }, (_, run) => ({ hits: run >= 38 ? 1 : 0, trials: 500 }));
    expect(detectRates(runs)).toMatchObject({ changePoints: [], suspected: [] });
  });

  test("runs of one trial are outcomes, runs without trials are gaps", () => {
    const runs = [...repeat(0, 40), ...repeat(1, 25)].map((hits) => ({ hits, trials: 1 }));
    runs.splice(10, 0, { hits: 0, trials: 0 });
    expect(detectRates(runs).changePoints).toMatchObject([{ index: 41 }]);
  });
});
