/** `prometheus.yml`. Paths are relative to the file itself, so it works from the repository and mounted at /etc/prometheus. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { duration, PLUMBLINE_JOB } from "./promql.ts";
import { generatedYaml } from "./yaml.ts";

/** Where things are when they are not where the configuration says: the demo and the tests use free ports. */
export interface PrometheusTargets {
  /** HOST:PORT of every replica of Plumbline. */
  readonly plumbline?: readonly string[];
  readonly alertmanager?: readonly string[];
  /** Of Prometheus itself, for its own metrics. */
  readonly self?: string;
  readonly ruleFiles?: readonly string[];
  /** Left out: /metrics. */
  readonly metricsPath?: string;
  /** Left out: the configuration's; rules are evaluated as often. */
  readonly scrapeIntervalSeconds?: number;
}

export function prometheusConfig(config: Config, targets: PrometheusTargets = {}): unknown {
  const interval = duration(targets.scrapeIntervalSeconds ?? config.metrics.scrapeIntervalSeconds);
  const alertmanagers = [...(targets.alertmanager ?? config.stack.alertmanager)];
  const job = (name: string, hosts: readonly string[], path?: string): unknown => ({
    job_name: name,
    ...(path === undefined || path === "/metrics" ? {} : { metrics_path: path }),
    static_configs: [{ targets: [...hosts] }],
  });
  return {
    global: {
      scrape_interval: interval,
      scrape_timeout: interval,
      evaluation_interval: interval,
      // OpenMetrics first: only it carries exemplars, and they carry the run ids.
      scrape_protocols: ["OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0", "PrometheusText0.0.4"],
    },
    rule_files: [...(targets.ruleFiles ?? ["rules/*.yml"])],
    alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] },
    scrape_configs: [
      job(PLUMBLINE_JOB, targets.plumbline ?? config.stack.plumbline, targets.metricsPath),
      job("prometheus", [targets.self ?? "localhost:9090"]),
      job("alertmanager", alertmanagers),
    ],
  };
}

export const prometheusYaml = (config: Config, targets?: PrometheusTargets): string =>
  generatedYaml(
    prometheusConfig(config, targets),
    "Exemplars are kept only with --enable-feature=exemplar-storage, which docker-compose.yml sets.",
  );
