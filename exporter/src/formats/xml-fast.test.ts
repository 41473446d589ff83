import fc from "fast-check";
import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import { type SaxesScanner, speedUp } from "./xml-fast.ts";

/** Everything a parser says of a document fed in the given pieces, errors with their places included. */
function events(pieces: readonly string[], fast: boolean): unknown[] {
  const said: unknown[] = [];
  const parser = new SaxesParser({ position: false });
  const inner = parser as unknown as SaxesScanner & { processAttribs: () => void };
  inner.pushAttrib = (name, value) => void said.push(["attribute", name, value]);
  inner.processAttribs = () => {};
  if (fast) speedUp(inner);
  parser.on("error", (error) => void said.push(["error", error.message, parser.line, parser.column]));
  parser.on("opentag", ({ name, isSelfClosing }) => void said.push(["open", name, isSelfClosing]));
  parser.on("closetag", ({ name }) => void said.push(["close", name]));
  parser.on("text", (text) => void said.push(["text", text]));
  parser.on("cdata", (text) => void said.push(["cdata", text]));
  parser.on("comment", (text) => void said.push(["comment", text]));
  for (const piece of pieces) parser.write(piece);
  parser.close();
  said.push([parser.line, parser.column]);
  return said;
}

const WORDS = [
  "a",
  "b:c",
  "_x",
  "é",
  "1",
  "-",
  " ",
  "\n",
  "\t",
  "\r\n",
  "=",
  '"',
  "'",
  "<",
  "</",
  ">",
  "/>",
  "&amp;",
  "&#10;",
  "&x;",
  "&",
  "<!--",
  "-->",
  "<![CDATA[",
  "]]>",
  "<?p",
  "?>",
  "]]",
  "\u0000",
  "\u0085",
  "\ud83d\ude00",
  "\ufffe",
];
const attribute = fc
  .tuple(
    fc.constantFrom("name", "time", "b:c", "é"),
    fc.constantFrom("=", " = ", ""),
    fc.constantFrom('"', "'"),
    fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }),
  )
  .map(([name, equal, quote, value]) => ` ${name}${equal}${quote}${value.join("")}${quote}`);
const element = fc
  .tuple(
    fc.constantFrom("testcase", "a", "b:c", "é"),
    fc.array(attribute, { maxLength: 3 }),
    fc.constantFrom(">", "/>", " />", "></testcase>", "></a>"),
  )
  .map(([name, attributes, end]) => `<${name}${attributes.join("")}${end}`);
const document = fc
  .array(fc.oneof(element, fc.constantFrom(...WORDS)), { maxLength: 8 })
  .map((parts) => `<root>${parts.join("")}</root>`);

describe("the shorter ways through saxes", () => {
  test("say what saxes says, for any document cut anywhere", () => {
    fc.assert(
      fc.property(document, fc.array(fc.nat(200), { maxLength: 4 }), (text, cuts) => {
        const ends = [...cuts.map((cut) => Math.min(cut, text.length)), text.length].sort((a, b) => a - b);
        const pieces = ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));
        expect(events(pieces, true)).toEqual(events(pieces, false));
      }),
      { numRuns: 5000, seed: 20261120 },
    );
  });
});
