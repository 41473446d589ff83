import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary.ts";
import { ConfigError, formatProblem, loadConfig, parseConfig } from "./load.ts";
import { configNotes } from "./notes.ts";
import { teamLookup } from "./ownership.ts";

const TEAMS = `
teams:
  - { name: payments, codeowners: ["@shop/Payments"], owns: [billing/*, "shop/pay-*"] }
  - { name: web, codeowners: [web@example.org], owns: ["*/web", "billing/special"] }
`;

describe("the team of a suite", () => {
  const teamOf = teamLookup(
    parseConfig(
      `${TEAMS}
suites:
  - { suite: pay-api, team: core }
  - { project: shop, suite: e2e, team: qa }
  - { suite: e2e }
  - { project: billing, suite: plain }
`,
      "plumbline.yml",
    ),
  );

  test.each([
    ["its entry comes first, also against a pattern", "shop", "pay-api", "core"],
    ["the entry for its project", "shop", "e2e", "qa"],
    ["another project's entry says nothing", "other", "e2e", undefined],
    ["a pattern", "billing", "anything", "payments"],
    ["of two teams that fit, the first", "billing", "special", "payments"],
    ["any project", "whatever", "web", "web"],
    ["an entry without a team leaves it to the patterns", "billing", "plain", "payments"],
    ["a pattern fits the whole name", "xbilling", "y", undefined],
    ["nobody's", "other", "unit", undefined],
  ])("%s", (_name, project, suite, team) => expect(teamOf(project, suite)).toBe(team));
});

describe("CODEOWNERS", () => {
  /** A folder with the configuration and, unless undefined, a CODEOWNERS file in .github. */
  function put(config: string, owners: string | Buffer | undefined): string {
    const folder = temporaryFolder("codeowners");
    mkdirSync(join(folder, ".github"));
    writeFileSync(join(folder, "plumbline.yml"), config);
    if (owners !== undefined) writeFileSync(join(folder, ".github/CODEOWNERS"), owners);
    return join(folder, "plumbline.yml");
  }
  const CONFIG = `${TEAMS}
codeowners: .github/CODEOWNERS
suites:
  - { suite: api, path: services/pay }
  - { suite: ui, path: web/e2e }
  - { suite: both, path: services/pay, team: core }
  - { suite: elsewhere, path: tools }
  - { suite: none }
`;
  const OWNERS = "* @nobody\n/services/pay/ @somebody @shop/payments\n/web/ WEB@example.org\n";

  test("gives suites with a path and no team the first of its owners that is one", async () => {
    const { config } = await loadConfig(put(CONFIG, OWNERS));
    const teamOf = teamLookup(config);
    expect(["api", "ui", "both", "elsewhere", "none"].map((suite) => teamOf("shop", suite))).toEqual([
      ...["payments", "web", "core", undefined, undefined],
    ]);
    expect(configNotes(config, 0)).toEqual([
      'suites[3]: "elsewhere" belongs to no team: no owner of tools in .github/CODEOWNERS is in teams[].codeowners',
    ]);
  });

  test("a path without the file is noted", () =>
    expect(configNotes(parseConfig("suites: [{ suite: a, path: b }]", "f"), 0)).toEqual([
      'suites[0]: "a" belongs to no team: its path says nothing without codeowners',
    ]));

  const problems = async (path: string): Promise<string[]> => {
    const refused: unknown = await loadConfig(path).then(
      () => undefined,
      (error) => error,
    );
    if (!(refused instanceof ConfigError)) throw refused ?? new Error("was accepted");
    return refused.problems.map((one) => `${one.line}: ${formatProblem(one)}`);
  };

  test("a file that is not there is a problem with its place, beside those of target files", async () => {
    const [first, second, ...more] = await problems(put(`targetFiles: [no.yml]\n${CONFIG}`, undefined));
    expect(first).toMatch(/^1: targetFiles\[0\]: no such file/);
    expect(second).toMatch(/^7: codeowners: no such file: .*\.github\/CODEOWNERS$/);
    expect(more).toEqual([]);
  });

  test("a file that is no text is refused", async () =>
    expect((await problems(put(CONFIG, Buffer.from([0xff, 0xfe, 0x00])))).join()).toMatch(/codeowners: .*UTF-8/));
});

describe("teams that are named and say nothing", () => {
  test.each([
    [
      "codeowners without the file",
      'teams: [{ name: a, codeowners: ["@x/y"] }]',
      "teams[0].codeowners says nothing without codeowners",
    ],
    [
      "a suite of a team that is nearly one of them",
      "teams: [{ name: payments }]\nsuites: [{ suite: x, team: paymnets }, { suite: y, team: core }]",
      'suites[0].team: "paymnets" is none of teams; did you mean payments?',
    ],
    [
      "quiet hours of nobody",
      "notifications: { quietHours: [{ name: n, teams: [ghost] }] }",
      'notifications.quietHours[0].teams: no suite has the team "ghost"',
    ],
  ])("%s", (_name, config, note) => expect(configNotes(parseConfig(config, "f"), 0)).toEqual([note]));

  test("a team of suites alone is a label, and may be quiet; so may whoever looks after Plumbline", () => {
    const config =
      "suites: [{ suite: x, team: b }]\nnotifications: { quietHours: [{ name: n, teams: [b, platform] }] }";
    expect(configNotes(parseConfig(config, "f"), 0)).toEqual([]);
  });
});
