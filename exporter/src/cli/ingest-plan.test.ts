import { describe, expect, test } from "vitest";
import { resolveContext } from "./context.ts";
import { planContexts } from "./ingest-plan.ts";
import type { Input } from "./inputs.ts";

const input = (path: string): Input => ({ name: path.slice(1), path });
const A = input("/w/build/a/TEST.xml");
const B = input("/w/build/b/TEST.xml");
const CI = {
  GITHUB_ACTIONS: "true",
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_RUN_ID: "7",
  GITHUB_JOB: "unit",
  GITHUB_SHA: "abc",
  GITHUB_REF: "refs/heads/main",
};

function plan(
  files: readonly Input[],
  flags: Record<string, unknown> = {},
  env: Record<string, string> = {},
  missing = 0,
) {
  return planContexts(files, resolveContext(flags, env, 0), { runPerFile: flags.runPerFile === true, missing });
}

describe("run", () => {
  test("one file without a run id is known by its content", () => {
    const made = plan([A]);
    expect(made.needsJointRunId).toBe(false);
    expect(made.contextOf(A)).toEqual({});
  });
  test("several files without a run id are one run", () => expect(plan([A, B]).needsJointRunId).toBe(true));
  test("one file beside a missing one is not known by its content", () => {
    const made = plan([A], {}, {}, 1);
    expect(made.needsJointRunId).toBe(true);
    expect(made.contextOf(A).part).toBe("TEST.xml");
  });
  test("a run per file has no joint id, in CI neither", () => {
    expect(plan([A, B], { runPerFile: true }).needsJointRunId).toBe(false);
    expect(plan([A, B], { runPerFile: true }, CI).contextOf(A)).not.toHaveProperty("runId");
  });
  test("a run per file and a run id contradict each other", () => {
    expect(() => plan([A, B], { runPerFile: true, runId: "1" })).toThrow("exclude each other");
  });
  test("old runs take nothing but the project from today's CI run", () => {
    expect(plan([A, B], { history: true }, CI).contextOf(A)).toEqual({ project: "shop", history: true });
  });
  test("old runs keep what was said of them", () => {
    const flags = { history: true, branch: "main", commit: "old", suite: "unit" };
    expect(plan([A], flags, CI).contextOf(A)).toEqual({ project: "shop", ...flags });
  });
});

describe("part", () => {
  test.each<[string, readonly Input[], Record<string, unknown>, Record<string, string>, string]>([
    ["files of a joint run are named below their common folder", [A, B], {}, {}, "a/TEST.xml"],
    [
      "a file is named as if standard input were not there",
      [{ name: "stdin", path: undefined }, A],
      {},
      {},
      "TEST.xml",
    ],
    ["with a run id the name is as given", [A], { runId: "1" }, {}, "w/build/a/TEST.xml"],
    ["a named part is kept for one file", [A], { part: "p" }, {}, "p"],
    ["a named part is put before each of several files", [A, B], { part: "p", runId: "1" }, {}, "p/w/build/a/TEST.xml"],
    ["the CI job is put before the file: a job may hold several", [A], {}, CI, "unit/w/build/a/TEST.xml"],
  ])("%s", (_, files, flags, env, expected) => expect(plan(files, flags, env).contextOf(A).part).toBe(expected));

  test("a long name keeps its end and its bound", () => {
    const long = input(`/${"x".repeat(300)}/r.xml`);
    const { part } = plan([long, A], { part: "p", runId: "1" }).contextOf(long);
    expect(part).toHaveLength(200);
    expect(part).toMatch(/^p\/x+\/r\.xml$/);
  });
});

describe("the command completes the run when nothing else can come, or when it alone knows that a report is missing", () => {
  test.each<[string, Record<string, unknown>, Record<string, string>, boolean[]]>([
    ["a run known by its contents", {}, {}, [true, true, true, true]],
    ["a named run in a local store", { runId: "1" }, {}, [true, false, true, true]],
    ["announced parts wait for the missing one", { runId: "1", parts: "2" }, {}, [false, false, false, false]],
    ["a named part", { runId: "1", part: "p" }, {}, [false, false, true, true]],
    ["a CI job: others follow", {}, CI, [false, false, true, true]],
  ])("%s", (_, flags, env, expected) => {
    const { finishes } = plan([A, B], flags, env);
    expect([
      finishes("store", false),
      finishes("server", false),
      finishes("store", true),
      finishes("server", true),
    ]).toEqual(expected);
  });
});
