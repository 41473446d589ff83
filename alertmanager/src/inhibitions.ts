/**
 * What need not be said because something else says more. Absent labels count as equal in Alertmanager, so each rule that compares the
 * scope demands a suite. An inhibited alert is also not resolved towards anybody while its source fires.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { SCOPE } from "../../prometheus/src/alert.ts";
import { alertDeliveryFailing, plumblineDown } from "../../prometheus/src/plumbline-alerts.ts";
import { infrastructureSuspect } from "../../prometheus/src/trust-alerts.ts";
import { EXPORTER } from "./recipients.ts";

const SUITE = 'suite!=""';

export function inhibitRules(config: Config): readonly unknown[] {
  const down = [`alertname="${plumblineDown(config).alert}"`];
  // By name: the kind of a suite (security, strategic) stands in for the kind of its alerts.
  const suspect = infrastructureSuspect(config).alert;
  return [
    {
      // A suite that pages needs no warning of the same kind as well.
      source_matchers: ['severity="critical"', SUITE],
      target_matchers: ['severity="warning"'],
      equal: [...SCOPE, "kind"],
    },
    {
      source_matchers: ['severity=~"critical|warning"', SUITE],
      target_matchers: ['severity="info"'],
      equal: [...SCOPE, "kind"],
    },
    {
      // Half of a suite fails by what is around it: its tests and figures say nothing. What climbs already, climbs on.
      source_matchers: [`alertname="${suspect}"`, SUITE],
      target_matchers: [
        `alertname!="${suspect}"`,
        'kind=~"tests|performance|security|strategic"',
        'escalation_level=""',
      ],
      equal: [...SCOPE],
    },
    {
      // Without data nothing about runs may fire or climb. Alerts of others, and about Plumbline itself, are none of it.
      source_matchers: down,
      target_matchers: ['kind!~"|plumbline"', 'project!=""'],
    },
    {
      // What is down takes no messages either. Without counters by receiver the label is absent.
      source_matchers: down,
      target_matchers: [
        `alertname="${alertDeliveryFailing(config).alert}"`,
        'integration="webhook"',
        `receiver_name=~"|${EXPORTER}"`,
      ],
    },
  ];
}
