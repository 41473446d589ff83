/** Addresses that alerts, panels and pages share. */
import type { Config } from "../../exporter/src/config/schema.ts";

export const LIVE_DASHBOARD_UID = "plumbline-live";

/** Addresses are written with and without a slash at their end. */
export const base = (address: string): string => address.replace(/\/+$/, "");

export const runbookUrl = (config: Config, alertName: string): string =>
  `${base(config.addresses.plumbline)}/runbooks/${alertName}`;

/** The live dashboard, narrowed to an alert's own labels by its template. */
export function dashboardUrl(config: Config, labels: readonly string[]): string {
  const query = labels.map((name) => `var-${name}={{ $labels.${name} | urlquery }}`).join("&");
  return `${base(config.addresses.grafana)}/d/${LIVE_DASHBOARD_UID}${query === "" ? "" : `?${query}`}`;
}
