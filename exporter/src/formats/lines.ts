/** Line by line, with flat memory. */
import type { Limits, ReportSource } from "../model/format.ts";
import { textChunks } from "./source.ts";

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** The file ended within this line: it has no line break. */
  readonly last: boolean;
  /** It was longer than `maxTextBytes`; `text` is its beginning. */
  readonly cut: boolean;
}

/** Calls `onLine` for every line, without its line break. */
export async function readLines(source: ReportSource, limits: Limits, onLine: (line: Line) => void): Promise<void> {
  const max = limits.maxTextBytes;
  let rest = "";
  let overflow = false;
  let number = 0;
  const emit = (text: string, last: boolean): void => {
    number++;
    const line = text.charCodeAt(text.length - 1) === 0x0d ? text.slice(0, -1) : text;
    const tooLong = line.length > max;
    onLine({ text: tooLong ? line.slice(0, max) : line, number, last, cut: overflow || tooLong });
    overflow = false;
  };
  for await (const chunk of textChunks(source)) {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
      const piece = chunk.slice(start, end);
      emit(rest === "" ? piece : rest + piece, false);
      rest = "";
      start = end + 1;
    }
    if (start < chunk.length) {
      if (rest.length <= max) rest += chunk.slice(start);
      else overflow = true;
    }
  }
  if (rest !== "") emit(rest, true);
}
