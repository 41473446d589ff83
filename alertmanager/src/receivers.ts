/**
 * Receivers as Alertmanager reads them. Every integration states `send_resolved`, because their defaults differ (Slack and e-mail leave
 * it off), and takes its words from templates/plumbline.tmpl. Secrets are named by file only: Alertmanager expands no environment
 * variables, and this file is meant to be committed.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { type Channels, EXPORTER, NOBODY, type Recipient, recipients } from "./recipients.ts";

const template = (name: string): string => `{{ template "plumbline.${name}" . }}`;
const SUBJECT = template("subject");

export const receivers = (config: Config): readonly unknown[] => [
  exporterReceiver(config),
  { name: NOBODY },
  ...recipients(config).map(receiver),
];

/** Each key appears once and only where it has an entry. */
function receiver({ name, channels }: Recipient): unknown {
  const integrations = { ...webhooks(channels), ...chats(channels), ...mail(channels), ...pagers(channels) };
  return { name, ...integrations };
}

/** Plumbline must see every alert of a group, however many: `max_alerts: 0` is no limit. */
function exporterReceiver({ notifications, stack }: Config): unknown {
  const { url, username, passwordFile } = notifications.exporter;
  const login = username === undefined ? {} : { basic_auth: { username, password_file: passwordFile } };
  return {
    name: EXPORTER,
    webhook_configs: [
      {
        url: url ?? `http://${stack.plumbline[0]}/api/v1/alerts`,
        send_resolved: true,
        max_alerts: 0,
        ...(username === undefined ? {} : { http_config: login }),
      },
    ],
  };
}

function webhooks({ webhookUrl, webhookUrlFile }: Channels): object {
  const addresses = [
    ...(webhookUrl === undefined ? [] : [{ url: webhookUrl }]),
    ...(webhookUrlFile === undefined ? [] : [{ url_file: webhookUrlFile }]),
  ];
  if (addresses.length === 0) return {};
  return { webhook_configs: addresses.map((address) => ({ ...address, send_resolved: true })) };
}

function chats({ slack, teams, discord }: Channels): object {
  return {
    ...(slack === undefined
      ? {}
      : {
          slack_configs: [
            {
              api_url_file: slack.apiUrlFile,
              channel: slack.channel,
              send_resolved: true,
              username: "Plumbline",
              color: template("color"),
              title: template("slack.title"),
              title_link: template("link"),
              fallback: template("slack.title"),
              text: template("slack.text"),
              // The default footer names Alertmanager and nothing else.
              footer: "",
              mrkdwn_in: ["text"],
            },
          ],
        }),
    ...(teams === undefined
      ? {}
      : {
          msteamsv2_configs: [
            {
              webhook_url_file: teams.webhookUrlFile,
              send_resolved: true,
              title: SUBJECT,
              text: template("markdown"),
            },
          ],
        }),
    ...(discord === undefined
      ? {}
      : {
          discord_configs: [
            {
              webhook_url_file: discord.webhookUrlFile,
              send_resolved: true,
              title: SUBJECT,
              message: template("markdown"),
            },
          ],
        }),
  };
}

function mail({ email }: Channels): object {
  if (email === undefined) return {};
  return {
    email_configs: [
      {
        to: email.to.join(", "),
        send_resolved: true,
        headers: { Subject: SUBJECT },
        html: template("html"),
        text: template("text"),
      },
    ],
  };
}

/** Both fold messages of one group into one incident and close it by the resolved notice. */
function pagers({ pagerduty, opsgenie }: Channels): object {
  return {
    ...(pagerduty === undefined
      ? {}
      : {
          pagerduty_configs: [
            {
              routing_key_file: pagerduty.routingKeyFile,
              send_resolved: true,
              severity: template("pagerduty.severity"),
              description: SUBJECT,
              client: "Plumbline",
              client_url: template("link"),
              class: "{{ .CommonLabels.alertname }}",
              component: "{{ .CommonLabels.component }}",
              group: "{{ .CommonLabels.team }}",
              // All four names exist by default; ours are short, however many alerts there are.
              details: {
                firing: template("text.firing"),
                resolved: template("text.resolved"),
                num_firing: "{{ .Alerts.Firing | len }}",
                num_resolved: "{{ .Alerts.Resolved | len }}",
              },
            },
          ],
        }),
    ...(opsgenie === undefined
      ? {}
      : {
          opsgenie_configs: [
            {
              api_key_file: opsgenie.apiKeyFile,
              api_url: opsgenie.apiUrl,
              send_resolved: true,
              message: SUBJECT,
              description: template("text"),
              source: template("link"),
              priority: template("opsgenie.priority"),
              tags: "{{ .CommonLabels.severity }},{{ .CommonLabels.team }}",
              // The default copies every common label; our description names what matters.
              details: { team: "{{ .CommonLabels.team }}", alert: "{{ .CommonLabels.alertname }}" },
            },
          ],
        }),
  };
}

/** The mail server, as Alertmanager's global settings. */
export function smtp({ notifications }: Config): Readonly<Record<string, unknown>> {
  if (notifications.smtp === undefined) return {};
  const { smarthost, from, username, passwordFile, requireTls } = notifications.smtp;
  return {
    smtp_smarthost: smarthost,
    smtp_from: from,
    ...(username === undefined ? {} : { smtp_auth_username: username }),
    ...(passwordFile === undefined ? {} : { smtp_auth_password_file: passwordFile }),
    smtp_require_tls: requireTls,
  };
}
