/** Fixtures multiplied: reports of any size that are written or read piece by piece. */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Recipe } from "./fixture-recipes.ts";

const FIXTURES = join(import.meta.dirname, "../test/fixtures");
/** Copies are numbered from here on: all numbers have one width, so that no two numbered ids meet (1 and 12, 11 and 2). */
const FIRST = 1_000_000;
/** About what is written at once. */
const PIECE = 256 * 1024;

/** Texts in turn: those that stand once, and those of which every copy follows the other. */
export interface Multiplied {
  readonly parts: readonly Part[];
  /** UTF-8 bytes of one copy, and of what stands once. */
  readonly copyBytes: number;
  readonly onceBytes: number;
}

type Part = { readonly once: string } | { readonly pieces: readonly string[]; readonly between: string };

export function multiply(recipe: Recipe): Multiplied {
  const given = readFileSync(join(FIXTURES, recipe.fixture), "utf8");
  const text = recipe.without === undefined ? given : given.replace(recipe.without, "");
  const parts = recipe.containers === undefined ? sectionsOf(text, recipe) : containersOf(text, recipe);
  let [copyBytes, onceBytes] = [0, 0];
  for (const part of parts)
    if ("once" in part) onceBytes += Buffer.byteLength(part.once);
    else copyBytes += Buffer.byteLength(part.pieces.join(String(FIRST)) + part.between);
  return { parts, copyBytes, onceBytes };
}

/**
 * The report with so many copies, in chunks of some 256 KB. Bytes at once, since text that is gathered first is garbage that would be
 * counted as that of the reader.
 */
export function* bytesOf({ parts }: Multiplied, copies: number): Generator<Uint8Array> {
  let chunk = Buffer.allocUnsafe(PIECE);
  let used = 0;
  for (const text of textsOf(parts, copies)) {
    const size = Buffer.byteLength(text);
    if (used + size > chunk.length) {
      yield chunk.subarray(0, used);
      chunk = Buffer.allocUnsafe(Math.max(PIECE, size));
      used = 0;
    }
    used += chunk.write(text, used);
  }
  yield chunk.subarray(0, used);
}

function* textsOf(parts: readonly Part[], copies: number): Generator<string> {
  for (const part of parts)
    if ("once" in part) yield part.once;
    else for (let i = 0; i < copies; i++) yield (i > 0 ? part.between : "") + part.pieces.join(String(FIRST + i));
}

export function writeMultiplied(path: string, multiplied: Multiplied, copies: number): void {
  const file = openSync(path, "w");
  try {
    for (const chunk of bytesOf(multiplied, copies)) writeSync(file, chunk);
  } finally {
    closeSync(file);
  }
}

const copyOf = (text: string, { numbered }: Recipe, between: string): Part => {
  const pieces: string[] = [];
  let from = 0;
  for (const match of numbered === undefined ? [] : text.matchAll(numbered)) {
    const end = match.index + match[0].length;
    pieces.push(text.slice(from, end));
    from = end;
  }
  if (numbered !== undefined && pieces.length === 0) throw new Error(`nothing to number in ${text.slice(0, 80)}`);
  return { pieces: [...pieces, text.slice(from)], between };
};

function sectionsOf(text: string, recipe: Recipe): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const section of recipe.sections ?? []) {
    const match = section.exec(text.slice(from));
    if (match === null) throw new Error(`${recipe.fixture} has no ${section}`);
    const at = from + match.index;
    parts.push({ once: text.slice(from, at) }, copyOf(match[0], recipe, ""));
    from = at + match[0].length;
  }
  return [...parts, { once: text.slice(from) }];
}

/** Entries of the containers, written as the fixture is: in one line or indented. */
function containersOf(text: string, recipe: Recipe): Part[] {
  const indent = /^[[{]\n( +|\t)/.exec(text)?.[1]?.length ?? 0;
  let root: unknown = JSON.parse(text);
  const entries = (recipe.containers ?? []).map((path, index) => {
    const keys = path === "" ? [] : path.split(".");
    const above = keys.slice(0, -1).reduce((value, key) => (value as Record<string, unknown>)[key], root);
    const last = keys.at(-1);
    const found = last === undefined ? root : (above as Record<string, unknown>)[last];
    const mark = `@${index}@`;
    if (last === undefined) root = mark;
    else (above as Record<string, unknown>)[last] = mark;
    const [open, close] = Array.isArray(found) ? "[]" : "{}";
    return {
      mark: JSON.stringify(mark),
      open: open!,
      close: close!,
      text: JSON.stringify(found, null, indent).slice(1, -1).trimEnd(),
    };
  });
  const parts: Part[] = [];
  let rest = JSON.stringify(root, null, indent);
  for (const entry of entries) {
    const at = rest.indexOf(entry.mark);
    parts.push({ once: rest.slice(0, at) + entry.open }, copyOf(entry.text, recipe, ","));
    rest = entry.close + rest.slice(at + entry.mark.length);
  }
  return [...parts, { once: rest }];
}
