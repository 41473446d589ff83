import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

const one = (inside: string): string => `<testsuite name="s"><testcase name="c">${inside}</testcase></testsuite>`;

/** `size` bytes of `filler` between two texts, in chunks, never in memory at once. */
async function* huge(before: string, filler: string, size: number, after: string): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.from(filler.repeat(Math.ceil(65_536 / filler.length)));
  yield Buffer.from(before);
  for (let sent = 0; sent < size; sent += chunk.length) yield chunk;
  yield Buffer.from(after);
}

const MB = 1024 * 1024;
/** Growth of the heap's peak while `work` runs, in MB, sampled at each chunk by the parser's own awaiting. */
async function peakGrowth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 5);
  try {
    await work();
    peak = Math.max(peak, process.memoryUsage().rss);
  } finally {
    clearInterval(timer);
  }
  return (peak - before) / MB;
}

describe("saxes' private fields, on which xml.ts rests", () => {
  test("text and state show an unfinished node after each write; pushAttrib and processAttribs can be replaced", () => {
    const parser = new SaxesParser({ position: false });
    const inner = parser as unknown as Record<string, unknown> & { text: string };
    parser.on("text", () => {});
    parser.write("<a>some text");
    expect([inner.text, inner.state]).toEqual(["some text", 13]);
    inner.text = "";
    parser.write("</a>");
    const next = new SaxesParser({ position: false });
    const fields = next as unknown as Record<string, unknown>;
    const states: unknown[] = [];
    for (const piece of ["<!DOCTYPE a [ x", "]><a><!-- c", "--><![CDATA[ d", "]]><b x='y"]) {
      next.write(piece);
      states.push(fields.state);
    }
    expect(states).toEqual([4, 17, 20, 40]);
    expect([fields.name, fields.text]).toEqual(["x", "y"]);
    for (const key of ["pushAttrib", "processAttribs"]) expect(typeof fields[key]).toBe("function");
    for (const key of ["line", "column", "prevI"]) expect(typeof fields[key]).toBe("number");
    for (const key of ["entity", "piTarget", "chunk"]) expect(typeof fields[key]).toBe("string");
  });
});

describe("errors carry line and column", () => {
  test.each([
    ["<testsuite>\n <testcase name='a'", 2, /never closed/],
    ["<testsuite>\n\n  <testcase name='a'></testsuite>", 3, /close tag/],
    ['\n\n<testsuite>\n<testcase time="<<x>>"/></testsuite>', 4, /raw < inside/],
    ["<testsuite/>\n<testsuite/>", 2, /only one root/],
    ["<testsuite a='1' a='2'/>", 1, /duplicate attribute a/],
    ["<testsuite>\n&nope;</testsuite>", 2, /undefined entity/],
    ["<testsuites>\n", 2, /<testsuites> is never closed/],
  ])("%j at line %d", async (text, line, message) => {
    for (const chunk of [1, 1000]) {
      const error = await read(text, { chunk, name: "f.xml" }).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: "FORMAT_SYNTAX", place: { file: "f.xml", line } });
      expect((error as Error).message).toMatch(message);
      expect((error as { place: { column: number } }).place.column).toBeGreaterThan(0);
    }
  });
});

describe("characters that XML forbids are replaced, counted and told", () => {
  test.each([
    ["a raw escape", one("<failure message='\u001b[31mred\u001b[0m'>x</failure>")],
    ["a NUL in a text", one("<failure message='red'>a\0b</failure>")],
    ["a character reference to one", one("<failure message='red&#27;'>x</failure>")],
  ])("%s", async (_, text) => {
    const { cases, warnings } = await read(text);
    expect(cases[0]?.outcome).toBe("failed");
    expect(JSON.stringify(cases)).not.toMatch(/\\u0000|\\u001b/);
    expect(warnings.map((w) => w.code)).toEqual(["ENCODING"]);
  });
});

