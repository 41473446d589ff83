import { describe, expect, test } from "vitest";
import { configOf, submission } from "./__testing__/reports.ts";
import { baseName, checkNames, partOf } from "./context.ts";

const HASH = submission("x", "text").contentHash;
const of = (context: Parameters<typeof submission>[2], name = "out/junit.xml") =>
  partOf(submission(name, "text", context), configOf({ quietSeconds: 7 }), 1_000);
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "none";
};

describe("context of a part", () => {
  test("without a run id the content is the run and its only part, which completes at once", () => {
    const { header, completion } = of({});
    expect(header).toMatchObject({
      context: { project: "shop", environment: "ci", runId: HASH.slice(0, 16), branch: "main" },
      branchLabel: "main",
      source: "out/junit.xml",
      contentHash: HASH,
      receivedAtMs: 1_000,
    });
    expect(completion).toEqual({ when: "now" });
    expect(of({}, "elsewhere/copy.xml").header.context.part).toBe(header.context.part);
  });

  test("with a run id the file's name is the part, and the quiet time or the number of parts ends the run", () => {
    expect(of({ runId: "r1" })).toMatchObject({
      header: { context: { runId: "r1", part: "junit.xml" } },
      completion: { when: "quiet", quietMs: 7_000 },
    });
    expect(of({ runId: "r1" }, "out/junit.xml.gz").header.context.part).toBe("junit.xml");
    expect(of({ runId: "r1", part: "job 1", parts: 3 })).toMatchObject({
      header: { context: { part: "job 1" } },
      completion: { when: "parts", parts: 3 },
    });
  });

  test("what was given wins over the configuration", () => {
    const given = { project: "p", environment: "e", branch: "feature/x", suite: "s", commit: "c", history: true };
    expect(of(given).header).toMatchObject({ context: given, branchLabel: "pull_request" });
    expect(of({ branch: "release/1.2" }).header.branchLabel).toBe("release/*");
  });

  test.each([
    ["empty project", { project: "" }],
    ["line break", { environment: "a\nb" }],
    ["NUL", { runId: "a\0b" }],
    ["too long", { part: "x".repeat(201), runId: "r" }],
    ["empty suite", { suite: "" }],
    ["control character in a branch", { branch: "a\u007f" }],
    ["no parts", { parts: 0, runId: "r" }],
    ["half a part", { parts: 1.5, runId: "r" }],
    ["parts that are no number", { parts: Number.NaN, runId: "r" }],
    ["long commit", { commit: "c".repeat(2_001) }],
    ["line break in an address", { runUrl: "https://ci\n/1" }],
  ])("%s is CONTEXT_INVALID", (_, context) => expect(codeOf(() => of(context))).toBe("CONTEXT_INVALID"));

  test("names that look odd but are names pass", () => {
    const names = { project: "__proto__", environment: "x".repeat(200), runId: "é😀 'quoted'", part: "constructor" };
    expect(of(names).header.context).toMatchObject(names);
    expect(codeOf(() => checkNames({ project: undefined, runId: "a/b:c#1" }))).toBe("none");
  });

  test.each([
    ["a/b/c.xml", "c.xml"],
    ["C:\\a\\c.xml", "c.xml"],
    ["c.xml/", "c.xml"],
    ["", "report"],
    ["///", "report"],
  ])("the base name of %j is %j", (name, expected) => expect(baseName(name)).toBe(expected));
});
