import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { CoverageFiles, type FileBuilder } from "./coverage-files.ts";
import { readLines } from "./lines.ts";
import { own } from "./text.ts";

/**
 * Go cover profiles. `go tool cover` counts statements, and so does the line percentage here; the lines named as
 * uncovered are those of blocks that never ran. The same block occurs once per package that was tested (`-coverpkg`) and per
 * merged profile: it ran if it ran in any. Go knows neither branches nor functions here.
 */
export const gocover: Format = {
  id: "gocover",
  title: "Go cover profile",
  yields: "coverage",
  tools: ["go test -coverprofile", "go tool covdata", "gocovmerge"],
  extensions: ["out", "cov", "txt"],
  reads: "stream",
  notes: "The line percentage is that of statements, the one number go prints.",
  sniff: (head) => {
    if (!/^mode: (set|count|atomic)\s*$/m.test(head)) return "no";
    const body = head.slice(head.indexOf("mode: "));
    return /^\S.*:\d+\.\d+,\d+\.\d+ \d+ \d/m.test(body) || body.trim().indexOf("\n") === -1 ? "certain" : "maybe";
  },
  parse: parseGocover,
};

/** `example.com/shop/basket.go:6.23,8.16 2 1`: path, from line and column, to line and column, statements, executions. */
interface Block {
  readonly path: string;
  readonly from: number;
  readonly column: number;
  readonly to: number;
  readonly statements: number;
  readonly hits: number;
}

/** Undefined when the line is no block. By hand, since each number that a regular expression finds is a text first. */
function blockOf(line: string): Block | undefined {
  const text = line.trimEnd();
  const beforeHits = text.lastIndexOf(" ");
  const beforeStatements = text.lastIndexOf(" ", beforeHits - 1);
  const dot = text.lastIndexOf(".", beforeStatements - 1);
  const comma = text.lastIndexOf(",", dot - 1);
  const firstDot = text.lastIndexOf(".", comma - 1);
  const colon = text.lastIndexOf(":", firstDot - 1);
  if (colon < 1 || firstDot < colon || comma < firstDot || dot < comma || beforeStatements < dot) return undefined;
  const from = digits(text, colon + 1, firstDot);
  const column = digits(text, firstDot + 1, comma);
  const to = digits(text, comma + 1, dot);
  const statements = digits(text, beforeStatements + 1, beforeHits);
  if (Number.isNaN(from + column + to + digits(text, dot + 1, beforeStatements) + statements)) return undefined;
  let hits = digits(text, beforeHits + 1, text.length);
  if (Number.isNaN(hits)) {
    const stated = text.slice(beforeHits + 1);
    if (!/^-?\d+$/.test(stated)) return undefined;
    hits = Number(stated);
  }
  return { path: text.slice(0, colon), from, column, to, statements, hits };
}

/** One to nine digits as a number; NaN for anything else. */
function digits(text: string, from: number, to: number): number {
  if (to <= from || to - from > 9) return Number.NaN;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** A block is named by where it begins: line and column in one number. */
const COLUMNS = 100_000;

/** The blocks of a file in the order in which they were first told: four numbers each, since there are very many. */
class Blocks {
  readonly #numbers: number[] = [];
  /** Where a block begins in the numbers; only once one came out of order. */
  #index: Map<number, number> | undefined;
  #last = -1;

  /** The same block again ran if it ran in any. */
  add(place: number, to: number, statements: number, hits: number): void {
    const numbers = this.#numbers;
    const known = place > this.#last ? undefined : this.#find(place);
    if (known === undefined) {
      this.#last = Math.max(this.#last, place);
      this.#index?.set(place, numbers.length);
      numbers.push(place, to, statements, hits);
      return;
    }
    numbers[known + 1] = Math.max(numbers[known + 1]!, to);
    numbers[known + 2] = Math.max(numbers[known + 2]!, statements);
    numbers[known + 3] = Math.max(numbers[known + 3]!, hits);
  }

  #find(place: number): number | undefined {
    if (this.#index === undefined) {
      this.#index = new Map();
      for (let i = 0; i < this.#numbers.length; i += 4) this.#index.set(this.#numbers[i]!, i);
    }
    return this.#index.get(place);
  }

  tell(file: FileBuilder): void {
    const numbers = this.#numbers;
    for (let i = 0; i < numbers.length; i += 4) {
      const place = numbers[i]!;
      const statements = numbers[i + 2]!;
      const covered = file.covered(numbers[i + 3]!);
      // A block without a statement is a closing brace: nothing that could be tested.
      if (statements === 0) continue;
      file.lines(Math.floor(place / COLUMNS), numbers[i + 1]!, covered ? 1 : 0);
      file.statements(place, covered ? statements : 0, statements);
    }
    file.done();
  }
}

async function parseGocover(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const files = new CoverageFiles(sink);
  const blocks = new Map<string, Blocks>();
  let path: string | undefined;
  let ofPath = new Blocks();
  let noise = 0;
  let cut = false;
  sink.begin({ framework: "Go" });
  await readLines(source, limits, ({ text, number, last }) => {
    const block = blockOf(text);
    if (block === undefined && (text.trim() === "" || /^mode: (set|count|atomic)\s*$/.test(text))) return;
    // go ends every line: a last one without a line break may be a part of what it was.
    if (last) cut = true;
    if (block === undefined) {
      if (!last && ++noise <= 3)
        sink.warn({ code: "NOISE_SKIPPED", message: "a line that is no block of a cover profile", line: number });
      return;
    }
    // Blocks of a file follow each other.
    if (block.path !== path) {
      path = own(block.path);
      ofPath = blocks.get(path) ?? new Blocks();
      blocks.set(path, ofPath);
    }
    const place = block.from * COLUMNS + Math.min(block.column, COLUMNS - 1);
    ofPath.add(place, block.to, block.statements, block.hits);
  });
  if (noise > 3) sink.warn({ code: "NOISE_SKIPPED", message: `${noise} lines are no blocks of a cover profile` });
  for (const [path, list] of blocks) list.tell(files.file(path));
  if (cut) sink.warn({ code: "INCOMPLETE", message: "the last line has no line break; the profile may be cut" });
  files.finish(cut ? { state: "partial", stateMessage: "the profile may be cut within its last line" } : {});
}
