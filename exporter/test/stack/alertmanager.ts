import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { findStack } from "./install.ts";
import { type Server, startServer } from "./processes.ts";
import type { Labels } from "./prometheus-api.ts";

export type AlertmanagerOptions = {
  /** Either the text, with paths relative to the temporary folder, or a file used where it lies. */
  configText?: string;
  configFile?: string;
  /** Written beside `configText`, such as templates, by their relative paths. */
  files?: Readonly<Record<string, string>>;
  /** Empty by default: no gossip, no second port. */
  clusterListen?: string;
  flags?: readonly string[];
  /** Left out: a free one. */
  port?: number;
  /** Folder of silences and of what was sent, kept by `stop`: a restart goes on from it. Left out: a new one. */
  data?: string;
};

/** What one posts; times are RFC 3339. Without `endsAt` Alertmanager resolves it after `resolve_timeout`. */
export type PostedAlert = {
  labels: Labels;
  annotations?: Labels;
  startsAt?: string;
  endsAt?: string;
  generatorURL?: string;
};

export type HeldAlert = Required<PostedAlert> & {
  fingerprint: string;
  receivers: readonly { name: string }[];
  status: { state: "active" | "suppressed" | "unprocessed"; silencedBy: string[]; inhibitedBy: string[] };
};

export type AlertGroup = { labels: Labels; receiver: { name: string }; alerts: readonly HeldAlert[] };

export type Alertmanager = Server & {
  post(alerts: readonly PostedAlert[]): Promise<void>;
  alerts(): Promise<readonly HeldAlert[]>;
  groups(): Promise<readonly AlertGroup[]>;
  /** Returns the id of the silence. Matchers are equalities. */
  silence(matchers: Labels, seconds: number, comment?: string): Promise<string>;
  /** Reads the configuration again, after replacing it if one is given. Throws when Alertmanager refuses it. */
  reload(configText?: string): Promise<void>;
};

export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const stack = await findStack(["alertmanager"]);
  const configIn = (folder: string): string =>
    options.configFile === undefined ? join(folder, "alertmanager.yml") : resolve(options.configFile);
  const server = await startServer({
    name: "alertmanager",
    command: stack.path("alertmanager"),
    port: options.port,
    readyPath: "/-/ready",
    prepare: ({ folder }) => {
      if (options.configFile === undefined) writeFileSync(configIn(folder), options.configText ?? "");
      for (const [name, text] of Object.entries(options.files ?? {})) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
    },
    args: ({ port, folder }) => [
      `--config.file=${configIn(folder)}`,
      `--storage.path=${options.data ?? join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--cluster.listen-address=${options.clusterListen ?? ""}`,
      ...(options.flags ?? []),
    ],
  });
  return {
    ...server,
    post: async (alerts) => {
      await call(`${server.url}/api/v2/alerts`, alerts);
    },
    alerts: async () => JSON.parse(await call(`${server.url}/api/v2/alerts`)),
    groups: async () => JSON.parse(await call(`${server.url}/api/v2/alerts/groups`)),
    silence: async (matchers, seconds, comment = "test") => {
      const list = Object.entries(matchers).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
      const startsAt = new Date().toISOString();
      const endsAt = new Date(Date.now() + seconds * 1000).toISOString();
      const silence = { matchers: list, startsAt, endsAt, createdBy: "test", comment };
      return JSON.parse(await call(`${server.url}/api/v2/silences`, silence)).silenceID;
    },
    reload: async (configText) => {
      if (configText !== undefined) writeFileSync(configIn(server.folder), configText);
      const response = await fetch(`${server.url}/-/reload`, { method: "POST" });
      if (!response.ok) throw new Error(`alertmanager refused the configuration: ${await response.text()}`);
    },
  };
}

async function call(address: string, body?: unknown): Promise<string> {
  const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(address, body === undefined ? {} : post);
  const text = await response.text();
  if (!response.ok) throw new Error(`${address} answered ${response.status}: ${text.slice(0, 2000)}`);
  return text;
}
