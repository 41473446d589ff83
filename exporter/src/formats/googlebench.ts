import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import type { Stat } from "../model/measure.ts";
import { BenchmarkBook, type StatedValue } from "./benchmark-book.ts";
import { snakeCase } from "./benchmark-names.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { arrayField, field, isObject, type JsonObject, numberField, objectField, show, stringField } from "./json.ts";
import { documentShape, readJsonAmongLines } from "./json-noise.ts";
import { parseTimestamp } from "./numbers.ts";

/**
 * Google Benchmark's JSON. Repetitions become samples of one benchmark; its aggregates are then left out, since they follow from
 * them, and read where they stand alone. The coefficients of `BigO` and the error of `RMS` are measures of their benchmark's family.
 * Other numbers of a row are the user's counters. A row with `error_occurred` has no result.
 */
export const googlebench: Format = {
  id: "googlebench",
  title: "Google Benchmark JSON",
  yields: "measures",
  tools: ["Google Benchmark", "nanobench --gbench"],
  extensions: ["json"],
  reads: "document",
  notes:
    "--benchmark_out=FILE --benchmark_out_format=json; with --benchmark_repetitions the repetitions are kept as samples.",
  sniff: (head) => {
    const shape = documentShape(head);
    if (shape?.kind !== "object" || !shape.paths.has("context") || !shape.paths.has("benchmarks")) return "no";
    if (
      ["run_name", "real_time", "cpu_coefficient", "error_occurred"].some((key) =>
        shape.paths.has(`benchmarks[].${key}`),
      )
    )
      return "certain";
    return shape.paths.has("context.num_cpus") && shape.paths.has("context.library_build_type") ? "certain" : "no";
  },
  parse: parseGooglebench,
};

const OWN_KEYS = new Set(
  (
    "name family_index per_family_instance_index run_name run_type repetitions repetition_index threads iterations real_time " +
    "cpu_time time_unit label aggregate_name aggregate_unit error_occurred error_message skipped skip_message cpu_coefficient " +
    "real_coefficient big_o rms"
  ).split(" "),
);
/** What the tool's own counters are called, and their units; the user's have none. */
const COUNTERS: Readonly<Record<string, { measure: string; unit: string }>> = {
  bytes_per_second: { measure: "throughput", unit: "B/s" },
  items_per_second: { measure: "item_throughput", unit: "items/s" },
  allocs_per_iter: { measure: "allocations", unit: "allocs" },
  max_bytes_used: { measure: "memory", unit: "bytes" },
  total_allocated_bytes: { measure: "allocated_memory", unit: "bytes" },
  net_heap_growth: { measure: "heap_growth", unit: "bytes" },
};
const AGGREGATES: Readonly<Record<string, Stat>> = {
  mean: "avg",
  median: "p50",
  stddev: "stddev",
  min: "min",
  max: "max",
};

interface Value {
  readonly measure: string;
  readonly unit: string | undefined;
  readonly samples: number[];
}

