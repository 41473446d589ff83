import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import {
  type CaseResult,
  MAX_MESSAGE,
  MAX_NAME,
  MAX_OUTPUT,
  MAX_STACK,
  type Outcome,
  type SuiteNode,
} from "../model/test.ts";
import { describeOutput, withoutFrames } from "./gotest-output.ts";
import { field, isObject, type JsonObject, numberField, stringField } from "./json.ts";
import { type Line, readLines } from "./lines.ts";
import { parseTimestamp } from "./numbers.ts";
import { BoundedText, cut, plain } from "./text.ts";

/**
 * `go test -json` (cmd/internal/test2json). Every test with a final event is a case, parents of subtests included; each
 * repeat of `-count` is a case of its own. The package is the suite. What has no final event is no pass: a test that was
 * running when its package ended is errored; a package that failed without a failing test (build, TestMain, exit status)
 * is one errored case; a stream that stops early is partial. Benchmarks are read by their own format and left out here.
 */
export const gotest: Format = {
  id: "gotest",
  title: "go test -json",
  yields: "tests",
  tools: ["go test", "gotestsum --jsonfile"],
  extensions: ["json", "jsonl", "ndjson", "log"],
  reads: "stream",
  notes: "Lines that are no events (logs, build output) are counted and skipped.",
  sniff: (head) => (head.split("\n", 500).some(isEventLine) ? "certain" : "no"),
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const reader = new GoTestReader(sink);
    await readLines(source, limits, (line) => reader.line(line));
    reader.finish(source.name);
  },
};

