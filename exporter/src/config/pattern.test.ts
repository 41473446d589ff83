import { describe, expect, test } from "vitest";
import { createClassifier } from "../model/error-type.ts";
import { patternProblem } from "./pattern.ts";

describe("patterns", () => {
  test.each([
    "vault (is )?sealed",
    "E\\d{4}: .* refused",
    "(a|b) gone",
    "^panic: \\S+",
    "[(+*)]+ x",
    "\\(+x",
    "(?:foo){1,3}bar",
    "a{2}b?",
    "(?<name>x)y",
    "(?<=id )x",
  ])("%s is fine", (source) => expect(patternProblem(source)).toBeUndefined());

  test.each([
    ["(", /^not a regular expression: /],
    ["[z-a]", /^not a regular expression: /],
    ["", /^fits every text/],
    [".*", /^fits every text/],
    ["x?", /^fits every text/],
    ["x|", /^fits every text/],
    ["(a+)+x", /^repeats a group/],
    ["(a*)*x", /^repeats a group/],
    ["(?:a|aa)+x", /^repeats a group/],
    ["((a+)b)*x", /^repeats a group/],
    ["(a+){2,}x", /^repeats a group/],
    ["(a+){20}x", /^repeats a group/],
    ["(?<n>\\w+\\s?)*x", /^repeats a group/],
    ["(a)\\1x", /^refers back/],
    ["a.*b.*c.*d.*e", /^more than 3 repetitions/],
  ])("%s is refused", (source, problem) => expect(patternProblem(source)).toMatch(problem));
});

test("what passes does not take for ever on a text that nearly fits", () => {
  for (const source of ["a.*b.*c.*x", "\\w+\\s+\\w+x", "(a+b?c)?x"]) {
    expect(patternProblem(source)).toBeUndefined();
    const classify = createClassifier([{ type: "crash", pattern: source }]);
    expect(classify({ message: "abc".repeat(10_000) }, "failed", "unit")).toBe("assertion");
  }
});
