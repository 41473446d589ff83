import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { AsvTable, asvMeasure, asvName, asvValue } from "./asv-lines.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { headLines, readBenchmarkLines } from "./benchmark-lines.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";

/**
 * asv's own text, of `asv run` and `asv show`. Times are medians with "±" (half the range between quartiles). Memory is bytes; a track benchmark
 * does not say its unit. `n/a` is a benchmark that skipped itself. Where several environments were measured, the name
 * holds the environment; several commits of one text are told, since they are several runs.
 */
export const asv: Format = {
  id: "asv",
  title: "asv text",
  yields: "measures",
  tools: ["airspeed velocity (asv run, asv show)"],
  extensions: ["txt", "log"],
  reads: "stream",
  notes: "asv run > FILE. Numbers are rounded for people: asv's results JSON (asv-json) has them whole, with samples.",
  sniff: (head) => {
    const lines = headLines(head);
    if (lines.some((line) => RESULT.test(line) || TOTAL.test(line))) return "certain";
    return lines.some((line) => COMMIT.test(line)) && lines.some((line) => SHOWN.test(line)) ? "certain" : "no";
  },
  parse: parseAsv,
};

const WORD = String.raw`failed|ok|n\/a|skipped|\d+\/\d+ failed|[-+]?\d[\d.,e+-]*(?:(?:\u00b1|\+-|~)[\d.e+-]+)?[a-zA-Z\u03bc\u00b5]{0,2}|nan|inf`;
const RESULT = new RegExp(String.raw`^\[ *\d+\.\d+%\] [\u00b7*-]{3} (\S+)\s+(${WORD})$`);
const TOTAL = /^[\u00b7*-] Running (\d+) total benchmarks \((\d+) commits? \* (\d+) environments? /;
const FOR_COMMIT = /^\[ *\d+\.\d+%\] [\u00b7*-] For \S+ commit ([0-9a-f]{6,40})/;
const ENVIRONMENT = /^\[ *\d+\.\d+%\] [\u00b7*-]{2} Benchmarking (\S+)/;
/** Of `asv show`. */
const COMMIT = /^Commit: ([0-9a-f]{6,40})\b/;
const SHOWN = /^(\S+) \[[^\]/]+\/([^\]]+)\]$/;

class AsvReader {
  readonly #sink: ReportSink;
  readonly #book: BenchmarkBook;
  readonly #troubles: BenchmarkTroubles;
  readonly #commits = new Set<string>();
  readonly #environments = new Set<string>();
  #environment = "";
  #several = false;
  #announced: number | undefined;
  #results = 0;
  #bench = "";
  /** What must come next: the value of a benchmark that `asv show` named, the table of one with parameters. */
  #awaited: "value" | "table" | undefined;
  #table: AsvTable | undefined;

  constructor(sink: ReportSink, troubles: BenchmarkTroubles) {
    this.#sink = sink;
    this.#book = new BenchmarkBook(sink);
    this.#troubles = troubles;
  }

  /** `whole`: the line has its line break. */
  line(text: string, line: number, whole: boolean): boolean {
    // Of a line that was cut, the value may lack its unit.
    if (!whole) return false;
    if (this.#table !== undefined) {
      for (const { parameters, text: cell } of this.#table.line(text)) this.#value(parameters, cell, line);
      if (this.#table.ended) this.#table = undefined;
      return true;
    }
    const result = RESULT.exec(text);
    if (result !== null) {
      this.#begin(result[1]!, result[2]!, line);
      return true;
    }
    if (AsvTable.isRule(text)) {
      this.#table = new AsvTable(text);
      this.#awaited = undefined;
      return true;
    }
    const shown = SHOWN.exec(text);
    if (shown !== null) {
      this.#enter(shown[2]!);
      this.#bench = shown[1]!;
      this.#awaited = "value";
      return true;
    }
    if (this.#awaited === "value" && /^\s/.test(text)) {
      this.#begin(this.#bench, text.trim(), line);
      return true;
    }
    return this.#other(text);
  }

  /** What asv says of the run. Tracebacks and notes are indented. */
  #other(text: string): boolean {
    const total = TOTAL.exec(text);
    if (total !== null) {
      this.#announced = (this.#announced ?? 0) + Number(total[1]);
      this.#several ||= Number(total[3]) > 1;
    }
    const commit = (FOR_COMMIT.exec(text) ?? COMMIT.exec(text))?.[1];
    if (commit !== undefined) this.#commits.add(commit);
    const environment = ENVIRONMENT.exec(text)?.[1];
    if (environment !== undefined) this.#enter(environment);
    return commit !== undefined || /^(?:\s|\[ *\d|[\u00b7*-])/.test(text);
  }

  #enter(environment: string): void {
    this.#environment = environment;
    this.#environments.add(environment);
    this.#several ||= this.#environments.size > 1;
  }

  #begin(bench: string, text: string, line: number): void {
    this.#results++;
    this.#bench = bench;
    const parametrized = text === "ok" || /^\d+\/\d+ failed$/.test(text);
    this.#awaited = parametrized ? "table" : undefined;
    if (!parametrized) this.#value([], text, line);
  }

  #value(parameters: readonly string[], text: string, line: number): void {
    const value = asvValue(text, this.#bench);
    const bench = asvName(this.#bench, parameters);
    const name = this.#several && this.#environment !== "" ? `${bench} [${this.#environment}]` : bench;
    if (value === "failed") this.#troubles.failed(name, undefined, line);
    if (value === undefined || value === "failed") return;
    const { measure, stat } = asvMeasure(this.#bench);
    const tags = this.#environment === "" ? {} : { tags: { environment: this.#environment } };
    const stated = { name, measure, unit: value.unit, line, ...tags };
    this.#book.add({ ...stated, stat, value: value.value });
    if (value.margin !== undefined) this.#book.add({ ...stated, stat: "margin", value: value.margin });
  }

  finish(): void {
    if (this.#awaited !== undefined) this.#troubles.incomplete(`the ${this.#awaited} of ${this.#bench} is missing`);
    if (this.#table !== undefined) this.#troubles.incomplete(`the table of ${this.#bench} does not end`);
    if (this.#announced !== undefined && this.#results < this.#announced)
      this.#troubles.incomplete(`${this.#results} of ${this.#announced} benchmarks have a result`);
    if (this.#commits.size > 1)
      this.#sink.warn({
        code: "SUMMARY_MISMATCH",
        message: `results of ${this.#commits.size} commits in one text are kept apart as name#2, …; ingest one commit at a time`,
      });
  }
}

async function parseAsv(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const meta = { framework: "asv" };
  sink.begin(meta);
  const troubles = new BenchmarkTroubles(sink);
  const reader = new AsvReader(sink, troubles);
  const begun = /^\[[ \d]|^\s|^\S+ \[/;
  await readBenchmarkLines(source, limits, sink, troubles, begun, (text, line) =>
    reader.line(text, line.number, !line.last),
  );
  reader.finish();
  sink.end(troubles.meta(meta));
}
