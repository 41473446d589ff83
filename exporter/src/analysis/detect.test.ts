import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomOf } from "../../bench/detection/random.ts";
import { type Detection, detect } from "./detect.ts";

/** Log-normal runs around a level that `levels` gives for each run, relative to 1. */
function series(seed: number, runs: number, spread: number, level: (run: number) => number = () => 1): number[] {
  const random = randomOf(seed, 500);
  return Array.from({ length: runs }, (_, run) => 100 * level(run) * Math.exp(spread * random.normal()));
}

const indices = (found: Detection): number[] => found.changePoints.map(({ index }) => index);
const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe("a step is found where it happened", () => {
  test.each([
    { name: "up 10 % in 2 % noise", level: (run: number) => (run < 40 ? 1 : 1.1), spread: 0.02, at: [40] },
    { name: "down 10 % in 2 % noise", level: (run: number) => (run < 40 ? 1 : 0.9), spread: 0.02, at: [40] },
    { name: "up and down", level: (run: number) => (run < 25 || run >= 60 ? 1 : 1.1), spread: 0.015, at: [25, 60] },
    {
      name: "two up",
      level: (run: number) => 1 + (run < 30 ? 0 : 0.1) + (run < 65 ? 0 : 0.2),
      spread: 0.01,
      at: [30, 65],
    },
    { name: "six runs ago", level: (run: number) => (run < 74 ? 1 : 1.1), spread: 0.01, at: [74] },
    { name: "three runs ago", level: (run: number) => (run < 77 ? 1 : 1.1), spread: 0.01, at: [77] },
  ])("$name", ({ level, spread, at }) => {
    const right = seeds.filter((seed) => {
      const found = indices(detect(series(seed, 80, spread, level)));
      return found.length === at.length && found.every((index, i) => Math.abs(index - at[i]!) <= 1);
    });
    expect(right.length).toBeGreaterThanOrEqual(0.95 * seeds.length);
  });

  test("with levels, direction and p-value", () => {
    const [point] = detect(series(1, 60, 0.005, (run) => (run < 30 ? 1 : 1.124))).changePoints;
    expect(point).toMatchObject({ index: 30, direction: "up", state: "confirmed", kind: "step" });
    expect(point!.after / point!.before).toBeCloseTo(1.124, 2);
    expect(point!.pValue).toBeLessThan(1e-6);
  });
});

describe("what is no step is none", () => {
  test("unchanged histories give few false alarms", () => {
    const alarms = seeds.filter((seed) => indices(detect(series(seed, 200, 0.03))).length > 0);
    expect(alarms.length).toBeLessThanOrEqual(1);
  });

  test("spikes of one and two runs are outliers, each of them", () => {
    const spikes = [20, 45, 46, 70];
    const found = detect(series(3, 100, 0.02, (run) => (spikes.includes(run) ? 1.4 : 1)));
    expect(indices(found)).toEqual([]);
    expect(found.outliers).toEqual(spikes);
  });

  test("a burst that went away again is odd runs", () => {
    const found = detect(series(4, 100, 0.02, (run) => (run >= 50 && run < 56 ? 1.3 : 1)));
    expect(indices(found)).toEqual([]);
    expect(found.outliers).toEqual([50, 51, 52, 53, 54, 55]);
  });

  test.each([1, 2])("%d odd newest runs are no change yet, but suspected", (runs) => {
    const found = detect([...series(5, 60, 0.01), ...Array(runs).fill(130)]);
    expect(indices(found)).toEqual([]);
    expect(found.suspected).toEqual([expect.objectContaining({ index: 60, direction: "up", state: "suspected" })]);
    expect(found.outliers).toEqual([60, 61].slice(0, runs));
  });

  test("a series that goes to and fro between two machines has no changes, a change and its repair has", () => {
    const machine = (run: number): number => (run % 60 < 30 ? 1 : 1.1);
    expect(indices(detect(series(14, 180, 0.01, machine)))).toEqual([]);
    expect(indices(detect(series(14, 90, 0.01, machine)))).toEqual([30, 60]);
  });

  test("slow drift is named so", () => {
    const found = detect(series(6, 120, 0.01, (run) => 1 + run / 600));
    expect(indices(found)).toEqual([]);
    expect(found.drifts).toHaveLength(1);
    expect(found.drifts![0]).toMatchObject({ direction: "up" });
  });

  test("a change of spread is named so", () => {
    const calm = series(7, 80, 0.01);
    const loud = series(8, 80, 0.05);
    const found = detect([...calm, ...loud]);
    expect(indices(found)).toEqual([]);
    expect(found.varianceChanges).toHaveLength(1);
    const [change] = found.varianceChanges!;
    expect(Math.abs(change!.index - 80)).toBeLessThanOrEqual(15);
    expect(change!.direction).toBe("up");
    expect(change!.before).toBeCloseTo(0.01, 2);
  });

  test("a weekly rhythm hides no step and is none", () => {
    const weekly = (run: number): number => 1 + 0.05 * Math.sin((2 * Math.PI * run) / 7);
    expect(indices(detect(series(9, 120, 0.01, weekly)))).toEqual([]);
    const found = indices(detect(series(9, 120, 0.01, (run) => weekly(run) * (run < 70 ? 1 : 1.06))));
    expect(found).toHaveLength(1);
    expect(Math.abs(found[0]! - 70)).toBeLessThanOrEqual(1);
  });
});

