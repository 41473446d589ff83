import { describe, expect, test } from "vitest";
import { chunksOf } from "../../test/conformance/reading.ts";
import { DEFAULT_LIMITS } from "../model/format.ts";
import { type CsvRecord, csvFields, delimiterOfHeader, readCsv } from "./csv.ts";

async function records(text: string, chunk?: number): Promise<CsvRecord[]> {
  const all: CsvRecord[] = [];
  await readCsv({ name: "x.csv", chunks: chunksOf(text, chunk) }, DEFAULT_LIMITS, delimiterOfHeader, (record) => {
    all.push({ ...record, fields: [...record.fields] });
  });
  return all;
}

describe("csvFields", () => {
  test.each([
    ["plain", "a,b,,c", ["a", "b", "", "c"]],
    ["a quoted separator", 'a,"b,c",d', ["a", "b,c", "d"]],
    ["doubled quotes", '"a ""b"" c",d', ['a "b" c', "d"]],
    ["an empty quoted field at the end", 'a,""', ["a", ""]],
    ["a separator at the end", 'a,"b",', ["a", "b", ""]],
    ["a quote within a field that is not quoted", 'a b"c,d', ['a b"c', "d"]],
    ["text behind the closing quote", '"a"b,c', ["ab", "c"]],
  ])("%s", (_, text, fields) => {
    expect(csvFields(text, ",")).toEqual(fields);
  });

  test("an open quote is no record", () => {
    expect(csvFields('a,"b', ",")).toBeUndefined();
    expect(csvFields('a,"b""', ",")).toBeUndefined();
  });
});

describe("readCsv", () => {
  test.each([1, 3, 1000])("records over several lines, in chunks of %i bytes", async (chunk) => {
    const all = await records('a;b\r\n1;"two\nlines;""x"""\n\n2;3', chunk);
    expect(all.map(({ fields }) => fields)).toEqual([
      ["a", "b"],
      ["1", 'two\nlines;"x"'],
      ["2", "3"],
    ]);
    expect(all.map(({ line, last }) => [line, last])).toEqual([
      [1, false],
      [2, false],
      [5, true],
    ]);
  });

  test("a quote that never closes is given up, not held", async () => {
    const all = await records(`a,b\n1,"never closed\n${"x,y\n".repeat(200_000)}`);
    expect(all.length).toBeGreaterThan(1_000);
    expect(all[1]!.fields[0]).toBe("1");
  });
});
