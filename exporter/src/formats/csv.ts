/** Records of comma-separated values (RFC 4180) from lines: quoted fields may hold separators, doubled quotes and line breaks. */
import type { Limits, ReportSource } from "../model/format.ts";
import { readLines } from "./lines.ts";

/** A quote that never closes must not swallow the file. */
const MAX_RECORD = 256 * 1024;

export interface CsvRecord {
  readonly fields: readonly string[];
  /** Where it begins, from 1. */
  readonly line: number;
  /** The file ended within it: it has no line break, or its quote is never closed. */
  readonly last: boolean;
}

/** The fields of one record; undefined: a quote is open at its end. */
export function csvFields(text: string, delimiter: string): string[] | undefined {
  if (!text.includes('"')) return text.split(delimiter);
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text.charCodeAt(at) !== 0x22) {
      const end = text.indexOf(delimiter, at);
      fields.push(end === -1 ? text.slice(at) : text.slice(at, end));
      if (end === -1) return fields;
      at = end + delimiter.length;
      continue;
    }
    let value = "";
    let from = at + 1;
    for (;;) {
      const quote = text.indexOf('"', from);
      if (quote === -1) return undefined;
      value += text.slice(from, quote);
      if (text.charCodeAt(quote + 1) !== 0x22) {
        at = quote + 1;
        break;
      }
      value += '"';
      from = quote + 2;
    }
    // What stands between the quote and the next separator belongs to nothing; it is kept, so that nothing is lost.
    const end = text.indexOf(delimiter, at);
    fields.push(value + (end === -1 ? text.slice(at) : text.slice(at, end)));
    if (end === -1) return fields;
    at = end + delimiter.length;
  }
}

/** Calls `onRecord` for each record but empty lines. `delimiterOf` sees the first line that is not empty. */
export async function readCsv(
  source: ReportSource,
  limits: Limits,
  delimiterOf: (firstLine: string) => string,
  onRecord: (record: CsvRecord) => void,
): Promise<void> {
  let delimiter: string | undefined;
  let open = "";
  let openLine = 0;
  await readLines(source, limits, ({ text, number, last }) => {
    if (open === "") {
      if (text === "" || text.trim() === "") return;
      delimiter ??= delimiterOf(text);
      const fields = csvFields(text, delimiter);
      if (fields !== undefined) onRecord({ fields, line: number, last });
      else {
        open = text;
        openLine = number;
      }
      return;
    }
    open += `\n${text}`;
    const fields = text.includes('"') ? csvFields(open, delimiter!) : undefined;
    if (fields === undefined && open.length <= MAX_RECORD) return;
    const record = { fields: fields ?? open.split(delimiter!), line: openLine, last };
    open = "";
    onRecord(record);
  });
  if (open !== "") onRecord({ fields: open.split(delimiter!), line: openLine, last: true });
}

/** Which of the usual separators a header has most of. */
export function delimiterOfHeader(header: string): string {
  const count = (separator: string): number => header.split(separator).length;
  return [",", ";", "\t", "|"].reduce((best, next) => (count(next) > count(best) ? next : best));
}

/** Column numbers by name, without regard to case and spaces around; the first of a name counts. */
export function columnsOf(header: readonly string[]): ReadonlyMap<string, number> {
  const columns = new Map<string, number>();
  header.forEach((name, i) => {
    const key = name.trim().toLowerCase();
    if (!columns.has(key)) columns.set(key, i);
  });
  return columns;
}
