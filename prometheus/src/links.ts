/** Addresses that alerts, panels and pages share. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, ref } from "../../exporter/src/metrics/catalogue.ts";
import { ask } from "./lookup.ts";

/** Uids of the dashboards; links keep working when a title changes. */
export const DASHBOARDS = {
  live: "plumbline-live",
  suites: "plumbline-suites",
  trends: "plumbline-trends",
  performance: "plumbline-performance",
  benchmarks: "plumbline-benchmarks",
  deviations: "plumbline-deviations",
  targets: "plumbline-targets",
  executive: "plumbline-executive",
  plumbline: "plumbline-self",
} as const;
export type DashboardName = keyof typeof DASHBOARDS;
export const LIVE_DASHBOARD_UID = DASHBOARDS.live;

/** Addresses are written with and without a slash at their end. */
export const base = (address: string): string => address.replace(/\/+$/, "");

export const runbookUrl = (config: Config, alertName: string): string =>
  `${base(config.addresses.plumbline)}/runbooks/${alertName}`;

const narrowed = (labels: readonly string[], prefix = ""): string =>
  labels.map((name) => `${prefix}${name}={{ $labels.${name} | urlquery }}`).join("&");

/** A dashboard, narrowed to an alert's own labels by its template. */
export function dashboardUrl(config: Config, labels: readonly string[], name: DashboardName): string {
  const query = narrowed(labels, "var-");
  return `${base(config.addresses.grafana)}/d/${DASHBOARDS[name]}${query === "" ? "" : `?${query}`}`;
}

/** Where an alert is acknowledged: Plumbline's page of its alerts, narrowed to it. */
export function alertUrl(config: Config, alertName: string, labels: readonly string[]): string {
  const query = labels.length === 0 ? "" : `&${narrowed(labels)}`;
  return `${base(config.addresses.plumbline)}/alerts?alertname=${alertName}${query}`;
}

/** The suite's page as it was when its newest run ended: the template asks for that moment, since no label may name a run. */
export function runUrl(config: Config, scope: readonly string[]): string {
  const end = ask(scope, (matchers) => `max(last_over_time(${ref(CATALOGUE.lastRunEnd)}{${matchers}}[5m]))`);
  return `${base(config.addresses.plumbline)}/?${narrowed(scope)}{{ with ${end} }}&at={{ . | first | value | printf "%.0f" }}{{ end }}`;
}
