/** `plumbline alerts test` against a real Alertmanager. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alertmanagerYaml, TEMPLATE } from "../../../alertmanager/src/alertmanager-config.ts";
import { plumbline } from "../../src/cli/test-support.ts";
import { parseConfig } from "../../src/config/load.ts";
import { type Alertmanager, findStack, startAlertmanager, startWebhook, until, type Webhook } from "../stack/index.ts";
import { temporaryFolder } from "../temporary.ts";

const stack = await findStack(["alertmanager"]);
const template = readFileSync(resolve(import.meta.dirname, "../../../alertmanager", TEMPLATE), "utf8");

interface Message {
  receiver: string;
  status: string;
  alerts: { labels: Record<string, string>; annotations: Record<string, string> }[];
}

describe.skipIf(!stack.has("alertmanager"))("plumbline alerts test", () => {
  const cwd = temporaryFolder("alerts-test");
  let good: Webhook;
  let bad: Webhook;
  let alertmanager: Alertmanager;
  let configText: string;

  beforeAll(async () => {
    good = await startWebhook();
    bad = await startWebhook();
    bad.answerWith(404);
    writeFileSync(join(cwd, "slack"), `${good.url}/slack`);
    configText = `
notifications:
  pager: { webhookUrl: "${good.url}/pager" }
  team: { webhookUrl: "${bad.url}/team" }
  exporter: { url: "${good.url}/exporter" }
  quietHours: [{ name: always }]
teams:
  - name: payments
    channel: { webhookUrl: "${good.url}/channel?key=secret", slack: { apiUrlFile: "${join(cwd, "slack")}", channel: "#payments" } }
`;
    writeFileSync(join(cwd, "plumbline.yml"), configText);
    alertmanager = await startAlertmanager({
      configText: alertmanagerYaml(parseConfig(configText, "plumbline.yml")),
      files: { [TEMPLATE]: template },
      flags: ["--enable-feature=receiver-name-in-metrics"],
    });
  });
  afterAll(async () => {
    await alertmanager?.stop();
    await good?.stop();
    await bad?.stop();
  });

  const run = (...args: string[]) =>
    plumbline(["alerts", "test", ...args, "--alertmanager", alertmanager.url], { cwd });
  const at = (webhook: Webhook, path: string) =>
    webhook.received.filter((one) => one.path.startsWith(path)).map((one) => one.body as Message);

  test("a message reaches exactly the receiver it names, even in quiet hours", async () => {
    const { status, out, err } = await run("payments/channel");
    expect(err).toBe("");
    expect(status).toBe(0);
    expect(out).toContain(`payments/channel: webhook at ${new URL(good.url).host}, Slack #payments\n`);
    expect(out).toContain("its channels took the message\n");
    expect(out).not.toContain("secret");
    const [message] = at(good, "/channel");
    expect(message).toMatchObject({ receiver: "payments/channel", status: "firing" });
    expect(message!.alerts[0]!.labels).toMatchObject({ severity: "info", plumbline_test: "payments/channel" });
    expect(JSON.stringify(at(good, "/slack"))).toContain("[TEST] A test message to payments/channel: nothing is wrong");
    expect(good.received.filter(({ path }) => !/^\/(channel|slack)/.test(path))).toEqual([]);
    expect(bad.received).toEqual([]);
  });

  test("twice is two messages", async () => {
    const [first, second] = [await run("pager", "--json"), await run("pager", "--json")];
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(JSON.parse(second.out)).toMatchObject({
      receiver: "pager",
      routedTo: ["pager"],
      delivery: "delivered",
      channels: [`webhook at ${new URL(good.url).host}`],
    });
    expect(at(good, "/pager")).toHaveLength(2);
  });

  test("Plumbline's own records have a test as well", async () => {
    expect((await run("plumbline")).status).toBe(0);
    await until(() => at(good, "/exporter").length === 1, { what: "the message to the exporter" });
  });

  test("a channel that refuses the message is told", async () => {
    const { status, out } = await run("team");
    expect(out).toContain("a channel did not take it");
    expect(status).toBe(2);
  });

  test("an unknown receiver has the nearest name", async () => {
    const { status, err } = await run("payments/chanel");
    expect(status).toBe(2);
    expect(err).toMatch(/NOT_FOUND: the configuration has no receiver "payments\/chanel"/);
    expect(err).toContain("did you mean payments/channel?");
    expect((await run("xyzzy")).err).toContain("there are plumbline, pager, team, payments/channel");
  });

  test("an Alertmanager of another configuration gets nothing", async () => {
    const before = (await alertmanager.alerts()).length;
    const other = join(cwd, "other.yml");
    writeFileSync(other, `${configText}    lead: { webhookUrl: "${good.url}/lead" }\n`);
    const { status, err } = await run("payments/lead", "--config.file", other);
    expect(status).toBe(2);
    expect(err).toContain('Alertmanager knows no receiver "payments/lead" yet');
    expect(await alertmanager.alerts()).toHaveLength(before);
  });

  test("without counters by receiver it says that it does not know", async () => {
    const plain = await startAlertmanager({
      configText: alertmanagerYaml(parseConfig(configText, "plumbline.yml")),
      files: { [TEMPLATE]: template },
    });
    const { status, out } = await plumbline(["alerts", "test", "pager", "--alertmanager", plain.url], { cwd });
    await plain.stop();
    expect(status).toBe(0);
    expect(out).toContain("whether it arrived is seen there");
  });

  test.each([
    [
      "127.0.0.1:59999",
      /^http:\/\/127.0.0.1:59999: SERVER_UNREACHABLE: no answer \(ECONNREFUSED\) .*--alertmanager URL\)\n$/,
    ],
    ["ftp://x", /USAGE: --alertmanager: expected an http or https address/],
  ])("an Alertmanager at %s: one line with a hint", async (address, line) => {
    const { status, err } = await plumbline(["alerts", "test", "pager", "--alertmanager", address], { cwd });
    expect(status).toBe(2);
    expect(err).toMatch(line);
  });

  test("an address that is no Alertmanager is refused", async () => {
    const { status, err } = await plumbline(["alerts", "test", "pager", "--alertmanager", good.url], { cwd });
    expect(status).toBe(2);
    expect(err).toContain("SERVER_REFUSED");
  });
});
