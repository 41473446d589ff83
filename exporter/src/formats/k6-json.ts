import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { field, isObject, type JsonObject, numberField, objectField, stringField } from "./json.ts";
import { parseObjectLine } from "./json-lines.ts";
import { K6Points } from "./k6-points.ts";
import { K6TagCache, type K6TagSet, type K6Tags } from "./k6-tags.ts";
import { readLines } from "./lines.ts";
import { parseTimestamp } from "./numbers.ts";

/**
 * `k6 run --out json=FILE`: one JSON object a line, a metric's declaration before its first point. The points of one request follow each
 * other with the same time and tags, so a line in k6's own spelling is taken apart by position, and its tags are parsed when they
 * differ from the last ones; every other line goes through JSON.parse. Thresholds have no verdict in this output.
 */
export const k6Json: Format = {
  id: "k6-json",
  title: "k6 JSON points",
  yields: "measures",
  tools: ["k6"],
  extensions: ["json", "ndjson", "jsonl"],
  reads: "stream",
  notes:
    "k6 run --out json=FILE. Gives histograms and the course of the run. It has no verdicts of thresholds: send the summary as a suite of its own. k6 writes whole lines, so a run that was killed cannot be told from a whole one unless its file is cut.",
  sniff: (head) => (MARK.test(head) ? "certain" : "no"),
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const reader = new K6Json(sink, limits);
    await readLines(source, limits, ({ text, number, last }) => reader.line(text, number, last));
    reader.finish(source.name);
  },
};

