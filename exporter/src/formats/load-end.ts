/** How a load-test report ends. */
import type { ReportMeta, ReportSink } from "../model/format.ts";

/** Ends the report; with a reason why it is not whole as a partial one, which is told as a warning too. */
export function endLoad(sink: ReportSink, meta: ReportMeta, incomplete: string | undefined): void {
  if (incomplete === undefined) sink.end(meta);
  else {
    sink.warn({ code: "INCOMPLETE", message: incomplete });
    sink.end({ ...meta, state: "partial", stateMessage: incomplete });
  }
}

/** When a run was, by its requests: times in whole milliseconds, the duration to the microsecond. */
export function timesOf(
  span: { readonly startMs: number; readonly endMs: number } | undefined,
): Pick<ReportMeta, "startedAtMs" | "endedAtMs" | "durationSeconds"> {
  if (span === undefined || span.endMs < span.startMs) return {};
  return {
    startedAtMs: Math.round(span.startMs),
    endedAtMs: Math.round(span.endMs),
    durationSeconds: Number(((span.endMs - span.startMs) / 1000).toFixed(6)),
  };
}
