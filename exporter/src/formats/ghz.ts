import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { arrayField, isObject, type JsonObject, numberField, objectField, readJson, stringField } from "./json.ts";
import { LatencyBook } from "./latency-book.ts";
import { fromNanos, LoadBook, percentileOf } from "./load-book.ts";
import { endLoad, timesOf } from "./load-end.ts";
import { parseTimestamp } from "./numbers.ts";
import { jsonShape } from "./sniff.ts";

/**
 * `ghz --format json` (or pretty). The operation is the called method; failed is every status but OK. With the details of every call it
 * gives a histogram and the course of the run, otherwise the summary. A run that was stopped is partial.
 */
export const ghz: Format = {
  id: "ghz",
  title: "ghz JSON",
  yields: "measures",
  tools: ["ghz"],
  extensions: ["json"],
  reads: "document",
  notes: "ghz --format pretty --output FILE … HOST.",
  sniff: (head) => {
    const paths = jsonShape(head)?.paths;
    if (paths === undefined || !["rps", "fastest", "slowest", "average"].every((key) => paths.has(key))) return "no";
    return paths.has("options.call") || paths.has("endReason") ? "certain" : "no";
  },
  parse: parseGhz,
};

async function parseGhz(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const { value } = json;
  if (!isObject(value) || numberField(value, "count") === undefined)
    throw new AppError("FORMAT_SCHEMA", 'expected the "count" of ghz', json.place([]));
  const options = objectField(value, "options") ?? {};
  const seconds = fromNanos(numberField(value, "total"));
  const reason = stringField(value, "endReason");
  const stopped = reason === "cancel" ? "ghz was stopped before the end of the test" : undefined;
  // ghz states when the report was made, which is when the test ended.
  const endedAtMs = parseTimestamp(stringField(value, "date") ?? "");
  const meta = {
    name: stringField(value, "name"),
    framework: "ghz",
    durationSeconds: seconds,
    endedAtMs,
    startedAtMs: endedAtMs === undefined || seconds === undefined ? undefined : Math.round(endedAtMs - seconds * 1000),
  };
  sink.begin(meta);
  // Its own date is of whole seconds.
  const span = fromDetails(value, options, sink, limits);
  if (span === undefined) fromSummary(value, options, sink);
  endLoad(sink, { ...meta, ...timesOf(span), durationSeconds: seconds ?? timesOf(span).durationSeconds }, stopped);
}

/** Undefined when the report does not hold every call with its time. */
function fromDetails(value: JsonObject, options: JsonObject, sink: ReportSink, limits: Limits): LatencyBook["span"] {
  const details = arrayField(value, "details") ?? [];
  const count = numberField(value, "count");
  if (details.length === 0 || details.length !== count) return undefined;
  const calls = details.map((detail) => {
    const one = isObject(detail) ? detail : {};
    const seconds = fromNanos(numberField(one, "latency"));
    const startMs = parseTimestamp(stringField(one, "timestamp") ?? "");
    return { seconds, startMs, failed: stringField(one, "status") !== "OK" };
  });
  if (calls.some(({ seconds, startMs }) => seconds === undefined || seconds < 0 || startMs === undefined))
    return undefined;
  const book = new LatencyBook(sink, limits);
  const series = book.series(undefined, stringField(options, "call") ?? "(call)");
  for (const { seconds, startMs, failed } of calls) series.add(startMs! + seconds! * 1000, seconds!, failed);
  const users = numberField(options, "concurrency");
  const seconds = fromNanos(numberField(value, "total"));
  book.emit({ knowsFailures: true, seconds }, () => (users === undefined ? {} : { users }));
  return book.span;
}

function fromSummary(value: JsonObject, options: JsonObject, sink: ReportSink): void {
  const latency: Record<string, number | undefined> = {};
  for (const entry of arrayField(value, "latencyDistribution") ?? []) {
    const stat = isObject(entry) ? percentileOf(String(numberField(entry, "percentage"))) : undefined;
    if (stat !== undefined) latency[stat] = fromNanos(numberField(entry as JsonObject, "latency"));
  }
  const requests = numberField(value, "count");
  const codes = objectField(value, "statusCodeDistribution");
  const ok = numberField(codes ?? {}, "OK") ?? 0;
  const of = (name: string): number | undefined => fromNanos(numberField(value, name));
  const book = new LoadBook(sink);
  book.addOnly({
    operation: stringField(options, "call"),
    requests,
    failures: codes === undefined || requests === undefined ? undefined : requests - ok,
    requestsPerSecond: numberField(value, "rps"),
    users: numberField(options, "concurrency"),
    latency: requests === 0 ? {} : { avg: of("average"), min: of("fastest"), max: of("slowest"), ...latency },
  });
  book.emit();
}
