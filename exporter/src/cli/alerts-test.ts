/** `plumbline alerts test`: does a message reach whom it should? */
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, Option } from "commander";
import { type Channels, EXPORTER, recipients } from "../../../alertmanager/src/recipients.ts";
import { TEST_ID_LABEL, TEST_LABEL } from "../../../alertmanager/src/routes.ts";
import type { Config } from "../config/schema.ts";
import { nearest } from "../config/suggest.ts";
import { AppError } from "../errors.ts";
import { type AlertmanagerApi, alertmanagerApi, type Routed } from "./alertmanager.ts";
import { type Cli, type Flags, jsonOption, loadedConfig, text } from "./common.ts";
import { display } from "./http.ts";
import { clean, painter } from "./io.ts";
import { printDocument } from "./show.ts";

/** The message resolves by itself after this, which sends a second one. */
const LASTS_MS = 60_000;
/** Alertmanager routes within milliseconds; a delivery takes as long as its receiver. */
const ROUTED_WITHIN_MS = 10_000;
const DELIVERED_WITHIN_MS = 10_000;
const POLL_MS = 200;

type Delivery = "delivered" | "failed" | "unknown";

export function registerAlertsTest(alerts: Command, cli: Cli): void {
  const { io } = cli;
  alerts
    .command("test")
    .summary("send a harmless message to one receiver")
    .description(
      "Posts an alert of severity info to Alertmanager that goes to this receiver only, past routes, quiet hours and inhibition, and " +
        "resolves after a minute. Exits with 2 when it does not get there.",
    )
    .argument("<receiver>", "such as pager, team, payments/channel, plumbline")
    .addOption(new Option("--alertmanager <url>", "its address (default: the first of stack.alertmanager)"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  $ plumbline alerts test pager --alertmanager http://127.0.0.1:9093\n  $ plumbline alerts test payments/channel",
    )
    .action(async (receiver: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const { config } = await loadedConfig(flags, io);
      const channels = channelsOf(config, receiver);
      const base = addressOf(config, text(flags, "alertmanager"));
      const api = alertmanagerApi(base);
      const sentAt = io.now();
      const before = await attemptsBefore(api, base, receiver);
      await api.post(testAlert(config, receiver, sentAt));
      const routed = await routedTo(api, base, receiver, sentAt);
      const delivery = await delivered(api, receiver, channels.length, before);
      const resolvesAt = new Date(sentAt.getTime() + LASTS_MS).toISOString();
      if (flags.json === true)
        printDocument(io, {
          receiver,
          alertmanager: display(base),
          routedTo: routed.receivers,
          channels,
          delivery,
          resolvesAt,
        });
      else {
        const paint = painter(io, io.stdout);
        const said: Readonly<Record<Delivery, string>> = {
          delivered: paint("green", "its channels took the message"),
          failed: paint("red", "a channel did not take it; Alertmanager's log says why, and it is tried again"),
          unknown: "whether it arrived is seen there (Alertmanager does not count deliveries by receiver)",
        };
        io.stdout.write(`${clean(receiver)}: ${clean(channels.join(", "))}\n${said[delivery]}\n`);
        io.stdout.write(`the resolved notice follows after ${resolvesAt}\n`);
      }
      if (delivery === "failed") cli.exit(2);
    });
}

/** What a person would call them. Throws NOT_FOUND for a receiver that the configuration does not have. */
function channelsOf(config: Config, receiver: string): readonly string[] {
  if (receiver === EXPORTER) return ["Plumbline's own records"];
  const all = recipients(config);
  const found = all.find(({ name }) => name === receiver);
  if (found !== undefined) return shown(found.channels);
  const names = [EXPORTER, ...all.map(({ name }) => name)];
  const near = nearest(receiver, names);
  const hint = near === undefined ? `there are ${names.join(", ")}` : `did you mean ${near}?`;
  throw new AppError("NOT_FOUND", `the configuration has no receiver "${receiver}"`, {}, { hint });
}

/** Addresses of webhooks may hold a key, so only their host is told. */
function shown({ webhookUrl, webhookUrlFile, slack, email, pagerduty, opsgenie, teams, discord }: Channels): string[] {
  return [
    ...(webhookUrl === undefined ? [] : [`webhook at ${new URL(webhookUrl).host}`]),
    ...(webhookUrlFile === undefined ? [] : [`webhook of ${webhookUrlFile}`]),
    ...(slack === undefined ? [] : [`Slack ${slack.channel}`]),
    ...(email === undefined ? [] : [`e-mail to ${email.to.join(" and ")}`]),
    ...(pagerduty === undefined ? [] : ["PagerDuty"]),
    ...(opsgenie === undefined ? [] : [`Opsgenie at ${new URL(opsgenie.apiUrl).host}`]),
    ...(teams === undefined ? [] : ["Microsoft Teams"]),
    ...(discord === undefined ? [] : ["Discord"]),
  ];
}

function addressOf({ stack }: Config, given: string | undefined): URL {
  const address = given ?? stack.alertmanager[0] ?? "";
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const hint = "such as http://127.0.0.1:9093";
    throw new AppError("USAGE", "--alertmanager: expected an http or https address", {}, { hint });
  }
  return url;
}

