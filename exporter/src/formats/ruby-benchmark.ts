import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { headLines, NUMBER, numberOf, portion, readBenchmarkLines } from "./benchmark-lines.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";

/**
 * Ruby's `Benchmark.bm` and `bmbm` (seconds: CPU time of user, system and both, and in parentheses the wall time, which is `time`), and
 * benchmark-ips (iterations per second; its "±" is the standard deviation). Rehearsals and warm-ups are left out.
 */
export const rubyBenchmark: Format = {
  id: "ruby-benchmark",
  title: "Ruby benchmark text",
  yields: "measures",
  tools: ["Benchmark.bm", "Benchmark.bmbm", "benchmark-ips"],
  extensions: ["txt", "log"],
  reads: "stream",
  notes: "ruby bench.rb > FILE.",
  sniff: (head) => (headLines(head).some((line) => CAPTION.test(line) || IPS_HEADER.test(line)) ? "certain" : "no"),
  parse: parseRubyBenchmark,
};

const CAPTION = /^\s*user\s+system\s+total\s+real$/;
const IPS_HEADER = /^(?:Warming up|Calculating) -{10,}$/;

const TIMES = new RegExp(String.raw`^(.*?)\s*\s(${NUMBER})\s+(${NUMBER})\s+(${NUMBER})\s+\(\s*(${NUMBER})\)$`);
const RATE = new RegExp(String.raw`^(.*?)\s*\s(${NUMBER})([kMBTQ]?) +\(\u00b1 *(${NUMBER})%\) i\/s`);
const SCALES: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, B: 1e9, T: 1e12, Q: 1e15 };

class RubyReader {
  readonly #sink: ReportSink;
  readonly #book: BenchmarkBook;
  #rehearsal = false;
  #section: "times" | "warm-up" | "rates" | "comparison" | undefined;
  /** A label that is longer than its column stands alone, on the line before its rate. */
  #label = "";

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#book = new BenchmarkBook(sink);
  }

  line(text: string, line: number): boolean {
    if (CAPTION.test(text)) {
      this.#section = "times";
      this.#rehearsal = false;
      return true;
    }
    if (/^Rehearsal -+$/.test(text)) {
      this.#rehearsal = true;
      return true;
    }
    if (IPS_HEADER.test(text)) {
      this.#section = text.startsWith("W") ? "warm-up" : "rates";
      return true;
    }
    if (/^Comparison:$/.test(text)) {
      this.#section = "comparison";
      return true;
    }
    const times = TIMES.exec(text);
    if (times !== null) {
      if (!this.#rehearsal) this.#times(times, line);
      return true;
    }
    if (/^-+ total: [\d.]+sec$/.test(text)) return true;
    const rate = this.#section === "rates" ? RATE.exec(text) : null;
    if (rate !== null) {
      this.#rate(rate, line);
      return true;
    }
    if (this.#section === "rates") this.#label = text.trim();
    return this.#section === "rates" || this.#section === "warm-up" || this.#section === "comparison";
  }

  #times([, label, user, system, total, real]: RegExpExecArray, line: number): void {
    const name = label!.trim().replace(/:$/, "") || "(unnamed)";
    if (name === "(unnamed)") this.#sink.warn({ code: "NAME_MISSING", message: "a result without a label", line });
    const add = (measure: string, text: string): void =>
      this.#book.add({ name, measure, stat: "value", value: numberOf(text), unit: "s", line });
    add("time", real!);
    add("user_time", user!);
    add("system_time", system!);
    add("cpu_time", total!);
  }

  #rate([, label, number, scale, spread]: RegExpExecArray, line: number): void {
    const name = label!.trim() || this.#label;
    this.#label = "";
    const value = Number((numberOf(number!) * SCALES[scale!]!).toPrecision(15));
    const stated = { name, measure: "throughput", unit: "i/s", line };
    this.#book.add({ ...stated, stat: "avg", value });
    this.#book.add({ ...stated, stat: "stddev", value: portion(value, numberOf(spread!)) });
  }
}

async function parseRubyBenchmark(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const meta = { framework: "Ruby benchmark" };
  sink.begin(meta);
  const troubles = new BenchmarkTroubles(sink);
  const reader = new RubyReader(sink);
  const begun = /\d\.\d|\d +\(/;
  await readBenchmarkLines(source, limits, sink, troubles, begun, (text, { number }) => reader.line(text, number));
  sink.end(troubles.meta(meta));
}
