import { describe, expect, test } from "vitest";
import { AppError } from "../errors.ts";
import { detectFormat } from "./registry.ts";
import { jsonShape, xmlShape } from "./sniff.ts";

describe("xmlShape", () => {
  test.each([
    ["<a/>", "a"],
    ["\n <?xml version='1.0'?>\n<!-- <b> -->\n<!DOCTYPE a SYSTEM \"a>b.dtd\">\n<a x='>'>", "a"],
    ["<!DOCTYPE a [<!ELEMENT a ANY>]><a>", "a"],
    ["<test-results name='x'>", "test-results"],
    ["<n:testsuites>", "n:testsuites"],
  ])("%j has the root %s", (head, root) => {
    expect(xmlShape(head)?.root).toBe(root);
  });
  test("elements after the root are listed", () => {
    expect(xmlShape("<a><b/><c>x</c></a>")?.elements).toEqual(["b", "c"]);
  });
  test.each(["", "text", "{}", "< a>", "<<<"])("%j is no XML", (head) => {
    expect(xmlShape(head)).toBeUndefined();
  });
});

describe("jsonShape", () => {
  test("keys and paths, also when the text stops", () => {
    const shape = jsonShape('{"a": 1, "b": [{"c": {"d": "x\\"}"}}, {"e": 2}], "f');
    expect(shape?.keys).toEqual(["a", "b"]);
    expect([...shape!.paths]).toEqual(["a", "b", "b[].c", "b[].c.d", "b[].e"]);
  });
  test("arrays show the keys of their elements", () => {
    expect(jsonShape('[{"x": 1}, {"x": 2, "y": 3}]')?.keys).toEqual(["x", "y"]);
  });
  test("what follows the first value shows JSON lines", () => {
    expect(jsonShape('{"a":1}\n{"a":2}\n')?.rest).toBe('\n{"a":2}\n');
  });
  test.each(["", "[build] done", "{% raw %}", "hello", "12"])("%j is no JSON document", (head) => {
    expect(jsonShape(head)).toBeUndefined();
  });
});

describe("detectFormat says what it saw", () => {
  const refused = (head: string, name = "f", forced?: string): AppError => {
    try {
      detectFormat(head, name, forced);
    } catch (error) {
      if (error instanceof AppError) return error;
    }
    throw new Error("it was accepted");
  };
  test.each([
    ["", "INPUT_EMPTY", /empty/],
    [" \n\t\n", "INPUT_EMPTY", /empty/],
    ["<other>test</other>", "FORMAT_UNKNOWN", /an XML document with root <other>/],
    ["<!doctype html><HTML>", "FORMAT_UNKNOWN", /an HTML page/],
    ['{"key": "val", malformed: "key"}', "FORMAT_UNKNOWN", /a JSON object with keys key/],
    ['[{"a":1}]', "FORMAT_UNKNOWN", /a JSON array of objects with keys a/],
    ["{}", "FORMAT_UNKNOWN", /an empty JSON object/],
    ["hello world\nmore", "FORMAT_UNKNOWN", /text that begins "hello world"/],
    ["\u001f\ufffd\b\0", "FORMAT_UNKNOWN", /gzip data/],
    ["ab\0c", "FORMAT_UNKNOWN", /binary data/],
    ["\u001b[32mhello\u001b[0m", "FORMAT_UNKNOWN", /text that begins/],
    ['<!DOCTYPE x [<!ENTITY a "b">]><testsuites/>', "FORMAT_HOSTILE", /declares entities/],
    ['{"component":{"measures":[{"metric":"coverage"}]}}', "FORMAT_UNKNOWN", /keys component/],
  ])("%j: %s", (head, code, message) => {
    const error = refused(head);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.place).toEqual({ file: "f", line: 1, column: 1 });
  });
  test("a forced format is taken, an unknown one refused with the known ones", () => {
    expect(detectFormat("<other/>", "f", "junit").id).toBe("junit");
    expect(refused("<a/>", "f", "junitt").message).toContain("junit, jest");
  });
});
