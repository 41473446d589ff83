import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { parseUnit } from "../model/units.ts";
import { numberOf } from "./benchmark-lines.ts";
import { readLines } from "./lines.ts";
import { type Labels, MeasureSamples, parseLabels } from "./measure-samples.ts";
import { isExposition } from "./openmetrics-lines.ts";
import { plain } from "./text.ts";

/**
 * Our own plain lines for named values: `name{labels} value unit`, with labels and unit left out at will.
 *
 *     api_response_time{component="api",scenario="checkout",stat="avg"} 182 ms
 *     cache_hit_ratio 93.1 %
 *
 * The labels component, scenario and stat are what they are in the JSON. Several lines of equal name and labels without a stat are
 * repeats of one measurement. "#" begins a comment. A line that is none is refused, with its place.
 */
export const measureLines: Format = {
  id: "measure-lines",
  title: "Measures (lines)",
  yields: "measures",
  tools: ["any script"],
  extensions: ["txt"],
  reads: "stream",
  notes: 'name{component="api",stat="avg"} 182 ms; one per line.',
  sniff: sniffLines,
  parse: parseMeasureLines,
};

interface PlainLine {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  readonly unit: string | undefined;
  /** Something names it as a measure: labels or a unit that is known. */
  readonly marked: boolean;
}

const NAME = /^([A-Za-z_](?:[\w.:/-]*\w)?)(?=[\s{])/;

/** Undefined when the line is no value. A number after the value is a time stamp, as Prometheus writes it, and is left out. */
function parseLine(text: string): PlainLine | undefined {
  const name = NAME.exec(text)?.[1];
  if (name === undefined) return undefined;
  const braces = text.slice(name.length).search(/\S/) + name.length;
  const labelled = text[braces] === "{" ? parseLabels(text, braces) : undefined;
  if (text[braces] === "{" && labelled === undefined) return undefined;
  const [number = "", ...words] = text
    .slice(labelled?.end ?? name.length)
    .trim()
    .split(/\s+/);
  const special = /^[-+]?(?:nan|inf(?:inity)?)$/i.test(number);
  const value = special ? Number.NaN : numberOf(number);
  if (Number.isNaN(value) && !special) return undefined;
  const unit = words.join(" ");
  const stamp = /^\d+$/.test(unit);
  return {
    name,
    labels: labelled?.labels ?? [],
    value,
    unit: unit === "" || stamp ? undefined : unit,
    marked: labelled !== undefined || (unit !== "" && !stamp && parseUnit(unit) !== undefined),
  };
}

/** A form as plain as this must hold for every line, and one of them must be marked; a unit of several words is no mark. */
function sniffLines(head: string): "certain" | "maybe" | "no" {
  if (isExposition(head)) return "no";
  const lines = head.split("\n");
  if (head.length > 60_000) lines.pop();
  let marked = false;
  let telling = true;
  let values = 0;
  for (const raw of lines) {
    const text = plain(raw).trim();
    if (text === "" || text.startsWith("#")) continue;
    const line = parseLine(text);
    if (line === undefined || (line.unit !== undefined && /\s/.test(line.unit) && parseUnit(line.unit) === undefined))
      return "no";
    values++;
    marked ||= line.marked;
    telling &&= /[_.]/.test(line.name);
  }
  if (values === 0) return "no";
  return marked ? "certain" : telling ? "maybe" : "no";
}

async function parseMeasureLines(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  sink.begin({});
  const samples = new MeasureSamples(sink);
  let open: number | undefined;
  await readLines(source, limits, (line) => {
    const text = plain(line.text).trim();
    if (text === "" || text.startsWith("#")) return;
    const value = line.cut ? undefined : parseLine(text);
    if (value === undefined)
      throw new AppError(
        "FORMAT_SYNTAX",
        `expected name{labels} value unit, found ${JSON.stringify(text.slice(0, 60))}`,
        {
          file: source.name,
          line: line.number,
          column: 1,
        },
      );
    const { name, labels, unit } = value;
    samples.add({ name, labels, value: value.value, unit, stat: undefined, line: line.number });
    if (line.last) open = line.number;
  });
  samples.finish();
  if (open !== undefined)
    sink.warn({
      code: "INCOMPLETE",
      message: "the last line has no line break: if the file was cut, its value is wrong",
      line: open,
    });
  sink.end({});
}
