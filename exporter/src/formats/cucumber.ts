import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import type { CaseResult, SuiteNode } from "../model/test.ts";
import { attemptOf, type StepStatus, Steps } from "./cucumber-steps.ts";
import { attachmentsOf, epochMs, fileField, lineField, nameOf, textField } from "./js-values.ts";
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

/**
 * Cucumber's `json` formatter (JS, JVM, Ruby and others; behave's too). A feature is a suite, a scenario or a row of an outline is a
 * case; a background is no test, and its steps count for the scenario that follows it. The worst step or hook decides:
 * a failed step is failed; a failed hook, behave's "error", an undefined or ambiguous step is errored; pending is skipped. A scenario that follows
 * itself at the same place of the same feature is a retry. Durations are nanoseconds, of behave seconds.
 */
export const cucumber: Format = {
  id: "cucumber",
  title: "Cucumber JSON",
  yields: "tests",
  tools: ["cucumber-js", "Cucumber-JVM", "Cucumber Ruby", "behave", "Cypress Cucumber preprocessor"],
  extensions: ["json"],
  reads: "document",
  notes: "cucumber-js --format json:FILE; behave --format json.",
  sniff: (head) => {
    const shape = jsonShape(head);
    if (shape?.kind !== "array" || !shape.paths.has("[].elements")) return "no";
    return ["[].keyword", "[].uri", "[].location"].some((path) => shape.paths.has(path)) ? "certain" : "no";
  },
  parse: parseCucumber,
};

async function parseCucumber(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const json = await readJson(source, limits);
  const features = json.value;
  if (!Array.isArray(features))
    throw new AppError("FORMAT_SCHEMA", `expected an array of features, found ${show(features)}`, json.place([]));
  sink.begin({ framework: "Cucumber" });
  let seconds: number | undefined;
  let startedAtMs: number | undefined;
  features.forEach((feature, index) => {
    if (!isObject(feature))
      throw new AppError(
        "FORMAT_SCHEMA",
        `[${index}]: expected a feature as an object, found ${show(feature)}`,
        json.place([index]),
      );
    const elements = field(feature, "elements") ?? [];
    if (!Array.isArray(elements))
      throw new AppError(
        "FORMAT_SCHEMA",
        `[${index}].elements: expected an array, found ${show(elements)}`,
        json.place([index, "elements"]),
      );
    for (const result of readFeature(feature, elements, sink)) {
      for (const attempt of [...(result.earlierAttempts ?? []), result])
        if (attempt.durationSeconds !== undefined) seconds = (seconds ?? 0) + attempt.durationSeconds;
      if (result.startedAtMs !== undefined && (startedAtMs === undefined || result.startedAtMs < startedAtMs))
        startedAtMs = result.startedAtMs;
    }
  });
  sink.end({ framework: "Cucumber", durationSeconds: seconds, startedAtMs });
}

/** Emits the feature's cases, and returns them for the sums. */
function readFeature(feature: JsonObject, elements: readonly unknown[], sink: ReportSink): CaseResult[] {
  const location = stringField(feature, "location");
  const uri = fileField(feature, "uri") ?? fileField(feature, "filename") ?? location?.replace(/:\d+$/, "");
  const suite: SuiteNode = { name: nameOf(textField(feature, "name") ?? uri, "a feature", sink), file: uri };
  const nanoseconds = location === undefined || field(feature, "uri") !== undefined;
  const cases: CaseResult[] = [];
  let background: JsonObject | undefined;
  let lastPlace: string | undefined;
  for (const element of elements) {
    if (!isObject(element))
      throw new AppError("FORMAT_SCHEMA", `expected an object in "elements" of ${suite.name}, found ${show(element)}`);
    if (field(element, "type") === "background" || /^background$/i.test(stringField(element, "keyword") ?? "")) {
      background = element;
      continue;
    }
    const steps = new Steps(sink, nanoseconds);
    if (background !== undefined) readSteps(background, steps);
    readSteps(element, steps);
    background = undefined;
    const place = placeOf(element);
    const previous = cases.at(-1);
    const isRetry =
      place !== undefined && place === lastPlace && (previous?.outcome === "failed" || previous?.outcome === "errored");
    if (isRetry) cases.pop();
    lastPlace = place;
    cases.push({
      ...steps.result(),
      suite,
      name: nameOf(field(element, "name"), "a scenario", sink),
      startedAtMs: epochMs(field(element, "start_timestamp")),
      file: uri,
      line: lineField(element, "line") ?? lineOf(stringField(element, "location")),
      earlierAttempts: isRetry ? [...(previous.earlierAttempts ?? []).slice(-99), attemptOf(previous)] : undefined,
    });
  }
  for (const result of cases) sink.case(result);
  if (cases.length > 0) sink.suite(suite, {});
  return cases;
}

