import { expect, test } from "vitest";
import { randomOf } from "../../../bench/detection/random.ts";
import { detect } from "../detect.ts";
import { newestShift } from "./newest.ts";

/** Most runs lie close, every sixth far to either side; then the newest ones. */
function closeAndFar(runs: number, newest: readonly number[]): Float64Array {
  const random = randomOf(3, 503);
  const old = Array.from({ length: runs }, (_, i) => (i % 6 === 3 ? 3 * (i % 4) - 6 : 0) + 0.2 * random.normal());
  return Float64Array.from([...old, ...newest]);
}

test("runs where few were before are a shift, though they are not far", () => {
  const shift = newestShift(closeAndFar(80, [1, 1.1, 0.9, 1]), 0, 1.2, 0)!;
  expect(shift.runs).toBe(4);
  expect(shift.size).toBeGreaterThan(0.7);
  expect(shift.size).toBeLessThan(1.3);
  expect(shift.pValue).toBeLessThan(1e-5);
});

test("runs as they were before are none", () => {
  expect(newestShift(closeAndFar(80, [0.2, 0.1, -0.1, 0.2]), 0, 1.2, 0)).toBeUndefined();
});

test("one far run proves nothing", () => {
  expect(newestShift(closeAndFar(80, [0, 0.1, 40]), 0, 1.2, 0)).toBeUndefined();
});

test("fewer than 50 runs draw no distribution", () => {
  const newest = [1, 1.1, 0.9, 1, 1];
  expect(newestShift(closeAndFar(49, newest), 0, 1.2, 0)).toBeUndefined();
  const found = newestShift(closeAndFar(50, newest), 0, 1.2, 0);
  expect(found?.runs).toBeGreaterThanOrEqual(3);
  expect(found?.size).toBeGreaterThan(0);
  expect(found?.pValue).toBeLessThan(0.001);
});

test("noise is none", () => {
  const found = Array.from({ length: 1000 }, (_, seed) => {
    const random = randomOf(seed, 504);
    return newestShift(
      Float64Array.from({ length: 100 }, () => random.normal()),
      0,
      1,
      0,
    );
  }).filter((shift) => shift !== undefined);
  expect(found.length).toBeLessThanOrEqual(3);
});

test("the detector confirms it, where the means do not", () => {
  const values = Array.from(closeAndFar(80, [1, 1.1, 0.9, 1]), (value) => 100 * Math.exp(value / 50));
  expect(detect(values).changePoints).toEqual([expect.objectContaining({ index: 80, direction: "up" })]);
});

test("with fewer than 30 runs a change as high as two machines differ is only suspected", () => {
  const random = randomOf(1, 505);
  const series = (height: number): number[] =>
    Array.from({ length: 25 }, (_, i) => Math.exp(0.01 * random.normal() + (i < 15 ? 0 : height)));
  expect(detect(series(0.07))).toMatchObject({ changePoints: [], suspected: [{ index: 15 }] });
  expect(detect(series(0.14)).changePoints).toMatchObject([{ index: 15 }]);
});

test("a small step is believed where the noise is calm, not where loud runs come together", () => {
  const found = (loudness: (run: number) => number): number =>
    Array.from({ length: 100 }, (_, seed) => {
      const random = randomOf(seed, 506);
      const old = Array.from({ length: 120 }, (_, run) => loudness(run) * random.normal());
      const scale = Math.sqrt(old.reduce((sum, value) => sum + value * value, 0) / old.length);
      const newest = Array.from({ length: 5 }, () => scale * (1.8 + 0.3 * random.normal()));
      return newestShift(Float64Array.from([...old, ...newest]), 0, scale, 0);
    }).filter((shift) => shift !== undefined).length;
  const [calm, clustered] = [found(() => 1), found((run) => Math.exp(0.7 * Math.cos(run / 6)))];
  expect(calm).toBeGreaterThan(30);
  expect(clustered).toBeLessThan(calm / 2);
});
