import { afterEach, expect, test, vi } from "vitest";
import { detectFormat, FORMATS } from "./registry.ts";

afterEach(() => vi.restoreAllMocks());
const answer = (id: string, says: "certain" | "maybe" | "no") =>
  vi.spyOn(FORMATS.find((format) => format.id === id)!, "sniff").mockReturnValue(says);

test.each(["certain", "maybe"] as const)("two formats that are %s are both named, and none is chosen", (says) => {
  answer("tap", says);
  answer("jest", says);
  expect(() => detectFormat("hello", "r.txt")).toThrow(
    expect.objectContaining({
      code: "FORMAT_UNKNOWN",
      message: "this could be jest or tap",
      hint: "say which: --format jest or --format tap",
    }),
  );
  expect(detectFormat("hello", "r.txt", "tap").id).toBe("tap");
});

test("one that is certain wins over one that may be", () => {
  answer("tap", "maybe");
  answer("jest", "certain");
  expect(detectFormat("hello", "r.txt").id).toBe("jest");
});
