import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { alertmanagerYaml } from "../../alertmanager/src/alertmanager-config.ts";
import { prometheusYaml } from "../../prometheus/src/prometheus-config.ts";
import { rulesYaml } from "../../prometheus/src/rules.ts";
import { configSchema } from "../src/config/schema.ts";
import { startAlertmanager } from "../test/stack/alertmanager.ts";
import { findInstalledStack } from "../test/stack/find.ts";
import type { Plumbline } from "../test/stack/plumbline.ts";
import { startPrometheus } from "../test/stack/prometheus.ts";
import { until } from "../test/stack/until.ts";
import { startWebhook } from "../test/stack/webhook.ts";
import { check, note, title } from "./console.ts";

export interface DemoStack {
  readonly running: boolean;
  readonly addresses: readonly string[];
  readonly hint: string;
  /** Waits for the page and says what it was. */
  page(): Promise<string>;
  stop(): Promise<void>;
}

const HINT =
  "Prometheus and Alertmanager are not here, so no alert was shown; on Debian `node_modules/.bin/node exporter/test/stack/install-cli.ts` fetches them, elsewhere put them on the PATH";

interface Message {
  alerts: { labels: Record<string, string>; annotations: Record<string, string> }[];
}

/** Starts Prometheus, Alertmanager and a receiver around the server, with the generated rules and routing, when they are installed. */
export async function startStack(plumbline: Plumbline, configText: string): Promise<DemoStack> {
  const stack = await findInstalledStack({ tools: ["prometheus", "alertmanager"] });
  if (!stack.has("prometheus", "alertmanager"))
    return { running: false, addresses: [], hint: HINT, page: async () => "", stop: async () => {} };

  title("Prometheus and Alertmanager");
  const webhook = await startWebhook();
  const config = configSchema.parse({
    ...(parse(configText) as object),
    addresses: { plumbline: plumbline.url },
    notifications: {
      pager: { webhookUrl: `${webhook.url}/pager` },
      team: { webhookUrl: `${webhook.url}/team` },
      exporter: { url: `${plumbline.url}/api/v1/alerts` },
      groupWaitSeconds: 2,
    },
  });
  const rules = join(plumbline.data, "rules.yml");
  writeFileSync(rules, rulesYaml(config));
  const alertmanager = await startAlertmanager({ configText: alertmanagerYaml(config) });
  const prometheus = await startPrometheus({
    configText: prometheusYaml(config, {
      plumbline: [plumbline.url.replace("http://", "")],
      alertmanager: [alertmanager.url.replace("http://", "")],
      ruleFiles: [rules],
    }),
    exemplars: true,
  });
  await until(() => prometheus.query('up{job="plumbline"} == 1'), { what: "the first scrape", timeoutMs: 30_000 });
  check("Prometheus scrapes Plumbline", true);
  return {
    running: true,
    addresses: [`${prometheus.url}/alerts      alerts and their rules`, `${alertmanager.url}/      who is told`],
    hint: "",
    async page() {
      note("the api suite fails more than 10 % of its tests; the page comes after 15 s (5 minutes as shipped)");
      const pages = () =>
        webhook.received
          .filter((one) => one.path === "/pager")
          .flatMap((one) => (one.body as Message).alerts)
          .filter((alert) => alert.labels.alertname === "TestFailureSpike");
      const [page] = await until(pages, { what: "the page", timeoutMs: 120_000 });
      note(page!.annotations.summary ?? "");
      note(`runbook: ${page!.annotations.runbook_url}`);
      return `${page!.labels.alertname} of suite ${page!.labels.suite} (${page!.labels.severity}, team ${page!.labels.team})`;
    },
    async stop() {
      await prometheus.stop();
      await alertmanager.stop();
      await webhook.stop();
    },
  };
}
