import { AppError, formatError } from "../errors.ts";
import type { Format, Limits, ReportMeta, ReportSink, ReportSource } from "../model/format.ts";
import { type CaseResult, type Failure, MAX_NAME, type Outcome } from "../model/test.ts";
import { attachmentsOf, epochMs, nameOf, secondsBetween, textField, thrown } from "./js-values.ts";
import { arrayField, field, isObject, type JsonObject, objectField, show, stringField } from "./json.ts";
import { firstFile, readJsonSequence } from "./json-sequence.ts";
import { jsonShape } from "./sniff.ts";
import { SuiteTree } from "./suite-tree.ts";
import { cut } from "./text.ts";

/**
 * Allure 2 and 3 results: a folder with one test per `*-result.json`, one of these files, or many of them one after another
 * (`cat allure-results/*.json`). "broken" is errored; "unknown" and a missing status are errored, never a pass. Results of the
 * same test with the same parameters are attempts, in the order of their start. A fixture of a `*-container.json` that failed
 * makes the report an error; the tests it belongs to have results of their own. Allure's "flaky" mark is a label, not an attempt.
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
  notes:
    "A folder of results is one report: `plumbline ingest allure-results/`. Retries in several files are attempts of one test; " +
    "`executor.json`, `categories.json`, `environment.properties`, attachments and `history/` are passed over. A result that " +
    "cannot be read makes the run partial and takes no other with it. Single files and `cat allure-results/*-{result,container}.json` " +
    "are read as well.",
  folder: {
    claims: (name) => {
      if (BESIDE.test(name)) return "beside";
      if (/^[0-9a-f]{8}-[0-9a-f-]{27}-(result|container)\.json(\.gz)?$/i.test(name)) return "certain";
      return /-(result|container)\.json(\.gz)?$/.test(name) ? "maybe" : "no";
    },
    beside: ["history"],
  },
  sniff: (head) => {
    const file = firstFile(head);
    if (file !== undefined) return /-(result|container)\.json(\.gz)?$/.test(file) ? "certain" : "no";
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

/** Files that Allure's adapters and its report write beside the results. */
const BESIDE =
  /^(executor|categories|.*-globals)\.json$|^environment\.(properties|xml)$|-attachment(\.\w+)*$|^testrun\.json$/i;

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
  const suites = new SuiteTree(sink);
  const tests = new Map<string | JsonObject, CaseResult[]>();
  let framework: string | undefined;
  let firstMs: number | undefined;
  let lastMs: number | undefined;
  let problem: string | undefined;
  const faults = await readJsonSequence(source, limits, (value) => {
    if (!isObject(value))
      throw new AppError("FORMAT_SCHEMA", `expected an Allure result as an object, found ${show(value)}`);
    if (field(value, "status") === undefined && (arrayField(value, "befores") ?? arrayField(value, "children"))) {
      problem ??= brokenFixture(value);
      return;
    }
    const labels = labelsOf(value);
    framework ??= labels.framework;
    const start = epochMs(field(value, "start"));
    const stop = epochMs(field(value, "stop"));
    if (start !== undefined && (firstMs === undefined || start < firstMs)) firstMs = start;
    if (stop !== undefined && (lastMs === undefined || stop > lastMs)) lastMs = stop;
    const result = caseOf(value, labels, start, stop, suites, sink);
    const key = identityOf(value) ?? value;
    const attempts = tests.get(key);
    if (attempts === undefined) tests.set(key, [result]);
    else attempts.push(result);
  });
  const [fault] = faults;
  if (fault !== undefined && tests.size === 0) throw fault;
  for (const each of faults) sink.warn({ code: "INCOMPLETE", message: formatError(each) });
  const meta: ReportMeta = {
    framework: framework ?? "Allure",
    startedAtMs: firstMs,
    endedAtMs: lastMs,
    durationSeconds: secondsBetween(firstMs, lastMs),
  };
  sink.begin(meta);
  for (const attempts of tests.values()) {
    if (attempts.length === 1) {
      suites.case(attempts[0]!);
      continue;
    }
    attempts.sort((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0));
    const last = attempts.pop()!;
    const earlier = attempts
      .slice(-100)
      .map(({ outcome, durationSeconds, failure }) => ({ outcome, durationSeconds, failure }));
    suites.case({ ...last, earlierAttempts: earlier });
  }
  if (fault !== undefined) {
    const stateMessage = cut(`${faults.length} of the results cannot be read: ${formatError(fault)}`, MAX_NAME);
    sink.end({ ...meta, state: "partial", stateMessage });
  } else sink.end(problem === undefined ? meta : { ...meta, state: "error", stateMessage: problem });
}

