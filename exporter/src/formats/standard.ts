import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { MAX_MESSAGE, MAX_NAME, MAX_STACK, type Outcome } from "../model/test.ts";
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
import { parseTimestamp } from "./numbers.ts";
import { jsonShape } from "./sniff.ts";
import { cut, plain } from "./text.ts";

/**
 * The standard test report, version 1.x, as `standard-write.ts` and the converters write it. It names only its failures; the
 * others become cases without a name of their own ("(passed 1)"), so that counts are right. A report with
 * `status: "error"` or `"partial"` is read with that state; tests that it calls incomplete are errored. A status that is
 * not known is an error. A report without a required field is refused, not stored, so that the completed one can be sent
 * again as the same part of the run; null says that the writer does not know a value.
 */
export const standard: Format = {
  id: "standard",
  title: "Standard test report (JSON)",
  yields: "tests",
  tools: ["plumbline convert"],
  extensions: ["json"],
  reads: "document",
  notes: "report_version 1.x; complete, error and partial reports.",
  sniff: (head) => {
    const shape = jsonShape(head);
    return shape?.kind === "object" && shape.paths.has("report_version") ? "certain" : "no";
  },
  parse: parseStandard,
};

/** Beyond this a summary is a mistake or an attack: its cases are made one by one. */
const MAX_CASES = 1_000_000;

/** What writers say of a report that is neither an error nor partial; most say nothing. */
const COMPLETE: readonly unknown[] = [undefined, null, "complete", "completed", "passed", "success"];

async function parseStandard(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const report = json.value;
  if (!isObject(report))
    throw new AppError("FORMAT_SCHEMA", `expected an object, found ${show(report)}`, json.place([]));
  const version = field(report, "report_version");
  if (!/^1(\.\d+)?$/.test(String(version)))
    throw new AppError(
      "FORMAT_SCHEMA",
      `expected "report_version" 1.x, found ${show(version)}`,
      json.place(["report_version"]),
    );
  const status = field(report, "status");
  const missing = missingFields(report, status);
  if (missing.length > 0)
    throw new AppError("FORMAT_SCHEMA", `missing required fields: ${missing.join(", ")}`, json.place([]), {
      hint: "add them and submit the report again",
    });
  const meta = metaOf(report);
  sink.begin(meta);
  const timestamp = field(report, "timestamp") ?? undefined;
  if (timestamp !== undefined && meta.endedAtMs === undefined)
    sink.warn({
      code: "TIME_UNREADABLE",
      message: `timestamp: expected an ISO 8601 time, found ${show(timestamp)}`,
      line: json.place(["timestamp"]).line,
    });
  const state =
    status === "error"
      ? readError(json, report, sink)
      : status === "partial"
        ? readPartial(json, report, sink)
        : { ...readComplete(json, report, sink), ...unknownStatus(json, status, sink) };
  const covered = readCoverage(json, report, sink);
  // Coverage alone would make this a run of measures, which needs no tests to be good.
  const empty = covered && holdsNoTest(report) ? "the report states coverage, but no test" : undefined;
  sink.end({ ...meta, ...(empty === undefined ? {} : { state: "error", stateMessage: empty }), ...state });
}

function unknownStatus(json: JsonDocument, status: unknown, sink: ReportSink): Partial<ReportMeta> {
  if (COMPLETE.includes(status)) return {};
  const message = `status: expected "error", "partial" or none, found ${show(status)}`;
  sink.warn({ code: "VALUE_SKIPPED", message, line: json.place(["status"]).line });
  return { state: "error", stateMessage: message };
}

const holdsNoTest = (report: JsonObject): boolean => field(objectField(report, "summary") ?? {}, "total") === 0;

