/** What the first 64 KB show, as formats look for their own marks in them. */

export interface XmlShape {
  /** Undefined when the head ends before it. */
  readonly root: string | undefined;
  /** The root's tag as written, as far as it is in the head: `<testsuites name="x">`. */
  readonly rootTag: string;
  /** Names of the first elements after the root's tag, in order, at most 20. */
  readonly elements: readonly string[];
  /** A DOCTYPE that declares entities, or one that does not end within the head. */
  readonly hostile: string | undefined;
}

export interface JsonShape {
  readonly kind: "object" | "array";
  /** Keys of the top level (of the first element, for an array) in order. */
  readonly keys: readonly string[];
  /** Paths of all keys seen down to five levels: `results.summary`, `testResults[].name`, `[].jmhVersion`. */
  readonly paths: ReadonlySet<string>;
  /** What follows the first value, if it ends within the head; another value there means JSON lines. */
  readonly rest: string | undefined;
}

// The registry asks every format about the same head, so the last answer is kept.
let lastXml: { head: string; shape: XmlShape | undefined } = { head: "", shape: undefined };
let lastJson: { head: string; shape: JsonShape | undefined } = { head: "", shape: undefined };

/** Undefined when the head is no XML. */
export function xmlShape(head: string): XmlShape | undefined {
  if (lastXml.head !== head) lastXml = { head, shape: readXmlShape(head) };
  return lastXml.shape;
}

/** Undefined when the head is no JSON object or array. */
export function jsonShape(head: string): JsonShape | undefined {
  if (lastJson.head !== head) lastJson = { head, shape: readJsonShape(head) };
  return lastJson.shape;
}

function readXmlShape(head: string): XmlShape | undefined {
  let at = skipSpace(head, 0);
  if (head[at] !== "<" || !/^<[?!\p{L}_]/u.test(head.slice(at, at + 3))) return undefined;
  const none = { root: undefined, rootTag: "", elements: [] };
  for (;;) {
    at = skipSpace(head, at);
    if (head.startsWith("<?", at)) at = after(head, "?>", at);
    else if (head.startsWith("<!--", at)) at = after(head, "-->", at);
    else if (/^<!doctype/i.test(head.slice(at, at + 9))) {
      const end = doctypeEnd(head, at);
      const doctype = head.slice(at, end === -1 ? undefined : end);
      if (/<!entity/i.test(doctype)) return { ...none, hostile: "its DOCTYPE declares entities" };
      if (end === -1) return { ...none, hostile: head.length > 60_000 ? "its DOCTYPE does not end" : undefined };
      at = end;
    } else break;
    if (at === -1) return { ...none, hostile: undefined };
  }
  const root = /^<([\p{L}_][\p{L}\p{N}_.:-]*)(?=[\s/>])/u.exec(head.slice(at, at + 300))?.[1];
  if (root === undefined) return { ...none, hostile: undefined };
  const end = tagEnd(head, at);
  const elements: string[] = [];
  if (end !== -1)
    for (const match of head.slice(end, end + 8_000).matchAll(/<([\p{L}_][\p{L}\p{N}_.:-]*)[\s/>]/gu)) {
      if (elements.push(match[1]!) === 20) break;
    }
  return { root, rootTag: head.slice(at, end === -1 ? undefined : end), elements, hostile: undefined };
}

/** Index after the `>` that ends the tag at `at`; quotes may hold a `>`. */
function tagEnd(head: string, at: number): number {
  let quote = "";
  for (let i = at; i < head.length; i++) {
    const c = head[i]!;
    if (quote !== "") {
      if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === ">") return i + 1;
  }
  return -1;
}

function doctypeEnd(head: string, at: number): number {
  let quote = "";
  let depth = 0;
  for (let i = at; i < head.length; i++) {
    const c = head[i]!;
    if (quote !== "") {
      if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === "[") depth++;
    else if (c === "]") depth--;
    else if (c === ">" && depth <= 0) return i + 1;
  }
  return -1;
}

function after(head: string, mark: string, at: number): number {
  const index = head.indexOf(mark, at);
  return index === -1 ? -1 : index + mark.length;
}

/** Space and control characters, but not what begins a colour: behind it, `[32m` is no array. */
function skipSpace(head: string, at: number): number {
  while (at < head.length && head[at] !== "\u001b" && (head.charCodeAt(at) <= 32 || head.charCodeAt(at) === 0xfeff))
    at++;
  return at;
}

const MAX_PATHS = 2_000;
const MAX_LEVEL = 5;

function readJsonShape(head: string): JsonShape | undefined {
  const start = skipSpace(head, 0);
  const open = head[start];
  if (open !== "{" && open !== "[") return undefined;
  // "[build] done" is a log line, not an array.
  if (!/^(?:\{\s*(?:["}]|$)|\[\s*(?:[[{"\]\d-]|true|false|null|$))/.test(head.slice(start, start + 500)))
    return undefined;
  const paths = new Set<string>();
  const keys: string[] = [];
  const keyPrefix = open === "{" ? "" : "[]";
  const stack: { array: boolean; path: string }[] = [];
  let path = "";
  let expectKey = false;
  let rest: string | undefined;
  for (let i = start; i < head.length; i++) {
    const c = head[i]!;
    if (c === '"') {
      const end = stringEnd(head, i);
      if (end === -1) break;
      if (expectKey) {
        const text = head.slice(i + 1, end);
        const key = text.includes("\\") ? safeUnescape(text) : text;
        const prefix = stack.at(-1)?.path ?? "";
        path = prefix === "" ? key : `${prefix}.${key}`;
        if (stack.length <= MAX_LEVEL && paths.size < MAX_PATHS) {
          if (prefix === keyPrefix && !paths.has(path)) keys.push(key);
          paths.add(path);
        }
        expectKey = false;
      }
      i = end;
    } else if (c === "{" || c === "[") {
      const parent = stack.at(-1);
      const own = parent === undefined ? "" : parent.array ? parent.path : path;
      stack.push({ array: c === "[", path: c === "[" ? `${own}[]` : own });
      expectKey = c === "{";
    } else if (c === "}" || c === "]") {
      stack.pop();
      if (stack.length === 0) {
        rest = head.slice(i + 1);
        break;
      }
      expectKey = false;
    } else if (c === ",") expectKey = stack.at(-1)?.array === false;
  }
  return { kind: open === "{" ? "object" : "array", keys, paths, rest };
}

function stringEnd(head: string, at: number): number {
  for (let i = at + 1; i < head.length; i++) {
    const c = head.charCodeAt(i);
    if (c === 0x22) return i;
    if (c === 0x5c) i++;
  }
  return -1;
}

function safeUnescape(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
