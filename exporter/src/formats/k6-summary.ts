import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import type { Stat } from "../model/measure.ts";
import {
  arrayField,
  field,
  isObject,
  type JsonObject,
  numberField,
  objectField,
  readJson,
  stringField,
} from "./json.ts";
import { groupChecks, newChecks } from "./k6-checks.ts";
import {
  containsOf,
  type K6Measures,
  type K6Metric,
  type K6Type,
  k6MeasureBook,
  REQUEST_METRICS,
  unitOfK6,
} from "./k6-metrics.ts";
import { emitThresholds, fromMs, LoadBook, percentileOf, type StatedLoad, type Threshold } from "./load-book.ts";
import { parseTimestamp } from "./numbers.ts";
import { operationOf } from "./operation.ts";
import { jsonShape } from "./sniff.ts";

/**
 * k6's end-of-test summary in its three shapes: `--summary-export` (values beside each other, and thresholds whose `true` means
 * crossed), the data of `handleSummary()` (`values`, `thresholds.EXPRESSION.ok`), and the machine-readable one of k6 1.5 and later
 * (`--new-machine-readable-summary`: a list of metrics, without thresholds). All requests together are the total. Submetrics are parts of
 * it, whose requests must not be counted again: those of a scenario give its latency, those of a name, address, group or method are
 * measures with that `component`.
 */
export const k6Summary: Format = {
  id: "k6-summary",
  title: "k6 summary",
  yields: "measures",
  tools: ["k6"],
  extensions: ["json"],
  reads: "document",
  notes:
    "k6 run --summary-export FILE, or handleSummary() writing its data as JSON. Thresholds are test cases. `--out json` has operations and histograms.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object") return "no";
    const { paths } = shape;
    if (paths.has("metrics.iterations.count") && paths.has("metrics.iterations.rate")) return "certain";
    if (paths.has("metadata.k6_version")) return "certain";
    const isK6 = /"(?:http_req_duration|iteration_duration|vus_max|data_received)[^"]*"/.test(head);
    return paths.has("metrics") && isK6 && (paths.has("root_group") || /"values"|"(?:count|avg)"/.test(head))
      ? "certain"
      : "no";
  },
  parse: parseK6Summary,
};

interface Entry {
  /** With the tags in braces of a submetric. */
  readonly name: string;
  readonly type: K6Type | undefined;
  readonly contains: string | undefined;
  readonly values: JsonObject;
  readonly thresholds: readonly Threshold[];
}

async function parseK6Summary(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const { value } = json;
  const results = isObject(value) ? objectField(value, "results") : undefined;
  const list = results === undefined ? undefined : arrayField(results, "metrics");
  const table = isObject(value) ? objectField(value, "metrics") : undefined;
  if (!isObject(value) || (list === undefined && table === undefined))
    throw new AppError("FORMAT_SCHEMA", 'expected the "metrics" of a k6 summary', json.place([]));
  const entries =
    table !== undefined
      ? Object.entries(table).flatMap(([name, metric]) => (isObject(metric) ? [entryOf(name, metric)] : []))
      : list!.flatMap((metric) => {
          const name = isObject(metric) ? stringField(metric, "name") : undefined;
          return isObject(metric) && name !== undefined ? [entryOf(name, metric)] : [];
        });
  const meta = metaOf(value);
  sink.begin(meta);
  const measures = k6MeasureBook(sink);
  emitEntries(entries, meta.durationSeconds, sink, measures);
  if (results !== undefined) newChecks(results, measures);
  else {
    const root = objectField(value, "root_group");
    if (root !== undefined) groupChecks(root, measures);
  }
  emitThresholds(
    sink,
    entries.flatMap(({ thresholds }) => thresholds),
  );
  sink.end(meta);
}

function metaOf(value: JsonObject): ReportMeta {
  const milliseconds = numberField(objectField(value, "state") ?? {}, "testRunDurationMs");
  const durationSeconds = fromMs(milliseconds) ?? numberField(objectField(value, "config") ?? {}, "duration");
  const written = stringField(objectField(value, "metadata") ?? {}, "generated_at");
  // The machine-readable summary is written when the test ends.
  const endedAtMs = written === undefined ? undefined : parseTimestamp(written);
  return {
    framework: "k6",
    durationSeconds,
    endedAtMs,
    startedAtMs:
      endedAtMs === undefined || durationSeconds === undefined
        ? undefined
        : Math.round(endedAtMs - durationSeconds * 1000),
  };
}

