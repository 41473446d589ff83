import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { type LoadSlice, MAX_SLICES } from "../model/load.ts";
import { summaryOf } from "./artillery-summary.ts";
import { readArtilleryV1 } from "./artillery-v1.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { arrayField, isObject, type JsonObject, numberField, objectField, readJson, stringField } from "./json.ts";
import { LoadBook } from "./load-book.ts";
import { jsonShape } from "./sniff.ts";

/**
 * `artillery run --output FILE`, of Artillery 2 (counters and summaries) and 1. Failed are answers of 400 and more and requests without
 * an answer (`errors.*`). Operations come from its plugin metrics-by-endpoint. The periods become the course of the run, as long as
 * there are not more than can be kept.
 */
export const artillery: Format = {
  id: "artillery",
  title: "Artillery JSON",
  yields: "measures",
  tools: ["Artillery"],
  extensions: ["json"],
  reads: "document",
  notes: "artillery run --output FILE PLAN. With the plugin metrics-by-endpoint there is a row for each address.",
  sniff: (head) => {
    const shape = jsonShape(head);
    const paths = shape?.paths;
    if (shape?.kind !== "object" || paths === undefined || !paths.has("aggregate")) return "no";
    const isV1 = paths.has("aggregate.scenariosCreated") || paths.has("aggregate.requestsCompleted");
    return isV1 || (paths.has("aggregate.counters") && paths.has("aggregate.rates")) ? "certain" : "no";
  },
  parse: parseArtillery,
};

async function parseArtillery(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const { value } = json;
  const aggregate = isObject(value) ? objectField(value, "aggregate") : undefined;
  if (!isObject(value) || aggregate === undefined)
    throw new AppError("FORMAT_SCHEMA", 'expected the "aggregate" of Artillery', json.place([]));
  const periods = (arrayField(value, "intermediate") ?? []).filter(isObject);
  sink.begin({ framework: "Artillery" });
  if (objectField(aggregate, "counters") === undefined || Object.hasOwn(aggregate, "requestsCompleted"))
    readArtilleryV1(aggregate, periods, sink);
  else readV2(aggregate, periods, sink);
}

const ENDPOINT = "plugins.metrics-by-endpoint.";

function readV2(aggregate: JsonObject, periods: readonly JsonObject[], sink: ReportSink): void {
  const counters = objectField(aggregate, "counters")!;
  const summaries = objectField(aggregate, "summaries") ?? {};
  const startedAtMs = numberField(aggregate, "firstMetricAt") ?? numberField(aggregate, "firstCounterAt");
  const endedAtMs = numberField(aggregate, "lastMetricAt") ?? numberField(aggregate, "lastCounterAt");
  const seconds =
    startedAtMs === undefined || endedAtMs === undefined || endedAtMs < startedAtMs
      ? undefined
      : (endedAtMs - startedAtMs) / 1000;
  const book = new LoadBook(sink);
  const requests = numberField(counters, "http.requests");
  const times = objectField(summaries, "http.response_time");
  const bytes = numberField(counters, "http.downloaded_bytes");
  if (requests !== undefined || times !== undefined)
    book.add({
      requests,
      failures: requests === undefined ? undefined : failuresIn(counters, "http.codes.", "errors."),
      requestsPerSecond: numberField(objectField(aggregate, "rates") ?? {}, "http.request_rate"),
      receivedBytesPerSecond: bytes === undefined || !seconds ? undefined : bytes / seconds,
      latency: summaryOf(times),
      slices: slicesOf(periods),
    });
  for (const name of endpointsOf(counters, summaries))
    book.add({
      operation: name,
      requests: sumOf(counters, `${ENDPOINT}${name}.codes.`) + sumOf(counters, `${ENDPOINT}${name}.errors.`),
      failures: failuresIn(counters, `${ENDPOINT}${name}.codes.`, `${ENDPOINT}${name}.errors.`),
      latency: summaryOf(objectField(summaries, `${ENDPOINT}response_time.${name}`)),
    });
  book.emit();
  emitOthers(counters, summaries, sink);
  const meta: ReportMeta = { framework: "Artillery", startedAtMs, endedAtMs, durationSeconds: seconds };
  sink.end(meta);
}

