import { describe, expect, test } from "vitest";
import { type Better, betterOf, thinned, type Unit } from "./measure.ts";

describe("betterOf", () => {
  test.each<[string, Unit, Better | undefined]>([
    ["time", "seconds", "lower"],
    ["cache_hit_latency", "seconds", "lower"],
    ["throughput", "per_second", "higher"],
    ["requests", "per_second", "higher"],
    ["errors", "per_second", "lower"],
    ["failed_requests", "per_second", "lower"],
    ["cache-misses", "per_second", "lower"],
    ["cache_hit_rate", "ratio", "higher"],
    ["cacheHitRate", "ratio", "higher"],
    ["CACHE-MISS-RATE", "ratio", "lower"],
    ["error_ratio", "ratio", "lower"],
    ["success_rate", "ratio", "higher"],
    ["token_reduction", "ratio", "higher"],
    ["memory reduction", "ratio", "higher"],
    ["cpu_utilization", "ratio", "lower"],
    ["memory", "bytes", "lower"],
    ["heap", "bytes", "lower"],
    ["saved", "bytes", "higher"],
    ["allocations", "value", "lower"],
    ["instructions", "value", "lower"],
    ["ipc", "value", "higher"],
    ["score", "value", "higher"],
    ["concurrent_users", "value", undefined],
    ["", "value", undefined],
    ["ratio", "ratio", undefined],
  ])("%s in %s: %s", (measure, unit, better) => {
    expect(betterOf({ measure, unit })).toBe(better);
  });

  test("what the tool states wins", () => {
    expect(betterOf({ measure: "time", unit: "seconds", better: "higher" })).toBe("higher");
  });
});

describe("thinned", () => {
  test("keeps what fits, and of more an even choice from the first on", () => {
    const few = [3, 1, 2];
    expect(thinned(few)).toBe(few);
    const kept = thinned(Array.from({ length: 2500 }, (_, i) => i));
    expect([kept.length, kept[0], kept[1], kept[2], kept.at(-1)]).toEqual([1000, 0, 2, 5, 2497]);
  });
});
