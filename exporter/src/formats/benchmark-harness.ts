import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { headLines, NUMBER, numberOf, readBenchmarkLines } from "./benchmark-lines.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";

/**
 * Dart's benchmark_harness: `Template(RunTime): 1.0 us.`, the mean of one call. Other metrics of its emitters have the same form:
 * `Template(CodeSize): 1024 bytes.`, and those of `perf` a plain count.
 */
export const benchmarkHarness: Format = {
  id: "benchmark-harness",
  title: "Dart benchmark_harness text",
  yields: "measures",
  tools: ["benchmark_harness"],
  extensions: ["txt", "log"],
  reads: "stream",
  notes: "dart run benchmark/main.dart > FILE.",
  sniff: (head) =>
    headLines(head).some((line) => /^.*\S\(RunTime(?:Raw)?\): \d[\d.e+-]* us\.?$/i.test(line)) ? "certain" : "no",
  parse: parseBenchmarkHarness,
};

const RESULT = new RegExp(
  String.raw`^(.*\S)\(([A-Za-z][\w :.-]*)\): (${NUMBER}|NaN|-?Infinity)(?: ([A-Za-z\u00b5%/]+))?\.?$`,
);
const BEGUN = /\S\([A-Za-z][\w :.-]*\)(?::.*)?$/;

async function parseBenchmarkHarness(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const meta = { framework: "benchmark_harness" };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  await readBenchmarkLines(source, limits, sink, troubles, BEGUN, (text, line) => {
    const match = RESULT.exec(text.trim());
    // Each result ends with a full stop: without it the number may have been cut.
    if (match === null || (line.last && !text.endsWith("."))) return false;
    const [, name, metric, value, unit] = match;
    const runTime = metric === "RunTime";
    const stat = runTime ? "avg" : "value";
    const measure = runTime
      ? "time"
      : metric!
          .replace(/([a-z])([A-Z])/g, "$1_$2")
          .replace(/[^A-Za-z0-9]+/g, "_")
          .toLowerCase();
    book.add({ name: name!, measure, stat, value: numberOf(value!), unit, line: line.number });
    return true;
  });
  sink.end(troubles.meta(meta));
}
