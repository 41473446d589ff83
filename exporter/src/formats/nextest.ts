import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { type Attempt, MAX_NAME, MAX_STACK, type Outcome } from "../model/test.ts";
import { type Line, readLines } from "./lines.ts";
import { OpenMap } from "./open-map.ts";
import { describeRust } from "./rust-output.ts";
import { xmlShape } from "./sniff.ts";
import { SuiteBook } from "./suite-book.ts";
import { BoundedText, cut, plain } from "./text.ts";

/**
 * What cargo-nextest prints. A line per attempt (`TRY 1 FAIL [ 0.1s] (─────) crate::binary test`); the summary ends and checks it.
 * What follows the summary repeats it. Skipped tests are only counted there, not named, so they are no cases; nor are they
 * in nextest's JUnit report. Timeouts and signals are errored.
 */
export const nextest: Format = {
  id: "nextest",
  title: "cargo-nextest (text)",
  yields: "tests",
  tools: ["cargo-nextest"],
  extensions: ["txt", "log", "out"],
  reads: "stream",
  notes: "cargo nextest run 2>&1 | tee FILE. Its JUnit report says more; its libtest-json goes to libtest-json.",
  sniff: (head) => {
    if (xmlShape(head) !== undefined) return "no";
    return /^[ \t]*(Nextest run ID [0-9a-f-]{36}|Starting \d+ tests? across \d+ binar)/m.test(plain(head))
      ? "certain"
      : "no";
  },
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const reader = new Nextest(sink);
    await readLines(source, limits, (line) => reader.line(line));
    reader.finish(source.name);
  },
};

/** Attempt, status, seconds, counter (which only a final attempt has), binary, test. */
const STATUS =
  /^\s*(?:TRY (\d{1,3}) )?([A-Z][A-Z -]*?(?: \+ LEAK)?) \[\s*([\d.]+)s\] (?:\(\s*([^)]*)\) )?(\S+)\s+(\S.*)$/;
const SKIP = /^\s*SKIP \[\s*\] (?:\([^)]*\) )?(\S+)\s+(\S.*)$/;
const SUMMARY = /^\s*Summary \[\s*([\d.]+)s\] (?:(\d+)\/)?(\d+) tests? run: (.*)$/;

const PASSED = /^(PASS|LEAK|PASS \+ LEAK|TIMEOUT-PASS|TMPASS|FLAKY)$/;
const FAILED = /^(FAIL|FAIL \+ LEAK|LEAK-FAIL|LKFAIL|FLKY-FL)$/;
const BROKEN: readonly (readonly [RegExp, string, string])[] = [
  [/^(TMT|TIMEOUT)$/, "timed out", "timeout"],
  [/^(XFAIL|EXEC-?FAIL)$/, "the test could not be started", "execution failure"],
  [
    /^(SIG[A-Z0-9 ]+|ABORT|ABRT|SEGV|KILL|BUS|ILL|FPE|TERM|INT|TRAP|QUIT|HUP|PIPE|SYS)( \+ LEAK)?$/,
    "ended by a signal",
    "crash",
  ],
];

interface Told {
  readonly suite: string;
  readonly name: string;
  readonly status: string;
  readonly seconds: number;
  readonly final: boolean;
  readonly output: BoundedText;
}

