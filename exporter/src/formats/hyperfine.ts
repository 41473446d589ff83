import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { addStats, numbersOf, tagsOf } from "./benchmark-stats.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { arrayField, field, isObject, type JsonObject, readJson, show, stringField } from "./json.ts";
import { jsonShape } from "./sniff.ts";

/**
 * hyperfine's `--export-json`. Times are seconds, whatever `--time-unit` says; `times` are the samples. A run that ended with another
 * status than 0 (`--ignore-failure`) is told, and makes the report partial: what was timed is the failure.
 */
export const hyperfine: Format = {
  id: "hyperfine",
  title: "hyperfine JSON",
  yields: "measures",
  tools: ["hyperfine"],
  extensions: ["json"],
  reads: "document",
  notes: "hyperfine --export-json FILE COMMAND…",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object" || !shape.paths.has("results[].command")) return "no";
    return ["times", "mean", "median"].some((key) => shape.paths.has(`results[].${key}`)) ? "certain" : "no";
  },
  parse: parseHyperfine,
};

async function parseHyperfine(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const list = isObject(json.value) ? arrayField(json.value, "results") : undefined;
  if (list === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected an object with an array "results", found ${show(json.value)}`,
      json.place([]),
    );
  const meta: ReportMeta = { framework: "hyperfine" };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  const commands = new Map<string, number>();
  for (const entry of list) {
    const command = isObject(entry) ? (stringField(entry, "command") ?? "") : "";
    commands.set(command, (commands.get(command) ?? 0) + 1);
  }
  list.forEach((entry, index) => {
    if (!isObject(entry))
      throw new AppError(
        "FORMAT_SCHEMA",
        `results[${index}]: expected an object, found ${show(entry)}`,
        json.place(["results", index]),
      );
    const command = stringField(entry, "command") ?? "";
    const name = nameOf(command, entry, (commands.get(command) ?? 0) > 1);
    const tags = tagsOf(field(entry, "parameters"));
    const stated = { name, ...(tags === undefined ? {} : { tags }) };
    const times = numbersOf(field(entry, "times"));
    const timed = addStats(book, { ...stated, measure: "time", unit: "s" }, entry, KEYS, times);
    if (timed && times.length > 0)
      book.add({ ...stated, measure: "time", unit: "s", stat: "count", value: times.length });
    for (const key of ["user", "system"])
      addStats(book, { ...stated, measure: `${key}_time`, unit: "s" }, entry, { avg: key });
    const memory = numbersOf(field(entry, "memory_usage_byte"));
    if (memory.length > 0) book.addSamples({ ...stated, measure: "peak_memory", unit: "bytes" }, memory);
    const failure = failureOf(arrayField(entry, "exit_codes") ?? []);
    if (failure !== undefined) troubles.failed(name, failure, json.place(["results", index]).line);
    else if (!timed) troubles.failed(name, "it has no times", json.place(["results", index]).line);
  });
  sink.end(troubles.meta(meta));
}

const KEYS = { avg: "mean", stddev: "stddev", p50: "median", min: "min", max: "max" } as const;

/** Several results of one `--command-name` are told apart by their parameters. */
function nameOf(command: string, entry: JsonObject, repeated: boolean): string {
  const parameters = repeated ? Object.entries(tagsOf(field(entry, "parameters")) ?? {}) : [];
  if (parameters.length === 0) return command;
  return `${command} (${parameters.map(([key, value]) => `${key}=${value}`).join(", ")})`;
}

/** A null is a command that was ended by a signal. */
function failureOf(codes: readonly unknown[]): string | undefined {
  const bad = codes.filter((code) => code !== 0);
  if (bad.length === 0) return undefined;
  const kinds = [...new Set(bad.map((code) => (code === null ? "a signal" : `status ${show(code)}`)))].slice(0, 5);
  return `${bad.length} of ${codes.length} runs ended with ${kinds.join(", ")}`;
}
