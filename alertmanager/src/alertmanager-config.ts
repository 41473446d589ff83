/**
 * `alertmanager.yml`: critical alerts to the pager at once, everything else grouped to the team's channel. "At once" is
 * `group_wait`, 10 s by default: with 0 s the first message of a storm would hold only what had arrived by then.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { SCOPE, type Severity } from "../../prometheus/src/alert.ts";
import { plumblineDown } from "../../prometheus/src/plumbline-alerts.ts";
import { duration } from "../../prometheus/src/promql.ts";
import { generatedYaml } from "../../prometheus/src/yaml.ts";

export const PAGER = "pager";
export const TEAM = "team";

const severity = (value: Severity): string => `severity="${value}"`;

export function alertmanagerConfig(config: Config): unknown {
  const { pager, team, groupWaitSeconds, groupIntervalSeconds, repeatIntervalSeconds } = config.notifications;
  const down = plumblineDown(config).alert;
  return {
    route: {
      // Whatever no route below knows reaches people too.
      receiver: TEAM,
      // A team hears once of many suites that broke together; the suites are in the message.
      group_by: ["alertname", "project", "team"],
      group_wait: duration(groupWaitSeconds),
      group_interval: duration(groupIntervalSeconds),
      repeat_interval: duration(repeatIntervalSeconds),
      routes: [
        {
          matchers: [severity("critical")],
          receiver: PAGER,
          // Environments and branches page apart: who is called at night acts differently for each.
          group_by: ["alertname", "project", "team", "environment", "branch"],
        },
      ],
    },
    inhibit_rules: [
      {
        // A suite that pages needs no warning as well. The suite must be there: absent labels count as equal.
        source_matchers: [severity("critical"), 'suite!=""'],
        target_matchers: [severity("warning")],
        equal: [...SCOPE],
      },
      {
        // Without data nothing about a suite may fire or resolve.
        source_matchers: [`alertname="${down}"`],
        target_matchers: [`alertname!="${down}"`],
      },
    ],
    receivers: [webhook(PAGER, pager.webhookUrl ?? ""), webhook(TEAM, team.webhookUrl ?? "")],
  };
}

/** Alertmanager expands no environment variables, so the address stands in the file: keep the file as private as it is. */
const webhook = (name: string, url: string): unknown => ({
  name,
  webhook_configs: [{ url, send_resolved: true }],
});

export const alertmanagerYaml = (config: Config): string => generatedYaml(alertmanagerConfig(config));
