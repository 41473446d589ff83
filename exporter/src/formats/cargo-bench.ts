/** The log of `cargo bench`: one crate's benchmarks may be run by libtest, by criterion and by iai or Gungraun, one after another. */
import type { Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { tellFailures } from "./benchmark-cases.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { CallgrindLines } from "./callgrind-lines.ts";
import { CriterionLines } from "./criterion-lines.ts";
import { LibtestReader } from "./libtest-reader.ts";
import { readLines } from "./lines.ts";
import { cut, plain } from "./text.ts";

/** Reads all of them, whichever the log was recognised by. */
export async function readCargoBench(
  source: ReportSource,
  sink: ReportSink,
  limits: Limits,
  framework: string,
): Promise<void> {
  const troubles = new BenchmarkTroubles(sink);
  const telling = tellFailures(sink, troubles);
  const book = new BenchmarkBook(telling);
  const criterion = new CriterionLines(book);
  const callgrind = new CallgrindLines(book);
  const libtest = new LibtestReader(telling, book, framework);
  libtest.begin();
  let said: string | undefined;
  let regressed = false;
  await readLines(source, limits, (line) => {
    // Criterion overwrites its own lines on a terminal.
    for (const part of plain(line.text).split("\r")) {
      const text = part.trimEnd();
      if (FAILED.test(text)) said ??= text.trim();
      if (REGRESSED.test(text)) regressed = true;
      if (criterion.line(text, line.number) || callgrind.line(text, line.number, line.last)) libtest.otherHarness();
      else libtest.line({ ...line, text });
    }
  });
  const { unfinished } = criterion;
  if (unfinished.length > 0) {
    const named = unfinished
      .slice(0, 5)
      .map((name) => cut(name, 100))
      .join(", ");
    troubles.incomplete(`${unfinished.length} begun without a result: ${named}${unfinished.length > 5 ? ", …" : ""}`);
  }
  if (callgrind.cutAt !== undefined) troubles.incomplete("the file ends within a result", callgrind.cutAt);
  if (said !== undefined && libtest.bad === 0 && !regressed) troubles.incomplete(`cargo says: ${said}`);
  libtest.finish();
}

const FAILED = /^error: (?:bench failed|\d+ targets? failed)|^\s*process didn't exit successfully/;
/** Gungraun's exit status then says no more than that a count is beyond a limit; all counts are there. */
const REGRESSED = /^(?:Gungraun|Iai-Callgrind) result: Regressed\b/;
