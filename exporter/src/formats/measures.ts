import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { type Measure, STATS, type Stat, thinned } from "../model/measure.ts";
import { MAX_NAME } from "../model/test.ts";
import { type ParsedUnit, parseUnit, toBase } from "../model/units.ts";
import {
  arrayField,
  field,
  isObject,
  type JsonDocument,
  type JsonObject,
  readJson,
  show,
  stringField,
} from "./json.ts";
import { statOf } from "./measure-samples.ts";
import { parseTimestamp } from "./numbers.ts";
import { jsonShape } from "./sniff.ts";
import { summarize } from "./summarize.ts";
import { cut, plain } from "./text.ts";

/**
 * Our own plain format for named values:
 *
 *     {"name": "checkout", "timestamp": "2026-01-02T03:04:05Z", "component": "api", "measures": [
 *       {"name": "api_response_time", "value": 182, "unit": "ms", "stat": "avg", "scenario": "checkout", "labels": {"dc": "eu"}},
 *       {"name": "api_response_time", "samples": [181, 190, 175], "unit": "ms"}]}
 *
 * `component`, `scenario` and `labels` may stand at the top for all. Samples become avg, min, max, stddev, p50, p90, p95, p99
 * (linear interpolation) and count; the average has the samples themselves. `stat` may be a usual other name: mean, median, std. A value that is no finite number is refused with its place; a unit that is not known is
 * kept as a plain value, with a warning.
 */
export const measures: Format = {
  id: "measures",
  title: "Measures (JSON)",
  yields: "measures",
  tools: ["any script"],
  extensions: ["json"],
  reads: "document",
  notes: 'Named values: {"measures": [{"name": "api_response_time", "value": 182, "unit": "ms", "stat": "avg"}]}.',
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object" || !shape.paths.has("measures")) return "no";
    // SonarQube's answers have "measures" as well, with "metric" in place of "name".
    if (shape.paths.has("measures[].name")) return "certain";
    return /"measures"\s*:\s*\[\s*\]/.test(head) ? "certain" : "no";
  },
  parse: parseMeasures,
};

