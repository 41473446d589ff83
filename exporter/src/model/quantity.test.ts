import { expect, test } from "vitest";
import { quantities, quantity } from "./quantity.ts";

test.each([
  [0.238, "seconds", "238 ms"],
  [0, "seconds", "0 s"],
  [75, "seconds", "1.25 min"],
  [0.423, "ratio", "42.3 %"],
  [105, "per_second", "105 /s"],
  [1.5e9, "bytes", "1.5 GB"],
  [12, "value", "12"],
] as const)("quantity(%s %s) is %s", (value, unit, text) => {
  expect(quantity(value, unit)).toBe(text);
});

test.each([
  [0.184, 0.207, "seconds", "184 to 207 ms"],
  [0.9, 1.1, "seconds", "0.9 to 1.1 s"],
  [0.01, 0.05, "ratio", "1 % to 5 %"],
  [3, 5, "value", "3 to 5"],
  [100, 90, "per_second", "100 /s to 90 /s"],
] as const)("quantities(%s, %s, %s) is %s", (from, to, unit, text) => {
  expect(quantities(from, to, unit)).toBe(text);
});
