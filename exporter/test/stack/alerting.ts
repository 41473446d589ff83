/**
 * Reports to messages: Plumbline, Prometheus, Alertmanager and a webhook receiver, with the files that `plumbline provision` writes for
 * one configuration. Tests shorten durations in that configuration and change nothing else.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { alertmanagerYaml } from "../../../alertmanager/src/alertmanager-config.ts";
import { prometheusYaml } from "../../../prometheus/src/prometheus-config.ts";
import { rulesYaml } from "../../../prometheus/src/rules.ts";
import { type Config, configSchema } from "../../src/config/schema.ts";
import { type Alertmanager, startAlertmanager } from "./alertmanager.ts";
import { type Plumbline, startPlumbline } from "./plumbline.ts";
import { freePort } from "./processes.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";
import { until } from "./until.ts";
import { startWebhook, type Webhook } from "./webhook.ts";

const TEMPLATES = resolve(import.meta.dirname, "../../../alertmanager/templates");

export interface SentAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly fingerprint: string;
}
/** One message of Alertmanager as a receiver got it. */
export interface Message {
  /** Where it was sent, such as `/pager`. */
  readonly path: string;
  readonly at: Date;
  readonly status: "firing" | "resolved";
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly SentAlert[];
}

export interface AlertingOptions {
  /**
   * The configuration's document; the receivers of `url` get each its own path. `stack` and the address of Plumbline are filled in.
   */
  readonly config: (url: string) => Readonly<Record<string, unknown>>;
  /** 1 by default; more form a cluster. */
  readonly alertmanagers?: number;
  readonly alertmanagerFlags?: readonly string[];
  /** How often Prometheus sends a firing alert again; 5 by default. */
  readonly resendSeconds?: number;
}

export interface Alerting {
  readonly config: Config;
  readonly webhook: Webhook;
  /** The one that runs now. */
  readonly plumbline: Plumbline;
  readonly prometheus: Prometheus;
  readonly alertmanagers: Alertmanager[];
  /** All messages so far, or those to one path, oldest first. */
  messages(path?: string): readonly Message[];
  /** Alerts of these messages by name, in the order in which they were sent. */
  sent(path: string, alertname: string, status?: SentAlert["status"]): readonly (SentAlert & { at: Date })[];
  /** Starts Plumbline again at its place, with its data. */
  restartPlumbline(): Promise<void>;
  /** Starts an Alertmanager again at its place, with its data; it must have been stopped. */
  restartAlertmanager(index: number): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves after the first scrape. What was started is stopped when a later part does not start. */
export async function startAlerting(options: AlertingOptions): Promise<Alerting> {
  const stops: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    return await start(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: AlertingOptions, stops: (() => unknown)[], stop: () => Promise<void>): Promise<Alerting> {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-alerting-"));
  stops.push(() => rmSync(folder, { recursive: true, force: true }));
  const webhook = await startWebhook();
  stops.push(() => webhook.stop());

  const port = await freePort();
  const places = await Promise.all(
    Array.from({ length: options.alertmanagers ?? 1 }, async (_, i) => ({
      port: await freePort(),
      gossip: await freePort(),
      data: join(folder, `alertmanager-${i}`),
    })),
  );
  const document = {
    ...options.config(webhook.url),
    addresses: { plumbline: `http://127.0.0.1:${port}` },
    stack: { plumbline: [`127.0.0.1:${port}`], alertmanager: places.map((one) => `127.0.0.1:${one.port}`) },
  };
  const config = configSchema.parse(document);
  writeProvision(folder, config);

  const data = join(folder, "plumbline");
  mkdirSync(data);
  let plumbline = await startPlumbline({ config: stringify(document), data, port });
  stops.push(() => plumbline.stop());

  const gossip = (i: number): readonly string[] =>
    places.length === 1
      ? []
      : places.flatMap((peer, p) => (p === i ? [] : [`--cluster.peer=127.0.0.1:${peer.gossip}`]));
  const startOne = (i: number): Promise<Alertmanager> =>
    startAlertmanager({
      configFile: join(folder, "alertmanager/alertmanager.yml"),
      port: places[i]!.port,
      data: places[i]!.data,
      ...(places.length === 1 ? {} : { clusterListen: `127.0.0.1:${places[i]!.gossip}` }),
      flags: [...gossip(i), ...(options.alertmanagerFlags ?? [])],
    });
  const alertmanagers = await Promise.all(places.map((_, i) => startOne(i)));
  stops.push(() => Promise.all(alertmanagers.map((one) => one.stop())));

  const prometheus = await startPrometheus({
    configFile: join(folder, "prometheus/prometheus.yml"),
    resendSeconds: options.resendSeconds ?? 5,
  });
  stops.push(() => prometheus.stop());
  await until(() => prometheus.query('up{job="plumbline"} == 1'), { what: "the first scrape", timeoutMs: 30_000 });

  const messages = (path?: string): readonly Message[] =>
    webhook.received
      .filter((one) => path === undefined || one.path === path)
      .map((one) => ({ ...(one.body as Omit<Message, "path" | "at">), path: one.path, at: one.at }));
  return {
    config,
    webhook,
    prometheus,
    alertmanagers,
    get plumbline() {
      return plumbline;
    },
    messages,
    sent: (path, alertname, status = "firing") =>
      messages(path)
        .flatMap(({ alerts, at }) => alerts.map((alert) => ({ ...alert, at })))
        .filter((alert) => alert.labels.alertname === alertname && alert.status === status),
    async restartPlumbline() {
      plumbline = await startPlumbline({ data, port });
    },
    async restartAlertmanager(i) {
      alertmanagers[i] = await startOne(i);
    },
    stop,
  };
}

/** What `plumbline provision` writes, without dashboards. */
function writeProvision(folder: string, config: Config): void {
  mkdirSync(join(folder, "prometheus/rules"), { recursive: true });
  mkdirSync(join(folder, "alertmanager"));
  writeFileSync(join(folder, "prometheus/prometheus.yml"), prometheusYaml(config));
  writeFileSync(join(folder, "prometheus/rules/plumbline.yml"), rulesYaml(config));
  writeFileSync(join(folder, "alertmanager/alertmanager.yml"), alertmanagerYaml(config));
  cpSync(TEMPLATES, join(folder, "alertmanager/templates"), { recursive: true });
}
