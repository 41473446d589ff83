/** The grammar of TAP 12 to 14, line by line. */
import type { Outcome } from "../model/test.ts";
import { parseSeconds } from "./numbers.ts";

export interface TapPoint {
  readonly ok: boolean;
  readonly number: number | undefined;
  readonly description: string;
  readonly directive: "skip" | "todo" | undefined;
  readonly reason: string;
  /** node-tap: `# time=1.5ms`. */
  readonly seconds: number | undefined;
  /** node-tap before TAP 14: its subtest follows in braces. */
  readonly opensBlock: boolean;
}

const POINT = /^(not )?ok(?![^\s#])(?:\s+(\d{1,9})(?![^\s#]))?(?:\s+- ?)?\s*(.*)$/;
/** A description is no longer; and no regular expression need look at more. */
const MAX_LINE = 20_000;
export const PLAN = /^1\.\.(\d{1,9})(?:\s*#\s*(.*))?\s*$/;
export const VERSION = /^TAP version \d+\s*$/i;

export function parsePoint(body: string): TapPoint | undefined {
  const match = POINT.exec(body.length > MAX_LINE ? body.slice(0, MAX_LINE) : body);
  if (match === null) return undefined;
  let text = match[3]!;
  const opensBlock = / \{$|^\{$/.test(text);
  if (opensBlock) text = text.slice(0, -1).trimEnd();
  let seconds: number | undefined;
  let directive: "skip" | "todo" | undefined;
  let reason = "";
  const time = /(?:^|\s)# time=([\d.]+ ?m?s)\s*$/.exec(text);
  if (time !== null) {
    seconds = parseSeconds(time[1]!);
    text = text.slice(0, time.index);
  }
  // A # that is escaped belongs to the description.
  const mark = /(?:^|[^\\])(?:\\\\)*(#\s*(skip|todo)(?!\w(?<!skip[a-z]))\S*:?\s*(.*))$/i.exec(text);
  if (mark !== null) {
    directive = mark[2]!.toLowerCase() === "skip" ? "skip" : "todo";
    reason = mark[3]!.trim();
    text = text.slice(0, text.length - mark[1]!.length);
  }
  return {
    ok: match[1] === undefined,
    number: match[2] === undefined ? undefined : Number(match[2]),
    description: unescaped(text.trim()),
    directive,
    reason: unescaped(reason),
    seconds,
    opensBlock,
  };
}

/** A test to do has not been done, however it ended: it is no failure, and no pass that says anything. */
export function outcomeOfPoint(point: TapPoint): Outcome {
  return point.directive !== undefined ? "skipped" : point.ok ? "passed" : "failed";
}

export function unescaped(text: string): string {
  return text.replace(/\\([#\\])/g, "$1");
}

/** Marks of TAP in the beginning of a file: whether it is, or may be. */
export function sniffTap(text: string): "certain" | "maybe" | "no" {
  if (/^TAP version 1[2-9]\r?$/m.test(text)) return "certain";
  const point = /^(not )?ok \d+(?=[\s#]|$)/m.test(text);
  const plan = /^1\.\.\d+[ \t]*(#.*)?\r?$/m.test(text);
  if (point && (plan || /^(not )?ok \d+ (- |# (skip|todo))/im.test(text))) return "certain";
  if (/^1\.\.0[ \t]*#[ \t]*skip/im.test(text)) return "certain";
  return point || plan ? "maybe" : "no";
}
