import type { Deviation } from "../src/model/deviation.ts";
import type { RunSummary } from "../src/model/run.ts";
import type { DailyPoint, ExecutionSummary, FailureGroup } from "../src/model/store.ts";
import type { Plumbline } from "../test/stack/plumbline.ts";
import { check, line, note, title } from "./console.ts";

/** The figures a lead would look at first, as the API gives them. */
export async function printSummary(plumbline: Plumbline): Promise<void> {
  title("Summary");
  const summary = await plumbline.api<ExecutionSummary>("summary");
  const { passed, failed, errored, skipped } = summary.counts;
  line(
    `  ${summary.runs} runs, ${summary.total} test cases: ${passed} passed, ${failed} failed, ${errored} errored, ${skipped} skipped`,
  );
  line(`  pass rate ${summary.passRatePercent} % of ${summary.executed} executed`);
  check("passed, failed, errored and skipped add up to all", passed + failed + errored + skipped === summary.total);

  const daily = await plumbline.api<DailyPoint[]>("daily?days=30");
  const worst = daily
    .filter((day) => day.passRatePercent !== null)
    .sort((a, b) => a.passRatePercent! - b.passRatePercent!)[0];
  if (worst !== undefined) note(`worst day of ${daily.length}: ${worst.day} with ${worst.passRatePercent} %`);

  const { items } = await plumbline.api<{ items: RunSummary[] }>("runs?limit=4");
  for (const run of items) note(`${run.suites.join(", ").padEnd(6)} ${run.status.padEnd(9)} ${run.runId}`);
  const errors = await plumbline.api<FailureGroup[]>("errors?from=-2h&limit=3");
  for (const group of errors)
    note(`${group.errorType}: ${group.message.split("\n")[0]} (${group.count} x, ${group.affectedTests} tests)`);
}

/** Numbers over the same weeks: what changed, and where the targets stand. */
export async function printNumbers(plumbline: Plumbline): Promise<void> {
  title("Numbers");
  const { items: series } = await plumbline.api<{ items: unknown[] }>("series?limit=1000");
  check(`${series.length} series of measures, durations, pass rates and coverage are watched`, series.length > 0);
  const { items: open } = await plumbline.api<{ items: Deviation[] }>("deviations?status=open");
  for (const { severity, summary } of open) line(`  ${severity}: ${summary}`);
  if (open.length === 0) note("no confirmed change for the worse is open");
  const { items: past } = await plumbline.api<{ items: Deviation[] }>("deviations?status=resolved&limit=3");
  for (const { summary } of past) note(`was, and is over: ${summary}`);
}
