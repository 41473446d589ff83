/** tinybench's table, as `console.table` draws it. */
import type { Limits, ReportSink, ReportSource } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { NUMBER, numberOf, portion, readBenchmarkLines } from "./benchmark-lines.ts";
import { BenchmarkTroubles } from "./benchmark-troubles.ts";
import { plain } from "./text.ts";

/** The cells of a row, without the quotes of texts; undefined when the line is none. */
function cellsOf(line: string): string[] | undefined {
  const text = plain(line).trim();
  if (!/^[\u2502|]/.test(text)) return undefined;
  return text
    .slice(1, /[\u2502|]$/.test(text) ? -1 : undefined)
    .split(/[\u2502|]/)
    .map((cell) => /^(['"])(.*)\1$/s.exec(cell.trim())?.[2] ?? cell.trim());
}

export function isTableHeader(line: string): boolean {
  const cells = cellsOf(line);
  return cells?.some((cell) => /^task name$/i.test(cell)) === true && cells.some((cell) => MEASURED.test(cell));
}

const MEASURED = /^(?:latency|throughput|average time|ops\/sec)/i;

/** Reads the tables of a text; each is one bench. */
export async function parseTable(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const meta = { framework: "tinybench" };
  sink.begin(meta);
  const book = new BenchmarkBook(sink);
  const troubles = new BenchmarkTroubles(sink);
  let header: readonly string[] | undefined;
  await readBenchmarkLines(
    source,
    limits,
    sink,
    troubles,
    /^\s*[\u2502\u250c\u251c\u2514]/,
    (text, line) => {
      if (/^\s*[\u250c\u251c][\u2500\u252c\u253c]+[\u2510\u2524]$/.test(text)) return true;
      if (/^\s*\u2514[\u2500\u2534]+\u2518$/.test(text)) {
        header = undefined;
        return true;
      }
      if (isTableHeader(text)) {
        header = cellsOf(text);
        return true;
      }
      const cells = header === undefined ? undefined : cellsOf(text);
      if (header === undefined || cells?.length !== header.length) return false;
      addTableRow(book, troubles, new Map(header.map((key, i) => [key, cells[i]!])), line.number);
      return true;
    },
    // A column holds the stack of what was thrown.
    Number.POSITIVE_INFINITY,
  );
  if (header !== undefined) troubles.incomplete("the table does not end");
  sink.end(troubles.meta(meta));
}

const CELL = new RegExp(String.raw`^(${NUMBER})(?:\s*\u00b1\s*(${NUMBER})(%)?)?$`);

/**
 * One row. The columns' names differ by version: "Average Time (ns)" and "Margin" (2), "Latency average (ns)" (3), "Latency avg (ns)" (4).
 * "± x%" after a mean is the margin of error; "± x" after a median is the median deviation, which is left out.
 */
export function addTableRow(
  book: BenchmarkBook,
  troubles: BenchmarkTroubles,
  row: ReadonlyMap<string, string>,
  line?: number,
): void {
  const cell = (pattern: RegExp): string => [...row].find(([key]) => pattern.test(key))?.[1] ?? "";
  const name = cell(/^task name$/i);
  const error = cell(/^error$/i);
  let added = 0;
  for (const [header, text] of row) {
    const column = columnOf(header);
    const match = column === undefined ? null : CELL.exec(text);
    if (column === undefined || match === null) continue;
    const value = numberOf(match[1]!);
    const stated = { name, measure: column.measure, unit: column.unit, line };
    book.add({ ...stated, stat: column.stat, value });
    const relative = match[3] === "%" ? match[2] : /^\u00b1([\d.]+)%$/.exec(column.old ? cell(/^margin$/i) : "")?.[1];
    if (column.stat === "avg" && relative !== undefined)
      book.add({ ...stated, stat: "margin", value: portion(value, numberOf(relative)) });
    added++;
  }
  const samples = numberOf(cell(/^samples$/i));
  if (added > 0 && samples > 0)
    book.add({ name, measure: "time", unit: undefined, stat: "count", value: samples, line });
  if (added === 0 || error !== "")
    troubles.failed(name === "" ? "(unnamed)" : name, error || "the row holds no values", line);
}

interface Column {
  readonly measure: string;
  readonly stat: "avg" | "p50";
  readonly unit: string;
  /** Of version 2, whose margin has a column of its own. */
  readonly old: boolean;
}

function columnOf(header: string): Column | undefined {
  if (/^ops\/sec$/i.test(header)) return { measure: "throughput", stat: "avg", unit: "ops/sec", old: true };
  const match = /^(?:(latency|throughput) (avg|average|med|median)|(average time)) \((.+)\)$/i.exec(header);
  if (match === null) return undefined;
  return {
    measure: match[1]?.toLowerCase() === "throughput" ? "throughput" : "time",
    stat: /^med/i.test(match[2] ?? "") ? "p50" : "avg",
    unit: match[4]!,
    old: match[3] !== undefined,
  };
}
