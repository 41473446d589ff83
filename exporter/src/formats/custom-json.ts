import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { betterOf } from "../model/measure.ts";
import { parseUnit } from "../model/units.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { NUMBER, numberOf, portion } from "./benchmark-lines.ts";
import { measureOfUnit } from "./benchmark-stats.ts";
import { field, isObject, type JsonObject, readJson, show, stringField } from "./json.ts";
import { jsonShape } from "./sniff.ts";
import { cut, plain } from "./text.ts";

/**
 * github-action-benchmark's custom results: `[{name, unit, value, range, extra}]`, of `customSmallerIsBetter` and `customBiggerIsBetter`
 * alike. Which of both it is stands in the workflow, not in the file: the direction follows from unit and name. `range` ("± 3",
 * "5%") is the margin; a percentage is one of the value, unless the value is a percentage itself.
 */
export const customJson: Format = {
  id: "custom-json",
  title: "Custom benchmark JSON (github-action-benchmark)",
  yields: "measures",
  tools: ["github-action-benchmark", "any script"],
  extensions: ["json"],
  reads: "document",
  notes: '[{"name": "boot", "unit": "ms", "value": 182, "range": "± 3", "extra": "…"}].',
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "array") return "no";
    return ["name", "unit", "value"].every((key) => shape.paths.has(`[].${key}`)) ? "certain" : "no";
  },
  parse: parseCustomJson,
};

async function parseCustomJson(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  if (!Array.isArray(json.value))
    throw new AppError("FORMAT_SCHEMA", `expected an array of results, found ${show(json.value)}`, json.place([]));
  sink.begin({});
  const book = new BenchmarkBook(sink);
  (json.value as unknown[]).forEach((entry, index) => {
    if (!isObject(entry))
      throw new AppError("FORMAT_SCHEMA", `[${index}]: expected an object, found ${show(entry)}`, json.place([index]));
    const name = stringField(entry, "name") ?? "";
    const value = statedNumber(field(entry, "value"));
    if (value === undefined) {
      const found = show(field(entry, "value"));
      sink.warn({
        code: "VALUE_SKIPPED",
        message: `${name}: expected a number as "value", found ${found}`,
        line: json.place([index]).line,
      });
      return;
    }
    const unit = stringField(entry, "unit")?.trim();
    const better = betterOf({ measure: name, unit: parseUnit(unit)?.unit ?? "value" });
    const extra = stringField(entry, "extra");
    const stated = {
      name,
      measure: measureOfUnit(unit),
      unit,
      ...(parseUnit(unit) === undefined ? { line: json.place([index]).line } : {}),
      ...(better === undefined ? {} : { better }),
      ...(extra === undefined || extra === "" ? {} : { tags: { extra: cut(plain(extra), 500) } }),
    };
    book.add({ ...stated, stat: "value", value });
    const margin = marginOf(entry, value, unit);
    if (margin !== undefined) book.add({ ...stated, stat: "margin", value: margin });
    else if (field(entry, "range") !== undefined && field(entry, "range") !== "")
      sink.warn({
        code: "VALUE_SKIPPED",
        message: `${name}: range ${show(field(entry, "range"))} is no number`,
        line: json.place([index]).line,
      });
  });
  sink.end({});
}

/** Scripts write numbers as texts as well. */
function statedNumber(value: unknown): number | undefined {
  const number = typeof value === "string" ? numberOf(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

const RANGE = new RegExp(String.raw`^(?:±|\+\/?-|-\/?\+)?\s*(${NUMBER})\s*(%)?\s*([^\d%]*)$`);

function marginOf(entry: JsonObject, value: number, unit: string | undefined): number | undefined {
  const range = field(entry, "range");
  if (typeof range === "number") return Number.isFinite(range) && range >= 0 ? range : undefined;
  const match = typeof range === "string" ? RANGE.exec(range.trim().slice(0, 100)) : null;
  if (match === null) return undefined;
  const number = numberOf(match[1]!);
  if (!(number >= 0)) return undefined;
  if (match[2] !== undefined && parseUnit(unit)?.unit !== "ratio") return portion(value, number);
  // A unit of its own must be the value's.
  return match[3]!.trim() === "" || match[3]!.trim() === unit ? number : undefined;
}
