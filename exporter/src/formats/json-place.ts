/** Where things stand in the text of a JSON document, for messages: what is not JSON, and values that a format cannot take. */

export function lineAndColumn(text: string, index: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < index; at = text.indexOf("\n", at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: index - start + 1 };
}

/**
 * Finds values by their paths. Each call goes on from where the last one was, since a document with a warning for every one of its
 * million entries is asked for them in their order.
 */
export class ValueFinder {
  readonly #text: string;
  /** Of each level of the latest path: where its array or object begins, and where the entry in it was found. */
  readonly #found: { container: number; entry: number; index: number }[] = [];
  #lines = { index: 0, line: 1, start: 0 };

  constructor(text: string) {
    this.#text = text;
  }

  /** Line and column of the value at a path such as ["measures", 3, "value"]; 1:1 when there is no such value. */
  place(path: readonly (string | number)[]): { line: number; column: number } {
    let at: number | undefined = space(this.#text, 0);
    try {
      for (let level = 0; level < path.length && at !== undefined; level++) at = this.#step(at, path[level]!, level);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      at = undefined;
    }
    return this.#lineAndColumn(at ?? 0);
  }

  #step(container: number, key: string | number, level: number): number | undefined {
    const text = this.#text;
    const open = text[container];
    if (open !== (typeof key === "number" ? "[" : "{")) return undefined;
    const first = space(text, container + 1);
    if (text[first] === "]" || text[first] === "}") return undefined;
    const last = this.#found[level];
    const known = last?.container === container && (open === "{" || last.index <= (key as number)) ? last : undefined;
    for (const from of known === undefined ? [first] : [known.entry, first]) {
      let at = from;
      for (let index = from === first ? 0 : known!.index; ; index++) {
        const value = open === "[" ? at : space(text, space(text, skipString(text, at)) + 1);
        if (open === "[" ? index === key : JSON.parse(text.slice(at, skipString(text, at))) === key) {
          // What was found in another entry is of no use; in the same one it is.
          if (known?.entry !== at) this.#found.splice(level, Number.POSITIVE_INFINITY, { container, entry: at, index });
          return value;
        }
        at = space(text, skipValue(text, value));
        if (text[at] !== ",") break;
        at = space(text, at + 1);
      }
    }
    return undefined;
  }

  #lineAndColumn(index: number): { line: number; column: number } {
    const from = this.#lines;
    let { line, start } = from.index <= index ? from : { line: 1, start: 0 };
    const text = this.#text;
    for (let at = text.indexOf("\n", start); at !== -1 && at < index; at = text.indexOf("\n", start)) {
      line++;
      start = at + 1;
    }
    this.#lines = { index, line, start };
    return { line, column: index - start + 1 };
  }
}

class Fault extends Error {
  readonly index: number;
  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

/** Why and where `text` is not JSON. V8's own messages lack the place in half of the cases. */
export function findFault(text: string): { message: string; index: number } {
  try {
    const end = space(text, skipValue(text, space(text, 0)));
    if (end < text.length)
      return { message: `expected the end of the document, found ${found(text, end)}`, index: end };
  } catch (error) {
    if (error instanceof Fault) return { message: error.message, index: error.index };
    throw error;
  }
  return { message: "not valid JSON", index: 0 };
}

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Index after the value at `at`. Recursive: callers have bounded the depth. */
function skipValue(text: string, at: number): number {
  const c = text[at];
  if (c === "{") {
    at = space(text, at + 1);
    if (text[at] === "}") return at + 1;
    for (;;) {
      if (text[at] !== '"') throw new Fault(`expected a name in double quotes, found ${found(text, at)}`, at);
      at = space(text, skipString(text, at));
      if (text[at] !== ":") throw new Fault(`expected ":", found ${found(text, at)}`, at);
      at = space(text, skipValue(text, space(text, at + 1)));
      if (text[at] === "}") return at + 1;
      if (text[at] !== ",") throw new Fault(`expected "," or "}", found ${found(text, at)}`, at);
      at = space(text, at + 1);
    }
  }
  if (c === "[") {
    at = space(text, at + 1);
    if (text[at] === "]") return at + 1;
    for (;;) {
      at = space(text, skipValue(text, at));
      if (text[at] === "]") return at + 1;
      if (text[at] !== ",") throw new Fault(`expected "," or "]", found ${found(text, at)}`, at);
      at = space(text, at + 1);
    }
  }
  if (c === '"') return skipString(text, at);
  SCALAR.lastIndex = at;
  const match = SCALAR.exec(text);
  if (match === null) throw new Fault(`expected a value, found ${found(text, at)}`, at);
  return at + match[0].length;
}

function skipString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code < 0x20) throw new Fault(`a string with a raw ${code === 10 ? "line break" : "control character"}`, i);
    if (code === 0x5c) {
      const escaped = text.slice(i + 1, i + 6);
      if (/^u[0-9a-f]{4}/i.test(escaped)) i += 5;
      else if (/^["\\/bfnrt]/.test(escaped)) i += 1;
      else if (escaped !== "") throw new Fault("an unknown escape in a string", i);
    }
  }
  throw new Fault("a string never ends", start);
}

function space(text: string, at: number): number {
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

function found(text: string, at: number): string {
  if (at >= text.length) return "the end of the file";
  const word = /^-?[A-Za-z]{2,12}\b/.exec(text.slice(at, at + 20))?.[0];
  if (word !== undefined && /^-?(NaN|Infinity|inf|nan)$/i.test(word))
    return `${word}, which JSON cannot hold; leave the value out`;
  return JSON.stringify(word ?? String.fromCodePoint(text.codePointAt(at)!));
}
