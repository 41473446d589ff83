/** What criterion prints among Cargo's other lines. */
import type { BenchmarkBook } from "./benchmark-book.ts";
import { NUMBER, numberOf } from "./benchmark-lines.ts";

const THREE = String.raw`\[(${NUMBER}) (\S+) (${NUMBER}) (\S+) (${NUMBER}) (\S+)\]`;
/** Changes have percentages in the brackets, which are no pairs of number and unit. */
/** Searched from its own word: a name before it, of any length, is not tried at each of its spaces. */
const TIME = new RegExp(String.raw`\stime:\s+${THREE}$`);
const THROUGHPUT = new RegExp(String.raw`^\s+thrpt:\s+${THREE}$`);
const STARTED = /^Benchmarking (.+)$/;
const STEP = /: (?:Warming up for|Collecting \d|Analyzing|Profiling for|Complete \(|AnalyzingCriterion\.rs).*$/;

/** Longer lines are no results; the patterns take long on a line of nothing but spaces. */
export const MAX_LINE = 5_000;

/** For recognising such text. */
export const CRITERION = new RegExp(
  String.raw`\stime:\s+${THREE}\s*$|^Benchmarking .+: (?:Warming up for|Collecting \d)`,
  "m",
);

/**
 * `fib 10   time:   [101.91 ns 102.82 ns 104.08 ns]`: the bounds of the confidence interval and the estimate between them. A name of
 * more than 23 characters stands on the line before. On standard error, lines say which benchmark is being run.
 */
export class CriterionLines {
  readonly #book: BenchmarkBook;
  readonly #running = new Set<string>();
  #previous = "";
  #name: string | undefined;

  constructor(book: BenchmarkBook) {
    this.#book = book;
  }

  /** Begun, and without a result so far. */
  get unfinished(): readonly string[] {
    return [...this.#running];
  }

  /** Whether the line is criterion's own. */
  line(text: string, line: number): boolean {
    if (text.length > MAX_LINE) return false;
    const started = STARTED.exec(text)?.[1]?.replace(STEP, "");
    if (started !== undefined) {
      this.#running.add(started);
      return true;
    }
    const time = text.includes("time:") ? TIME.exec(text) : null;
    if (time !== null) {
      this.#name = text.slice(0, time.index).trim() || this.#previous.trim();
      this.#running.delete(this.#name);
      this.#add(this.#name, "time", time.slice(1), line);
      return true;
    }
    const throughput = text.includes("thrpt:") ? THROUGHPUT.exec(text) : null;
    if (throughput !== null && this.#name !== undefined) {
      this.#add(this.#name, "throughput", throughput.slice(1), line);
      return true;
    }
    if (text.trim() !== "") this.#previous = text;
    return false;
  }

  #add(name: string, measure: string, found: readonly string[], line: number): void {
    const [low, lowUnit, middle, unit, high, highUnit] = found;
    const stated = { name, measure, unit, line };
    this.#book.add({ ...stated, stat: "avg", value: numberOf(middle!) });
    if (lowUnit === unit && highUnit === unit)
      this.#book.add({ ...stated, stat: "margin", value: halfWidth(numberOf(low!), numberOf(high!)) });
  }
}

/** Of an interval that need not be even around its estimate; without the binary dust of the subtraction. */
export const halfWidth = (low: number, high: number): number => Number(((high - low) / 2).toPrecision(12));
