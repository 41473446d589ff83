/**
 * Who gets which message when: report -> Plumbline -> Prometheus -> Alertmanager -> webhook, with the generated files and durations
 * shortened in the configuration only. The scenarios run side by side, each with suites and a team of its own; their steps are in alerting/.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findStack } from "../stack/index.ts";
import { acknowledged, climbs, enginesAgree } from "./alerting/climbing.ts";
import { criticalOverWarning, life, oddName, storm, surroundingsOverFailures, watchdog } from "./alerting/messages.ts";
import { alertmanagerRestarts, clusterAndExporter, receiverDown } from "./alerting/outages.ts";
import { randomized } from "./alerting/random.ts";
import { endToReceiver } from "./alerting/shipped.ts";
import { type Stacks, startStacks } from "./alerting/stacks.ts";

const found = await findStack(["prometheus", "alertmanager"]);
vi.setConfig({ maxConcurrency: 20 });

describe.skipIf(!found.has("prometheus", "alertmanager"))("alerts", () => {
  let stacks: Stacks;
  beforeAll(async () => {
    stacks = await startStacks();
  });
  afterAll(() => stacks?.stop());

  test.concurrent.each([
    ["500 suites that fail at once are one message for each of their two teams", storm],
    ["a page holds back the warnings of its suite", criticalOverWarning],
    ["broken surroundings hold back what fails by them", surroundingsOverFailures],
    ["an alert is told once when it begins and once when it ends", life],
    ["a name full of quotes, templates and markup arrives as it is", oddName],
    ["the watchdog is heard again and again", watchdog],
    ["an alert that nobody acknowledges climbs level by level, once each", ({ one }: Stacks) => climbs(one, "climb")],
    ["an acknowledged alert does not climb until that is taken back", ({ one }: Stacks) => acknowledged(one)],
    ["both engines say the same", enginesAgree],
    ["a restart of Alertmanager repeats nothing and loses nothing", alertmanagerRestarts],
    ["two Alertmanagers send one message, and a restart of Plumbline none", clusterAndExporter],
    ["a receiver that is down is tried again, and that is an alert", receiverDown],
  ] as const)("%s", async (_name, scenario) => {
    await scenario(stacks);
  });

  test.concurrent("of 200 failures and recoveries at random none is missed and none told twice", () =>
    randomized(stacks, 20261120));

  test.concurrent("from the end of a failing run to the receiver in less than a minute, intervals as shipped", async () => {
    const seconds = await endToReceiver(stacks);
    console.log(`TestRunFailed at its receiver ${seconds.toFixed(1)} s after the end of the run`);
    expect(seconds).toBeLessThan(60);
  });
});
