/** Named values: performance measures and benchmark results. Converted once, to base units. Load tests are in load.ts. */

/** Base units; everything a tool writes is converted to one of them, or kept as a plain `value`. */
export const UNITS = ["seconds", "bytes", "per_second", "ratio", "value"] as const;
export type Unit = (typeof UNITS)[number];

/**
 * What a number says of its series. `value`: the only number there is. `stddev`: the sample standard deviation. `margin`: the half
 * width of the interval (or the "±") that the tool states for its central value; what it covers is the tool's own matter.
 * The median is `p50`, whatever a tool calls it.
 */
export const STATS = [
  "value",
  "avg",
  "min",
  "max",
  "stddev",
  "margin",
  "p50",
  "p75",
  "p90",
  "p95",
  "p99",
  "p999",
  "count",
] as const;
export type Stat = (typeof STATS)[number];

/** Which way a measure gets better. */
export type Better = "lower" | "higher";

/** Samples kept of one value; what is beyond is left out, evenly over the whole. */
export const MAX_SAMPLES = 1_000;

export interface Measure {
  /** Which table of series it belongs to: `benchmark_last_run_*` or `measure_last_run_*`. */
  readonly kind: "benchmark" | "measure";
  /** The benchmark's name; for a measure the measure's own name again. */
  readonly name: string;
  /** What is measured: `api_response_time`, `time`, `allocations`. */
  readonly measure: string;
  readonly stat: Stat;
  /** In `unit`. Finite. */
  readonly value: number;
  readonly unit: Unit;
  /** As the file stated them, for `inspect`: readers compare with what the tool printed. */
  readonly sourceValue: number;
  readonly sourceUnit: string | undefined;
  /** As the tool states it; undefined: follows from measure and unit, see `betterOf`. */
  readonly better?: Better | undefined;
  /** The single results behind a central value (`avg`, `p50` or `value`), in `unit`, as they were measured; at most MAX_SAMPLES. */
  readonly samples?: readonly number[] | undefined;
  readonly component?: string | undefined;
  readonly scenario?: string | undefined;
  /** Other labels, kept in the store only. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** Ratios are 0 to 1. */
export interface Coverage {
  readonly lineRatio?: number | undefined;
  readonly branchRatio?: number | undefined;
  readonly functionRatio?: number | undefined;
  readonly uncoveredFiles?: readonly string[] | undefined;
}

const MORE_IS_BETTER = new Set(
  (
    "hit hits success succeeded passed pass availability uptime throughput reduction saved savings coverage score accuracy " +
    "ops rps tps qps ipc hz speedup"
  ).split(" "),
);
const LESS_IS_BETTER = new Set(
  (
    "error errors fail failed failure failures timeout timeouts miss misses latency duration time cpu memory utilization usage " +
    "allocs allocations instructions cycles accesses branches mispredicts dropped retries size bytes contexts load"
  ).split(" "),
);
/** Rates of what is bad. */
const BAD_EVENTS = /^(?:error|fail|timeout|miss|drop|retr)/;

/**
 * Which way a measure gets better when the tool does not say: times and sizes lower, rates higher unless they count what is bad
 * (`errors per second`), everything else by the last word of its name that tells (`cache_hit_ratio`, `memory reduction`).
 * Undefined: not known, so a change has no bad side.
 */
export function betterOf(of: { measure: string; unit: Unit; better?: Better | undefined }): Better | undefined {
  if (of.better !== undefined) return of.better;
  // cacheHitRate, cache-hit-rate and CACHE_HIT_RATE are the same words.
  const words = of.measure
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  if (of.unit === "seconds") return "lower";
  if (of.unit === "per_second") return words.some((word) => BAD_EVENTS.test(word)) ? "lower" : "higher";
  const telling = words.findLast((word) => MORE_IS_BETTER.has(word) || LESS_IS_BETTER.has(word));
  if (telling !== undefined) return MORE_IS_BETTER.has(telling) ? "higher" : "lower";
  return of.unit === "bytes" ? "lower" : undefined;
}

/** At most MAX_SAMPLES of them, evenly spread, so that a trend within a run stays visible. */
export function thinned(samples: readonly number[]): readonly number[] {
  if (samples.length <= MAX_SAMPLES) return samples;
  const step = samples.length / MAX_SAMPLES;
  return Array.from({ length: MAX_SAMPLES }, (_, i) => samples[Math.floor(i * step)]!);
}
