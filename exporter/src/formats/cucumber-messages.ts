import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { type CaseResult, MAX_NAME } from "../model/test.ts";
import { CucumberGherkin } from "./cucumber-gherkin.ts";
import { durationOf, envelope, isMessage, STATUSES, timeOf } from "./cucumber-message.ts";
import { attemptOf, Steps } from "./cucumber-steps.ts";
import { secondsBetween } from "./js-values.ts";
import { field, type JsonObject, objectField, stringField } from "./json.ts";
import { type Line, readLines } from "./lines.ts";
import { OpenMap } from "./open-map.ts";
import { SuiteTree } from "./suite-tree.ts";
import { attachmentOf, cut, plain } from "./text.ts";

/**
 * Cucumber messages, one JSON envelope per line. Scenarios that are retried carry their attempts; those that began and have no
 * end are errored; a stream without `testRunFinished` is partial. A file that could not be parsed, and a run that did not
 * succeed though no scenario failed (pending ones, a hook), are an error. Outcomes are those of the `cucumber` format.
 */
export const cucumberMessages: Format = {
  id: "cucumber-messages",
  title: "Cucumber messages (NDJSON)",
  yields: "tests",
  tools: ["cucumber-js", "Cucumber-JVM", "Cucumber Ruby", "Reqnroll", "playwright-bdd"],
  extensions: ["ndjson"],
  reads: "stream",
  notes: "cucumber-js --format message:FILE. Lines that are no messages are counted and skipped.",
  sniff: (head) => (head.split("\n", 200).some(isMessage) ? "certain" : "no"),
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) => {
    const reader = new MessageReader(sink);
    await readLines(source, limits, (line) => reader.line(line));
    reader.finish();
  },
};

/** One attempt of one scenario. */
interface Open {
  readonly testCaseId: string;
  readonly startedAtMs: number | undefined;
  readonly steps: Steps;
  willBeRetried: boolean;
}

class MessageReader {
  readonly #sink: ReportSink;
  readonly #suites: SuiteTree;
  readonly #gherkin = new CucumberGherkin();
  readonly #open = new OpenMap<string, Open>();
  readonly #earlier = new Map<string, CaseResult[]>();
  #begun = false;
  #noise = 0;
  #framework: string | undefined;
  #startedAtMs: number | undefined;
  #endedAtMs: number | undefined;
  #finished: JsonObject | undefined;
  #problem: string | undefined;
  #seconds: number | undefined;
  #bad = 0;
  #pending = 0;

  constructor(sink: ReportSink) {
    this.#sink = sink;
    this.#suites = new SuiteTree(sink);
  }

  line(line: Line): void {
    if (line.text.trim() === "") return;
    const message = envelope(line.text);
    if (message === undefined) {
      if (!line.last) this.#noise++;
      return;
    }
    if (!this.#begun) {
      this.#begun = true;
      this.#sink.begin({ framework: "Cucumber" });
    }
    const [kind, value] = message;
    switch (kind) {
      case "meta":
        this.#framework = stringField(objectField(value, "implementation") ?? {}, "name");
        break;
      case "gherkinDocument":
        this.#gherkin.document(value);
        break;
      case "pickle":
        this.#gherkin.pickle(value);
        break;
      case "hook":
        this.#gherkin.hook(value);
        break;
      case "testCase":
        this.#gherkin.testCase(value);
        break;
      case "parseError":
        this.#problem ??= `a feature could not be read: ${stringField(value, "message") ?? "parse error"}`;
        break;
      case "testRunStarted":
        this.#startedAtMs = timeOf(value);
        break;
      case "testCaseStarted":
        this.#caseStarted(value);
        break;
      case "testStepFinished":
        this.#stepFinished(value);
        break;
      case "attachment":
      case "externalAttachment":
        this.#attachment(value);
        break;
      case "testCaseFinished":
        this.#caseFinished(value);
        break;
      case "testRunHookFinished":
        this.#runHookFinished(value);
        break;
      case "testRunFinished":
        this.#finished = value;
        this.#endedAtMs = timeOf(value);
        break;
      default:
    }
  }