describe("the newest level", () => {
  const machine = (run: number): number => (run % 25 < 5 && run >= 20 ? 1.1 : 1);

  test("is only suspected while the series has made as long excursions before and come back", () => {
    const found = detect(series(10, 123, 0.01, machine));
    expect(indices(found)).toEqual([]);
  });

  test("is confirmed once it lasts longer than they did", () => {
    const found = detect(series(10, 145, 0.01, (run) => (run < 120 ? machine(run) : 1.1)));
    expect(indices(found)).toEqual([120]);
  });
});

describe("the verdict does not depend on", () => {
  const anySeries = fc
    .tuple(
      fc.integer(),
      fc.integer({ min: 8, max: 120 }),
      fc.double({ min: 0.001, max: 0.3, noNaN: true }),
      fc.integer({ min: 3, max: 100 }),
    )
    .map(([seed, runs, spread, at]) => series(seed, runs, spread, (run) => (run < at ? 1 : 1.15)));
  const verdict = (values: readonly number[]): unknown => {
    const { changePoints, suspected, outliers, drifts, varianceChanges } = detect(values);
    const plain = (list: readonly { index: number; direction: string; pValue: number }[]) =>
      list.map(({ index, direction, pValue }) => ({ index, direction, pValue: pValue.toPrecision(4) }));
    return [
      plain(changePoints),
      plain(suspected),
      outliers,
      drifts?.map(({ from, to }) => [from, to]),
      plain(varianceChanges!),
    ];
  };

  test("the unit", () => {
    fc.assert(
      fc.property(anySeries, fc.double({ min: 1e-30, max: 1e30, noNaN: true }), (values, factor) => {
        expect(verdict(values.map((value) => value * factor))).toEqual(verdict(values));
      }),
    );
  });

  test("the unit, with values below zero", () => {
    fc.assert(
      fc.property(anySeries, fc.double({ min: 1e-30, max: 1e30, noNaN: true }), (values, factor) => {
        const around = values.map((value) => value - 100);
        expect(verdict(around.map((value) => value * factor))).toEqual(verdict(around));
      }),
    );
  });

  test("when it is asked", () => {
    fc.assert(
      fc.property(anySeries, (values) => {
        expect(detect(values)).toEqual(detect([...values]));
      }),
    );
  });

  test("gaps: they only move the places", () => {
    fc.assert(
      fc.property(anySeries, fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 5 }), (values, gaps) => {
        const holey = values.flatMap((value, i) => (gaps.includes(i) ? [Number.NaN, value] : [value]));
        const places = [...holey.keys()].filter((i) => !Number.isNaN(holey[i]));
        expect(indices(detect(holey))).toEqual(indices(detect(values)).map((index) => places[index]));
      }),
    );
  });

  test("the order of arrival, when timestamps tell the order of time", () => {
    const values = series(11, 60, 0.01, (run) => (run < 30 ? 1 : 1.1));
    const order = [...values.keys()].sort((a, b) => ((a * 17) % 60) - ((b * 17) % 60));
    const found = detect(
      order.map((i) => values[i]!),
      { timestamps: order },
    );
    expect(found.changePoints.map(({ index }) => order[index])).toEqual([30]);
  });
});

