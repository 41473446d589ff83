import { describe, expect, test } from "vitest";
import { configSchema, defaultConfig } from "../../exporter/src/config/schema.ts";
import { alertmanagerConfig } from "./alertmanager-config.ts";
import type { Route } from "./routes.ts";

interface Written {
  readonly global?: Record<string, unknown>;
  readonly route: Route;
  readonly time_intervals?: readonly { name: string; time_intervals: readonly object[] }[];
  readonly receivers: readonly Record<string, unknown>[];
}
const written = (notifications: object, teams: object[] = []): Written =>
  alertmanagerConfig(configSchema.parse({ notifications, teams })) as Written;
const defaults = alertmanagerConfig(defaultConfig()) as Written;
/** Every route, parents first, with its path of receivers. */
const all = (route: Route): Route[] => [route, ...(route.routes ?? []).flatMap(all)];
const receiver = (config: Written, name: string) => config.receivers.find((one) => one.name === name);

test("the defaults tell pager and team through the inbox, and Plumbline itself", () => {
  expect(defaults.receivers).toEqual([
    {
      name: "plumbline",
      webhook_configs: [{ url: "http://plumbline:10970/api/v1/alerts", send_resolved: true, max_alerts: 0 }],
    },
    { name: "nobody" },
    { name: "pager", webhook_configs: [{ url: "http://inbox:10971/pager", send_resolved: true }] },
    { name: "team", webhook_configs: [{ url: "http://inbox:10971/team", send_resolved: true }] },
  ]);
  expect(defaults.route).toMatchObject({
    receiver: "team",
    group_wait: "10s",
    group_interval: "1m",
    repeat_interval: "4h",
  });
});

describe("times", () => {
  const records = (config: Written) => config.route.routes!.find((one) => one.receiver === "plumbline");
  const watchdog = (config: Written) =>
    config.route.routes!.find((one) => one.matchers?.includes('alertname="Watchdog"'));

  test("are the configuration's", () =>
    expect(written({ groupWaitSeconds: 1, groupIntervalSeconds: 2, repeatIntervalSeconds: 90 })).toMatchObject({
      route: { group_wait: "1s", group_interval: "2s", repeat_interval: "90s" },
    }));

  test("Plumbline hears within a second, and never later than people", () => {
    expect(records(defaults)).toMatchObject({
      ...{ continue: true, group_wait: "1s", group_interval: "5s", repeat_interval: "5m" },
    });
    expect(records(written({ groupWaitSeconds: 0.2, groupIntervalSeconds: 0.5 }))).toMatchObject({
      group_wait: "200ms",
      group_interval: "500ms",
    });
  });

  test("the watchdog's group is looked at often enough to be in time", () => {
    const url = { webhookUrl: "http://dead-man.example.org" };
    expect(watchdog(written({ watchdog: url }))).toMatchObject({
      ...{ receiver: "watchdog", group_wait: "0s", group_interval: "30s", repeat_interval: "5m" },
    });
    expect(watchdog(defaults)).toMatchObject({ receiver: "nobody" });
  });
});

test("what pages and what climbs is never muted; every route of what waits is", () => {
  const quietHours = [
    { name: "nights", from: "20:00", to: "07:00" },
    { name: "fridays of web", days: ["friday"], teams: ["web"], severities: ["warning"] },
  ];
  const channels = { webhookUrl: "http://chat.example.org" };
  const config = written({ quietHours, info: channels, security: channels }, [
    { name: "web", channel: channels },
    { name: "payments", pager: channels, lead: channels },
  ]);
  const waits = (route: Route): boolean =>
    route.matchers?.some((one) => /^severity="(warning|info)"$/.test(one)) === true;
  for (const route of config.route.routes!) {
    const isOne = waits(route);
    for (const one of all(route)) {
      const team = one.matchers?.includes('team="web"');
      const isInfo = route.matchers?.includes('severity="info"');
      const expected = team && !isInfo ? ["nights", "fridays of web"] : ["nights"];
      if (isOne || waits(one)) expect(one.mute_time_intervals, JSON.stringify(one)).toEqual(expected);
      else expect(one.mute_time_intervals, JSON.stringify(one)).toBeUndefined();
    }
  }
  // Alertmanager refuses mutes at the root.
  expect(config.route.mute_time_intervals).toBeUndefined();
});

