/** The rule files, from the configuration's numbers. */
import type { Config } from "../../exporter/src/config/schema.ts";
import type { AlertRule } from "./alert.ts";
import { dashboardInterval, dashboardRecordings } from "./dashboard-recordings.ts";
import { DEVIATION_ALERTS } from "./deviation-alerts.ts";
import { deviationRecordings } from "./deviation-recordings.ts";
import { escalationAlerts, escalationRecordings } from "./escalation-alerts.ts";
import { levelRecordings } from "./level-recordings.ts";
import { PERFORMANCE_ALERTS } from "./performance-alerts.ts";
import { PLUMBLINE_ALERTS } from "./plumbline-alerts.ts";
import { duration } from "./promql.ts";
import { type RecordingRule, recordings, steadyRecordings } from "./recordings.ts";
import { RUN_ALERTS } from "./run-alerts.ts";
import { runRecordings, scheduleRecordings } from "./run-recordings.ts";
import { SCHEDULE_ALERTS } from "./schedule-alerts.ts";
import { SLO_ALERTS } from "./slo-alerts.ts";
import { sloIntervalSeconds, sloRecordings } from "./slo-recordings.ts";
import { TARGET_ALERTS } from "./target-alerts.ts";
import { targetRecordings } from "./target-recordings.ts";
import { coverageDrop, testExecutionSlow, testFailureSpike } from "./test-alerts.ts";
import { flakyTests, infrastructureSuspect, quarantineExpired } from "./trust-alerts.ts";
import { generatedYaml } from "./yaml.ts";

export interface RuleGroup {
  readonly name: string;
  /** Left out: the evaluation interval. */
  readonly interval?: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

type Make = (config: Config) => AlertRule;
/** What a run does to its suite: known as soon as it is scraped. */
const PROMPT_ALERTS: readonly Make[] = [testFailureSpike, ...RUN_ALERTS, infrastructureSuspect, ...PLUMBLINE_ALERTS];
/** What lasts for minutes or builds up over several runs; of the rest only warnings. */
const STEADY_ALERTS: readonly Make[] = [
  testExecutionSlow,
  coverageDrop,
  ...PERFORMANCE_ALERTS,
  ...SCHEDULE_ALERTS,
  flakyTests,
  quarantineExpired,
  ...TARGET_ALERTS,
  ...DEVIATION_ALERTS,
];
/** Every alert but those of objectives; an entry here demands a runbook, and cases in `rule-tests/`. */
export const ALERTS: readonly Make[] = [...PROMPT_ALERTS, ...STEADY_ALERTS];

/** Every third evaluation, and at most 30 s unless scrapes are rarer: little beside the minutes of their `for`. */
const steadyIntervalSeconds = ({ metrics: { scrapeIntervalSeconds } }: Config): number =>
  Math.max(scrapeIntervalSeconds, Math.min(30, 3 * scrapeIntervalSeconds));

const made = (config: Config, of: readonly Make[]): readonly AlertRule[] => of.map((make) => make(config));

/** An escalation is about any of the others, so they are handed to it. */
const escalations = (config: Config): readonly AlertRule[] =>
  escalationAlerts(config, made(config, [...ALERTS, ...SLO_ALERTS]));

export const alerts = (config: Config): readonly AlertRule[] => [
  ...made(config, [...ALERTS, ...SLO_ALERTS]),
  ...escalations(config),
];

/**
 * Rules of a group are evaluated in order: alerts read what was recorded just before. What is slower to come is evaluated less often;
 * it reads what the first group recorded at most one evaluation before.
 */
export const ruleGroups = (config: Config): readonly RuleGroup[] => [
  {
    name: "plumbline",
    rules: [
      ...recordings(config),
      ...runRecordings(config),
      ...made(config, PROMPT_ALERTS),
      ...escalationRecordings(config),
      ...escalations(config),
    ],
  },
  {
    name: "plumbline-steady",
    interval: duration(steadyIntervalSeconds(config)),
    rules: [
      ...steadyRecordings(config),
      ...scheduleRecordings(config),
      ...targetRecordings(config),
      ...deviationRecordings(config),
      ...made(config, STEADY_ALERTS),
    ],
  },
  {
    name: "plumbline-slo",
    interval: duration(sloIntervalSeconds(config)),
    rules: [...sloRecordings(config), ...made(config, SLO_ALERTS)],
  },
  {
    name: "plumbline-dashboards",
    interval: dashboardInterval(config),
    rules: [...dashboardRecordings(config), ...levelRecordings(config)],
  },
];

/** Names in the order in which one reads another; where all are evaluated at one moment (promtool), that order must be told. */
export const groupOrder = (config: Config): readonly string[] => ruleGroups(config).map(({ name }) => name);

export const rulesYaml = (config: Config): string => generatedYaml({ groups: ruleGroups(config) });