function lineOf(location: string | undefined): number | undefined {
  const line = /:(\d{1,9})$/.exec(location ?? "")?.[1];
  return line === undefined ? undefined : Number(line);
}

function placeOf(element: JsonObject): string | undefined {
  const line = numberField(element, "line") ?? lineOf(stringField(element, "location"));
  return line === undefined
    ? undefined
    : `${line}\0${stringField(element, "id") ?? stringField(element, "name") ?? ""}`;
}

function readSteps(element: JsonObject, steps: Steps): void {
  for (const key of ["before", "steps", "after"])
    for (const step of arrayField(element, key) ?? []) {
      if (!isObject(step)) throw new AppError("FORMAT_SCHEMA", `"${key}": expected objects, found ${show(step)}`);
      const isHook = key !== "steps" || field(step, "hidden") === true;
      // behave lists a background's steps without results, and again in each scenario.
      if (field(element, "type") === "background" && field(step, "result") === undefined) continue;
      // The JVM puts hooks of a step around it.
      for (const inner of ["before", "after"])
        for (const hook of arrayField(step, inner) ?? []) if (isObject(hook)) readStep(hook, true, steps);
      readStep(step, isHook, steps);
    }
  // behave says how the scenario ended; a hook that failed is to be seen only there.
  const status = stringField(element, "status");
  if (status !== undefined && !steps.isBad)
    steps.add({ status: stepStatus(status), isHook: true, name: "the scenario" });
}

function readStep(step: JsonObject, isHook: boolean, steps: Steps): void {
  const result = objectField(step, "result");
  const message = result === undefined ? undefined : field(result, "error_message");
  steps.add({
    status: result === undefined ? "untested" : stepStatus(field(result, "status")),
    isHook,
    name: `${stringField(step, "keyword")?.trim() ?? ""} ${stringField(step, "name") ?? ""}`.trim(),
    duration: result === undefined ? undefined : field(result, "duration"),
    message: Array.isArray(message)
      ? message.filter((line) => typeof line === "string").join("\n")
      : typeof message === "string"
        ? message
        : undefined,
  });
  for (const line of arrayField(step, "output") ?? []) if (typeof line === "string") steps.print(`${line}\n`);
  steps.attach(attachmentsOf(arrayField(step, "embeddings"), "path"));
}

function stepStatus(status: unknown): StepStatus | undefined {
  const word = typeof status === "string" ? status.toLowerCase() : "";
  return STATUSES.get(word);
}

const STATUSES: ReadonlyMap<string, StepStatus> = new Map([
  ["passed", "passed"],
  ["failed", "failed"],
  ["error", "error"],
  ["hook_error", "error"],
  ["cleanup_error", "error"],
  ["skipped", "skipped"],
  ["disabled", "skipped"],
  ["untested", "untested"],
  ["untested_pending", "pending"],
  ["pending", "pending"],
  ["pending_warn", "pending"],
  ["undefined", "undefined"],
  ["ambiguous", "ambiguous"],
]);