function testAlert({ stack, addresses }: Config, receiver: string, at: Date): object {
  return {
    labels: {
      alertname: "PlumblineTest",
      severity: "info",
      kind: "plumbline",
      team: stack.team,
      [TEST_LABEL]: receiver,
      [TEST_ID_LABEL]: at.toISOString(),
    },
    annotations: {
      summary: `A test message to ${receiver}: nothing is wrong`,
      description: "Sent by 'plumbline alerts test'. It resolves by itself after a minute and asks for nothing.",
    },
    startsAt: at.toISOString(),
    endsAt: new Date(at.getTime() + LASTS_MS).toISOString(),
    generatorURL: addresses.plumbline,
  };
}

/**
 * Nothing may be sent to an Alertmanager that would give the message to somebody else: one whose configuration is older, or not ours.
 * Throws NOT_FOUND.
 */
async function attemptsBefore(
  api: AlertmanagerApi,
  base: URL,
  receiver: string,
): ReturnType<AlertmanagerApi["attempts"]> {
  const configuration = await api.configuration();
  if (!configuration.replaceAll('\\"', '"').includes(`${TEST_LABEL}="${receiver}"`)) {
    const hint = "run 'plumbline provision' and have Alertmanager load its alertmanager.yml (POST /-/reload)";
    throw new AppError(
      "NOT_FOUND",
      `Alertmanager knows no receiver "${receiver}" yet`,
      { file: display(base) },
      { hint },
    );
  }
  return api.attempts(receiver);
}

async function routedTo(api: AlertmanagerApi, base: URL, receiver: string, at: Date): Promise<Routed> {
  for (let waited = 0; waited < ROUTED_WITHIN_MS; waited += POLL_MS) {
    const found = await api.find(TEST_ID_LABEL, at.toISOString());
    if (found?.state === "active" || found?.state === "suppressed") {
      if (found.state === "active" && found.receivers.join() === receiver) return found;
      const message =
        found.state === "suppressed"
          ? "a silence or an inhibition of Alertmanager holds the message back"
          : `the message went to ${found.receivers.join(", ")}`;
      throw new AppError(
        "SERVER_REFUSED",
        message,
        { file: display(base) },
        { hint: "see its page of silences and its routes" },
      );
    }
    await sleep(POLL_MS);
  }
  const hint = "is its clock far from this machine's?";
  throw new AppError(
    "SERVER_REFUSED",
    "it took the message, but routed it to nobody",
    { file: display(base) },
    { hint },
  );
}

async function delivered(
  api: AlertmanagerApi,
  receiver: string,
  channels: number,
  before: Awaited<ReturnType<AlertmanagerApi["attempts"]>>,
): Promise<Delivery> {
  for (let waited = 0; waited < DELIVERED_WITHIN_MS; waited += POLL_MS) {
    const now = await api.attempts(receiver);
    if (now === undefined) return "unknown";
    if (now.failed > (before?.failed ?? 0)) return "failed";
    if (now.all - (before?.all ?? 0) >= channels) return "delivered";
    await sleep(POLL_MS);
  }
  return "unknown";
}
