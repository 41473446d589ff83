/** Texts as they go into the model: bounded, without control sequences, not holding a whole chunk alive. */
import { stripVTControlCharacters } from "node:util";
import { type Attachment, type Failure, MAX_MESSAGE, MAX_STACK } from "../model/test.ts";

/** At most `max` UTF-16 units; what is cut is marked. Never splits a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/**
 * A copy that shares no memory with its source. V8 keeps the whole 256 KB chunk alive for a slice of it, so a string that
 * outlives its chunk (a suite's name, a listed failure) is copied first.
 */
export function own(text: string): string {
  if (text.length < 13) return text;
  const bytes = Buffer.from(text, "utf8");
  // ASCII, as nearly all are; UTF-8 would change half a surrogate pair.
  return bytes.length === text.length ? bytes.toString("latin1") : Buffer.from(text, "utf16le").toString("utf16le");
}

export function firstLine(text: string): string {
  const end = text.indexOf("\n");
  return (end === -1 ? text : text.slice(0, end)).trimEnd();
}

/** Without terminal colours and NULs, which databases and pages cannot show. */
export function plain(text: string): string {
  // Most texts are short and plain, and a loop over a short one is quicker than three searches.
  if (text.length <= SHORT) {
    let i = 0;
    while (i < text.length && !isControl(text.charCodeAt(i))) i++;
    if (i === text.length) return text;
  }
  const calm = text.includes("\u001b") || text.includes("\u009b") ? stripVTControlCharacters(text) : text;
  return calm.includes("\0") ? calm.replaceAll("\0", "\ufffd") : calm;
}

const SHORT = 64;
const isControl = (code: number): boolean => code === 0x1b || code === 0x9b || code === 0;

/** Says nothing: gotestsum's and others' fixed word in place of a message. */
const EMPTY_WORDS = /^(test )?(failed|failure|error)[.!]?$/i;
/** Lines that the testing package of Go prints around a test's own. */
const FRAME = /^\s*(=== (RUN|PAUSE|CONT|NAME)\b|--- (FAIL|PASS|SKIP): |FAIL$|PASS$)/;

/**
 * The house rule for a failure that comes as a short message and a long body: the message is the short one, else the first
 * line of the body; the body is the stack unless it says nothing more.
 */
export function failureOf(message: string | undefined, body: string | undefined, type: string | undefined): Failure {
  return plainFailure(plain(message ?? ""), plain(body ?? ""), type);
}

/** `failureOf` of texts that went through `plain` already. */
export function plainFailure(message: string, body: string, type: string | undefined): Failure {
  const short = message.trim();
  const long = body.trim();
  const text = short !== "" && !EMPTY_WORDS.test(short) ? short : telling(long) || short || type || NO_MESSAGE;
  return {
    message: cut(text, MAX_MESSAGE),
    type: type === undefined || type === "" ? undefined : cut(type, 300),
    stack: long === "" || long === text ? undefined : cut(long, MAX_STACK),
  };
}

export const NO_MESSAGE = "(no message)";

/** The first line that says something. */
function telling(text: string): string {
  return (
    text
      .split("\n", 200)
      .find((line) => line.trim() !== "" && !FRAME.test(line))
      ?.trim() ?? ""
  );
}

/** What went wrong, from output alone: the first line that speaks of failing and what follows it, else the last lines. */
export function messageFromOutput(output: string): string {
  const lines = output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !FRAME.test(line));
  const at = lines.findIndex((line) =>
    /\b(fail(ed|ure)?|error|assert\w*|exception|panic|fatal|timed? ?out|expected)\b/i.test(line),
  );
  return (at === -1 ? lines.slice(-6) : lines.slice(at, at + 6)).join("\n").trim();
}

/** Collects text of any length in bounded memory: the first half of the bound, and the latest half. */
export class BoundedText {
  readonly #half: number;
  #head = "";
  #tail = "";
  #dropped = 0;

  constructor(max: number) {
    this.#half = Math.floor(max / 2);
  }

  add(piece: string): void {
    const room = this.#half - this.#head.length;
    if (room > 0) {
      this.#head += piece.length <= room ? piece : piece.slice(0, room);
      if (piece.length <= room) return;
      piece = piece.slice(room);
    }
    this.#tail += piece.length > this.#half ? piece.slice(-this.#half) : piece;
    this.#dropped += Math.max(0, piece.length - this.#half);
    if (this.#tail.length > 2 * this.#half) {
      this.#dropped += this.#tail.length - this.#half;
      this.#tail = own(this.#tail.slice(-this.#half));
    }
  }

  get isEmpty(): boolean {
    return this.#head === "";
  }

  toString(): string {
    const spare = Math.max(0, this.#tail.length - this.#half);
    const dropped = this.#dropped + spare;
    const middle = dropped === 0 ? "" : `\n… ${dropped} characters left out …\n`;
    return (this.#head + middle + this.#tail.slice(spare)).toWellFormed();
  }
}

const KINDS: Readonly<Record<string, Attachment["kind"]>> = {
  png: "screenshot",
  jpg: "screenshot",
  jpeg: "screenshot",
  gif: "screenshot",
  webp: "screenshot",
  log: "log",
  txt: "log",
  har: "network",
  pcap: "network",
};

export function attachmentOf(path: string): Attachment {
  const extension = /\.([a-z0-9]{1,8})$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  return { kind: Object.hasOwn(KINDS, extension) ? KINDS[extension]! : "other", path: cut(path, 1000) };
}
