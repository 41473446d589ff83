/** One <UnitTestResult> (or generic, manual, ordered result) of a TRX file. */
import { type Attachment, type CaseResult, OUTCOME_SEVERITY, type Outcome } from "../model/test.ts";
import { exceptionType, parseTimeSpan } from "./dotnet.ts";
import type { JunitValues } from "./junit-values.ts";
import { parseTimestamp } from "./numbers.ts";
import { cut, failureOf, plain } from "./text.ts";
import { MAX_ID } from "./trx-tests.ts";
import type { XmlAttributes } from "./xml.ts";

export interface TrxResult {
  readonly depth: number;
  readonly name: string;
  readonly testId: string | undefined;
  readonly outcome: Outcome;
  readonly stated: string;
  readonly durationSeconds: number | undefined;
  readonly startedAtMs: number | undefined;
  message: string | undefined;
  stack: string | undefined;
  output: string | undefined;
  attachments: Attachment[];
  /** Results inside it, and those of them that are bad. */
  inner: number;
  innerBad: number;
}

/**
 * Visual Studio leaves an attribute out when it has its default, and the default outcome is "Error". "Completed" and
 * "Inconclusive" give no verdict; a test that is pending or in progress in a finished file never ended.
 */
const OUTCOMES: ReadonlyMap<string, Outcome> = new Map([
  ["passed", "passed"],
  ["passedbutrunaborted", "passed"],
  ["warning", "passed"],
  ["failed", "failed"],
  ["error", "errored"],
  ["timeout", "errored"],
  ["aborted", "errored"],
  ["disconnected", "errored"],
  ["inprogress", "errored"],
  ["pending", "errored"],
  ["inconclusive", "skipped"],
  ["completed", "skipped"],
  ["notrunnable", "skipped"],
  ["notexecuted", "skipped"],
]);

export function openTrxResult(attributes: XmlAttributes, depth: number, values: JunitValues): TrxResult {
  const name = values.name(attributes.get("testName"));
  if (name === undefined) values.warn("NAME_MISSING", "a result has no testName");
  const stated = attributes.get("outcome") ?? "Error";
  const outcome = OUTCOMES.get(stated.toLowerCase());
  if (outcome === undefined)
    values.warn(
      "VALUE_SKIPPED",
      `outcome ${JSON.stringify(cut(stated, 40))} of ${cut(name ?? "", 100)} is unknown; counted as errored`,
    );
  const duration = attributes.get("duration");
  const durationSeconds = duration === undefined ? undefined : parseTimeSpan(duration);
  if (duration !== undefined && durationSeconds === undefined)
    values.warn("TIME_UNREADABLE", `duration ${JSON.stringify(cut(duration, 40))} is no duration`);
  const start = attributes.get("startTime");
  const testId = attributes.get("testId");
  return {
    depth,
    name: name ?? "(unnamed)",
    testId: testId === undefined ? undefined : cut(testId, MAX_ID),
    outcome: outcome ?? "errored",
    stated: cut(stated, 40),
    durationSeconds,
    startedAtMs: start === undefined ? undefined : parseTimestamp(start),
    message: undefined,
    stack: undefined,
    output: undefined,
    attachments: [],
    inner: 0,
    innerBad: 0,
  };
}

/** Without suite and class, which are known from the definitions. */
export function closeTrxResult(current: TrxResult): CaseResult {
  let { outcome } = current;
  // A stack belongs to something that went wrong, whatever the attribute says; a message alone also tells why a test was skipped.
  if (outcome === "passed" && current.stack !== undefined && OUTCOME_SEVERITY[outcome] < OUTCOME_SEVERITY.failed)
    outcome = "failed";
  const bad = outcome === "failed" || outcome === "errored";
  const message = current.message?.trim();
  const printed = plain(bad || outcome === "skipped" ? (current.output ?? message ?? "") : "");
  return {
    suite: undefined,
    name: current.name,
    outcome,
    durationSeconds: current.durationSeconds,
    startedAtMs: current.startedAtMs,
    failure: bad
      ? failureOf(
          message === undefined || message === "" ? `outcome ${current.stated}` : message,
          current.stack,
          message === undefined ? undefined : exceptionType(message),
        )
      : undefined,
    output: printed.trim() === "" ? undefined : printed,
    attachments: current.attachments.length === 0 ? undefined : current.attachments,
  };
}
