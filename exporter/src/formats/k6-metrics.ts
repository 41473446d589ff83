/** k6's metrics as measures: everything but the requests, which are load results. */
import type { ReportSink } from "../model/format.ts";
import type { Better, Stat } from "../model/measure.ts";
import { BenchmarkBook } from "./benchmark-book.ts";

export type K6Type = "trend" | "counter" | "rate" | "gauge";

/** Told as load results, so not again as measures. */
export const REQUEST_METRICS: ReadonlySet<string> = new Set(["http_reqs", "http_req_duration", "http_req_failed"]);

/** What k6 itself counts, for outputs that do not state the type. */
export const BUILT_IN: ReadonlyMap<string, K6Type> = new Map([
  ...(
    [
      "http_reqs",
      "iterations",
      "dropped_iterations",
      "data_sent",
      "data_received",
      "ws_sessions",
      "ws_msgs_sent",
    ] as const
  ).map((name) => [name, "counter"] as const),
  ["ws_msgs_received", "counter"] as const,
  ...(["vus", "vus_max"] as const).map((name) => [name, "gauge"] as const),
  ...(["checks", "http_req_failed", "browser_http_req_failed"] as const).map((name) => [name, "rate"] as const),
  ...(
    [
      "http_req_duration",
      "http_req_blocked",
      "http_req_connecting",
      "http_req_tls_handshaking",
      "http_req_sending",
      "http_req_waiting",
      "http_req_receiving",
      "iteration_duration",
      "group_duration",
      "grpc_req_duration",
      "ws_session_duration",
      "ws_connecting",
      "ws_ping",
    ] as const
  ).map((name) => [name, "trend"] as const),
]);

/** k6 states times in milliseconds, whatever unit it prints, and data in bytes. */
export function unitOfK6(contains: string | undefined): string | undefined {
  return contains === "time" ? "ms" : contains === "data" ? "B" : undefined;
}
/** What the built-in metrics contain. */
export function containsOf(name: string, type: K6Type | undefined): string | undefined {
  if (/^data_(?:sent|received)$/.test(name)) return "data";
  return type === "trend" && BUILT_IN.has(name) ? "time" : undefined;
}

export interface K6Metric {
  readonly name: string;
  readonly unit: string | undefined;
  readonly stats: readonly (readonly [Stat, number])[];
  /** Per second, of a counter. */
  readonly perSecond?: number | undefined;
  readonly better?: Better | undefined;
  readonly component?: string | undefined;
  readonly scenario?: string | undefined;
}

export interface K6Measures {
  add(metric: K6Metric): void;
}

/** Emits metrics under their own names; a counter's rate is `NAME_per_second`. */
export function k6MeasureBook(sink: ReportSink): K6Measures {
  const book = new BenchmarkBook(sink, "measure");
  return {
    add: ({ name, unit, stats, perSecond, better, component, scenario }) => {
      const common = { name, measure: name, better, component, scenario };
      for (const [stat, value] of stats) book.add({ ...common, stat, value, unit });
      const rate = `${name}_per_second`;
      if (perSecond !== undefined)
        book.add({
          name: rate,
          measure: rate,
          stat: "value",
          value: perSecond,
          unit: unit === "B" ? "B/s" : "1/s",
          scenario,
        });
    },
  };
}
