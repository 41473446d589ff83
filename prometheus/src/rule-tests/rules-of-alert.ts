/** The shipped rules, without what an alert's cases do not need. */
import { type Config, defaultConfig } from "../../../exporter/src/config/schema.ts";
import type { AlertRule } from "../alert.ts";
import type { RecordingRule } from "../recordings.ts";
import { ruleGroups } from "../rules.ts";
import { generatedYaml } from "../yaml.ts";

/**
 * A rule file with the alert, what it and its messages read, and what that reads. `promtool test rules` evaluates every rule of a file at
 * every step of every case: with all of them the cases of thirty alerts take a quarter of an hour.
 */
export function rulesOfAlert(alertname: string, config: Config = defaultConfig()): string {
  const groups = ruleGroups(config);
  const rules = groups.flatMap((group) => group.rules);
  const needed = new Set<AlertRule | RecordingRule>();
  const add = (rule: AlertRule | RecordingRule): void => {
    if (needed.has(rule)) return;
    needed.add(rule);
    const text = "record" in rule ? rule.expr : [rule.expr, ...Object.values(rule.annotations)].join("\n");
    for (const other of rules) {
      // An alert may also read the state of others (ALERTS, ALERTS_FOR_STATE), which it names.
      const isRead = "record" in other ? text.includes(other.record) : namesAlert(rule.expr, other.alert);
      if (isRead) add(other);
    }
  };
  for (const rule of rules) if ("alert" in rule && rule.alert === alertname) add(rule);
  const kept = groups.map((group) => ({ ...group, rules: group.rules.filter((rule) => needed.has(rule)) }));
  return generatedYaml({ groups: kept.filter((group) => group.rules.length > 0) });
}

const namesAlert = (expr: string, name: string): boolean =>
  expr.includes("ALERTS") && new RegExp(`\\b${name}\\b`).test(expr);
