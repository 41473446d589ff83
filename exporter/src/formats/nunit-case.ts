/** One <test-case> of NUnit 2 or 3, from its attributes to the case of the model. */
import {
  type Attachment,
  type CaseResult,
  MAX_NAME,
  MAX_OUTPUT,
  OUTCOME_SEVERITY,
  type Outcome,
  type SuiteNode,
} from "../model/test.ts";
import { exceptionType, splitTestName } from "./dotnet.ts";
import type { JunitValues } from "./junit-values.ts";
import { parseTimestamp } from "./numbers.ts";
import { cut, failureOf, plain } from "./text.ts";
import type { XmlAttributes } from "./xml.ts";

export interface NunitCase {
  readonly name: string;
  readonly className: string | undefined;
  readonly outcome: Outcome | undefined;
  /** What `result` says, when it is a word nobody knows. */
  readonly oddResult: string | undefined;
  readonly notRunnable: boolean;
  readonly label: string | undefined;
  readonly durationSeconds: number | undefined;
  readonly startedAtMs: number | undefined;
  hasFailure: boolean;
  message: string | undefined;
  stack: string | undefined;
  reason: string | undefined;
  output: string | undefined;
  attachments: Attachment[] | undefined;
}

/** `result` of both versions in lower case. A warning of NUnit 3 leaves a test green, and NUnit's exit status too. */
const RESULTS: ReadonlyMap<string, Outcome> = new Map([
  ["passed", "passed"],
  ["success", "passed"],
  ["warning", "passed"],
  ["failed", "failed"],
  ["failure", "failed"],
  ["error", "errored"],
  ["cancelled", "errored"],
  ["skipped", "skipped"],
  ["ignored", "skipped"],
  ["inconclusive", "skipped"],
  ["notrunnable", "skipped"],
  ["explicit", "skipped"],
]);
const ERROR_LABELS = new Set(["error", "invalid", "cancelled"]);

/** True for a `result` (or, before NUnit 2.5, a `success`) that says that something went wrong. */
export function saysFailed(attributes: XmlAttributes): boolean {
  const result = attributes.get("result");
  if (result === undefined) return attributes.get("success")?.toLowerCase() === "false";
  const outcome = RESULTS.get(result.toLowerCase());
  return outcome === "failed" || outcome === "errored";
}

export function openNunitCase(attributes: XmlAttributes, values: JunitValues): NunitCase {
  const label = attributes.get("label");
  const result = attributes.get("result")?.toLowerCase();
  const stated = values.name(attributes.get("name") ?? attributes.get("fullname"));
  if (stated === undefined) values.warn("NAME_MISSING", "a <test-case> has no name");
  const className = values.name(attributes.get("classname"));
  // NUnit 3 has a short name and the class; NUnit 2 has the full name alone.
  const split =
    className !== undefined || stated === undefined
      ? { className, name: stated ?? "(unnamed)" }
      : splitTestName(stated);
  const start = attributes.get("start-time");
  let outcome = result === undefined ? resultOfOldFile(attributes) : RESULTS.get(result);
  if (outcome === "failed" && label !== undefined && ERROR_LABELS.has(label.toLowerCase())) outcome = "errored";
  return {
    ...split,
    outcome,
    oddResult: result !== undefined && outcome === undefined ? cut(result, 40) : undefined,
    notRunnable: result === "notrunnable",
    label: label === undefined ? undefined : cut(label, 200),
    durationSeconds: values.seconds(attributes.get("duration") ?? attributes.get("time")),
    startedAtMs: start === undefined ? undefined : parseTimestamp(start),
    hasFailure: false,
    message: undefined,
    stack: undefined,
    reason: undefined,
    output: undefined,
    attachments: undefined,
  };
}

/** Before NUnit 2.5 there is no `result`: `executed` and `success` say it, and a bare case with a time passed. */
function resultOfOldFile(attributes: XmlAttributes): Outcome | undefined {
  if (attributes.get("executed")?.toLowerCase() === "false") return "skipped";
  const success = attributes.get("success")?.toLowerCase();
  if (success === "false") return "failed";
  if (success === "true") return "passed";
  return (attributes.get("executed") ?? attributes.get("time") ?? attributes.get("asserts")) ? "passed" : undefined;
}

export function closeNunitCase(current: NunitCase, suite: SuiteNode | undefined, values: JunitValues): CaseResult {
  let outcome = current.outcome;
  if (outcome === undefined) {
    outcome = current.hasFailure ? "failed" : "errored";
    if (!current.hasFailure)
      values.warn(
        "VALUE_SKIPPED",
        `result ${JSON.stringify(current.oddResult ?? "")} of ${cut(current.name, 100)} is unknown; counted as errored`,
      );
  } else if (current.hasFailure && OUTCOME_SEVERITY[outcome] < OUTCOME_SEVERITY.failed) outcome = "failed";
  const bad = outcome === "failed" || outcome === "errored";
  const message = current.message?.trim() || current.reason?.trim() || current.label;
  const output = [current.reason === undefined || bad ? "" : `${current.label ?? outcome}: ${current.reason.trim()}\n`];
  output.push(outcome === "passed" && current.reason === undefined ? "" : (current.output ?? ""));
  const printed = plain(output.join(""));
  return {
    suite,
    className: current.className === undefined ? undefined : cut(current.className, MAX_NAME),
    name: cut(current.name, MAX_NAME),
    outcome,
    durationSeconds: current.durationSeconds,
    startedAtMs: current.startedAtMs,
    failure: bad
      ? failureOf(message, current.stack, message === undefined ? undefined : exceptionType(message))
      : undefined,
    output: printed.trim() === "" ? undefined : cut(printed, MAX_OUTPUT),
    attachments: current.attachments,
  };
}
