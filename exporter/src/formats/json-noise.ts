/** JSON documents that a reporter prints to the same place as the tests print their own lines. */
import { AppError } from "../errors.ts";
import type { Limits, ReportSink, ReportSource } from "../model/format.ts";
import { type JsonDocument, parseJson, readJson, readText } from "./json.ts";
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
  const read = await readText(source, limits);
  const start = startOf(read.text);
  const end = endOf(read.text, start);
  if (start === 0 && read.text.trimEnd().length <= end) return parseJson(source.name, read, limits);
  const before = lineBreaks(read.text, 0, start);
  const after = lineBreaks(read.text, end, read.text.length) - (read.text[end] === "\n" ? 1 : 0);
  // Quotes and brackets in the lines before it count for nothing.
  const bytes = Buffer.from(read.text.slice(start, end));
  try {
    const json = await readJson({ name: source.name, chunks: once(bytes) }, limits);
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

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Of the first line that is a brace alone, unless the file begins with JSON. */
function startOf(text: string): number {
  const first = text.search(/[^\u0000-\u0020]/);
  if (first === -1 || text[first] === "{") return 0;
  for (const mark of ["\n{\n", "\n{\r\n"]) {
    const at = text.indexOf(mark);
    if (at !== -1) return at + 1;
  }
  return 0;
}

/** After the last line that is a brace alone, if only whole lines follow it. */
function endOf(text: string, start: number): number {
  const last = text.lastIndexOf("\n}");
  if (last < start) return text.length;
  const next = text[last + 2];
  return next === "\n" || next === "\r" ? last + 2 : text.length;
}

function lineBreaks(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n", from); at !== -1 && at < to; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
