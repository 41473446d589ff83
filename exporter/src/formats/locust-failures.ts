/** Locust's `_failures.csv` and `_exceptions.csv`: what went wrong how often. The requests themselves are counted in `_stats.csv`. */
import type { ReportSink } from "../model/format.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { cellNumber, type LocustReader } from "./locust-row.ts";
import { operationOf } from "./operation.ts";
import { cut, plain } from "./text.ts";

const MAX_KINDS = 200;
const MAX_TEXT = 300;

/** How often each operation failed, with its most frequent errors as a tag; and all of them together, 0 where the file has no row. */
abstract class Occurrences implements LocustReader {
  readonly #sink: ReportSink;
  readonly #measure: string;
  readonly #rows = new Map<string, { count: number; errors: { text: string; count: number }[] }>();
  #total = 0;

  constructor(sink: ReportSink, measure: string) {
    this.#sink = sink;
    this.#measure = measure;
  }

  abstract row(cell: (name: string) => string | undefined, line: number): void;

  protected add(place: string, error: string, count: number | undefined, line: number): void {
    if (count === undefined || count < 0) {
      this.#sink.warn({ code: "VALUE_SKIPPED", message: "a row without a count", line });
      return;
    }
    this.#total += count;
    const there = this.#rows.get(place);
    const text = cut(plain(error).replace(/\s+/g, " ").trim(), MAX_TEXT);
    if (there !== undefined) {
      there.count += count;
      if (there.errors.length < 20) there.errors.push({ text, count });
    } else if (this.#rows.size < MAX_KINDS) this.#rows.set(place, { count, errors: [{ text, count }] });
  }

  finish(): Record<string, never> {
    const book = new BenchmarkBook(this.#sink, "measure");
    const name = this.#measure;
    const common = { name, measure: name, stat: "value", unit: undefined, better: "lower" } as const;
    for (const [component, { count, errors }] of this.#rows) {
      errors.sort((a, b) => b.count - a.count);
      const error = cut(errors.map(({ text }) => text).join(" | "), MAX_TEXT);
      if (component !== "") book.add({ ...common, value: count, component, tags: { error } });
    }
    const all = [...this.#rows.values()].flatMap(({ errors }) => errors).sort((a, b) => b.count - a.count);
    book.add({
      ...common,
      value: this.#total,
      ...(all.length === 0 ? {} : { tags: { error: cut(all.map(({ text }) => text).join(" | "), MAX_TEXT) } }),
    });
    return {};
  }
}

export class LocustFailures extends Occurrences {
  constructor(sink: ReportSink) {
    super(sink, "request_failures");
  }

  row(cell: (name: string) => string | undefined, line: number): void {
    const operation = operationOf(cell("name") ?? "", cell("method"));
    this.add(operation, cell("error") ?? "", cellNumber(cell("occurrences")), line);
  }
}

/** Of the test's own code: no operation is known. */
export class LocustExceptions extends Occurrences {
  constructor(sink: ReportSink) {
    super(sink, "exceptions");
  }

  row(cell: (name: string) => string | undefined, line: number): void {
    this.add("", cell("message") ?? "", cellNumber(cell("count")), line);
  }
}
