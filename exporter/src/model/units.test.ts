import { describe, expect, test } from "vitest";
import { parseUnit, toBase } from "./units.ts";

describe("units", () => {
  test.each([
    [182, "ms", 0.182, "seconds"],
    [1500, "ns", 1.5e-6, "seconds"],
    [3, "µs", 3e-6, "seconds"],
    [3, "μs", 3e-6, "seconds"],
    [2, "min", 120, "seconds"],
    [1.5, "Seconds", 1.5, "seconds"],
    [210.2, "ns/op", 2.102e-7, "seconds"],
    [1, "kB", 1000, "bytes"],
    [1, "KiB", 1024, "bytes"],
    [2, "MB", 2e6, "bytes"],
    [2, "GiB", 2 ** 31, "bytes"],
    [16, "B/op", 16, "bytes"],
    [5, "MB/s", 5e6, "per_second"],
    [42.3, "%", 0.423, "ratio"],
    [50, "Percent", 0.5, "ratio"],
    [0.8, "ratio", 0.8, "ratio"],
    [105, "rps", 105, "per_second"],
    [105, "RPS", 105, "per_second"],
    [12, "req/s", 12, "per_second"],
    [12, "ops/sec", 12, "per_second"],
    [120, "req/min", 2, "per_second"],
    [2.5, "i/s", 2.5, "per_second"],
    [2.5, "Mops/s", 2.5e6, "per_second"],
    [60, "fps", 60, "per_second"],
    [8, "Mbps", 1e6, "per_second"],
    [8, "MBps", 8e6, "per_second"],
    [2, "days", 172_800, "seconds"],
    [7, "count", 7, "value"],
    [7, "allocs/op", 7, "value"],
    [7, "", 7, "value"],
  ])("%d %s is %d %s", (value, name, base, unit) => {
    const parsed = parseUnit(name);
    expect(parsed?.unit).toBe(unit);
    expect(toBase(value, parsed!)).toBeCloseTo(base, 12);
  });
  test("no unit is a plain value, an unknown one is unknown", () => {
    expect(parseUnit(undefined)).toEqual({ unit: "value", factor: 1 });
    for (const name of ["lumen", "constructor", "__proto__", "m/s", "mbps"]) expect(parseUnit(name)).toBeUndefined();
  });
  test("no binary dust", () => {
    expect(toBase(182, parseUnit("ms")!)).toBe(0.182);
    expect(toBase(81.2, parseUnit("%")!)).toBe(0.812);
  });
});
