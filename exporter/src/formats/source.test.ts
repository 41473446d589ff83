import { describe, expect, test } from "vitest";
import { chunksOf, read } from "../../test/conformance/reading.ts";
import { AppError } from "../errors.ts";

const xml = (name: string, declaration = ""): string =>
  `${declaration}<testsuite name="${name}"><testcase name="${name}"/></testsuite>`;
const utf16 = (text: string, bigEndian: boolean, bom: boolean): Buffer => {
  const bytes = Buffer.from((bom ? "\ufeff" : "") + text, "utf16le");
  return bigEndian ? bytes.swap16() : bytes;
};

describe("encodings", () => {
  const text = "Zürich 東京 😀";
  const rows: [string, Buffer, string][] = [
    ["UTF-8", Buffer.from(xml(text)), text],
    ["UTF-8 with BOM", Buffer.from(`\ufeff${xml(text, "<?xml version='1.0'?>")}`), text],
    ["UTF-16LE with BOM", utf16(xml(text), false, true), text],
    ["UTF-16BE with BOM", utf16(xml(text), true, true), text],
    ["UTF-16LE without BOM", utf16(xml(text, "<?xml version='1.0' encoding='UTF-16'?>"), false, false), text],
    ["UTF-16 declared, UTF-8 written", Buffer.from(xml(text, "<?xml version='1.0' encoding='utf-16'?>")), text],
    ["ISO-8859-1", Buffer.from(xml("Zürich", "<?xml version='1.0' encoding='ISO-8859-1'?>"), "latin1"), "Zürich"],
    ["windows-1252", Buffer.from(xml("a\u0080b", "<?xml version='1.0' encoding=\"windows-1252\"?>"), "latin1"), "a€b"],
  ];
  test.each(rows)("%s", async (_, bytes, name) => {
    for (const chunk of [1, 3, 1000]) {
      const { cases, warnings } = await read(bytes, { chunk });
      expect(cases[0]?.name).toBe(name);
      expect(warnings).toEqual([]);
    }
  });
  test("invalid UTF-8 becomes U+FFFD and one warning", async () => {
    const bytes = Buffer.concat([
      Buffer.from('<testsuite name="a"><testcase name="b'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('"/><testcase name="'),
      Buffer.from([0xe2, 0x82]),
      Buffer.from('"/></testsuite>'),
    ]);
    for (const chunk of [1, 2, 1000]) {
      const { cases, warnings } = await read(bytes, { chunk });
      expect(cases.map((c) => c.name)).toEqual(["b\ufffd\ufffd", "\ufffd"]);
      expect(warnings.map((w) => w.code)).toEqual(["ENCODING"]);
    }
  });
  test("an encoding nobody knows is read as UTF-8 with a warning", async () => {
    const { warnings } = await read(xml("a", "<?xml version='1.0' encoding='klingon-1'?>"));
    expect(warnings).toEqual([{ code: "ENCODING", message: "unknown encoding klingon-1; read as UTF-8" }]);
  });
});

test("an error of the source itself names the file and keeps its cause", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("<testsuite>".padEnd(70_000));
    throw new Error("disk gone");
  }
  await expect(read(broken(), { name: "x.xml" })).rejects.toMatchObject({
    code: "INPUT_UNREADABLE",
    message: "disk gone",
    place: { file: "x.xml" },
  });
  async function* ours(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("<testsuite>");
    throw new AppError("INPUT_CUT", "the body ended early");
  }
  await expect(read(ours())).rejects.toMatchObject({ code: "INPUT_CUT", place: { file: "report" } });
});

test("the source is closed when a parser gives up", async () => {
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.from("<testsuite></nonsense>".padEnd(70_000));
    } finally {
      closed = true;
    }
  }
  await expect(read(endless())).rejects.toMatchObject({ code: "FORMAT_SYNTAX" });
  expect(closed).toBe(true);
});

test("a source of empty chunks is empty", async () => {
  await expect(read(chunksOf(""))).rejects.toMatchObject({
    code: "INPUT_EMPTY",
    place: { file: "report", line: 1, column: 1 },
  });
});
