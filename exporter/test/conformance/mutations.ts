/** What happens to reports on their way, and what an attacker would do to them: arbitrary changes of real ones. */
import fc from "fast-check";

/** One change. `at` and `pick` are fractions of what there is to choose from, so that the same change fits any report. */
interface Mutation {
  readonly kind: Kind;
  readonly at: number;
  readonly size: number;
  readonly pick: number;
}

type Change = (bytes: Buffer, mutation: Mutation, others: readonly Buffer[]) => Buffer;

const LOG_LINES = [
  "2026-01-31T10:00:00.123Z INFO  starting\n",
  "\u001b[32m✓ done\u001b[0m\r\n",
  "[INFO] {braces} [brackets] <tags> & co\n",
  "npm warn deprecated x@1\n",
  '{"level":"info","msg":"not yours","Action":"x","type":"x"}\n',
  "ok\nnot ok\n1..\n---\n...\n",
  "<!-- a comment -->\n",
  "\r",
  "\n\n\n",
];

/** In place of a string, number or literal of any syntax. */
const TOKENS = [
  "NaN",
  "Infinity",
  "-Infinity",
  "-1",
  "-0",
  "0",
  "1e999",
  "-1e308",
  "1.7976931348623157e308",
  "5e-324",
  "9007199254740993",
  "18446744073709551616",
  "1e21",
  "0.1e-7",
  '"1,234.5"',
  '"1 234"',
  '"NaN"',
  '"-5"',
  '"1e999"',
  '""',
  '" "',
  '"null"',
  "null",
  "true",
  "false",
  "[]",
  "{}",
  "[[]]",
  "[null]",
  "[{}]",
  '{"a":{"b":[1]}}',
  '"__proto__"',
  '"constructor"',
  '"prototype"',
  '"toString"',
  '"hasOwnProperty"',
  '"length"',
  '{"__proto__":{"polluted":1}}',
  '{"length":1e9}',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202e\\u0007"',
  '"<b>&amp;"',
  '"\'"',
  '"../../../etc/passwd"',
  '"9999-99-99T99:99:99Z"',
  '"0001-01-01T00:00:00Z"',
  "8640000000000001",
  "-62135596800000",
  `"${"x".repeat(5_000)}"`,
  `"${"\\n".repeat(500)}"`,
];
const TOKEN = /"(?:[^"\\\n]|\\.)*"|-?\b\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?\b|\b(?:true|false|null)\b/g;

const TAGS = [
  "<a>",
  "</a>",
  "<a/>",
  "<![CDATA[",
  "]]>",
  "<!--",
  "-->",
  "<?x?>",
  "<!DOCTYPE a>",
  "&amp;",
  "&#0;",
  "&x;",
];
const NESTS = ["[", "{", '{"a":', "[{", "<a>", "<testsuite>", "    # Subtest: a\n", "  ", '{"suites":[', "&"];
const BAD_BYTES = [
  [0],
  [0xff],
  [0xfe, 0xff],
  [0xef, 0xbb, 0xbf],
  [0xc3],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x9f, 0x98],
  [0xb3],
  [0x1e],
  [0x1b, 0x5b],
  [0x85],
  [0xe2, 0x80, 0xa8],
];

const pickOf = <T>(list: readonly T[], pick: number): T => list[Math.floor(pick * list.length)]!;
const insert = (bytes: Buffer, at: number, what: Buffer, removed = 0): Buffer =>
  Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at + removed)]);
const offset = (bytes: Buffer, at: number): number => Math.floor(at * (bytes.length + 1));
const lineStart = (bytes: Buffer, at: number): number => bytes.lastIndexOf(10, offset(bytes, at)) + 1;

/** Texts are changed as Latin-1, which keeps every byte. */
function changeToken(bytes: Buffer, at: number, change: (token: string, all: readonly string[]) => string): Buffer {
  const text = bytes.toString("latin1");
  const tokens = [...text.matchAll(TOKEN)];
  const chosen = tokens[Math.floor(at * tokens.length)];
  if (chosen === undefined) return bytes;
  const all = tokens.map(([token]) => token);
  const end = chosen.index + chosen[0].length;
  return Buffer.from(text.slice(0, chosen.index) + change(chosen[0], all) + text.slice(end), "latin1");
}

/** The block of balanced brackets or the element that begins at or after a place. */
function blockAt(bytes: Buffer, at: number): [number, number] | undefined {
  const text = bytes.toString("latin1");
  const start = offset(bytes, at) + text.slice(offset(bytes, at)).search(/[{[<]/);
  if (start < offset(bytes, at)) return undefined;
  const open = text[start]!;
  if (open === "<") {
    const name = /^<([\w:-]+)/.exec(text.slice(start, start + 100))?.[1];
    if (name === undefined) return undefined;
    const close = text.indexOf(`</${name}>`, start);
    return close === -1 ? undefined : [start, close + name.length + 3];
  }
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === "\\") i++;
    } else if (text[i] === "{" || text[i] === "[") depth++;
    else if ((text[i] === "}" || text[i] === "]") && --depth === 0) return [start, i + 1];
  }
  return undefined;
}

