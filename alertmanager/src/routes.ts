/** Who hears of which alert. Routes are tried in order; `continue` means that the ones after it are tried as well. */
import { type Config, recordsRepeatSeconds } from "../../exporter/src/config/schema.ts";
import type { Action, Severity } from "../../prometheus/src/alert.ts";
import { anyOf, duration } from "../../prometheus/src/promql.ts";
import { type Quieted, quietFor, teamsWithQuietHours } from "./quiet-hours.ts";
import { EXPORTER, NOBODY, own, type Role, recipients, type Shared, shared, type Team } from "./recipients.ts";

export interface Route {
  readonly matchers?: readonly string[];
  /** Left out: the parent's, like everything but matchers, `continue` and `mute_time_intervals`. */
  readonly receiver?: string;
  readonly continue?: true;
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly mute_time_intervals?: readonly string[];
  readonly routes?: readonly Route[];
}

/** The label that leads a test message to the receiver it names, past every other route. */
export const TEST_LABEL = "plumbline_test";
/** Different in each test message, so that none is taken for a repetition. */
export const TEST_ID_LABEL = "plumbline_test_id";

/** 500 suites of a team that break together are one message; the first of them are in it. */
const CHANNEL_GROUP = ["alertname", "team"];
/** Environments page apart: who is called at night acts differently for each. */
const PAGE_GROUP = [...CHANNEL_GROUP, "environment"];
/** Messages to Plumbline hold whole alerts: groups small enough to be sent again at each change. */
const RECORD_GROUP = ["alertname", "project", "environment"];
const ESCALATION_GROUP = ["escalation_level", "team", "environment"];

const severity = (value: Severity): string => `severity="${value}"`;
const teamIs = (name: string): string => `team="${name}"`;
const hasAction = (action: Action): string => `actions=~"(.*,)?${action}(,.*)?"`;

/** The whole tree. Its last route takes what no other knows: it reaches people too, as a warning does. */
export function routes(config: Config): Route {
  const { groupWaitSeconds, groupIntervalSeconds, repeatIntervalSeconds } = config.notifications;
  return {
    receiver: "team",
    group_by: CHANNEL_GROUP,
    group_wait: duration(groupWaitSeconds),
    group_interval: duration(groupIntervalSeconds),
    repeat_interval: duration(repeatIntervalSeconds),
    routes: [
      testMessages(config),
      watchdog(config),
      records(config),
      ...beside(config, "incident", [hasAction("incident")]),
      ...beside(config, "autoScaling", [hasAction("auto_scaling")]),
      ...performanceTeam(config),
      escalations(config),
      ...ofKind(config, "security"),
      ...ofKind(config, "strategic"),
      pages(config),
      notes(config),
      warnings(config),
      // The root's receiver is not asked once a route has matched, and Plumbline's matches everything.
      { receiver: "team", routes: teamsOnly(config, (team) => own(team, "channel")) },
    ],
  };
}

function testMessages(config: Config): Route {
  const names = [EXPORTER, ...recipients(config).map(({ name }) => name)];
  return {
    matchers: [`${TEST_LABEL}!=""`],
    receiver: NOBODY,
    group_by: [TEST_ID_LABEL],
    group_wait: "0s",
    routes: names.map((name) => ({ matchers: [`${TEST_LABEL}="${name}"`], receiver: name })),
  };
}

/** A message that comes again and again, and whose absence is the alarm. It must be due at one of the group's intervals. */
function watchdog(config: Config): Route {
  const { watchdogRepeatSeconds, groupIntervalSeconds } = config.notifications;
  return {
    matchers: ['alertname="Watchdog"'],
    receiver: shared(config, "watchdog") ?? NOBODY,
    group_by: ["alertname"],
    group_wait: "0s",
    group_interval: duration(Math.min(groupIntervalSeconds, watchdogRepeatSeconds / 10)),
    repeat_interval: duration(watchdogRepeatSeconds),
  };
}

/** Everything goes to Plumbline as well, sooner than to people: its records and the clock of escalation begin there. */
function records(config: Config): Route {
  const { groupWaitSeconds, groupIntervalSeconds } = config.notifications;
  return {
    receiver: EXPORTER,
    continue: true,
    group_by: RECORD_GROUP,
    group_wait: duration(Math.min(1, groupWaitSeconds)),
    group_interval: duration(Math.min(5, groupIntervalSeconds)),
    repeat_interval: duration(recordsRepeatSeconds(config)),
  };
}

