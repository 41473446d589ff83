import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { type Attempt, MAX_OUTPUT, type Outcome } from "../model/test.ts";
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
import {
  attemptOf,
  collectionCase,
  endedCase,
  type Phase,
  secondsOrNone,
  splitNodeId,
  stateOfExit,
} from "./pytest-case.ts";
import { jsonShape } from "./sniff.ts";
import { SuiteBook } from "./suite-book.ts";
import { cut } from "./text.ts";

/**
 * pytest-json-report (1.5). `outcome` of a test is one of pytest's words (`error`, `xfailed`, `xpassed`, `rerun`, "subtests passed");
 * its phases tell more, and the worst of both wins: an interrupted test is "passed" there by its setup alone. The summary
 * counts the collected tests, so tests that never ran (`-x`, an interruption) are seen.
 */
export const pytestJson: Format = {
  id: "pytest-json",
  title: "pytest-json-report",
  yields: "tests",
  tools: ["pytest --json-report"],
  extensions: ["json"],
  reads: "document",
  notes: "pytest --json-report --json-report-file=FILE (plugin pytest-json-report).",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object") return "no";
    const has = (...keys: string[]): boolean => keys.every((key) => shape.paths.has(key));
    return has("exitcode", "root", "environment") || has("exitcode", "root", "summary") ? "certain" : "no";
  },
  parse: parsePytestJson,
};

const WORDS: ReadonlyMap<unknown, Outcome> = new Map([
  ["passed", "passed"],
  ["xpassed", "passed"],
  ["rerun", "passed"],
  ["failed", "failed"],
  ["error", "errored"],
  ["skipped", "skipped"],
  ["xfailed", "skipped"],
]);

const PHASES = ["setup", "call", "teardown", "???"] as const;

async function parsePytestJson(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const report = json.value;
  if (!isObject(report) || objectField(report, "summary") === undefined)
    throw new AppError("FORMAT_SCHEMA", `expected an object with a "summary", found ${show(report)}`, json.place([]));
  const endedAtMs = timeMs(numberField(report, "created"));
  const durationSeconds = secondsOrNone(numberField(report, "duration"));
  const startedAtMs =
    endedAtMs === undefined || durationSeconds === undefined
      ? undefined
      : Math.round(endedAtMs - durationSeconds * 1000);
  const meta: ReportMeta = { framework: "pytest", startedAtMs, endedAtMs, durationSeconds };
  sink.begin(meta);
  const book = new SuiteBook(sink);
  const collectionFailed = readCollectors(report, book);
  readTests(report, json, sink, book);
  book.tell();
  sink.end({ ...meta, ...stateOf(report, sink, book, collectionFailed) });
}

/** Seconds since the epoch; others are no times. */
function timeMs(seconds: number | undefined): number | undefined {
  return seconds !== undefined && seconds > 1e8 && seconds < 1e11 ? Math.round(seconds * 1000) : undefined;
}

/** Returns whether one failed. */
function readCollectors(report: JsonObject, book: SuiteBook): boolean {
  let failed = false;
  for (const collector of arrayField(report, "collectors") ?? []) {
    if (!isObject(collector)) continue;
    const phase = phaseOf(collector, "collect");
    if (phase.outcome === "passed") continue;
    if (phase.outcome !== "skipped") failed = true;
    const file = (stringField(collector, "nodeid") ?? "").split("::", 1)[0];
    book.case(collectionCase(book.of(file || "(no file)", true), phase));
  }
  return failed;
}

function readTests(report: JsonObject, json: JsonDocument, sink: ReportSink, book: SuiteBook): void {
  (arrayField(report, "tests") ?? []).forEach((test, index) => {
    if (!isObject(test))
      throw new AppError(
        "FORMAT_SCHEMA",
        `tests[${index}]: expected an object, found ${show(test)}`,
        json.place(["tests", index]),
      );
    const nodeId = stringField(test, "nodeid") ?? "";
    if (nodeId === "") sink.warn({ code: "NAME_MISSING", message: `tests[${index}] has no nodeid` });
    const word = field(test, "outcome");
    const phases: Phase[] = [];
    for (const when of PHASES) {
      const phase = objectField(test, when);
      if (phase !== undefined) phases.push(phaseOf(phase, when));
    }
    book.case(
      endedCase(
        {
          nodeId,
          suite: book.of(splitNodeId(nodeId).file, true),
          phases,
          definedAt: numberField(test, "lineno"),
          declared: declaredBy(word, sink),
          earlierAttempts: word === "rerun" ? rerun(phases) : undefined,
        },
        (warning) => sink.warn(warning),
      ),
    );
  });
}

