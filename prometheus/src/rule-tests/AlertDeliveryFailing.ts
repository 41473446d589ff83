/** AlertDeliveryFailing: messages by an integration fail for five minutes. */
import { FOREIGN } from "../foreign.ts";
import { ownAlert } from "./plumbline.ts";
import type { RuleTest } from "./support.ts";

/** Counters of samples every 5 s: one message a minute (12 samples), of which some fail. */
const messages = (failing: string, integration = "webhook", instance = "am-1", receiver = ""): RuleTest["series"] => [
  [
    `${FOREIGN.notifications}{integration="${integration}",instance="${instance}",receiver_name="${receiver}"}`,
    steps("f".repeat(30)),
  ],
  [
    `${FOREIGN.notificationsFailed}{integration="${integration}",instance="${instance}",receiver_name="${receiver}",reason="other"}`,
    steps(failing),
  ],
];
/** A letter a minute: f adds one, anything else nothing. */
function steps(minutes: string): string {
  let value = 0;
  return [...minutes]
    .map((one) => {
      const text = `${value}x11`;
      if (one === "f") value += 1;
      return text;
    })
    .join(" ");
}
const failing = (part: string, by = "webhook", labels = {}) =>
  ownAlert(
    "AlertDeliveryFailing",
    `${part} of messages by ${by} fail, limit 0%`,
    `Alertmanager could not deliver ${part} of its messages by ${by} in the last 5m (limit 0%), and that for 5m. Whoever is told by it ` +
      "may not know of alerts that fire.",
    { severity: "critical", actions: "page", integration: "webhook", ...labels },
  );

export const alertDeliveryFailing: readonly RuleTest[] = [
  {
    name: "deliveries that succeed are silent, and so is an integration that sends nothing",
    series: [
      ...messages("............"),
      [`${FOREIGN.notifications}{integration="email",instance="am-1"}`, "0x360"],
      [`${FOREIGN.notificationsFailed}{integration="email",instance="am-1",reason="other"}`, "0x360"],
    ],
    checks: [["12m", []]],
  },
  {
    name: "a single message that fails is sent again, and silent",
    series: [...messages("...f......................")],
    checks: [
      ["8m55s", []],
      ["9m5s", []],
      ["12m", []],
    ],
  },
  {
    name: "a receiver that is down pages after five minutes, and resolves when its messages arrive again",
    series: [...messages("ffffffffff....................")],
    checks: [
      ["5m55s", []],
      ["6m", [failing("100%")]],
      ["10m", [failing("100%")]],
      ["17m5s", []],
    ],
  },
  {
    name: "of two Alertmanagers half of the messages fail; another integration is not blamed",
    series: [
      ...messages("ffffffffffffffffffff", "webhook", "am-1"),
      ...messages("....................", "webhook", "am-2"),
      ...messages("....................", "email", "am-1"),
    ],
    checks: [["8m", [failing("50%")]]],
  },
  {
    name: "where Alertmanager tells of receivers, the one that fails is named",
    series: [
      ...messages("ffffffffffffffffffff", "webhook", "am-1", "pager"),
      ...messages("....................", "webhook", "am-1", "team"),
    ],
    checks: [["8m", [failing("100%", "webhook (pager)", { receiver_name: "pager" })]]],
  },
];
