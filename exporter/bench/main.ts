/**
 * `npm run bench`: every bench, each in a process of its own, one table. `--only NAME`, `--json FILE`, `--strict` (a missed goal
 * is exit status 1; without it a miss is shown and no error, since figures of a busy machine prove little).
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { answer, runChild } from "./child.ts";
import type { BenchResult } from "./result.ts";
import { renderTable } from "./table.ts";

const BENCHES: Readonly<Record<string, () => Promise<BenchResult[]>>> = {
  formats: async () => (await import("./formats.ts")).benchFormats(),
  ingest: async () => (await import("./ingest.ts")).benchIngest(),
  load: async () => (await import("./load.ts")).benchLoad(),
  http: async () => (await import("./http.ts")).benchHttp(),
  scrape: async () => (await import("./scrape.ts")).benchScrape(),
  metrics: async () => (await import("./metrics.ts")).benchMetrics(),
  detection: async () => (await import("./detection/bench.ts")).benchDetection(),
  regression: async () => (await import("./regression.ts")).benchRegression(),
  alerts: async () => (await import("./alerts/bench.ts")).benchAlerts(),
  alerting: async () => (await import("./alerting/bench.ts")).benchAlerting(),
};

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    json: { type: "string" },
    strict: { type: "boolean", default: false },
    /** Of the bench "load"; a million if not said. */
    points: { type: "string" },
    /** Internal: this process is one bench. */
    child: { type: "string" },
  },
});

// Children have it from here.
if (values.points !== undefined) process.env.BENCH_POINTS = values.points;

if (values.child !== undefined) answer(await BENCHES[values.child]!());
else process.exitCode = await main();

async function main(): Promise<number> {
  const names = values.only ?? Object.keys(BENCHES);
  const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown !== undefined) {
    console.error(`no bench "${unknown}"; there are ${Object.keys(BENCHES).join(", ")}`);
    return 2;
  }
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown"}, Node ${process.version}`;
  const results: BenchResult[] = [];
  const loads: Record<string, number> = {};
  for (const name of names) {
    const load = loadavg()[0]!;
    loads[name] = load;
    console.error(`${name} … (load average ${load.toFixed(1)})`);
    const execArgv = ["--disable-warning=ExperimentalWarning", "--expose-gc"];
    results.push(...(await runChild<BenchResult[]>(fileURLToPath(import.meta.url), ["--child", name], execArgv)));
  }
  console.log(`${machine}\n\n${renderTable(results)}`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ machine, loadAverageBefore: loads, results }, null, 2)}\n`);
  const missed = results.filter(({ ok }) => !ok).length;
  console.log(missed === 0 ? "\nall goals met" : `\n${missed} of ${results.length} goals missed`);
  return missed > 0 && values.strict ? 1 : 0;
}
