import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { headLines, NUMBER, numberOf, portion, readBenchmarkLines } from "./benchmark-lines.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { plain } from "./text.ts";

/**
 * benchmark.js, as `String(benchmark)` prints: `name x 1,431,759 ops/sec ±0.74% (93 runs sampled)`. The rate is that of the mean time; "±" is
 * the margin of error at 95 %. A benchmark that threw is `name: ` with its error, if the tool knows it.
 */
export const benchmarkjs: Format = {
  id: "benchmarkjs",
  title: "benchmark.js text",
  yields: "measures",
  tools: ["benchmark.js", "benny", "matcha"],
  extensions: ["txt", "log"],
  reads: "stream",
  notes: 'suite.on("cycle", (event) => console.log(String(event.target))).',
  sniff: (head) => (headLines(head).some((line) => RESULT.test(line)) ? "certain" : "no"),
  parse: parseBenchmarkjs,
};

const RESULT = new RegExp(String.raw`^(.*\S) x (${NUMBER}) ops\/sec \u00b1(${NUMBER})% \((\d+) runs? sampled\)$`);
/** The name may hold " x " itself, so its end is the last one. */
const BEGUN = /\S x [\d,.]+/;
/** "throws: " ends with the space before the error that the tool could not show. */
const FAILED = /^(.*\S): (\w*Error\b.*)?$/;

async function parseBenchmarkjs(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const meta = { framework: "benchmark.js" };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  await readBenchmarkLines(source, limits, sink, troubles, BEGUN, (text, { number: line, text: raw }) => {
    const match = RESULT.exec(text.trim());
    if (match !== null) {
      const [, name, rate, margin, runs] = match;
      const value = numberOf(rate!);
      const stated = { name: name!, measure: "throughput", unit: "ops/sec", line };
      book.add({ ...stated, stat: "avg", value });
      book.add({ ...stated, stat: "margin", value: portion(value, numberOf(margin!)) });
      book.add({ ...stated, stat: "count", value: Number(runs) });
      return true;
    }
    const failed = FAILED.exec(plain(raw));
    if (failed !== null) troubles.failed(failed[1]!, failed[2], line);
    return failed !== null || /^Fastest is /.test(text);
  });
  sink.end(troubles.meta(meta));
}
