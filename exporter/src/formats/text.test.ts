import { expect, test } from "vitest";
import { attachmentOf, BoundedText, cut, failureOf, messageFromOutput, own, plain } from "./text.ts";

test("cut marks what it cuts and keeps surrogate pairs whole", () => {
  expect(cut("abc", 3)).toBe("abc");
  expect(cut("abcd", 3)).toBe("ab…");
  expect(cut("a😀😀", 3)).toBe("a…");
});

test("own copies any text, lone surrogates included", () => {
  const text = `${"x".repeat(20)}\ud800ü😀`;
  expect(own(text)).toBe(text);
});

test("plain removes colours and NULs", () => {
  expect(plain("\u001b[31mred\u001b[39m\0")).toBe("red\ufffd");
});

test("a failure's message is the short text, else the first line of the long one, else its class", () => {
  expect(failureOf("short", "long\ntext", "E")).toEqual({ message: "short", type: "E", stack: "long\ntext" });
  expect(failureOf("", "\n  first\nsecond", undefined)).toEqual({
    message: "first",
    type: undefined,
    stack: "first\nsecond",
  });
  expect(failureOf(undefined, "same", "")).toEqual({ message: "same", type: undefined, stack: undefined });
  expect(failureOf("Failed", "=== RUN   TestA\n    a_test.go:3: wrong\n", "").message).toBe("a_test.go:3: wrong");
  expect(failureOf("Failed", "", "").message).toBe("Failed");
  expect(failureOf(undefined, undefined, "RuntimeError").message).toBe("RuntimeError");
  expect(failureOf(undefined, undefined, undefined).message).toBe("(no message)");
});

test("bounded text keeps the beginning and the latest end", () => {
  const text = new BoundedText(100);
  for (let i = 0; i < 10_000; i++) text.add(`line ${i}\n`);
  const result = text.toString();
  expect(result.startsWith("line 0\n")).toBe(true);
  expect(result.endsWith("line 9999\n")).toBe(true);
  expect(result).toMatch(/… \d+ characters left out …/);
  expect(result.length).toBeLessThan(200);
  const small = new BoundedText(100);
  small.add("a".repeat(60));
  small.add("b".repeat(30));
  expect(small.toString()).toBe("a".repeat(60) + "b".repeat(30));
});

test("the message of mere output begins where it speaks of failing", () => {
  expect(messageFromOutput("start\nall fine\nERROR: no disk\nmore")).toBe("ERROR: no disk\nmore");
  expect(messageFromOutput("one\ntwo\n")).toBe("one\ntwo");
  expect(messageFromOutput("")).toBe("");
});

test("attachments are told apart by their extension", () => {
  expect(attachmentOf("a/b.PNG").kind).toBe("screenshot");
  expect(attachmentOf("x.har").kind).toBe("network");
  expect(attachmentOf("x.constructor").kind).toBe("other");
});
