import { expect, test } from "vitest";
import { configSchema, defaultConfig } from "../../exporter/src/config/schema.ts";
import { alertmanagerConfig } from "./alertmanager-config.ts";

test("critical pages at once, warnings go grouped to the team, both also when resolved", () => {
  expect(alertmanagerConfig(defaultConfig())).toMatchObject({
    route: {
      receiver: "team",
      group_wait: "10s",
      group_interval: "1m",
      repeat_interval: "4h",
      routes: [{ matchers: ['severity="critical"'], receiver: "pager" }],
    },
    receivers: [
      { name: "pager", webhook_configs: [{ url: "http://inbox:10971/pager", send_resolved: true }] },
      { name: "team", webhook_configs: [{ url: "http://inbox:10971/team", send_resolved: true }] },
    ],
  });
});

test("intervals and addresses are the configuration's", () => {
  const config = configSchema.parse({
    notifications: {
      team: { webhookUrl: "https://chat.example.org/x" },
      groupWaitSeconds: 1,
      groupIntervalSeconds: 2,
      repeatIntervalSeconds: 90,
    },
  });
  expect(alertmanagerConfig(config)).toMatchObject({
    route: { group_wait: "1s", group_interval: "2s", repeat_interval: "90s" },
    receivers: [{}, { webhook_configs: [{ url: "https://chat.example.org/x" }] }],
  });
});
