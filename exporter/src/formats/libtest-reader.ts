/** The text of `cargo test`: binaries one after another. */
import type { ReportSink } from "../model/format.ts";
import { MAX_NAME, MAX_STACK } from "../model/test.ts";
import type { BenchmarkBook } from "./benchmark-book.ts";
import { addBenchText } from "./libtest-benchmark.ts";
import { LibtestBinary, RESULT, VERDICT } from "./libtest-binary.ts";
import type { Line } from "./lines.ts";
import { binaryOf } from "./rust-output.ts";
import { SuiteBook } from "./suite-book.ts";
import { BoundedText, cut, plain } from "./text.ts";

/** For recognising such a log. */
export const BUILD_FAILED = /^error: could not compile `[^`]*` \((?:lib|bin|test|example|bench|doc)[^)]*\)/m;

/** What `cargo test` and `cargo bench` print: leads the lines to their binaries. Benchmarks go into `benchmarks`. */
export class LibtestReader {
  readonly #sink: ReportSink;
  readonly #book: SuiteBook;
  readonly #benchmarks: BenchmarkBook;
  readonly #framework: string;
  #begun = false;
  #binaries = 0;
  #name: string | undefined;
  #binary: LibtestBinary | undefined;
  /** What compilers and Cargo print between binaries. */
  #between = new BoundedText(MAX_STACK);
  #seconds: number | undefined;
  #saidFailed = false;
  #mismatch = 0;

  constructor(sink: ReportSink, benchmarks: BenchmarkBook, framework: string) {
    this.#sink = sink;
    this.#book = new SuiteBook(sink);
    this.#benchmarks = benchmarks;
    this.#framework = framework;
  }

  /** Anything of libtest was in the log. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Cases that failed or errored. */
  get bad(): number {
    return this.#book.bad;
  }

  /** The binary named last has another harness than libtest, whose results do not come here. */
  otherHarness(): void {
    if (this.#binary === undefined) this.#name = undefined;
  }

  line(line: Line): void {
    const text = plain(line.text);
    const count = /^running (\d{1,9}) tests?$/.exec(text)?.[1];
    if (count !== undefined && this.#binary?.isPrinting !== true) {
      this.#died();
      this.begin();
      this.#binaries++;
      const suite = this.#book.of(this.#name ?? `binary ${this.#binaries}`);
      const binary = this.#name;
      this.#name = undefined;
      const place = { binary, line: line.number };
      this.#binary = new LibtestBinary(suite, Number(count), this.#book, (name, stated) =>
        addBenchText(this.#benchmarks, name, stated, place),
      );
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

  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#sink.begin({ framework: this.#framework });
  }

  #died(): void {
    this.#dropBinary();
    this.#between = new BoundedText(MAX_STACK);
  }

  #buildFailed(text: string): void {
    this.#dropBinary();
    this.begin();
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

  finish(): void {
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
      framework: this.#framework,
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