describe("hostile documents", () => {
  const lol = `<!DOCTYPE testsuites [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<testsuites><testsuite name="&b;"/></testsuites>`;
  const xxe = `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuites name="&x;"/>`;
  test.each([
    ["an entity bomb", lol, "FORMAT_HOSTILE"],
    ["an external entity", xxe, "FORMAT_HOSTILE"],
    [
      "a parameter entity",
      `<!DOCTYPE r [<!ENTITY % x SYSTEM "http://example.com/x"> %x;]><testsuites/>`,
      "FORMAT_HOSTILE",
    ],
    [
      "an entity declared after 64 KB of comments",
      `<!--${"x".repeat(70_000)}--><!DOCTYPE testsuite [<!ENTITY a "b">]><testsuite/>`,
      "FORMAT_HOSTILE",
      "junit",
    ],
    ["a DOCTYPE that never ends", `<!DOCTYPE testsuites [${"<!ELEMENT a ANY>".repeat(10_000)}`, "FORMAT_HOSTILE"],
    ["200 000 nested suites", "<testsuite name='x'>".repeat(200_000), "FORMAT_HOSTILE"],
    ["200 000 nested elements of any name", `<testsuite><testcase>${"<a>".repeat(200_000)}`, "FORMAT_HOSTILE"],
    ["a tag name without end", `<testsuite><${"a".repeat(300_000)}`, "FORMAT_HOSTILE"],
    [
      "a million attributes",
      `<testsuite ${Array.from({ length: 100_000 }, (_, i) => `a${i}='1'`).join(" ")}/>`,
      "INPUT_TOO_LARGE",
    ],
    ["an attribute without end", `<testsuite name='${"a".repeat(3 * MB)}'/>`, "INPUT_TOO_LARGE"],
    ["a processing instruction without end", `<testsuite><?php ${"a".repeat(3 * MB)}`, "INPUT_TOO_LARGE"],
  ])("%s is refused", async (_, text, code, format?: string) => {
    await expect(
      read(text, { name: "evil.xml", chunk: 65_536, ...(format === undefined ? {} : { format }) }),
    ).rejects.toMatchObject({ code, place: { file: "evil.xml", line: expect.any(Number) } });
  });
  test.each([
    ["a plain DOCTYPE", "<!DOCTYPE testsuites>"],
    ["one that names a DTD, which is not fetched", '<!DOCTYPE testsuites SYSTEM "http://example.com/junit.dtd">'],
    ["one with element declarations", "<!DOCTYPE testsuite [<!ELEMENT testsuite ANY>]>"],
  ])("%s is harmless", async (_, doctype) => {
    expect((await read(`${doctype}${one("")}`)).counts.passed).toBe(1);
  });
});

describe("a text of 80 MB is cut in bounded memory", () => {
  const start = '<testsuite name="s"><testcase name="c"><failure message="m" type="t">';
  const end = "</failure></testcase><testcase name='d'/></testsuite>";
  test.each([
    ["text", start, end, true],
    ["CDATA", `${start}<![CDATA[`, `]]>${end}`, true],
    ["text with entities", start, end, true, "abcdefgh&amp;ijkl\n"],
    ["a comment", `${start}x<!--`, `-->${end}`, false],
    ["output", `${start}x</failure><system-out>`, "</system-out></testcase><testcase name='d'/></testsuite>", true],
    [
      "text nobody reads",
      "<testsuite name='s'><testcase name='c'><failure/></testcase><system-out>",
      "</system-out><testcase name='d'/></testsuite>",
      false,
    ],
    [
      "a message attribute",
      '<testsuite name="s"><testcase name="c"><failure message="',
      `"/></testcase><testcase name='d'/></testsuite>`,
      true,
    ],
  ])("%s", async (_, before, after, warns, filler = "0123456789abcde\n") => {
    let warnings: readonly { code: string }[] = [];
    const growth = await peakGrowth(async () => {
      const result = await read(huge(before, filler, 80 * MB, after), { limits: { maxTextBytes: MB } });
      warnings = result.warnings;
      expect(result.counts).toMatchObject({ failed: 1, passed: 1 });
      expect(JSON.stringify(result.cases).length).toBeLessThan(100_000);
    });
    expect(warnings.map((w) => w.code)).toEqual(warns ? ["TEXT_CUT"] : []);
    // The text alone would be 80 MB in one byte per character, and twice that while it is joined.
    expect(growth).toBeLessThan(90);
  });
});
