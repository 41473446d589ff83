/** One <test> of xUnit.net, from its attributes to the case of the model. */
import { type Attachment, type CaseResult, MAX_NAME, MAX_OUTPUT, type Outcome, type SuiteNode } from "../model/test.ts";
import type { JunitValues } from "./junit-values.ts";
import { parseCount, parseTimestamp } from "./numbers.ts";
import { cut, failureOf, plain } from "./text.ts";
import type { XmlAttributes } from "./xml.ts";

export interface XunitCase {
  readonly name: string;
  readonly className: string | undefined;
  readonly result: string | undefined;
  readonly durationSeconds: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  hasFailure: boolean;
  type: string | undefined;
  message: string | undefined;
  stack: string | undefined;
  reason: string | undefined;
  output: string | undefined;
  attachments: Attachment[];
}

const RESULTS: ReadonlyMap<string | undefined, Outcome> = new Map([
  ["pass", "passed"],
  ["fail", "failed"],
  ["skip", "skipped"],
  ["notrun", "skipped"],
]);

export function openXunitCase(attributes: XmlAttributes, values: JunitValues): XunitCase {
  const className = values.name(attributes.get("type"));
  const stated = values.name(attributes.get("name") ?? attributes.get("method"));
  if (stated === undefined) values.warn("NAME_MISSING", "a <test> has no name");
  const start = attributes.get("start-rtf");
  const file = attributes.get("source-file");
  // The display name repeats the class, unless a test names itself.
  const name =
    className !== undefined && stated?.startsWith(`${className}.`) === true && stated.length > className.length + 1
      ? stated.slice(className.length + 1)
      : (stated ?? "(unnamed)");
  return {
    name,
    className,
    result: attributes.get("result")?.toLowerCase(),
    durationSeconds: values.seconds(attributes.get("time")),
    startedAtMs: start === undefined ? undefined : parseTimestamp(start),
    file: file === undefined || file === "" ? undefined : cut(file, MAX_NAME),
    line: parseCount(attributes.get("source-line")),
    hasFailure: false,
    type: undefined,
    message: undefined,
    stack: undefined,
    reason: undefined,
    output: undefined,
    attachments: [],
  };
}

export function closeXunitCase(current: XunitCase, suite: SuiteNode | undefined, values: JunitValues): CaseResult {
  let outcome = RESULTS.get(current.result);
  if (current.hasFailure) outcome = "failed";
  else if (outcome === undefined) {
    outcome = "errored";
    values.warn(
      "VALUE_SKIPPED",
      `result ${JSON.stringify(cut(current.result ?? "", 40))} of ${cut(current.name, 100)} is unknown; counted as errored`,
    );
  }
  const bad = outcome === "failed" || outcome === "errored";
  const reason = current.reason === undefined ? "" : `skipped: ${current.reason.trim()}\n`;
  const printed = plain(reason + (outcome === "passed" ? "" : (current.output ?? "")));
  return {
    suite,
    className: current.className,
    name: current.name,
    outcome,
    durationSeconds: current.durationSeconds,
    startedAtMs: current.startedAtMs,
    file: current.file,
    line: current.line,
    failure: bad ? failureOf(current.message?.trim(), current.stack, current.type) : undefined,
    output: printed.trim() === "" ? undefined : cut(printed, MAX_OUTPUT),
    attachments: current.attachments.length === 0 ? undefined : current.attachments,
  };
}
