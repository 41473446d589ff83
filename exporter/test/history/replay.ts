/**
 * A replay machine: weeks of history out of the real exporter in seconds. Reports of a small world (world.ts) go through the code that
 * ingest uses into a real store with a clock of its own; each step the real metrics view is brought up to date and what a scrape would
 * read is kept. `open-metrics.ts` makes blocks of Prometheus of it, `rule-test.ts` input for `promtool test rules`, `prometheus.ts`
 * starts a Prometheus that answers over all of it.
 *
 * 21 days of about 2000 series at 5 minutes take 25 s, and 20 s more for the blocks and what the rules record (two busy cores);
 * `keptHistory(folder, options)` does it once. What differs from the real thing: deviations and flaky tests are judged each 6 h, not at
 * once; the exporter's own numbers are without nodejs_ and process_ families, and each report is said to have taken 20 ms; Prometheus' and
 * Alertmanager's own metrics are not there.
 *
 * Equal options (`seed`, `endMs` and the others) give equal samples.
 *
 *     const history = await replay({ mood: "eventful", days: 21 });              // ends now; step 5 min
 *     const prometheus = await startPrometheusOn(await storeHistory(history, { rules: true }));
 *     await prometheus.queryRange(expr, history.startMs / 1000, history.endMs / 1000, 3600);
 *     await prometheus.stop();
 */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../src/config/schema.ts";
import { storeSettings } from "../../src/config/settings.ts";
import { judgesOf } from "../../src/ingest/judge-series.ts";
import { JUDGED_RUNS, judgeSuite } from "../../src/ingest/judge-suites.ts";
import { ingestOne } from "../../src/ingest/process.ts";
import { createExposition } from "../../src/metrics/exposition.ts";
import { createProcessMetrics } from "../../src/metrics/process-metrics.ts";
import { createMetricsView } from "../../src/metrics/view.ts";
import type { SuiteVerdict } from "../../src/model/outcomes.ts";
import type { Store, WriteTransaction } from "../../src/model/store.ts";
import { openStore } from "../../src/store/open.ts";
import { temporaryFolder } from "../temporary.ts";
import { type Columns, createColumns, INSTANCE } from "./columns.ts";
import { EVENTS, within } from "./suites.ts";
import { type Mood, type WorldRun, worldConfig, worldRuns } from "./world.ts";

/** Where a history ends that names no end: a moment that stays, since what a detector says of it, and which day is a bad one, hang on it. */
const END_MS = Date.UTC(2026, 10, 20, 18, 55);

export interface ReplayOptions {
  /** `eventful` by default; see world.ts. */
  readonly mood?: Mood;
  readonly seed?: number;
  /** 21 by default. */
  readonly days?: number;
  /** The scrape interval, 300 by default; the configuration states it, so rules and dashboards follow. */
  readonly stepSeconds?: number;
  /** Time of the last scrape, rounded down to a whole step; END_MS by default. */
  readonly endMs?: number;
  /** More configuration, over the world's; keys of the first level are replaced. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface History {
  /** Generate rules and dashboards with it: they must know the scrape interval. */
  readonly config: Config;
  readonly mood: Mood;
  /** First and last scrape. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepSeconds: number;
  readonly steps: number;
  readonly runs: readonly WorldRun[];
  /** What Prometheus would have stored: every scraped sample with `job` and `instance`, and `up`. */
  readonly columns: Columns;
}

