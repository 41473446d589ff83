import { AppError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { type CaseResult, MAX_NAME, type Outcome } from "../model/test.ts";
import { attachmentsOf, epochMs, nameOf, secondsBetween, textField, thrown } from "./js-values.ts";
import { arrayField, field, isObject, type JsonObject, objectField, show, stringField } from "./json.ts";
import { readJsonSequence } from "./json-sequence.ts";
import { jsonShape } from "./sniff.ts";
import { SuiteTree } from "./suite-tree.ts";
import { cut } from "./text.ts";

/**
 * Allure 2 results: one test per `*-result.json`, or many of them one after another (`cat allure-results/*.json`). "broken" is
 * errored; "unknown" and a missing status are errored, never a pass. Within one stream results of the same `historyId` are
 * attempts, in the order of their start. A fixture of a `*-container.json` that failed makes the report an error; the tests it
 * belongs to have results of their own. Allure's "flaky" mark is a label, not an attempt.
 */
export const allure: Format = {
  id: "allure",
  title: "Allure results",
  yields: "tests",
  tools: [
    "allure-pytest",
    "allure-junit5",
    "allure-mocha",
    "allure-playwright",
    "allure-vitest",
    "other Allure adapters",
  ],
  extensions: ["json"],
  reads: "document",
  notes: "Single *-result.json files, or all of a folder as one stream: cat allure-results/*-{result,container}.json.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "object") return "no";
    const has = (key: string): boolean => shape.keys.includes(key);
    if (["uuid", "name", "status", "labels"].every(has)) return "certain";
    if (!shape.keys.every((key) => KEYS.has(key))) return "no";
    if (has("uuid") && (has("befores") || has("afters") || has("children"))) return "certain";
    if (!has("name") || !has("status")) return "no";
    return ["uuid", "historyId", "statusDetails", "fullName", "testCaseId"].some(has) ? "certain" : "no";
  },
  parse: parseAllure,
};

/** All keys of results and containers; a short file with another one is something else. */
const KEYS: ReadonlySet<string> = new Set(
  "uuid name fullName historyId testCaseId testCaseName status statusDetails stage steps attachments parameters labels links start stop description descriptionHtml titlePath befores afters children rerunOf globals titlePathIds signature".split(
    " ",
  ),
);

const OUTCOMES: ReadonlyMap<unknown, Outcome> = new Map([
  ["passed", "passed"],
  ["failed", "failed"],
  ["broken", "errored"],
  ["skipped", "skipped"],
  ["unknown", "errored"],
]);

async function parseAllure(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const values = await readJsonSequence(source, limits);
  const suites = new SuiteTree(sink);
  const tests = new Map<string | JsonObject, CaseResult[]>();
  let framework: string | undefined;
  let firstMs: number | undefined;
  let lastMs: number | undefined;
  let problem: string | undefined;
  values.forEach((value) => {
    if (!isObject(value))
      throw new AppError("FORMAT_SCHEMA", `expected an Allure result as an object, found ${show(value)}`);
    if (field(value, "status") === undefined && (arrayField(value, "befores") ?? arrayField(value, "children"))) {
      problem ??= brokenFixture(value);
      return;
    }
    framework ??= labelOf(value, "framework");
    const start = epochMs(field(value, "start"));
    const stop = epochMs(field(value, "stop"));
    if (start !== undefined && (firstMs === undefined || start < firstMs)) firstMs = start;
    if (stop !== undefined && (lastMs === undefined || stop > lastMs)) lastMs = stop;
    const key = textField(value, "historyId") ?? value;
    const attempts = tests.get(key);
    const result = caseOf(value, suites, sink);
    if (attempts === undefined) tests.set(key, [result]);
    else attempts.push(result);
  });
  const meta: ReportMeta = {
    framework: framework ?? "Allure",
    startedAtMs: firstMs,
    endedAtMs: lastMs,
    durationSeconds: secondsBetween(firstMs, lastMs),
  };
  sink.begin(meta);
  for (const attempts of tests.values()) {
    attempts.sort((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0));
    const last = attempts.pop()!;
    const earlier = attempts
      .slice(-100)
      .map(({ outcome, durationSeconds, failure }) => ({ outcome, durationSeconds, failure }));
    suites.case(earlier.length === 0 ? last : { ...last, earlierAttempts: earlier });
  }
  sink.end(problem === undefined ? meta : { ...meta, state: "error", stateMessage: problem });
}

function brokenFixture(container: JsonObject): string | undefined {
  for (const key of ["befores", "afters"])
    for (const fixture of arrayField(container, key) ?? []) {
      if (!isObject(fixture)) continue;
      const outcome = OUTCOMES.get(field(fixture, "status"));
      if (outcome !== "failed" && outcome !== "errored") continue;
      const message = stringField(objectField(fixture, "statusDetails") ?? {}, "message") ?? "no message";
      return cut(`the fixture ${stringField(fixture, "name") ?? "(unnamed)"} failed: ${message}`, MAX_NAME);
    }
  return undefined;
}

function labelOf(result: JsonObject, name: string): string | undefined {
  for (const label of arrayField(result, "labels") ?? [])
    if (isObject(label) && field(label, "name") === name) return textField(label, "value");
  return undefined;
}

function caseOf(result: JsonObject, suites: SuiteTree, sink: ReportSink): CaseResult {
  const name = nameOf(textField(result, "name") ?? field(result, "fullName"), "a test", sink);
  const status = field(result, "status");
  const outcome = OUTCOMES.get(status) ?? "errored";
  if (!OUTCOMES.has(status))
    sink.warn({
      code: "VALUE_SKIPPED",
      message: `status ${show(status)} of ${cut(name, 100)} does not say how it ended; counted as errored`,
    });
  const details = objectField(result, "statusDetails") ?? {};
  const start = epochMs(field(result, "start"));
  const stop = epochMs(field(result, "stop"));
  const message = textField(details, "message");
  const trace = textField(details, "trace");
  const path = ["parentSuite", "suite", "subSuite"].map((label) => labelOf(result, label)).filter(isText);
  const titles = (arrayField(result, "titlePath") ?? []).filter(isText);
  const testClass = labelOf(result, "testClass");
  return {
    suite: suites.at(path.length > 0 ? path : titles.length > 0 ? titles : [labelOf(result, "package")].filter(isText)),
    className: testClass === undefined ? undefined : cut(testClass, MAX_NAME),
    name,
    outcome,
    durationSeconds: secondsBetween(start, stop),
    startedAtMs: start,
    failure:
      outcome !== "failed" && outcome !== "errored"
        ? undefined
        : message === undefined && trace === undefined
          ? { message: `the result says ${show(status)} and nothing else` }
          : thrown(message, trace, undefined, {
              expected: field(details, "expected"),
              actual: field(details, "actual"),
            }),
    attachments: attachmentsOf(arrayField(result, "attachments"), "source"),
  };
}

const isText = (text: unknown): text is string => typeof text === "string" && text !== "";
