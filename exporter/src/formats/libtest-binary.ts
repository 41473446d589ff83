/** One test binary in the text of `cargo test`, from "running 3 tests" to "test result:". */
import { MAX_MESSAGE, MAX_NAME, MAX_STACK, type Outcome, type SuiteNode } from "../model/test.ts";
import { describeRust } from "./rust-output.ts";
import type { SuiteBook } from "./suite-book.ts";
import { BoundedText, cut } from "./text.ts";

/** `test NAME ... ok <0.001s>`; with `--nocapture` the verdict follows after what the test prints. */
export const VERDICT = /^test (.+?) \.\.\. ?(.*)$/;
export const RESULT =
  /^test result: (ok|FAILED)\. (\d+) passed; (\d+) failed; (?:(\d+) allowed failures?; )?(\d+) ignored; (\d+) measured(?:; \d+ filtered out)?(?:; finished in ([\d.]+)s)?/;
const WORD = /^(ok|FAILED|ignored(?:, .*)?|FAILED \(allowed\))(?: <([\d.]+)s>)?$/;

const seconds = new WeakMap<SuiteNode, number>();

interface Unfinished {
  readonly name: string;
  durationSeconds: number | undefined;
  outcome: Outcome | undefined;
  output: BoundedText | undefined;
}

export class LibtestBinary {
  readonly #suite: SuiteNode;
  readonly #expected: number;
  readonly #book: SuiteBook;
  readonly #bench: (name: string, text: string) => boolean;
  /** Failed tests wait for what they printed, which comes after all tests. */
  readonly #failed = new Map<string, Unfinished>();
  /** With `--nocapture`: the test whose verdict is to come, or may have been a word of its own output. */
  #pending: Unfinished | undefined;
  #section: BoundedText | undefined;
  #inFailures = false;
  #ended = 0;
  #counts = { passed: 0, failed: 0, skipped: 0, measured: 0 };
  #why: string | undefined;

  static secondsOf(suite: SuiteNode): number | undefined {
    return seconds.get(suite);
  }

  /** `bench` takes what follows a benchmark's name, and says whether it is a result. */
  constructor(suite: SuiteNode, expected: number, book: SuiteBook, bench: (name: string, text: string) => boolean) {
    this.#bench = bench;
    this.#suite = suite;
    this.#expected = expected;
    this.#book = book;
  }

  /** Inside a failed test's output, whose lines may look like any others. */
  get isPrinting(): boolean {
    return this.#section !== undefined && this.#ended >= this.#expected;
  }

  get saidWhyItDied(): boolean {
    return this.#why !== undefined;
  }

  /** False when the line is something that a test printed. */
  verdict(text: string): boolean {
    if (this.#inFailures) return false;
    const match = VERDICT.exec(text)!;
    // Names are padded to the longest when there are benchmarks.
    const name = cut(match[1]!.trimEnd().replace(/ - (should panic|compile fail|compile)$/, ""), MAX_NAME);
    const word = WORD.exec(match[2]!);
    this.#settle();
    if (word === null && this.#bench(name, match[2]!)) {
      this.#measured();
      return true;
    }
    const test: Unfinished = { name, durationSeconds: undefined, outcome: undefined, output: undefined };
    if (word !== null) {
      this.#decide(test, word);
      this.#emit(test, word[1]!);
    } else {
      this.#pending = test;
      test.output = new BoundedText(MAX_STACK);
      test.output.add(`${match[2]!}\n`);
    }
    return true;
  }

  #measured(): void {
    this.#ended++;
    this.#counts.measured++;
  }

