import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { type Attempt, type CaseResult, type Failure, MAX_NAME, type Outcome, type SuiteNode } from "../model/test.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { headline } from "./js-values.ts";
import {
  arrayField,
  field,
  isObject,
  type JsonDocument,
  type JsonObject,
  numberField,
  objectField,
  readJson,
  show,
  stringField,
} from "./json.ts";
import { jsonShape } from "./sniff.ts";
import { cut, failureOf, plain } from "./text.ts";
import { addVitestTasks, isBenchmarkRun } from "./vitest-tasks.ts";

/**
 * Jest's and Vitest's `--json`. Durations are milliseconds, times are milliseconds since the epoch. A file that failed without a
 * failing test (it did not load, a hook broke) is one errored case. `invocations` and `retryReasons` (Jest's
 * `retryTimes`) are earlier attempts. A report that says `success: false` and names no failure is an error, not a pass:
 * a coverage threshold or a reporter failed.
 */
export const jest: Format = {
  id: "jest",
  title: "Jest / Vitest JSON",
  yields: "tests",
  tools: ["Jest", "Vitest"],
  extensions: ["json"],
  reads: "document",
  notes: "jest --json --outputFile=FILE; vitest run --reporter=json --outputFile=FILE.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object") return "no";
    // vitest-bench.ts
    if (isBenchmarkRun(head)) return "no";
    if (["numTotalTestSuites", "numFailedTestSuites"].every((key) => shape.paths.has(key))) return "certain";
    return shape.paths.has("testResults[].assertionResults") ? "certain" : "no";
  },
  parse: async (source: ReportSource, sink: ReportSink, limits: Limits) =>
    parseJest(await readJson(source, limits), sink),
};

const OUTCOMES: ReadonlyMap<unknown, Outcome> = new Map([
  ["passed", "passed"],
  ["failed", "failed"],
  ["pending", "skipped"],
  ["todo", "skipped"],
  ["skipped", "skipped"],
  ["disabled", "skipped"],
]);