const MEMORY = "/dev/shm";
export async function replay(options: ReplayOptions = {}): Promise<History> {
  const { mood = "eventful", seed = 1, days = 21, stepSeconds = 300 } = options;
  const stepMs = stepSeconds * 1000;
  const steps = Math.round((days * 86_400_000) / stepMs);
  const endMs = Math.floor((options.endMs ?? END_MS) / stepMs) * stepMs;
  const startMs = endMs - (steps - 1) * stepMs;
  const config = worldConfig(mood, stepSeconds, options.config);
  const runs = worldRuns({ mood, seed, startMs, endMs });
  // In memory where that is a folder: each of some thousand commits would wait for the disk.
  const folder = existsSync(MEMORY) ? mkdtempSync(join(MEMORY, "plumbline-replay-")) : temporaryFolder("replay");
  const clock = { ms: startMs };
  const store = openStore(
    `sqlite:${join(folder, "history.db")}`,
    storeSettings(config, () => clock.ms),
    "write",
  );
  try {
    const scrape = createScrape(store, config, () => clock.ms);
    const columns = createColumns(steps);
    let next = 0;
    for (let step = 0; step < steps; step++) {
      const at = startMs + step * stepMs;
      clock.ms = at;
      const due: WorldRun[] = [];
      for (; next < runs.length && runs[next]!.endMs + LATENCY_MS <= at; next++) due.push(runs[next]!);
      const passed = (ms: number) => step === steps - 1 || Math.floor(at / ms) > Math.floor((at - stepMs) / ms);
      if (due.length > 0 || passed(TICK_MS)) await ingest(store, config, due, clock, at, scrape.stored);
      if (passed(JUDGE_MS)) await judge(store, config, clock.ms);
      const isDown = mood === "eventful" && within((at - startMs) / (endMs - startMs), EVENTS.down);
      columns.set(`up{${INSTANCE}}`, step, isDown ? 0 : 1);
      if (!isDown) for (const body of await scrape.bodies()) columns.add(body, step);
    }
    return { config, mood, startMs, endMs, stepSeconds, steps, runs, columns };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** From the end of a run until its report arrives. */
const LATENCY_MS = 4000;
/** The server does both at once. Here they are most of the work, and what they show a little later is the same. */
const TICK_MS = 3_600_000;
const JUDGE_MS = 6 * 3_600_000;
/** What an ingest is said to have taken: the real time would differ from replay to replay. */
const STORED_SECONDS = 0.02;

/** The runs of one step, in one transaction, and what passing time does. */
async function ingest(
  store: Store,
  config: Config,
  due: readonly WorldRun[],
  clock: { ms: number },
  at: number,
  stored: (bytes: number) => void,
): Promise<void> {
  await store.write(async (tx) => {
    for (const run of due) {
      clock.ms = run.endMs + LATENCY_MS;
      await ingestRun(tx, config, run, clock.ms, stored);
    }
    clock.ms = at;
    await tx.tick();
  });
}

/** What the worker does when no report waits. */
async function judge(store: Store, config: Config, now: number): Promise<void> {
  const judges = judgesOf(config.deviations, "ingest", () => new Date(now));
  const due = await store.dueSuites(500, JUDGED_RUNS);
  const verdicts: SuiteVerdict[] = [];
  for (const one of due) verdicts.push(await judgeSuite(store, one));
  await store.write(async (tx) => {
    await tx.judgeSuites(verdicts);
    while ((await tx.judge(500, judges)) > 0);
  });
}

async function ingestRun(
  tx: WriteTransaction,
  config: Config,
  run: WorldRun,
  now: number,
  stored: (bytes: number) => void,
): Promise<void> {
  const { project, suite, environment, branch, runId, commit, reports, ends } = run;
  for (const { name, text } of reports) {
    const bytes = Buffer.from(text);
    const contentHash = createHash("sha256").update(runId).update(bytes).digest("hex");
    const parts = reports.length + (ends === undefined ? 0 : 1);
    const times = { startedAtMs: run.startMs };
    const context = { ...{ project, suite, environment, branch, runId, commit, parts }, ...times };
    const body = { kind: "bytes", bytes } as const;
    await ingestOne(tx, { body, name, contentHash, sizeBytes: bytes.length, context }, config, now);
    stored(bytes.length);
  }
  if (ends === "cancelled") await tx.finishRun({ project, environment, runId }, "cancelled");
}

/** What GET /metrics answers with, as text; the report-derived part in the blocks that did not change. */
function createScrape(store: Store, config: Config, now: () => number) {
  const view = createMetricsView({ store, config, now });
  const exposition = createExposition(view, config.metrics);
  const own = createProcessMetrics({
    version: "0.0.0",
    nodeVersion: "v24",
    now,
    defaultMetrics: false,
    detectionSeconds: config.slo.detectionSeconds,
  });
  return {
    stored(bytes: number): void {
      own.ingest.stored(bytes, STORED_SECONDS);
      own.detected([LATENCY_MS / 1000]);
    },
    async bodies(): Promise<readonly Buffer[]> {
      await view.refresh();
      return [...exposition.body("text").chunks, Buffer.from(await own.render("text"))];
    },
  };
}
