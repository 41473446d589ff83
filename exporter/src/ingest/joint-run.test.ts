import { describe, expect, test } from "vitest";
import { jointParts, jointRunId } from "./joint-run.ts";

test("the joint id depends on contents alone", () => {
  const [one, two] = [{ contentHash: "1" }, { contentHash: "2" }];
  expect(jointRunId([one, two])).toBe(jointRunId([two, one]));
  expect(jointRunId([one])).not.toBe(jointRunId([one, one]));
});

describe("parts", () => {
  test.each<[string, string[], string[]]>([
    ["are file names where all lie in one folder", ["/w/a.xml", "/w/b.xml"], ["a.xml", "b.xml"]],
    ["are the same without the folder", ["a.xml", "b.xml"], ["a.xml", "b.xml"]],
    ["keep the folders that tell them apart", ["/w/a/T.xml", "/w/b/T.xml"], ["a/T.xml", "b/T.xml"]],
    ["of one deeper folder keep it", ["/w/T.xml", "/w/b/T.xml"], ["T.xml", "b/T.xml"]],
    ["know the other system's folders", ["C:\\w\\a.xml", "C:\\w\\b.xml"], ["a.xml", "b.xml"]],
    ["are the same for compressed files", ["a.xml.gz", "b.xml.GZ"], ["a.xml", "b.xml"]],
    ["stay distinct beside a compressed file", ["a.xml", "a.xml.gz", ".gz"], ["a.xml", "a.xml.gz", ".gz"]],
  ])("%s", (_, paths, expected) => expect(jointParts(paths)).toEqual(expected));
});