function entryOf(name: string, metric: JsonObject): Entry {
  const values = objectField(metric, "values") ?? metric;
  const stated = stringField(metric, "type");
  const type =
    stated === "trend" || stated === "counter" || stated === "rate" || stated === "gauge" ? stated : typeOf(values);
  return {
    name,
    type,
    contains: stringField(metric, "contains") ?? containsOf(name.replace(/\{.*$/, ""), type),
    values,
    thresholds: thresholdsOf(name, metric),
  };
}

/** `--summary-export` does not state the type. */
function typeOf(values: JsonObject): K6Type | undefined {
  const has = (key: string): boolean => Object.hasOwn(values, key);
  if (has("avg") || has("med") || Object.keys(values).some((key) => key.startsWith("p("))) return "trend";
  if (has("passes") && has("fails")) return "rate";
  if (has("count")) return "counter";
  return has("value") ? "gauge" : undefined;
}

function thresholdsOf(metric: string, object: JsonObject): Threshold[] {
  const table = objectField(object, "thresholds");
  const stated = arrayField(object, "thresholds") ?? [];
  const listed = stated.flatMap((one) => {
    const ok = isObject(one) ? field(one, "ok") : undefined;
    const source = isObject(one) ? (stringField(one, "source") ?? stringField(one, "expression")) : undefined;
    return source !== undefined && typeof ok === "boolean" ? [{ name: `${metric}: ${source}`, passed: ok }] : [];
  });
  const named = Object.entries(table ?? {}).flatMap(([expression, verdict]) => {
    const name = `${metric}: ${expression}`;
    // The old export writes whether the threshold was crossed, the newer shapes whether it held.
    if (typeof verdict === "boolean") return [{ name, passed: !verdict }];
    const ok = isObject(verdict) ? field(verdict, "ok") : undefined;
    return typeof ok === "boolean" ? [{ name, passed: ok }] : [];
  });
  return [...listed, ...named];
}

const STATS: Readonly<Record<string, Stat>> = { avg: "avg", min: "min", max: "max", med: "p50", count: "count" };

function trendStats(values: JsonObject): (readonly [Stat, number])[] {
  return Object.keys(values).flatMap((key) => {
    const stat = STATS[key] ?? percentileOf(key);
    const value = numberField(values, key);
    return stat === undefined || value === undefined ? [] : [[stat, value] as const];
  });
}

function emitEntries(
  entries: readonly Entry[],
  seconds: number | undefined,
  sink: ReportSink,
  measures: K6Measures,
): void {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const number = (name: string, key: string): number | undefined => numberField(byName.get(name)?.values ?? {}, key);
  const book = new LoadBook(sink);
  const duration = byName.get("http_req_duration") ?? byName.get("grpc_req_duration");
  const perSecond = (name: string): number | undefined => {
    const count = number(name, "count");
    return number(name, "rate") ?? (count === undefined || !seconds ? undefined : count / seconds);
  };
  const requests = number("http_reqs", "count") ?? number("grpc_req_duration", "count");
  if (duration !== undefined || requests !== undefined)
    book.add({
      requests,
      failures: number("http_req_failed", "passes") ?? number("http_req_failed", "matches"),
      requestsPerSecond:
        perSecond("http_reqs") ?? (requests === undefined || !seconds ? undefined : requests / seconds),
      receivedBytesPerSecond: perSecond("data_received"),
      users: number("vus", "max") ?? number("vus_max", "max") ?? number("vus_max", "value"),
      latency: duration === undefined ? {} : latencyOf(duration),
    });
  for (const entry of entries) {
    const part = partOf(entry.name);
    if (part === undefined) {
      if (!REQUEST_METRICS.has(entry.name)) measures.add(measureOf(entry, seconds));
    } else if (part.component === undefined) book.add({ scenario: part.scenario, latency: latencyOf(entry) });
    else measures.add({ ...measureOf(entry, seconds), ...part });
  }
  book.emit();
}

function latencyOf(entry: Entry): NonNullable<StatedLoad["latency"]> {
  return Object.fromEntries(
    trendStats(entry.values).flatMap(([stat, value]) => (stat === "count" ? [] : [[stat, fromMs(value)]])),
  );
}

/** What a submetric of the latency is about, by its own tags; undefined when it is about something else. */
function partOf(submetric: string): Pick<K6Metric, "name" | "scenario" | "component"> | undefined {
  const match = /^((?:http|grpc)_req_duration)\{(.+)\}$/.exec(submetric);
  if (match === null) return undefined;
  const tags = new Map<string, string>();
  for (const pair of match[2]!.split(/,\s*(?=\w+:)/)) {
    const colon = pair.indexOf(":");
    tags.set(pair.slice(0, colon).trim(), pair.slice(colon + 1).trim());
  }
  const [scenario, method] = [tags.get("scenario"), tags.get("method")];
  const address = tags.get("name") ?? tags.get("url") ?? tags.get("group")?.replace(/^::/, "");
  for (const known of ["scenario", "name", "url", "group", "method"]) tags.delete(known);
  const component = address === undefined && method === undefined ? undefined : operationOf(address ?? "", method);
  if (tags.size > 0 || (scenario === undefined && component === undefined)) return undefined;
  return { name: match[1]!, scenario, component };
}

function measureOf({ name, type, contains, values }: Entry, seconds: number | undefined) {
  const unit = unitOfK6(contains);
  const stat = (key: string, as: Stat): (readonly [Stat, number])[] => {
    const value = numberField(values, key);
    return value === undefined ? [] : [[as, value]];
  };
  switch (type) {
    case "trend":
      return { name, unit, stats: trendStats(values) };
    case "rate": {
      const ratio = numberField(values, "rate") ?? numberField(values, "value");
      return { name, unit: "ratio", stats: ratio === undefined ? [] : [["value", ratio] as const] };
    }
    case "counter": {
      const count = numberField(values, "count");
      const perSecond = numberField(values, "rate") ?? (count === undefined || !seconds ? undefined : count / seconds);
      return { name, unit, stats: stat("count", "value"), perSecond };
    }
    default:
      return { name, unit, stats: [...stat("value", "value"), ...stat("min", "min"), ...stat("max", "max")] };
  }
}