class Nextest {
  readonly #sink: ReportSink;
  readonly #book: SuiteBook;
  /** Attempts of tests that are not known to have ended. */
  readonly #open = new OpenMap<string, { attempts: Attempt[]; last: Told }>();
  #current: Told | undefined;
  #begun = false;
  #summary: RegExpExecArray | undefined;
  #saidFailed = false;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#book = new SuiteBook(sink);
  }

  line(line: Line): void {
    const text = plain(line.text);
    if (/^error: test run failed/.test(text)) this.#saidFailed = true;
    if (this.#summary !== undefined) return;
    if (/^\s*(Nextest run ID |Starting \d+ tests? across )/.test(text)) this.#begin();
    if (!this.#begun) return;
    const summary = SUMMARY.exec(text);
    if (summary !== null && !line.last) {
      this.#settle();
      this.#summary = summary;
      return;
    }
    const skipped = SKIP.exec(text);
    if (skipped !== null) {
      this.#settle();
      this.#book.case({ suite: this.#book.of(skipped[1]!), name: cut(skipped[2]!, MAX_NAME), outcome: "skipped" });
      return;
    }
    const status = line.last ? null : STATUS.exec(text);
    if (status === null) {
      this.#current?.output.add(`${text.replace(/^ {4}/, "")}\n`);
      return;
    }
    this.#settle();
    const [, attempt, word, seconds, counter, suite, name] = status;
    this.#current = {
      suite: cut(suite!, MAX_NAME),
      name: cut(name!, MAX_NAME),
      status: word!,
      seconds: Number(seconds),
      // Before 0.9.100 there was no counter, and a later attempt may follow.
      final: attempt === undefined || /^\d+\/\d+$/.test(counter ?? ""),
      output: new BoundedText(MAX_STACK),
    };
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#sink.begin({ framework: "cargo-nextest" });
  }

  /** The current attempt's output is complete. */
  #settle(): void {
    const told = this.#current;
    this.#current = undefined;
    if (told === undefined) return;
    if (told.status.startsWith("SETUP")) {
      if (told.status !== "SETUP PASS") this.#emit({ ...told, suite: "(setup script)" }, []);
      return;
    }
    const key = `${told.suite} ${told.name}`;
    const open = this.#open.get(key);
    const earlier = open === undefined ? [] : [...open.attempts, this.#attempt(open.last)];
    if (told.final) {
      this.#open.delete(key);
      this.#emit(told, earlier);
    } else this.#open.set(key, { attempts: earlier.slice(-100), last: told });
  }

  #attempt(told: Told): Attempt {
    const { outcome, failure } = this.#read(told);
    return { outcome, durationSeconds: told.seconds, failure };
  }

  #read({ status, output }: Told): ReturnType<typeof describeRust> & { outcome: Outcome } {
    const nothing = { file: undefined, line: undefined };
    if (PASSED.test(status)) return { ...nothing, outcome: "passed", failure: { message: "" } };
    const printed = output
      .toString()
      .replace(/^(running 1 test|test .* \.\.\. FAILED|failures:|test result: .*| {2}(stdout|stderr) ─+)$/gm, "");
    const described = describeRust(printed);
    if (FAILED.test(status)) return { ...described, outcome: "failed" };
    const broken = BROKEN.find(([pattern]) => pattern.test(status));
    if (broken === undefined)
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: `status ${JSON.stringify(status.slice(0, 60))} is not known; counted as errored`,
      });
    const [, words, type] = broken ?? [undefined, `status ${status.slice(0, 60)}`, undefined];
    const signal = /\(test aborted with signal (.*)\)/.exec(printed)?.[1];
    return {
      ...described,
      outcome: "errored",
      failure: { ...described.failure, message: signal === undefined ? words : `ended by signal ${signal}`, type },
    };
  }

  #emit(told: Told, earlierAttempts: readonly Attempt[]): void {
    const { outcome, failure, file, line } = this.#read(told);
    this.#book.case({
      suite: this.#book.of(told.suite),
      name: told.name,
      outcome,
      durationSeconds: told.seconds,
      failure: outcome === "passed" ? undefined : failure,
      file,
      line,
      earlierAttempts: earlierAttempts.length > 0 ? earlierAttempts : undefined,
    });
  }

  finish(file: string): void {
    if (!this.#begun)
      throw new AppError("FORMAT_SCHEMA", "no run of cargo-nextest in the whole file", { file, line: 1 });
    this.#settle();
    for (const { attempts, last } of this.#open.values()) this.#emit(last, attempts);
    this.#book.tell();
    const { cases, bad } = this.#book;
    const summary = this.#summary;
    const { state, stateMessage } = this.#state(cases, bad);
    if (state === "partial") this.#sink.warn({ code: "INCOMPLETE", message: stateMessage! });
    this.#sink.end({
      framework: "cargo-nextest",
      durationSeconds: summary === undefined ? undefined : Number(summary[1]),
      ...(state === undefined ? {} : { state, stateMessage }),
    });
  }

  #state(cases: number, bad: number): Pick<ReportMeta, "state" | "stateMessage"> {
    const summary = this.#summary;
    if (summary === undefined) return { state: "partial", stateMessage: "the log ends before the summary of the run" };
    const ran = Number(summary[2] ?? summary[3]);
    const failed = [...summary[4]!.matchAll(/(\d+) (failed|timed out|exec failed|aborted)/g)].reduce(
      (sum, match) => sum + Number(match[1]),
      0,
    );
    if (ran !== cases || failed !== bad)
      this.#sink.warn({
        code: "SUMMARY_MISMATCH",
        message: `the summary says ${ran} tests run and ${failed} failed, the log holds ${cases} and ${bad}`,
      });
    if (failed > bad || (this.#saidFailed && bad === 0))
      return {
        state: "error",
        stateMessage: `the summary says ${failed} tests failed, of which ${bad} are in the log`,
      };
    if (ran > cases) return { state: "partial", stateMessage: `${ran - cases} tests that ran are not in the log` };
    if (summary[2] !== undefined && ran < Number(summary[3]))
      return { state: "partial", stateMessage: `${Number(summary[3]) - ran} of ${summary[3]} tests were not run` };
    return {};
  }
}