const ACTION =
  /^\s*\{.*"Action"\s*:\s*"(start|run|pause|cont|pass|bench|fail|output|skip|attr|artifacts|build-output|build-fail)"/;

function isEventLine(line: string): boolean {
  return ACTION.test(line) && /"(Package|ImportPath)"\s*:\s*"/.test(line);
}

interface Running {
  startedAtMs: number | undefined;
  output: BoundedText | undefined;
  childFailed: boolean;
}

interface PackageState {
  readonly suite: SuiteNode;
  readonly running: Map<string, Running>;
  cases: number;
  bad: number;
  startedAtMs: number | undefined;
  output: BoundedText;
  ended: boolean;
}

class GoTestReader {
  readonly #sink: ReportSink;
  readonly #packages = new Map<string, PackageState>();
  /** Compiler output by import path, until the package that failed to build is reported. */
  readonly #builds = new Map<string, BoundedText>();
  readonly #failedBuilds = new Set<string>();
  /** Before Go 1.24 compiler output comes as plain lines, the package named by a line "# path". */
  #plainBuild: string | undefined;
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
    if (!this.#begun) {
      this.#begun = true;
      this.#sink.begin({ framework: "go test", startedAtMs: timeOf(event) });
    }
    if (action === "build-output") {
      this.#buildOutput(stringField(event, "ImportPath") ?? "", stringField(event, "Output") ?? "");
      return;
    }
    if (action === "build-fail") {
      this.#failedBuilds.add(stringField(event, "ImportPath") ?? "");
      return;
    }
    const path = stringField(event, "Package") ?? "(no package)";
    const test = stringField(event, "Test");
    const state = this.#package(path, action === "start");
    if (action === "output") {
      const output = stringField(event, "Output") ?? "";
      if (test === undefined || test === "") state.output.add(output);
      else this.#running(state, test, event).output = added(this.#running(state, test, event).output, output);
      return;
    }
    const atMs = timeOf(event);
    if (atMs !== undefined) {
      this.#firstMs = Math.min(this.#firstMs ?? atMs, atMs);
      this.#lastMs = Math.max(this.#lastMs ?? atMs, atMs);
    }
    if (action === "start") state.startedAtMs = atMs;
    else if (action === "run" && test !== undefined)
      state.running.set(test, { startedAtMs: atMs, output: undefined, childFailed: false });
    else if (action === "pass" || action === "fail" || action === "skip" || action === "bench") {
      if (test === undefined || test === "") this.#endPackage(state, path, action, event);
      else this.#endTest(state, test, action, event);
    }
  }

  #package(path: string, isStart: boolean): PackageState {
    const known = this.#packages.get(path);
    if (known !== undefined && !(isStart && known.ended)) return known;
    const state: PackageState = {
      suite: known?.suite ?? { name: cut(path, MAX_NAME) },
      running: new Map(),
      cases: 0,
      bad: 0,
      startedAtMs: undefined,
      output: new BoundedText(MAX_OUTPUT),
      ended: false,
    };
    this.#packages.set(path, state);
    return state;
  }

  #running(state: PackageState, test: string, event: JsonObject): Running {
    let running = state.running.get(test);
    if (running === undefined) {
      running = { startedAtMs: timeOf(event), output: undefined, childFailed: false };
      state.running.set(test, running);
    }
    return running;
  }

  #endTest(state: PackageState, test: string, action: string, event: JsonObject): void {
    const running = this.#running(state, test, event);
    state.running.delete(test);
    if (action === "bench" || (isBenchmark(test) && action !== "fail")) return;
    const outcome: Outcome = action === "pass" ? "passed" : action === "skip" ? "skipped" : "failed";
    const seconds = numberField(event, "Elapsed");
    this.#emit(state, test, running, outcome, seconds !== undefined && seconds >= 0 ? seconds : undefined);
    if (outcome !== "failed") return;
    const parent = state.running.get(test.slice(0, Math.max(0, test.lastIndexOf("/"))));
    if (parent !== undefined) parent.childFailed = true;
  }

  #emit(
    state: PackageState,
    test: string,
    running: Running,
    outcome: Outcome,
    durationSeconds: number | undefined,
  ): void {
    const report =
      outcome === "passed" || outcome === "skipped"
        ? undefined
        : describeOutput(running.output?.toString() ?? "", running.childFailed);
    this.#case(state, {
      suite: state.suite,
      name: cut(test, MAX_NAME),
      outcome: report?.crashed === true ? "errored" : outcome,
      durationSeconds,
      startedAtMs: running.startedAtMs,
      file: report?.file,
      line: report?.line,
      failure: report?.failure,
      output: report?.output,
    });
  }

  #case(state: PackageState, result: CaseResult): void {
    state.cases++;
    if (result.outcome === "failed" || result.outcome === "errored") state.bad++;
    this.#sink.case(result);
  }

  /** Tests that never ended: their process did. Innermost first, as they would have ended. */
  #abandon(state: PackageState, packagePassed: boolean): void {
    for (const [test, running] of [...state.running].reverse()) {
      if (packagePassed && isBenchmark(test)) continue;
      const { failure, crashed, file, line, output } = describeOutput(
        running.output?.toString() ?? "",
        running.childFailed,
      );
      this.#case(state, {
        suite: state.suite,
        name: cut(test, MAX_NAME),
        outcome: "errored",
        startedAtMs: running.startedAtMs,
        file,
        line,
        failure: {
          ...failure,
          message: crashed ? `no result: the process ended (${failure.message})` : "no result: the process ended",
        },
        output,
      });
    }
    state.running.clear();
  }

  #endPackage(state: PackageState, path: string, action: string, event: JsonObject): void {
    if (state.ended) return;
    state.ended = true;
    this.#abandon(state, action === "pass");
    const seconds = numberField(event, "Elapsed");
    const build = stringField(event, "FailedBuild");
    if (action === "fail" && state.bad === 0) this.#packageFailed(state, path, build);
    if (build !== undefined) this.#failedBuilds.delete(build);
    if (seconds !== undefined && seconds >= 0) this.#seconds = (this.#seconds ?? 0) + seconds;
    if (state.cases > 0) this.#sink.suite(state.suite, { durationSeconds: seconds, startedAtMs: state.startedAtMs });
    state.output = new BoundedText(0);
  }

  #packageFailed(state: PackageState, path: string, build: string | undefined): void {
    const printed = state.output.toString();
    const isBuild = build !== undefined || /^FAIL\t.*\[(build|setup) failed\]/m.test(printed);
    const text = plain(
      (isBuild ? (this.#builds.get(build ?? path) ?? this.#builds.get(path))?.toString() : undefined) ?? printed,
    );
    const place = /^(?:vet: )?(\S+\.go):(\d+)/m.exec(text);
    this.#case(state, {
      suite: state.suite,
      name: isBuild ? "(build)" : "(package)",
      outcome: "errored",
      file: place?.[1],
      line: place === null ? undefined : Number(place[2]),
      failure: {
        message: cut(withoutFrames(text).trim() || "the package failed without a failing test", MAX_MESSAGE),
        type: isBuild ? "build failed" : "package failed",
      },
    });
  }

  #buildOutput(path: string, output: string): void {
    let text = this.#builds.get(path);
    if (text === undefined) {
      text = new BoundedText(MAX_OUTPUT);
      this.#builds.set(path, text);
    }
    if (!output.startsWith("# ")) text.add(output);
  }

  #plainLine(line: Line): void {
    const { text } = line;
    const failed = /^FAIL\s+(\S+) \[(build|setup) failed\]/.exec(text);
    if (failed !== null) {
      const path = failed[1]!;
      const state = this.#package(path, true);
      if (!state.ended && this.#begin()) this.#endPackage(state, path, "fail", { FailedBuild: path });
      return;
    }
    const header = /^# (\S+)/.exec(text)?.[1];
    if (header !== undefined) this.#plainBuild = header;
    else if (this.#plainBuild !== undefined && /^\S+\.go:\d+|^\s|^vet:|^too many errors/.test(text))
      this.#buildOutput(this.#plainBuild, `${cut(text, 1_000)}\n`);
    else this.#plainBuild = undefined;
    this.#noise++;
    this.#firstNoise ??= line.number;
  }

  #begin(): true {
    if (!this.#begun) this.#sink.begin({ framework: "go test" });
    this.#begun = true;
    return true;
  }

  finish(file: string): void {
    if (this.#events === 0 && !this.#begun)
      throw new AppError("FORMAT_SCHEMA", "no event of go test -json in the whole file", { file, line: 1 });
    this.#begin();
    const open: string[] = [];
    for (const [path, state] of this.#packages) {
      if (state.ended) continue;
      open.push(path);
      this.#abandon(state, false);
      if (state.cases > 0) this.#sink.suite(state.suite, { startedAtMs: state.startedAtMs });
    }
    for (const build of this.#failedBuilds) {
      const state = this.#package(build.replace(/ \[.*\]$/, ""), true);
      if (state.ended) continue;
      this.#packageFailed(state, build, build);
      this.#sink.suite(state.suite, {});
    }
    // "q [p.test]" was compiled for the tests of p, so a whole stream tells of p.
    for (const build of this.#builds.keys()) {
      const tested = / \[(.+)\.test\]$/.exec(build)?.[1];
      if (tested !== undefined && !this.#packages.has(tested) && !open.includes(tested)) open.push(tested);
    }
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
      ...(incomplete === undefined ? {} : { state: "partial" as const, stateMessage: incomplete }),
    });
  }
}

function parseEvent(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || typeof field(value, "Action") !== "string") return undefined;
    return typeof field(value, "Package") === "string" || typeof field(value, "ImportPath") === "string"
      ? value
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function timeOf(event: JsonObject): number | undefined {
  const time = stringField(event, "Time");
  return time === undefined ? undefined : parseTimestamp(time);
}

const isBenchmark = (test: string): boolean => /^Benchmark(?![a-z])/.test(test);

function added(text: BoundedText | undefined, piece: string): BoundedText {
  const target = text ?? new BoundedText(MAX_STACK);
  target.add(piece);
  return target;
}
