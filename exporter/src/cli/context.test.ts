import { describe, expect, test } from "vitest";
import { AppError, formatError } from "../errors.ts";
import { CONTEXT_OPTIONS, resolveContext } from "./context.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const GITHUB = {
  GITHUB_ACTIONS: "true",
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_REF: "refs/heads/main",
  GITHUB_RUN_ID: "7",
  GITHUB_JOB: "unit",
};

test("flags win over variables, variables over the CI system", () => {
  const env = { ...GITHUB, PLUMBLINE_PROJECT: "from-env", PLUMBLINE_SUITE: "unit", PLUMBLINE_BRANCH: "" };
  const { context } = resolveContext({ project: "from-flag" }, env, NOW);
  expect(context).toMatchObject({ project: "from-flag", suite: "unit", branch: "main", runId: "7-1" });
});

test("every value has a flag and a variable of the same words", () => {
  for (const { flag, env } of CONTEXT_OPTIONS) {
    expect(env).toBe(`PLUMBLINE_${flag.slice(2).split(" ")[0]?.replaceAll("-", "_").toUpperCase()}`);
  }
  expect(CONTEXT_OPTIONS.map(({ env }) => env)).toContain("PLUMBLINE_RUN_ID");
});

test("what only the CI system stated is marked, so that a part of it counts as implicit", () => {
  const part = (flags: Record<string, unknown>, env: Record<string, string>) => {
    const { context, fromCi } = resolveContext(flags, env, NOW);
    return [context.part, fromCi.has("part")];
  };
  expect(part({}, GITHUB)).toEqual(["unit", true]);
  expect(part({ part: "a" }, GITHUB)).toEqual(["a", false]);
  expect(part({}, { ...GITHUB, PLUMBLINE_PART: "b" })).toEqual(["b", false]);
  expect(resolveContext({}, {}, NOW)).toEqual({ context: {}, fromCi: new Set() });
});

test("a trace parent is taken when it is one", () => {
  const traceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  expect(resolveContext({}, { TRACEPARENT: traceParent }, NOW).context).toEqual({ traceParent });
  expect(resolveContext({}, { TRACEPARENT: "nonsense" }, NOW).context).toEqual({});
});

describe("values are checked, naming where they come from", () => {
  test.each([
    ["an empty flag", { project: " " }, {}, "CONTEXT_INVALID: --project: expected a text that is not empty"],
    [
      "a long variable",
      {},
      { PLUMBLINE_SUITE: "x".repeat(201) },
      "CONTEXT_INVALID: PLUMBLINE_SUITE: expected at most 200 characters, got 201",
    ],
    ["control characters", { branch: "a\u0007" }, {}, "CONTEXT_INVALID: --branch: must not hold control characters"],
    ["no number of parts", { parts: "0" }, {}, 'CONTEXT_INVALID: --parts: expected a whole number > 0, got "0"'],
    [
      "a script as address",
      { runUrl: "javascript:alert(1)" },
      {},
      'CONTEXT_INVALID: --run-url: expected an http or https address, got "javascript:alert(1)"',
    ],
    [
      "a time that is none",
      { startedAt: "yesterday" },
      {},
      expect.stringContaining("CONTEXT_INVALID: --started-at: expected"),
    ],
  ])("%s", (_, flags, env, expected) => {
    try {
      resolveContext(flags, env, NOW);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      expect(formatError(error)).toEqual(expected);
    }
  });
});

test.each([
  ["2026-01-31T10:00:00", Date.UTC(2026, 0, 31, 10)],
  ["2026-01-31T10:00:00+02:00", Date.UTC(2026, 0, 31, 8)],
  ["1769853600", 1_769_853_600_000],
  ["-2h", NOW - 7_200_000],
])("--started-at %s", (text, expected) => {
  expect(resolveContext({ startedAt: text }, {}, NOW).context.startedAtMs).toBe(expected);
});