/** Cases, and the benchmarks that Vitest 5 puts beside them. */
export function parseJest(json: JsonDocument, sink: ReportSink): void {
  const report = json.value;
  const files = isObject(report) ? arrayField(report, "testResults") : undefined;
  if (!isObject(report) || files === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected an object with an array "testResults", found ${show(report)}`,
      json.place([]),
    );
  const startedAtMs = timeField(report, "startTime");
  sink.begin({ framework: frameworkOf(report), startedAtMs });
  const totals = { cases: 0, bad: 0, lastMs: startedAtMs, book: new BenchmarkBook(sink) };
  files.forEach((file, index) => {
    if (!isObject(file))
      throw new AppError(
        "FORMAT_SCHEMA",
        `testResults[${index}]: expected an object, found ${show(file)}`,
        json.place(["testResults", index]),
      );
    const assertions = arrayField(file, "assertionResults");
    if (assertions === undefined)
      throw new AppError(
        "FORMAT_SCHEMA",
        `testResults[${index}]: expected an array "assertionResults", found ${show(field(file, "assertionResults"))}`,
        json.place(["testResults", index]),
      );
    readFile(file, assertions, sink, totals);
  });
  sink.end(finish(report, sink, totals, startedAtMs));
}

interface Totals {
  readonly book: BenchmarkBook;
  cases: number;
  bad: number;
  lastMs: number | undefined;
}

function readFile(file: JsonObject, assertions: readonly unknown[], sink: ReportSink, totals: Totals): void {
  const path = stringField(file, "name") ?? stringField(file, "testFilePath");
  const suite: SuiteNode = {
    name: path === undefined || path === "" ? "(unnamed)" : cut(projectPath(path), MAX_NAME),
    file: path,
  };
  const startedAtMs = timeField(file, "startTime");
  const endedAtMs = timeField(file, "endTime");
  let bad = 0;
  const emit = (result: CaseResult): void => {
    totals.cases++;
    if (result.outcome === "failed" || result.outcome === "errored") bad++;
    sink.case(result);
  };
  for (const assertion of assertions) {
    emit(readAssertion(assertion, suite, sink));
    if (isObject(assertion)) addVitestTasks(totals.book, suite.name, assertion, sink);
  }
  const status = stringField(file, "status");
  if (status === "failed" && bad === 0) {
    const text = plain(stringField(file, "message") ?? stringField(file, "failureMessage") ?? "");
    emit({
      suite,
      name: "(suite failed to run)",
      outcome: "errored",
      file: path,
      failure:
        text.trim() === ""
          ? { message: "the suite failed to run" }
          : { ...failureOf(headline(text), text, undefined), type: "suite failed to run" },
    });
  }
  totals.bad += bad;
  if (endedAtMs !== undefined && (totals.lastMs === undefined || endedAtMs > totals.lastMs)) totals.lastMs = endedAtMs;
  if (assertions.length > 0 || bad > 0)
    sink.suite(suite, {
      startedAtMs,
      durationSeconds:
        startedAtMs === undefined || endedAtMs === undefined || endedAtMs < startedAtMs
          ? undefined
          : (endedAtMs - startedAtMs) / 1000,
    });
}

function readAssertion(assertion: unknown, suite: SuiteNode, sink: ReportSink): CaseResult {
  if (!isObject(assertion))
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected an object in "assertionResults" of ${suite.name}, found ${show(assertion)}`,
    );
  const titles = (arrayField(assertion, "ancestorTitles") ?? []).filter(
    (title) => typeof title === "string" && title !== "",
  );
  const title = stringField(assertion, "title") || stringField(assertion, "fullName");
  if (title === undefined || title === "")
    sink.warn({ code: "NAME_MISSING", message: `a test of ${suite.name} has no title` });
  const messages = (arrayField(assertion, "failureMessages") ?? []).filter((message) => typeof message === "string");
  const outcome = outcomeOf(field(assertion, "status"), messages, sink);
  const location = objectField(assertion, "location");
  return {
    suite,
    className: titles.length === 0 ? undefined : cut(plain(titles.join(" > ")), MAX_NAME),
    name: cut(plain(title ?? "") || "(unnamed)", MAX_NAME),
    outcome,
    durationSeconds: durationOf(assertion, sink),
    startedAtMs: timeField(assertion, "startAt"),
    file: suite.file,
    line: location === undefined ? undefined : numberField(location, "line"),
    failure: outcome === "failed" || outcome === "errored" ? failureFrom(messages, assertion) : undefined,
    earlierAttempts: attemptsOf(assertion),
  };
}

function outcomeOf(status: unknown, messages: readonly string[], sink: ReportSink): Outcome {
  const outcome = OUTCOMES.get(status);
  if (outcome !== undefined) return outcome;
  if (messages.length > 0) return "failed";
  // "focused" is in Jest's type of states, and no reporter writes how such a test ended.
  const known = status === "focused";
  sink.warn({
    code: "VALUE_SKIPPED",
    message: `status ${show(status)} does not say how the test ended; counted as ${known ? "skipped" : "errored"}`,
  });
  return known ? "skipped" : "errored";
}

/** Zero is written for a file that never started. */
function timeField(object: JsonObject, key: string): number | undefined {
  const time = numberField(object, key);
  return time !== undefined && time > 0 ? time : undefined;
}

function durationOf(assertion: JsonObject, sink: ReportSink): number | undefined {
  const duration = field(assertion, "duration");
  if (duration === undefined || duration === null) return undefined;
  if (typeof duration === "number" && Number.isFinite(duration) && duration >= 0) return duration / 1000;
  sink.warn({ code: "TIME_UNREADABLE", message: `duration ${show(duration)} is no duration` });
  return undefined;
}

function failureFrom(messages: readonly string[], assertion: JsonObject): Failure {
  const details = (arrayField(assertion, "failureDetails") ?? []).find(isObject);
  const matcher = details === undefined ? undefined : (objectField(details, "matcherResult") ?? details);
  const text = plain(messages.join("\n\n"));
  const failure = failureOf(headline(text), text, /^(\w*(?:Error|Exception))\b/.exec(text)?.[1]);
  if (matcher === undefined || !Object.hasOwn(matcher, "expected") || !Object.hasOwn(matcher, "actual")) return failure;
  return {
    ...failure,
    expected: cut(JSON.stringify(field(matcher, "expected")) ?? "", 2_000),
    actual: cut(JSON.stringify(field(matcher, "actual")) ?? "", 2_000),
  };
}

