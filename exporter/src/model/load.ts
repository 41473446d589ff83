/** What a load test says of one operation. Converted once: seconds, per second, UTC milliseconds. */
import type { Stat, Unit } from "./measure.ts";

/** Stands for all operations of a scenario together where a label is needed. */
export const ALL_OPERATIONS = "__all__";

export interface LatencyHistogram {
  /** Upper bounds in seconds, ascending, without +Inf: those of `Limits.latencyBounds`. A value equal to a bound is in its bucket. */
  readonly bounds: readonly number[];
  /** Requests per bucket, not cumulative; one more than bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A stretch of the test, for its course: degradation in a soak, a warm-up, the moment it broke. */
export interface LoadSlice {
  readonly startedAtMs: number;
  readonly seconds: number;
  readonly requests: number;
  readonly failures: number;
  /** Of the requests that ended in the slice; undefined without any. */
  readonly avgSeconds: number | undefined;
  readonly p95Seconds: number | undefined;
  /** Virtual users, threads or connections at work, where the tool tells. */
  readonly users?: number | undefined;
}

/**
 * One operation of one scenario, or (`operation` undefined) all operations of the scenario together. A report gives each pair
 * once. Counters take the operations; the total only where a scenario has no operation of its own, so nothing counts twice.
 * What a tool does not state is undefined, never 0.
 */
export interface LoadResult {
  readonly scenario: string | undefined;
  /** Templated: `GET /users/{id}`; see formats/operation.ts. */
  readonly operation: string | undefined;
  readonly requests: number | undefined;
  readonly failures: number | undefined;
  /** Over the test's duration, as the tool defines it. */
  readonly requestsPerSecond: number | undefined;
  readonly receivedBytesPerSecond?: number | undefined;
  /** In seconds, failed requests included where the tool includes them. `count` is not used: see `requests`. */
  readonly latency: Readonly<Partial<Record<Exclude<Stat, "count" | "value" | "margin">, number>>>;
  /** Only from raw samples: summaries cannot become a histogram. */
  readonly histogram?: LatencyHistogram | undefined;
  /** In order of time, at most MAX_SLICES. */
  readonly slices?: readonly LoadSlice[] | undefined;
  readonly users?: number | undefined;
}

export const MAX_SLICES = 240;
/** Operations of one report; the rest goes to `__overflow__` with a warning. */
export const MAX_OPERATIONS = 200;

/** Failed of all requests, 0 to 1; undefined when one of both is not known or nothing was asked. */
export function errorRatio({ requests, failures }: Pick<LoadResult, "requests" | "failures">): number | undefined {
  return requests === undefined || failures === undefined || requests === 0 ? undefined : failures / requests;
}

/** What a load result says in numbers, for series, targets and comparison: one name, statistic and unit each. */
export interface LoadValue {
  readonly measure: "latency" | "requests_per_second" | "received_bytes_per_second" | "error_ratio";
  readonly stat: Stat;
  readonly unit: Unit;
  readonly value: number;
}

/** Only what is known. */
export function loadValues(result: Omit<LoadResult, "histogram" | "slices">): LoadValue[] {
  const values: LoadValue[] = Object.entries(result.latency).map(([stat, value]) => ({
    measure: "latency",
    stat: stat as Stat,
    unit: "seconds",
    value,
  }));
  const add = (measure: LoadValue["measure"], unit: Unit, value: number | undefined): void => {
    if (value !== undefined) values.push({ measure, stat: "value", unit, value });
  };
  add("requests_per_second", "per_second", result.requestsPerSecond);
  add("received_bytes_per_second", "per_second", result.receivedBytesPerSecond);
  add("error_ratio", "ratio", errorRatio(result));
  return values;
}
