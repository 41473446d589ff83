/** subunit v1: lines such as "test: a.b.c" and "failure: a.b.c [", with details up to a line "]". */
import type { Line } from "./lines.ts";
import { parseTimestamp } from "./numbers.ts";
import type { SubunitStatus, SubunitTests } from "./subunit-tests.ts";

const STATUS =
  /^(test|testing|success|successful|failure|error|skip|xfail|uxsuccess)(?::\s*|\s+)(\S.*?)(?: \[( multipart)?)?$/;
const STRICT = /^(test|testing|success|successful|failure|error|skip|xfail|uxsuccess): (\S.*?)(?: \[( multipart)?)?$/;
const WORDS: Readonly<Record<string, SubunitStatus>> = {
  test: "inprogress",
  testing: "inprogress",
  success: "success",
  successful: "success",
  failure: "fail",
  error: "error",
  skip: "skip",
  xfail: "xfail",
  uxsuccess: "uxsuccess",
};

/** A test that is said to begin and then to end. */
export function sniffV1(head: string): boolean {
  const started = new Set<string>();
  for (const line of head.split(/\r?\n/, 5_000)) {
    const match = STRICT.exec(line);
    if (match === null) continue;
    if (WORDS[match[1]!] === "inprogress") started.add(match[2]!);
    else if (started.has(match[2]!)) return true;
  }
  return false;
}

interface Details {
  readonly id: string;
  readonly status: SubunitStatus;
  readonly multipart: boolean;
  /** Name of the part, from the line after its content type. */
  part: string | undefined;
  mime: string;
  /** Bytes of the chunk that are still to come. */
  left: number;
  /** The last line may have held the final "0" of the chunks. */
  ended: boolean;
}

export class SubunitV1 {
  readonly #tests: SubunitTests;
  #details: Details | undefined;
  #atMs: number | undefined;
  noise = 0;
  firstNoise: number | undefined;
  cutShort = false;

  constructor(tests: SubunitTests) {
    this.#tests = tests;
  }

  get isInDetails(): boolean {
    return this.#details !== undefined;
  }

  line(line: Line): void {
    if (line.last) this.cutShort = true;
    const { text } = line;
    if (this.#details !== undefined) {
      this.#inDetails(text, this.#details);
      return;
    }
    if (text.trim() === "" || line.last) return;
    if (text.startsWith("time: ")) {
      this.#atMs = parseTimestamp(text.slice(6)) ?? this.#atMs;
      if (this.#atMs !== undefined) this.#tests.time(this.#atMs);
      return;
    }
    const match = (this.#tests.hasBegun ? STRICT : STATUS).exec(text);
    if (match === null) {
      if (/^(tags|progress): /.test(text)) return;
      this.noise++;
      this.firstNoise ??= line.number;
      return;
    }
    const status = WORDS[match[1]!]!;
    const id = match[2]!;
    if (!text.endsWith(" [") && match[3] === undefined) {
      this.#tests.status(id, id, status, this.#atMs);
      return;
    }
    this.#tests.begin();
    const multipart = match[3] !== undefined;
    this.#details = { id, status, multipart, part: undefined, mime: "", left: 0, ended: true };
  }

  #inDetails(text: string, details: Details): void {
    if (text === "]" && (!details.multipart || details.left <= 0 || details.ended)) {
      this.#details = undefined;
      this.#tests.status(details.id, details.id, details.status, this.#atMs);
      return;
    }
    if (!details.multipart) {
      const name = details.status === "skip" ? "reason" : "traceback";
      // A line of the text that is "]" is written as " ]".
      this.#tests.attach(details.id, details.id, name, `${text === " ]" ? "]" : text}\n`);
      return;
    }
    details.ended = /(^|.)0$/.test(text);
    if (details.left > 0) {
      const size = Buffer.byteLength(text);
      if (size < details.left) {
        details.left -= size + 1;
        this.#attach(details, `${text}\n`);
        return;
      }
      // The chunk ends within this line; what follows is the next chunk's length.
      const bytes = Buffer.from(text);
      this.#attach(details, bytes.subarray(0, details.left).toString("utf8"));
      const rest = bytes.subarray(details.left).toString("utf8");
      details.left = 0;
      if (rest !== "") this.#length(rest, details);
      return;
    }
    const mime = /^Content-Type: (.*)$/i.exec(text)?.[1];
    if (mime !== undefined) {
      details.mime = mime;
      details.part = undefined;
    } else if (details.part === undefined) details.part = text;
    else this.#length(text, details);
  }

  #length(text: string, details: Details): void {
    if (/^[0-9A-F]{1,8}$/i.test(text)) details.left = Number.parseInt(text, 16);
  }

  #attach(details: Details, text: string): void {
    if (!/^text\//.test(details.mime)) return;
    const name = details.mime.startsWith("text/x-traceback") ? "traceback" : (details.part ?? "");
    this.#tests.attach(details.id, details.id, name, text);
  }
}
