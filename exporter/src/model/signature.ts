/** What failures have in common when chance is left out: times, ids, addresses and places of one run. */
import { createHash } from "node:crypto";

interface Removal {
  readonly what: string;
  readonly pattern: RegExp;
  readonly by: string;
  /** For the documentation. */
  readonly example: string;
}

const MONTHS = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*";
const CLOCK = "\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?(?: ?(?:[AaPp][Mm]\\b|Z\\b|UTC\\b|GMT\\b|[+-]\\d{2}:?\\d{2}))?";

/**
 * Applied in this order, all occurrences. Numbers of up to three digits stay: "expected 200, got 500" and "got 404" are two failures.
 * A name that ends in a number stays as well: it may be the name of what is tested.
 */
export const SIGNATURE_REMOVALS: readonly Removal[] = [
  { what: "terminal colours", pattern: /\u001b\[[0-9;:]*m/g, by: "", example: "\\e[31m" },
  {
    what: "addresses of pages",
    pattern: /\b(?:https?|wss?|ftp):\/\/[^\s"'<>)]+/gi,
    by: "<url>",
    example: "https://ci.example.org/run/1",
  },
  {
    what: "mail addresses",
    pattern: /\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/g,
    by: "<mail>",
    example: "user-17@example.org",
  },
  {
    what: "times and dates",
    pattern: new RegExp(
      `\\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?(?:\\d{4}-\\d{2}-\\d{2}|\\d{4}/\\d{2}/\\d{2}|\\d{1,2}[/.]\\d{1,2}[/.]\\d{4}|\\d{1,2} ${MONTHS} \\d{4}|${MONTHS} \\d{1,2},? \\d{4})(?:(?:T|,? )${CLOCK})?`,
      "g",
    ),
    by: "<time>",
    example: "2026-01-31T10:00:00.123Z",
  },
  {
    what: "times of day",
    pattern: /\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?\b/g,
    by: "<time>",
    example: "10:00:00.5",
  },
  {
    what: "UUIDs",
    pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
    by: "<uuid>",
    example: "3f2b8c1e-1111-2222-3333-444455556666",
  },
  { what: "ULIDs", pattern: /\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g, by: "<id>", example: "01ARZ3NDEKTSV4RRFFQ69G5FAV" },
  {
    what: "memory addresses",
    pattern: /\b0x[0-9a-f]+\b|@[0-9a-f]{5,16}\b/gi,
    by: "<address>",
    example: "0x7ffdeadbeef, Object@1b6d3586",
  },
  {
    what: "hexadecimal ids and hashes",
    pattern: /\b[0-9a-f]{12,}\b|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,11}\b/gi,
    by: "<hex>",
    example: "b4c964f",
  },
  {
    what: "paths from a root",
    pattern: /\b[A-Za-z]:\\[^\s"'<>|:]+|(?<![\w/<.])(?:\.{0,2}\/)(?:[\w.@+~-]+\/)+[\w.@+~-]*/g,
    by: "<path>",
    example: "/tmp/x1/shop.db, C:\\ci\\shop.db",
  },
  {
    what: "lines and columns",
    pattern: /(?<=<path>|\.[A-Za-z]\w{0,4}):\d+(?::\d+)?\b|(?<=\bline )\d+\b|(?<=\.[A-Za-z]\w{0,4})\(\d+(?:,\d+)?\)/g,
    by: ":<line>",
    example: "cart.ts:12:5, line 118",
  },
  { what: "internet addresses", pattern: /\b\d{1,3}(?:\.\d{1,3}){3}\b/g, by: "<ip>", example: "10.0.3.17" },
  { what: "ports", pattern: /(?<=<ip>|\b[a-z][\w.-]{0,80}):\d{2,5}\b/gi, by: ":<port>", example: "localhost:54321" },
  {
    what: "numbered ids",
    pattern:
      /(?<=\b(?:id|[A-Za-z]{1,30}(?:Id|ID|_id|-id)|[pPtTuU]id|[PTU]ID|ID)(?:\s?[=:#]\s?|\s)["']?)[\w-]*\d[\w-]*|(?<=\b(?:[Gg]oroutine|[Tt]hread|[Pp]rocess|[Ww]orker)[ -]#?)\d+\b/g,
    by: "<id>",
    example: "orderId=42, pid 4310, thread-7",
  },
  {
    what: "durations",
    pattern: /\b\d+(?:\.\d+)? ?(?:ns|us|µs|ms|s|secs?|seconds?|mins?|minutes?)\b/g,
    by: "<duration>",
    example: "took 1532ms",
  },
  { what: "numbers of four digits and more", pattern: /\d{4,}(?:\.\d+)?/g, by: "<n>", example: "order 1234567" },
  { what: "white space", pattern: /\s+/g, by: " ", example: "" },
];

/** What a message is read of; a difference further on is none. */
const READ = 1_000;
const KEPT = 300;

/** The message without what differs from run to run: at most 300 characters, never empty. */
export function normalizedMessage(message: string): string {
  let text = message.slice(0, READ);
  for (const { pattern, by } of SIGNATURE_REMOVALS) text = text.replace(pattern, by);
  text = text.trim().slice(0, KEPT).toWellFormed();
  return text === "" ? "(no message)" : text;
}

/**
 * A name for a failure that is the same in every run, environment and store: 16 hexadecimal digits of the SHA-256 of the test
 * (`path`: suites inside the report and class, outermost first; `name`) and of its normalized message. The number that a store gives a
 * repeated name (" #2") is no part of it.
 */
export function failureSignature(path: readonly string[], name: string, message: string | undefined): string {
  return signatureOf(path, name, normalizedMessage(message ?? ""));
}

/** As `failureSignature`, of a message that is normalized already. */
export function signatureOf(path: readonly string[], name: string, normalized: string): string {
  const test = [...path, name.replace(/ #\d+$/, "")];
  const text = JSON.stringify([test, normalized]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