/**
 * What results of one test share: `historyId` (made of test and parameters), else `testCaseId` with the parameters, of which those
 * that Allure leaves out of the identity are left out here.
 */
function identityOf(result: JsonObject): string | undefined {
  const history = textField(result, "historyId");
  if (history !== undefined) return history;
  const test = textField(result, "testCaseId");
  if (test === undefined) return undefined;
  const parameters = (arrayField(result, "parameters") ?? [])
    .filter((parameter) => isObject(parameter) && field(parameter, "excluded") !== true)
    .map((parameter) => [textField(parameter as JsonObject, "name"), textField(parameter as JsonObject, "value")]);
  return JSON.stringify([test, ...parameters.sort()]);
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

const LABELS = ["framework", "parentSuite", "suite", "subSuite", "package", "testClass"] as const;
type Labels = { [label in (typeof LABELS)[number]]?: string | undefined };
const LABEL_NAMES: ReadonlySet<unknown> = new Set(LABELS);

/** The first of each name counts. */
function labelsOf(result: JsonObject): Labels {
  const found: Labels = {};
  for (const label of arrayField(result, "labels") ?? []) {
    if (!isObject(label)) continue;
    const name = field(label, "name");
    if (LABEL_NAMES.has(name)) found[name as keyof Labels] ??= textField(label, "value");
  }
  return found;
}

function caseOf(
  result: JsonObject,
  labels: Labels,
  start: number | undefined,
  stop: number | undefined,
  suites: SuiteTree,
  sink: ReportSink,
): CaseResult {
  const name = nameOf(textField(result, "name") ?? field(result, "fullName"), "a test", sink);
  const status = field(result, "status");
  const outcome = OUTCOMES.get(status) ?? "errored";
  if (!OUTCOMES.has(status))
    sink.warn({
      code: "VALUE_SKIPPED",
      message: `status ${show(status)} of ${cut(name, 100)} does not say how it ended; counted as errored`,
    });
  const attachments = arrayField(result, "attachments");
  return {
    suite: suites.at(pathOf(result, labels)),
    className: labels.testClass === undefined ? undefined : cut(labels.testClass, MAX_NAME),
    name,
    outcome,
    durationSeconds: secondsBetween(start, stop),
    startedAtMs: start,
    failure: outcome === "failed" || outcome === "errored" ? failureOf(result, status) : undefined,
    attachments: attachments === undefined ? undefined : attachmentsOf(attachments, "source"),
  };
}

/** Labels of suites, else the path of titles, else the package. */
function pathOf(result: JsonObject, { parentSuite, suite, subSuite, package: pack }: Labels): string[] {
  const path: string[] = [];
  if (parentSuite !== undefined) path.push(parentSuite);
  if (suite !== undefined) path.push(suite);
  if (subSuite !== undefined) path.push(subSuite);
  if (path.length > 0) return path;
  const titles = (arrayField(result, "titlePath") ?? []).filter(isText);
  return titles.length > 0 ? titles : pack === undefined ? [] : [pack];
}

function failureOf(result: JsonObject, status: unknown): Failure {
  const details = objectField(result, "statusDetails") ?? {};
  const message = textField(details, "message");
  const trace = textField(details, "trace");
  if (message === undefined && trace === undefined)
    return { message: `the result says ${show(status)} and nothing else` };
  return thrown(message, trace, undefined, { expected: field(details, "expected"), actual: field(details, "actual") });
}

const isText = (text: unknown): text is string => typeof text === "string" && text !== "";