async function parseGooglebench(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJsonAmongLines(source, sink, limits);
  const rows = isObject(json.value) ? arrayField(json.value, "benchmarks") : undefined;
  if (!isObject(json.value) || rows === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected an object with an array "benchmarks", found ${show(json.value)}`,
      json.place([]),
    );
  const meta = metaOf(objectField(json.value, "context") ?? {});
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  const repeated = new Map<string, Map<string, Value>>();
  const aggregates: JsonObject[] = [];
  const ran = new Set<string>();
  rows.forEach((row, index) => {
    const place = json.place(["benchmarks", index]);
    if (!isObject(row))
      throw new AppError("FORMAT_SCHEMA", `benchmarks[${index}]: expected an object, found ${show(row)}`, place);
    const name = nameOf(row);
    if (
      field(row, "error_occurred") === true ||
      field(row, "skipped") === true ||
      stringField(row, "skip_message") !== undefined
    )
      troubles.failed(name, stringField(row, "error_message") ?? stringField(row, "skip_message"), place.line);
    else if (stringField(row, "run_type") === "aggregate") aggregates.push(row);
    else {
      ran.add(name);
      const values = repeated.get(key(row)) ?? new Map<string, Value>();
      repeated.set(key(row), values);
      for (const { measure, unit, value } of valuesOf(row)) {
        const known = values.get(measure) ?? { measure, unit, samples: [] };
        values.set(measure, known);
        known.samples.push(value);
      }
    }
  });
  for (const [id, values] of repeated) {
    const { name, tags } = JSON.parse(id) as Pick<StatedValue, "name" | "tags">;
    for (const { measure, unit, samples } of values.values()) {
      const stated = { name, measure, unit, ...(tags === undefined ? {} : { tags }) };
      if (samples.length > 1) book.addSamples(stated, samples);
      else book.add({ ...stated, stat: "avg", value: samples[0]! });
    }
  }
  for (const row of aggregates) addAggregate(book, row, ran);
  sink.end(troubles.meta(meta));
}

const nameOf = (row: JsonObject): string => stringField(row, "run_name") ?? stringField(row, "name") ?? "";

/** Repetitions of one benchmark have equal keys; rows of one name with different labels are different benchmarks. */
function key(row: JsonObject): string {
  const label = stringField(row, "label");
  return JSON.stringify({
    name: nameOf(row),
    ...(label === undefined || label === "" ? {} : { tags: { label: label.slice(0, 200) } }),
  });
}

function* valuesOf(row: JsonObject): Generator<{ measure: string; unit: string | undefined; value: number }> {
  const unit = stringField(row, "time_unit");
  for (const [measure, name] of [
    ["time", "real_time"],
    ["cpu_time", "cpu_time"],
  ] as const) {
    const value = numberField(row, name);
    if (value !== undefined) yield { measure, unit, value };
  }
  for (const name of Object.keys(row)) {
    const value = OWN_KEYS.has(name) ? undefined : numberField(row, name);
    if (value === undefined) continue;
    const known = Object.hasOwn(COUNTERS, name)
      ? COUNTERS[name]!
      : { measure: snakeCase(name) || "counter", unit: undefined };
    yield { ...known, value };
  }
}

function addAggregate(book: BenchmarkBook, row: JsonObject, ran: ReadonlySet<string>): void {
  const kind = stringField(row, "aggregate_name") ?? "";
  const name = nameOf(row);
  if (kind === "BigO" || kind === "RMS") {
    const unit = stringField(row, "time_unit");
    const order = stringField(row, "big_o");
    const tags = order === undefined ? {} : { tags: { big_o: order.slice(0, 100) } };
    for (const part of ["real_coefficient", "cpu_coefficient"]) {
      const value = numberField(row, part);
      if (value !== undefined) book.add({ name, measure: part, stat: "value", value, unit, ...tags });
    }
    const rms = numberField(row, "rms");
    if (rms !== undefined)
      book.add({ name, measure: "rms", stat: "value", value: rms, unit: "ratio", better: "lower" });
    return;
  }
  // The coefficient of variation is the standard deviation over the mean, both of which are there.
  if (ran.has(name) || kind === "cv") return;
  const stat = Object.hasOwn(AGGREGATES, kind) ? AGGREGATES[kind] : undefined;
  const isRatio = stringField(row, "aggregate_unit") === "percentage";
  for (const { measure, unit, value } of valuesOf(row))
    book.add({
      name,
      measure: stat === undefined ? `${measure}_${snakeCase(kind) || "aggregate"}` : measure,
      stat: stat ?? "value",
      value,
      unit: isRatio ? "ratio" : unit,
    });
}

/** Zones are written since 1.5; without one the time is taken as UTC. */
function metaOf(context: JsonObject): ReportMeta {
  const date = stringField(context, "date");
  const startedAtMs = date === undefined ? undefined : parseTimestamp(date);
  const cores = numberField(context, "num_cpus");
  return {
    framework: "Google Benchmark",
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(cores === undefined ? {} : { runner: { cores } }),
  };
}
