/** One <testcase>, from its attributes to the case of the model. */
import {
  type Attachment,
  type Attempt,
  type CaseResult,
  type Failure,
  MAX_MESSAGE,
  MAX_NAME,
  MAX_OUTPUT,
  OUTCOME_SEVERITY,
  type Outcome,
  type SuiteNode,
} from "../model/test.ts";
import { STATUS_WORDS } from "./junit-dialects.ts";
import type { JunitValues } from "./junit-values.ts";
import { parseCount, parseTimestamp } from "./numbers.ts";
import { attachmentOf, BoundedText, cut, messageFromOutput, NO_MESSAGE, plain } from "./text.ts";
import type { XmlAttributes } from "./xml.ts";

/** The case being read. */
export interface OpenCase {
  name: string;
  className: string | undefined;
  durationSeconds: number | undefined;
  startedAtMs: number | undefined;
  file: string | undefined;
  line: number | undefined;
  outcome: Outcome;
  /** A child said how it ended, so the outcome is no longer the one of the attributes. */
  hasResult: boolean;
  failure: Failure | undefined;
  attempts: Attempt[] | undefined;
  output: BoundedText | undefined;
  attachments: Attachment[] | undefined;
}

export function openCase(attributes: XmlAttributes, from: JunitValues): OpenCase {
  const current: OpenCase = {
    name: "",
    className: undefined,
    durationSeconds: undefined,
    startedAtMs: undefined,
    file: undefined,
    line: undefined,
    outcome: "passed",
    hasResult: false,
    failure: undefined,
    attempts: undefined,
    output: undefined,
    attachments: undefined,
  };
  let named = false;
  let status: string | undefined;
  const { names, values, size } = attributes;
  for (let i = 0; i < size; i++) {
    const value = values[i]!;
    switch (names[i]) {
      case "name":
        current.name = value.length > MAX_NAME ? from.name(value)! : value;
        named = value !== "";
        break;
      case "classname":
        if (value !== "") current.className = value.length > MAX_NAME ? cut(value, MAX_NAME) : value;
        break;
      case "class":
        if (value !== "") current.className ??= cut(value, MAX_NAME);
        break;
      case "time":
        current.durationSeconds = from.seconds(value);
        break;
      case "timestamp":
        current.startedAtMs = parseTimestamp(value);
        break;
      case "file":
      case "filepath":
        if (value !== "") current.file = cut(value, MAX_NAME);
        break;
      case "line":
      case "lineno":
        current.line = parseCount(value);
        break;
      case "status":
      case "result":
        if (status === undefined || !STATUS_WORDS.has(status)) status = value.toLowerCase();
        break;
      default:
    }
  }
  if (!named) {
    current.name = "(unnamed)";
    from.warn("NAME_MISSING", "a <testcase> has no name");
  }
  // Kept until a child says otherwise.
  if (status !== undefined) current.outcome = STATUS_WORDS.get(status) ?? "passed";
  return current;
}

/** Worst wins; true when this result is the case's now. */
export function setResult(current: OpenCase, outcome: Outcome): boolean {
  if (current.hasResult && OUTCOME_SEVERITY[outcome] <= OUTCOME_SEVERITY[current.outcome]) return false;
  current.hasResult = true;
  current.outcome = outcome;
  return true;
}

/** Playwright's and Jenkins' notation for files: `[[ATTACHMENT|path]]` alone in the output. */
export function addOutput(current: OpenCase, piece: string): void {
  current.output ??= new BoundedText(MAX_OUTPUT);
  current.output.add(piece);
  if (!piece.includes("[[ATTACHMENT|")) return;
  for (const match of piece.matchAll(/\[\[ATTACHMENT\|([^\]\n]{1,1000})\]\]/g)) attach(current, match[1]!);
}

export function addProperty(current: OpenCase, attributes: XmlAttributes): void {
  const name = attributes.get("name");
  const value = attributes.get("value");
  if (value !== undefined && (name === "attachment" || name === "testrun_attachment")) attach(current, value);
}

function attach(current: OpenCase, path: string): void {
  current.attachments ??= [];
  if (current.attachments.length < 100) current.attachments.push(attachmentOf(path.trim()));
}

export function closeCase(current: OpenCase, suite: SuiteNode | undefined): CaseResult {
  const { outcome, attempts, output } = current;
  if ((outcome === "failed" || outcome === "errored") && (current.failure?.message ?? NO_MESSAGE) === NO_MESSAGE) {
    // CTest writes an empty <failure> and everything into the output.
    const said = messageFromOutput(plain(output?.toString() ?? ""));
    current.failure = { ...current.failure, message: said === "" ? NO_MESSAGE : cut(said, MAX_MESSAGE) };
  }
  return {
    suite,
    className: current.className,
    name: current.name,
    outcome,
    durationSeconds: current.durationSeconds,
    startedAtMs: current.startedAtMs,
    file: current.file,
    line: current.line,
    failure: current.failure,
    earlierAttempts: attempts,
    output:
      output === undefined || (outcome === "passed" && attempts === undefined) ? undefined : plain(output.toString()),
    attachments: current.attachments,
  };
}
