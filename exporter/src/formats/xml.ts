/**
 * Streaming XML for all XML formats: saxes with bounded memory and a place for every error.
 *
 * saxes 6.0.0 is pinned exactly because four of its private fields are used, each for a measured reason (a test fails if
 * they change): `text` and `state` are looked at after each chunk, since saxes holds a text node until it ends and a
 * 210 MB CDATA would arrive as one string; `pushAttrib` and `processAttribs` are replaced, since building an attributes
 * object per tag costs a fifth of the whole time. `line` and `column` are kept by saxes even with `position: false`.
 */
import { SaxesParser } from "saxes";
import { AppError } from "../errors.ts";
import type { Limits, ReportSource } from "../model/format.ts";
import { textChunks } from "./source.ts";
import { own } from "./text.ts";
import { type SaxesScanner, speedUp } from "./xml-fast.ts";

interface SaxesInternals {
  text: string;
  name: string;
  entity: string;
  piTarget: string;
  state: number;
  chunk: string;
  prevI: number;
  tags: { name: string }[];
  pushAttrib: (name: string, value: string) => void;
  processAttribs: () => void;
}

/** Numbers of saxes' states, in the order of its table. */
const STATE = {
  dtdFirst: 2,
  dtdLast: 12,
  text: 13,
  commentFirst: 17,
  commentLast: 19,
  cdata: 20,
  attributeValue: 40,
} as const;

/** An attribute is held whole, so it has a bound of its own below `maxTextBytes`. */
const MAX_ATTRIBUTE = 1024 * 1024;
const KEPT_OF_PROSE = 16 * 1024;
const MAX_XML_NAME = 4_096;
const MAX_ATTRIBUTES = 1_000;
const MAX_DOCTYPE = 64 * 1024;

/** Attributes of the tag being opened. Reused for the next tag: read what you need before you return. */
export class XmlAttributes {
  readonly names: string[] = [];
  readonly values: string[] = [];
  size = 0;

  get(name: string): string | undefined {
    const { names, size } = this;
    for (let i = 0; i < size; i++) if (names[i] === name) return this.values[i];
    return undefined;
  }
}

export interface XmlHandler {
  open(name: string, attributes: XmlAttributes): void;
  close(name: string): void;
  /** A piece of text or CDATA, only while `collectText` is on. A text may come in several pieces. */
  text(piece: string): void;
}

export interface XmlReader {
  /** Line of the event being handled. */
  line(): number;
  collectText(on: boolean): void;
  /** How many prose attributes were cut at `MAX_ATTRIBUTE` characters. */
  cutAttributes(): number;
  /** Characters that XML does not allow were met; 0 in a proper file. */
  badCharacters(): number;
}

/** Attributes whose value is prose: cut at the bound, where any other is refused. */
const PROSE = new Set(["message"]);
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/**
 * Reads a document and calls the handler that `build` returns. Throws FORMAT_SYNTAX with line and column, FORMAT_HOSTILE for
 * entity declarations and nesting beyond `maxDepth`, INPUT_TOO_LARGE for names and attributes beyond their bounds.
 */
