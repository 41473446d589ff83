import { expect, test } from "vitest";
import { chunksOf } from "../../test/conformance/reading.ts";
import { DEFAULT_LIMITS } from "../model/format.ts";
import { type Line, readLines } from "./lines.ts";

async function lines(text: string, chunk: number, maxTextBytes = 1000): Promise<Line[]> {
  const got: Line[] = [];
  await readLines({ name: "f", chunks: chunksOf(text, chunk) }, { ...DEFAULT_LIMITS, maxTextBytes }, (line) =>
    got.push(line),
  );
  return got;
}

test.each([1, 2, 3, 100])("lines are the same in chunks of %d bytes", async (chunk) => {
  expect((await lines("a\r\nbü\n\nc", chunk)).map((l) => [l.text, l.number, l.last])).toEqual([
    ["a", 1, false],
    ["bü", 2, false],
    ["", 3, false],
    ["c", 4, true],
  ]);
  expect(await lines("", chunk)).toEqual([]);
});

test("a long line is cut and says so; the next one is whole", async () => {
  for (const chunk of [7, 10_000]) {
    const got = await lines(`${"x".repeat(5000)}\nshort\n`, chunk);
    expect(got.map((l) => [l.text.length, l.cut])).toEqual([
      [1000, true],
      [5, false],
    ]);
  }
});
