/** JSON documents that must be held whole: bounded size and depth, and a line and column for every error. */
import { AppError, type Place } from "../errors.ts";
import type { Limits, ReportSource } from "../model/format.ts";

export interface JsonDocument {
  readonly value: unknown;
  /** Where the value at a path such as ["measures", 3, "value"] begins, for messages. */
  place(path: readonly (string | number)[]): Place;
}

/** Reads and parses. Throws INPUT_TOO_LARGE, FORMAT_HOSTILE for nesting beyond the bound, FORMAT_SYNTAX with the place. */
export async function readJson(source: ReportSource, limits: Limits): Promise<JsonDocument> {
  const file = source.name;
  const chunks: Uint8Array[] = [];
  const scan = depthScanner();
  let size = 0;
  for await (const chunk of source.chunks) {
    size += chunk.length;
    if (size > limits.maxDocumentBytes)
      throw new AppError("INPUT_TOO_LARGE", `a JSON document of more than ${limits.maxDocumentBytes} bytes`, { file });
    if (scan(chunk) > limits.maxDepth)
      throw new AppError("FORMAT_HOSTILE", `values nest deeper than ${limits.maxDepth} levels`, { file });
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    const value: unknown = JSON.parse(text);
    return { value, place: (path) => ({ file, ...lineAndColumn(text, locate(text, path)) }) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fault = findFault(text);
    throw new AppError("FORMAT_SYNTAX", fault.message, { file, ...lineAndColumn(text, fault.index) }, { cause: error });
  }
}

/** Looks at bytes chunk by chunk; returns the deepest nesting so far. */
function depthScanner(): (chunk: Uint8Array) => number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  let escaped = false;
  return (chunk) => {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === 0x5c) escaped = true;
        else if (byte === 0x22) inString = false;
      } else if (byte === 0x22) inString = true;
      else if (byte === 0x7b || byte === 0x5b) {
        if (++depth > deepest) deepest = depth;
      } else if (byte === 0x7d || byte === 0x5d) depth--;
    }
    return deepest;
  };
}

export function lineAndColumn(text: string, index: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < index; at = text.indexOf("\n", at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: index - start + 1 };
}

class Fault extends Error {
  readonly index: number;
  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

/** Why and where `text` is not JSON. V8's own messages lack the place in half of the cases. */
function findFault(text: string): { message: string; index: number } {
  try {
    const end = space(text, skipValue(text, space(text, 0), undefined));
    if (end < text.length)
      return { message: `expected the end of the document, found ${found(text, end)}`, index: end };
  } catch (error) {
    if (error instanceof Fault) return { message: error.message, index: error.index };
    throw error;
  }
  return { message: "not valid JSON", index: 0 };
}

/** Index of the value at a path; 0 when there is no such value. */
function locate(text: string, path: readonly (string | number)[]): number {
  let at = 0;
  try {
    skipValue(text, space(text, 0), {
      path,
      level: 0,
      hit: (index) => {
        at = index;
      },
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
  return at;
}

interface Search {
  readonly path: readonly (string | number)[];
  readonly level: number;
  readonly hit: (index: number) => void;
}

/** Index after the value at `at`. Recursive: callers have bounded the depth. */
function skipValue(text: string, at: number, search: Search | undefined): number {
  if (search !== undefined && search.level === search.path.length) search.hit(at);
  const step = (key: string | number): Search | undefined =>
    search !== undefined && search.path[search.level] === key ? { ...search, level: search.level + 1 } : undefined;
  const c = text[at];
  if (c === "{") {
    at = space(text, at + 1);
    if (text[at] === "}") return at + 1;
    for (;;) {
      if (text[at] !== '"') throw new Fault(`expected a name in double quotes, found ${found(text, at)}`, at);
      const end = skipString(text, at);
      const key = search === undefined ? "" : (JSON.parse(text.slice(at, end)) as string);
      at = space(text, end);
      if (text[at] !== ":") throw new Fault(`expected ":", found ${found(text, at)}`, at);
      at = space(text, skipValue(text, space(text, at + 1), step(key)));
      if (text[at] === "}") return at + 1;
      if (text[at] !== ",") throw new Fault(`expected "," or "}", found ${found(text, at)}`, at);
      at = space(text, at + 1);
    }
  }
  if (c === "[") {
    at = space(text, at + 1);
    if (text[at] === "]") return at + 1;
    for (let index = 0; ; index++) {
      at = space(text, skipValue(text, at, step(index)));
      if (text[at] === "]") return at + 1;
      if (text[at] !== ",") throw new Fault(`expected "," or "]", found ${found(text, at)}`, at);
      at = space(text, at + 1);
    }
  }
  if (c === '"') return skipString(text, at);
  const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
  scalar.lastIndex = at;
  const match = scalar.exec(text);
  if (match === null) throw new Fault(`expected a value, found ${found(text, at)}`, at);
  return at + match[0].length;
}

function skipString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code < 0x20) throw new Fault(`a string with a raw ${code === 10 ? "line break" : "control character"}`, i);
    if (code === 0x5c) {
      const code4 = text.slice(i + 1, i + 6);
      if (/^u[0-9a-f]{4}/i.test(code4)) i += 5;
      else if (/^["\\/bfnrt]/.test(code4)) i += 1;
      else if (code4 !== "") throw new Fault("an unknown escape in a string", i);
    }
  }
  throw new Fault("a string never ends", start);
}

function space(text: string, at: number): number {
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

function found(text: string, at: number): string {
  if (at >= text.length) return "the end of the file";
  const word = /^-?[A-Za-z]{2,12}\b/.exec(text.slice(at, at + 20))?.[0];
  if (word !== undefined && /^-?(NaN|Infinity|inf|nan)$/i.test(word))
    return `${word}, which JSON cannot hold; leave the value out`;
  return JSON.stringify(word ?? String.fromCodePoint(text.codePointAt(at)!));
}

// ---- looking into unknown values ------------------------------------------------------------------------------------

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own property; what `__proto__` or `constructor` inherit is never read. */
export function field(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
export function stringField(object: JsonObject, key: string): string | undefined {
  const value = field(object, key);
  return typeof value === "string" ? value : undefined;
}
/** Finite numbers only. */
export function numberField(object: JsonObject, key: string): number | undefined {
  const value = field(object, key);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
export function arrayField(object: JsonObject, key: string): readonly unknown[] | undefined {
  const value = field(object, key);
  return Array.isArray(value) ? value : undefined;
}
export function objectField(object: JsonObject, key: string): JsonObject | undefined {
  const value = field(object, key);
  return isObject(value) ? value : undefined;
}
/** The kind and text of a value for messages: `"NaN"`, `an object`. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (isObject(value)) return "an object";
  return typeof value === "number" ? String(value) : JSON.stringify(value).slice(0, 60);
}
