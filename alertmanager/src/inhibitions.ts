/**
 * What need not be said because something else says more. Absent labels count as equal in Alertmanager, so each rule that compares the
 * scope demands a suite. An inhibited alert is also not resolved towards anybody while its source fires.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { SCOPE } from "../../prometheus/src/alert.ts";
import { alertDeliveryFailing, plumblineDown } from "../../prometheus/src/plumbline-alerts.ts";
import { testRunFailed } from "../../prometheus/src/run-alerts.ts";
import { passRateBurnFast, passRateBurnSlow } from "../../prometheus/src/slo-alerts.ts";
import { targetMissed } from "../../prometheus/src/target-alerts.ts";
import { testFailureSpike } from "../../prometheus/src/test-alerts.ts";
import { infrastructureSuspect } from "../../prometheus/src/trust-alerts.ts";
import { EXPORTER } from "./recipients.ts";

const SUITE = 'suite!=""';
/** Absent in alerts about a suite's tests. Not the statistic: a slow average and a slow p95 are one thing. */
const MATTER = [...SCOPE, "kind", "measure", "operation", "scenario", "benchmark"] as const;
/** Alerts about a project have these; they are never absent. */
const PROJECT = ["project", "environment", "branch"] as const;

export function inhibitRules(config: Config): readonly unknown[] {
  const down = [`alertname="${plumblineDown(config).alert}"`];
  // By name: the kind of a suite (security, strategic) stands in for the kind of its alerts.
  const suspect = infrastructureSuspect(config).alert;
  const fast = passRateBurnFast(config).alert;
  const slow = passRateBurnSlow(config).alert;
  return [
    {
      // A suite that pages needs no warning of the same kind as well. Of its numbers each is a matter of its own: one operation that is too
      // slow for weeks must not hide that another one becomes so.
      source_matchers: ['severity="critical"', SUITE],
      target_matchers: ['severity="warning"'],
      equal: [...MATTER],
    },
    {
      // A suite whose single failing test pages has paged when many are found to fail: the same failure, and one incident.
      source_matchers: [`alertname="${testRunFailed(config).alert}"`, 'severity="critical"', SUITE],
      target_matchers: [`alertname="${testFailureSpike(config).alert}"`],
      equal: [...SCOPE],
    },
    {
      // Tests that fail are told once: what they make of the success rate is on the scorecard.
      source_matchers: [`alertname="${testRunFailed(config).alert}"`, SUITE],
      target_matchers: [`alertname="${targetMissed(config).alert}"`, 'measure="success_rate"', 'operation=""'],
      equal: [...SCOPE],
    },
    {
      // What burns a project's budget and has paged by its suite's name is the same failure.
      source_matchers: [`alertname=~"${testFailureSpike(config).alert}|${suspect}"`],
      target_matchers: [`alertname=~"${fast}|${slow}"`],
      equal: [...PROJECT],
    },
    {
      // Not in the rule above: Alertmanager's index of sources (0.33) would let an alert that is also a target hide those that are none.
      source_matchers: [`alertname="${fast}"`],
      target_matchers: [`alertname="${slow}"`],
      equal: [...PROJECT],
    },
    {
      source_matchers: ['severity=~"critical|warning"', SUITE],
      target_matchers: ['severity="info"'],
      equal: [...MATTER],
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
