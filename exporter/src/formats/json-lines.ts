/** Formats of one JSON object per line, in logs that hold other lines as well. */
import type { Limits, ReportSink, ReportSource } from "../model/format.ts";
import { isObject, type JsonObject } from "./json.ts";
import { type Line, readLines } from "./lines.ts";

export interface JsonLinesRead {
  /** Objects that the format took as its own. */
  readonly taken: number;
  /** The file ends within an object. */
  readonly cutShort: boolean;
}

/** Undefined when the line is no JSON object. */
export function parseObjectLine(text: string): JsonObject | undefined {
  if (text.charCodeAt(0) !== 0x7b && !/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Calls `take` for each object; it answers whether the object is the format's own. Other lines go to `other` and are told
 * as one warning at the end. A last line that begins an object and does not end it means that the file was cut.
 */
export async function readJsonLines(
  source: ReportSource,
  limits: Limits,
  sink: ReportSink,
  take: (object: JsonObject, line: Line) => boolean,
  other?: (line: Line) => void,
): Promise<JsonLinesRead> {
  let taken = 0;
  let noise = 0;
  let firstNoise: number | undefined;
  let cutShort = false;
  await readLines(source, limits, (line) => {
    if (line.text.trim() === "") return;
    const object = line.cut ? undefined : parseObjectLine(line.text);
    if (object !== undefined && take(object, line)) {
      taken++;
      return;
    }
    if (line.cut) sink.warn({ code: "LIMIT", message: "a line is longer than is read", line: line.number });
    if (object === undefined && line.last && line.text.trimStart().startsWith("{")) cutShort = true;
    else {
      noise++;
      firstNoise ??= line.number;
      other?.(line);
    }
  });
  if (noise > 0)
    sink.warn({ code: "NOISE_SKIPPED", message: `${noise} lines are not of this format`, line: firstNoise });
  return { taken, cutShort };
}
