import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { findStack } from "./install.ts";
import { type Server, startServer } from "./processes.ts";
import { type Labels, type QueryApi, queryApi, request } from "./prometheus-api.ts";

export type PrometheusOptions = {
  /** The whole configuration. Relative paths in it are relative to the temporary folder. */
  configText?: string;
  /** A configuration used where it lies, so that its relative paths hold. */
  configFile?: string;
  /** Without either of the above, a configuration is made of the following. */
  scrapeConfigs?: readonly object[];
  /** Files or globs; made absolute. */
  ruleFiles?: readonly string[];
  /** The text of one more rule file. */
  rules?: string;
  alertmanagerUrl?: string;
  /** Scrape and evaluation interval; 1 by default. */
  intervalSeconds?: number;
  /**
   * How often a firing alert is sent again; 5 by default instead of Prometheus's 60, since alerts that fire before it has
   * found its Alertmanager are dropped. Alertmanager resolves an alert not sent again for four times this.
   */
  resendSeconds?: number;
  exemplars?: boolean;
  remoteWriteReceiver?: boolean;
  flags?: readonly string[];
  /** Folder of the storage, kept by `stop`; left out: a new one. */
  data?: string;
};

export type PrometheusAlert = {
  labels: Labels;
  annotations: Labels;
  state: "pending" | "firing";
  activeAt: string;
  value: string;
};

export type Rule = {
  type: "alerting" | "recording";
  name: string;
  query: string;
  health: "ok" | "err" | "unknown";
  lastError?: string;
  state?: "inactive" | "pending" | "firing";
  labels?: Labels;
};
export type RuleGroup = { name: string; file: string; rules: readonly Rule[] };

export type Target = {
  labels: Labels;
  scrapeUrl: string;
  health: "up" | "down" | "unknown";
  lastError: string;
  lastScrapeDuration: number;
};

/** A node of a PromQL syntax tree, as /api/v1/parse_query gives it. */
export type PromqlNode = { type: string; [field: string]: unknown };

export type Prometheus = Server &
  QueryApi & {
    alerts(): Promise<readonly PrometheusAlert[]>;
    rules(): Promise<readonly RuleGroup[]>;
    targets(): Promise<readonly Target[]>;
    /** Throws with Prometheus's message when the expression is not PromQL. */
    parseQuery(expr: string): Promise<PromqlNode>;
    exemplars(expr: string): Promise<readonly { seriesLabels: Labels; exemplars: readonly Exemplar[] }[]>;
    /** Reads the configuration again, after replacing it if one is given. Throws when Prometheus refuses it. */
    reload(configText?: string): Promise<void>;
  };

export type Exemplar = { labels: Labels; value: string; timestamp: number };

/** The first scrape, and the first notification, come 5 s after the start: its service discovery has that fixed pace (3.5). */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<Prometheus> {
  const stack = await findStack(["prometheus"]);
  const configIn = (folder: string): string =>
    options.configFile === undefined ? join(folder, "prometheus.yml") : resolve(options.configFile);
  const server = await startServer({
    name: "prometheus",
    command: stack.path("prometheus"),
    readyPath: "/-/ready",
    prepare: ({ folder }) => {
      if (options.rules !== undefined) writeFileSync(join(folder, "rules.yml"), options.rules);
      if (options.configFile === undefined) writeFileSync(configIn(folder), configOf(options));
    },
    args: ({ port, folder }) => [
      `--config.file=${configIn(folder)}`,
      `--storage.tsdb.path=${options.data ?? join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-lifecycle",
      `--rules.alert.resend-delay=${options.resendSeconds ?? 5}s`,
      ...(options.exemplars ? ["--enable-feature=exemplar-storage"] : []),
      ...(options.remoteWriteReceiver ? ["--web.enable-remote-write-receiver"] : []),
      ...(options.flags ?? []),
    ],
  });
  const api = queryApi(server.url);
  return {
    ...server,
    ...api,
    alerts: async () => (await api.get<{ alerts: PrometheusAlert[] }>("/api/v1/alerts")).alerts,
    rules: async () => (await api.get<{ groups: RuleGroup[] }>("/api/v1/rules")).groups,
    targets: async () => (await api.get<{ activeTargets: Target[] }>("/api/v1/targets")).activeTargets,
    parseQuery: (expr) =>
      request(`${server.url}/api/v1/parse_query`, { method: "POST", body: new URLSearchParams({ query: expr }) }),
    exemplars: (expr) =>
      api.get("/api/v1/query_exemplars", { query: expr, start: 0, end: Math.ceil(Date.now() / 1000) + 3600 }),
    reload: async (configText) => {
      if (configText !== undefined) writeFileSync(configIn(server.folder), configText);
      const response = await fetch(`${server.url}/-/reload`, { method: "POST" });
      if (!response.ok) throw new Error(`prometheus refused the configuration: ${await response.text()}`);
    },
  };
}

function configOf(options: PrometheusOptions): string {
  if (options.configText !== undefined) return options.configText;
  const interval = `${options.intervalSeconds ?? 1}s`;
  const ruleFiles = (options.ruleFiles ?? []).map((file) => resolve(file));
  const alertmanagers = options.alertmanagerUrl === undefined ? [] : [new URL(options.alertmanagerUrl).host];
  return stringify({
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: options.rules === undefined ? ruleFiles : [...ruleFiles, "rules.yml"],
    scrape_configs: options.scrapeConfigs ?? [],
    alerting: { alertmanagers: alertmanagers.map((target) => ({ static_configs: [{ targets: [target] }] })) },
  });
}
