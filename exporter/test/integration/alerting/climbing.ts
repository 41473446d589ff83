/** Escalation: step by step, acknowledged, and both engines. */
import { expect } from "vitest";
import type { AlertRecord } from "../../../src/model/alert.ts";
import { type Alerting, until } from "../../stack/index.ts";
import { eventsOf, LEVELS, type Stacks, told } from "./stacks.ts";
import { ONE_FAILS, PASSED, pause, quiet, run, untilTold } from "./steps.ts";

const firing = (suite: string) => [
  `/${suite}-pager TestRunFailed firing`,
  ...["lead", "management", "executive"].map((who) => `/${who} AlertEscalated firing`),
];
const lines = (stack: Alerting, suite: string) => () => told(stack, suite);

/** Nobody acknowledges: each level once, in order, not before its time; then everybody hears of the end. */
export async function climbs(stack: Alerting, suite: string): Promise<void> {
  await run(stack, suite, ONE_FAILS);
  await untilTold(lines(stack, suite), firing(suite), 90_000);
  const events = eventsOf(stack, suite);
  const [page] = events;
  const began = Date.parse(page!.message.alerts[0]!.startsAt);
  for (const [level, seconds] of Object.entries(LEVELS)) {
    const step = events.find((event) => event.level === level)!;
    const after = (step.at.getTime() - began) / 1000;
    expect(after, `level ${level}`).toBeGreaterThanOrEqual(seconds);
    // A scrape, an evaluation and a group's wait, and what two busy cores add.
    expect(after, `level ${level}`).toBeLessThan(seconds + 12);
  }
  await quiet(lines(stack, suite), 5);
  await run(stack, suite, PASSED);
  const ended = () => [...told(stack, suite).slice(4)].sort();
  await untilTold(
    ended,
    firing(suite)
      .map((line) => line.replace("firing", "resolved"))
      .sort(),
  );
}

/** What both engines said, but for addresses and times. */
export async function enginesAgree({ one, two }: Stacks): Promise<void> {
  const suite = "agree";
  await Promise.all([climbs(one, suite), climbs(two, suite)]);
  const said = (stack: Alerting) =>
    eventsOf(stack, suite)
      .filter(({ status }) => status === "firing")
      .map(({ path, alertname, level, message }) => {
        const { labels, annotations } = message.alerts.find((alert) => alert.labels.suite === suite)!;
        const text = JSON.stringify([labels, annotations]).replaceAll(stack.plumbline.url, "URL");
        return [path, alertname, level, text.replaceAll(/&at=\d+/g, "")];
      });
  expect(said(two)).toEqual(said(one));
}

/** Acknowledged after the page: no level; taken back: it climbs on at once. */
export async function acknowledged(stack: Alerting): Promise<void> {
  const suite = "acked";
  await run(stack, suite, ONE_FAILS);
  await untilTold(lines(stack, suite), firing(suite).slice(0, 1));
  const { items } = await until(() => stack.plumbline.api<{ items: AlertRecord[] }>(`alerts?suite=${suite}`), {
    what: "the record",
    accept: (page) => page.items.length > 0,
  });
  expect(items).toHaveLength(1);
  const address = `${stack.plumbline.url}/api/v1/alerts/${items[0]!.id}/acknowledge`;
  const headers = { "content-type": "application/json" };
  const answer = await fetch(address, {
    method: "POST",
    headers,
    body: JSON.stringify({ by: "ada", reason: "on it" }),
  });
  expect(answer.status, await answer.text()).toBe(200);
  // Level 2 and 3 would be over by then.
  await quiet(lines(stack, suite), LEVELS[3] + 4);
  await pause(LEVELS[4] - LEVELS[3]);
  const back = await fetch(address, { method: "DELETE" });
  expect(back.status, await back.text()).toBe(200);
  await until(lines(stack, suite), {
    what: "level 2",
    timeoutMs: 30_000,
    accept: (found) => found.includes("/lead AlertEscalated firing"),
  });
  await run(stack, suite, PASSED);
  await until(lines(stack, suite), {
    what: "the end",
    timeoutMs: 30_000,
    accept: (found) => found.includes(`/${suite}-pager TestRunFailed resolved`),
  });
}
