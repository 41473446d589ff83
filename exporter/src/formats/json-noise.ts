/** JSON documents that a reporter prints to the same place as the tests print their own lines. */
import { AppError } from "../errors.ts";
import type { Limits, ReportSink, ReportSource } from "../model/format.ts";
import { type JsonDocument, readJson } from "./json.ts";
import { type JsonShape, jsonShape } from "./sniff.ts";

/** The shape of the document, also when lines stand before its first brace. */
export function documentShape(head: string): JsonShape | undefined {
  const shape = jsonShape(head);
  if (shape !== undefined) return shape;
  const start = /^\{[ \t]*\r?$/m.exec(head)?.index;
  return start === undefined || start === 0 ? undefined : jsonShape(head.slice(start));
}

/**
 * `readJson` of a pretty-printed object, whose braces stand alone on their lines; lines before and after it are counted and
 * left out. Places count from the file's first line.
 */
export async function readJsonAmongLines(
  source: ReportSource,
  sink: ReportSink,
  limits: Limits,
): Promise<JsonDocument> {
  const bytes = await collect(source, limits);
  const start = startOf(bytes);
  const end = endOf(bytes, start);
  const document: ReportSource = { name: source.name, chunks: once(bytes.subarray(start, end)) };
  const before = lineBreaks(bytes.subarray(0, start));
  const after = lineBreaks(bytes.subarray(end)) - (bytes[end] === 0x0a ? 1 : 0);
  try {
    const json = await readJson(document, limits);
    if (before + after > 0)
      sink.warn({ code: "NOISE_SKIPPED", message: `${before + after} lines around the JSON document were skipped` });
    return before === 0 ? json : { value: json.value, place: (path) => moved(json.place(path), before) };
  } catch (error) {
    if (!(error instanceof AppError) || before === 0) throw error;
    throw new AppError(error.code, error.message, moved(error.place, before), { cause: error.cause, hint: error.hint });
  }
}

const moved = <P extends { readonly line?: number | undefined }>(place: P, lines: number): P => ({
  ...place,
  line: place.line === undefined ? undefined : place.line + lines,
});

async function collect(source: ReportSource, limits: Limits): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source.chunks) {
    size += chunk.length;
    if (size > limits.maxDocumentBytes)
      throw new AppError("INPUT_TOO_LARGE", `a JSON document of more than ${limits.maxDocumentBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Of the first line that is a brace alone, unless the file begins with JSON. */
function startOf(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at]!;
    if (byte > 0x20) {
      if (byte === 0x7b) return 0;
      break;
    }
    at++;
  }
  for (const mark of ["\n{\n", "\n{\r\n"]) {
    const at = bytes.indexOf(mark);
    if (at !== -1) return at + 1;
  }
  return 0;
}

/** After the last line that is a brace alone, if only whole lines follow it. */
function endOf(bytes: Buffer, start: number): number {
  const last = bytes.lastIndexOf("\n}");
  if (last < start) return bytes.length;
  const next = bytes[last + 2];
  return next === 0x0a || next === 0x0d ? last + 2 : bytes.length;
}

function lineBreaks(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}