/** Jest counts all executions in `invocations`, and gives the messages of those before the last as `retryReasons`. */
function attemptsOf(assertion: JsonObject): Attempt[] | undefined {
  const invocations = numberField(assertion, "invocations") ?? 1;
  const reasons = (arrayField(assertion, "retryReasons") ?? []).filter((reason) => typeof reason === "string");
  const count = Math.min(Math.max(invocations - 1, reasons.length), 100);
  if (!(count >= 1)) return undefined;
  return Array.from({ length: Math.floor(count) }, (_, i) => {
    const text = plain(reasons[i] ?? "");
    return { outcome: "failed", failure: text === "" ? undefined : failureOf(headline(text), text, undefined) };
  });
}

function finish(report: JsonObject, sink: ReportSink, totals: Totals, startedAtMs: number | undefined): ReportMeta {
  const stated = numberField(report, "numTotalTests");
  const failed = numberField(report, "numFailedTests") ?? 0;
  const failedSuites = numberField(report, "numFailedTestSuites") ?? 0;
  const errors = numberField(report, "numRuntimeErrorTestSuites") ?? 0;
  const synthetic = totals.cases - (stated ?? totals.cases);
  if (stated !== undefined && (synthetic < 0 || synthetic > Math.max(failedSuites, errors)))
    sink.warn({
      code: "SUMMARY_MISMATCH",
      message: `the summary says ${stated} tests, ${totals.cases} were found; the cases count`,
    });
  const meta = {
    framework: frameworkOf(report),
    startedAtMs,
    endedAtMs: totals.lastMs,
    durationSeconds:
      startedAtMs === undefined || totals.lastMs === undefined ? undefined : (totals.lastMs - startedAtMs) / 1000,
  };
  if (field(report, "wasInterrupted") === true)
    return { ...meta, state: "cancelled", stateMessage: "the run was interrupted" };
  if (totals.bad === 0 && (failed > 0 || failedSuites > 0 || errors > 0))
    return {
      ...meta,
      state: "error",
      stateMessage: `the summary says ${failed} failed tests and ${failedSuites} failed suites, but none is in the report`,
    };
  if (totals.bad === 0 && field(report, "success") === false)
    return {
      ...meta,
      state: "error",
      stateMessage:
        "the run did not succeed, though no test failed: a coverage threshold, an obsolete snapshot, or a reporter",
    };
  return meta;
}

/** Vitest writes Jest's keys, but neither `wasInterrupted` nor `openHandles`. */
function frameworkOf(report: JsonObject): string {
  return Object.hasOwn(report, "wasInterrupted") || Object.hasOwn(report, "openHandles") ? "Jest" : "Vitest";
}

const ROOTS = new Set([
  "src",
  "test",
  "tests",
  "__tests__",
  "spec",
  "specs",
  "e2e",
  "packages",
  "apps",
  "libs",
  "app",
  "cypress",
  "integration",
  "unit",
]);

/**
 * A file's path as the project sees it. Jest writes absolute paths, which differ between machines and would make the same
 * test another test on each; the report does not say where the project begins. So: from the first folder with a usual
 * name of source trees; else the last two parts.
 */
export function projectPath(path: string): string {
  if (path !== lastPath.given) lastPath = { given: path, seen: seenPath(path) };
  return lastPath.seen;
}

/** The tests of a file follow each other. */
let lastPath = { given: "", seen: "" };

function seenPath(path: string): string {
  const parts = path.replaceAll("\\", "/").split("/");
  if (!/^(\/|[A-Za-z]:\/)/.test(parts.join("/"))) return parts.join("/");
  const root = parts.findIndex((part, i) => i > 0 && i < parts.length - 1 && ROOTS.has(part));
  return (root === -1 ? parts.slice(-2) : parts.slice(root)).join("/");
}
