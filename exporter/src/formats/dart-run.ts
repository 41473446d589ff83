/** The events of one stream of Dart's test runner, led to their tests. */
import type { ReportMeta, ReportSink } from "../model/format.ts";
import { type Failure, MAX_NAME, MAX_OUTPUT, type Outcome, type SuiteNode } from "../model/test.ts";
import { type DartTest, openDartTest, resultOf } from "./dart-test.ts";
import { projectPath } from "./jest.ts";
import { arrayField, field, type JsonObject, numberField, objectField, show, stringField } from "./json.ts";
import { OpenMap } from "./open-map.ts";
import { BoundedText, cut, failureOf, firstLine, plain } from "./text.ts";

interface Suite {
  readonly node: SuiteNode;
  seconds: number | undefined;
}

const OUTCOMES: ReadonlyMap<unknown, Outcome> = new Map([
  ["success", "passed"],
  ["failure", "failed"],
  ["error", "errored"],
]);

/** Groups and failed tests that are remembered: those of a thousand files and more, of which some run at a time. */
const MAX_REMEMBERED = 20_000;

function forgetOldest(known: Map<number, unknown> | Set<number>): void {
  if (known.size <= MAX_REMEMBERED) return;
  for (const id of known.keys()) {
    known.delete(id);
    return;
  }
}

