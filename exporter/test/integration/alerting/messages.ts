/** Who hears what of an alert: grouping, inhibition, resolved notices, odd names. */
import { expect } from "vitest";
import { junitReport, until } from "../../stack/index.ts";
import { eventsOf, ODD_NAME, STORM_SUITES, type Stacks, told } from "./stacks.ts";
import { MANY_FAIL, ONE_FAILS, PASSED, quiet, run, stateOf, untilTold } from "./steps.ts";

/** 500 suites of two teams fail in one run of CI, which sends all their reports at once. */
export async function storm({ one }: Stacks): Promise<void> {
  const form = new FormData();
  for (const team of ["a", "b"])
    for (let i = 0; i < STORM_SUITES; i++) {
      const report = junitReport({ passed: 2, failed: 1 }).replaceAll('"demo"', `"${team}-${i}"`);
      form.append("file", new Blob([report]), `${team}-${i}.xml`);
    }
  const address = `${one.plumbline.url}/api/v1/reports?project=storm`;
  const answer = await fetch(address, { method: "POST", body: form });
  expect(answer.status, (await answer.text()).slice(0, 500)).toBe(201);
  const heard = () =>
    ["/storm-a", "/storm-b"].map(
      (path) => new Set(one.sent(path, "TestRunFailed").map(({ labels }) => labels.suite)).size,
    );
  await until(heard, {
    what: "every suite",
    timeoutMs: 60_000,
    accept: ([a, b]) => a === STORM_SUITES && b === STORM_SUITES,
  });
  const messages = () => one.messages().flatMap(({ path }) => (path.includes("storm") ? [path] : []));
  await quiet(messages, 6);
  expect([...messages()].sort()).toEqual(["/storm-a", "/storm-b"]);
}

/** The page is sent; a warning about the same suite that begins while it fires is held back. */
export async function criticalOverWarning({ one }: Stacks): Promise<void> {
  const suite = "over";
  await run(one, suite, MANY_FAIL);
  await until(() => one.sent("/over-pager", "TestFailureSpike"), { what: "the page", timeoutMs: 60_000 });
  // Twenty seconds where two are planned, and failing as before.
  const slow = `<testsuites name="demo" time="20">${"<testcase name='a' time='1'><failure message='x'/></testcase>".repeat(8)}${"<testcase name='b' time='1'/>".repeat(12)}</testsuites>`;
  const { status } = await one.plumbline.report(slow, { suite });
  expect(status).toBe(201);
  await until(() => stateOf(one, "TestExecutionSlow", suite), { what: "the warning", timeoutMs: 30_000 });
  await until(() => stateOf(one, "TestExecutionSlow", suite), {
    what: "the warning to be held back",
    accept: (state) => state === "suppressed",
  });
  await quiet(() => told(one, suite).filter((line) => line.includes("TestExecutionSlow")), 5);
  expect(told(one, suite).filter((line) => line.includes("TestExecutionSlow"))).toEqual([]);
}

/** Most tests fail by the network: one page about the surroundings, none about the tests. */
export async function surroundingsOverFailures({ one }: Stacks): Promise<void> {
  const suite = "infra";
  await run(one, suite, { passed: 2, errored: 18 });
  await until(() => one.sent("/infra-pager", "InfrastructureSuspect"), { what: "the page", timeoutMs: 60_000 });
  await until(() => stateOf(one, "TestFailureSpike", suite), {
    what: "the failures to be held back",
    timeoutMs: 30_000,
    accept: (state) => state === "suppressed",
  });
  const told_ = () => told(one, suite).filter((line) => !line.includes("AlertEscalated"));
  await quiet(told_, 5);
  expect(told_()).toEqual(["/infra-pager InfrastructureSuspect firing"]);
  await run(one, suite, PASSED);
  await untilTold(told_, ["/infra-pager InfrastructureSuspect firing", "/infra-pager InfrastructureSuspect resolved"]);
}

/** One message when it begins, one when it ends, none for failing runs in between. */
export async function life({ one }: Stacks): Promise<void> {
  const suite = "life";
  const of = () => told(one, suite);
  await run(one, suite, PASSED);
  await run(one, suite, ONE_FAILS);
  await untilTold(of, ["/life TestRunFailed firing"]);
  await run(one, suite, { passed: 18, failed: 2 });
  await quiet(of, 6);
  await run(one, suite, PASSED);
  await untilTold(of, ["/life TestRunFailed firing", "/life TestRunFailed resolved"]);
  const [first, second] = eventsOf(one, suite).map(({ message }) => message.alerts[0]!);
  expect(first!.annotations.summary).toContain("1 test fails");
  expect(second!.fingerprint).toBe(first!.fingerprint);
  await run(one, suite, ONE_FAILS);
  await until(of, { what: "the next failure", timeoutMs: 30_000, accept: (lines) => lines.length === 3 });
  await run(one, suite, PASSED);
  await until(of, { what: "its end", timeoutMs: 30_000, accept: (lines) => lines.length === 4 });
  await quiet(of, 5);
}

/** What looks like a template, markup or an escape arrives as it is. */
export async function oddName({ one }: Stacks): Promise<void> {
  await run(one, ODD_NAME, ONE_FAILS);
  await until(() => told(one, ODD_NAME), { what: "the message", timeoutMs: 30_000 });
  expect(told(one, ODD_NAME)).toEqual(["/odd TestRunFailed firing"]);
  const [{ message }] = eventsOf(one, ODD_NAME) as [ReturnType<typeof eventsOf>[number]];
  const { summary, alert_url: address } = message.alerts[0]!.annotations;
  expect(summary).toContain(`shop/${ODD_NAME} (main, ci)`);
  expect(new URL(address!).searchParams.get("suite")).toBe(ODD_NAME);
  const open = await one.plumbline.api<{ items: { labels: { suite?: string } }[] }>(
    "alerts?alertname=TestRunFailed&limit=1000",
  );
  expect(open.items.map(({ labels }) => labels.suite)).toContain(ODD_NAME);
}

/** Fires always, so somebody hears when it ceases. */
export async function watchdog({ one }: Stacks): Promise<void> {
  await until(() => one.sent("/watchdog", "Watchdog"), {
    what: "three messages",
    timeoutMs: 60_000,
    accept: (sent) => sent.length >= 3,
  });
}
