/**
 * Shorter ways through saxes 6.0.0 for what a report mostly consists of: names and attribute values in plain ASCII. saxes takes each
 * character through a method that keeps position, line and column in fields of the parser, and four states for each attribute; a
 * loop over local variables is four times as fast. Every other character goes the original way from exactly there, so that what
 * is accepted, and every message with its place, stay the same.
 */

/** Private fields of saxes; xml.test.ts fails when they change. */
export interface SaxesScanner {
  text: string;
  name: string;
  tag: unknown;
  state: number;
  chunk: string;
  i: number;
  prevI: number;
  column: number;
  q: number | null;
  sawRoot: boolean;
  closedRoot: boolean;
  stateTable: ((this: unknown) => void)[];
  captureNameChars: () => number;
  pushAttrib: (name: string, value: string) => void;
  fail: (message: string) => unknown;
  openTag: () => void;
}

/** Numbers of saxes' states. */
const OPEN_TAG = 34;
const OPEN_TAG_SLASH = 35;
const ATTRIBUTE = 36;
const ATTRIBUTE_VALUE = 40;
const ATTRIBUTE_VALUE_CLOSED = 41;

const EOC = -1;
const SPACE = 0x20;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const EQUAL = 0x3d;
const GREATER = 0x3e;

/** Of ASCII: what stands for itself in a value, what a name consists of and what it begins with. */
const PLAIN = classOf(/[^&<]/);
const NAME = classOf(/[\w:.-]/);
const NAME_START = classOf(/[A-Za-z_:]/);

function classOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 0x80 }, (_, c) =>
    c >= SPACE && c < 0x7f && pattern.test(String.fromCharCode(c)) ? 1 : 0,
  );
}

/** saxes makes an object per tag, which is slow since it has no prototype; whoever pushes attributes elsewhere needs none. */
const NO_ATTRIBUTES = Object.freeze({});

/** Call before anything is written. `pushAttrib` and `processAttribs` must be replaced: no tag gets attributes of its own. */
export function speedUp(parser: SaxesScanner): void {
  const { stateTable, captureNameChars } = parser;
  const slowValue = stateTable[ATTRIBUTE_VALUE]!;

  stateTable[ATTRIBUTE_VALUE] = () => {
    const { chunk } = parser;
    const end = chunk.length;
    let start = parser.i;
    for (;;) {
      const { q } = parser;
      let i = start;
      let c = 0;
      while (i < end) {
        c = chunk.charCodeAt(i);
        if (c === q || c > 0x7e || PLAIN[c] === 0) break;
        i++;
      }
      if (i === end || c !== q) {
        parser.text += chunk.slice(start, i);
        parser.column += i - start;
        parser.i = i;
        if (i < end) slowValue.call(parser);
        return;
      }
      const { text } = parser;
      const piece = chunk.slice(start, i);
      parser.prevI = i;
      parser.i = i + 1;
      parser.column += i + 1 - start;
      parser.pushAttrib(parser.name, text === "" ? piece : text + piece);
      parser.text = "";
      // Another ` name="` right behind spares the way through the states between.
      const next = nextValue(chunk, i + 1);
      if (next === 0) {
        parser.name = "";
        parser.q = null;
        parser.state = ATTRIBUTE_VALUE_CLOSED;
        return;
      }
      parser.name = chunk.slice(i + 2, next - 2);
      parser.q = chunk.charCodeAt(next - 1);
      parser.column += next - (i + 1);
      parser.i = next;
      start = next;
    }
  };

  parser.captureNameChars = () => {
    const { chunk, i: start, name } = parser;
    const end = chunk.length;
    let i = start;
    let c = 0;
    while (i < end) {
      c = chunk.charCodeAt(i);
      if (c > 0x7e || NAME[c] === 0) break;
      i++;
    }
    const piece = chunk.slice(start, i);
    parser.name = name === "" ? piece : name + piece;
    parser.column += i - start;
    parser.i = i;
    if (i === end || c > 0x7e || c < SPACE) return captureNameChars.call(parser);
    parser.prevI = i;
    parser.i = i + 1;
    parser.column++;
    return c;
  };

  stateTable[OPEN_TAG] = () => {
    const c = parser.captureNameChars();
    if (c === EOC) return;
    parser.tag = { name: parser.name, attributes: NO_ATTRIBUTES, isSelfClosing: false };
    parser.name = "";
    parser.sawRoot = true;
    if (parser.closedRoot) parser.fail("documents may contain only one root.");
    if (c === GREATER) parser.openTag();
    else if (c === SLASH) parser.state = OPEN_TAG_SLASH;
    else {
      if (c !== SPACE && c !== 0x0a && c !== 0x09 && c !== 0x0d) parser.fail("disallowed character in tag name.");
      parser.state = ATTRIBUTE;
    }
  };
}

/** Where the value begins, when a space, a plain name, an equals sign and a quote follow; else 0. */
function nextValue(chunk: string, from: number): number {
  const last = chunk.length - 2;
  if (from >= last || chunk.charCodeAt(from) !== SPACE) return 0;
  let i = from + 1;
  let c = chunk.charCodeAt(i);
  if (c > 0x7e || NAME_START[c] === 0) return 0;
  do c = chunk.charCodeAt(++i);
  while (i < last && c <= 0x7e && NAME[c] === 1);
  if (c !== EQUAL || i > last) return 0;
  const quote = chunk.charCodeAt(i + 1);
  return quote === QUOTE || quote === APOSTROPHE ? i + 2 : 0;
}