export class DartRun {
  readonly #sink: ReportSink;
  readonly #suites = new Map<number, Suite>();
  readonly #used = new Set<Suite>();
  readonly #byPath = new Map<string, Suite>();
  /** The latest ones: tests follow their group at once. */
  readonly #groups = new Map<number, string>();
  readonly #open = new OpenMap<number, DartTest>();
  /** The latest tests that ended badly: another error of theirs says nothing new. */
  readonly #bad = new Set<number>();
  #badCases = 0;
  #running = false;
  #ended = false;
  #success: unknown;
  #lastMs: number | undefined;
  #durationMs = 0;
  #lateError: string | undefined;
  #cancelled = false;
  #unsuccessful = false;

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  event(event: JsonObject): void {
    const time = numberField(event, "time");
    const type = stringField(event, "type");
    if (type === "start") this.#start();
    if (time !== undefined && time >= 0) this.#lastMs = Math.max(this.#lastMs ?? 0, time);
    this.#running = true;
    if (type === "suite") this.#suite(objectField(event, "suite"));
    else if (type === "group") this.#group(objectField(event, "group"));
    else if (type === "testStart") this.#testStart(objectField(event, "test"), time);
    else if (type === "error") this.#error(event);
    else if (type === "print") this.#print(event);
    else if (type === "testDone") this.#testDone(event, time);
    else if (type === "done") {
      this.#ended = true;
      // Output may be stamped later than the end.
      if (time !== undefined && time >= 0) this.#lastMs = time;
      this.#success = field(event, "success");
      if (this.#success === null) this.#cancelled = true;
      else if (this.#success !== true) this.#unsuccessful = true;
    }
  }

  /** Another stream in the same file (one per package, say): ids begin anew. */
  #start(): void {
    if (!this.#running) return;
    if (!this.#ended) this.#abandon();
    this.#durationMs += this.#lastMs ?? 0;
    this.#lastMs = undefined;
    this.#ended = false;
    for (const map of [this.#suites, this.#groups, this.#open, this.#bad]) map.clear();
  }

  #suite(suite: JsonObject | undefined): void {
    const id = suite === undefined ? undefined : numberField(suite, "id");
    if (suite === undefined || id === undefined) return;
    const path = stringField(suite, "path");
    const platform = stringField(suite, "platform");
    const file = projectPath(path === undefined || path === "" ? "(unnamed)" : path);
    const key = JSON.stringify([file, platform]);
    let known = this.#byPath.get(key);
    if (known === undefined) {
      // The same file may run on several platforms; the Dart VM is the usual one.
      const name = platform === undefined || platform === "vm" ? file : `${file} (${platform})`;
      known = { node: { name: cut(plain(name), MAX_NAME), file }, seconds: undefined };
      this.#byPath.set(key, known);
    }
    this.#suites.set(id, known);
  }

  #group(group: JsonObject | undefined): void {
    const id = group === undefined ? undefined : numberField(group, "id");
    const name = group === undefined ? undefined : stringField(group, "name");
    if (id === undefined || name === undefined || name === "") return;
    this.#groups.set(id, cut(plain(name), MAX_NAME));
    forgetOldest(this.#groups);
  }

  #testStart(test: JsonObject | undefined, time: number | undefined): void {
    const id = test === undefined ? undefined : numberField(test, "id");
    if (test === undefined || id === undefined) return;
    const before = this.#open.get(id);
    if (before !== undefined) this.#close(before, "errored", { message: "no result: another test took its id" }, time);
    let group: string | undefined;
    for (const groupId of arrayField(test, "groupIDs") ?? [])
      if (typeof groupId === "number") group = this.#groups.get(groupId) ?? group;
    this.#open.set(id, openDartTest(test, id, group, time, this.#sink));
  }

  #error(event: JsonObject): void {
    const id = numberField(event, "testID");
    const text = plain(stringField(event, "error") ?? "");
    const test = id === undefined ? undefined : this.#open.get(id);
    const failed = field(event, "isFailure") === true;
    if (test === undefined) {
      if (id === undefined || !this.#bad.has(id))
        this.#lateError ??= cut(`a test failed after it had ended: ${firstLine(text.trim())}`, 500);
      return;
    }
    const type = failed ? "TestFailure" : /^(\w*(?:Exception|Error))\b/.exec(text)?.[1];
    const failure: Failure = failureOf(text, stringField(event, "stackTrace"), type);
    if (test.errors.length < 100) test.errors.push({ outcome: failed ? "failed" : "errored", failure });
  }

  /** "Retry: name" is printed before a test runs again. */
  #print(event: JsonObject): void {
    const test = this.#open.get(numberField(event, "testID") ?? Number.NaN);
    if (test === undefined) return;
    const message = stringField(event, "message") ?? "";
    if (message.startsWith("Retry: ")) {
      const first = test.errors[0];
      if (first !== undefined && test.attempts.length < 100) test.attempts.push(first);
      test.errors = [];
    } else {
      test.output ??= new BoundedText(MAX_OUTPUT);
      test.output.add(`${message}\n`);
    }
  }

  #testDone(event: JsonObject, time: number | undefined): void {
    const id = numberField(event, "testID");
    const test = id === undefined ? undefined : this.#open.get(id);
    if (id === undefined || test === undefined) {
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: "a test ended that never began or had ended before; not counted",
      });
      if (field(event, "result") !== "success" && !(id !== undefined && this.#bad.has(id)))
        this.#lateError ??= "a test failed that never began";
      return;
    }
    const result = field(event, "result");
    const known = OUTCOMES.get(result);
    let outcome: Outcome = known ?? "errored";
    if (known === undefined)
      this.#sink.warn({ code: "VALUE_SKIPPED", message: `result ${show(result)} is unknown; counted as errored` });
    if (outcome === "passed" && field(event, "skipped") === true) outcome = "skipped";
    if (field(event, "hidden") === true && (outcome === "passed" || outcome === "skipped")) this.#open.delete(id);
    else this.#close(test, outcome, undefined, time);
  }

  #close(test: DartTest, outcome: Outcome, failure: Failure | undefined, time: number | undefined): void {
    this.#open.delete(test.id);
    const suite = this.#suites.get(test.suiteId ?? Number.NaN);
    const result = resultOf(test, suite?.node, outcome, failure, time);
    if (outcome === "failed" || outcome === "errored") {
      this.#badCases++;
      this.#bad.add(test.id);
      forgetOldest(this.#bad);
    }
    if (suite !== undefined) {
      this.#used.add(suite);
      const { durationSeconds } = result;
      if (durationSeconds !== undefined) suite.seconds = (suite.seconds ?? 0) + durationSeconds;
    }
    this.#sink.case(result);
  }

  /** Whatever is running has no result. Returns how many tests that are. */
  #abandon(): number {
    let count = 0;
    for (const test of this.#open.values()) {
      count++;
      this.#close(test, "errored", { message: "no result: the run ended while it was running" }, undefined);
    }
    return count;
  }

  finish(cutShort: boolean): ReportMeta {
    const unfinished = this.#abandon();
    for (const suite of this.#used) this.#sink.suite(suite.node, { durationSeconds: suite.seconds });
    const meta: ReportMeta = { durationSeconds: (this.#durationMs + (this.#lastMs ?? 0)) / 1000 };
    const incomplete = !this.#ended
      ? `the stream has no end${unfinished > 0 ? `; ${unfinished} tests were running` : ""}`
      : cutShort
        ? "the last line is cut"
        : undefined;
    if (incomplete !== undefined) this.#sink.warn({ code: "INCOMPLETE", message: incomplete });
    if (this.#cancelled)
      return { ...meta, state: "cancelled", stateMessage: "the runner was closed before all tests had ended" };
    if (incomplete !== undefined) return { ...meta, state: "partial", stateMessage: incomplete };
    if (this.#lateError !== undefined) return { ...meta, state: "error", stateMessage: this.#lateError };
    if (this.#unsuccessful && this.#badCases === 0)
      return {
        ...meta,
        state: "error",
        stateMessage: "the runner says that the run did not succeed, but no test failed",
      };
    return meta;
  }
}
