/** Values as the test runners of the JavaScript world write them: milliseconds, thrown errors, names. */
import type { ReportSink } from "../model/format.ts";
import { type Attachment, type Failure, MAX_NAME } from "../model/test.ts";
import { field, isObject, type JsonObject, numberField, show, stringField } from "./json.ts";
import { parseTimestamp } from "./numbers.ts";
import { attachmentOf, cut, plain, plainFailure } from "./text.ts";

/** 1980 in milliseconds; smaller numbers that are times after 1980 in seconds are taken as seconds (Playwright's CTRF reporter). */
const EARLIEST_MS = Date.UTC(1980, 0, 1);
const LATEST_MS = Date.UTC(9999, 0, 1);

/** Milliseconds since the epoch, from a number or an ISO time; undefined for zero, the year 1 and what is no time. */
export function epochMs(value: unknown): number | undefined {
  if (typeof value === "string") return parseTimestamp(value);
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  const ms = value < EARLIEST_MS && value >= EARLIEST_MS / 1000 ? value * 1000 : value;
  return ms >= EARLIEST_MS && ms < LATEST_MS ? ms : undefined;
}

/** Seconds from a field in milliseconds; absent and null stay undefined, what is no duration is warned of. */
export function secondsField(object: JsonObject, key: string, sink: ReportSink): number | undefined {
  const value = field(object, key);
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return fromMs(value);
  sink.warn({ code: "TIME_UNREADABLE", message: `${key} ${show(value)} is no duration` });
  return undefined;
}

/** Without the binary dust of the division, which that of a whole number has not: it is the number nearest to the decimal fraction. */
export const fromMs = (milliseconds: number): number =>
  Number.isSafeInteger(milliseconds) ? milliseconds / 1000 : Number((milliseconds / 1000).toPrecision(15));
export const toMs = (seconds: number): number => Number((seconds * 1000).toPrecision(15));

/** Between two times, undefined when one is missing or they are in the wrong order. */
export function secondsBetween(startMs: number | undefined, endMs: number | undefined): number | undefined {
  return startMs === undefined || endMs === undefined || endMs < startMs ? undefined : fromMs(endMs - startMs);
}

/** Never empty; a missing one is warned of. */
export function nameOf(value: unknown, what: string, sink: ReportSink): string {
  const name = typeof value === "string" ? plain(value).trim() : "";
  if (name === "") {
    sink.warn({ code: "NAME_MISSING", message: `${what} has no name` });
    return "(unnamed)";
  }
  if (name.length > MAX_NAME) sink.warn({ code: "TEXT_CUT", message: `a name of ${name.length} characters was cut` });
  return cut(name, MAX_NAME);
}

/** A whole line number, else undefined. */
export function lineField(object: JsonObject, key: string): number | undefined {
  const line = numberField(object, key);
  return line !== undefined && Number.isInteger(line) && line > 0 ? line : undefined;
}

export function textField(object: JsonObject, key: string): string | undefined {
  const text = stringField(object, key);
  return text === undefined || text === "" ? undefined : text;
}

export function fileField(object: JsonObject, key: string): string | undefined {
  const file = textField(object, key);
  return file === undefined ? undefined : cut(plain(file), MAX_NAME);
}

/** The message of a text that goes on with a stack trace: what stands before the first frame. */
export function headline(text: string): string {
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    let i = at + 1;
    while (text.charCodeAt(i) === 0x20 || text.charCodeAt(i) === 0x09) i++;
    if (i > at + 1 && text.startsWith("at ", i)) return text.slice(0, at).trim();
  }
  return text.trim();
}

/** Of a thrown error's texts: `type` is what stands before the first colon of the stack when the report does not name it. */
export function thrown(
  message: string | undefined,
  stack: string | undefined,
  type?: string,
  compared?: { readonly expected: unknown; readonly actual: unknown },
): Failure {
  const long = plain(stack ?? "");
  const short = plain(message ?? "").trim() || headline(long);
  const failure = plainFailure(
    headline(short),
    long === "" ? short : long,
    type ?? /^(\w*(?:Error|Exception))\b/.exec(long)?.[1],
  );
  if (compared?.expected === undefined || compared.actual === undefined) return failure;
  return { ...failure, expected: shown(compared.expected), actual: shown(compared.actual) };
}

function shown(value: unknown): string {
  return cut(typeof value === "string" ? value : (JSON.stringify(value) ?? ""), 2_000);
}

/** Paths of a list of objects with `path` (or another key); what is inline has none. */
export function attachmentsOf(list: readonly unknown[] | undefined, key: string): Attachment[] | undefined {
  const found: Attachment[] = [];
  for (const item of list ?? []) {
    const path = isObject(item) ? textField(item, key) : undefined;
    if (path !== undefined && found.length < 100) found.push(attachmentOf(path));
  }
  return found.length === 0 ? undefined : found;
}
