import fc from "fast-check";
import { expect, test } from "vitest";
import { namePattern } from "./name-pattern.ts";

test.each([
  ["main", "main", true],
  ["main", "mains", false],
  ["release/*", "release/1/2", true],
  ["release/*", "release", false],
  ["*", "", true],
  ["*Error", "TypeError", true],
  ["*Error", "TypeErrors", false],
  ["a*b*c", "a-b-b-c", true],
  ["a*bc*c", "abc", false],
  ["a*a", "a", false],
  ["a**b", "ab", true],
  ["a.c", "abc", false],
])("%s takes %s: %s", (pattern, name, expected) => expect(namePattern(pattern)(name)).toBe(expected));

test("is what a regular expression with .* for each star says", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 6 });
  fc.assert(
    fc.property(pattern, text, (p, name) => {
      const regex = new RegExp(`^${p.replaceAll(".", "\\.").replaceAll("*", ".*")}$`, "s");
      expect(namePattern(p)(name)).toBe(regex.test(name));
    }),
    { numRuns: 1_000 },
  );
});
