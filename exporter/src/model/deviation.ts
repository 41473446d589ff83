/** What is known of a series' course: the verdict of its newest analysis, and deviations with their life. */
import type { Series, SeriesKey, SeriesPoint } from "./series.ts";
import type { Scope } from "./store.ts";

/** The exposed states of a series; `acknowledged` covers warning and critical until it expires. */
export const DEVIATION_STATES = ["ok", "warning", "critical", "insufficient_data", "acknowledged"] as const;
export type DeviationState = (typeof DEVIATION_STATES)[number];
/** `resolved`: the level is back. `accepted`: somebody took the new level for the normal one; the history is cut there. */
export const DEVIATION_STATUSES = ["open", "resolved", "accepted"] as const;
export type DeviationStatus = (typeof DEVIATION_STATUSES)[number];
export type Severity = "warning" | "critical";

/** R1's plain statistics of the newest value, and the newest confirmed change. What could not be computed is undefined. */
export interface SeriesNumbers {
  /** Values that were looked at. */
  readonly n: number;
  /** Level that the newest values are compared with, and theirs; in the unit of the series. */
  readonly baseline: number | undefined;
  readonly baselineStd: number | undefined;
  readonly current: number | undefined;
  readonly z: number | undefined;
  /** (current - baseline) / |baseline|. */
  readonly ratio: number | undefined;
  readonly outliers: number;
  readonly trend: { readonly slope: number; readonly r: number; readonly pValue: number } | undefined;
  readonly changeAtMs: number | undefined;
  readonly changeRatio: number | undefined;
}

/** What an analysis says of one series. */
export interface SeriesVerdict {
  readonly state: Exclude<DeviationState, "acknowledged">;
  readonly suspected: boolean;
  /** One sentence. */
  readonly summary: string;
  readonly numbers: SeriesNumbers;
  /** Uuid of the first run of the newest confirmed level, whichever side it is on. */
  readonly changeRun: string | undefined;
  readonly open: OpenLevel | undefined;
  /** `refined`: the same deviation, with a better estimate of its first run. */
  readonly event: "opened" | "worsened" | "refined" | "resolved" | undefined;
}

/** The levels of a deviation that is not over; see `OpenDeviation` in analysis/deviations. */
export interface OpenLevel {
  /** Uuid of the first run of the worse level. */
  readonly since: string;
  readonly before: number;
  readonly after: number;
  readonly pValue: number;
  readonly direction: "up" | "down";
  readonly severity: Severity;
}

/** A run's value with what is known of the run. */
export interface JudgedPoint extends SeriesPoint {
  /** Cases or requests that a ratio is of. */
  readonly weight: number | undefined;
  readonly facts: Readonly<Record<string, string | undefined>>;
}

export interface SeriesToJudge {
  readonly series: Series;
  /** Oldest first, from the last accepted change on. */
  readonly points: readonly JudgedPoint[];
  readonly open: OpenLevel | undefined;
}

/** A deviation that has just been opened or has become worse, for its analysis record. */
export interface FoundDeviation extends SeriesToJudge {
  readonly id: string;
  readonly verdict: SeriesVerdict;
  readonly open: OpenLevel;
  /** Series of the project whose newest confirmed change is the same run, and how many that run has values of. */
  readonly coinciding: readonly SeriesKey[];
  readonly compared: number;
}

export interface Judges {
  /** Undefined: the series is not judged. */
  verdict(input: SeriesToJudge): SeriesVerdict | undefined;
  /** A JSON document, kept as it is. */
  record(found: FoundDeviation): object;
}

export interface Deviation {
  /** Decimal text. */
  readonly id: string;
  readonly series: SeriesKey & { readonly id: string | undefined };
  readonly status: DeviationStatus;
  readonly severity: Severity;
  readonly summary: string;
  readonly before: number;
  readonly after: number;
  readonly pValue: number;
  readonly direction: "up" | "down";
  /** First run of the worse level; its uuid stays when the run is deleted. */
  readonly sinceRun: string;
  readonly sinceMs: number;
  readonly openedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** Until when it is acknowledged; past or undefined: it is not. */
  readonly acknowledgedUntilMs: number | undefined;
  readonly acknowledgedBy: string | undefined;
  /** Why it was acknowledged or accepted. */
  readonly reason: string | undefined;
}

export interface Acknowledgement {
  readonly untilMs: number;
  readonly by: string | undefined;
  readonly reason: string | undefined;
}

export interface DeviationDetail extends Deviation {
  readonly record: object | undefined;
}

export interface DeviationFilter {
  readonly project?: string | undefined;
  readonly environment?: string | undefined;
  readonly suite?: string | undefined;
  /** As exposed in metrics. */
  readonly branch?: string | undefined;
  readonly status?: DeviationStatus | undefined;
}

/** A verdict as metrics show it; `verdict` undefined: the series is gone, drop it. */
export interface DeviationRow {
  readonly scope: Scope;
  readonly series: SeriesKey;
  readonly verdict: undefined | (Pick<SeriesVerdict, "suspected" | "numbers"> & { readonly state: DeviationState });
}
