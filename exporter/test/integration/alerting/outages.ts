/** Parts of the stack that fail while alerts fire: nobody hears of an alert twice, or of an end that is none. */
import { expect } from "vitest";
import { type Alerting, until } from "../../stack/index.ts";
import { type Stacks, told } from "./stacks.ts";
import { ONE_FAILS, PASSED, pause, quiet, run, stateOf, untilTold } from "./steps.ts";

const SUITE = "steady";
const FIRING = "/steady TestRunFailed firing";
const RESOLVED = "/steady TestRunFailed resolved";

/** What was told of the suite and of Plumbline itself. */
const heard = (stack: Alerting) => (): readonly string[] => [
  ...told(stack, SUITE),
  ...stack.sent("/pager", "PlumblineDown").map(() => "/pager PlumblineDown firing"),
  ...stack.sent("/pager", "PlumblineDown", "resolved").map(() => "/pager PlumblineDown resolved"),
];

/** Alertmanager ends and comes back with what it remembers; the run that mends the suite comes meanwhile or after. */
export async function alertmanagerRestarts({ two }: Stacks): Promise<void> {
  const of = () => told(two, SUITE);
  await run(two, SUITE, ONE_FAILS);
  await untilTold(of, [FIRING]);
  await two.alertmanagers[0]!.stop();
  await two.restartAlertmanager(0);
  // Prometheus sends what fires each 5 s.
  await quiet(of, 8);
  await two.alertmanagers[0]!.stop();
  await run(two, SUITE, PASSED);
  await pause(1);
  await two.restartAlertmanager(0);
  await untilTold(of, [FIRING, RESOLVED]);
  await quiet(of, 5);
}

/**
 * Two Alertmanagers, both told by Prometheus; then Plumbline is killed and started again at once, and then for longer than
 * `downForSeconds`.
 */
export async function clusterAndExporter({ cluster }: Stacks): Promise<void> {
  const of = heard(cluster);
  await run(cluster, SUITE, ONE_FAILS);
  await untilTold(of, [FIRING]);
  for (const one of cluster.alertmanagers) {
    const held = await one.alerts();
    expect(held.map(({ labels }) => labels.suite)).toContain(SUITE);
  }
  await quiet(of, 6);

  await cluster.plumbline.kill();
  await cluster.restartPlumbline();
  await quiet(of, 8);

  await cluster.plumbline.kill();
  await untilTold(of, [FIRING, "/pager PlumblineDown firing"]);
  await until(() => stateOf(cluster, "TestRunFailed", SUITE), {
    what: "the suite's alert to be held back",
    accept: (state) => state === "suppressed",
  });
  await cluster.restartPlumbline();
  await untilTold(of, [FIRING, "/pager PlumblineDown firing", "/pager PlumblineDown resolved"]);
  await run(cluster, SUITE, PASSED);
  await untilTold(of, [FIRING, RESOLVED, "/pager PlumblineDown firing", "/pager PlumblineDown resolved"]);
  await quiet(of, 6);
}

/**
 * A receiver that refuses is tried again, and gets one message when it is back. Meanwhile the condition of AlertDeliveryFailing holds; it
 * fires after five minutes, which its rule test shows.
 */
export async function receiverDown({ one, deaf }: Stacks): Promise<void> {
  deaf.answerWith(503);
  await run(one, "deaf", ONE_FAILS);
  await until(() => deaf.received, { what: "two attempts", timeoutMs: 60_000, accept: (all) => all.length >= 2 });
  const pending = await until(
    async () => (await one.prometheus.alerts()).find(({ labels }) => labels.alertname === "AlertDeliveryFailing"),
    { what: "AlertDeliveryFailing", timeoutMs: 60_000 },
  );
  expect(pending.labels).toMatchObject({ severity: "critical", integration: "webhook" });
  const refused = deaf.received.length;
  deaf.answerWith(200);
  await until(() => deaf.received, { what: "the message", timeoutMs: 60_000, accept: (all) => all.length > refused });
  await pause(6);
  // One attempt may have been on its way when the answer changed.
  const delivered = deaf.received.slice(refused);
  expect(delivered).toHaveLength(1);
  await run(one, "deaf", PASSED);
  await until(() => deaf.received, { what: "the end", timeoutMs: 60_000, accept: (all) => all.length === refused + 2 });
}
