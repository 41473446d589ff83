/**
 * Series to analyze: NDJSON, one series a line, or CSV with the columns timestamp and value, one series a file. What stands in the
 * first line decides, not the file's name. A bad line is told with its place and costs nothing but itself.
 */
import { basename } from "node:path";
import { AppError } from "../errors.ts";
import { isObject, show } from "../formats/json.ts";
import { type Line, readLines } from "../formats/lines.ts";
import { parseTimestamp } from "../formats/numbers.ts";
import { peek } from "../formats/source.ts";
import type { Limits, ReportSource } from "../model/format.ts";

export interface InputSeries {
  readonly id: string | number;
  /** Null: a gap (null, NaN, infinite, an empty cell). Positions are those of the input. */
  readonly values: readonly (number | null)[];
  /** Only their order counts; null: not readable. */
  readonly timestamps: readonly (number | null)[] | undefined;
  /** Of its (first) line. */
  readonly line: number;
}

export interface SeriesReader {
  series(series: InputSeries): void;
  problem(error: AppError): void;
}

/** Calls `reader` for each series as it comes; throws what makes the whole input unreadable. */
export async function readSeries(from: ReportSource, limits: Limits, reader: SeriesReader): Promise<void> {
  const { head, source } = await peek(from);
  const start = head.trimStart()[0];
  if (start === undefined) {
    const hint = "one JSON object a line, or CSV with the header timestamp,value";
    throw new AppError("INPUT_EMPTY", "no series: the input is empty", { file: from.name }, { hint });
  }
  if (start === "[") {
    const hint = "write one object a line: jq -c '.[]' FILE";
    throw new AppError("FORMAT_SCHEMA", "expected one JSON object a line, got an array", { file: from.name }, { hint });
  }
  const read = start === "{" ? ndjson(reader) : csv(from.name, reader);
  await readLines(source, limits, (line) => {
    try {
      if (line.cut) throw new AppError("INPUT_TOO_LARGE", `a line of more than ${limits.maxTextBytes} characters`);
      if (line.text.trim() !== "") read.line(line);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const place = { file: from.name, line: line.number, ...error.place };
      reader.problem(new AppError(error.code, error.message, place, { cause: error.cause, hint: error.hint }));
    }
  });
  read.end();
}

interface LineReader {
  line(line: Line): void;
  end(): void;
}

const SERIES_HINT = 'a line is {"id":"…","values":[…],"timestamps":[…]}; timestamps may be left out';

function ndjson(reader: SeriesReader): LineReader {
  return {
    line: ({ text, number }) => reader.series({ ...seriesOf(parseLine(text)), line: number }),
    end: () => {},
  };
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Python's json.dumps writes NaN and Infinity, which JSON does not know.
    const repaired = /\b(?:NaN|Infinity)\b/.test(text) ? withoutNaN(text) : text;
    if (repaired !== text) return parseLine(repaired);
    const column = Number(/ at position (\d+)/.exec(error.message)?.[1] ?? text.length) + 1;
    const what = error.message.replace(/ in JSON at position.*$|, ?"?\.{0,3}[\s\S]* is not valid JSON$/, "");
    throw new AppError("FORMAT_SYNTAX", `not JSON: ${what}`, { column }, { cause: error, hint: SERIES_HINT });
  }
}

/** The words are replaced outside of strings only. */
function withoutNaN(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) => (found.startsWith('"') ? found : "null"));
}

function seriesOf(value: unknown): Omit<InputSeries, "line"> {
  const wrong = (message: string) => new AppError("FORMAT_SCHEMA", message, {}, { hint: SERIES_HINT });
  if (!isObject(value)) throw wrong(`expected an object, got ${show(value)}`);
  const { id, values, timestamps } = value;
  if (typeof id !== "string" && typeof id !== "number") throw wrong(`id: expected a string, got ${show(id)}`);
  if (!Array.isArray(values)) throw wrong(`values: expected a list of numbers, got ${show(values)}`);
  const numbers = values.map((item: unknown, i) => {
    if (typeof item === "number") return Number.isFinite(item) ? item : null;
    if (item === null || (typeof item === "string" && GAP.test(item))) return null;
    throw wrong(`values[${i}]: expected a number or null, got ${show(item)}`);
  });
  if (timestamps === undefined || timestamps === null) return { id, values: numbers, timestamps: undefined };
  if (!Array.isArray(timestamps)) throw wrong(`timestamps: expected a list, got ${show(timestamps)}`);
  if (timestamps.length !== values.length)
    throw wrong(`${timestamps.length} timestamps for ${values.length} values: expected one for each`);
  return { id, values: numbers, timestamps: timestamps.map(timeOf) };
}

/** What stands for a missing value where values are text. */
const GAP = /^\s*(?:|null|none|na|n\/a|[+-]?nan|[+-]?inf(?:inity)?)\s*$/i;

/** Numbers as they are (seconds or milliseconds), ISO times in milliseconds; null for anything else. */
function timeOf(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string" || value.trim() === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : (parseTimestamp(value) ?? null);
}

const GAP_HINT = "an empty cell or NaN is a gap; this line was taken as one";

function csv(file: string, reader: SeriesReader): LineReader {
  const values: (number | null)[] = [];
  const times: (number | null)[] = [];
  let columns: { separator: string; value: number; time: number } | undefined;
  return {
    line({ text }) {
      if (columns === undefined) {
        columns = header(text);
        return;
      }
      const cells = cellsOf(text, columns.separator);
      const cell = cells[columns.value] ?? "";
      const value = GAP.test(cell) ? null : Number(cell);
      const isValue = value === null || !Number.isNaN(value);
      // A bad line is a gap: the positions of the others stay what they are in the file.
      values.push(isValue && Number.isFinite(value) ? value : null);
      if (columns.time >= 0) times.push(timeOf(cells[columns.time]));
      if (!isValue)
        throw new AppError("FORMAT_SCHEMA", `value: expected a number, got ${show(cell)}`, {}, { hint: GAP_HINT });
    },
    end() {
      if (columns === undefined) return;
      const timestamps = columns.time < 0 ? undefined : times;
      reader.series({ id: basename(file).replace(/\.(?:csv|tsv|txt)(?:\.gz)?$/i, ""), values, timestamps, line: 1 });
    },
  };
}

function header(text: string) {
  const separator = [",", ";", "\t"].find((candidate) => text.includes(candidate)) ?? ",";
  const names = cellsOf(text, separator).map((name) => name.toLowerCase());
  const value = names.indexOf("value");
  if (value < 0) {
    const hint = "the first line names the columns: timestamp,value";
    throw new AppError("FORMAT_SCHEMA", `expected a header with a column "value", got ${show(text)}`, {}, { hint });
  }
  return { separator, value, time: names.indexOf("timestamp") };
}

const cellsOf = (text: string, separator: string): string[] =>
  text.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
