import { describe, expect, test } from "vitest";
import { parseCount, parseLocaleNumber, parseSeconds, parseTimestamp } from "./numbers.ts";

describe("parseSeconds", () => {
  test.each([
    ["0.123", 0.123],
    ["4", 4],
    ["0", 0],
    [" 1.5 ", 1.5],
    ["1e-3", 0.001],
    ["2.5E+2", 250],
    [".5", 0.5],
    ["0,12", 0.12],
    ["1,234.5", 1234.5],
    ["1.234,5", 1234.5],
    ["1,234", 1.234],
    ["1,234,567", 1234567],
    ["1,234,567.25", 1234567.25],
    ["12ms", 0.012],
    ["1.5 s", 1.5],
    ["3us", 3e-6],
    ["00:01:02.5", 62.5],
    ["1967986371", 1967986371],
  ])("%j is %d s", (text, seconds) => {
    expect(parseSeconds(text)).toBeCloseTo(seconds, 12);
  });
  test.each([
    "",
    " ",
    "-1",
    "-0.5",
    "NaN",
    "Infinity",
    "-Infinity",
    "abc",
    "0x10",
    "1.2.3",
    "1,2,3",
    "<<computed>>",
    "1e999",
  ])("%j is no duration", (text) => {
    expect(parseSeconds(text)).toBeUndefined();
  });
});

test("numbers of both conventions", () => {
  expect(parseLocaleNumber("1.234.567,8")).toBe(1234567.8);
  expect(parseLocaleNumber("12")).toBe(12);
  expect(parseLocaleNumber("1,2.3")).toBeUndefined();
});

test("counts are whole and not negative", () => {
  expect(parseCount("12")).toBe(12);
  expect(parseCount(" 3 ")).toBe(3);
  for (const text of [undefined, "", "-1", "1.5", "many"]) expect(parseCount(text)).toBeUndefined();
});

describe("parseTimestamp", () => {
  test.each([
    ["2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z"],
    ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"],
    ["2026-01-02T03:04:05.123456", "2026-01-02T03:04:05.123Z"],
    ["2026-01-02T03:04:05.123456789+02:00", "2026-01-02T01:04:05.123Z"],
    ["2026-01-02T03:04:05-0500", "2026-01-02T08:04:05.000Z"],
    ["2026-01-02 03:04:05 UTC", "2026-01-02T03:04:05.000Z"],
    ["2026-01-02T03:04:05,5", "2026-01-02T03:04:05.500Z"],
    ["2026-01-02T03:04", "2026-01-02T03:04:00.000Z"],
    ["2026-01-02", "2026-01-02T00:00:00.000Z"],
  ])("%s is %s wherever this runs", (text, iso) => {
    expect(new Date(parseTimestamp(text)!).toISOString()).toBe(iso);
  });
  test.each(["", "yesterday", "2026-13-40T00:00:00", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00", "1712345678"])(
    "%j is no time",
    (text) => {
      expect(parseTimestamp(text)).toBeUndefined();
    },
  );
});
