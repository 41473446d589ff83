import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { formatError } from "../errors.ts";
import { expandInputs } from "./inputs.ts";

let cwd = "";
beforeAll(() => {
  cwd = temporaryFolder("inputs");
  for (const file of [
    "b.xml",
    "a.xml",
    "report[1].xml",
    "notes.txt",
    "sub/c.xml.gz",
    "sub/deep/d.JSON",
    "sub/node_modules/x/e.xml",
  ]) {
    mkdirSync(join(cwd, file, ".."), { recursive: true });
    writeFileSync(join(cwd, file), "");
  }
  symlinkSync(join(cwd, "a.xml"), join(cwd, "sub/link.xml"));
  mkdirSync(join(cwd, "empty"));
});

const expand = async (...patterns: string[]) => {
  const { files, errors } = await expandInputs(patterns, { cwd, extensions: ["xml", "json"] });
  return { files: files.map(({ name }) => name), errors: errors.map(formatError) };
};

test.each<[string, string[], string[]]>([
  ["a file", ["a.xml"], ["a.xml"]],
  ["a file of any ending when it is named", ["notes.txt"], ["notes.txt"]],
  ["a file whose name looks like a pattern", ["report[1].xml"], ["report[1].xml"]],
  ["a pattern, sorted", ["*.xml"], ["a.xml", "b.xml", "report[1].xml"]],
  ["a pattern over folders", ["**/d.*"], ["sub/deep/d.JSON"]],
  [
    "a folder: reports only, at any depth, without packages",
    ["sub"],
    ["sub/c.xml.gz", "sub/deep/d.JSON", "sub/link.xml"],
  ],
  ["a pattern that matches folders", ["s*b"], ["sub/c.xml.gz", "sub/deep/d.JSON", "sub/link.xml"]],
  ["each file once, in the order of the command line", ["b.xml", "*.xml"], ["b.xml", "a.xml", "report[1].xml"]],
  ["standard input", ["-"], ["stdin"]],
])("%s", async (_, patterns, expected) => expect(await expand(...patterns)).toEqual({ files: expected, errors: [] }));

test.each([
  ["a missing file", "nope.xml", "nope.xml: INPUT_NOT_FOUND: no such file"],
  ["a pattern that matches nothing", "nope/*.xml", "nope/*.xml: INPUT_NOT_FOUND: no file matches the pattern"],
  ["a folder without reports", "empty", "empty: INPUT_NOT_FOUND: the folder holds no report (.xml, .json)"],
])("%s is an error beside the files that are there", async (_, pattern, expected) => {
  expect(await expand(pattern, "a.xml")).toEqual({ files: ["a.xml"], errors: [expected] });
});

test("a file outside is shown by its full path", async () => {
  expect((await expand(join(cwd, "../", "nowhere.xml"))).errors).toHaveLength(1);
  const { files } = await expandInputs([join(cwd, "a.xml")], { cwd: join(cwd, "sub"), extensions: [] });
  expect(files[0]?.name).toBe(join(cwd, "a.xml"));
});
