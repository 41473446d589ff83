import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { AppError, formatError } from "../errors.ts";
import { ConfigError, formatProblem, loadConfig, parseConfig } from "./load.ts";
import { defaultConfig } from "./schema.ts";

/** `line:column: path: message` of every problem. */
function problems(text: string): string[] {
  try {
    parseConfig(text, "plumbline.yml");
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((p) => `${p.line}:${p.column}: ${formatProblem(p)}`);
    throw error;
  }
  return [];
}

describe("a usable file", () => {
  test.each([
    ["an empty file is the defaults", ""],
    ["a file of comments is the defaults", "# nothing yet\n"],
    ["an empty mapping is the defaults", "{}"],
  ])("%s", (_, text) => expect(parseConfig(text, "f")).toEqual(defaultConfig()));

  test("stated values are kept beside the defaults", () => {
    const config = parseConfig("project: shop\nthresholds:\n  failureRatio: 0.2\n", "f");
    expect(config.project).toBe("shop");
    expect(config.thresholds).toEqual({ ...defaultConfig().thresholds, failureRatio: 0.2 });
  });

  test("a default branch that no pattern allows is fine when it is stated", () => {
    expect(problems("branches: [trunk]\ndefaultBranch: unknown")).toEqual([]);
  });
});

describe("one problem is named with its place, what was found and what to write", () => {
  test.each([
    [
      "a percentage",
      "thresholds:\n  failureRatio: 5%",
      '2:17: thresholds.failureRatio: expected a ratio from 0 to 1, got "5%"; try 0.05',
    ],
    [
      "a percentage as number",
      "thresholds: {coverageRatio: 95}",
      "1:29: thresholds.coverageRatio: expected a ratio from 0 to 1, got 95; try 0.95",
    ],
    [
      "a duration with a unit",
      "runs: {quietSeconds: 2m}",
      '1:22: runs.quietSeconds: expected a number > 0, got "2m"; try 120',
    ],
    [
      "a size with a unit",
      "limits: {maxTextBytes: 32 MiB}",
      '1:24: limits.maxTextBytes: expected a whole number > 0, got "32 MiB"; try 33554432',
    ],
    [
      "a quoted number",
      'labels: {projects: "7"}',
      '1:20: labels.projects: expected a whole number > 0, got "7"; try 7',
    ],
    [
      "a YAML 1.1 boolean",
      "metrics: {createdTimestamps: yes}",
      '1:30: metrics.createdTimestamps: expected true or false, got "yes"; try true',
    ],
    ["a number as text", "project: 7", '1:10: project: expected a text that is not empty, got 7; try "7"'],
    [
      "one value for a list",
      "branches: main",
      '1:11: branches: expected a list that is not empty, got "main"; try ["main"]',
    ],
    ["an empty section", "metrics:\nproject: a", "1:9: metrics: expected a mapping (key: value), got nothing"],
    ["a misspelt section", "tresholds: {}", "1:1: tresholds: unknown key; did you mean thresholds?"],
    [
      "a key without its unit",
      "thresholds:\n  failureFor: 3",
      "2:3: thresholds.failureFor: unknown key; did you mean failureForSeconds?",
    ],
    ["a key in another case", "default_branch: main", "1:1: default_branch: unknown key; did you mean defaultBranch?"],
    [
      "a key of another section",
      "thresholds:\n  maxDepth: 3",
      "2:3: thresholds.maxDepth: unknown key; it belongs at limits.maxDepth",
    ],
    ["a missing key", "suites:\n  - team: a", "2:5: suites[0].suite: missing: expected a text that is not empty"],
    [
      "a misspelt choice",
      "measures: {limits: [{measure: a, stat: avgg, warning: 1, critical: 2}]}",
      '1:40: measures.limits[0].stat: expected one of avg, min, max, p50, p75, p95, p99, value, got "avgg"; try avg',
    ],
    ["a control character", 'project: "a\\u0001"', '1:10: project: must not hold control characters, got "a\\u0001"'],
    ["not a number", "runs: {quietSeconds: .nan}", "1:22: runs.quietSeconds: expected a number > 0, got NaN"],
    ["infinity", "runs: {quietSeconds: .inf}", "1:22: runs.quietSeconds: expected a number > 0, got Infinity"],
    [
      "an address without scheme",
      "addresses: {grafana: 'localhost:3000'}",
      '1:22: addresses.grafana: expected an http or https address, got "localhost:3000"; try http://localhost:3000',
    ],
    [
      "a store without scheme",
      "store: data/x.db",
      '1:8: store: expected an address such as sqlite:./data/plumbline.db, got "data/x.db"; try sqlite:data/x.db',
    ],
    ["a list as document", "- a", "1:1: expected a mapping (key: value), got a list"],
    ["a text as document", "hello", '1:1: expected a mapping (key: value), got "hello"'],
    ["a key twice", "project: a\nproject: b", "2:1: the key is there twice; keep one of them"],
    ["two documents", "project: a\n---\nproject: b", "2:1: expected one document; remove the second '---'"],
    [
      "an unclosed list",
      "branches: [a",
      "1:13: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["__proto__", "__proto__: {project: a}", expect.stringContaining("1:1: __proto__: unknown key")],
    ["an unknown tag", "project: !secret a", "1:10: Unresolved tag: !secret"],
  ])("%s", (_, text, expected) => expect(problems(text)).toEqual([expected]));
});

describe("values that do not fit together", () => {
  test.each([
    [
      "a pattern that could take for ever",
      "errorTypes: [{type: setup, pattern: '(a+)+b'}]",
      expect.stringMatching(/^errorTypes\[0\]\.pattern: repeats a group that holds a repetition/),
    ],
    [
      "a pattern that is none",
      "errorTypes: [{type: setup, pattern: '(a'}]",
      "errorTypes[0].pattern: not a regular expression: /(a/im: Unterminated group",
    ],
    [
      "a rule that takes everything",
      "errorTypes: [{type: setup, suite: unit}]",
      "errorTypes[0]: expected a pattern or an errorClass: without one every failure fits",
    ],
    [
      "bounds that do not ascend",
      "metrics: {caseDurationBoundsSeconds: [1, 3, 2]}",
      "metrics.caseDurationBoundsSeconds[2]: expected bounds in ascending order, each once; got 2 after 3",
    ],
    [
      "a bound twice",
      "metrics: {runDurationBoundsSeconds: [1, 1]}",
      "metrics.runDurationBoundsSeconds[1]: expected bounds in ascending order, each once; got 1 twice",
    ],
    [
      "a warning above critical",
      "thresholds: {responseTimeWarningSeconds: 0.5}",
      "thresholds.responseTimeWarningSeconds: expected less than responseTimeCriticalSeconds (0.5), got 0.5",
    ],
    [
      "a measure's warning above critical",
      "measures: {limits: [{measure: a, stat: avg, warning: 3, critical: 2}]}",
      "measures.limits[0].warning: expected less than critical (2) as higher_is_worse, got 3",
    ],
    [
      "a measure's warning below critical when less is worse",
      "measures: {limits: [{measure: a, stat: avg, warning: 1, critical: 2, direction: lower_is_worse}]}",
      "measures.limits[0].warning: expected more than critical (2) as lower_is_worse, got 1",
    ],
    [
      "a suite twice",
      "suites: [{suite: a}, {suite: a}]",
      'suites[1].suite: suite "a" of any project is already described in suites[0]',
    ],
    [
      "a pattern that never matches",
      "branches: [main, 'm*', mobile]",
      'branches[2]: never used: "m*" above it matches the same branches',
    ],
    [
      "a pattern that is no branch name",
      "branches: [main, 'feature/[a-z]+']",
      'branches[1]: not a branch name or pattern: "feature/[a-z]+"; only * is special, and it takes any characters',
    ],
    [
      "the reserved label",
      "branches: [main, pull_request]",
      "branches[1]: pull_request is the label of branches that are not listed; leave it out",
    ],
    [
      "a default branch that counts as pull request",
      "branches: [trunk]",
      expect.stringContaining('branches: none matches the default branch "main"'),
    ],
    [
      "more branches than the label may have",
      "labels: {branches: 4}\nbranches: [main, a, b, c]",
      "branches: 4 patterns and pull_request do not fit labels.branches (4)",
    ],
  ])("%s", (_, text, expected) => {
    expect(problems(text).map((line) => line.replace(/^\d+:\d+: /, ""))).toEqual([expected]);
  });

  test("what rests on a wrong value is not reported", () => {
    const text = "thresholds: {responseTimeWarningSeconds: 0.3, responseTimeCriticalSeconds: nope}";
    expect(problems(text)).toEqual([
      expect.stringContaining("thresholds.responseTimeCriticalSeconds: expected a number"),
    ]);
  });

  test("other values of the section are still compared", () => {
    const text =
      "thresholds: {slowRunFactor: x, responseTimeWarningSeconds: 9}\nsuites: [{suite: a}, {suite: a, x: 1}]";
    expect(problems(text)).toHaveLength(4);
  });
});

test("all problems come at once, in file order, with their number", () => {
  const text = "foo: 1\nthresholds:\n  failureRatio: 5%\nsuites:\n  - team: 3\nproject: ''\n";
  try {
    parseConfig(text, "p.yml");
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.map((p) => p.path)).toEqual([
      "foo",
      "thresholds.failureRatio",
      "suites[0].suite",
      "suites[0].team",
      "project",
    ]);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(formatError(error)).toMatch(/^p\.yml:1:1: CONFIG_INVALID: 5 problems: foo: unknown key; .* …$/);
  }
});

