import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { MAX_NAME, type Outcome, type SuiteNode } from "../model/test.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { field, type JsonObject, numberField, stringField } from "./json.ts";
import { readJsonLines } from "./json-lines.ts";
import { addBenchEvent } from "./libtest-benchmark.ts";
import type { Line } from "./lines.ts";
import { parseSeconds } from "./numbers.ts";
import { OpenMap } from "./open-map.ts";
import { binaryOf, describeRust } from "./rust-output.ts";
import { SuiteBook } from "./suite-book.ts";
import { cut, plain } from "./text.ts";

/**
 * libtest's JSON lines (`cargo test -- -Z unstable-options --format json`) and cargo-nextest's in the same form. libtest runs one
 * binary after the other and does not name them, so they are numbered, unless Cargo's own lines are in the log. nextest
 * interleaves binaries, names each test `crate::binary$test`, tells of a binary's end more than once when tests are
 * retried, and of retries only that there were some (`#2`).
 */
export const libtestJson: Format = {
  id: "libtest-json",
  title: "Rust libtest JSON",
  yields: "tests",
  tools: ["cargo test", "cargo-nextest"],
  extensions: ["json", "jsonl", "log"],
  reads: "stream",
  notes:
    "cargo test -- -Z unstable-options --format json --report-time; cargo nextest run --message-format libtest-json-plus.",
  sniff: (head) => ((SUITE.test(head) || TEST.test(head)) && !isBenchmarkEvents(head) ? "certain" : "no"),
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const reader = new LibtestJson(sink);
    const read = await readJsonLines(
      source,
      limits,
      sink,
      (object) => reader.event(object),
      (line) => reader.other(line),
    );
    if (read.taken === 0)
      throw new AppError("FORMAT_SCHEMA", "no event of libtest in the whole file", { file: source.name, line: 1 });
    reader.finish(read.cutShort);
  },
};