async function parseMeasures(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const { value } = json;
  const list = isObject(value) ? arrayField(value, "measures") : undefined;
  if (!isObject(value) || list === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected an object with an array "measures", found ${show(value)}`,
      json.place([]),
    );
  const timestamp = stringField(value, "timestamp");
  const startedAtMs = timestamp === undefined ? undefined : parseTimestamp(timestamp);
  const meta = { name: stringField(value, "name"), startedAtMs, endedAtMs: startedAtMs };
  sink.begin(meta);
  if (timestamp !== undefined && startedAtMs === undefined)
    sink.warn({
      code: "TIME_UNREADABLE",
      message: `timestamp ${show(timestamp)} is no ISO 8601 time`,
      line: json.place(["timestamp"]).line,
    });
  const common = {
    component: stringField(value, "component"),
    scenario: stringField(value, "scenario"),
    labels: field(value, "labels"),
  };
  list.forEach((entry, index) => {
    readEntry(json, sink, entry, index, common);
  });
  sink.end(meta);
}

interface Common {
  readonly component: string | undefined;
  readonly scenario: string | undefined;
  readonly labels: unknown;
}

function readEntry(json: JsonDocument, sink: ReportSink, entry: unknown, index: number, common: Common): void {
  const refuse = (key: string | undefined, message: string): AppError => {
    const path =
      key === undefined
        ? ["measures", index]
        : ["measures", index, ...key.split("/").map((k) => (/^\d+$/.test(k) ? Number(k) : k))];
    return new AppError(
      "FORMAT_SCHEMA",
      `measures[${index}]${key === undefined ? "" : `.${key.replace(/\/(\d+)/g, "[$1]")}`}: ${message}`,
      json.place(path),
    );
  };
  if (!isObject(entry)) throw refuse(undefined, `expected an object, found ${show(entry)}`);
  const name = field(entry, "name");
  if (typeof name !== "string" || name.trim() === "")
    throw refuse(name === undefined ? undefined : "name", `expected a "name", found ${show(name)}`);
  if (name.length > MAX_NAME) throw refuse("name", `a name of more than ${MAX_NAME} characters`);
  const unitText = field(entry, "unit");
  if (unitText !== undefined && unitText !== null && typeof unitText !== "string")
    throw refuse("unit", `expected a text, found ${show(unitText)}`);
  const sourceUnit = typeof unitText === "string" && unitText.trim() !== "" ? unitText.trim().slice(0, 40) : undefined;
  let unit = parseUnit(sourceUnit);
  if (unit === undefined) {
    unit = { unit: "value", factor: 1 };
    sink.warn({
      code: "UNIT_UNKNOWN",
      message: `unit ${show(sourceUnit)} of ${show(name)} is not known; kept as a plain value`,
      line: json.place(["measures", index]).line,
    });
  }
  const common_ = {
    kind: "measure" as const,
    name: plain(name.trim()),
    measure: plain(name.trim()),
    component: label(entry, "component") ?? common.component,
    scenario: label(entry, "scenario") ?? common.scenario,
    tags: tagsOf(sink, common.labels, field(entry, "labels")),
  };
  const emit = (
    stat: Stat,
    value: number,
    as: ParsedUnit,
    stated: string | undefined,
    samples?: readonly number[],
  ): void => {
    const measure: Measure = {
      ...common_,
      stat,
      value: toBase(value, as),
      unit: as.unit,
      sourceValue: value,
      sourceUnit: stated,
      ...(samples === undefined || samples.length < 2
        ? {}
        : { samples: thinned(samples).map((sample) => toBase(sample, as)) }),
    };
    sink.measure(measure);
  };
  const samples = field(entry, "samples");
  const value = field(entry, "value");
  if (samples !== undefined && value !== undefined)
    throw refuse(undefined, 'has both "value" and "samples"; write one of them');
  if (samples === undefined) {
    if (typeof value !== "number" || !Number.isFinite(value))
      throw refuse(
        value === undefined ? undefined : "value",
        `expected a finite number as "value", found ${show(value)}`,
      );
    const stated = field(entry, "stat") ?? "value";
    const stat = typeof stated === "string" ? statOf(stated) : undefined;
    if (stat === undefined) throw refuse("stat", `expected one of ${STATS.join(", ")}, found ${show(stated)}`);
    if (stat === "count") emit("count", value, COUNT, undefined);
    else emit(stat, value, unit, sourceUnit);
    return;
  }
  if (!Array.isArray(samples) || samples.length === 0)
    throw refuse(
      "samples",
      `expected an array of numbers, found ${Array.isArray(samples) ? "an empty one" : show(samples)}`,
    );
  const bad = samples.findIndex((sample) => typeof sample !== "number" || !Number.isFinite(sample));
  if (bad !== -1) throw refuse(`samples/${bad}`, `expected a finite number, found ${show(samples[bad])}`);
  const summary = summarize(samples as number[]);
  for (const [stat, result] of Object.entries(summary) as [Stat, number | undefined][])
    if (result !== undefined)
      emit(
        stat,
        result,
        stat === "count" ? COUNT : unit,
        stat === "count" ? undefined : sourceUnit,
        stat === "avg" ? (samples as number[]) : undefined,
      );
}

const COUNT: ParsedUnit = { unit: "value", factor: 1 };

function label(entry: JsonObject, key: string): string | undefined {
  const value = stringField(entry, key)?.trim();
  return value === undefined || value === "" ? undefined : cut(plain(value), 200);
}

function tagsOf(sink: ReportSink, ...sources: unknown[]): Record<string, string> | undefined {
  const tags = new Map<string, string>();
  let skipped = 0;
  for (const source of sources) {
    if (!isObject(source)) continue;
    for (const [key, value] of Object.entries(source)) {
      const simple = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
      if (simple && key !== "__proto__" && key.length <= 100 && (tags.size < 50 || tags.has(key)))
        tags.set(key, cut(plain(String(value)), 500));
      else skipped++;
    }
  }
  if (skipped > 0)
    sink.warn({
      code: "VALUE_SKIPPED",
      message: `${skipped} labels were left out: only texts and numbers, at most 50`,
    });
  return tags.size === 0 ? undefined : Object.fromEntries(tags);
}
