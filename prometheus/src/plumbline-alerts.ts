/** Alerts about Plumbline itself: without it, every other alert is silent. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { type AlertRule, alert } from "./alert.ts";
import { duration, PLUMBLINE_JOB } from "./promql.ts";

/**
 * No replica answers, or Prometheus has none to scrape. It inhibits the alerts about suites (alertmanager/src): with no
 * data they may neither fire nor resolve. No keep_firing_for, so that the inhibition ends with the outage.
 */
export function plumblineDown(config: Config): AlertRule {
  const up = `up{job="${PLUMBLINE_JOB}"}`;
  const { downForSeconds } = config.thresholds;
  return alert(config, {
    name: "PlumblineDown",
    severity: "critical",
    kind: "plumbline",
    actions: ["page"],
    scope: [],
    forSeconds: downForSeconds,
    expr: `max by (job) (${up}) == 0\nor\nabsent(${up})`,
    summary:
      "Plumbline is down: {{ if eq $value 0.0 }}no replica answers{{ else }}Prometheus has no replica to scrape{{ end }}",
    description:
      `Prometheus has had no data from Plumbline for ${duration(downForSeconds)}: ` +
      "{{ if eq $value 0.0 }}every replica of job {{ $labels.job }} fails its scrape (up is 0, limit 1)" +
      "{{ else }}job {{ $labels.job }} has no target{{ end }}. " +
      "Alerts about tests and performance of all suites are blind until it is back.",
  });
}

export const PLUMBLINE_ALERTS = [plumblineDown] as const;
