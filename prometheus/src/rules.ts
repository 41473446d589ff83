/** The rule files, from the configuration's numbers. */
import type { Config } from "../../exporter/src/config/schema.ts";
import type { AlertRule } from "./alert.ts";
import { PERFORMANCE_ALERTS } from "./performance-alerts.ts";
import { PLUMBLINE_ALERTS } from "./plumbline-alerts.ts";
import { type RecordingRule, recordings } from "./recordings.ts";
import { TEST_ALERTS } from "./test-alerts.ts";
import { generatedYaml } from "./yaml.ts";

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

/** Every alert; an entry here demands a runbook, and cases in `rule-tests/`. */
export const ALERTS: readonly ((config: Config) => AlertRule)[] = [
  ...TEST_ALERTS,
  ...PERFORMANCE_ALERTS,
  ...PLUMBLINE_ALERTS,
];

export const alerts = (config: Config): readonly AlertRule[] => ALERTS.map((make) => make(config));

/** One group, because rules of a group are evaluated in order: the alerts read what was recorded just before. */
export const ruleGroups = (config: Config): readonly RuleGroup[] => [
  { name: "plumbline", rules: [...recordings(config), ...alerts(config)] },
];

export const rulesYaml = (config: Config): string => generatedYaml({ groups: ruleGroups(config) });
