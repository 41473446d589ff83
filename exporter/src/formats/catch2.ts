import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { NUMBER, numberOf } from "./benchmark-lines.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { halfWidth, MAX_LINE } from "./criterion-lines.ts";
import { type Line, readLines } from "./lines.ts";
import { xmlShape } from "./sniff.ts";
import { plain } from "./text.ts";

/**
 * Benchmarks in Catch2's console output: tables below a test case, three lines of numbers for each benchmark, or one without
 * analysis. A long name is wrapped: its words are joined by single spaces. Names are qualified by test case and sections. The mean
 * is the central value, half of its interval the margin.
 */
export const catch2: Format = {
  id: "catch2",
  title: "Catch2 benchmarks (text)",
  yields: "measures",
  tools: ["Catch2"],
  extensions: ["txt", "log", "out"],
  reads: "stream",
  notes: "The console reporter of versions 2 and 3; test results are better read from its JUnit report.",
  sniff: (head) => (xmlShape(head) === undefined && HEADER.test(plain(head)) ? "certain" : "no"),
  parse: parseCatch2,
};

/** Both shapes of the table's head; the second is that without analysis. */
const HEADER = /^benchmark name\s+samples\s+iterations\s+(estimated|mean)\s*$/m;
const RULE = /^-{10,}$/;
const AMOUNT = String.raw`(${NUMBER}) (\S{1,3})`;
/** `fib 10     20     124     476.16 us`; the name, or the last part of it, is in the first column. */
const FIRST = new RegExp(String.raw`^(.*?)\s+(\d+)\s+(\d+)\s+${AMOUNT}$`);
const INTERVAL = new RegExp(String.raw`^\s+${AMOUNT}\s+${AMOUNT}\s+${AMOUNT}$`);
const FAILED = /^(.*?)\s{2,}(?:Benchmark|benchmark) failed(?: \((.*)\)|.*)$/;
const END = /^(?:=+$|test cases:|assertions:|All tests passed|No tests ran)/;
/** `test cases: 2 | 1 passed | 1 failed`; what "failed as expected" is well. */
const FAILED_TESTS = /^test cases: .*\| (\d+) failed(?! as expected)/;

async function parseCatch2(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const reader = new Catch2Reader(sink);
  await readLines(source, limits, (line) => reader.line(line));
  reader.finish(source.name);
}