describe("whatever is put in, a verdict comes out, with numbers that JSON knows", () => {
  const numbersOf = (value: unknown): number[] =>
    typeof value === "number"
      ? [value]
      : typeof value === "object" && value !== null
        ? Object.values(value).flatMap(numbersOf)
        : [];

  test.each<{ name: string; values: number[]; verdict: Detection["verdict"] }>([
    { name: "nothing", values: [], verdict: "insufficient_data" },
    { name: "two points", values: [1, 2], verdict: "insufficient_data" },
    { name: "only gaps", values: Array(50).fill(Number.NaN), verdict: "insufficient_data" },
    { name: "a constant", values: Array(50).fill(3), verdict: "ok" },
    { name: "zeros", values: Array(50).fill(0), verdict: "ok" },
    { name: "two levels without noise", values: [...Array(30).fill(3), ...Array(30).fill(4)], verdict: "ok" },
    { name: "huge magnitudes", values: series(1, 40, 0.1).map((value) => value * 1e305), verdict: "ok" },
    { name: "tiny magnitudes", values: series(1, 40, 0.1).map((value) => value * 1e-310), verdict: "ok" },
    {
      name: "largest numbers of both signs",
      values: series(1, 40, 0.1).map((_, i) => (i % 2 ? 1 : -1) * Number.MAX_VALUE),
      verdict: "ok",
    },
    {
      name: "infinities among numbers",
      values: series(1, 40, 0.1).map((value, i) => (i % 7 ? value : Infinity)),
      verdict: "ok",
    },
    {
      name: "one number unlike all",
      values: [...Array(40).fill(1e-300), 1e300, ...Array(40).fill(1e-300)],
      verdict: "ok",
    },
  ])("$name", ({ values, verdict }) => {
    const found = detect(values);
    expect(found.verdict).toBe(verdict);
    expect(numbersOf(found).filter((value) => !Number.isFinite(value))).toEqual([]);
  });

  test("any numbers", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double(), { maxLength: 60 }),
        fc.constantFrom("auto", "positive", "ratio", "any"),
        (values, kind) => {
          expect(numbersOf(detect(values, { kind })).filter((value) => !Number.isFinite(value))).toEqual([]);
        },
      ),
    );
  });

  test("two levels without noise are a change", () => {
    expect(indices(detect([...Array(30).fill(3), ...Array(30).fill(4)]))).toEqual([30]);
  });

  test("equal timestamps keep the order as given", () => {
    const values = series(12, 60, 0.01, (run) => (run < 30 ? 1 : 1.1));
    expect(indices(detect(values, { timestamps: Array(60).fill(7) }))).toEqual([30]);
  });
});

test("a long history is read in pieces, and its changes are found across them", () => {
  const level = (run: number): number => (run < 1_000 ? 1 : run < 20_500 ? 1.1 : 1.25);
  const found = detect(series(13, 30_000, 0.02, level));
  expect(indices(found)).toHaveLength(2);
  expect(Math.abs(indices(found)[0]! - 1_000)).toBeLessThanOrEqual(1);
  expect(Math.abs(indices(found)[1]! - 20_500)).toBeLessThanOrEqual(1);
});
