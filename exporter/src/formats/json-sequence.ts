/**
 * JSON documents one after another: as `cat *.json` makes them, with or without white space between, or as a JSON text
 * sequence (RFC 7464), where a record separator stands before each. A separator cannot occur within JSON, so that a damaged
 * document of such a sequence does not take the next one with it.
 */
import { AppError, atPlace, type Place } from "../errors.ts";
import type { Limits, ReportSource } from "../model/format.ts";
import { lineAndColumn, readJson } from "./json.ts";

export const RECORD_SEPARATOR = "\u001e";

/** What a folder's stream holds before each of its files, so that a fault is told of the file that has it. */
export const fileHeader = (file: string): string => `${RECORD_SEPARATOR}${JSON.stringify({ file })}\n`;

const HEADER = /^\u001e(\{"file":"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))+"\})\n/;

/** The file that a sequence begins with, as far as `head` shows it. */
export function firstFile(head: string): string | undefined {
  const header = HEADER.exec(head)?.[1];
  return header === undefined ? undefined : (JSON.parse(header) as { file: string }).file;
}

/**
 * Calls `take` with each document, which may throw AppError. What cannot be read ends the reading with FORMAT_SYNTAX,
 * FORMAT_HOSTILE or what `take` threw, with its place; of a sequence with separators it is returned, and the others are read. The
 * documents' size is bounded together.
 */
export async function readJsonSequence(
  source: ReportSource,
  limits: Limits,
  take: (value: unknown) => void,
): Promise<readonly AppError[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source.chunks) {
    size += chunk.length;
    if (size > limits.maxDocumentBytes)
      throw new AppError("INPUT_TOO_LARGE", `JSON documents of more than ${limits.maxDocumentBytes} bytes together`);
    chunks.push(chunk);
  }
  const text = (chunks.length === 1 ? Buffer.from(chunks[0]!) : Buffer.concat(chunks)).toString("utf8");
  chunks.length = 0;
  const start = afterSpace(text, 0);
  if (text[start] === RECORD_SEPARATOR) return readSeparated(text, start, source.name, limits, take);
  for (let at = start; at < text.length; ) {
    let end = text.length;
    try {
      end = documentEnd(text, at, limits.maxDepth);
      take(JSON.parse(text.slice(at, end)));
    } catch (error) {
      throw moved(await faultOf(error, text.slice(at, end), limits), lineAndColumn(text, at));
    }
    at = afterSpace(text, end);
  }
  return [];
}

async function readSeparated(
  text: string,
  start: number,
  folder: string,
  limits: Limits,
  take: (value: unknown) => void,
): Promise<readonly AppError[]> {
  const faults: AppError[] = [];
  let file: string | undefined;
  let index = 0;
  for (let at = start; at !== -1; ) {
    const next = text.indexOf(RECORD_SEPARATOR, at + 1);
    const header = firstFile(text.slice(at, Math.min(at + MAX_HEADER, next === -1 ? text.length : next)));
    // A header is followed by its file, up to the next separator.
    const from = header === undefined ? at + 1 : text.indexOf("\n", at) + 1;
    file = header ?? file;
    index++;
    // A separator is on a line of its own, so that the end of a cut string is not a line break.
    const end = next === -1 ? text.length : next;
    const piece = text.slice(from, text[end - 1] === "\n" ? end - 1 : end);
    try {
      if (piece.trim() === "") throw new AppError("INPUT_EMPTY", "the file is empty", { line: 1, column: 1 });
      documentEnd(piece, 0, limits.maxDepth);
      take(JSON.parse(piece));
    } catch (error) {
      const fault = await faultOf(error, piece, limits);
      if (faults.length < MAX_FAULTS) faults.push(named(fault, folder, file, index));
    }
    at = next;
  }
  return faults;
}

function named(fault: AppError, folder: string, file: string | undefined, index: number): AppError {
  if (file !== undefined) return atPlace(fault, { file: `${folder}/${file}` });
  const message = `document ${index}: ${fault.message}`;
  return new AppError(fault.code, message, fault.place, { cause: fault, hint: fault.hint });
}

/** Beyond so many, nobody reads them. */
const MAX_FAULTS = 100;
/** File names are 255 bytes at most; each may be escaped. */
const MAX_HEADER = 2_000;

/** What is wrong with a document, with its place in it. */
async function faultOf(error: unknown, text: string, limits: Limits): Promise<AppError> {
  if (error instanceof AppError) return error;
  if (!(error instanceof SyntaxError)) throw error;
  try {
    await readJson({ name: "", chunks: once(Buffer.from(text)) }, limits);
  } catch (fault) {
    if (fault instanceof AppError) return withoutFile(fault);
    throw fault;
  }
  throw error;
}

const withoutFile = ({ code, message, place, cause, hint }: AppError): AppError =>
  new AppError(code, message, { line: place.line, column: place.column }, { cause, hint });

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function moved(error: AppError, start: { readonly line: number; readonly column: number }): AppError {
  const { line = 1, column = 1 } = error.place;
  const place: Place = {
    line: line + start.line - 1,
    column: line === 1 ? column + start.column - 1 : column,
  };
  return new AppError(error.code, error.message, place, { cause: error.cause, hint: error.hint });
}

function afterSpace(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) <= 0x20 && text[at] !== RECORD_SEPARATOR) at++;
  return at;
}

/**
 * Index after the object or array that begins at `at`; the end of the text when it does not end. Strings are skipped by
 * `indexOf`, which runs at the speed of memory. Throws FORMAT_HOSTILE.
 */
function documentEnd(text: string, at: number, maxDepth: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = stringEnd(text, i);
      if (i === -1) return text.length;
    } else if ((code | 0x20) === 0x7b) {
      if (++depth > maxDepth)
        throw new AppError("FORMAT_HOSTILE", `values nest deeper than ${maxDepth} levels`, { line: 1, column: 1 });
    } else if ((code | 0x20) === 0x7d && --depth <= 0) return i + 1;
  }
  return text.length;
}

/** Index of the quote that ends the string at `at`, or -1. */
function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let back = end - 1;
    while (text.charCodeAt(back) === 0x5c) back--;
    if ((end - back) % 2 === 1) return end;
  }
  return -1;
}