function missingFields(report: JsonObject, status: unknown): string[] {
  const missing = typeof field(report, "task_id") === "string" ? [] : ["task_id"];
  if (status === "error") return objectField(report, "error") === undefined ? [...missing, "error"] : missing;
  const key = status === "partial" ? "results" : "summary";
  const counts = objectField(report, key);
  if (key === "summary") missing.push(...["agent_id", "timestamp"].filter((name) => field(report, name) === undefined));
  if (counts === undefined) return [...missing, key];
  const undescribed =
    (field(report, "failures") ?? undefined) === undefined && (numberField(counts, "failed") ?? 0) > 0;
  if (key === "summary" && undescribed) missing.push("failures");
  return [
    ...missing,
    ...["total", "passed", "failed", "skipped"]
      .filter((name) => field(counts, name) === undefined)
      .map((name) => `${key}.${name}`),
  ];
}

function metaOf(report: JsonObject): ReportMeta {
  const seconds = numberField(objectField(report, "summary") ?? {}, "duration_seconds");
  const durationSeconds = seconds !== undefined && seconds >= 0 ? seconds : undefined;
  const endedAtMs = parseTimestamp(stringField(report, "timestamp") ?? "");
  return {
    taskId: stringField(report, "task_id"),
    agentId: stringField(report, "agent_id"),
    framework: stringField(report, "framework"),
    durationSeconds,
    endedAtMs,
    startedAtMs:
      endedAtMs === undefined || durationSeconds === undefined ? undefined : endedAtMs - durationSeconds * 1000,
    stateMessage: stringField(report, "delay_explanation"),
  };
}

/** A count of the report: a whole number >= 0. Anything else is refused with its place. */
function count(json: JsonDocument, parent: string, object: JsonObject, key: string): number {
  const value = field(object, key);
  if (value === undefined || value === null) return 0;
  const path = parent.split(".").concat(key);
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw new AppError(
      "FORMAT_SCHEMA",
      `${path.join(".")}: expected a whole number >= 0, found ${show(value)}`,
      json.place(path),
    );
  if (value > MAX_CASES)
    throw new AppError("INPUT_TOO_LARGE", `${path.join(".")}: more than ${MAX_CASES} tests`, json.place(path));
  return value;
}

function emit(sink: ReportSink, outcome: Outcome, label: string, from: number, to: number, message?: string): void {
  for (let i = from; i <= to; i++)
    sink.case({
      suite: undefined,
      name: `(${label} ${i})`,
      outcome,
      failure: message === undefined ? undefined : { message },
    });
}

function readComplete(json: JsonDocument, report: JsonObject, sink: ReportSink): Partial<ReportMeta> {
  const summary = objectField(report, "summary")!;
  const [total, passed, failed, skipped] = (["total", "passed", "failed", "skipped"] as const).map((key) =>
    count(json, "summary", summary, key),
  ) as [number, number, number, number];
  const failures = field(report, "failures") ?? [];
  if (!Array.isArray(failures))
    throw new AppError(
      "FORMAT_SCHEMA",
      `failures: expected an array, found ${show(failures)}`,
      json.place(["failures"]),
    );
  failures.forEach((failure, index) => {
    if (!isObject(failure))
      throw new AppError(
        "FORMAT_SCHEMA",
        `failures[${index}]: expected an object, found ${show(failure)}`,
        json.place(["failures", index]),
      );
    readFailure(failure, sink);
  });
  emit(sink, "failed", "failed", failures.length + 1, failed, "(not described in the report)");
  emit(sink, "passed", "passed", 1, passed);
  emit(sink, "skipped", "skipped", 1, skipped);
  // What the total holds beyond its parts ended in no known way: never a pass.
  const rest = total - passed - Math.max(failed, failures.length) - skipped;
  emit(sink, "errored", "unknown", 1, Math.max(0, rest), "the report does not say how this test ended");
  if (rest !== 0 || failures.length > failed)
    sink.warn({
      code: "SUMMARY_MISMATCH",
      message: `the summary says ${total} tests: ${passed} passed, ${failed} failed, ${skipped} skipped; ${failures.length} failures are described`,
    });
  return {};
}

