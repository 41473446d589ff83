/** JSON documents one after another, as `cat *.json` makes them: with or without white space between. */
import { AppError, type Place } from "../errors.ts";
import type { Limits, ReportSource } from "../model/format.ts";
import { readJson } from "./json.ts";

/** The values of all documents, whose size is bounded together. Throws what `readJson` throws, with the place in the whole stream. */
export async function readJsonSequence(source: ReportSource, limits: Limits): Promise<unknown[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source.chunks) {
    size += chunk.length;
    if (size > limits.maxDocumentBytes)
      throw new AppError("INPUT_TOO_LARGE", `JSON documents of more than ${limits.maxDocumentBytes} bytes together`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const values: unknown[] = [];
  let lines = 0;
  let lineStart = 0;
  let scanned = 0;
  for (const [start, end] of ranges(bytes)) {
    for (let at = scanned; at < start; at++)
      if (bytes[at] === 10) {
        lines++;
        lineStart = at + 1;
      }
    scanned = start;
    try {
      values.push((await readJson({ name: source.name, chunks: once(bytes.subarray(start, end)) }, limits)).value);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const place = moved(error.place, lines, start - lineStart);
      throw new AppError(error.code, error.message, place, { cause: error.cause, hint: error.hint });
    }
  }
  return values;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function moved(place: Place, lines: number, columns: number): Place {
  return {
    ...place,
    line: place.line === undefined ? undefined : place.line + lines,
    column: place.column === undefined || place.line !== 1 ? place.column : place.column + columns,
  };
}

/** Where each document lies; what does not end reaches to the end of the bytes. */
function* ranges(bytes: Uint8Array): Generator<readonly [number, number]> {
  let start = -1;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (start === -1) {
      if (byte <= 0x20) continue;
      start = i;
    }
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) {
      yield [start, i + 1];
      start = -1;
    }
  }
  if (start !== -1) yield [start, bytes.length];
}
