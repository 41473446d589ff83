/** The elements inside a <testcase> that hold text: how it ended, earlier attempts, what it printed. */
import type { Limits } from "../model/format.ts";
import { MAX_NAME, MAX_STACK } from "../model/test.ts";
import { addOutput, type OpenCase, setResult } from "./junit-case.ts";
import { ELEMENTS, ERROR, FLAKY_ERROR, OUTPUT, RERUN_ERROR, SKIPPED } from "./junit-dialects.ts";
import type { JunitValues } from "./junit-values.ts";
import { parseCount } from "./numbers.ts";
import { cut, failureOf } from "./text.ts";
import type { XmlAttributes, XmlReader } from "./xml.ts";

/** At most one is open; everything inside it is its text, but for output elements, which are left out. */
export class JunitResult {
  readonly #reader: XmlReader;
  readonly #values: JunitValues;
  readonly #limits: Limits;
  /** Of dialects' ELEMENTS; 0 while none is open. */
  kind = 0;
  #case: OpenCase | undefined;
  #depth = 0;
  /** Of an output element inside it; 0 outside of one. */
  #muteDepth = 0;
  #text = "";
  #textLength = 0;
  #message: string | undefined;
  #type: string | undefined;
  #attemptSeconds: number | undefined;

  constructor(reader: XmlReader, values: JunitValues, limits: Limits) {
    this.#reader = reader;
    this.#values = values;
    this.#limits = limits;
  }

  open(current: OpenCase, kind: number, attributes: XmlAttributes, depth: number): void {
    this.kind = kind;
    this.#case = current;
    this.#depth = depth;
    this.#text = "";
    this.#textLength = 0;
    this.#message = attributes.get("message");
    this.#type = attributes.get("type");
    if (kind <= RERUN_ERROR) {
      if (kind > ERROR) this.#attemptSeconds = this.#values.seconds(attributes.get("time"));
      else if (current.file === undefined && attributes.get("file") !== undefined) {
        current.file = cut(attributes.get("file")!, MAX_NAME);
        current.line = parseCount(attributes.get("line")) ?? current.line;
      }
    }
    this.#reader.collectText(true);
  }

  openInside(name: string, depth: number): void {
    if (this.#muteDepth === 0 && ELEMENTS.get(name) === OUTPUT) this.#muteDepth = depth;
  }

  text(piece: string): void {
    if (this.#muteDepth !== 0) return;
    this.#textLength += piece.length;
    if (this.kind === OUTPUT) {
      addOutput(this.#case!, piece);
      return;
    }
    const room = MAX_STACK + 1 - this.#text.length;
    if (room > 0) this.#text += piece.length > room ? piece.slice(0, room) : piece;
  }

  /** An element at this depth ends: the result itself, or one inside it. */
  close(depth: number): void {
    if (depth === this.#muteDepth) this.#muteDepth = 0;
    else if (depth === this.#depth) this.#end(this.#case!);
  }

  #end(current: OpenCase): void {
    const { kind } = this;
    this.kind = 0;
    this.#case = undefined;
    this.#reader.collectText(false);
    if (this.#textLength > this.#limits.maxTextBytes)
      this.#values.warn("TEXT_CUT", `a text of ${this.#textLength} characters in ${cut(current.name, 100)} was cut`);
    if (kind === OUTPUT) return;
    if (kind === SKIPPED) {
      setResult(current, "skipped");
      const reason = (this.#message ?? this.#text).trim();
      if (reason !== "" && current.output === undefined) addOutput(current, `skipped: ${reason}\n`);
    } else if (kind <= ERROR) {
      if (setResult(current, kind === ERROR ? "errored" : "failed"))
        current.failure = failureOf(this.#message, this.#text, this.#type);
    } else {
      current.attempts ??= [];
      if (current.attempts.length < 100)
        current.attempts.push({
          outcome: kind === FLAKY_ERROR || kind === RERUN_ERROR ? "errored" : "failed",
          durationSeconds: this.#attemptSeconds,
          failure: failureOf(this.#message, this.#text, this.#type),
        });
    }
    this.#text = "";
  }
}