describe("a hostile file is refused quickly", () => {
  test("aliases that multiply", () => {
    const levels = ["a", "b", "c", "d", "e", "f"].map(
      (n, i, all) => `${n}: &${n} [${Array(9).fill(i === 0 ? "1" : `*${all[i - 1]}`)}]`,
    );
    expect(problems(levels.join("\n"))).toEqual([expect.stringContaining("Excessive alias count")]);
  });
  test("an alias of itself", () => expect(problems("branches: &a [*a]")).toHaveLength(1));
  test("nesting beyond the stack", () => {
    const found = problems(`a: ${"[".repeat(50_000)}`);
    expect(found.length).toBeLessThan(5);
    expect(found.join()).toContain("nested too deeply");
  });
});

describe("the file itself", () => {
  const refusal = async (path: string) => {
    const error: unknown = await loadConfig(path).catch((e: unknown) => e);
    if (error instanceof AppError) return formatError(error);
    throw error;
  };
  test("none is the defaults", async () => {
    expect(await loadConfig(undefined)).toEqual({ config: defaultConfig(), path: undefined });
  });
  test("a missing one is named", async () => {
    expect(await refusal("/nowhere/p.yml")).toBe("/nowhere/p.yml: INPUT_NOT_FOUND: no such configuration file");
  });
  test("a folder is named", async () => expect(await refusal(tmpdir())).toContain("INPUT_UNREADABLE"));
  test("bytes that are no text", async () => {
    const path = join(temporaryFolder("config"), "p.yml");
    await writeFile(path, Buffer.from([0x70, 0xff, 0xfe]));
    expect(await refusal(path)).toContain("expected UTF-8 text");
  });
});
