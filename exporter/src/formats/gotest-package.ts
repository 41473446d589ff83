/** One package of a stream: its running tests, and the cases they become. */
import type { ReportSink } from "../model/format.ts";
import {
  type CaseResult,
  MAX_MESSAGE,
  MAX_NAME,
  MAX_OUTPUT,
  MAX_STACK,
  type Outcome,
  type SuiteNode,
} from "../model/test.ts";
import type { GoBenchmarks } from "./go-benchmarks.ts";
import type { GoBuilds } from "./gotest-builds.ts";
import { timeOf } from "./gotest-event.ts";
import { describeOutput, withoutFrames } from "./gotest-output.ts";
import { type JsonObject, numberField } from "./json.ts";
import { OpenMap } from "./open-map.ts";
import { BoundedText, cut, plain } from "./text.ts";

interface Running {
  startedAtMs: number | undefined;
  output: BoundedText | undefined;
  childFailed: boolean;
}

export class GoPackage {
  readonly suite: SuiteNode;
  readonly benchmarks: GoBenchmarks;
  readonly #sink: ReportSink;
  readonly #running = new OpenMap<string, Running>();
  #cases = 0;
  #bad = 0;
  startedAtMs: number | undefined;
  /** What the package prints outside of its tests. */
  output = new BoundedText(MAX_OUTPUT);
  ended = false;

  constructor(suite: SuiteNode, sink: ReportSink, benchmarks: GoBenchmarks) {
    this.suite = suite;
    this.benchmarks = benchmarks;
    this.#sink = sink;
  }

  /** Without one, a package that failed has failed by itself. */
  get hasBadCase(): boolean {
    return this.#bad > 0;
  }

  startTest(test: string, startedAtMs: number | undefined): void {
    this.#running.set(test, { startedAtMs, output: undefined, childFailed: false });
  }

  print(test: string, event: JsonObject, output: string): void {
    const running = this.#runningTest(test, event);
    running.output ??= new BoundedText(MAX_STACK);
    running.output.add(output);
  }

  #runningTest(test: string, event: JsonObject): Running {
    let running = this.#running.get(test);
    if (running === undefined) {
      running = { startedAtMs: timeOf(event), output: undefined, childFailed: false };
      this.#running.set(test, running);
    }
    return running;
  }

  endTest(test: string, action: string, event: JsonObject): void {
    const running = this.#runningTest(test, event);
    this.#running.delete(test);
    if (action === "bench" || (isBenchmark(test) && action !== "fail")) return;
    const outcome: Outcome = action === "pass" ? "passed" : action === "skip" ? "skipped" : "failed";
    const seconds = numberField(event, "Elapsed");
    this.#finished(test, running, outcome, seconds !== undefined && seconds >= 0 ? seconds : undefined);
    if (outcome !== "failed") return;
    const parent = this.#running.get(test.slice(0, Math.max(0, test.lastIndexOf("/"))));
    if (parent !== undefined) parent.childFailed = true;
  }

  #finished(test: string, running: Running, outcome: Outcome, durationSeconds: number | undefined): void {
    const report =
      outcome === "passed" || outcome === "skipped"
        ? undefined
        : describeOutput(running.output?.toString() ?? "", running.childFailed);
    this.#case({
      suite: this.suite,
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

  #case(result: CaseResult): void {
    this.#cases++;
    if (result.outcome === "failed" || result.outcome === "errored") this.#bad++;
    this.#sink.case(result);
  }

  /** Tests that never ended: their process did. Innermost first, as they would have ended. */
  abandon(packagePassed: boolean): void {
    for (const [test, running] of [...this.#running].reverse()) {
      // Benchmarks that went well have no final event.
      if (isBenchmark(test) && (packagePassed || this.benchmarks.hasMeasured(test))) continue;
      const { failure, crashed, file, line, output } = describeOutput(
        running.output?.toString() ?? "",
        running.childFailed,
      );
      this.#case({
        suite: this.suite,
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
    this.#running.clear();
  }

  /** It failed by itself: to build, if `build` says which or the package printed so, else in TestMain or at its exit. */
  failed(path: string, build: string | undefined, builds: GoBuilds): void {
    const printed = this.output.toString();
    const isBuild = build !== undefined || /^FAIL\t.*\[(build|setup) failed\]/m.test(printed);
    const text = plain((isBuild ? builds.printed(build ?? path, path) : undefined) ?? printed);
    const place = /^(?:vet: )?(\S+\.go):(\d+)/m.exec(text);
    this.#case({
      suite: this.suite,
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

  /** Tells of the suite, unless it held no case. */
  tell(durationSeconds: number | undefined): void {
    if (this.#cases > 0) this.#sink.suite(this.suite, { durationSeconds, startedAtMs: this.startedAtMs });
  }
}

export const isBenchmark = (test: string): boolean => /^Benchmark(?![a-z])/.test(test);
