import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import {
  type Attempt,
  type CaseResult,
  type Failure,
  MAX_MESSAGE,
  MAX_NAME,
  MAX_OUTPUT,
  type Outcome,
} from "../model/test.ts";
import {
  attachmentsOf,
  epochMs,
  fileField,
  lineField,
  nameOf,
  secondsBetween,
  secondsField,
  textField,
  thrown,
} from "./js-values.ts";
import {
  arrayField,
  field,
  isObject,
  type JsonObject,
  numberField,
  objectField,
  readJson,
  show,
  stringField,
} from "./json.ts";
import { jsonShape } from "./sniff.ts";
import { SuiteTree } from "./suite-tree.ts";
import { BoundedText, cut, plain } from "./text.ts";

/**
 * Common Test Report Format, any version. `pending` and `other` are skipped, as the format's own tools count them; a failed test whose
 * `rawStatus` says error or broken is errored. `retryAttempts` may or may not end with the final attempt: as many as `retries`
 * says are earlier ones. What `ctrf-write.ts` adds in `extra` is read back.
 */
export const ctrf: Format = {
  id: "ctrf",
  title: "CTRF JSON",
  yields: "tests",
  tools: ["ctrf reporters (Playwright, Cypress, Jest, Mocha, pytest, k6 …)", "plumbline convert --to ctrf"],
  extensions: ["json"],
  reads: "document",
  notes: "Common Test Report Format; also written.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object") return "no";
    if (shape.paths.has("reportFormat") && shape.paths.has("specVersion")) return "certain";
    return shape.paths.has("results.tool") && shape.paths.has("results.summary") ? "certain" : "no";
  },
  parse: parseCtrf,
};

const OUTCOMES: ReadonlyMap<unknown, Outcome> = new Map([
  ["passed", "passed"],
  ["failed", "failed"],
  ["skipped", "skipped"],
  ["pending", "skipped"],
  ["other", "skipped"],
]);

const STATES: ReadonlyMap<unknown, "partial" | "error" | "cancelled"> = new Map([
  ["partial", "partial"],
  ["error", "error"],
  ["cancelled", "cancelled"],
]);

async function parseCtrf(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const report = json.value;
  const results = isObject(report) ? objectField(report, "results") : undefined;
  if (!isObject(report) || results === undefined)
    throw new AppError("FORMAT_SCHEMA", 'expected an object with an object "results"', json.place([]));
  const tests = arrayField(results, "tests");
  if (tests === undefined)
    throw new AppError(
      "FORMAT_SCHEMA",
      `results: expected an array "tests", found ${show(field(results, "tests"))}`,
      json.place(["results"]),
    );
  const summary = objectField(results, "summary") ?? {};
  const startedAtMs = epochMs(field(summary, "start"));
  const endedAtMs = epochMs(field(summary, "stop"));
  const extra = objectField(results, "extra") ?? {};
  const meta: ReportMeta = {
    name: textField(extra, "name"),
    framework: textField(objectField(results, "tool") ?? {}, "name"),
    startedAtMs,
    endedAtMs,
    durationSeconds: secondsField(summary, "duration", sink) ?? secondsBetween(startedAtMs, endedAtMs),
  };
  sink.begin(meta);
  const suites = new SuiteTree(sink);
  let bad = 0;
  tests.forEach((test, index) => {
    if (!isObject(test))
      throw new AppError(
        "FORMAT_SCHEMA",
        `results.tests[${index}]: expected an object, found ${show(test)}`,
        json.place(["results", "tests", index]),
      );
    const result = caseOf(test, suites, sink);
    if (result.outcome === "failed" || result.outcome === "errored") bad++;
    suites.case(result);
  });
  sink.end({ ...meta, ...verdict(summary, extra, tests.length, bad, sink) });
}

function verdict(
  summary: JsonObject,
  extra: JsonObject,
  cases: number,
  bad: number,
  sink: ReportSink,
): Partial<ReportMeta> {
  const stated = numberField(summary, "tests");
  const failed = numberField(summary, "failed") ?? 0;
  if ((stated !== undefined && stated !== cases) || failed !== bad)
    sink.warn({
      code: "SUMMARY_MISMATCH",
      message: `the summary says ${stated ?? "?"} tests and ${failed} failed, found ${cases} and ${bad}; the cases count`,
    });
  const state = STATES.get(field(extra, "state"));
  if (state !== undefined) return { state, stateMessage: textField(extra, "stateMessage") };
  if (failed === 0 || bad > 0) return {};
  return { state: "error", stateMessage: `the summary says ${failed} failed tests, but none is in the report` };
}

