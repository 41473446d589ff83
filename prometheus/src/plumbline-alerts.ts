/** Alerts about Plumbline itself: without it, every other alert is silent. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, FOLDED_LABELS, ref } from "../../exporter/src/metrics/catalogue.ts";
import { type AlertRule, type AlertSpec, alert } from "./alert.ts";
import { FOREIGN } from "./foreign.ts";
import { ask } from "./lookup.ts";
import { duration, failureWindowSeconds, PLUMBLINE_JOB, percent } from "./promql.ts";

export const PLUMBLINE_DOWN = "PlumblineDown";

/**
 * No replica answers, or Prometheus has none to scrape. It inhibits the alerts about suites (alertmanager/src): with no
 * data they may neither fire nor resolve. No keep_firing_for, so that the inhibition ends with the outage.
 */
export function plumblineDown(config: Config): AlertRule {
  const up = `${FOREIGN.up}{job="${PLUMBLINE_JOB}"}`;
  const { downForSeconds } = config.thresholds;
  return alert(config, {
    name: PLUMBLINE_DOWN,
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

/** Reports that were refused or could not be stored, of all that came: over all replicas, since each counts its own. */
export function plumblineIngestFailing(config: Config): AlertRule {
  const { rejectedRatio, rejectedMinimum } = config.thresholds;
  const window = duration(failureWindowSeconds(config));
  const received = (matchers = ""): string => `sum(increase(${ref(CATALOGUE.ingested)}${matchers}[${window}]))`;
  const rejected = received('{outcome="rejected"}');
  return own(config, {
    name: "PlumblineIngestFailing",
    severity: "warning",
    expr: `${rejected} / ${received()} > ${rejectedRatio}\nand\n${rejected} >= ${rejectedMinimum}`,
    summary: `{{ $value | humanizePercentage }} of reports are rejected, limit ${percent(rejectedRatio)}`,
    description:
      `{{ $value | humanizePercentage }} of the reports that reached Plumbline in the last ${window} were rejected. The limit is ` +
      `${percent(rejectedRatio)}. Their runs are not known: alerts about them neither fire nor resolve.`,
  });
}

export function plumblineIngestLagging(config: Config): AlertRule {
  const { queueLength } = config.thresholds;
  const bridge = duration(Math.max(60, 4 * config.metrics.scrapeIntervalSeconds));
  return own(config, {
    name: "PlumblineIngestLagging",
    severity: "warning",
    forSeconds: LAGGING_SECONDS,
    // A writer each: one that hangs must not hide behind the others.
    expr: `max by (instance) (last_over_time(${ref(CATALOGUE.ingestQueue)}[${bridge}])) > ${queueLength}`,
    summary: `{{ $value | humanize }} reports wait for the writer of {{ $labels.instance }}, limit ${queueLength}`,
    description:
      `{{ $value | humanize }} reports wait for the writer of {{ $labels.instance }}; more than the limit of ${queueLength} have waited for ` +
      `${duration(LAGGING_SECONDS)}. Nothing is lost, but what they say is known late.`,
  });
}
const LAGGING_SECONDS = 300;

/** Part of a family's bound from which on it is time to act: what comes beyond it folds. */
const NEARLY_FULL = 0.9;

/**
 * The budget folded label values into `__overflow__`, or a family is about to reach its bound. The store is shared, so replicas expose the
 * same counters: one of them, not their sum.
 */
export function seriesFolded(config: Config): AlertRule {
  const { labels } = config;
  const bounds: Readonly<Record<(typeof FOLDED_LABELS)[number], keyof typeof labels>> = {
    project: "projects",
    suite: "suitesPerProject",
    environment: "environments",
    branch: "branches",
    measure: "measures",
    scenario: "scenarios",
    operation: "operations",
  };
  const cases = FOLDED_LABELS.map(
    (label, i) =>
      `{{ ${i === 0 ? "if" : "else if"} eq $labels.label "${label}" }}${labels[bounds[label]]} (labels.${bounds[label]})`,
  );
  const bound = `${cases.join("")}{{ else }}unknown{{ end }}`;
  const series = `max by (family) (${ref(CATALOGUE.series)})`;
  const limit = `${labels.seriesPerFamily} (labels.seriesPerFamily)`;
  return own(config, {
    name: "SeriesFolded",
    severity: "warning",
    expr:
      `max by (label) (increase(${ref(CATALOGUE.seriesFolded)}[1h])) > 0\nor\n` +
      `${series} > on () group_left () ${NEARLY_FULL} * max(${ref(CATALOGUE.seriesLimit)})`,
    summary: `{{ if $labels.label }}Values of label {{ $labels.label }} are folded, limit ${bound}{{ else }}{{ $labels.family }} has {{ $value | humanize }} series, limit ${limit}{{ end }}`,
    description:
      "{{ if $labels.label }}About {{ $value | humanize }} times in the last hour a new value of label {{ $labels.label }} went beyond the " +
      `limit, ${bound}, and was folded into __overflow__. Reports are stored whole, but what was folded has no metrics, panels and alerts of its own` +
      `{{ else }}The metric family {{ $labels.family }} has {{ $value | humanize }} series, more than ${percent(NEARLY_FULL)} of the limit, ${limit}; what comes beyond ` +
      "it is folded into __overflow__, without panels and alerts of its own{{ end }}.",
  });
}

/** The old configuration stays in force, so nothing else shows that the new one was refused. */
export function configReloadFailed(config: Config): AlertRule {
  const bridge = duration(Math.max(60, 4 * config.metrics.scrapeIntervalSeconds));
  const loaded = ask(["instance"], (matchers) => `${ref(CATALOGUE.configReloadTime)}{${matchers}}`);
  const since = `{{ with ${loaded} }}{{ . | first | value | humanizeTimestamp }}{{ else }}an unknown time{{ end }}`;
  return own(config, {
    name: "ConfigReloadFailed",
    severity: "warning",
    expr: `min by (instance) (last_over_time(${ref(CATALOGUE.configReload)}[${bridge}])) == 0`,
    summary: `{{ $labels.instance }} refused its new configuration and keeps that of ${since}`,
    description:
      `The last load of the configuration of {{ $labels.instance }} failed (plumbline_config_last_reload_successful is {{ $value | humanize }}, ` +
      `limit 1). It keeps the one that it loaded at ${since}: changed teams, suites and limits are not in force, and a restart would fail.`,
  });
}

const DELIVERY_SECONDS = 300;

/** A single failed message is sent again with its group, and no reason to call anybody: the window is as long as the `for`. */
export function alertDeliveryFailing(config: Config): AlertRule {
  const window = duration(Math.max(DELIVERY_SECONDS, 4 * config.metrics.scrapeIntervalSeconds));
  const increase = (name: string): string => `sum by (integration, receiver_name) (increase(${name}[${window}]))`;
  const failed = increase(FOREIGN.notificationsFailed);
  // Alertmanager names the receiver with --enable-feature=receiver-name-in-metrics.
  const by = "{{ $labels.integration }}{{ with $labels.receiver_name }} ({{ . }}){{ end }}";
  return own(config, {
    name: "AlertDeliveryFailing",
    severity: "critical",
    actions: ["page"],
    forSeconds: DELIVERY_SECONDS,
    expr: `${failed} / ${increase(FOREIGN.notifications)}\nand\n${failed} > 0`,
    summary: `{{ $value | humanizePercentage }} of messages by ${by} fail, limit 0%`,
    description:
      `Alertmanager could not deliver {{ $value | humanizePercentage }} of its messages by ${by} in the last ${window} (limit 0%), ` +
      `and that for ${duration(DELIVERY_SECONDS)}. Whoever is told by it may not know of alerts that fire.`,
  });
}

/** Prometheus keeps what it cannot send for a while, then drops it; without an Alertmanager it sends nothing at all. */
export function alertsDropped(config: Config): AlertRule {
  const { downForSeconds } = config.thresholds;
  const window = duration(Math.max(300, 4 * config.metrics.scrapeIntervalSeconds));
  return own(config, {
    name: "AlertsDropped",
    severity: "critical",
    actions: ["page"],
    forSeconds: downForSeconds,
    expr: `max by (instance) (${FOREIGN.alertmanagersDiscovered}) == 0\nor\nsum by (instance) (increase(${FOREIGN.alertsDropped}[${window}])) > 0`,
    summary:
      "{{ if eq $value 0.0 }}Prometheus {{ $labels.instance }} knows no Alertmanager{{ else }}Prometheus {{ $labels.instance }} dropped " +
      "about {{ $value | humanize }} alerts, limit 0{{ end }}",
    description:
      "{{ if eq $value 0.0 }}Prometheus {{ $labels.instance }} has no Alertmanager to send alerts to (0, limit 1){{ else }}" +
      `Prometheus {{ $labels.instance }} could not deliver about {{ $value | humanize }} alerts to Alertmanager within ${window} and dropped them (limit 0){{ end }}. ` +
      "Alerts fire and nobody hears of them.",
  });
}

/** Always fires. Its receiver raises alarm when the messages cease: that is what tells that the whole chain stands. */
export const watchdog = (config: Config): AlertRule =>
  alert(config, {
    name: "Watchdog",
    severity: "info",
    kind: "plumbline",
    scope: [],
    expr: "vector(1)",
    summary: "Alerts are evaluated and delivered: this one always fires",
    description:
      "This alert fires as long as Prometheus evaluates rules and Alertmanager delivers. Nothing is wrong while it comes; where its messages " +
      "cease, no other alert arrives either.",
  });

const own = (config: Config, spec: Omit<AlertSpec, "kind" | "scope">): AlertRule =>
  alert(config, { ...spec, kind: "plumbline", scope: [], keepFiringForSeconds: config.thresholds.keepFiringSeconds });

export const PLUMBLINE_ALERTS = [
  plumblineDown,
  plumblineIngestFailing,
  plumblineIngestLagging,
  seriesFolded,
  configReloadFailed,
  alertDeliveryFailing,
  alertsDropped,
  watchdog,
] as const;
