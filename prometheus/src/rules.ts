/** The rule files, from the configuration's numbers. */
import type { Config } from "../../exporter/src/config/schema.ts";
import type { AlertRule } from "./alert.ts";
import { dashboardInterval, dashboardRecordings } from "./dashboard-recordings.ts";
import { DEVIATION_ALERTS } from "./deviation-alerts.ts";
import { escalationAlerts } from "./escalation-alerts.ts";
import { levelRecordings } from "./level-recordings.ts";
import { PERFORMANCE_ALERTS } from "./performance-alerts.ts";
import { PLUMBLINE_ALERTS } from "./plumbline-alerts.ts";
import { duration } from "./promql.ts";
import { type RecordingRule, recordings } from "./recordings.ts";
import { RUN_ALERTS } from "./run-alerts.ts";
import { runRecordings } from "./run-recordings.ts";
import { SCHEDULE_ALERTS } from "./schedule-alerts.ts";
import { SLO_ALERTS } from "./slo-alerts.ts";
import { sloIntervalSeconds, sloRecordings } from "./slo-recordings.ts";
import { TARGET_ALERTS } from "./target-alerts.ts";
import { TEST_ALERTS } from "./test-alerts.ts";
import { TRUST_ALERTS } from "./trust-alerts.ts";
import { generatedYaml } from "./yaml.ts";

export interface RuleGroup {
  readonly name: string;
  /** Left out: the evaluation interval. */
  readonly interval?: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

/** Every alert; an entry here demands a runbook, and cases in `rule-tests/`. */
export const ALERTS: readonly ((config: Config) => AlertRule)[] = [
  ...TEST_ALERTS,
  ...RUN_ALERTS,
  ...SCHEDULE_ALERTS,
  ...TRUST_ALERTS,
  ...PERFORMANCE_ALERTS,
  ...TARGET_ALERTS,
  ...DEVIATION_ALERTS,
  ...PLUMBLINE_ALERTS,
];

/** Everything that is recorded, in order: what reads another stands behind it. */
export const allRecordings = (config: Config): readonly RecordingRule[] => [
  ...recordings(config),
  ...runRecordings(config),
];

const made = (config: Config, of: readonly ((config: Config) => AlertRule)[]): readonly AlertRule[] =>
  of.map((make) => make(config));

/** An escalation is about any of the others, so they are handed to it. */
const escalations = (config: Config): readonly AlertRule[] =>
  escalationAlerts(config, made(config, [...ALERTS, ...SLO_ALERTS]));

export const alerts = (config: Config): readonly AlertRule[] => [
  ...made(config, [...ALERTS, ...SLO_ALERTS]),
  ...escalations(config),
];

/**
 * The alerts are one group, because rules of a group are evaluated in order: they read what was recorded just before. What looks back
 * over hours and days is evaluated less often.
 */
export const ruleGroups = (config: Config): readonly RuleGroup[] => [
  {
    name: "plumbline",
    rules: [...allRecordings(config), ...made(config, ALERTS), ...escalations(config)],
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

export const rulesYaml = (config: Config): string => generatedYaml({ groups: ruleGroups(config) });
