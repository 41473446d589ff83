import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { MAX_NAME, type SuiteNode } from "../model/test.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { GoBenchmarks, type GoHeader } from "./go-benchmarks.ts";
import { GoBuilds } from "./gotest-builds.ts";
import { isBenchmarkStream, isEventLine, parseEvent, timeOf } from "./gotest-event.ts";
import { GoPackage, isBenchmark } from "./gotest-package.ts";
import { type JsonObject, numberField, stringField } from "./json.ts";
import { type Line, readLines } from "./lines.ts";
import { cut } from "./text.ts";

/**
 * `go test -json` (cmd/internal/test2json). Every test with a final event is a case, parents of subtests included; each
 * repeat of `-count` is a case of its own. The package is the suite. What has no final event is no pass: a test that was
 * running when its package ended is errored; a package that failed without a failing test (build, TestMain, exit status)
 * is one errored case; a stream that stops early is partial. Benchmarks beside tests are measures; a stream of benchmarks alone is
 * gobench's.
 */
export const gotest: Format = {
  id: "gotest",
  title: "go test -json",
  yields: "tests",
  tools: ["go test", "gotestsum --jsonfile"],
  extensions: ["json", "jsonl", "ndjson", "log"],
  reads: "stream",
  notes: "Lines that are no events (logs, build output) are counted and skipped.",
  sniff: (head) => (head.split("\n", 500).some(isEventLine) && !isBenchmarkStream(head) ? "certain" : "no"),
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const reader = new GoTestReader(sink);
    await readLines(source, limits, (line) => reader.line(line));
    reader.finish(source.name);
  },
};

