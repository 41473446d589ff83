/** Results that a tool prints as lines of text, among lines of its own and of the program. */
import type { Limits, ReportSink, ReportSource } from "../model/format.ts";
import type { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { type Line, readLines } from "./lines.ts";
import { plain } from "./text.ts";

/** No result is longer; patterns need time that grows with the square of a line. */
const MAX_RESULT = 2_000;

// The registry asks every format about the same head, so the last answer is kept.
let last: { head: string; lines: readonly string[] } = { head: "", lines: [] };

/** The first lines of a text, without colours and space around them; none of what is a JSON or XML document. */
export function headLines(head: string): readonly string[] {
  if (last.head !== head)
    last = {
      head,
      lines: /^\s*(?:<|\{|\[\s*[[{"\]])/.test(head)
        ? []
        : head.split("\n", 2_000).map((line) => plain(line.slice(0, MAX_RESULT)).trim()),
    };
  return last.lines;
}

/**
 * Calls `take` with each line that is not blank nor longer than `longest`, without colours and trailing space; it answers whether the line is the
 * tool's own. The others are told as one warning. A last line without a break that `take` does not know may be the beginning of
 * something; where `begun` matches, it is the beginning of a result, and the report is partial.
 */
export async function readBenchmarkLines(
  source: ReportSource,
  limits: Limits,
  sink: ReportSink,
  troubles: BenchmarkTroubles,
  begun: RegExp,
  take: (text: string, line: Line) => boolean,
  longest = MAX_RESULT,
): Promise<void> {
  let noise = 0;
  let firstNoise: number | undefined;
  await readLines(source, limits, (line) => {
    const text = plain(line.text).trimEnd();
    if (text.trim() === "") return;
    if (line.cut) sink.warn({ code: "LIMIT", message: "a line is longer than is read", line: line.number });
    else if (text.length <= longest && take(text, line)) return;
    if (line.last && begun.test(text.slice(0, longest)))
      troubles.incomplete("the file ends within a result", line.number);
    else if (line.last)
      sink.warn({ code: "INCOMPLETE", message: "the file ends within a line that is no result", line: line.number });
    else {
      noise++;
      firstNoise ??= line.number;
    }
  });
  if (noise > 0)
    sink.warn({
      code: "NOISE_SKIPPED",
      message: noise === 1 ? "a line is no result" : `${noise} lines are no results`,
      line: firstNoise,
    });
}

/** A decimal number, with commas between thousands if need be ("1,234.5"); NaN when the text is none. */
export function numberOf(text: string): number {
  const bare = text.trim();
  if (/^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(bare)) return Number(bare.replaceAll(",", ""));
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(bare) ? Number(bare) : Number.NaN;
}

/** What `numberOf` reads, for patterns. */
export const NUMBER = "[-+]?\\d[\\d,]*(?:\\.\\d+)?(?:[eE][-+]?\\d+)?";

/** `percent` of a value, without the binary dust of the multiplication. */
export function portion(value: number, percent: number): number {
  return Number(((Math.abs(value) * percent) / 100).toPrecision(12));
}