function declaredBy(word: unknown, sink: ReportSink): Outcome {
  const known = WORDS.get(word);
  if (known !== undefined) return known;
  const subtests = typeof word === "string" ? /^subtests? (\w+)$/.exec(word)?.[1] : undefined;
  if (subtests !== undefined && WORDS.has(subtests)) return subtests === "skipped" ? "passed" : WORDS.get(subtests)!;
  sink.warn({ code: "VALUE_SKIPPED", message: `outcome ${show(word)} is not known; counted as errored` });
  return "errored";
}

/** The report keeps the last attempt's phases only, and says of those before it that there were some. */
function rerun(phases: readonly Phase[]): Attempt[] {
  const last = attemptOf(phases);
  return [
    last.failure === undefined
      ? { outcome: "failed", failure: { message: "the report keeps the last attempt only" } }
      : last,
  ];
}

function phaseOf(phase: JsonObject, when: string): Phase {
  const crash = objectField(phase, "crash");
  const text = stringField(phase, "longrepr");
  const frames = arrayField(phase, "traceback") ?? [];
  const last = frames.at(-1);
  const type = isObject(last) ? stringField(last, "message") : undefined;
  // A skip is a tuple in Python's own notation: ('/path', 31, 'Skipped: reason').
  const skip = text?.startsWith("(") !== true ? undefined : /^\(['"].*['"], \d+, (['"])(.*)\1\)$/s.exec(text)?.[2];
  const crashMessage = crash === undefined ? undefined : stringField(crash, "message");
  const output = (stringField(phase, "stdout") ?? "") + (stringField(phase, "stderr") ?? "");
  const place = isObject(last) && stringField(last, "path") !== undefined ? last : crash;
  return {
    when,
    outcome: field(phase, "outcome"),
    seconds: secondsOrNone(numberField(phase, "duration")),
    message: crashMessage ?? skip ?? oneLine(text),
    text,
    type: type !== undefined && /^[\w.]+$/.test(type) ? type : undefined,
    crashFile: place === undefined ? undefined : stringField(place, "path"),
    crashLine: place === undefined ? undefined : numberField(place, "lineno"),
    output: cut(output, MAX_OUTPUT),
  };
}

/** With xdist each text begins with a line that names the worker. */
function oneLine(text: string | undefined): string | undefined {
  const own = text?.replace(/^\[gw\d+\] .*(\n|$)/, "");
  return own === undefined || own === "" || own.includes("\n") ? undefined : own;
}

function stateOf(
  report: JsonObject,
  sink: ReportSink,
  book: SuiteBook,
  collectionFailed: boolean,
): Pick<ReportMeta, "state" | "stateMessage"> {
  const summary = objectField(report, "summary")!;
  const count = (key: string): number => numberField(summary, key) ?? 0;
  const tests = arrayField(report, "tests");
  const said = count("failed") + count("error");
  if (tests === undefined && count("total") > 0)
    return {
      state: "partial",
      stateMessage: "the report was written without its tests (--json-report-omit or --json-report-summary)",
    };
  if (tests !== undefined && count("total") !== tests.length && Object.hasOwn(summary, "total"))
    sink.warn({
      code: "SUMMARY_MISMATCH",
      message: `the summary says ${count("total")} tests, the report holds ${tests.length}`,
    });
  if (book.bad === 0 && said > 0)
    return { state: "error", stateMessage: `the summary says that ${said} tests failed, but none is in the report` };
  const state = stateOfExit(numberField(report, "exitcode"), { bad: book.bad, collectionFailed });
  const missing = count("collected") - count("deselected") - count("total");
  if (state.state === undefined && missing > 0)
    return { state: "partial", stateMessage: `${missing} of ${count("collected")} collected tests did not run` };
  return state;
}