describe("quiet hours", () => {
  const intervals = (one: object) =>
    written({ quietHours: [{ name: "quiet", ...one }] }).time_intervals![0]!.time_intervals;

  test.each([
    ["a whole day", {}, [{ times: [{ start_time: "00:00", end_time: "24:00" }], location: "UTC" }]],
    [
      "within a day, where people live",
      { from: "12:00", to: "13:00", timezone: "Europe/Berlin", days: ["monday"] },
      [{ times: [{ start_time: "12:00", end_time: "13:00" }], weekdays: ["monday"], location: "Europe/Berlin" }],
    ],
    [
      "over midnight: the second half belongs to the day after",
      { from: "22:30", to: "06:00", days: ["friday", "sunday"] },
      [
        { times: [{ start_time: "22:30", end_time: "24:00" }], weekdays: ["friday", "sunday"], location: "UTC" },
        { times: [{ start_time: "00:00", end_time: "06:00" }], weekdays: ["saturday", "monday"], location: "UTC" },
      ],
    ],
    [
      "to midnight",
      { from: "18:00", to: "00:00" },
      [{ times: [{ start_time: "18:00", end_time: "24:00" }], location: "UTC" }],
    ],
  ])("%s", (_name, given, expected) => expect(intervals(given)).toEqual(expected));
});

describe("receivers", () => {
  const everything = {
    webhookUrl: "https://hook.example.org/a",
    webhookUrlFile: "/secrets/hook",
    slack: { apiUrlFile: "/secrets/slack", channel: "#a" },
    email: { to: ["a@example.org", "b@example.org"] },
    pagerduty: { routingKeyFile: "/secrets/pagerduty" },
    opsgenie: { apiKeyFile: "/secrets/opsgenie" },
    teams: { webhookUrlFile: "/secrets/teams" },
    discord: { webhookUrlFile: "/secrets/discord" },
  };
  const config = written({
    pager: everything,
    exporter: { url: "https://tests.example.org/api/v1/alerts", username: "am", passwordFile: "/secrets/plumbline" },
    smtp: { smarthost: "mail.example.org:587", from: "p@example.org", username: "p", passwordFile: "/secrets/smtp" },
  });
  const pager = receiver(config, "pager")!;

  test("every channel of one receiver is written, and tells the end as well", () => {
    expect(Object.keys(pager).sort()).toEqual(
      [
        ...["discord_configs", "email_configs", "msteamsv2_configs", "name", "opsgenie_configs", "pagerduty_configs"],
        ...["slack_configs", "webhook_configs"],
      ].sort(),
    );
    for (const [key, entries] of Object.entries(pager))
      if (key !== "name")
        for (const one of entries as object[]) expect(one, key).toMatchObject({ send_resolved: true });
    expect(pager.webhook_configs).toHaveLength(2);
    expect(pager.email_configs).toMatchObject([{ to: "a@example.org, b@example.org" }]);
  });

  test("secrets are named by file only", () => {
    const text = JSON.stringify(config);
    for (const name of ["hook", "slack", "pagerduty", "opsgenie", "teams", "discord", "plumbline", "smtp"])
      expect(text).toMatch(new RegExp(`_file":"/secrets/${name}"`));
    expect(text).not.toMatch(/"(password|api_key|routing_key|api_url|service_key|smtp_auth_password)":"\/secrets/);
  });

  test("Plumbline's own may ask for a password", () =>
    expect(receiver(config, "plumbline")).toMatchObject({
      webhook_configs: [
        {
          url: "https://tests.example.org/api/v1/alerts",
          http_config: { basic_auth: { username: "am", password_file: "/secrets/plumbline" } },
        },
      ],
    }));

  test("the mail server is global, and only there when it is configured", () => {
    expect(config.global).toEqual({
      smtp_smarthost: "mail.example.org:587",
      smtp_from: "p@example.org",
      smtp_auth_username: "p",
      smtp_auth_password_file: "/secrets/smtp",
      smtp_require_tls: true,
    });
    expect(defaults.global).toBeUndefined();
  });
});
