import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { isObject, type JsonObject, numberField, objectField, readJson, stringField } from "./json.ts";
import { fromMs, LoadBook, percentileOf } from "./load-book.ts";
import { parseTimestamp } from "./numbers.ts";
import { jsonShape } from "./sniff.ts";

/**
 * `autocannon --json`. Failed are answers of 400 and more, bodies that did not match, and requests without an answer (`errors`, timeouts
 * among them), which are added to the answered ones. Latencies are whole milliseconds and hold answered requests only.
 */
export const autocannon: Format = {
  id: "autocannon",
  title: "autocannon JSON",
  yields: "measures",
  tools: ["autocannon"],
  extensions: ["json"],
  reads: "document",
  notes: "autocannon --json URL > FILE.",
  sniff: (head) => {
    const paths = jsonShape(head)?.paths;
    return paths?.has("connections") && paths.has("pipelining") && paths.has("latency.average") ? "certain" : "no";
  },
  parse: parseAutocannon,
};

async function parseAutocannon(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const { value } = json;
  const [latency, requests] = isObject(value) ? [objectField(value, "latency"), objectField(value, "requests")] : [];
  if (!isObject(value) || latency === undefined || requests === undefined)
    throw new AppError("FORMAT_SCHEMA", 'expected "latency" and "requests" of autocannon', json.place([]));
  const time = (name: string): number | undefined => parseTimestamp(stringField(value, name) ?? "");
  const meta = {
    name: stringField(value, "title"),
    framework: "autocannon",
    startedAtMs: time("start"),
    endedAtMs: time("finish"),
    durationSeconds: numberField(value, "duration"),
  };
  sink.begin(meta);
  const book = new LoadBook(sink);
  const answered = numberField(requests, "total");
  const errors = numberField(value, "errors") ?? 0;
  const mismatches = numberField(value, "mismatches") ?? 0;
  const lost = lostOf(requests, (answered ?? 0) + errors, value);
  if (lost > 0)
    sink.warn({
      code: "SUMMARY_MISMATCH",
      message: `${lost} requests were sent and never answered; counted as failed`,
    });
  const classes = [numberField(value, "4xx"), numberField(value, "5xx")];
  const refused =
    classes[0] === undefined || classes[1] === undefined ? numberField(value, "non2xx") : classes[0] + classes[1];
  book.addOnly({
    operation: stringField(value, "url"),
    requests: answered === undefined ? undefined : answered + errors + lost,
    failures: refused === undefined ? undefined : refused + errors + mismatches + lost,
    requestsPerSecond: numberField(requests, "average"),
    receivedBytesPerSecond: numberField(objectField(value, "throughput") ?? {}, "average"),
    users: numberField(value, "connections"),
    latency: answered === 0 ? {} : latencyOf(latency),
  });
  book.emit();
  const measures = new BenchmarkBook(sink, "measure");
  for (const name of ["timeouts", "resets"]) {
    const count = numberField(value, name);
    if (count !== undefined)
      measures.add({ name, measure: name, stat: "value", value: count, unit: undefined, better: "lower" });
  }
  sink.end(meta);
}

/**
 * A connection that is closed instead of an answer is no error to autocannon: the request is only missing. At the end of the test as
 * many as there are connections (times pipelining) are still on their way, which is no loss.
 */
function lostOf(requests: JsonObject, known: number, value: JsonObject): number {
  const missing = (numberField(requests, "sent") ?? 0) - known;
  const onTheirWay = (numberField(value, "connections") ?? 1) * (numberField(value, "pipelining") ?? 1);
  return missing > onTheirWay ? missing : 0;
}

function latencyOf(latency: JsonObject): Record<string, number | undefined> {
  const stated = Object.keys(latency).flatMap((key) => {
    const stat = percentileOf(key);
    return stat === undefined ? [] : [[stat, fromMs(numberField(latency, key))] as const];
  });
  const of = (name: string): number | undefined => fromMs(numberField(latency, name));
  return { avg: of("average"), min: of("min"), max: of("max"), stddev: of("stddev"), ...Object.fromEntries(stated) };
}
