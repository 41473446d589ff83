/** How what is said of receivers, teams, quiet hours and escalation must fit together. */
import { isAbsolute } from "node:path";
import type { ConfigPath } from "./describe.ts";
import { type Receiver, SHARED_RECEIVERS, TEAM_RECEIVERS } from "./notification-schema.ts";
import { type Rule, type Violation, violation } from "./rule.ts";
import type { Config } from "./schema.ts";

interface Placed {
  readonly path: ConfigPath;
  readonly receiver: Receiver;
}

function receivers({ notifications, teams }: Config): readonly Placed[] {
  const at = (path: ConfigPath, receiver: Receiver | undefined): Placed[] =>
    receiver === undefined ? [] : [{ path, receiver }];
  return [
    ...SHARED_RECEIVERS.flatMap((name) => at(["notifications", name], notifications[name])),
    ...teams.flatMap((team, i) => TEAM_RECEIVERS.flatMap((role) => at(["teams", i, role], team[role]))),
  ];
}

const mailNeedsServer: Rule = (config) =>
  config.notifications.smtp !== undefined
    ? []
    : receivers(config).flatMap(({ path, receiver }) =>
        receiver.email === undefined
          ? []
          : [violation([...path, "email"], "needs a mail server: set notifications.smtp", [["notifications", "smtp"]])],
      );

/** Alertmanager reads them from wherever it was started, so a relative path works by luck. */
const secretFilesAbsolute: Rule = (config) => {
  const found: Violation[] = [];
  const check = (path: ConfigPath, file: string | undefined): void => {
    if (file !== undefined && !isAbsolute(file))
      found.push(violation(path, `expected an absolute path, as Alertmanager sees it, got "${file}"`));
  };
  for (const { path, receiver } of receivers(config)) {
    check([...path, "webhookUrlFile"], receiver.webhookUrlFile);
    check([...path, "slack", "apiUrlFile"], receiver.slack?.apiUrlFile);
    check([...path, "pagerduty", "routingKeyFile"], receiver.pagerduty?.routingKeyFile);
    check([...path, "opsgenie", "apiKeyFile"], receiver.opsgenie?.apiKeyFile);
    check([...path, "teams", "webhookUrlFile"], receiver.teams?.webhookUrlFile);
    check([...path, "discord", "webhookUrlFile"], receiver.discord?.webhookUrlFile);
  }
  check(["notifications", "exporter", "passwordFile"], config.notifications.exporter.passwordFile);
  check(["notifications", "smtp", "passwordFile"], config.notifications.smtp?.passwordFile);
  return found;
};

const loginsWhole: Rule = ({ notifications }) =>
  (["exporter", "smtp"] as const).flatMap((key) => {
    const { username, passwordFile } = notifications[key] ?? {};
    if ((username === undefined) === (passwordFile === undefined)) return [];
    const [has, lacks] = username === undefined ? ["passwordFile", "username"] : ["username", "passwordFile"];
    return [violation(["notifications", key, has], `needs ${lacks} as well`, [["notifications", key, lacks]])];
  });

const teamsOnce: Rule = ({ teams }) =>
  teams.flatMap(({ name }, i) => {
    const first = teams.findIndex((one) => one.name === name);
    return first === i ? [] : [violation(["teams", i, "name"], `team "${name}" is already teams[${first}]`)];
  });

const ownersOnce: Rule = ({ teams }) => {
  const seen = new Map<string, number>();
  return teams.flatMap(({ codeowners }, i) =>
    codeowners.flatMap((owner, j) => {
      const key = owner.toLowerCase();
      const first = seen.get(key);
      seen.set(key, first ?? i);
      return first === undefined || first === i
        ? []
        : [violation(["teams", i, "codeowners", j], `${owner} is already teams[${first}]; keep one`)];
    }),
  );
};

const ownsReadable: Rule = ({ teams }) =>
  teams.flatMap(({ owns }, i) =>
    owns.flatMap((pattern, j) =>
      pattern === "*" || pattern.includes("/")
        ? []
        : [violation(["teams", i, "owns", j], `expected PROJECT/SUITE, got "${pattern}"; try "*/${pattern}"`)],
    ),
  );

const quietHoursFit: Rule = ({ notifications: { quietHours } }) =>
  quietHours.flatMap(({ name, from, to, timezone }, i) => {
    const path = ["notifications", "quietHours", i] as const;
    const found: Violation[] = [];
    const first = quietHours.findIndex((one) => one.name === name);
    if (first !== i)
      found.push(violation([...path, "name"], `"${name}" is already notifications.quietHours[${first}]`));
    if (from === to)
      found.push(violation([...path, "to"], `the same as from (${from}); for a whole day leave both out`));
    if (!isTimezone(timezone))
      found.push(violation([...path, "timezone"], `no such time zone: "${timezone}"; such as Europe/Berlin or UTC`));
    return found;
  });

function isTimezone(name: string): boolean {
  try {
    // Offsets (+01:00) are known to JavaScript, but not to Alertmanager.
    return !/^[+-]/.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const levelsAscend: Rule = ({ escalation: { levels } }) =>
  levels.flatMap(({ level, afterSeconds }, i) => {
    const path = ["escalation", "levels", i] as const;
    const before = levels[i - 1];
    if (before === undefined) return [];
    if (level <= before.level)
      return [
        violation(
          [...path, "level"],
          `expected levels in ascending order, each once; got ${level} after ${before.level}`,
        ),
      ];
    if (afterSeconds <= before.afterSeconds) {
      const message = `expected more than level ${before.level} has (${before.afterSeconds}), got ${afterSeconds}`;
      return [violation([...path, "afterSeconds"], message, [["escalation", "levels", i - 1, "afterSeconds"]])];
    }
    return [];
  });

const durationsAscend: Rule = ({ thresholds, runs }, written) => {
  const found: Violation[] = [];
  const { targetCriticalForSeconds: critical, targetWarningForSeconds: warning, hungRunSeconds } = thresholds;
  if (critical >= warning) {
    const key = written(["thresholds", "targetCriticalForSeconds"])
      ? "targetCriticalForSeconds"
      : "targetWarningForSeconds";
    const message =
      key === "targetCriticalForSeconds"
        ? `expected less than targetWarningForSeconds (${warning}), got ${critical}: a warning must not come first`
        : `expected more than targetCriticalForSeconds (${critical}), got ${warning}: a warning must not come first`;
    found.push(
      violation(["thresholds", key], message, [
        ["thresholds", "targetCriticalForSeconds"],
        ["thresholds", "targetWarningForSeconds"],
      ]),
    );
  }
  // Whoever only shortens runs.hangSeconds has the partial run's alert instead of the hung one's.
  if (hungRunSeconds >= runs.hangSeconds && written(["thresholds", "hungRunSeconds"]))
    found.push(
      violation(
        ["thresholds", "hungRunSeconds"],
        `expected less than runs.hangSeconds (${runs.hangSeconds}), which ends the run, got ${hungRunSeconds}`,
        [["runs", "hangSeconds"]],
      ),
    );
  return found;
};

export const NOTIFICATION_RULES: readonly Rule[] = [
  mailNeedsServer,
  secretFilesAbsolute,
  loginsWhole,
  teamsOnce,
  ownersOnce,
  ownsReadable,
  quietHoursFit,
  levelsAscend,
  durationsAscend,
];