  #decide(test: Unfinished, word: RegExpExecArray): void {
    test.outcome = word[1] === "ok" ? "passed" : word[1] === "FAILED" ? "failed" : "skipped";
    test.durationSeconds = word[2] === undefined ? undefined : Number(word[2]);
  }

  #emit(test: Unfinished, word = ""): void {
    this.#ended++;
    if (test.outcome === "failed") {
      this.#counts.failed++;
      this.#failed.set(test.name, test);
      return;
    }
    this.#counts[test.outcome === "passed" ? "passed" : "skipped"]++;
    const reason = /^ignored, (.*)$/.exec(word)?.[1];
    this.#book.case({
      suite: this.#suite,
      name: test.name,
      outcome: test.outcome ?? "errored",
      durationSeconds: test.durationSeconds,
      output: reason === undefined ? undefined : cut(`skipped: ${reason}\n`, MAX_NAME),
    });
  }

  /** The pending test's verdict stands when the next test begins. */
  #settle(): void {
    const test = this.#pending;
    this.#pending = undefined;
    if (test === undefined) return;
    if (test.outcome !== undefined) this.#emit(test);
    else {
      this.#ended++;
      this.#lost(test.name, "no verdict after what it printed", test.output?.toString() ?? "");
    }
  }

  #lost(name: string, message: string, printed: string): void {
    this.#book.case({
      suite: this.#suite,
      name,
      outcome: "errored",
      failure: { message, stack: printed.trim() === "" ? undefined : cut(printed, MAX_STACK) },
    });
  }

  line(text: string): void {
    const header = /^---- (.+) stdout ----$/.exec(text)?.[1];
    if (header !== undefined && this.#inFailures) {
      this.#section = new BoundedText(MAX_STACK);
      const test = this.#failed.get(header);
      if (test !== undefined) {
        // What `--nocapture` let through comes first.
        test.output ??= this.#section;
        this.#section = test.output;
      }
      return;
    }
    if (text === "failures:") {
      this.#settle();
      // The second time it is the list of names.
      this.#section = undefined;
      this.#inFailures = true;
      return;
    }
    const why = /^\s*process didn't exit successfully: `[^`]*`(?: (.*))?$|^error: test failed, to rerun/.exec(text);
    if (why !== null && !this.#inFailures) this.#why = why[1] ?? this.#why ?? "the process failed";
    if (this.#section !== undefined) {
      this.#section.add(`${text}\n`);
      return;
    }
    const listed = this.#inFailures ? /^ {4}(\S.*)$/.exec(text)?.[1] : undefined;
    if (listed !== undefined && !this.#failed.has(listed) && this.#failed.size < this.#expected) {
      this.#ended++;
      this.#counts.failed++;
      this.#failed.set(listed, { name: listed, durationSeconds: undefined, outcome: "failed", output: undefined });
      return;
    }
    if (this.#pending === undefined) return;
    const word = WORD.exec(text);
    if (this.#bench(this.#pending.name, text)) {
      this.#pending = undefined;
      this.#measured();
    } else if (word !== null) this.#decide(this.#pending, word);
    else this.#pending.output?.add(`${text}\n`);
  }

  #tellFailed(): void {
    for (const { name, durationSeconds, output } of this.#failed.values()) {
      const { failure, file, line } = describeRust(output?.toString() ?? "");
      this.#book.case({ suite: this.#suite, name, outcome: "failed", durationSeconds, failure, file, line });
    }
    this.#failed.clear();
  }

  /** With the numbers of `test result:`. `missing`: tests that it counts and no line told of. */
  end(result: RegExpExecArray, cutShort: boolean): { seconds: number | undefined; missing: number } {
    this.#settle();
    this.#tellFailed();
    const [, word, passed, failed, allowed, ignored, measured, time] = result;
    const lostFailed = Number(failed) - this.#counts.failed;
    if (lostFailed > 0 || (word === "FAILED" && this.#counts.failed === 0))
      this.#lost(
        "(binary)",
        `the result says ${failed} tests failed, of which ${this.#counts.failed} are in the log`,
        "",
      );
    if (time !== undefined && !cutShort) seconds.set(this.#suite, (seconds.get(this.#suite) ?? 0) + Number(time));
    return {
      seconds: time === undefined ? undefined : Number(time),
      missing:
        Math.max(0, Number(passed) - this.#counts.passed) +
        Math.max(0, Number(measured) - this.#counts.measured) +
        Math.max(0, Number(ignored) + Number(allowed ?? 0) - this.#counts.skipped),
    };
  }

  /** It ended without a result. */
  died(): void {
    this.#settle();
    this.#tellFailed();
    const missing = Math.max(0, this.#expected - this.#ended);
    this.#book.case({
      suite: this.#suite,
      name: "(process)",
      outcome: "errored",
      failure: {
        message: cut(
          `no result: the process ended${this.#why === undefined ? "" : ` ${this.#why}`}; ${missing} of ${this.#expected} tests have no result`,
          MAX_MESSAGE,
        ),
        type: "crash",
      },
    });
  }
}
