import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import type { Better } from "../model/measure.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { field, isObject, numberField, readJson, show } from "./json.ts";
import { jsonShape } from "./sniff.ts";

/**
 * Bencher Metric Format: `{benchmark: {measure: {value, lower_value, upper_value}}}`. It carries no units: Bencher's own measures have
 * the units that Bencher gives them, others are plain values. The bounds become the margin where they enclose the value.
 */
export const bmf: Format = {
  id: "bmf",
  title: "Bencher Metric Format",
  yields: "measures",
  tools: ["Bencher", "bencher run --adapter json"],
  extensions: ["json"],
  reads: "document",
  notes:
    "Known measures are latency (ns), throughput (per second), build-time (s), file-size (bytes), and counts of instructions and the like.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object" || !FIRST.test(head)) return "no";
    return /"(?:lower|upper)_value"\s*:/.test(head) ? "certain" : "maybe";
  },
  parse: parseBmf,
};

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const NUMBERS = String.raw`\{\s*(?:"(?:value|lower_value|upper_value)"\s*:\s*(?:-?\d[\d.eE+-]*|null)\s*,?\s*)+`;
/** The first metric of the first benchmark holds nothing but the format's own numbers. */
const FIRST = new RegExp(String.raw`^\s*\{\s*${TEXT}\s*:\s*\{\s*${TEXT}\s*:\s*${NUMBERS}\}`);

/** https://bencher.dev/docs/explanation/benchmarking/#measure */
const MEASURES: Readonly<Record<string, { measure: string; unit?: string; better?: Better }>> = {
  latency: { measure: "time", unit: "ns" },
  throughput: { measure: "throughput", unit: "ops/s" },
  "build-time": { measure: "build_time", unit: "s" },
  "file-size": { measure: "size", unit: "bytes" },
};

async function parseBmf(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const refuse = (path: readonly string[], value: unknown): AppError =>
    new AppError(
      "FORMAT_SCHEMA",
      `${path.join(" > ") || "the report"}: expected an object, found ${show(value)}`,
      json.place(path),
    );
  if (!isObject(json.value)) throw refuse([], json.value);
  const meta = { framework: "Bencher" };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  for (const name of Object.keys(json.value)) {
    const results = field(json.value, name);
    if (!isObject(results)) throw refuse([name], results);
    for (const key of Object.keys(results)) {
      const metric = field(results, key);
      if (!isObject(metric)) throw refuse([name, key], metric);
      const value = numberField(metric, "value");
      if (value === undefined) {
        const found = show(field(metric, "value"));
        sink.warn({
          code: "VALUE_SKIPPED",
          message: `${name} ${key}: expected a number as "value", found ${found}`,
          line: json.place([name, key]).line,
        });
        continue;
      }
      const known = Object.hasOwn(MEASURES, key)
        ? MEASURES[key]!
        : { measure: key.replace(/[^A-Za-z0-9]+/g, "_").toLowerCase() };
      const stated = { name, ...known, unit: known.unit };
      book.add({ ...stated, stat: "value", value });
      const lower = numberField(metric, "lower_value") ?? value;
      const upper = numberField(metric, "upper_value") ?? value;
      if (lower > value || upper < value)
        sink.warn({
          code: "VALUE_SKIPPED",
          message: `${name} ${key}: the bounds ${lower} and ${upper} do not enclose ${value}`,
          line: json.place([name, key]).line,
        });
      else if (upper > lower) book.add({ ...stated, stat: "margin", value: Math.max(upper - value, value - lower) });
    }
  }
  sink.end(meta);
}
