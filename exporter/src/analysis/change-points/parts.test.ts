import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomOf } from "../../../bench/detection/random.ts";
import { expectedExcursions } from "./excursions.ts";
import { medianInPlace, medianOfWindow } from "./medians.ts";
import { meanVariance, noiseOf, stickiness } from "./noise.ts";
import { partition, sumsOf } from "./partition.ts";
import { rhythmOf } from "./season.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { transform } from "./transform.ts";

/** The least cost of all ways to cut, tried one by one. */
function cheapest(values: readonly number[], penalty: number, shortest: number): number {
  const costs = new Map<number, number>([[0, -penalty]]);
  for (let end = shortest; end <= values.length; end++) {
    const all = [...costs].filter(([start]) => end - start >= shortest);
    if (all.length > 0)
      costs.set(end, Math.min(...all.map(([start, cost]) => cost + penalty + squares(values.slice(start, end)))));
  }
  return costs.get(values.length)!;
}

function squares(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

const small = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 3, maxLength: 40 });

describe("partition", () => {
  test("costs as little as the best of all splits", () => {
    fc.assert(
      fc.property(small, fc.integer({ min: 1, max: 300 }), (values, penalty) => {
        const starts = partition(sumsOf(Float64Array.from(values)), penalty, 3);
        const borders = [0, ...starts, values.length];
        const parts = borders.slice(1).map((to, i) => values.slice(borders[i], to));
        expect(parts.every((part) => part.length >= 3)).toBe(true);
        const cost = parts.reduce((sum, part) => sum + squares(part), 0) + penalty * starts.length;
        expect(cost).toBeCloseTo(cheapest(values, penalty, 3), 6);
      }),
      // Pruned at a place where no level could begin yet.
      { examples: [[[0, 0, 0, 2, -3, 1, 0, 0, 2], 1]], numRuns: 500 },
    );
  });
});

describe("noise", () => {
  test("variance of a mean is that of the formula written out", () => {
    const long = (n: number, phi: number): number => {
      let sum = 1;
      for (let j = 1; j < n; j++) sum += 2 * (1 - j / n) * phi ** j;
      return sum / n;
    };
    for (const n of [1, 2, 3, 10, 100])
      for (const phi of [0, 0.1, 0.5, 0.9]) expect(meanVariance(n, phi)).toBeCloseTo(long(n, phi), 12);
  });

  test.each([0, 0.3, 0.6])("an autoregression of %d is recognised", (phi) => {
    const random = randomOf(1, 501);
    let state = 0;
    const rest = Float64Array.from({ length: 4000 }, () => {
      state = phi * state + Math.sqrt(1 - phi * phi) * random.normal();
      return state;
    });
    const noise = noiseOf(rest, 1, 0, 0);
    expect(noise.scale).toBeCloseTo(1, 1);
    expect(noise.phi).toBeCloseTo(phi, 1);
    expect(noise.innovation).toBeCloseTo(1 - phi * phi, 1);
    expect(Math.abs(stickiness(rest) - phi)).toBeLessThan(0.1);
  });
});

describe("medians", () => {
  test("of any array, and of any window, are those of the sorted values", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 16 }), (values) => {
        const sorted = values.toSorted((a, b) => a - b);
        const half = values.length >> 1;
        const expected = values.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
        expect(medianInPlace(Float64Array.from(values))).toBe(expected);
        expect(medianOfWindow(Float64Array.from([9, ...values, 9]), 1, values.length + 1)).toBe(expected);
      }),
    );
  });
});

describe("excursions", () => {
  const calm = new Float64Array(100);
  const busy = Float64Array.from({ length: 100 }, (_, i) => (i % 20 < 5 ? 1 : 0));

  test("a series that never left its level needs three runs", () => {
    expect(expectedExcursions(calm, 0, 100, 3, 1, DEFAULT_SETTINGS)).toBeLessThan(DEFAULT_SETTINGS.excursion);
  });

  test("one that leaves it for five runs now and then needs more", () => {
    expect(expectedExcursions(busy, 0, 100, 5, 1, DEFAULT_SETTINGS)).toBeGreaterThan(1);
    expect(expectedExcursions(busy, 0, 100, 20, 1, DEFAULT_SETTINGS)).toBeLessThan(DEFAULT_SETTINGS.excursion);
  });

  test("excursions to the other side do not count", () => {
    expect(expectedExcursions(busy, 0, 100, 3, -1, DEFAULT_SETTINGS)).toBeLessThan(DEFAULT_SETTINGS.excursion);
  });
});

describe("rhythm", () => {
  const places = Int32Array.from({ length: 70 }, (_, i) => i);

  test("of seven runs is found, with its height", () => {
    const random = randomOf(2, 501);
    const rest = Float64Array.from(places, (at) => Math.sin((2 * Math.PI * at) / 7) + 0.2 * random.normal());
    const rhythm = rhythmOf(rest, places, 70, 1e-3)!;
    for (const at of [0, 1, 2, 33]) expect(Math.abs(rhythm[at]! - Math.sin((2 * Math.PI * at) / 7))).toBeLessThan(0.2);
  });

  test("is not heard in noise", () => {
    const heard = Array.from({ length: 200 }, (_, seed) => {
      const random = randomOf(seed, 502);
      return rhythmOf(
        Float64Array.from(places, () => random.normal()),
        places,
        70,
        1e-3,
      );
    }).filter((rhythm) => rhythm !== undefined);
    expect(heard.length).toBeLessThanOrEqual(2);
  });
});

describe("transform", () => {
  test("takes logarithms of positive values, relative to the first", () => {
    const { values, kind } = transform([10, 20, 5], "auto", undefined);
    expect(kind).toBe("positive");
    expect([...values]).toEqual([0, expect.closeTo(Math.LN2, 9), expect.closeTo(-Math.LN2, 9)]);
  });

  test("a series with zeros keeps its values, in units of its own size", () => {
    expect(transform([0, 4, -8, 4], "auto", undefined)).toMatchObject({ kind: "any", unit: 4 });
  });

  test("ratios by the arcsine of the root; not when one is no ratio", () => {
    expect(transform([0, 1], "ratio", undefined).values[1]).toBeCloseTo(Math.PI / 2, 9);
    expect(transform([0, 2], "ratio", undefined).kind).toBe("any");
  });

  test("leaves out what is no number, and keeps the places", () => {
    expect([...transform([1, Number.NaN, 2, Number.POSITIVE_INFINITY, 3], "auto", undefined).positions]).toEqual([
      0, 2, 4,
    ]);
  });
});