const MARK =
  /^\s*\{(?=[^\n]*"type": ?"(?:Metric|Point)")(?=[^\n]*"metric": ?"[\w.]+")(?=[^\n]*"data": ?\{[^\n]*"(?:contains|value)":)/m;

const HEAD = '{"metric":"';
const MIDDLE = '","type":"Point","data":{"time":"';
const VALUE = '","value":';
const TAGS = ',"tags":';

class K6Json {
  readonly #points: K6Points;
  readonly #sink: ReportSink;
  readonly #cache = new K6TagCache(parseTags);
  readonly #times = new TimeReader();
  #lastRaw = "";
  #lastSet: K6TagSet | undefined;
  #noise = 0;
  #firstNoise: number | undefined;
  #begun = false;
  #badTime = 0;
  #cut: string | undefined;

  constructor(sink: ReportSink, limits: Limits) {
    this.#sink = sink;
    this.#points = new K6Points(sink, limits);
  }

  line(text: string, number: number, last: boolean): void {
    if (this.#quick(text)) return;
    if (text.trim() === "") return;
    const object = parseObjectLine(text);
    if (object !== undefined && this.#slow(object)) return;
    if (object === undefined && last && text.trimStart().startsWith("{")) this.#cut = "the last line is cut";
    else {
      this.#noise++;
      this.#firstNoise ??= number;
    }
  }

  /** False when the line is not a point in the very spelling of k6. */
  #quick(text: string): boolean {
    if (!text.startsWith(HEAD)) return false;
    const nameEnd = text.indexOf('"', HEAD.length);
    if (nameEnd === -1 || !text.startsWith(MIDDLE, nameEnd)) return false;
    const time = nameEnd + MIDDLE.length;
    const timeEnd = text.indexOf('"', time);
    if (timeEnd === -1 || !text.startsWith(VALUE, timeEnd)) return false;
    const value = timeEnd + VALUE.length;
    const valueEnd = text.indexOf(",", value);
    const code = text.charCodeAt(value);
    if (valueEnd === -1 || !(code === 45 || (code >= 48 && code <= 57)) || !text.startsWith(TAGS, valueEnd))
      return false;
    const number = Number(text.slice(value, valueEnd));
    if (!Number.isFinite(number) || text.charCodeAt(value + 1) === 0x78) return false;
    if (!text.endsWith("}}")) return false;
    const set = this.#set(text, valueEnd + TAGS.length);
    if (set === undefined) return false;
    const atMs = this.#times.at(text, time, timeEnd);
    if (Number.isNaN(atMs)) return false;
    this.#begin();
    this.#points.add(this.#points.reader(text.slice(HEAD.length, nameEnd)), atMs, number, set);
    return true;
  }

  #set(text: string, at: number): K6TagSet | undefined {
    const raw = this.#lastRaw;
    if (this.#lastSet !== undefined && text.length === at + raw.length + 2 && text.startsWith(raw, at))
      return this.#lastSet;
    const set = this.#cache.get(text.slice(at, -2));
    if (set !== undefined) {
      this.#lastRaw = text.slice(at, -2);
      this.#lastSet = set;
    }
    return set;
  }

  /** False when it is no line of k6. */
  #slow(object: JsonObject): boolean {
    const type = stringField(object, "type");
    const name = stringField(object, "metric");
    const data = objectField(object, "data");
    if (name === undefined || data === undefined) return false;
    if (type === "Metric") {
      this.#begin();
      this.#points.declare(name, stringField(data, "type"), stringField(data, "contains"));
      return true;
    }
    const value = numberField(data, "value");
    if (type !== "Point" || value === undefined) return false;
    this.#begin();
    const time = stringField(data, "time") ?? "";
    const exact = this.#times.at(time, 0, time.length);
    const atMs = Number.isNaN(exact) ? parseTimestamp(time) : exact;
    if (atMs === undefined) this.#badTime++;
    const tags = objectField(data, "tags") ?? {};
    this.#points.add(this.#points.reader(name), atMs, value, { tags: tagsOf(tags) });
    return true;
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#sink.begin({ framework: "k6" });
  }

  finish(file: string): void {
    if (!this.#begun) throw new AppError("FORMAT_SCHEMA", "no point of k6 in the whole file", { file, line: 1 });
    if (this.#noise > 0)
      this.#sink.warn({
        code: "NOISE_SKIPPED",
        message: `${this.#noise} lines are not of this format`,
        line: this.#firstNoise,
      });
    if (this.#badTime > 0)
      this.#sink.warn({ code: "TIME_UNREADABLE", message: `${this.#badTime} points have no time that can be read` });
    this.#points.finish(this.#cut);
  }
}

function parseTags(raw: string): K6Tags | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    if (value === null) return {};
    return isObject(value) ? tagsOf(value) : undefined;
  } catch (error) {
    // A line with metadata behind its tags, or a damaged one.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function tagsOf(tags: JsonObject): K6Tags {
  const text = (key: string): string | undefined => {
    const value = field(tags, key);
    return typeof value === "string" ? value : undefined;
  };
  return {
    scenario: text("scenario"),
    name: text("name"),
    url: text("url"),
    method: text("method"),
    check: text("check"),
    group: text("group"),
  };
}

/** Times of consecutive points are mostly the same, and nearly always in the same second. */
class TimeReader {
  #last = "";
  #lastMs = Number.NaN;
  #second = "";
  #secondMs = Number.NaN;

  /** Milliseconds with their fraction; NaN when it is no RFC 3339 time. */
  at(text: string, from: number, end: number): number {
    if (end - from === this.#last.length && text.startsWith(this.#last, from)) return this.#lastMs;
    const time = text.slice(from, end);
    let ms = Number.NaN;
    const dot = time.charCodeAt(19) === 0x2e;
    const zone = dot ? zoneAt(time) : 19;
    const fraction = dot ? Number(time.slice(19, zone)) : 0;
    if (zone > 0 && fraction >= 0) {
      const second = time.slice(0, 19) + time.slice(zone);
      if (second !== this.#second) {
        this.#secondMs = parseTimestamp(second) ?? Number.NaN;
        this.#second = second;
      }
      ms = this.#secondMs + fraction * 1000;
    }
    this.#last = time;
    this.#lastMs = ms;
    return ms;
  }
}

/** Where `Z`, `+` or `-` begins behind the fraction; 0 when there is none. */
function zoneAt(time: string): number {
  for (let i = 20; i < time.length; i++) {
    const code = time.charCodeAt(i);
    if (code < 48 || code > 57) return i;
  }
  return 0;
}