const CHANGES = {
  cut: (bytes, { at }) => bytes.subarray(0, offset(bytes, at)),
  behead: (bytes, { at }) => bytes.subarray(offset(bytes, at * 0.2)),
  remove: (bytes, { at, size }) => insert(bytes, offset(bytes, at), Buffer.alloc(0), size),
  splice: (bytes, { at, size, pick }, others) => {
    const other = pickOf(others, pick);
    const from = Math.floor(at * other.length);
    return insert(bytes, offset(bytes, pick), other.subarray(from, from + size * 20), size);
  },
  joinTwo: (bytes, { pick }, others) => Buffer.concat([bytes, pickOf(others, pick)]),
  twice: (bytes) => Buffer.concat([bytes, bytes]),
  repeat: (bytes, { at, size, pick }) => {
    const start = lineStart(bytes, at);
    const end = bytes.indexOf(10, start);
    const line = bytes.subarray(start, end === -1 ? Math.min(bytes.length, start + size * 10) : end + 1);
    return insert(bytes, start, Buffer.concat(new Array<Buffer>(1 + Math.floor(pick * 20)).fill(line)));
  },
  dropLine: (bytes, { at }) => {
    const start = lineStart(bytes, at);
    const end = bytes.indexOf(10, start);
    return insert(bytes, start, Buffer.alloc(0), (end === -1 ? bytes.length : end + 1) - start);
  },
  moveLine: (bytes, { at, pick }) => {
    const start = lineStart(bytes, at);
    const end = bytes.indexOf(10, start);
    if (end === -1) return bytes;
    const line = Buffer.from(bytes.subarray(start, end + 1));
    const rest = insert(bytes, start, Buffer.alloc(0), line.length);
    return insert(rest, lineStart(rest, pick), line);
  },
  log: (bytes, { at, pick }) => insert(bytes, lineStart(bytes, at), Buffer.from(pickOf(LOG_LINES, pick))),
  logInside: (bytes, { at, pick }) => insert(bytes, offset(bytes, at), Buffer.from(pickOf(LOG_LINES, pick))),
  token: (bytes, { at, pick }) => changeToken(bytes, at, () => pickOf(TOKENS, pick)),
  /** The same kind of syntax, so that a quoted attribute stays one. */
  quoted: (bytes, { at, pick }) =>
    changeToken(bytes, at, (old) => {
      const token = pickOf(TOKENS, pick).replaceAll('"', "");
      return old.startsWith('"') ? `"${token}"` : token;
    }),
  swapTokens: (bytes, { at, pick }) => changeToken(bytes, at, (_, all) => pickOf(all, pick)),
  negate: (bytes, { at }) => changeToken(bytes, at, (old) => (old.startsWith('"') ? `"-${old.slice(1)}` : `-${old}`)),
  dropBlock: (bytes, { at }) => {
    const block = blockAt(bytes, at);
    return block === undefined ? bytes : insert(bytes, block[0], Buffer.alloc(0), block[1] - block[0]);
  },
  copyBlock: (bytes, { at, pick }) => {
    const block = blockAt(bytes, at);
    if (block === undefined) return bytes;
    const copy = Buffer.from(bytes.subarray(...block));
    const comma = Buffer.from(copy[0] === 0x3c ? "" : ",");
    const other = blockAt(bytes, pick);
    return insert(bytes, (other ?? block)[0], Buffer.concat([copy, comma]));
  },
  blockInBlock: (bytes, { at, pick }) => {
    const from = blockAt(bytes, at);
    const to = blockAt(bytes, pick);
    if (from === undefined || to === undefined) return bytes;
    return insert(bytes, to[0], Buffer.from(bytes.subarray(...from)), to[1] - to[0]);
  },
  tag: (bytes, { at, pick }) => insert(bytes, offset(bytes, at), Buffer.from(pickOf(TAGS, pick))),
  nest: (bytes, { at, size, pick }) =>
    insert(bytes, offset(bytes, at), Buffer.from(pickOf(NESTS, pick).repeat(size > 200 ? 20_000 : size))),
  badBytes: (bytes, { at, pick }) => insert(bytes, offset(bytes, at), Buffer.from(pickOf(BAD_BYTES, pick))),
  flipBits: (bytes, { at, pick }) => {
    if (bytes.length === 0) return bytes;
    const copy = Buffer.from(bytes);
    const place = Math.min(copy.length - 1, offset(bytes, at));
    copy[place] = copy[place]! ^ (1 << Math.floor(pick * 8));
    return copy;
  },
  latin1: (bytes) => Buffer.from(bytes.toString("utf8"), "latin1"),
  utf16: (bytes) => Buffer.from(`\ufeff${bytes.toString("utf8")}`, "utf16le"),
  utf16be: (bytes) => Buffer.from(`\ufeff${bytes.toString("utf8")}`, "utf16le").swap16(),
  carriageReturns: (bytes) => Buffer.from(bytes.toString("latin1").replaceAll("\n", "\r\n"), "latin1"),
  oneLine: (bytes) => Buffer.from(bytes.toString("latin1").replaceAll("\n", " "), "latin1"),
  bom: (bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
} as const satisfies Record<string, Change>;
type Kind = keyof typeof CHANGES;
const KINDS = Object.keys(CHANGES) as Kind[];

const fraction = fc.integer({ min: 0, max: 9_999 }).map((n) => n / 10_000);
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...KINDS),
  at: fraction,
  size: fc.integer({ min: 1, max: 300 }),
  pick: fraction,
});

/** One of `seeds` with one to five changes, of which some bring pieces of the others. */
export function damaged(seeds: readonly Buffer[]): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.nat(seeds.length - 1), fc.array(mutation, { minLength: 1, maxLength: 5 }))
    .map(([seed, mutations]) => {
      let bytes = seeds[seed]!;
      for (const one of mutations) {
        const change: Change = CHANGES[one.kind];
        bytes = change(bytes, one, seeds);
      }
      return bytes;
    });
}
