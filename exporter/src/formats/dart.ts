import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { DartRun } from "./dart-run.ts";
import { isObject, type JsonObject, stringField } from "./json.ts";
import { type Line, readLines } from "./lines.ts";

/**
 * The machine-readable lines of Dart's and Flutter's test runner (protocol 0.1). Times are milliseconds since the start. A test
 * that is hidden (loading a file, setUpAll) is no test unless it failed; one without an end is errored; a stream without
 * "done" is partial. What `retry` ran before is an earlier attempt. An error that comes after a test's end, as the
 * protocol allows, is an error state: the test was counted.
 */
export const dart: Format = {
  id: "dart",
  title: "Dart / Flutter JSON",
  yields: "tests",
  tools: ["dart test", "flutter test"],
  extensions: ["json", "jsonl", "ndjson", "log"],
  reads: "stream",
  notes: "dart test --reporter json; flutter test --machine. Lines that are no events are counted and skipped.",
  sniff: (head) => (head.split("\n", 500).some(isEventLine) ? "certain" : "no"),
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const reader = new DartReader(sink);
    await readLines(source, limits, (line) => reader.line(line));
    reader.finish(source.name);
  },
};

const KNOWN = /"type"\s*:\s*"(start|suite|group|allSuites|testStart|testDone|error|print|debug|done)"/;
const MARKS = /"(protocolVersion|runnerVersion|suiteID|testID)"\s*:|"suite"\s*:\s*\{\s*"id"\s*:/;

/** By pattern, since the line may be cut. */
function isEventLine(line: string): boolean {
  return /^\s*\{/.test(line) && KNOWN.test(line) && MARKS.test(line);
}

class DartReader {
  readonly #sink: ReportSink;
  readonly #run: DartRun;
  #events = 0;
  #noise = 0;
  #firstNoise: number | undefined;
  #cutShort = false;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#run = new DartRun(sink);
  }

  line(line: Line): void {
    const text = line.text.trim();
    if (text === "") return;
    const event = text.startsWith("{") ? parseEvent(text) : undefined;
    if (event !== undefined) {
      if (this.#events++ === 0) this.#sink.begin({ framework: "Dart" });
      this.#run.event(event);
    } else if (line.last && text.startsWith("{")) this.#cutShort = true;
    // Flutter's own events are arrays: [{"event":"test.startedProcess",…}]
    else if (!text.startsWith('[{"event":')) {
      this.#noise++;
      this.#firstNoise ??= line.number;
    }
  }

  finish(file: string): void {
    if (this.#events === 0)
      throw new AppError("FORMAT_SCHEMA", "no event of the Dart test runner in the whole file", { file, line: 1 });
    if (this.#noise > 0)
      this.#sink.warn({
        code: "NOISE_SKIPPED",
        message: `${this.#noise} lines are no events of the Dart test runner`,
        line: this.#firstNoise,
      });
    this.#sink.end({ framework: "Dart", ...this.#run.finish(this.#cutShort) });
  }
}

function parseEvent(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && stringField(value, "type") !== undefined ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
