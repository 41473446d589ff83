import type { ReportMeta } from "../model/format.ts";
import type { PartHeader } from "../model/store.ts";

export interface Times {
  readonly started: number;
  readonly ended: number;
  /** Declared by the report, else from its start to its end. */
  readonly duration: number;
  /** The end is what the report says, not the moment at which it came. */
  readonly stated?: boolean;
  /** Of a part that says nothing of when the run was: nothing but coverage, or measured numbers without a time. */
  readonly bare?: boolean;
  /** All that the run had before was bare. */
  readonly replaces?: boolean;
}

/** The longest duration kept, 285 years: its microseconds are still a whole number in JavaScript and in SQLite. */
const MAX_SECONDS = 9_007_199_254;
const MAX_MS = 8.64e15;

/** A negative, endless or absurd duration was not measured; it counts as absent, else a histogram's sum could fall. */
export const usableSeconds = (seconds: number | undefined): number | undefined =>
  seconds !== undefined && seconds >= 0 && seconds <= MAX_SECONDS ? seconds : undefined;

/** Zero and what is before it are the "no time" of some tool. */
const usableTime = (ms: number | undefined): number | undefined =>
  ms !== undefined && ms > 0 && ms <= MAX_MS ? ms : undefined;

/**
 * When a part ran, from what is known: the flag, the report's own times, else it ended when it was received. An end in the future
 * (a zone-less local time east of UTC, a wrong clock) becomes the time of receipt: it must not stay the newest for hours.
 */
export function timesOf(header: Pick<PartHeader, "context" | "receivedAtMs">, meta: ReportMeta): Times {
  const flag = usableTime(header.context.startedAtMs);
  const start = usableTime(meta.startedAtMs);
  const end = usableTime(meta.endedAtMs);
  const span = start === undefined || end === undefined ? undefined : usableSeconds((end - start) / 1000);
  const known = usableSeconds(meta.durationSeconds) ?? span;
  const duration = known ?? 0;
  let ended: number;
  let started: number;
  if (flag !== undefined) {
    started = flag;
    ended = flag + (span ?? duration) * 1000;
  } else {
    ended = end ?? (start === undefined ? header.receivedAtMs : start + duration * 1000);
    started = Math.min(start ?? ended - duration * 1000, ended);
  }
  const late = Math.max(0, ended - header.receivedAtMs);
  // A start alone, the flag's or the report's, says nothing of the end.
  const stated = (flag === undefined && end !== undefined) || ((flag ?? start) !== undefined && known !== undefined);
  return { started: Math.round(started - late), ended: Math.round(ended - late), duration, stated };
}