/** Leads each event to its package. */
export class GoTestReader {
  readonly #sink: ReportSink;
  readonly #book: BenchmarkBook;
  readonly #header: GoHeader = {};
  /** Of packages that have ended their suites are left. */
  readonly #packages = new Map<string, GoPackage | SuiteNode>();
  readonly #builds = new GoBuilds();
  #events = 0;
  #noise = 0;
  #firstNoise: number | undefined;
  #begun = false;
  #cutShort = false;
  #firstMs: number | undefined;
  #lastMs: number | undefined;
  #seconds: number | undefined;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#book = new BenchmarkBook(sink);
  }

  line(line: Line): void {
    const { text } = line;
    if (text.trim() === "") return;
    const event = text.charCodeAt(0) === 0x7b || text.trimStart().startsWith("{") ? parseEvent(text) : undefined;
    if (event === undefined) {
      if (line.last && text.trimStart().startsWith("{")) this.#cutShort = true;
      else this.#plainLine(line);
      return;
    }
    this.#events++;
    this.#event(event);
  }

  #event(event: JsonObject): void {
    const action = stringField(event, "Action");
    if (!this.#begun) this.#begin(timeOf(event));
    if (action === "build-output") {
      this.#builds.add(stringField(event, "ImportPath") ?? "", stringField(event, "Output") ?? "");
      return;
    }
    if (action === "build-fail") {
      this.#builds.fail(stringField(event, "ImportPath") ?? "");
      return;
    }
    const path = stringField(event, "Package") ?? "(no package)";
    const test = stringField(event, "Test");
    const of = this.#package(path, action === "start");
    if (action === "output") {
      const output = stringField(event, "Output") ?? "";
      if (test === undefined || test === "" || isBenchmark(test)) of.benchmarks.text(output);
      if (test === undefined || test === "") of.output.add(output);
      else of.print(test, event, output);
      return;
    }
    const atMs = timeOf(event);
    if (atMs !== undefined) {
      this.#firstMs = Math.min(this.#firstMs ?? atMs, atMs);
      this.#lastMs = Math.max(this.#lastMs ?? atMs, atMs);
    }
    if (action === "start") of.startedAtMs = atMs;
    else if (action === "run" && test !== undefined) of.startTest(test, atMs);
    else if (action === "pass" || action === "fail" || action === "skip" || action === "bench") {
      if (test === undefined || test === "") this.#endPackage(of, path, action, event);
      else of.endTest(test, action, event);
    }
  }

  #begin(startedAtMs?: number): void {
    this.#begun = true;
    this.#sink.begin({ framework: "go test", startedAtMs });
  }

  /** The package of this path; another one when it starts again after its end. */
  #package(path: string, isStart: boolean): GoPackage {
    const known = this.#packages.get(path);
    if (known instanceof GoPackage && !(isStart && known.ended)) return known;
    const suite = known instanceof GoPackage ? known.suite : known;
    const benchmarks = new GoBenchmarks(this.#book, this.#header);
    const fresh = new GoPackage(suite ?? { name: cut(path, MAX_NAME) }, this.#sink, benchmarks);
    // An event of a package that has ended, which is no start.
    fresh.ended = suite !== undefined && !isStart;
    this.#packages.set(path, fresh);
    return fresh;
  }

  #endPackage(ending: GoPackage, path: string, action: string, event: JsonObject): void {
    if (ending.ended) return;
    ending.ended = true;
    ending.abandon(action === "pass");
    ending.benchmarks.end(path);
    const elapsed = numberField(event, "Elapsed");
    const seconds = elapsed !== undefined && elapsed >= 0 ? elapsed : undefined;
    const build = stringField(event, "FailedBuild");
    if (action === "fail" && !ending.hasBadCase) ending.failed(path, build, this.#builds);
    if (build !== undefined) this.#builds.settle(build);
    if (seconds !== undefined) this.#seconds = (this.#seconds ?? 0) + seconds;
    ending.tell(seconds);
    this.#packages.set(path, ending.suite);
  }

  #plainLine(line: Line): void {
    const { text } = line;
    const path = /^FAIL\s+(\S+) \[(build|setup) failed\]/.exec(text)?.[1];
    if (path !== undefined) {
      const failed = this.#package(path, true);
      if (!this.#begun) this.#begin();
      this.#endPackage(failed, path, "fail", { FailedBuild: path });
      return;
    }
    this.#builds.plainLine(text);
    this.#noise++;
    this.#firstNoise ??= line.number;
  }

  finish(file: string): void {
    if (this.#events === 0 && !this.#begun)
      throw new AppError("FORMAT_SCHEMA", "no event of go test -json in the whole file", { file, line: 1 });
    if (!this.#begun) this.#begin();
    const open = this.#closeOpen();
    const incomplete =
      open.length > 0
        ? `${open.length} packages have no result: ${cut(open.slice(0, 5).join(", "), 300)}`
        : this.#cutShort
          ? "the last line is cut"
          : undefined;
    if (incomplete !== undefined) this.#sink.warn({ code: "INCOMPLETE", message: incomplete });
    if (this.#noise > 0)
      this.#sink.warn({
        code: "NOISE_SKIPPED",
        message: `${this.#noise} lines are no events of go test`,
        line: this.#firstNoise,
      });
    const wall =
      this.#firstMs === undefined || this.#lastMs === undefined ? undefined : (this.#lastMs - this.#firstMs) / 1000;
    this.#sink.end({
      framework: "go test",
      startedAtMs: this.#firstMs,
      endedAtMs: this.#lastMs,
      durationSeconds: this.#seconds ?? wall,
      ...(this.#book.count === 0 ? {} : { runner: { ...this.#header } }),
      ...(incomplete === undefined ? {} : { state: "partial" as const, stateMessage: incomplete }),
    });
  }

  /** What the stream ended in the middle of becomes cases. Returns the packages without a result. */
  #closeOpen(): string[] {
    const open: string[] = [];
    for (const [path, one] of this.#packages) {
      if (!(one instanceof GoPackage) || one.ended) continue;
      open.push(path);
      one.abandon(false);
      one.benchmarks.end(path);
      one.tell(undefined);
    }
    for (const build of this.#builds.unsettled) {
      const unbuilt = this.#package(build.replace(/ \[.*\]$/, ""), true);
      unbuilt.failed(build, build, this.#builds);
      this.#sink.suite(unbuilt.suite, {});
    }
    for (const path of this.#builds.testedPackages())
      if (!this.#packages.has(path) && !open.includes(path)) open.push(path);
    return open;
  }
}
