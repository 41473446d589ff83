import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { tellFailures } from "./benchmark-cases.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { callgrindKind } from "./callgrind-lines.ts";
import { readCargoBench } from "./cargo-bench.ts";
import { CRITERION } from "./criterion-lines.ts";
import { readJsonLines } from "./json-lines.ts";
import { isBenchmarkEvents, LibtestJson } from "./libtest-json.ts";
import { xmlShape } from "./sniff.ts";
import { peek } from "./source.ts";
import { plain } from "./text.ts";

/**
 * `#[bench]` functions under `cargo bench`, as text and as JSON events. The number is the median in ns, "+/-" the range of the
 * samples. A benchmark that failed is a failed case; tests, which `cargo bench` ignores, are left out. A log that also holds
 * results of tests is read by the formats of cargo test, with its benchmarks.
 */
export const libtestBench: Format = {
  id: "libtest-bench",
  title: "cargo bench (libtest)",
  yields: "measures",
  tools: ["cargo bench"],
  extensions: ["txt", "log", "out", "json"],
  reads: "stream",
  notes: "cargo +nightly bench 2>&1 | tee FILE; criterion's --output-format bencher as well.",
  sniff: (head) => {
    if (xmlShape(head) !== undefined) return "no";
    if (isBenchmarkEvents(head)) return "certain";
    const text = plain(head);
    return isBenchmarkLog(text) && !CRITERION.test(text) && callgrindKind(text) === undefined ? "certain" : "no";
  },
  parse: parseLibtestBench,
};

/** Holds benchmarks, and no test that was run. */
export function isBenchmarkLog(text: string): boolean {
  return /^test .+ \.\.\. bench:/m.test(text) && !/^test .+ \.\.\. ok\b/m.test(text);
}

async function parseLibtestBench(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const { head, source: whole } = await peek(source);
  if (!isBenchmarkEvents(head)) return readCargoBench(whole, sink, limits, "cargo bench");
  const reader = new LibtestJson(tellFailures(sink, new BenchmarkTroubles(sink)));
  const read = await readJsonLines(
    whole,
    limits,
    sink,
    (object) => reader.event(object),
    (line) => reader.other(line),
  );
  if (read.taken === 0)
    throw new AppError("FORMAT_SCHEMA", "no event of libtest in the whole file", { file: source.name, line: 1 });
  reader.finish(read.cutShort);
}