  #caseStarted(value: JsonObject): void {
    const id = stringField(value, "id");
    const testCaseId = stringField(value, "testCaseId");
    if (id === undefined || testCaseId === undefined) return;
    this.#open.set(id, {
      testCaseId,
      startedAtMs: timeOf(value),
      steps: new Steps(this.#sink, false),
      willBeRetried: false,
    });
  }

  #stepFinished(value: JsonObject): void {
    const open = this.#open.get(stringField(value, "testCaseStartedId") ?? "");
    const result = objectField(value, "testStepResult") ?? {};
    if (open === undefined) return;
    const exception = objectField(result, "exception");
    const { name, isHook } = this.#gherkin.step(open.testCaseId, stringField(value, "testStepId"));
    open.steps.add({
      status: STATUSES.get(field(result, "status")),
      isHook,
      name,
      duration: durationOf(field(result, "duration")),
      message: stringField(result, "message") ?? (exception && stringField(exception, "message")),
      type: exception && stringField(exception, "type"),
    });
    // Before messages 17 the step said so.
    if (field(result, "willBeRetried") === true) open.willBeRetried = true;
  }

  #attachment(value: JsonObject): void {
    const open = this.#open.get(stringField(value, "testCaseStartedId") ?? "");
    if (open === undefined) return;
    const path = stringField(value, "url") ?? stringField(value, "fileName");
    if (path !== undefined && path !== "") open.steps.attach([attachmentOf(path)]);
    else if (/^text\/x\.cucumber\.log/.test(stringField(value, "mediaType") ?? ""))
      open.steps.print(`${stringField(value, "body") ?? ""}\n`);
  }

  #caseFinished(value: JsonObject): void {
    const id = stringField(value, "testCaseStartedId") ?? "";
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    this.#close(open, open.willBeRetried || field(value, "willBeRetried") === true, open.steps.result());
  }

  #close(open: Open, willBeRetried: boolean, result: Omit<CaseResult, "suite" | "name">): void {
    const { name, line, path, rule, file } = this.#gherkin.scenario(open.testCaseId);
    const earlier = this.#earlier.get(open.testCaseId) ?? [];
    const scenario: CaseResult = {
      ...result,
      suite: this.#suites.at(path, file),
      className: rule,
      name,
      startedAtMs: open.startedAtMs,
      file,
      line,
    };
    if (scenario.durationSeconds !== undefined) this.#seconds = (this.#seconds ?? 0) + scenario.durationSeconds;
    if (willBeRetried) {
      this.#earlier.set(open.testCaseId, [...earlier.slice(-99), scenario]);
      return;
    }
    this.#earlier.delete(open.testCaseId);
    this.#gherkin.forget(open.testCaseId);
    if (scenario.outcome === "failed" || scenario.outcome === "errored") this.#bad++;
    if (scenario.outcome === "skipped") this.#pending++;
    this.#suites.case(earlier.length === 0 ? scenario : { ...scenario, earlierAttempts: earlier.map(attemptOf) });
  }

  #runHookFinished(value: JsonObject): void {
    const result = objectField(value, "result") ?? {};
    const status = STATUSES.get(field(result, "status"));
    if (status === "passed" || status === "skipped") return;
    const steps = new Steps(this.#sink, false);
    steps.add({
      status,
      isHook: true,
      name: "hook of the run",
      duration: durationOf(field(result, "duration")),
      message: stringField(result, "message"),
    });
    this.#bad++;
    this.#sink.case({ ...steps.result(), outcome: "errored", suite: undefined, name: "(hook of the run)" });
  }

  finish(): void {
    if (!this.#begun) this.#sink.begin({ framework: "Cucumber" });
    const unfinished = this.#open.size;
    for (const open of this.#open.values())
      this.#close(open, false, {
        outcome: "errored",
        failure: { message: "no result: the run ended before this scenario did" },
      });
    // The attempt that should have followed never began.
    for (const [testCaseId, attempts] of this.#earlier) {
      const last = attempts.pop();
      if (last === undefined) continue;
      this.#earlier.set(testCaseId, attempts);
      this.#bad++;
      this.#suites.case({ ...last, earlierAttempts: attempts.length === 0 ? undefined : attempts.map(attemptOf) });
    }
    if (this.#noise > 0)
      this.#sink.warn({ code: "NOISE_SKIPPED", message: `${this.#noise} lines that are no messages were skipped` });
    const meta: ReportMeta = {
      framework: this.#framework ?? "Cucumber",
      startedAtMs: this.#startedAtMs,
      endedAtMs: this.#endedAtMs,
      durationSeconds: secondsBetween(this.#startedAtMs, this.#endedAtMs) ?? this.#seconds,
    };
    this.#sink.end({ ...meta, ...this.#state(unfinished) });
  }

  #state(unfinished: number): Partial<ReportMeta> {
    if (this.#problem !== undefined) return { state: "error", stateMessage: cut(plain(this.#problem), MAX_NAME) };
    const finished = this.#finished;
    if (finished === undefined || unfinished > 0) {
      const message = `the stream ends before the run did (${unfinished} scenarios without a result)`;
      this.#sink.warn({ code: "INCOMPLETE", message });
      return { state: "partial", stateMessage: message };
    }
    if (field(finished, "success") !== false || this.#bad > 0) return {};
    const said =
      stringField(objectField(finished, "exception") ?? {}, "message") ?? stringField(finished, "message") ?? "";
    const why = said !== "" ? said : `no scenario failed; ${this.#pending} are pending or skipped`;
    return { state: "error", stateMessage: cut(`the run did not succeed: ${plain(why)}`, MAX_NAME) };
  }
}
