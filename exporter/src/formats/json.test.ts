import { describe, expect, test } from "vitest";
import { chunksOf, read } from "../../test/conformance/reading.ts";
import { DEFAULT_LIMITS } from "../model/format.ts";
import { readJson } from "./json.ts";

const parse = (text: string, limits = {}) =>
  readJson({ name: "f.json", chunks: chunksOf(text, 5) }, { ...DEFAULT_LIMITS, ...limits });

describe("faults carry line and column", () => {
  test.each([
    ["", 1, 1, /expected a value, found the end/],
    ["{", 1, 2, /a name in double quotes, found the end/],
    ['{\n  "a": 1,\n  b: 2}', 3, 3, /a name in double quotes, found "b"/],
    ['{"a" 1}', 1, 6, /expected ":", found "1"/],
    ['{"a": 1 "b"', 1, 9, /expected "," or "}"/],
    ["[1 2]", 1, 4, /expected "," or "]"/],
    ["[1,]", 1, 4, /expected a value, found "]"/],
    ['["abc', 1, 2, /string never ends/],
    ['["a\nb"]', 1, 4, /raw line break/],
    ['["\\x"]', 1, 3, /unknown escape/],
    ['["\\u12g4"]', 1, 3, /unknown escape/],
    ["[1] x", 1, 5, /end of the document, found "x"/],
    ['{"a": NaN}', 1, 7, /NaN, which JSON cannot hold/],
    ['{"a": -Infinity}', 1, 7, /-Infinity, which JSON cannot hold/],
    ["[01]", 1, 3, /expected "," or "]", found "1"/],
    ["{'a': 1}", 1, 2, /found "'"/],
    ["[1, 2, \0]", 1, 8, /found "\\u0000"/],
  ])("%j", async (text, line, column, message) => {
    const error = await parse(text).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "FORMAT_SYNTAX", place: { file: "f.json", line, column } });
    expect((error as Error).message).toMatch(message);
  });
});

test("places of values are found by their path", async () => {
  const json = await parse('{"a": 1,\n "b\\u0062": [\n  {"c": 2},\n  {"c": 3}]}');
  expect(json.place(["bb", 1, "c"])).toEqual({ file: "f.json", line: 4, column: 9 });
  expect(json.place(["nothing"])).toEqual({ file: "f.json", line: 1, column: 1 });
});

test("places are found in any order, and those of every entry of a large document without reading it again for each", async () => {
  const json = await parse('{"a": [\n1,\n2,\n3],\n"b": {"c": [4,\n5]},\n"a2": [6]}');
  const lines = (paths: (string | number)[][]) => paths.map((path) => json.place(path).line);
  expect(
    lines([
      ["a", 2],
      ["a", 0],
      ["b", "c", 1],
      ["a", 1],
      ["a2", 0],
      ["a", 3],
      ["b", "x"],
      ["b", "c", 0],
    ]),
  ).toEqual([4, 2, 6, 3, 7, 1, 1, 5]);
  const count = 50_000;
  const many = await parse(`{"list": [\n${Array.from({ length: count }, () => "{}").join(",\n")}]}`);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += many.place(["list", i]).line!;
  expect(sum).toBe((count * (count + 3)) / 2);
});

describe("hostile documents", () => {
  test("200 000 levels are refused, in arrays and in objects", async () => {
    await expect(parse("[".repeat(200_000))).rejects.toMatchObject({ code: "FORMAT_HOSTILE" });
    await expect(read(`{"report_version":"1.0","x":${'{"a":'.repeat(200_000)}`, { name: "n" })).rejects.toMatchObject({
      code: "FORMAT_HOSTILE",
      place: { file: "n" },
    });
  });
  test("brackets within strings are no levels", async () => {
    expect((await parse(`["${"[".repeat(1000)}\\"{{{"]`)).value).toHaveLength(1);
  });
  test("a document beyond its bound is refused while it is read", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"report_version":"1.0","x":"');
      for (;;) yield Buffer.alloc(65_536, 0x61);
    }
    await expect(read(endless(), { limits: { maxDocumentBytes: 1_000_000 } })).rejects.toMatchObject({
      code: "INPUT_TOO_LARGE",
    });
  });
  test("keys of the prototype chain change nothing", async () => {
    const evil =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"measures":[{"name":"a","value":1,"labels":{"__proto__":"x","constructor":"y"}}]}';
    const { measures, warnings } = await read(evil);
    expect(measures[0]?.tags).toEqual({ constructor: "y" });
    expect(Object.getPrototypeOf(measures[0]?.tags)).toBe(Object.prototype);
    expect(warnings.map((w) => w.code)).toEqual(["VALUE_SKIPPED"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    await expect(read('{"report_version":"1.0","__proto__":{"task_id":"t","summary":{}}}')).rejects.toMatchObject({
      code: "FORMAT_SCHEMA",
    });
  });
});
