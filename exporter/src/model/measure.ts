/** Named values: performance measures, benchmark results, load-test summaries. Converted once, to base units. */

/** Base units; everything a tool writes is converted to one of them, or kept as a plain `value`. */
export const UNITS = ["seconds", "bytes", "per_second", "ratio", "value"] as const;
export type Unit = (typeof UNITS)[number];

export const STATS = [
  "value",
  "avg",
  "min",
  "max",
  "median",
  "stddev",
  "p50",
  "p75",
  "p90",
  "p95",
  "p99",
  "count",
] as const;
export type Stat = (typeof STATS)[number];

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
