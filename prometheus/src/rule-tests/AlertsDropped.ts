/** AlertsDropped: Prometheus cannot hand its alerts to an Alertmanager. */
import { FOREIGN } from "../foreign.ts";
import { ownAlert } from "./plumbline.ts";
import { phases, type RuleTest } from "./support.ts";

const prometheus = 'instance="localhost:9090",job="prometheus"';
const chain = (found: string, dropped: string): RuleTest["series"] => [
  [`${FOREIGN.alertmanagersDiscovered}{${prometheus}}`, found],
  [`${FOREIGN.alertsDropped}{${prometheus},alertmanager="http://am:9093/api/v2/alerts"}`, dropped],
];
const labels = { severity: "critical", actions: "page", instance: "localhost:9090" };
const none = ownAlert(
  "AlertsDropped",
  "Prometheus localhost:9090 knows no Alertmanager",
  "Prometheus localhost:9090 has no Alertmanager to send alerts to (0, limit 1). Alerts fire and nobody hears of them.",
  labels,
);
const dropped = (count: string) =>
  ownAlert(
    "AlertsDropped",
    `Prometheus localhost:9090 dropped about ${count} alerts, limit 0`,
    `Prometheus localhost:9090 could not deliver about ${count} alerts to Alertmanager within 5m and dropped them (limit 0). Alerts fire ` +
      "and nobody hears of them.",
    labels,
  );

export const alertsDropped: readonly RuleTest[] = [
  {
    name: "an Alertmanager that takes everything is silent; what was dropped long ago is too",
    series: [...chain(phases([1, 3600]), phases([12, 3600]))],
    checks: [["10m", []]],
  },
  {
    name: "no Alertmanager fires after a minute, and resolves 2 minutes after one is found",
    series: [...chain(phases([1, 60], [0, 300], [1, 3600]), phases([0, 3600]))],
    checks: [
      ["1m55s", []],
      ["2m", [none]],
      ["7m55s", [none]],
      ["8m", []],
    ],
  },
  {
    name: "dropped alerts fire after a minute, and resolve with their window, 2 minutes later",
    series: [...chain(phases([1, 3600]), phases([0, 300], [8, 3600]))],
    checks: [
      ["5m55s", []],
      ["6m", [dropped("8")]],
      ["11m45s", [dropped("8")]],
      ["12m", []],
    ],
  },
  {
    name: "a Prometheus that has just started has a minute to find its Alertmanager",
    series: [...chain(phases([0, 55], [1, 3600]), phases([0, 3600]))],
    checks: [
      ["55s", []],
      ["10m", []],
    ],
  },
];
