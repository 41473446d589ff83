import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { isObject, type JsonObject, numberField, objectField, readJson, stringField } from "./json.ts";
import { readJsonLines } from "./json-lines.ts";
import { documentShape } from "./json-noise.ts";
import { LatencyBook } from "./latency-book.ts";
import { fromNanos, LoadBook } from "./load-book.ts";
import { endLoad, timesOf } from "./load-end.ts";
import { parseTimestamp } from "./numbers.ts";
import { jsonShape } from "./sniff.ts";
import { peek } from "./source.ts";
import { plain } from "./text.ts";
import { readVegetaText, VEGETA_TEXT } from "./vegeta-text.ts";

/**
 * vegeta: `report -type=json`, the text report, and `encode` (a JSON object per request), which gives operations, histograms and the
 * course of the run. A request succeeds with 200 to 399, as vegeta has it. Its rate is what was sent, its throughput what succeeded.
 */
export const vegeta: Format = {
  id: "vegeta",
  title: "vegeta",
  yields: "measures",
  tools: ["vegeta"],
  extensions: ["json", "txt", "jsonl"],
  reads: "stream",
  notes: "vegeta encode results.bin > FILE says most; vegeta report -type=json and the text report are read as well.",
  sniff: (head) => {
    if (RESULT.test(head)) return "certain";
    const paths = documentShape(head)?.paths;
    if (paths?.has("latencies.mean") && paths.has("bytes_in.total")) return "certain";
    return VEGETA_TEXT.test(plain(head)) ? "certain" : "no";
  },
  parse: parseVegeta,
};

const RESULT = /^\{"attack":"[^\n]*?","seq":\d+,"code":\d+,"timestamp":"/m;

async function parseVegeta(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const { head, source: whole } = await peek(source);
  sink.begin({ framework: "vegeta" });
  if (RESULT.test(head)) return readResults(whole, sink, limits);
  if (jsonShape(head) === undefined) return readVegetaText(whole, sink, limits);
  const json = await readJson(whole, limits);
  const { value } = json;
  const latencies = isObject(value) ? objectField(value, "latencies") : undefined;
  if (!isObject(value) || latencies === undefined)
    throw new AppError("FORMAT_SCHEMA", 'expected the "latencies" of a vegeta report', json.place([]));
  readReport(value, latencies, sink);
}

function readReport(value: JsonObject, latencies: JsonObject, sink: ReportSink): void {
  const of = (name: string): number | undefined => fromNanos(numberField(latencies, name));
  const requests = numberField(value, "requests");
  const success = numberField(value, "success");
  const attack = fromNanos(numberField(value, "duration"));
  const seconds = attack === undefined ? undefined : attack + (fromNanos(numberField(value, "wait")) ?? 0);
  const bytes = numberField(objectField(value, "bytes_in") ?? {}, "total");
  const book = new LoadBook(sink);
  book.add({
    requests,
    failures: requests === undefined || success === undefined ? undefined : Math.round(requests * (1 - success)),
    requestsPerSecond: numberField(value, "rate"),
    receivedBytesPerSecond: bytes === undefined || !seconds ? undefined : bytes / seconds,
    latency:
      requests === 0
        ? {}
        : {
            avg: of("mean"),
            min: of("min"),
            max: of("max"),
            p50: of("50th"),
            p90: of("90th"),
            p95: of("95th"),
            p99: of("99th"),
          },
  });
  book.emit();
  const throughput = numberField(value, "throughput");
  if (throughput !== undefined)
    new BenchmarkBook(sink, "measure").add({
      name: "throughput",
      measure: "throughput",
      stat: "value",
      value: throughput,
      unit: "req/s",
    });
  const time = (name: string): number | undefined => parseTimestamp(stringField(value, name) ?? "");
  sink.end({
    framework: "vegeta",
    startedAtMs: time("earliest"),
    endedAtMs: time("end"),
    durationSeconds: seconds === undefined ? undefined : Number(seconds.toFixed(9)),
  });
}

async function readResults(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const book = new LatencyBook(sink, limits);
  let bad = 0;
  let firstBad: number | undefined;
  const { cutShort } = await readJsonLines(source, limits, sink, (object, { number }) => {
    const code = numberField(object, "code");
    if (code === undefined) return false;
    const seconds = fromNanos(numberField(object, "latency"));
    const startMs = parseTimestamp(stringField(object, "timestamp") ?? "");
    if (seconds === undefined || seconds < 0) {
      bad++;
      firstBad ??= number;
      return true;
    }
    const series = book.series(
      stringField(object, "attack"),
      stringField(object, "url"),
      stringField(object, "method"),
    );
    const isOk = code >= 200 && code < 400 && (stringField(object, "error") ?? "") === "";
    series.add(startMs === undefined ? undefined : startMs + seconds * 1000, seconds, !isOk);
    series.bytes += numberField(object, "bytes_in") ?? 0;
    return true;
  });
  if (bad > 0)
    sink.warn({ code: "VALUE_SKIPPED", message: `${bad} results have no latency of 0 or more`, line: firstBad });
  book.emit({ knowsFailures: true, knowsBytes: true });
  endLoad(sink, { framework: "vegeta", ...timesOf(book.span) }, cutShort ? "the last line is cut" : undefined);
}
