/** What the XML formats beside JUnit share: the text of one element at a time, and the notes at the end of a file. */
import type { ReportSink } from "../model/format.ts";
import { own } from "./text.ts";
import type { XmlReader } from "./xml.ts";

/** Collects the text of one element, bounded, with that of the elements inside it. */
export class ElementText {
  readonly #reader: XmlReader;
  #depth = 0;
  #max = 0;
  #text = "";

  constructor(reader: XmlReader) {
    this.#reader = reader;
  }

  get isOpen(): boolean {
    return this.#depth !== 0;
  }

  /** Begins with the element at `depth`. */
  open(depth: number, max: number): void {
    this.#depth = depth;
    this.#max = max;
    this.#text = "";
    this.#reader.collectText(true);
  }

  add(piece: string): void {
    const room = this.#max + 1 - this.#text.length;
    if (room > 0) this.#text += piece.length > room ? piece.slice(0, room) : piece;
  }

  /** The text when the element at `depth` is the one that was opened, else undefined: it goes on. */
  close(depth: number): string | undefined {
    if (depth !== this.#depth) return undefined;
    this.#depth = 0;
    this.#reader.collectText(false);
    const text = own(this.#text);
    this.#text = "";
    return text;
  }
}

/** Warns of what the XML reader had to mend. */
export function warnOfRepairs(reader: XmlReader, sink: ReportSink): void {
  const characters = reader.badCharacters();
  if (characters > 0)
    sink.warn({ code: "ENCODING", message: `${characters} characters that XML does not allow were replaced` });
  const cuts = reader.cutAttributes();
  if (cuts > 0) sink.warn({ code: "TEXT_CUT", message: `attributes of more than 1 MB were cut: ${cuts}` });
}
