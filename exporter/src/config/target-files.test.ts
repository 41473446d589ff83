import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { ConfigError, formatProblem, loadConfig, parseConfig } from "./load.ts";
import { defaultConfig } from "./schema.ts";

/** A folder with a configuration and what lies beside it; gives the configuration's path. */
function put(config: string, files: Record<string, string> = {}): string {
  const folder = temporaryFolder("targets");
  mkdirSync(join(folder, "targets"));
  for (const [name, text] of Object.entries({ "plumbline.yml": config, ...files }))
    writeFileSync(join(folder, name), text);
  return join(folder, "plumbline.yml");
}
/** `targets/api.yml:3:5: path: message`, folders left out. */
async function problems(path: string): Promise<string[]> {
  const refused = await loadConfig(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(refused instanceof ConfigError)) throw refused ?? new Error("was accepted");
  return refused.problems.map((one) => {
    const file = (one.file ?? path)
      .split("/")
      .slice(one.file === undefined ? -1 : -2)
      .join("/");
    return `${file}:${one.line}:${one.column}: ${formatProblem(one)}`;
  });
}
const targetsOf = async (path: string) => (await loadConfig(path)).config.targets;

const API = `
version: 1
component: api
targets:
  - { measure: latency, stat: p95, operation: GET /users, target: 0.2, critical: 0.4, load: 100 }
  - { component: db, measure: query_time, target: 0.05 }
`;

describe("targets of the configuration", () => {
  test("are R4's unless others are stated", () => {
    const named = (names: readonly string[]) =>
      defaultConfig()
        .targets.filter(({ name }) => names.includes(name ?? ""))
        .map(({ target, critical, direction, inclusive }) => [target, critical, direction, inclusive]);
    expect(named(["success rate", "p95 latency", "throughput", "token reduction", "cache hit rate"])).toEqual([
      [0.95, 0.9, "lower_is_worse", true],
      [0.25, 0.5, "higher_is_worse", false],
      [100, 50, "lower_is_worse", true],
      [0.4, 0.3, "lower_is_worse", true],
      [0.8, 0.6, "lower_is_worse", false],
    ]);
    expect(defaultConfig().targets).toHaveLength(14);
    expect(parseConfig("targets: []", "f").targets).toEqual([]);
  });

  test.each([
    [
      "a critical limit on the good side",
      "targets: [{ measure: throughput, target: 100, critical: 50 }]",
      "plumbline.yml:1:57: targets[0].critical: expected at least target (100) as higher_is_worse, got 50; or is it direction: lower_is_worse?",
    ],
    [
      "the same twice",
      "targets:\n  - { measure: a, target: 1 }\n  - { measure: a, target: 2 }",
      "plumbline.yml:3:16: targets[1].measure: the same target is in targets[0]; keep one",
    ],
    [
      "a slip of the pen",
      "targets: [{ mesure: a, target: 1, measure: b }]",
      "plumbline.yml:1:13: targets[0].mesure: unknown key; did you mean measure?",
    ],
    [
      "a direction that was forgotten",
      "targets: [{ measure: cache_hit_rate, target: 0.8 }]",
      "plumbline.yml:1:11: targets[0]: more cache_hit_rate is better, it seems; state its direction: lower_is_worse",
    ],
    [
      "no measure",
      "targets: [{ target: 1 }]",
      "plumbline.yml:1:11: targets[0].measure: missing: expected a text that is not empty",
    ],
    [
      "a load of nothing",
      "targets: [{ measure: a, target: 1, load: 0 }]",
      "plumbline.yml:1:42: targets[0].load: expected a number > 0, got 0",
    ],
  ])("%s", async (_, text, expected) => expect(await problems(put(text))).toEqual([expected]));
});

describe("targets of files", () => {
  test("join those of the configuration; what a file says at its top holds for targets that do not say it", async () => {
    const path = put("targetFiles: [targets/api.yml]\n", { "targets/api.yml": API });
    const targets = await targetsOf(path);
    expect(targets).toHaveLength(16);
    expect(targets.slice(14)).toMatchObject([
      { component: "api", measure: "latency", operation: "GET /users", load: 100, direction: "higher_is_worse" },
      { component: "db", measure: "query_time", target: 0.05 },
    ]);
  });

  test("take the place of a default, not of what was written", async () => {
    const file = "version: 1\ntargets: [{ measure: latency, stat: p95, target: 0.1 }]\n";
    const over = await targetsOf(put("targetFiles: [t.yml]\n", { "t.yml": file }));
    expect(over.filter(({ measure }) => measure === "latency").map(({ target }) => target)).toEqual([0.1]);
    expect(over).toHaveLength(14);
    const written = put("targets: [{ measure: latency, stat: p95, target: 0.3 }]\ntargetFiles: [t.yml]\n", {
      "t.yml": file,
    });
    expect(await problems(written)).toEqual([
      expect.stringMatching(
        /t\.yml:2:\d+: targets\[0\]: the same target is in targets\[0\] of .*plumbline\.yml; keep one/,
      ),
    ]);
  });

  test("problems of all files are told together, each with its place", async () => {
    const path = put("targetFiles: [targets/gone.yml, targets/a.yml, targets/b.yml, targets/c.yml]\n", {
      "targets/a.yml": "version: 2\ntarget: []\n",
      "targets/b.yml": "version: 1\ntargets:\n  - { measure: x, target: fast }\n",
      "targets/c.yml": "version: 1\ntargets: [\n",
    });
    expect(await problems(path)).toEqual([
      expect.stringMatching(/^plumbline\.yml:1:15: targetFiles\[0\]: no such file: .*targets\/gone\.yml$/),
      "targets/a.yml:1:1: targets: missing: expected a list",
      "targets/a.yml:1:10: version: expected 1, got 2; this Plumbline reads version 1",
      "targets/a.yml:2:1: target: unknown key; did you mean targets?",
      'targets/b.yml:3:27: targets[0].target: expected a number, got "fast"',
      expect.stringMatching(/^targets\/c\.yml:/),
    ]);
  });

  test("the same target in two files is one too many", async () => {
    const file = "version: 1\ntargets: [{ measure: x, target: 1 }]\n";
    const path = put("targetFiles: [targets/a.yml, targets/b.yml]\n", { "targets/a.yml": file, "targets/b.yml": file });
    expect(await problems(path)).toEqual([
      expect.stringMatching(
        /^targets\/b\.yml:2:11: targets\[0\]: the same target is in targets\[0\] of .*a\.yml; keep one$/,
      ),
    ]);
  });

  test.each([
    ["no list", "version: 1\ntargets: 5\n", "expected a list, got 5"],
    ["nothing at all", "", "missing: expected version: 1"],
    ["a list alone", "- { measure: x, target: 1 }\n", "expected a mapping"],
    ["a component that is none", "version: 1\ncomponent: []\ntargets: []\n", "expected a text, got an empty list"],
  ])("%s is refused", async (_, text, expected) => {
    expect((await problems(put("targetFiles: [t.yml]\n", { "t.yml": text })))[0]).toContain(expected);
  });
});
