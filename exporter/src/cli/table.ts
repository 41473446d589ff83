import { stripVTControlCharacters } from "node:util";
import { clean } from "./io.ts";

export interface Column<T> {
  readonly title: string;
  readonly align?: "right";
  /** Cut to so many characters, with a mark. */
  readonly max?: number;
  /** Where it is cut: names that begin alike are told apart by their ends. Left out: at the end. */
  readonly cut?: "middle";
  readonly value: (row: T) => string | number | null | undefined;
  readonly paint?: (text: string, row: T) => string;
}

/** Aligned text, one line per row; absent values are "-". Ends with a newline. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const cells = rows.map((row) => columns.map((column) => cell(column, row)));
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map((line) => width(line[i] ?? ""))),
  );
  const pad = (text: string, i: number) => {
    const fill = " ".repeat(Math.max(0, (widths[i] ?? 0) - width(text)));
    return columns[i]?.align === "right" ? fill + text : text + fill;
  };
  const lines = [
    columns.map((column, i) => pad(column.title.toUpperCase(), i)),
    ...cells.map((line, r) =>
      line.map((value, i) => columns[i]?.paint?.(pad(value, i), rows[r] as T) ?? pad(value, i)),
    ),
  ];
  return lines.map((line) => `${line.join("  ").trimEnd()}\n`).join("");
}

function cell<T>({ value, max, cut }: Column<T>, row: T): string {
  const found = value(row);
  const text = found === null || found === undefined || found === "" ? "-" : clean(String(found));
  if (max === undefined || text.length <= max) return text;
  const end = cut === "middle" ? Math.floor((max - 1) / 2) : 0;
  return `${text.slice(0, max - 1 - end)}…${text.slice(text.length - end)}`;
}

/** Code points are near enough: wide characters shift a column, nothing more. */
const width = (text: string): number => [...stripVTControlCharacters(text)].length;