function caseOf(test: JsonObject, suites: SuiteTree, sink: ReportSink): CaseResult {
  const name = nameOf(field(test, "name"), "a test", sink);
  const outcome = outcomeOf(test, name, sink);
  const extra = objectField(test, "extra") ?? {};
  const className = textField(extra, "className");
  const file = fileField(test, "filePath");
  return {
    ...attemptOf(test, outcome, sink),
    suite: suites.at(suiteOf(field(test, "suite")), textField(extra, "suiteFile")),
    className: className === undefined ? undefined : cut(className, MAX_NAME),
    name,
    startedAtMs: epochMs(field(test, "start")),
    file,
    line: lineField(test, "line"),
    earlierAttempts: earlierOf(test, outcome, sink),
    output: printed(test, outcome),
    attachments: attachmentsOf(arrayField(test, "attachments"), "path"),
  };
}

function outcomeOf(test: JsonObject, name: string, sink: ReportSink): Outcome {
  const outcome = OUTCOMES.get(field(test, "status"));
  if (outcome === "failed")
    return /^(error|errored|broken)$/i.test(stringField(test, "rawStatus") ?? "") ? "errored" : "failed";
  if (outcome !== undefined) return outcome;
  sink.warn({
    code: "VALUE_SKIPPED",
    message: `status ${show(field(test, "status"))} of ${cut(name, 100)} is none of CTRF's; counted as errored`,
  });
  return "errored";
}

function attemptOf(test: JsonObject, outcome: Outcome, sink: ReportSink): Attempt {
  const extra = objectField(test, "extra") ?? {};
  return {
    outcome,
    durationSeconds: field(extra, "noDuration") === true ? undefined : secondsField(test, "duration", sink),
    failure: outcome === "failed" || outcome === "errored" ? failureOf(test, extra) : undefined,
  };
}

function failureOf(test: JsonObject, extra: JsonObject): Failure {
  const type = textField(extra, "failureType");
  if (type !== undefined || field(extra, "exact") === true)
    return {
      message: cut(textField(test, "message") ?? "(no message)", MAX_MESSAGE),
      type,
      stack: textField(test, "trace"),
      expected: textField(extra, "expected"),
      actual: textField(extra, "actual"),
    };
  return thrown(textField(test, "message"), textField(test, "trace"));
}

/** An array of names, or one text, in which reporters put " > " between names. */
function suiteOf(suite: unknown): string[] {
  if (typeof suite === "string") return suite.split(" > ").filter((name) => name.trim() !== "");
  return Array.isArray(suite) ? suite.filter((name) => typeof name === "string" && name.trim() !== "") : [];
}

function earlierOf(test: JsonObject, outcome: Outcome, sink: ReportSink): Attempt[] | undefined {
  const attempts = (arrayField(test, "retryAttempts") ?? []).filter(isObject);
  const retries = numberField(test, "retries");
  const isFlaky = field(test, "flaky") === true;
  if (attempts.length > 0) {
    const last = attempts.at(-1)!;
    const holdsFinal =
      retries === undefined
        ? outcome === "passed" && field(last, "status") === "passed"
        : attempts.length > retries && field(last, "status") === field(test, "status");
    const earlier = (holdsFinal ? attempts.slice(0, -1) : attempts).slice(-100);
    return earlier.length === 0
      ? undefined
      : earlier.map((attempt) => attemptOf(attempt, outcomeOf(attempt, "an attempt", sink), sink));
  }
  if (outcome === "skipped" || (!isFlaky && !((retries ?? 0) >= 1))) return undefined;
  if (outcome === "passed" && field(test, "flaky") === false) return undefined;
  const count = Math.min(100, Math.max(1, Math.floor(retries ?? 1)));
  return Array.from({ length: count }, () => ({ outcome: "failed" }));
}

function printed(test: JsonObject, outcome: Outcome): string | undefined {
  if (outcome === "passed" && !((numberField(test, "retries") ?? 0) >= 1)) return undefined;
  const text = new BoundedText(MAX_OUTPUT);
  for (const key of ["stdout", "stderr"])
    for (const line of arrayField(test, key) ?? []) if (typeof line === "string") text.add(`${line}\n`);
  return text.isEmpty ? undefined : plain(text.toString()).trimEnd();
}