const sumOf = (counters: JsonObject, prefix: string): number =>
  Object.keys(counters).reduce(
    (sum, key) => (key.startsWith(prefix) ? sum + (numberField(counters, key) ?? 0) : sum),
    0,
  );

function failuresIn(counters: JsonObject, codes: string, errors: string): number {
  const refused = Object.keys(counters).reduce((sum, key) => {
    if (!key.startsWith(codes)) return sum;
    return /^[123]\d\d$/.test(key.slice(codes.length)) ? sum : sum + (numberField(counters, key) ?? 0);
  }, 0);
  return refused + sumOf(counters, errors);
}

function endpointsOf(counters: JsonObject, summaries: JsonObject): ReadonlySet<string> {
  const names = new Set<string>();
  const timed = `${ENDPOINT}response_time.`;
  for (const key of Object.keys(summaries)) if (key.startsWith(timed)) names.add(key.slice(timed.length));
  for (const key of Object.keys(counters)) {
    const match = key.startsWith(ENDPOINT)
      ? /^(.+)\.(?:codes\.\d+|errors\.[^.]+)$/.exec(key.slice(ENDPOINT.length))
      : null;
    if (match !== null) names.add(match[1]!);
  }
  return names;
}

/** Periods are ten seconds long; the last ones of a long run are left out rather than told wrong. */
function slicesOf(periods: readonly JsonObject[]): LoadSlice[] {
  return periods
    .flatMap((period) => {
      const counters = objectField(period, "counters") ?? {};
      const startedAtMs = numberField(period, "period") ?? Number(stringField(period, "period"));
      const requests = numberField(counters, "http.requests");
      if (!(startedAtMs > 1e12) || requests === undefined) return [];
      const latency = summaryOf(objectField(objectField(period, "summaries") ?? {}, "http.response_time"));
      return [
        {
          startedAtMs,
          seconds: 10,
          requests,
          failures: failuresIn(counters, "http.codes.", "errors."),
          avgSeconds: latency.avg,
          p95Seconds: latency.p95,
        },
      ];
    })
    .sort((a, b) => a.startedAtMs - b.startedAtMs)
    .slice(0, MAX_SLICES);
}

/** Virtual users, custom counters and histograms, errors by kind. */
function emitOthers(counters: JsonObject, summaries: JsonObject, sink: ReportSink): void {
  const book = new BenchmarkBook(sink, "measure");
  for (const name of Object.keys(counters)) {
    const value = numberField(counters, name);
    if (value === undefined || /^(?:http\.|plugins\.metrics-by-endpoint\.)/.test(name)) continue;
    const scenario = /^vusers\.created_by_name\.(.+)$/.exec(name)?.[1];
    const measure = scenario === undefined ? name : "vusers.created_by_name";
    const isBad = /^errors\.|\.failed$/.test(name);
    book.add({
      name: measure,
      measure,
      stat: "value",
      value,
      unit: undefined,
      scenario,
      ...(isBad ? { better: "lower" as const } : {}),
    });
  }
  for (const name of Object.keys(summaries)) {
    if (/^(?:http\.response_time|plugins\.metrics-by-endpoint\.)/.test(name)) continue;
    // Only of its own times it is known that they are milliseconds.
    const isTime = name === "vusers.session_length";
    for (const [stat, seconds] of Object.entries(summaryOf(objectField(summaries, name))))
      if (seconds !== undefined)
        book.add({
          name,
          measure: name,
          stat: stat as "avg",
          value: Number((seconds * 1000).toPrecision(12)),
          unit: isTime ? "ms" : undefined,
        });
  }
}
