/** JSON documents that must be held whole: bounded size and depth, and a line and column for every error. */
import { AppError, type Place } from "../errors.ts";
import type { Limits, ReportSource } from "../model/format.ts";
import { findFault, lineAndColumn, ValueFinder } from "./json-place.ts";

export { lineAndColumn } from "./json-place.ts";

export interface JsonDocument {
  readonly value: unknown;
  /** Where the value at a path such as ["measures", 3, "value"] begins, for messages. */
  place(path: readonly (string | number)[]): Place;
}

/** Reads and parses. Throws INPUT_TOO_LARGE, FORMAT_HOSTILE for nesting beyond the bound, FORMAT_SYNTAX with the place. */
export async function readJson(source: ReportSource, limits: Limits): Promise<JsonDocument> {
  return parseJson(source.name, await readText(source, limits), limits);
}

export interface JsonText {
  readonly text: string;
  /** How deep its values nest, when all of it is JSON. */
  readonly depth: number;
}

/** Throws INPUT_TOO_LARGE. Decoded at once: text that is joined of pieces has to be copied once more before it is parsed. */
export async function readText(source: ReportSource, limits: Limits): Promise<JsonText> {
  const depthOf = depthScanner();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let depth = 0;
  for await (const chunk of source.chunks) {
    size += chunk.length;
    if (size > limits.maxDocumentBytes)
      throw new AppError("INPUT_TOO_LARGE", `a JSON document of more than ${limits.maxDocumentBytes} bytes`, {
        file: source.name,
      });
    depth = depthOf(chunk);
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks, size).toString("utf8"), depth };
}

/** Throws FORMAT_HOSTILE and FORMAT_SYNTAX. */
export function parseJson(file: string, { text, depth }: JsonText, limits: Limits): JsonDocument {
  if (depth > limits.maxDepth)
    throw new AppError("FORMAT_HOSTILE", `values nest deeper than ${limits.maxDepth} levels`, { file });
  try {
    const value: unknown = JSON.parse(text);
    let finder: ValueFinder | undefined;
    return {
      value,
      place: (path) => {
        finder ??= new ValueFinder(text);
        return { file, ...finder.place(path) };
      },
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fault = findFault(text);
    throw new AppError("FORMAT_SYNTAX", fault.message, { file, ...lineAndColumn(text, fault.index) }, { cause: error });
  }
}

/** Looks at bytes chunk by chunk; returns the deepest nesting so far. Two tight loops: this runs over every byte of a report. */
function depthScanner(): (chunk: Uint8Array) => number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  let escaped = false;
  return (chunk) => {
    const end = chunk.length;
    let i = 0;
    if (escaped && end > 0) {
      i = 1;
      escaped = false;
    }
    while (i < end) {
      let byte = 0;
      if (inString) {
        while (i < end) {
          byte = chunk[i++]!;
          if (byte === 0x22 || byte === 0x5c) break;
        }
        if (byte === 0x22) inString = false;
        else if (byte === 0x5c && i++ === end) escaped = true;
      } else
        while (i < end) {
          byte = chunk[i++]!;
          if (byte === 0x22) {
            inString = true;
            break;
          }
          // With this bit, [ is { and ] is }.
          byte |= 0x20;
          if (byte === 0x7b) {
            if (++depth > deepest) deepest = depth;
          } else if (byte === 0x7d) depth--;
        }
    }
    return deepest;
  };
}

// ---- looking into unknown values ------------------------------------------------------------------------------------

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own property of what JSON.parse made; what `__proto__` or `constructor` inherit is never read. */
export function field(object: JsonObject, key: string): unknown {
  const value = object[key];
  // What an object inherits are functions, which no JSON holds, and its prototype; to ask for each key whether it is inherited is slow.
  return (typeof value === "function" || key === "__proto__") && !Object.hasOwn(object, key) ? undefined : value;
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
