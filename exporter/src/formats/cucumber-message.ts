/** Single Cucumber messages: recognising them, and the values in them. */
import type { StepStatus } from "./cucumber-steps.ts";
import { field, isObject, type JsonObject, numberField } from "./json.ts";

const MARK =
  /^\s*\{\s*"(?:meta"\s*:\s*\{.*"protocolVersion"|gherkinDocument"\s*:|pickle"\s*:|testRunStarted"\s*:|testCaseStarted"\s*:|testCase"\s*:|testStepFinished"\s*:)/;

/** For recognising the format: by pattern, since the line may be cut. */
export function isMessage(line: string): boolean {
  return MARK.test(line);
}

export const STATUSES: ReadonlyMap<unknown, StepStatus> = new Map([
  ["PASSED", "passed"],
  ["FAILED", "failed"],
  ["SKIPPED", "skipped"],
  ["PENDING", "pending"],
  ["UNDEFINED", "undefined"],
  ["AMBIGUOUS", "ambiguous"],
]);

/** Kind and content; undefined when the line is no message. */
export function envelope(text: string): readonly [string, JsonObject] | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return undefined;
    const kind = Object.keys(value)[0];
    const content = kind === undefined ? undefined : field(value, kind);
    return kind !== undefined && isObject(content) ? [kind, content] : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Seconds, which protobuf's JSON writes as text. Something that is no duration is passed on, to be warned of. */
export function durationOf(value: unknown): unknown {
  if (!isObject(value)) return value;
  const seconds = Number(field(value, "seconds") ?? 0);
  const nanos = numberField(value, "nanos") ?? 0;
  return seconds + nanos / 1e9;
}

/** Milliseconds since the epoch. */
export function timeOf(value: JsonObject): number | undefined {
  const seconds = durationOf(field(value, "timestamp"));
  // Tests of Cucumber itself begin in 1970.
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds > 315_532_800 && seconds < 253_370_764_800
    ? Math.round(seconds * 1000)
    : undefined;
}