function readFailure(failure: JsonObject, sink: ReportSink): void {
  const name = stringField(failure, "test");
  if (name === undefined || name === "")
    sink.warn({ code: "NAME_MISSING", message: "a failure does not name its test" });
  const line = numberField(failure, "line");
  const error = plain(stringField(failure, "error") ?? "");
  const traceback = stringField(failure, "traceback");
  sink.case({
    suite: undefined,
    name: cut(plain(name ?? "") || "(unnamed)", MAX_NAME),
    // Our own addition, so that writing and reading lose nothing; others' reports do not have it.
    outcome: field(failure, "outcome") === "errored" ? "errored" : "failed",
    file: stringField(failure, "file"),
    line: line !== undefined && Number.isInteger(line) && line >= 0 ? line : undefined,
    failure: {
      message: cut(error === "" ? "(no message)" : error, MAX_MESSAGE),
      stack: traceback === undefined || traceback === "" ? undefined : cut(plain(traceback), MAX_STACK),
    },
  });
}

function readError(json: JsonDocument, report: JsonObject, sink: ReportSink): Partial<ReportMeta> {
  const error = objectField(report, "error")!;
  const partial = objectField(error, "partial_results") ?? {};
  const at = "error.partial_results";
  const passed = count(json, at, partial, "tests_passed");
  const failed = count(json, at, partial, "tests_failed");
  const run = count(json, at, partial, "tests_run_before_crash");
  emit(sink, "failed", "failed", 1, failed, "(not described in the report)");
  emit(sink, "passed", "passed", 1, passed);
  emit(sink, "errored", "unknown", 1, run - passed - failed, "no result: the run crashed");
  const type = stringField(error, "type") ?? "error";
  const message = stringField(error, "message");
  return {
    state: "error",
    stateMessage: cut(plain(message === undefined ? type : `${type}: ${message}`), MAX_MESSAGE),
  };
}

function readPartial(json: JsonDocument, report: JsonObject, sink: ReportSink): Partial<ReportMeta> {
  const results = objectField(report, "results")!;
  const [total, passed, failed, skipped, incomplete] = (
    ["total", "passed", "failed", "skipped", "incomplete"] as const
  ).map((key) => count(json, "results", results, key)) as [number, number, number, number, number];
  for (const failure of arrayField(report, "failures") ?? []) if (isObject(failure)) readFailure(failure, sink);
  emit(
    sink,
    "failed",
    "failed",
    (arrayField(report, "failures")?.length ?? 0) + 1,
    failed,
    "(not described in the report)",
  );
  emit(sink, "passed", "passed", 1, passed);
  emit(sink, "skipped", "skipped", 1, skipped);
  const unfinished = Math.max(incomplete, total - passed - failed - skipped);
  emit(sink, "errored", "incomplete", 1, unfinished, "no result: the run did not finish");
  const warning = stringField(report, "warning") ?? "the run did not finish";
  sink.warn({ code: "INCOMPLETE", message: cut(`${plain(warning)} (${unfinished} tests without a result)`, 500) });
  return { state: "partial", stateMessage: cut(plain(warning), MAX_MESSAGE) };
}

/** True when the report states any. */
function readCoverage(json: JsonDocument, report: JsonObject, sink: ReportSink): boolean {
  const coverage = field(report, "coverage");
  if (coverage === undefined) return false;
  const ratio = (key: string): number | undefined => {
    const percent = isObject(coverage) ? (field(coverage, key) ?? undefined) : undefined;
    if (percent === undefined) return undefined;
    if (typeof percent === "number" && percent >= 0 && percent <= 100) return Number((percent / 100).toPrecision(15));
    throw new AppError(
      "FORMAT_SCHEMA",
      `coverage.${key}: expected a percentage from 0 to 100, found ${show(percent)}`,
      json.place(["coverage", key]),
    );
  };
  const lineRatio = ratio("line_percent");
  const branchRatio = ratio("branch_percent");
  if (lineRatio === undefined && branchRatio === undefined) {
    sink.warn({ code: "VALUE_SKIPPED", message: "coverage is unavailable; only tests are reported" });
    return false;
  }
  const files = isObject(coverage) ? arrayField(coverage, "uncovered_files") : undefined;
  sink.coverage({
    lineRatio,
    branchRatio,
    uncoveredFiles: files?.filter((file) => typeof file === "string").slice(0, 1_000),
  });
  return true;
}
