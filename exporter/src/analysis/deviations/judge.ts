/**
 * From change points to a state: does the series stand worse than it should, since when, how much? Pure; the caller keeps the open
 * deviation between runs, which is what makes a verdict stay given.
 */
import type { DeviationState } from "../../model/deviation.ts";
import type { Better, Unit } from "../../model/measure.ts";
import type { ChangePoint, Detection } from "../detect.ts";

export interface JudgeSettings {
  /** A smaller change for the worse opens nothing, however certain it is. Ratio of the level before. */
  readonly minimumChange: number;
  /** From here on it is critical (R1's limits of the kind of measure). */
  readonly criticalChange: number;
  /** A change that is older (in runs) when it is first seen is history, not news: it opens nothing. */
  readonly newsRuns: number;
  /** Runs that a level is read from when it is asked whether a deviation is over. */
  readonly recoveryRuns: number;
}

export const DEFAULT_JUDGE: JudgeSettings = {
  minimumChange: 0.02,
  criticalChange: 0.25,
  newsRuns: 30,
  recoveryRuns: 3,
};

/** A change for the worse that is not over. Kept by the caller. */
export interface OpenDeviation {
  /** The first run of the worse level: the caller's own name of it. */
  readonly since: string;
  /** Level it is measured against, and the worst level since. */
  readonly before: number;
  readonly after: number;
  readonly pValue: number;
  readonly direction: "up" | "down";
}

export interface Judgement {
  readonly state: Exclude<DeviationState, "acknowledged">;
  /** What is open after this run, and how grave it is. */
  readonly open: OpenDeviation | undefined;
  readonly severity: "warning" | "critical" | undefined;
  /** `refined`: the same deviation, with a better estimate of its first run. */
  readonly event: "opened" | "worsened" | "refined" | "resolved" | undefined;
  /** A change for the worse of the newest runs that may be a spike. Says nothing about the state. */
  readonly suspected: ChangePoint | undefined;
  /** Level that the newest runs are compared with: of the open deviation, else the present one. */
  readonly reference: number | undefined;
  readonly current: number | undefined;
}

/** Values of a series and the runs they belong to, oldest first, cut at the last accepted change. */
export interface JudgedSeries {
  readonly values: readonly number[];
  readonly runs: readonly string[];
  /** Undefined: a change has no bad side, so every change counts. */
  readonly better: Better | undefined;
  readonly unit: Unit;
}

/**
 * - The levels between confirmed changes are walked from old to new. A level worse than the best one before by `minimumChange` opens a
 *   deviation; a level back within half of it ends it; a better level becomes what later ones are compared with.
 * - What was open stays open although a longer history moves or hides its change point, until the newest `recoveryRuns` values are back
 *   within half of `minimumChange`: a verdict is not withdrawn and given again.
 * - A share of a level of 0 does not exist: a change from there opens, and is critical for a ratio from 0.1 on.
 */
export function judge(
  series: JudgedSeries,
  detection: Detection,
  previous: OpenDeviation | undefined,
  settings: JudgeSettings = DEFAULT_JUDGE,
): Judgement {
  const { values, runs } = series;
  const walked = walk(series, detection.changePoints, settings);
  const current = levelOfNewest(values, detection, settings.recoveryRuns);
  const suspected = detection.suspected.findLast(
    (change) => worseBy(series, change.before, change.after) >= settings.minimumChange,
  );
  let open = walked.open;
  if (previous !== undefined) {
    const over = current !== undefined && worseBy(series, previous.before, current) <= settings.minimumChange / 2;
    const recovered =
      over && !detection.suspected.some((change) => change.index > values.length - settings.recoveryRuns);
    if (recovered) open = undefined;
    else if (open === undefined || !isNear(runs, open.since, previous.since)) {
      // The same deviation, seen from a history that no longer shows its beginning; or another step on top of it.
      const after = open !== undefined && worseBy(series, previous.after, open.after) > 0 ? open.after : previous.after;
      open = { ...previous, after };
    }
  } else if (open !== undefined) {
    const age = values.length - 1 - runs.lastIndexOf(open.since);
    if (age >= settings.newsRuns) open = undefined;
  }
  const event = eventOf(series, previous, open, settings);
  const severity = open === undefined ? undefined : severityOf(series, open, settings);
  const state = severity ?? (detection.verdict === "insufficient_data" ? "insufficient_data" : "ok");
  return { state, open, severity, event, suspected, reference: open?.before ?? walked.level ?? current, current };
}

/** The deviation that the change points alone leave open, and the level to compare with. */
function walk(
  series: JudgedSeries,
  changes: readonly ChangePoint[],
  settings: JudgeSettings,
): { open: OpenDeviation | undefined; level: number | undefined } {
  let base = changes[0]?.before;
  let open: OpenDeviation | undefined;
  for (const change of changes) {
    if (base === undefined) break;
    const worse = worseBy(series, base, change.after);
    if (worse >= settings.minimumChange) {
      const since = series.runs[change.index] ?? "";
      open =
        open === undefined
          ? { since, before: base, after: change.after, pValue: change.pValue, direction: change.direction }
          : { ...open, after: change.after };
    } else if (worse <= settings.minimumChange / 2) {
      open = undefined;
      // Without a bad side the new level is simply where it stands.
      base = change.after;
    }
  }
  return { open, level: open === undefined ? (changes.at(-1)?.after ?? base) : base };
}

/** More runs tell better which one was the first: the commits to look at may move by a few. */
const NEAR_RUNS = 3;
function isNear(runs: readonly string[], a: string, b: string): boolean {
  const [i, j] = [runs.lastIndexOf(a), runs.lastIndexOf(b)];
  return i >= 0 && j >= 0 && Math.abs(i - j) <= NEAR_RUNS;
}

/** How much worse `to` is than `from`, as a ratio of it; negative: better. Infinite for a change away from 0. */
export function worseBy({ better }: Pick<JudgedSeries, "better">, from: number, to: number): number {
  if (to === from) return 0;
  const change = from === 0 ? Math.sign(to) * Number.POSITIVE_INFINITY : (to - from) / Math.abs(from);
  if (better === undefined) return Math.abs(change);
  return better === "lower" ? change : -change;
}

function severityOf(series: JudgedSeries, open: OpenDeviation, settings: JudgeSettings): "warning" | "critical" {
  const size = worseBy(series, open.before, open.after);
  if (Number.isFinite(size)) return size >= settings.criticalChange ? "critical" : "warning";
  return series.unit === "ratio" && Math.abs(open.after) >= 0.1 ? "critical" : "warning";
}

function eventOf(
  series: JudgedSeries,
  previous: OpenDeviation | undefined,
  open: OpenDeviation | undefined,
  settings: JudgeSettings,
): Judgement["event"] {
  if (previous === undefined) return open === undefined ? undefined : "opened";
  if (open === undefined) return "resolved";
  const graver =
    severityOf(series, previous, settings) === "warning" && severityOf(series, open, settings) === "critical";
  if (graver) return "worsened";
  return open.since === previous.since ? undefined : "refined";
}

/** Median of the newest values, odd runs left out where that leaves any. */
function levelOfNewest(values: readonly number[], { outliers }: Detection, count: number): number | undefined {
  const odd = new Set(outliers);
  const finite = values.flatMap((value, i) => (Number.isFinite(value) && !odd.has(i) ? [value] : []));
  const sorted = finite.slice(-count).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : sorted[middle - 1]! / 2 + sorted[middle]! / 2;
}
