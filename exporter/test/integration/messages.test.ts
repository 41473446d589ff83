/** What people read, from a real Alertmanager: every kind of receiver, many alerts, hostile labels, and the end of it. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { alertmanagerConfig, TEMPLATE } from "../../../alertmanager/src/alertmanager-config.ts";
import { configSchema } from "../../src/config/schema.ts";
import {
  type Alertmanager,
  amtool,
  findStack,
  type MailServer,
  type PostedAlert,
  startAlertmanager,
  startMailServer,
  startWebhook,
  until,
  type Webhook,
} from "../stack/index.ts";
import { temporaryFolder } from "../temporary.ts";

const root = resolve(import.meta.dirname, "../../..");
const templateFile = join(root, "alertmanager", TEMPLATE);
const stack = await findStack(["alertmanager", "amtool"]);

const BASE = "http://plumbline.example.org";
const HOSTILE = 'we"b\n<b>&{{ .x }}<!channel>`*_';

function alert(name: string, suite: string, summary: string, more: Record<string, string> = {}): PostedAlert {
  const query = `project=shop&suite=${encodeURIComponent(suite)}`;
  return {
    labels: {
      ...{ alertname: name, severity: "critical", kind: "tests", team: "payments" },
      ...{ project: "shop", suite, environment: "ci", branch: "main", ...more },
    },
    annotations: {
      summary,
      description: `In words: ${summary}`,
      run_url: `${BASE}/?${query}&at=1700000000`,
      dashboard_url: `http://grafana.example.org/d/plumbline-live?var-suite=${encodeURIComponent(suite)}`,
      runbook_url: `${BASE}/runbooks/${name}`,
      alert_url: `${BASE}/alerts?alertname=${name}&${query}`,
    },
  };
}

describe.skipIf(!stack.has("alertmanager", "amtool"))("messages", () => {
  let webhook: Webhook;
  let mail: MailServer;
  let alertmanager: Alertmanager;

  beforeAll(async () => {
    webhook = await startWebhook();
    mail = await startMailServer();
    const secrets = temporaryFolder("secrets");
    const secret = (name: string, text: string): string => {
      mkdirSync(secrets, { recursive: true });
      writeFileSync(join(secrets, name), `${text}\n`);
      return join(secrets, name);
    };
    const config = configSchema.parse({
      notifications: {
        ...{ groupWaitSeconds: 1, groupIntervalSeconds: 1 },
        exporter: { url: `${webhook.url}/exporter` },
        smtp: { smarthost: mail.smarthost, from: "plumbline@example.org", requireTls: false },
        pager: {
          webhookUrlFile: secret("webhook", `${webhook.url}/json`),
          slack: { apiUrlFile: secret("slack", `${webhook.url}/slack`), channel: "#pager" },
          email: { to: ["one@example.org", "two@example.org"] },
          pagerduty: { routingKeyFile: secret("pagerduty", "0123456789abcdef0123456789abcdef") },
          opsgenie: { apiKeyFile: secret("opsgenie", "opsgenie-key"), apiUrl: `${webhook.url}/opsgenie/` },
          teams: { webhookUrlFile: secret("teams", `${webhook.url}/teams`) },
          discord: { webhookUrlFile: secret("discord", `${webhook.url}/discord`) },
        },
        teamLead: { slack: { apiUrlFile: secret("slack-lead", `${webhook.url}/lead`), channel: "@lead" } },
        team: { webhookUrl: `${webhook.url}/team` },
      },
    });
    const text = stringify(alertmanagerConfig(config));
    const yml = parse(text) as { receivers: { pagerduty_configs?: { url?: string }[] }[] };
    // The one address that the configuration does not offer, because PagerDuty has one.
    for (const receiver of yml.receivers)
      for (const one of receiver.pagerduty_configs ?? []) one.url = `${webhook.url}/pagerduty`;
    alertmanager = await startAlertmanager({
      configText: stringify(yml),
      files: { [TEMPLATE]: readFileSync(templateFile, "utf8") },
    });
  });
  afterAll(async () => {
    await alertmanager?.stop();
    await mail?.stop();
    await webhook?.stop();
  });

  /** The newest body at that path of which the text holds `needle`. */
  async function message(path: string, needle: string): Promise<Record<string, unknown>> {
    const find = () =>
      webhook.received.findLast((one) => one.path.startsWith(path) && JSON.stringify(one.body).includes(needle));
    const found = await until(find, { what: `${needle} at ${path}`, timeoutMs: 20_000 });
    return found!.body as Record<string, unknown>;
  }
  const slackOf = (body: Record<string, unknown>) =>
    (body.attachments as { title: string; title_link: string; text: string; color: string; fallback: string }[])[0]!;
  async function mailWith(needle: string): Promise<string> {
    const find = () => mail.received.map(({ text }) => decoded(text)).findLast((text) => text.includes(needle));
    return (await until(find, { what: `a mail with ${needle}`, timeoutMs: 20_000 }))!;
  }

  describe("one alert", () => {
    const SUMMARY = "shop/api (main, ci): 14% of tests fail, limit 10%";
    beforeAll(() => alertmanager.post([alert("TestFailureSpike", "api", SUMMARY)]));

    test("Slack: the title says it all, the text has the words and the links", async () => {
      const slack = slackOf(await message("/slack", "shop/api"));
      expect(slack.title).toBe(`[CRITICAL] ${SUMMARY}`);
      expect(slack.fallback).toBe(slack.title);
      expect(slack.title_link).toBe(`${BASE}/alerts?alertname=TestFailureSpike&project=shop&suite=api`);
      expect(slack.color).toBe("danger");
      expect(slack.text.trimEnd()).toBe(
        `In words: ${SUMMARY}\n<${BASE}/?project=shop&amp;suite=api&amp;at=1700000000|Run> · ` +
          `<http://grafana.example.org/d/plumbline-live?var-suite=api|Dashboard> · ` +
          `<${BASE}/runbooks/TestFailureSpike|Runbook> · ` +
          `<${BASE}/alerts?alertname=TestFailureSpike&amp;project=shop&amp;suite=api|Acknowledge>`,
      );
    });

    test("Discord and Teams: the same as Markdown", async () => {
      const [embed] = (await message("/discord", "shop/api")).embeds as { title: string; description: string }[];
      expect(embed!.title).toBe(`[CRITICAL] ${SUMMARY}`);
      expect(embed!.description).toContain(`[Acknowledge](${BASE}/alerts?alertname=TestFailureSpike&project=shop`);
      const teams = JSON.stringify(await message("/teams", "shop/api"));
      expect(teams).toContain(`[CRITICAL] ${SUMMARY}`);
      expect(teams).toContain(`[Runbook](${BASE}/runbooks/TestFailureSpike)`);
    });

    test("PagerDuty: severity, link and a key per group; Opsgenie: priority and alias", async () => {
      const page = await message("/pagerduty", "shop/api");
      expect(page).toMatchObject({
        routing_key: "0123456789abcdef0123456789abcdef",
        event_action: "trigger",
        client: "Plumbline",
        client_url: `${BASE}/alerts?alertname=TestFailureSpike&project=shop&suite=api`,
        payload: { severity: "critical", summary: `[CRITICAL] ${SUMMARY}`, group: "payments" },
      });
      expect(page.dedup_key).toMatch(/^[0-9a-f]{64}$/);
      expect(JSON.stringify(page)).toContain("Acknowledge: ");
      const genie = await message("/opsgenie", "shop/api");
      expect(genie).toMatchObject({ message: `[CRITICAL] ${SUMMARY}`, priority: "P1", tags: ["critical", "payments"] });
      expect(genie.description).toContain(`Runbook: ${BASE}/runbooks/TestFailureSpike`);
    });

    test("e-mail: subject, text and HTML", async () => {
      const text = await mailWith("shop/api");
      expect(text).toContain(`Subject: [CRITICAL] ${SUMMARY}`);
      expect(text).toMatch(/Content-Type: text\/plain/);
      expect(text).toMatch(/Content-Type: text\/html/);
      expect(text).toContain(`Acknowledge: ${BASE}/alerts?alertname=TestFailureSpike&project=shop&suite=api`);
      expect(text).toContain(`<a href="${BASE}/runbooks/TestFailureSpike">Runbook</a>`);
      expect(mail.received[0]!.to).toEqual(["one@example.org", "two@example.org"]);
    });

    test("Plumbline gets the whole alert", async () => {
      const body = await message("/exporter", "shop/api");
      expect(body).toMatchObject({ version: "4", receiver: "plumbline", truncatedAlerts: 0 });
      expect((body.alerts as PostedAlert[])[0]).toMatchObject({
        labels: { suite: "api" },
        annotations: { summary: SUMMARY },
      });
    });

    test("when it is over, everybody is told what, not the old figures", async () => {
      const over = alert("TestFailureSpike", "api", SUMMARY);
      await alertmanager.post([{ ...over, endsAt: new Date().toISOString() }]);
      const title = "[RESOLVED] shop/api (main, ci): TestFailureSpike";
      const slack = slackOf(await message("/slack", "[RESOLVED]"));
      expect([slack.title, slack.color, slack.text]).toEqual([title, "good", ""]);
      expect(await message("/pagerduty", '"resolve"')).toMatchObject({ event_action: "resolve" });
      expect(JSON.stringify(await message("/discord", "[RESOLVED]"))).toContain(title);
      expect(await mailWith("[RESOLVED]")).toContain(`Subject: ${title}`);
      expect(await message("/json", '"resolved"')).toMatchObject({ status: "resolved" });
    });
  });

  describe("500 suites that break together", () => {
    beforeAll(async () => {
      const suites = Array.from({ length: 500 }, (_, i) => `suite-${i}`);
      await alertmanager.post(
        suites.map((suite) => alert("TestRunFailed", suite, `shop/${suite} (main, ci): 3 tests fail`)),
      );
    });

    test("are one short message, with how many more and where", async () => {
      const slack = slackOf(await message("/slack", "TestRunFailed"));
      expect(slack.title).toMatch(/^\[CRITICAL\] shop\/suite-\d+ \(main, ci\): 3 tests fail \+499 more$/);
      expect(slack.text.match(/^• /gm)).toHaveLength(10);
      const all = `${BASE}/alerts?alertname=TestRunFailed&team=payments&environment=ci`;
      expect(slack.text).toContain(`… and 490 more: <${all}|all of them>`);
      expect(slack.title_link).toBe(all);
      expect(slack.text.length).toBeLessThan(8000);
      const [embed] = (await message("/discord", "TestRunFailed")).embeds as { description: string }[];
      // Beyond 4096 characters Discord refuses the message; Alertmanager would cut it in the middle of a link.
      expect(embed!.description).toContain(`… and [490 more](${all})`);
      expect(embed!.description.length).toBeLessThan(4096);
      expect(JSON.stringify(await message("/teams", "TestRunFailed")).length).toBeLessThan(28_000);
      expect(JSON.stringify(await message("/pagerduty", "TestRunFailed")).length).toBeLessThan(20_000);
      const text = await mailWith("TestRunFailed");
      expect(text).toContain("490 more");
      expect(text.length).toBeLessThan(60_000);
      const titles = webhook.received
        .filter((one) => one.path === "/slack")
        .map((one) => slackOf(one.body as Record<string, unknown>).title)
        .filter((title) => title.includes("3 tests fail"));
      expect(titles).toHaveLength(1);
    });

    test("Plumbline gets all of them", async () => {
      const bodies = () =>
        webhook.received
          .filter((one) => one.path === "/exporter")
          .flatMap((one) => (one.body as { alerts: { labels: Record<string, string> }[] }).alerts)
          .filter(({ labels }) => labels.alertname === "TestRunFailed")
          .map(({ labels }) => labels.suite);
      await until(() => new Set(bodies()).size === 500, { what: "500 alerts", timeoutMs: 20_000 });
    });
  });

  describe("labels that hold what forms give a meaning to", () => {
    beforeAll(() =>
      alertmanager.post([
        alert("SuiteNeverRan", HOSTILE, `shop/${HOSTILE} (main, ci): never ran`, { team: "a&b <i>" }),
      ]),
    );

    test("Slack: nobody is called and nothing is markup", async () => {
      const slack = slackOf(await message("/slack", "never ran"));
      expect(slack.title).toBe('[CRITICAL] shop/we"b &lt;b&gt;&amp;{{ .x }}&lt;!channel&gt;`*_ (main, ci): never ran');
      expect(slack.text.replace(/<https?:[^<>|]*\|(?:Run|Dashboard|Runbook|Acknowledge)>/g, "")).not.toMatch(/[<>]/);
    });

    test("e-mail: one subject line, and HTML shows the characters", async () => {
      const text = await mailWith("never ran");
      expect(text).toContain("&lt;b&gt;&amp;{{ .x }}&lt;!channel&gt;");
      expect(text.slice(text.indexOf("<html>"))).not.toContain("<b>&");
      const subjects = text.split("\n").filter((line) => line.startsWith("Subject:"));
      expect(subjects).toHaveLength(1);
      expect(subjects[0]).toContain("(main, ci): never ran");
    });

    test("Markdown: marks are escaped", async () => {
      const [embed] = (await message("/discord", "never ran")).embeds as { title: string; description: string }[];
      expect(embed!.description).toContain("\\<b\\>&{{ .x }}\\<!channel\\>\\`\\*\\_");
    });
  });

  test("an escalation says so, and to whom it went", async () => {
    await alertmanager.post([
      alert("AlertEscalated", "api", "shop/api (main, ci): TestFailureSpike unacknowledged for 15m", {
        kind: "escalation",
        escalation_level: "2",
        source_alert: "TestFailureSpike",
      }),
    ]);
    const slack = slackOf(await message("/lead", "unacknowledged"));
    expect(slack.title).toBe("[ESCALATION 2] shop/api (main, ci): TestFailureSpike unacknowledged for 15m");
  });

  test("a foreign alert without our annotations is told by its name", async () => {
    await alertmanager.post([{ labels: { alertname: "DiskFull", severity: "critical" } }]);
    const slack = slackOf(await message("/slack", "DiskFull"));
    expect(slack.title).toBe("[CRITICAL] DiskFull");
    expect(slack.title_link).toMatch(/\/#\/alerts\?receiver=pager$/);
  });

  test("a receiver that is down is tried again, and the failures are counted by receiver", async () => {
    const down = await startWebhook();
    down.answerWith(500);
    const config = configSchema.parse({
      notifications: {
        ...{ groupWaitSeconds: 1, groupIntervalSeconds: 1 },
        pager: { webhookUrl: `${down.url}/pager` },
        team: { webhookUrl: `${webhook.url}/team` },
        exporter: { url: `${webhook.url}/exporter` },
      },
    });
    const other = await startAlertmanager({
      configText: stringify(alertmanagerConfig(config)),
      flags: ["--enable-feature=receiver-name-in-metrics"],
    });
    try {
      await other.post([alert("TestFailureSpike", "down", "shop/down: all tests fail")]);
      const failures = async () =>
        (await (await fetch(`${other.url}/metrics`)).text())
          .split("\n")
          .find((line) => /^alertmanager_notifications_failed_total\{.*receiver_name="pager".*\} [1-9]/.test(line));
      const line = await until(failures, { what: "a counted failure", timeoutMs: 40_000 });
      expect(line).toContain('integration="webhook"');
      expect(line).toContain('reason="serverError"');
      down.answerWith(200);
      const before = down.received.length;
      await until(() => down.received.length > before, { what: "the next try", timeoutMs: 40_000 });
    } finally {
      await other.stop();
      await down.stop();
    }
  }, 90_000);

  test("amtool renders every part without data that only some alerts have", async () => {
    const parts = [...readFileSync(templateFile, "utf8").matchAll(/define "(plumbline\.[\w.]+)"/g)].map(
      ([, one]) => one!,
    );
    expect(parts.length).toBeGreaterThan(15);
    const whole = parts.filter((one) => !/headline|\.list$|links$/.test(one));
    const data = join(temporaryFolder("render"), "data.json");
    writeFileSync(
      data,
      JSON.stringify({ receiver: "x", status: "firing", alerts: [{ status: "firing", labels: {} }] }),
    );
    for (const part of whole) {
      const ran = await amtool([
        ...["template", "render", `--template.glob=${templateFile}`, `--template.data=${data}`],
        ...[`--template.type=${part.includes("html") ? "html" : "text"}`, `--template.text={{ template "${part}" . }}`],
      ]);
      expect(ran.code, `${part}: ${ran.stderr}`).toBe(0);
      expect(ran.stderr, part).not.toContain("error");
    }
  });
});

/** Alertmanager writes mails as quoted-printable, and long or special headers as encoded words. */
function decoded(text: string): string {
  const bytes = (hex: string): string =>
    Buffer.from(
      hex.replace(/=([0-9A-F]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
      "latin1",
    ).toString("utf8");
  return bytes(
    text
      .replace(/\?=\s+=\?utf-8\?q\?/gi, "")
      .replace(/=\?utf-8\?q\?(.*?)\?=/gi, (_, word: string) => bytes(word.replaceAll("_", " ")))
      .replace(/=\n/g, ""),
  );
}