/** A receiver that hears beside whoever else does, when it is configured. */
const beside = (config: Config, name: Shared, matchers: readonly string[]): Route[] =>
  shared(config, name) === undefined ? [] : [{ matchers, receiver: name, continue: true, group_by: PAGE_GROUP }];

/** R1: the performance team hears of a slow product, also where the suite's team has a pager of its own, which `pages` asks first. */
function performanceTeam(config: Config): Route[] {
  const paged = config.teams.filter((team) => team.pager !== undefined).map(({ name }) => name);
  if (paged.length === 0) return [];
  return beside(config, "performance", [hasAction("page_performance_team"), anyOf("team", paged)]);
}

/** Suites of that kind. Their warnings keep quiet hours here, too; notes are not sent. */
function ofKind(config: Config, kind: "security" | "strategic"): Route[] {
  const warning = severity("warning");
  const teams = teamsWithQuietHours(config).map((name) => ({
    matchers: [warning, teamIs(name)],
    ...muted(config, "warning", name),
  }));
  const everybody = { matchers: [warning], ...muted(config, "warning") };
  const quiet = [...teams, everybody].filter((route) => "mute_time_intervals" in route);
  return beside(config, kind, [`kind="${kind}"`, `severity!="info"`]).map((route) => ({
    ...route,
    ...(quiet.length === 0 ? {} : { routes: quiet }),
  }));
}

/** Level 2 to the team's lead, 3 to management, 4 to the executive; who is not there is stood in for by the level below. */
function escalations(config: Config): Route {
  const management = shared(config, "management");
  const executive = shared(config, "executive");
  const level = (levels: string, receiver: string | undefined): Route[] =>
    receiver === undefined ? [] : [{ matchers: [`escalation_level=~"${levels}"`], receiver }];
  return {
    matchers: ['escalation_level!=""'],
    receiver: shared(config, "teamLead") ?? "pager",
    group_by: ESCALATION_GROUP,
    routes: [...level("4", executive), ...level("3|4", management), ...teamsOnly(config, (team) => own(team, "lead"))],
  };
}

function pages(config: Config): Route {
  const performance = shared(config, "performance");
  return {
    matchers: [severity("critical")],
    receiver: "pager",
    group_by: PAGE_GROUP,
    routes: [
      ...teamsOnly(config, (team) => own(team, "pager")),
      ...(performance === undefined ? [] : [{ matchers: ['kind="performance"'], receiver: performance }]),
    ],
  };
}

const warnings = (config: Config): Route => waiting(config, "warning", "team", "channel");
const notes = (config: Config): Route =>
  shared(config, "info") === undefined
    ? { matchers: [severity("info")], receiver: NOBODY }
    : waiting(config, "info", "info");

/** What keeps quiet hours. A team has a route of its own when it hears elsewhere, or when hours are named for it. */
function waiting(config: Config, value: Quieted, receiver: string, role?: Role): Route {
  const names = new Set([...config.teams.map(({ name }) => name), ...teamsWithQuietHours(config)]);
  const general = quietFor(config, value);
  const teams = [...names].flatMap((name): Route[] => {
    const team = config.teams.find((one) => one.name === name);
    const elsewhere = team === undefined || role === undefined ? undefined : own(team, role);
    if (elsewhere === undefined && quietFor(config, value, name).length === general.length) return [];
    return [
      {
        matchers: [teamIs(name)],
        ...(elsewhere === undefined ? {} : { receiver: elsewhere }),
        ...muted(config, value, name),
      },
    ];
  });
  return { matchers: [severity(value)], receiver, ...muted(config, value), routes: teams };
}

function muted(config: Config, value: Quieted, team?: string): Pick<Route, "mute_time_intervals"> {
  const names = quietFor(config, value, team);
  return names.length === 0 ? {} : { mute_time_intervals: names };
}

const teamsOnly = (config: Config, receiverOf: (team: Team) => string | undefined): Route[] =>
  config.teams.flatMap((team) => {
    const receiver = receiverOf(team);
    return receiver === undefined ? [] : [{ matchers: [teamIs(team.name)], receiver }];
  });
