/**
 * `npm run demo`: the main job end to end on this machine. Real example reports go into a store in a temporary folder: four weeks of
 * history, then a few runs live; the server comes up, and with Prometheus and Alertmanager at hand an alert reaches a
 * receiver. `-- --once` checks what it shows and exits.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatError, toAppError } from "../src/errors.ts";
import { startPlumbline } from "../test/stack/plumbline.ts";
import { until } from "../test/stack/until.ts";
import { check, checks, line, note, title } from "./console.ts";
import { ingestHistory } from "./history.ts";
import { liveRun } from "./live.ts";
import { startStack } from "./stack.ts";
import { printNumbers, printSummary } from "./summary.ts";

/** As shipped, but what makes people wait is shorter: an alert after 15 s instead of 5 minutes, a scrape each 2 s instead of 5. */
const CONFIG = `
project: shop
metrics: { scrapeIntervalSeconds: 2 }
thresholds: { failureForSeconds: 15 }
suites:
  - { suite: api, team: checkout, component: basket, expectedIntervalSeconds: 43200 }
  - { suite: web, team: frontend, component: cart, expectedIntervalSeconds: 43200 }
  - { suite: stock, team: logistics, component: warehouse }
  - { suite: load, team: performance, component: checkout }
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { once: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help) {
    line("npm run demo              shows everything and stays up until Ctrl-C");
    line("npm run demo -- --once    checks itself and exits");
    return;
  }
  const data = mkdtempSync(join(tmpdir(), "plumbline-demo-"));
  const stops: (() => Promise<void>)[] = [async () => rmSync(data, { recursive: true, force: true })];
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });

  try {
    title("Plumbline demo");
    note(`store and configuration in ${data}, removed at the end`);
    const history = await ingestHistory(data, CONFIG);
    check(
      `${history.runs} runs of history stored (${history.days} days, ${history.cases} test cases), without moving a counter`,
      history.runs > 0 && history.rejected === 0,
    );

    const plumbline = await startPlumbline({ data, config: CONFIG });
    stops.push(() => plumbline.stop());
    check(`server up at ${plumbline.url}`, true);
    const before = await plumbline.metrics();
    check("history moved no counter", !/^test_case_executions_total\{.*\} [1-9]/m.test(before));

    const stack = await startStack(plumbline, CONFIG);
    stops.push(() => stack.stop());

    title("Live runs");
    const live = [
      await liveRun(plumbline, "good", 1),
      await liveRun(plumbline, "good", 2),
      await liveRun(plumbline, "bad", 3),
    ];
    const counted = await until(async () => executionsOf(await plumbline.metrics()), {
      what: "the counters to show every live case",
      accept: (sum) => sum === live.reduce((all, one) => all + one, 0),
    });
    check(`counters show the ${counted} test cases of the live runs, neither more nor less`, true);

    await printSummary(plumbline);
    await printNumbers(plumbline);
    if (stack.running) {
      title("An alert");
      const page = await stack.page();
      check(`the pager's receiver got ${page}`, true);
      const { items } = await plumbline.api<{ items: { id: string; alertname: string }[] }>("alerts?open=true");
      const kept = items.find(({ alertname }) => alertname === "TestFailureSpike");
      check("Plumbline keeps it, and would let it climb to the team's lead after 15 minutes", kept !== undefined);
      note(`acknowledge it: ${plumbline.url}/alerts/${kept?.id ?? ""}`);
    }
    const home = await fetch(`${plumbline.url}/`);
    check("the built-in page answers", home.ok && (await home.text()).includes("Plumbline"));

    title("Look at");
    line(`  ${plumbline.url}/            runs, failures, charts`);
    line(`  ${plumbline.url}/measures    every number that runs give, with its levels and changes`);
    line(`  ${plumbline.url}/alerts      alerts with their life`);
    line(`  ${plumbline.url}/metrics     what Prometheus scrapes`);
    line(`  ${plumbline.url}/api/v1/openapi.json`);
    for (const address of stack.addresses) line(`  ${address}`);
    if (!stack.running) note(stack.hint);
    if (!values.once) {
      note("Ctrl-C ends the demo and removes its data");
      await interrupted;
    }
  } finally {
    await stopAll();
  }
  if (checks.failed > 0) process.exitCode = 1;
  if (values.once) line(`${checks.passed} checks passed, ${checks.failed} failed`);
}

function executionsOf(metrics: string): number {
  let sum = 0;
  for (const match of metrics.matchAll(/^test_case_executions_total\{[^\n]*\} (\d+)$/gm)) sum += Number(match[1]);
  return sum;
}

main().catch((error: unknown) => {
  const known = toAppError(error);
  process.stderr.write(`${formatError(known)}\n  hint: ${known.hint}\n`);
  process.exitCode = 2;
});
