/** Reading what command-line load testers print: bounded, without colours, with durations in any unit. */
import type { Limits, ReportSource } from "../model/format.ts";
import { readLines } from "./lines.ts";
import { plain } from "./text.ts";

/** Far more than any of these tools prints; a log around it may be longer, and its end is what matters. */
const MAX_LINES = 20_000;

/** The lines of the text, the last ones if there are too many. */
export async function readTextLines(source: ReportSource, limits: Limits): Promise<readonly string[]> {
  const lines: string[] = [];
  await readLines(source, { ...limits, maxTextBytes: Math.min(limits.maxTextBytes, 4_000) }, ({ text }) => {
    lines.push(plain(text));
    if (lines.length > 2 * MAX_LINES) lines.splice(0, MAX_LINES);
  });
  return lines;
}

const SECONDS: Readonly<Record<string, number>> = {
  h: 3600,
  m: 60,
  min: 60,
  s: 1,
  sec: 1,
  secs: 1,
  seconds: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ns: 1e-9,
};

/** `8.56ms`, `1.2 secs`, `1m3.5s`, `2.00m`: seconds. Undefined when it is no duration of 0 or more. */
export function durationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  let seconds = 0;
  let parts = 0;
  const rest = text
    .trim()
    .replace(
      /(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(h|min|m|secs?|seconds|s|ms|us|µs|μs|ns)(?=\d|$|\s)/gi,
      (_, value, unit) => {
        seconds += Number(value) * SECONDS[(unit as string).toLowerCase()]!;
        parts++;
        return "";
      },
    );
  if (rest.trim() === "0") return 0;
  return parts === 0 || rest.trim() !== "" ? undefined : Number(seconds.toPrecision(12));
}

/** wrk and ab count in powers of 1024: `160.14KB` is 163983.36 bytes. */
export function binaryBytesOf(text: string | undefined): number | undefined {
  const match = /^([\d.]+)\s*([KMGTP]?)i?B?(?:ytes)?$/i.exec(text?.trim() ?? "");
  if (match === null) return undefined;
  const value = Number(match[1]) * 1024 ** " KMGTP".indexOf(match[2] === "" ? " " : match[2]!.toUpperCase());
  return Number.isFinite(value) ? Number(value.toPrecision(12)) : undefined;
}

/** The first group of the first line that matches. */
export function found(lines: readonly string[], pattern: RegExp): string | undefined {
  for (const line of lines) {
    const match = pattern.exec(line);
    if (match !== null) return match[1] ?? "";
  }
  return undefined;
}
export function foundNumber(lines: readonly string[], pattern: RegExp): number | undefined {
  const text = found(lines, pattern);
  const value = text === undefined || text === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Lines in parts, each from a line that matches to before the next such line; what stands before the first is left out. */
export function partsFrom(lines: readonly string[], start: RegExp): readonly (readonly string[])[] {
  const parts: string[][] = [];
  for (const line of lines) {
    if (start.test(line)) parts.push([]);
    parts.at(-1)?.push(line);
  }
  return parts;
}
