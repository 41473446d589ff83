import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { MAX_NAME, MAX_STACK } from "../model/test.ts";
import { LibtestBinary, RESULT, VERDICT } from "./libtest-binary.ts";
import { type Line, readLines } from "./lines.ts";
import { binaryOf } from "./rust-output.ts";
import { xmlShape } from "./sniff.ts";
import { SuiteBook } from "./suite-book.ts";
import { BoundedText, cut, plain } from "./text.ts";

/**
 * What `cargo test` prints: several binaries and doc tests in one log, with colours and other lines. `test result:` checks each
 * binary: one that ends without it has died, which is an errored case; a failed test that is only in the list of failures
 * is taken from there. A build that failed is an errored case.
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
    if (/^[ \t]*(Nextest run ID|Starting \d+ tests? across \d)|^test .* \.\.\. bench:/m.test(text)) return "no";
    if (BUILD_FAILED.test(text)) return "certain";
    if (!/^running \d+ tests?\r?$/m.test(text)) return "no";
    if (/^(Benchmarking |[ \t]+Instructions:\s)|\btime:\s+\[/m.test(text)) return "no";
    // `cargo bench` runs the tests too, and ignores them all: such a log is a benchmark's, if one claims it.
    return /^test .+ \.\.\. (?!ignored)/m.test(text) ? "certain" : "maybe";
  },
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const reader = new Libtest(sink);
    await readLines(source, limits, (line) => reader.line(line));
    reader.finish(source.name);
  },
};

const BUILD_FAILED = /^error: could not compile `[^`]*` \((?:lib|bin|test|example|bench|doc)[^)]*\)/m;

class Libtest {
  readonly #sink: ReportSink;
  readonly #book: SuiteBook;
  #begun = false;
  #binaries = 0;
  #name: string | undefined;
  #binary: LibtestBinary | undefined;
  /** What compilers and Cargo print between binaries. */
  #between = new BoundedText(MAX_STACK);
  #seconds: number | undefined;
  #saidFailed = false;
  #mismatch = 0;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#book = new SuiteBook(sink);
  }

  line(line: Line): void {
    const text = plain(line.text);
    const count = /^running (\d{1,9}) tests?$/.exec(text)?.[1];
    if (count !== undefined && this.#binary?.isPrinting !== true) {
      this.#died();
      this.#begin();
      this.#binaries++;
      const suite = this.#book.of(this.#name ?? `binary ${this.#binaries}`);
      this.#name = undefined;
      this.#binary = new LibtestBinary(suite, Number(count), this.#book);
      return;
    }
    const binary = this.#binary;
    if (binary !== undefined && VERDICT.test(text) && binary.verdict(text)) return;
    const result = RESULT.exec(text);
    if (binary !== undefined && result !== null) {
      const { seconds, missing } = binary.end(result, line.last);
      if (seconds !== undefined) this.#seconds = (this.#seconds ?? 0) + seconds;
      this.#mismatch += missing;
      this.#binary = undefined;
      return;
    }
    const name = binaryOf(text);
    if (name !== undefined) {
      this.#died();
      this.#name = name;
      return;
    }
    if (/^error: (?:\d+ targets? failed|test failed|doctest failed)/.test(text)) this.#saidFailed = true;
    if (BUILD_FAILED.test(text)) this.#buildFailed(text);
    else if (binary !== undefined) binary.line(text);
    else if (text.trim() !== "") this.#between.add(`${text}\n`);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#sink.begin({ framework: "cargo test" });
  }

  #died(): void {
    this.#dropBinary();
    this.#between = new BoundedText(MAX_STACK);
  }

  #buildFailed(text: string): void {
    this.#dropBinary();
    this.#begin();
    const printed = this.#between.toString();
    const errors = printed.slice(Math.max(0, printed.search(/^error(\[E\d+\])?: /m)));
    const place = /^\s*--> ([^\s:]+):(\d+):\d+$/m.exec(errors);
    this.#book.case({
      suite: this.#book.of("(build)"),
      name: cut(/`[^`]*` \([^)]*\)/.exec(text)?.[0] ?? "(build)", MAX_NAME),
      outcome: "errored",
      file: place?.[1],
      line: place === null ? undefined : Number(place[2]),
      failure: {
        message: cut(errors.split("\n", 1)[0] || text, 4_000),
        type: "build failed",
        stack: errors.trim() === "" ? undefined : cut(errors, MAX_STACK),
      },
    });
    this.#between = new BoundedText(MAX_STACK);
  }

  #dropBinary(): void {
    this.#binary?.died();
    this.#binary = undefined;
  }

  finish(file: string): void {
    if (!this.#begun)
      throw new AppError("FORMAT_SCHEMA", 'no "running … tests" of libtest in the whole file', { file, line: 1 });
    const open = this.#binary !== undefined && !this.#binary.saidWhyItDied;
    this.#dropBinary();
    this.#book.tell((suite) => ({ durationSeconds: LibtestBinary.secondsOf(suite) }));
    const incomplete = open || this.#name !== undefined ? "the log ends before a test binary's result" : undefined;
    if (incomplete !== undefined) this.#sink.warn({ code: "INCOMPLETE", message: incomplete });
    if (this.#mismatch > 0)
      this.#sink.warn({
        code: "SUMMARY_MISMATCH",
        message: `the binaries' results count ${this.#mismatch} more tests than there are lines`,
      });
    const lost = this.#saidFailed && this.#book.bad === 0;
    this.#sink.end({
      framework: "cargo test",
      durationSeconds: this.#seconds,
      ...(incomplete !== undefined
        ? { state: "partial" as const, stateMessage: incomplete }
        : lost
          ? {
              state: "error" as const,
              stateMessage: "cargo says that a target failed, but no failed test is in the log",
            }
          : {}),
    });
  }
}
