/** Bytes of a report: peeking, encodings, decoding. Every parser behind `normalize` sees UTF-8 without a BOM. */
import { isUtf8 } from "node:buffer";
import { AppError } from "../errors.ts";
import type { ReportSource } from "../model/format.ts";

export const HEAD_BYTES = 64 * 1024;
/** Decoded piecewise: a string that fits the second-level cache costs a tenth less than one of 256 KB, and less memory. */
const PIECE_BYTES = 64 * 1024;

export interface Peeked {
  /** The first bytes as text, BOM removed. */
  readonly head: string;
  readonly headBytes: Uint8Array;
  /** The whole source again, as UTF-8 without BOM. */
  readonly source: ReportSource;
  /** What was odd about the encoding; complete once the source has been read. */
  readonly encoding: EncodingNotes;
}

export interface EncodingNotes {
  invalid: boolean;
  unknownLabel: string | undefined;
}

export async function peek(source: ReportSource): Promise<Peeked> {
  const iterator = source.chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let size = 0;
  let done = false;
  while (size < HEAD_BYTES) {
    const next = await readNext(iterator, source.name);
    if (next.done === true) {
      done = true;
      break;
    }
    first.push(next.value);
    size += next.value.length;
  }
  const bytes = first.length === 1 ? first[0]! : Buffer.concat(first);
  const encoding: EncodingNotes = { invalid: false, unknownLabel: undefined };
  const { label, skip } = encodingOf(bytes, encoding);
  const headBytes = bytes.subarray(skip, skip + HEAD_BYTES);
  const head = decodeHead(headBytes, label, done && bytes.length <= skip + HEAD_BYTES);

  async function* raw(): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces(bytes.subarray(skip));
      while (!done) {
        const next = await readNext(iterator, source.name);
        if (next.done === true) return;
        yield* pieces(next.value);
      }
    } finally {
      // Closes the file when a parser gives up early.
      await iterator.return?.();
    }
  }
  const chunks = label === "utf-8" ? checked(raw(), encoding) : transcoded(raw(), label, encoding);
  return { head, headBytes, source: { name: source.name, chunks }, encoding };
}

async function readNext(iterator: AsyncIterator<Uint8Array>, file: string): Promise<IteratorResult<Uint8Array>> {
  try {
    return await iterator.next();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new AppError(
      missing ? "INPUT_NOT_FOUND" : "INPUT_UNREADABLE",
      missing ? "no such file" : message,
      { file },
      { cause: error },
    );
  }
}

function* pieces(chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
}

function encodingOf(bytes: Uint8Array, notes: EncodingNotes): { label: string; skip: number } {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { label: "utf-8", skip: 3 };
  if (a === 0xff && b === 0xfe) return { label: "utf-16le", skip: 2 };
  if (a === 0xfe && b === 0xff) return { label: "utf-16be", skip: 2 };
  // "<?" or "<t" or '{"' in UTF-16 without a BOM.
  if ((a === 0x3c || a === 0x7b) && b === 0 && c !== 0 && d === 0) return { label: "utf-16le", skip: 0 };
  if (a === 0 && (b === 0x3c || b === 0x7b) && c === 0 && d !== 0) return { label: "utf-16be", skip: 0 };
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 300)).toString("latin1");
  const declared = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][\w.:-]{0,40})["']/.exec(start)?.[1]?.toLowerCase();
  // A file that says UTF-16 in single bytes was written through a .NET StringWriter, which says so whatever it writes.
  if (declared === undefined || /^(utf-?8|utf-?16|us-ascii|ascii|ucs-2)/.test(declared))
    return { label: "utf-8", skip: 0 };
  try {
    new TextDecoder(declared);
    return { label: declared, skip: 0 };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    notes.unknownLabel = declared;
    return { label: "utf-8", skip: 0 };
  }
}

function decodeHead(bytes: Uint8Array, label: string, whole: boolean): string {
  return new TextDecoder(label, { ignoreBOM: true }).decode(bytes, { stream: !whole });
}

/** Passes bytes through and notes whether they were UTF-8. */
async function* checked(chunks: AsyncIterable<Uint8Array>, notes: EncodingNotes): AsyncGenerator<Uint8Array> {
  let tail: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (!notes.invalid) {
      const bytes = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
      const end = bytes.length - openTail(bytes);
      if (!isUtf8(bytes.subarray(0, end))) notes.invalid = true;
      tail = Uint8Array.from(bytes.subarray(end));
    }
    yield chunk;
  }
  if (tail.length > 0) notes.invalid = true;
}

async function* transcoded(
  chunks: AsyncIterable<Uint8Array>,
  label: string,
  notes: EncodingNotes,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  const note = (text: string): Uint8Array => {
    if (!notes.invalid && text.includes("\ufffd")) notes.invalid = true;
    return Buffer.from(text, "utf8");
  };
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== "") yield note(text);
  }
  const last = decoder.decode();
  if (last !== "") yield note(last);
}

/** How many bytes at the end begin a character that the next chunk may complete: 0 to 3. */
function openTail(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

/**
 * Decodes UTF-8 bytes piece by piece: a character that lies across two pieces comes with the second, invalid bytes as U+FFFD. A
 * call without bytes returns what is left at the end.
 */
export function utf8Decoder(): (bytes?: Uint8Array) => string {
  let tail: Uint8Array | undefined;
  return (chunk) => {
    if (chunk === undefined) return tail === undefined ? "" : Buffer.from(tail).toString("utf8");
    const bytes = tail === undefined ? chunk : Buffer.concat([tail, chunk]);
    const open = openTail(bytes);
    tail = open === 0 ? undefined : Uint8Array.from(bytes.subarray(bytes.length - open));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length - open).toString("utf8");
  };
}

/** UTF-8 bytes as strings, none of them empty. */
export async function* textChunks(source: ReportSource): AsyncGenerator<string> {
  const decode = utf8Decoder();
  for await (const chunk of source.chunks) {
    const text = decode(chunk);
    if (text !== "") yield text;
  }
  const last = decode();
  if (last !== "") yield last;
}
