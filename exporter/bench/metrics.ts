/**
 * Rendering of 100 000 series by our writer and by prom-client: the same series, the same values, one process.
 * `node exporter/bench/metrics.ts` prints the results; memory is measured in a process of its own for each of the two.
 */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import { defaultConfig } from "../src/config/schema.ts";
import { promClientOf } from "../src/metrics/__testing__/prom-client.ts";
import { counterRow, fakeStore, histogramRow, lastRunRow, NOW } from "../src/metrics/__testing__/rows.ts";
import { createExposition } from "../src/metrics/exposition.ts";
import { createScrape } from "../src/metrics/scrape.ts";
import { createMetricsView } from "../src/metrics/view.ts";
import { ERROR_TYPES, OUTCOMES } from "../src/model/test.ts";
import type { BenchResult } from "./result.ts";

const GOAL_SERIES = 100_000;
const SUITES = 1_690;
const ROUNDS = 9;
const config = defaultConfig();

/** What a store says of `suites` suites after `runs` runs of each; every value differs from one round to the next. */
function rowsOf(suites: number, runs: number) {
  const { caseDurationBoundsSeconds, runDurationBoundsSeconds } = config.metrics;
  const scopes = Array.from({ length: suites }, (_, i) => ({
    project: `project-${i % 10}`,
    suite: `integration-suite-${i}`,
    environment: "ci",
    branch: "main",
  }));
  const lastRunId = `build-${runs}`;
  return {
    counters: scopes.flatMap((scope, i) => [
      ...OUTCOMES.map((outcome, k) => counterRow("executions", outcome, runs * (i + k + 1), { scope, lastRunId })),
      ...ERROR_TYPES.map((type, k) => counterRow("errors", type, runs * (i + 2 * k + 1), { scope, lastRunId })),
      counterRow("retries", "", runs * (i + 1), { scope, lastRunId }),
    ]),
    histograms: scopes.flatMap((scope, i) => [
      histogramRow(
        [...caseDurationBoundsSeconds, 0].map(() => runs),
        runs * (i + 0.125),
        { scope, bounds: caseDurationBoundsSeconds, lastRunId },
      ),
      histogramRow(
        [...runDurationBoundsSeconds, 0].map(() => runs),
        runs * (i + 0.5),
        { histogram: "run_duration", scope, bounds: runDurationBoundsSeconds, lastRunId },
      ),
    ]),
    lastRuns: scopes.map((scope, i) =>
      lastRunRow(
        {
          counts: { passed: runs * (i + 1), failed: runs, errored: runs + 1, skipped: runs + 2 },
          durationSeconds: runs * 1.37 + i,
          startedAtMs: NOW + runs * 1001,
          endedAtMs: NOW + runs * 1999,
          lastSuccessAtMs: NOW + runs * 777,
        },
        { scope },
      ),
    ),
  };
}

async function ours(format: "text" | "openmetrics" = "text") {
  const store = fakeStore();
  const view = createMetricsView({ store, config, now: () => NOW });
  const exposition = createExposition(view, config.metrics);
  const round = async (runs: number, suites = SUITES): Promise<void> => {
    store.replaceBy(runs, rowsOf(suites, runs));
    await view.refresh();
  };
  await round(1);
  return { view, exposition, round, render: () => exposition.body(format) };
}

