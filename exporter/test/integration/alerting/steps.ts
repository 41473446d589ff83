/** Steps of scenarios. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { type Alerting, junitReport, until } from "../../stack/index.ts";

let reports = 0;

/** Sends a run of a suite, as it ends. Each is another run. */
export async function run(
  stack: Alerting,
  suite: string,
  counts: Parameters<typeof junitReport>[0],
  params: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { status, body } = await stack.plumbline.report(junitReport(counts, ++reports), { suite, ...params });
  expect(status, JSON.stringify(body)).toBe(201);
}

export const PASSED = { passed: 12 } as const;
/** One failing test: TestRunFailed, and below every ratio. */
export const ONE_FAILS = { passed: 19, failed: 1 } as const;
/** Also above the ratio of TestFailureSpike, and below that of InfrastructureSuspect. */
export const MANY_FAIL = { passed: 12, failed: 8 } as const;

/** Waits until this was told about a suite, in this order, and nothing else. */
export const untilTold = (of: () => readonly string[], expected: readonly string[], timeoutMs = 60_000) =>
  until(of, {
    what: expected.join(", "),
    timeoutMs,
    accept: (found) => JSON.stringify(found) === JSON.stringify(expected),
  });

/** The state of an alert in Alertmanager; undefined when it has none of it. */
export async function stateOf(stack: Alerting, alertname: string, suite: string): Promise<string | undefined> {
  const held = await stack.alertmanagers[0]!.alerts();
  return held.find(({ labels }) => labels.alertname === alertname && labels.suite === suite)?.status.state;
}

/** For so long nothing new may be told: longer than a group's interval, a repeated alert and what Prometheus sends again. */
export async function quiet(of: () => readonly string[], seconds: number): Promise<void> {
  const before = [...of()];
  await sleep(seconds * 1000);
  expect(of()).toEqual(before);
}

export const pause = (seconds: number): Promise<void> => sleep(seconds * 1000);
