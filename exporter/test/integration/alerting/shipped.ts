/** The one scenario in real time: intervals as shipped. */
import { expect } from "vitest";
import { until } from "../../stack/index.ts";
import type { Stacks } from "./stacks.ts";
import { PASSED, pause, run } from "./steps.ts";

/** Seconds from the end of a failing run to its message at the receiver. */
export async function endToReceiver({ shipped }: Stacks): Promise<number> {
  await run(shipped, "nightly", PASSED);
  // The suite has been there for a while, as suites have.
  await pause(15);
  const ended = Date.now();
  const start = new Date(ended - 2000).toISOString();
  const report = `<testsuites name="nightly" time="2"><testsuite name="nightly" timestamp="${start}" time="2"><testcase name="pays" time="2"><failure message="expected 1 to be 2"/></testcase></testsuite></testsuites>`;
  const { status } = await shipped.plumbline.report(report, { suite: "nightly" });
  expect(status).toBe(201);
  const [sent] = await until(() => shipped.sent("/team", "TestRunFailed"), { what: "the message", timeoutMs: 90_000 });
  expect(sent!.labels).toMatchObject({ suite: "nightly", severity: "warning" });
  return (sent!.at.getTime() - ended) / 1000;
}
