/** Against SciPy, numpy and pandas; exporter/test/fixtures/analysis/make-reference.py wrote the fixture. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  betaLower,
  binomialAtLeast,
  binomialAtMost,
  chiSquaredUpper,
  fUpper,
  hypergeometric,
  studentTwoSided,
  studentUpper,
} from "./distributions.ts";
import { binomialTest, fisherExact } from "./exact-tests.ts";
import { normalUpper } from "./normal.ts";
import { seriesStatistics } from "./series.ts";

type Json = null | number | boolean | string | readonly Json[] | { readonly [key: string]: Json };
interface Reference {
  readonly tails: readonly (readonly [string, readonly number[], number])[];
  readonly series: readonly ({ readonly id: string; readonly values: number[] } & { readonly [key: string]: Json })[];
}
const file = join(import.meta.dirname, "../../../test/fixtures/analysis/reference.json");
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;

const TAILS: Record<string, (...args: number[]) => number> = {
  normalUpper,
  studentTwoSided,
  studentUpper,
  fUpper,
  chiSquaredUpper,
  betaLower,
  binomialAtLeast,
  binomialAtMost,
  hypergeometric,
  binomialTwoSided: (k = 0, n = 0, p = 0) => binomialTest(k, n, p).twoSided,
  fisherTwoSided: (a = 0, n = 0, b = 0, m = 0) => fisherExact(a, n, b, m).twoSided,
  fisherGreater: (a = 0, n = 0, b = 0, m = 0) => fisherExact(a, n, b, m).greater,
  fisherLess: (a = 0, n = 0, b = 0, m = 0) => fisherExact(a, n, b, m).less,
};

describe.each(Object.keys(TAILS))("%s", (name) => {
  const rows = reference.tails.filter(([of]) => of === name);
  test("is in the reference", () => expect(rows.length).toBeGreaterThan(10));
  test.each(rows)("%s%j is %d", (_, args, expected) => {
    expectClose(TAILS[name]?.(...args), expected, 1e-9, 1e-300);
  });
});

describe("series", () => {
  test.each(reference.series.map((row) => [row.id, row] as const))("%s", (_, row) => {
    const { id: _id, values, ...expected } = row;
    compare(seriesStatistics(values) as unknown as Json, expected, "");
  });
});

function compare(actual: Json | undefined, expected: Json, path: string): void {
  if (typeof expected === "number") {
    // On a perfect line SciPy adds 1e-20 to what would be a division by zero.
    const absolute = path.endsWith("pValue") ? 1e-12 : 1e-15;
    expectClose(actual, expected, 1e-9, absolute, path);
  } else if (expected === null || typeof expected !== "object" || Array.isArray(expected)) {
    expect(actual, path).toEqual(expected);
  } else {
    expect(Object.keys(actual ?? {}), path).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected))
      compare((actual as Record<string, Json>)[key], value, `${path}.${key}`);
  }
}

function expectClose(actual: unknown, expected: number, relative: number, absolute: number, path = ""): void {
  expect(actual, path).toBeTypeOf("number");
  const difference = Math.abs((actual as number) - expected);
  expect(difference, `${path}: ${actual} and ${expected}`).toBeLessThanOrEqual(
    Math.max(absolute, relative * Math.abs(expected)),
  );
}