class Catch2Reader {
  readonly #sink: ReportSink;
  readonly #book: BenchmarkBook;
  readonly #troubles: BenchmarkTroubles;
  #tables = 0;
  /** Lines between two rules: the test case and its sections, each deeper one indented by two. */
  #title: string[] | undefined;
  #scope: readonly string[] = [];
  #shape: "analysis" | "plain" | "none" = "none";
  /** Lines of a wrapped name so far. */
  #wrapped: string[] = [];
  #row: { readonly name: string; readonly line: number; has: number } | undefined;
  #ended = false;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#book = new BenchmarkBook(sink);
    this.#troubles = new BenchmarkTroubles(sink);
    sink.begin({ framework: "Catch2" });
  }

  line(line: Line): void {
    const text = plain(line.text).trimEnd();
    if (text.length > MAX_LINE) return;
    const header = HEADER.exec(text);
    if (header !== null) {
      this.#close();
      this.#tables++;
      this.#shape = header[1] === "mean" ? "plain" : "analysis";
      this.#title = undefined;
      return;
    }
    if (RULE.test(text)) this.#rule();
    else if (END.test(text)) {
      const failed = FAILED_TESTS.exec(text)?.[1];
      if (failed !== undefined)
        this.#troubles.incomplete(`Catch2 says that ${failed} of its test cases failed`, line.number);
      this.#close();
      this.#shape = "none";
      this.#ended ||= !text.startsWith("=");
    } else if (this.#title !== undefined) {
      if (text !== "" && this.#title.length < 50) this.#title.push(text);
    } else if (this.#shape !== "none") this.#inTable(text, line);
  }

  /** The rule below a table's head belongs to it; others stand above and below a title. */
  #rule(): void {
    if (this.#shape !== "none" && this.#row === undefined && this.#wrapped.length === 0 && !this.#seen) {
      this.#seen = true;
      return;
    }
    this.#close();
    this.#shape = "none";
    this.#seen = false;
    if (this.#title === undefined) this.#title = [];
    else {
      this.#scope = this.#title.map((part) => part.trim());
      this.#title = undefined;
    }
  }
  #seen = false;

  #inTable(text: string, line: Line): void {
    if (/^\s+(?:mean|std dev)\s+low /.test(text)) return;
    const row = this.#row;
    if (text === "") {
      if (row !== undefined || this.#wrapped.length > 0) this.#close();
      return;
    }
    const interval = row === undefined ? null : INTERVAL.exec(text);
    if (row !== undefined && interval !== null && !line.last) {
      this.#interval(row, interval);
      return;
    }
    const failed = FAILED.exec(text);
    if (failed !== null) {
      this.#close();
      this.#troubles.failed(this.#nameOf(failed[1]!), failed[2], line.number);
      return;
    }
    const first = FIRST.exec(text);
    // A file that ends within a line may end within a number.
    if (first === null || line.last) {
      if (row !== undefined) this.#close();
      // Failed assertions begin at the first column too; a name is at most a few lines.
      if (/^\S/.test(text) && this.#wrapped.length < 20) this.#wrapped.push(text);
      return;
    }
    if (row !== undefined) this.#close();
    const name = this.#nameOf(first[1]!);
    if (this.#shape === "analysis") this.#row = { name, line: line.number, has: 0 };
    else this.#add(name, "avg", first[4]!, first[5]!, line.number);
  }

  #nameOf(last: string): string {
    const own = [...this.#wrapped, last].map((part) => part.trim()).join(" ");
    this.#wrapped = [];
    return [...this.#scope, own].join(" > ");
  }

  /** The mean with its interval, then the standard deviation with its own. */
  #interval(row: { readonly name: string; readonly line: number; has: number }, match: RegExpExecArray): void {
    const [, value, unit, low, lowUnit, high, highUnit] = match;
    row.has++;
    if (row.has === 2) {
      this.#add(row.name, "stddev", value!, unit!, row.line);
      this.#row = undefined;
      return;
    }
    this.#add(row.name, "avg", value!, unit!, row.line);
    const [from, to] = [inSeconds(low!, lowUnit!), inSeconds(high!, highUnit!)];
    const one = inSeconds("1", unit!);
    if (from !== undefined && to !== undefined && one !== undefined)
      this.#add(row.name, "margin", String(halfWidth(from / one, to / one)), unit!, row.line);
  }

  #add(name: string, stat: "avg" | "margin" | "stddev", value: string, unit: string, line: number): void {
    this.#book.add({ name, measure: "time", stat, value: numberOf(value), unit, line });
  }

  /** What was begun has no result. */
  #close(): void {
    const row = this.#row;
    this.#row = undefined;
    this.#wrapped = [];
    if (row !== undefined && row.has === 0) this.#troubles.failed(row.name, "it has no result", row.line);
  }

  finish(file: string): void {
    if (this.#tables === 0)
      throw new AppError("FORMAT_SCHEMA", "no table of benchmarks of Catch2 in the whole file", { file, line: 1 });
    this.#close();
    if (!this.#ended) this.#troubles.incomplete("the file ends before Catch2's totals");
    this.#sink.end(this.#troubles.meta({ framework: "Catch2" }));
  }
}

const SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  "\u00b5s": 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

function inSeconds(value: string, unit: string): number | undefined {
  const factor = Object.hasOwn(SECONDS, unit) ? SECONDS[unit] : undefined;
  return factor === undefined ? undefined : numberOf(value) * factor;
}
