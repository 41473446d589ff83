/** Values of JUnit attributes; what cannot be taken as it stands is warned of. */
import type { ReportSink, Warning } from "../model/format.ts";
import { MAX_NAME } from "../model/test.ts";
import { parseSeconds } from "./numbers.ts";
import { cut, own } from "./text.ts";
import type { XmlReader } from "./xml.ts";

export class JunitValues {
  readonly #sink: ReportSink;
  readonly #reader: XmlReader;

  constructor(sink: ReportSink, reader: XmlReader) {
    this.#sink = sink;
    this.#reader = reader;
  }

  seconds(text: string | undefined): number | undefined {
    if (text === undefined || text === "") return undefined;
    const seconds = parseSeconds(text);
    if (seconds === undefined) this.warn("TIME_UNREADABLE", `time ${JSON.stringify(cut(text, 40))} is no duration`);
    return seconds;
  }

  name(name: string | undefined): string | undefined {
    if (name === undefined || name === "") return undefined;
    if (name.length > MAX_NAME) this.warn("TEXT_CUT", `a name of ${name.length} characters was cut`);
    return own(cut(name, MAX_NAME));
  }

  /** With the line of the element being read. */
  warn(code: Warning["code"], message: string): void {
    this.#sink.warn({ code, message, line: this.#reader.line() });
  }
}
