/** What Grafana reads at its start, so that everything is there without a click. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { base } from "../../prometheus/src/links.ts";
import { duration } from "../../prometheus/src/promql.ts";
import { generatedYaml } from "../../prometheus/src/yaml.ts";
import { FOLDERS } from "./folders.ts";

export const PROMETHEUS_NAME = "Prometheus";
export const PROMETHEUS_UID = "plumbline-prometheus";
export const ALERTMANAGER_UID = "plumbline-alertmanager";
/** Where docker-compose.yml mounts grafana/dashboards. */
export const DASHBOARDS_PATH = "/etc/grafana/dashboards";

export function datasourcesYaml(config: Config): string {
  return generatedYaml({
    apiVersion: 1,
    datasources: [
      {
        name: PROMETHEUS_NAME,
        uid: PROMETHEUS_UID,
        type: "prometheus",
        access: "proxy",
        url: `http://${config.stack.prometheus}`,
        isDefault: true,
        editable: false,
        jsonData: {
          httpMethod: "POST",
          prometheusType: "Prometheus",
          // Must be the scrape interval: $__rate_interval is computed from it, and 15s is assumed without.
          timeInterval: duration(config.metrics.scrapeIntervalSeconds),
          manageAlerts: true,
          alertmanagerUid: ALERTMANAGER_UID,
          exemplarTraceIdDestinations: [
            // Two dollars: provisioning would take one as an environment variable.
            {
              name: "run_id",
              url: `${base(config.addresses.plumbline)}/runs/$$\{__value.raw}`,
              urlDisplayLabel: "Run",
            },
          ],
        },
      },
      {
        name: "Alertmanager",
        uid: ALERTMANAGER_UID,
        type: "alertmanager",
        access: "proxy",
        url: `http://${config.stack.alertmanager[0]}`,
        editable: false,
        // Alerts stay in Prometheus; Grafana's own would notify a second time.
        jsonData: { implementation: "prometheus", handleGrafanaManagedAlerts: false },
      },
    ],
  });
}

/** One provider for each folder: only so does a folder have a uid of its own, that links and permissions keep. */
export const providersYaml = (): string =>
  generatedYaml({
    apiVersion: 1,
    providers: Object.entries(FOLDERS).map(([folder, title]) => ({
      name: `plumbline-${folder}`,
      folder: title,
      folderUid: `plumbline-${folder}`,
      type: "file",
      disableDeletion: true,
      // Edits in the browser would be lost with the next file.
      allowUiUpdates: false,
      updateIntervalSeconds: 30,
      options: { path: `${DASHBOARDS_PATH}/${folder}`, foldersFromFilesStructure: false },
    })),
  });