/** The least of several: a busy machine only ever adds. */
async function least(measure: (round: number) => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await measure(round + 2));
  return Math.min(...times);
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Milliseconds. What was left behind by the making of rows, or by the other writer, is collected before. */
async function timed(work: () => unknown): Promise<number> {
  collectGarbage();
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export async function benchMetrics(): Promise<BenchResult[]> {
  const { view, exposition, round, render } = await ours();
  const series = view.tables.reduce((sum, table) => sum + table.seriesCount, 0);
  const registry = promClientOf(view);

  // In turns, so that a busy machine slows both.
  const promTimes: number[] = [];
  const allChanged = await least(async (runs) => {
    await round(runs);
    const ms = await timed(render);
    promTimes.push(await timed(() => registry.metrics()));
    return ms;
  });
  const promMs = Math.min(...promTimes);
  const results: BenchResult[] = [];
  const against = (name: string, ms: number, goal: number): void => {
    const ratio = promMs / ms;
    results.push({
      name,
      value: round2(ms),
      unit: "ms",
      yardstick: `prom-client renders the same ${series} series in ${round2(promMs)} ms`,
      ratio: round2(ratio),
      goal: `at least ${goal} times faster, with ${GOAL_SERIES} series or more`,
      ok: ratio >= goal && series >= GOAL_SERIES,
    });
  };

  against("metrics: render when every value changed", allChanged, 10);

  const openMetrics = await least(async (runs) => {
    await round(runs + 100);
    return timed(() => exposition.body("openmetrics"));
  });
  against("metrics: the same as OpenMetrics with exemplars", openMetrics, 10);

  const oneChanged = await least(async (runs) => {
    await round(runs + 200, 1);
    return timed(render);
  });
  against("metrics: render when one suite of all changed", oneChanged, 20);

  const scrape = createScrape({ view, exposition, own: async () => "" });
  const copy = await least(async () => timed(() => Buffer.concat(render().chunks)));
  const cached = await least(async () => timed(async () => Buffer.concat((await scrape({})).chunks)));
  results.push({
    name: "metrics: scrape of an unchanged body",
    value: round2(cached),
    unit: "ms",
    yardstick: `copying its ${round2(render().length / 1e6)} MB takes ${round2(copy)} ms`,
    ratio: round2(cached / copy),
    goal: "at most 3 times a copy",
    ok: cached <= 3 * copy + 0.5,
  });

  const first = await timed(() => scrape({ acceptEncoding: "gzip" }));
  const again = await least(async () => timed(() => scrape({ acceptEncoding: "gzip" })));
  const packed = Buffer.concat((await scrape({ acceptEncoding: "gzip" })).chunks);
  results.push({
    name: "metrics: gzip scrape of an unchanged body",
    value: round2(again),
    unit: "ms",
    yardstick: `the first one compresses ${round2(render().length / 1e6)} MB to ${round2(packed.length / 1e6)} MB in ${round2(first)} ms, off the main thread`,
    ratio: round2(first / again),
    goal: "at least 10 times faster than the first",
    ok: first >= 10 * again && gunzipSync(packed).equals(Buffer.concat(render().chunks)),
  });

  const [oursMb, promMb] = [peakRss("ours"), peakRss("prom-client")];
  results.push({
    name: "metrics: peak memory of a process with the series rendered 9 times",
    value: oursMb,
    unit: "MB",
    yardstick: `prom-client ${promMb} MB`,
    ratio: round2(promMb / oursMb),
    goal: "less than prom-client",
    ok: oursMb < promMb,
  });
  return results;
}

const round2 = (value: number): number => Math.round(value * 100) / 100;

/** Peak resident megabytes of a process that holds the series and renders them again and again. */
function peakRss(which: string): number {
  return Number(
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), `--rss=${which}`], { encoding: "utf8" }),
  );
}

async function printRss(which: string): Promise<void> {
  const { view, round, render } = await ours("openmetrics");
  if (which === "ours") {
    for (let i = 0; i < ROUNDS; i++) {
      await round(i + 2);
      render();
    }
  } else {
    const registry = promClientOf(view);
    for (let i = 0; i < ROUNDS; i++) await registry.metrics();
  }
  console.log(Math.round(process.resourceUsage().maxRSS / 1024));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rss = process.argv.find((argument) => argument.startsWith("--rss="))?.slice("--rss=".length);
  if (rss !== undefined) await printRss(rss);
  else console.table(await benchMetrics());
}