export async function readXml(
  source: ReportSource,
  limits: Limits,
  build: (reader: XmlReader) => XmlHandler,
): Promise<void> {
  const file = source.name;
  const parser = new SaxesParser({ position: false, xmlns: false });
  const inner = parser as unknown as SaxesInternals;
  const attributes = new XmlAttributes();
  let depth = 0;
  let skippedLines = 0;
  let badCharacters = 0;
  let cutAttributes = 0;
  let attributeSize = 0;
  /** Of a prose attribute that is being cut: its beginning, while saxes reads on. */
  let beginning: string | undefined;

  const place = () => ({ file, line: skippedLines + parser.line, column: Math.max(1, parser.column) });
  const handler = build({
    line: () => skippedLines + parser.line,
    collectText: (on) => {
      if (on) parser.on("text", text);
      else parser.off("text");
      collecting = on;
    },
    cutAttributes: () => cutAttributes,
    badCharacters: () => badCharacters,
  });
  let collecting = false;
  const clean = (value: string): string => (badCharacters === 0 ? value : value.replace(CONTROL, "\ufffd"));
  const text = (piece: string): void => handler.text(clean(piece));

  inner.pushAttrib = (name, rest) => {
    const value = beginning ?? rest;
    beginning = undefined;
    const { names, size } = attributes;
    for (let i = 0; i < size; i++)
      if (names[i] === name) throw new AppError("FORMAT_SYNTAX", `duplicate attribute ${name}`, place());
    names[size] = name;
    attributes.values[size] = badCharacters === 0 ? value : clean(value);
    attributes.size = size + 1;
    attributeSize += value.length;
    if (size >= MAX_ATTRIBUTES || attributeSize > 4 * MAX_ATTRIBUTE)
      throw new AppError("INPUT_TOO_LARGE", `a tag with more attributes than is read`, place());
  };
  inner.processAttribs = () => {};
  speedUp(parser as unknown as SaxesScanner);
  parser.on("opentag", (tag) => {
    if (++depth > limits.maxDepth)
      throw new AppError("FORMAT_HOSTILE", `elements nest deeper than ${limits.maxDepth} levels`, place());
    handler.open(tag.name, attributes);
    attributes.size = 0;
    attributeSize = 0;
  });
  parser.on("closetag", (tag) => {
    depth--;
    handler.close(tag.name);
  });
  parser.on("cdata", (piece) => {
    if (collecting) text(piece);
  });
  parser.on("doctype", (doctype) => {
    if (/<!entity|%/i.test(doctype)) throw new AppError("FORMAT_HOSTILE", "its DOCTYPE declares entities", place());
  });
  parser.on("error", (error) => {
    if (isToleratedCharacter(error.message, inner)) badCharacters++;
    else throw new AppError("FORMAT_SYNTAX", explain(error.message), place(), { cause: error });
  });

  let started = false;
  for await (const chunk of textChunks(source)) {
    let piece = chunk;
    if (!started) {
      // Some tools print a blank line before the XML declaration, which XML forbids and readers of reports must bear.
      piece = chunk.trimStart();
      skippedLines += countLines(chunk, chunk.length - piece.length);
      if (piece === "") continue;
      started = true;
    }
    parser.write(piece);
    relieve();
  }
  parser.close();

  /** Takes what saxes has gathered of an unfinished node, so that no node grows with the file. */
  function relieve(): void {
    if (inner.name.length > MAX_XML_NAME || inner.entity.length > MAX_XML_NAME || inner.piTarget.length > MAX_XML_NAME)
      throw new AppError("FORMAT_HOSTILE", `a name of more than ${MAX_XML_NAME} characters`, place());
    const length = inner.text.length;
    if (length === 0) return;
    const { state } = inner;
    if (state === STATE.text || state === STATE.cdata) {
      if (collecting) text(inner.text);
      inner.text = "";
    } else if (state >= STATE.commentFirst && state <= STATE.commentLast) inner.text = "";
    else if (state >= STATE.dtdFirst && state <= STATE.dtdLast) {
      if (length > MAX_DOCTYPE) throw new AppError("FORMAT_HOSTILE", "its DOCTYPE does not end", place());
    } else if (beginning !== undefined) inner.text = "";
    else if (length > MAX_ATTRIBUTE) {
      if (state !== STATE.attributeValue || !PROSE.has(inner.name))
        throw new AppError("INPUT_TOO_LARGE", `a value of more than ${MAX_ATTRIBUTE} characters`, place());
      beginning = own(inner.text.slice(0, KEPT_OF_PROSE));
      inner.text = "";
      cutAttributes++;
    }
  }
}

/**
 * Control characters are not allowed in XML, neither raw nor as `&#27;`, but tests print them and tools copy them. They are
 * counted and replaced; refusing would lose the whole report. saxes uses one message for these and for a raw `<`.
 */
function isToleratedCharacter(message: string, parser: SaxesInternals): boolean {
  if (message === "malformed character entity.") return true;
  if (message !== "disallowed character.") return false;
  const code = parser.chunk.charCodeAt(parser.prevI);
  return code < 0x20 || code >= 0xd800;
}

function explain(message: string): string {
  const unclosed = /^unclosed tag: (.*)$/.exec(message)?.[1];
  if (unclosed !== undefined) return `<${unclosed}> is never closed`;
  if (message === "document must contain a root element.") return "the document ends before its root element";
  if (message === "disallowed character.") return "a raw < inside an attribute value";
  return message.replace(/\.$/, "");
}

function countLines(text: string, end: number): number {
  let lines = 0;
  for (let i = 0; i < end; i++) if (text.charCodeAt(i) === 10) lines++;
  return lines;
}