const SUITE = /^[ \t]*\{ ?"type": ?"suite", ?"event": ?"started", ?"test_count": ?\d/m;
const TEST =
  /^[ \t]*\{ ?"type": ?"test", ?(?:"event": ?"(?:started|ok|failed|ignored)", ?"name": ?"|"name": ?".*", ?"event": ?"(?:ok|failed|ignored)")/m;

const BENCH = /^[ \t]*\{ ?"type": ?"bench", ?"name": ?"/m;

/** Holds benchmarks, and no test that was run. Those are libtest-bench's. */
export function isBenchmarkEvents(head: string): boolean {
  return BENCH.test(head) && !/^[ \t]*\{ ?"type": ?"test", ?[^\n]*"event": ?"ok"/m.test(head);
}

const OUTCOMES: ReadonlyMap<string | undefined, Outcome> = new Map([
  ["ok", "passed"],
  ["failed", "failed"],
  ["ignored", "skipped"],
  ["allowed_failure", "skipped"],
]);
/** Not the end of a test: `timeout` tells that it runs for more than a minute. */
const NOT_FINAL = new Set(["started", "timeout", "discovered"]);

export class LibtestJson {
  readonly #sink: ReportSink;
  readonly #bench: BenchmarkBook;
  readonly #book: SuiteBook;
  readonly #running = new OpenMap<string, SuiteNode>();
  readonly #seconds = new Map<SuiteNode, number>();
  #begun = false;
  #isNextest = false;
  #binary = 0;
  #binaryName: string | undefined;
  /** What Cargo calls the current binary, if its lines are in the log. */
  #named: string | undefined;
  #current: SuiteNode | undefined;
  #open = 0;
  /** Of the current binary: tests that it announced and that have not ended. */
  #left = 0;
  #saidFailed = 0;
  #saidPassed = 0;
  #passed = 0;
  #measured = 0;
  #totalSeconds: number | undefined;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#bench = new BenchmarkBook(sink);
    this.#book = new SuiteBook(sink);
  }

  event(object: JsonObject): boolean {
    const type = stringField(object, "type");
    const event = stringField(object, "event");
    if (type === "report") return true;
    if (type === "bench") {
      if (!this.#begun) this.#begin();
      this.#running.delete(cut(plain(stringField(object, "name") ?? ""), MAX_NAME));
      this.#left = Math.max(0, this.#left - 1);
      this.#measured++;
      addBenchEvent(this.#bench, object, this.#isNextest || this.#named === undefined ? {} : { binary: this.#named });
      return true;
    }
    if (event === undefined || (type !== "suite" && type !== "test")) return false;
    if (!this.#begun) this.#begin();
    if (type === "suite") this.#suite(event, object);
    else this.#test(event, object);
    return true;
  }

  #begin(): void {
    this.#begun = true;
    this.#sink.begin({ framework: "cargo test" });
  }

  /** Cargo's own lines, when both streams went into one file. */
  other({ text }: Line): void {
    const name = binaryOf(plain(text));
    if (name === undefined) return;
    this.#closeBinary();
    this.#binaryName = name;
  }

  #suite(event: string, object: JsonObject): void {
    if (event === "started") {
      if (Object.hasOwn(object, "nextest")) this.#isNextest = true;
      if (!this.#isNextest) this.#closeBinary();
      this.#open++;
      this.#binary++;
      this.#left = Math.max(0, numberField(object, "test_count") ?? 0);
      this.#current = this.#book.of(this.#binaryName ?? `binary ${this.#binary}`);
      this.#named = this.#binaryName;
      this.#binaryName = undefined;
    } else if (event === "ok" || event === "failed") {
      this.#open = Math.max(0, this.#open - 1);
      const failed = numberField(object, "failed") ?? 0;
      this.#saidFailed += failed;
      this.#saidPassed += (numberField(object, "passed") ?? 0) + (numberField(object, "measured") ?? 0);
      const seconds = secondsOf(object);
      if (seconds !== undefined) {
        this.#totalSeconds = (this.#totalSeconds ?? 0) + seconds;
        if (!this.#isNextest && this.#current !== undefined) this.#seconds.set(this.#current, seconds);
      }
      if (!this.#isNextest) {
        this.#abandon();
        this.#current = undefined;
        this.#left = 0;
      }
    }
  }

  /** The binary before this one has not said how it ended: it died, with the tests that it was running. */
  #closeBinary(): void {
    const { size } = this.#running;
    this.#abandon();
    if (this.#current === undefined || this.#open === 0) return;
    this.#open--;
    if (this.#left > size) this.#book.case(neverRan(this.#current, this.#left - size));
    this.#current = undefined;
    this.#left = 0;
  }

  #abandon(): void {
    for (const [name, suite] of this.#running)
      this.#book.case({ suite, name, outcome: "errored", failure: { message: "no result: the process ended" } });
    this.#running.clear();
  }

  #test(event: string, object: JsonObject): void {
    const full = stringField(object, "name") ?? "";
    if (full === "") this.#sink.warn({ code: "NAME_MISSING", message: "a test has no name" });
    const dollar = full.indexOf("$");
    const isNextest = /^[\w-]+(::[\w/-]+)?\$./.test(full);
    if (isNextest) this.#isNextest = true;
    const attempt = isNextest ? Number(/#(\d{1,3})$/.exec(full)?.[1] ?? 1) : 1;
    const bare = isNextest ? full.slice(dollar + 1).replace(/#\d{1,3}$/, "") : full;
    const name = cut(plain(bare), MAX_NAME) || "(unnamed)";
    this.#current ??= isNextest ? undefined : this.#book.of("binary 1");
    const suite = isNextest ? this.#book.of(full.slice(0, dollar)) : this.#current!;
    const key = isNextest ? `${suite.name}$${name}` : name;
    if (event === "started") {
      if (!isNextest) this.#running.set(name, suite);
      else this.#running.set(key, suite);
      return;
    }
    if (NOT_FINAL.has(event)) return;
    this.#running.delete(key);
    let outcome = OUTCOMES.get(event);
    if (outcome === undefined) {
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: `event ${JSON.stringify(event.slice(0, 60))} is not known; counted as errored`,
      });
      outcome = "errored";
    }
    this.#left = Math.max(0, this.#left - 1);
    if (outcome === "passed") this.#passed++;
    const reason = stringField(object, "reason");
    if (outcome === "failed" && reason !== undefined) outcome = "errored";
    const message = stringField(object, "message") ?? reason;
    const isBad = outcome === "failed" || outcome === "errored";
    const described = isBad ? describeRust(stringField(object, "stdout") ?? "", message) : undefined;
    const earlier = { outcome: "failed" as const, failure: { message: "the report keeps the last attempt only" } };
    this.#book.case({
      suite,
      name,
      outcome,
      durationSeconds: secondsOf(object),
      file: described?.file,
      line: described?.line,
      failure:
        reason === undefined || described === undefined
          ? described?.failure
          : { ...described.failure, type: /time/.test(reason) ? "timeout" : described.failure.type },
      output:
        outcome === "skipped" && message !== undefined ? cut(`skipped: ${plain(message)}\n`, MAX_NAME) : undefined,
      earlierAttempts: attempt > 1 ? Array.from({ length: Math.min(attempt - 1, 100) }, () => earlier) : undefined,
    });
  }

  finish(cutShort: boolean): void {
    if (!this.#begun) this.#begin();
    const running = this.#running.size;
    const open = this.#open;
    if (this.#isNextest) this.#abandonNextest();
    else this.#closeBinary();
    this.#book.tell((suite) => ({ durationSeconds: this.#seconds.get(suite) }));
    const incomplete = cutShort
      ? "the last line is cut"
      : open > 0 || running > 0
        ? `${Math.max(open, 1)} test binaries have not said how they ended`
        : undefined;
    if (incomplete !== undefined) this.#sink.warn({ code: "INCOMPLETE", message: incomplete });
    const passed = this.#passed + this.#measured;
    if (this.#saidPassed > passed)
      this.#sink.warn({
        code: "SUMMARY_MISMATCH",
        message: `the binaries say ${this.#saidPassed} tests passed, the report holds ${passed}`,
      });
    const lost = this.#saidFailed > 0 && this.#book.bad === 0;
    this.#sink.end({
      framework: this.#isNextest ? "cargo-nextest" : "cargo test",
      durationSeconds: this.#totalSeconds,
      ...(incomplete !== undefined
        ? { state: "partial" as const, stateMessage: incomplete }
        : lost
          ? { state: "error" as const, stateMessage: `${this.#saidFailed} tests failed, but none is in the report` }
          : {}),
    });
  }

  #abandonNextest(): void {
    for (const [key, suite] of this.#running)
      this.#book.case({
        suite,
        name: key.slice(key.indexOf("$") + 1),
        outcome: "errored",
        failure: { message: "no result: the process ended" },
      });
    this.#running.clear();
  }
}

const neverRan = (suite: SuiteNode, count: number) => ({
  suite,
  name: "(process)",
  outcome: "errored" as const,
  failure: { message: `no result: the process ended; ${count} more tests have no result`, type: "crash" },
});

/** A number, or text with a unit in older versions. */
function secondsOf(object: JsonObject): number | undefined {
  const value = field(object, "exec_time");
  if (typeof value === "string") return parseSeconds(value);
  const seconds = numberField(object, "exec_time");
  return seconds !== undefined && seconds >= 0 ? seconds : undefined;
}
