/** What iai and Gungraun (once iai-callgrind) print of a benchmark: a line with its name, and indented lines of counts. */

import type { BenchmarkBook } from "./benchmark-book.ts";
import { numberOf } from "./benchmark-lines.ts";
import { snakeCase } from "./benchmark-names.ts";
import { MAX_LINE } from "./criterion-lines.ts";

/** `fib_short`, or `basket::group::bench_fib short:5`, whose arguments may be any text. */
const NAME = /^(?:[A-Za-z_]\w*|([A-Za-z_]\w*(?:::[A-Za-z_]\w*)+)(?: ([A-Za-z_]\w*))?(?::(.*)| (.*))?)$/;
/** `  Instructions:    1734|1650    (+5.09090%) [+1.04844x]`; iai has no bar. */
const COUNT = /^ {2}([A-Za-z][\w +/().%-]*?):\s+([\d.,]+|N\/A)(?:\|\S+)?(?:\s+[([].*)?$/;
const SECTION = /^ {2}=+ ([\w ]+?) =+$/;
const BAR = /^ {2}[A-Z][\w ]+:\s+\S+\|\S+/m;

/** For recognising such text: "iai" has no second number. */
export function callgrindKind(head: string): "iai" | "gungraun" | undefined {
  const text = head.replaceAll("\r\n", "\n");
  if (/^[A-Za-z_]\w*::\S.*\n(?: {2}=.*\n| {2}[A-Z#-].*\n)*? {2}[A-Z].*:\s+\S+\|\S+/m.test(text)) return "gungraun";
  return /^[A-Za-z_]\w*\n {2}Instructions:\s+\d+/m.test(text) && !BAR.test(text) ? "iai" : undefined;
}

export class CallgrindLines {
  readonly #book: BenchmarkBook;
  #name: { readonly name: string; readonly arguments: string | undefined; readonly line: number } | undefined;
  /** The tool whose numbers follow; Callgrind's have no heading when it is alone. */
  #tool = "";
  /** Names that no number followed so far. */
  #bare = false;
  /** The line of a result that the file ends within: perhaps within its number, which is not taken. */
  cutAt: number | undefined;

  constructor(book: BenchmarkBook) {
    this.#book = book;
  }

  /** Whether the line is one of these tools'. */
  line(text: string, line: number, last: boolean): boolean {
    if (text.length > MAX_LINE) return false;
    if (!text.startsWith(" ")) {
      const match = NAME.exec(text);
      this.#name = match === null ? undefined : { ...nameOf(match, text), line };
      this.#tool = "";
      this.#bare = true;
      return false;
    }
    if (this.#name === undefined) return false;
    const section = SECTION.exec(text)?.[1];
    if (section !== undefined) {
      this.#tool = /callgrind/i.test(section) ? "" : `${snakeCase(section)}_`;
      this.#bare = false;
      return true;
    }
    if (last && /^ {2}\S/.test(text)) {
      this.cutAt = line;
      return true;
    }
    const count = COUNT.exec(text);
    if (count === null || (this.#bare && line !== this.#name.line + 1)) return false;
    this.#bare = false;
    const [, words, value] = count;
    if (value !== "N/A")
      addCount(this.#book, {
        name: this.#name.name,
        arguments: this.#name.arguments,
        tool: this.#tool,
        words: words!,
        value: numberOf(value!),
        line,
      });
    return true;
  }
}

function nameOf(match: RegExpExecArray, text: string): { name: string; arguments: string | undefined } {
  const [, path, id, args, rest] = match;
  if (path === undefined) return { name: text, arguments: undefined };
  return { name: id === undefined ? path : `${path}::${id}`, arguments: args ?? rest };
}

export interface Count {
  readonly name: string;
  /** Of the benchmark's function, as the tool prints them. */
  readonly arguments: string | undefined;
  /** "" for Callgrind, else the tool's name and "_". */
  readonly tool: string;
  /** What is counted, in the tool's words. */
  readonly words: string;
  readonly value: number;
  readonly line?: number | undefined;
}

/** Less is better of every count: a hit of a cache is an access that was made. Of the ratios, only those of hits grow for the better. */
export function addCount(book: BenchmarkBook, count: Count): void {
  // Valgrind's own abbreviations (DLmr) are one word.
  const measure = /^[A-Z]\w{1,4}$/.test(count.words) ? count.words.toLowerCase() : snakeCase(count.words);
  const isRate = /_rate$/.test(measure);
  book.add({
    name: count.name,
    measure: `${count.tool}${measure}`,
    stat: "value",
    value: count.value,
    unit: isRate ? "%" : /(?:^|_)bytes$/.test(measure) ? "bytes" : undefined,
    better: isRate && /hit_rate$/.test(measure) ? "higher" : "lower",
    line: count.line,
    ...(count.arguments === undefined || count.arguments === ""
      ? {}
      : { tags: { arguments: count.arguments.slice(0, 200) } }),
  });
}
