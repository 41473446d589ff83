/** A number that run after run gives again: a statistic of a benchmark, a measure, or an operation of a load test. */
import type { Better, Stat, Unit } from "./measure.ts";
import type { RunStatus } from "./run.ts";

/** `suite`: what every run of a suite gives: `duration`, `pass_ratio`, `line_coverage`. */
export const SERIES_KINDS = ["benchmark", "measure", "load", "suite"] as const;
export type SeriesKind = (typeof SERIES_KINDS)[number];

/**
 * What makes a series. Values of one series can be compared with each other; runs of another unit or another kind of machine are
 * other series. What does not apply is undefined.
 */
export interface SeriesKey {
  readonly project: string;
  readonly suite: string;
  readonly environment: string;
  /** The exposed label, so all pull requests are one; their values say little as a course, and are there to be compared. */
  readonly branch: string;
  readonly kind: SeriesKind;
  /** Of a benchmark. */
  readonly name: string | undefined;
  /** Of a load test: `latency`, `requests_per_second`, `received_bytes_per_second`, `error_ratio`. */
  readonly measure: string;
  readonly stat: Stat;
  readonly unit: Unit;
  readonly component: string | undefined;
  readonly scenario: string | undefined;
  /** Of a load test; `__all__` for the total of a scenario. */
  readonly operation: string | undefined;
  /** Of a benchmark, where it is known. */
  readonly runnerClass: string | undefined;
}

export interface Series extends SeriesKey {
  /** Decimal text; stays the same as long as a run has a value of it. */
  readonly id: string;
  /** Undefined: not known, so a change has no bad side. */
  readonly better: Better | undefined;
}

/** The value that one completed run gave. */
export interface SeriesPoint {
  readonly runId: string;
  readonly runUuid: string;
  readonly commit: string | undefined;
  /** Of the run: a value of a partial or cancelled run may be of half a test. */
  readonly status: RunStatus;
  /** End of the suite in that run; what the order goes by. */
  readonly endedAtMs: number;
  readonly value: number;
}

export interface SeriesHistory {
  readonly series: Series;
  /** Oldest first. */
  readonly points: readonly SeriesPoint[];
}

/** All that is given must hold. */
export interface SeriesFilter extends Partial<{ readonly [K in keyof SeriesKey]: SeriesKey[K] | undefined }> {
  readonly ids?: readonly string[] | undefined;
  /** Only series that this run gave a value of: its uuid, or its run id where that is unique. */
  readonly run?: string | undefined;
}

export interface HistoryWindow {
  /** At most so many points of each series, the newest; 1 to 10 000. */
  readonly last: number;
  /** Only points that ended at or before. */
  readonly untilMs?: number | undefined;
}

/** For people: "p95 latency of peak > GET /cart", "time of BenchmarkFib10", "pass ratio of unit". */
export function seriesName(key: Omit<SeriesKey, "project" | "environment" | "branch">): string {
  const operation = key.operation === "__all__" ? undefined : key.operation;
  const place = [key.component, key.scenario, operation].filter((part) => part !== undefined).join(" > ");
  const of = key.kind === "suite" ? key.suite : (key.name ?? place);
  const stat = key.stat === "value" || key.stat === "avg" ? "" : `${key.stat} `;
  return `${stat}${key.measure.replaceAll("_", " ")}${of === "" ? "" : ` of ${of}`}`;
}
