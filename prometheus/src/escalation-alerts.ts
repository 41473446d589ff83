/**
 * Alerts that nobody acknowledges climb (R2). One alert name for all levels and for both engines (`escalation.engine`), with the same
 * labels and messages, so that whoever receives them cannot tell which one counts:
 *
 * - `exporter`: Plumbline keeps the time of what Alertmanager reports to it, and exposes the level. Restarts do not disturb it. Its own
 *   outage it cannot count: that one alert climbs by its age.
 * - `prometheus`: by the age of the alerts themselves. Begins anew where a restart of Prometheus does (runbook).
 *
 * A level fires from its time until its alert ends or is acknowledged, beside the levels below it. No keep_firing_for: it would outlive
 * the acknowledgement. An escalation has an `escalation_level` and none is counted that has one, else it would climb on itself.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, type Family, ref } from "../../exporter/src/metrics/catalogue.ts";
import { type AlertRule, alert, indent, SCOPE } from "./alert.ts";
import { FOREIGN } from "./foreign.ts";
import { base } from "./links.ts";
import { PLUMBLINE_DOWN } from "./plumbline-alerts.ts";
import { anyOf, duration, once, PLUMBLINE_JOB, quote } from "./promql.ts";
import type { RecordingRule } from "./recordings.ts";

export const ESCALATION = "AlertEscalated";
const NAMES: Readonly<Record<number, string>> = { 2: "team lead", 3: "management", 4: "executive" };
const MATTER = [...SCOPE, "source_alert"] as const;
/** So long what was known before an outage holds. */
const OUTAGE = "1d";
/** Level of each matter that climbs; also while Plumbline is down. */
const KNOWN_LEVEL = "matter:plumbline_alert_escalation_level:known";
/** 1 for each matter that somebody acknowledged; likewise. */
const KNOWN_ACKNOWLEDGED = "matter:test_alert_acknowledged:known";

/** One for each configured level; `sources` are the alerts that may climb. None when the engine is off. */
export function escalationAlerts(config: Config, sources: readonly AlertRule[]): readonly AlertRule[] {
  const { engine, levels } = config.escalation;
  if (engine === "off") return [];
  return levels.map(({ level, afterSeconds }) =>
    escalation(
      config,
      level,
      afterSeconds,
      engine === "exporter"
        ? `${byExporter(level)}\nor\n${byPrometheus(config, afterSeconds, sources.filter(isOutage))}`
        : byPrometheus(config, afterSeconds, sources),
    ),
  );
}

function escalation(config: Config, level: number, afterSeconds: number, expr: string): AlertRule {
  const source = "{{ $labels.source_alert }}";
  const after = duration(afterSeconds);
  const affected =
    "{{ with $labels.suite }}{{ $labels.project }}/{{ . }} ({{ $labels.branch }}, {{ $labels.environment }}){{ else }}" +
    "{{ with $labels.project }}{{ . }} ({{ $labels.branch }}, {{ $labels.environment }}){{ else }}Plumbline{{ end }}{{ end }}";
  const rule = alert(config, {
    name: ESCALATION,
    severity: "critical",
    kind: "escalation",
    scope: [],
    expr: `max by (${[...MATTER, "team"].join(", ")}) (\n${indent(expr)}\n)`,
    labels: {
      escalation_level: String(level),
      team: "{{ with $labels.team }}{{ . }}{{ else }}unowned{{ end }}",
    },
    summary: `Level ${level}, ${NAMES[level]}: ${source} of ${affected} not acknowledged for ${after}`,
    description:
      `${source} of ${affected} has been firing for ${after} and nobody has acknowledged it (limit of level ${level}, ` +
      `${NAMES[level]}: ${after}). Acknowledge it on the page of the alert, or with plumbline alerts ack; it says what to do: ` +
      `${base(config.addresses.plumbline)}/runbooks/${source}`,
  });
  // That of the alert itself: there it is acknowledged. Alerts about no suite have no labels of one.
  const narrowed = SCOPE.map((name) => `{{ with $labels.${name} }}&${name}={{ . | urlquery }}{{ end }}`).join("");
  const alert_url = `${base(config.addresses.plumbline)}/alerts?alertname=${source}${narrowed}`;
  return { ...rule, annotations: { ...rule.annotations, alert_url } };
}

const isOutage = ({ alert }: AlertRule): boolean => alert === PLUMBLINE_DOWN;

/** An acknowledged alert has level 0 at once. */
const byExporter = (level: number): string => `${KNOWN_LEVEL} >= ${level}`;

/** What the levels are decided by; recorded before them, in the same evaluation. An outage is acknowledged as well, whoever counts. */
export function escalationRecordings({ escalation: { engine } }: Config): readonly RecordingRule[] {
  if (engine === "off") return [];
  const acknowledged = { record: KNOWN_ACKNOWLEDGED, expr: lastKnown(KNOWN_ACKNOWLEDGED, CATALOGUE.alertAcknowledged) };
  const level = { record: KNOWN_LEVEL, expr: lastKnown(KNOWN_LEVEL, CATALOGUE.alertEscalationLevel) };
  return engine === "exporter" ? [acknowledged, level] : [acknowledged];
}

/**
 * Bridges failed scrapes, and an outage: while no replica can tell, what was known holds. That is what this rule said at its last evaluation;
 * `last_over_time` would also find what was over before the outage, and call everybody about it. While a replica can tell, what it no longer
 * exposes is over: the end of an alert, or of an acknowledgement, must not show late.
 */
function lastKnown(record: string, family: Family): string {
  const up = `${FOREIGN.up}{job=${quote(PLUMBLINE_JOB)}}`;
  const kept = `${record}\nunless on ()\n${up} == 1\nand on ()\nmax_over_time(${up}[${OUTAGE}]) == 1`;
  return `${once(ref(family))}\nor\n(\n${indent(kept)}\n)`;
}

/**
 * An alert's age counts from the moment its condition began, so its own `for` is added: levels count from the moment it fires. Alerts
 * with the same `for` share a term.
 */
function byPrometheus(config: Config, afterSeconds: number, sources: readonly AlertRule[]): string {
  const severities = config.escalation.severities;
  const climbs = anyOf("severity", severities);
  const groups = Map.groupBy(
    sources.filter(({ labels }) => severities.some((severity) => labels.severity?.includes(severity))),
    (rule) => rule.for ?? "0s",
  );
  const ages = [...groups].map(([pending, rules]) => {
    const names = [...new Set(rules.map((rule) => rule.alert))];
    const matchers = `${anyOf("alertname", names)},${climbs},escalation_level=""`;
    return (
      `time() - ${FOREIGN.alertsForState}{${matchers}} >= ${inSeconds(pending) + afterSeconds}\n` +
      `and ignoring (alertstate)\n${FOREIGN.alerts}{${matchers},alertstate="firing"}`
    );
  });
  return `\
label_replace(
${indent(ages.join("\nor\n"))},
  "source_alert", "$1", "alertname", "(.*)"
)
unless on (${MATTER.join(", ")})
${KNOWN_ACKNOWLEDGED} == 1`;
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
/** Of `duration`'s own text. */
function inSeconds(text: string): number {
  const [, number = "", unit = ""] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  return Number(number) * (UNITS[unit] ?? Number.NaN);
}
