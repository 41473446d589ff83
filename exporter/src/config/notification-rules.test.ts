import { describe, expect, test } from "vitest";
import { ConfigError, formatProblem, parseConfig } from "./load.ts";

function problems(text: string): string[] {
  try {
    parseConfig(text, "plumbline.yml");
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(formatProblem);
    throw error;
  }
}

describe("notifications, teams and escalation must fit together", () => {
  test.each([
    [
      "a receiver without a channel",
      "notifications: { pager: {} }",
      "notifications.pager: a receiver needs at least one channel, such as webhookUrl",
    ],
    [
      "a team whose name is a path",
      "teams: [{ name: a/b }]",
      'teams[0].name: must be letters, digits, blank, dot, dash and underscore, got "a/b"',
    ],
    [
      "e-mail without a server",
      "notifications: { pager: { email: { to: [a@b.org] } } }",
      "notifications.pager.email: needs a mail server: set notifications.smtp",
    ],
    [
      "e-mail of a team without a server",
      "teams: [{ name: a, lead: { email: { to: [a@b.org] } } }]",
      "teams[0].lead.email: needs a mail server: set notifications.smtp",
    ],
    [
      "a secret's path that depends on a folder",
      "notifications: { team: { slack: { apiUrlFile: secrets/slack, channel: '#a' } } }",
      'notifications.team.slack.apiUrlFile: expected an absolute path, as Alertmanager sees it, got "secrets/slack"',
    ],
    [
      "half a login",
      "notifications: { exporter: { username: am } }",
      "notifications.exporter.username: needs passwordFile as well",
    ],
    [
      "the other half",
      "notifications: { smtp: { smarthost: 'a:25', from: a@b.org, passwordFile: /p } }",
      "notifications.smtp.passwordFile: needs username as well",
    ],
    ["a team twice", "teams: [{ name: a }, { name: b }, { name: a }]", 'teams[2].name: team "a" is already teams[0]'],
    [
      "an owner of two teams",
      'teams: [{ name: a, codeowners: ["@x/A"] }, { name: b, codeowners: ["@x/a"] }]',
      "teams[1].codeowners[0]: @x/a is already teams[0]; keep one",
    ],
    [
      "a pattern of a suite alone",
      "teams: [{ name: a, owns: [api] }]",
      'teams[0].owns[0]: expected PROJECT/SUITE, got "api"; try "*/api"',
    ],
    [
      "quiet hours of no length",
      "notifications: { quietHours: [{ name: a, from: '08:00', to: '08:00' }] }",
      "notifications.quietHours[0].to: the same as from (08:00); for a whole day leave both out",
    ],
    [
      "quiet hours twice",
      "notifications: { quietHours: [{ name: a }, { name: a }] }",
      'notifications.quietHours[1].name: "a" is already notifications.quietHours[0]',
    ],
    [
      "a place that is none",
      "notifications: { quietHours: [{ name: a, timezone: Europe/Bonn }] }",
      'notifications.quietHours[0].timezone: no such time zone: "Europe/Bonn"; such as Europe/Berlin or UTC',
    ],
    [
      "an offset, which Alertmanager does not know",
      "notifications: { quietHours: [{ name: a, timezone: '+01:00' }] }",
      'notifications.quietHours[0].timezone: no such time zone: "+01:00"; such as Europe/Berlin or UTC',
    ],
    [
      "levels out of order",
      "escalation: { levels: [{ level: 3, afterSeconds: 1 }, { level: 2, afterSeconds: 2 }] }",
      "escalation.levels[1].level: expected levels in ascending order, each once; got 2 after 3",
    ],
    [
      "a level twice",
      "escalation: { levels: [{ level: 2, afterSeconds: 1 }, { level: 2, afterSeconds: 2 }] }",
      "escalation.levels[1].level: expected levels in ascending order, each once; got 2 after 2",
    ],
    [
      "a higher level that comes first",
      "escalation: { levels: [{ level: 2, afterSeconds: 60 }, { level: 3, afterSeconds: 60 }] }",
      "escalation.levels[1].afterSeconds: expected more than level 2 has (60), got 60",
    ],
    [
      "a critical target that is slower than its warning",
      "thresholds: { targetCriticalForSeconds: 300 }",
      "thresholds.targetCriticalForSeconds: expected less than targetWarningForSeconds (300), got 300: a warning must not come first",
    ],
    [
      "a warning that is quicker than its critical",
      "thresholds: { targetWarningForSeconds: 30 }",
      "thresholds.targetWarningForSeconds: expected more than targetCriticalForSeconds (60), got 30: a warning must not come first",
    ],
    [
      "a hung run that ended before",
      "thresholds: { hungRunSeconds: 3600 }",
      "thresholds.hungRunSeconds: expected less than runs.hangSeconds (3600), which ends the run, got 3600",
    ],
  ])("%s", (_name, text, problem) => expect(problems(text)).toEqual([problem]));

  test.each([
    ["nothing", ""],
    ["a team of suites that is not among the teams", "suites: [{ suite: a, team: nobody-listed }]"],
    ["runs that end soon", "runs: { hangSeconds: 60 }"],
    ["no levels", "escalation: { levels: [] }"],
    ["everybody owns", 'teams: [{ name: a, owns: ["*"] }]'],
    [
      "hours over midnight",
      "notifications: { quietHours: [{ name: a, from: '22:00', to: '06:00', timezone: Asia/Tokyo }] }",
    ],
    ["an owner twice in its own team", 'teams: [{ name: a, codeowners: ["@x", "@X"] }]'],
  ])("accepted: %s", (_name, text) => expect(problems(text)).toEqual([]));
});
