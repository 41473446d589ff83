/** What went wrong in a benchmark report: told one by one, and summed up in the report's state. */
import type { ReportMeta, ReportSink } from "../model/format.ts";
import { cut, firstLine, plain } from "./text.ts";

const NAMED = 5;

export class BenchmarkTroubles {
  readonly #sink: ReportSink;
  readonly #failed: string[] = [];
  #failures = 0;
  readonly #incomplete: string[] = [];

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  /** A benchmark that ended without its result, or whose program failed. */
  failed(name: string, why?: string, line?: number): void {
    const shown = cut(plain(name), 100);
    const reason = firstLine(plain(why ?? "").trim());
    if (++this.#failures <= NAMED) this.#failed.push(shown);
    this.#sink.warn({
      code: "VALUE_SKIPPED",
      message: reason === "" ? `${shown} failed` : `${shown} failed: ${cut(reason, 300)}`,
      line,
    });
  }

  /** The report is not whole. */
  incomplete(message: string, line?: number): void {
    this.#incomplete.push(message);
    this.#sink.warn({ code: "INCOMPLETE", message, line });
  }

  /** `meta`, partial when anything went wrong. */
  meta(meta: ReportMeta): ReportMeta {
    const more = this.#failures > this.#failed.length ? ", …" : "";
    const failures =
      this.#failures === 0
        ? []
        : [`${this.#failures} benchmark${this.#failures === 1 ? "" : "s"} failed: ${this.#failed.join(", ")}${more}`];
    const messages = [...failures, ...this.#incomplete];
    return messages.length === 0 ? meta : { ...meta, state: "partial", stateMessage: messages.join("; ") };
  }
}
