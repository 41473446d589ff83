import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { isBenchmarkLog } from "./libtest-bench.ts";
import { BUILD_FAILED, LibtestReader } from "./libtest-reader.ts";
import { readLines } from "./lines.ts";
import { xmlShape } from "./sniff.ts";
import { plain } from "./text.ts";

/**
 * What `cargo test` prints: several binaries and doc tests in one log, with colours and other lines. `test result:` checks each
 * binary: one that ends without it has died, which is an errored case; a failed test that is only in the list of failures
 * is taken from there. A build that failed is an errored case. Benchmarks beside tests are measures.
 */
export const libtest: Format = {
  id: "libtest",
  title: "cargo test (text)",
  yields: "tests",
  tools: ["cargo test"],
  extensions: ["txt", "log", "out"],
  reads: "stream",
  notes:
    "cargo test 2>&1 | tee FILE: with standard error, the suites have names. `--nocapture` is read with one thread.",
  sniff: (head) => {
    if (xmlShape(head) !== undefined) return "no";
    const text = plain(head);
    if (/^[ \t]*(Nextest run ID|Starting \d+ tests? across \d)/m.test(text) || isBenchmarkLog(text)) return "no";
    if (BUILD_FAILED.test(text)) return "certain";
    if (!/^running \d+ tests?\r?$/m.test(text)) return "no";
    if (/^(Benchmarking |[ \t]+Instructions:\s)|\btime:\s+\[/m.test(text)) return "no";
    // `cargo bench` runs the tests too, and ignores them all: such a log is a benchmark's, if one claims it.
    return /^test .+ \.\.\. (?!ignored)/m.test(text) ? "certain" : "maybe";
  },
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const reader = new LibtestReader(sink, new BenchmarkBook(sink), "cargo test");
    await readLines(source, limits, (line) => reader.line(line));
    if (!reader.begun)
      throw new AppError("FORMAT_SCHEMA", 'no "running … tests" of libtest in the whole file', {
        file: source.name,
        line: 1,
      });
    reader.finish();
  },
};
