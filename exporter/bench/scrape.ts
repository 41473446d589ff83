/**
 * Scrapes every 20 ms while a million cases come in over HTTP: the longest one, against scrapes of the idle server and against a bare
 * server that is asked at the same moments, which shows how long the busy machine alone makes one wait.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defaultConfig } from "../src/config/schema.ts";
import { createIngestService } from "../src/ingest/service.ts";
import { type Plumbline, startPlumbline } from "../test/stack/index.ts";
import { nextMessage, runChild, startChild } from "./child.ts";
import { smallReport, writeJUnit } from "./corpus.ts";
import { median, peakMegabytes, quantile, round2 } from "./numbers.ts";
import type { BenchResult } from "./result.ts";

/** The first brings a suite that /metrics does not know yet, the others another run of it. */
const ROUNDS = 4;
const IDLE_MS = 3000;
/** The scrape that shows the new run, and the writer tidying its log, come after the answer. */
const AFTER_MS = 1500;
const GOAL_MS = 50;
const GOAL_MB = 400;
const SUITES_FOR_100K_SERIES = 1_950;

interface Times {
  readonly idle: readonly number[];
  readonly busy: readonly number[];
  readonly bare: readonly number[];
  readonly uploadSeconds: number;
}

export async function benchScrape(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-bench-"));
  try {
    const file = join(folder, "big.xml");
    writeJUnit(file, { suites: 2000, casesPerSuite: 500 });
    const small = join(folder, "small");
    const large = join(folder, "large");
    await prepareStore(small, 3);
    await prepareStore(large, SUITES_FOR_100K_SERIES);
    return [...(await measure(small, file)), ...(await measure(large, file))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A store whose /metrics shows so many suites. */
async function prepareStore(folder: string, suites: number): Promise<void> {
  const config = defaultConfig();
  rmSync(folder, { recursive: true, force: true });
  const service = await createIngestService({ storeAddress: `sqlite:${join(folder, "plumbline.db")}`, config });
  writeFileSync(join(folder, "plumbline.yml"), "");
  await Promise.all(
    Array.from({ length: suites }, (_, suite) => {
      const { bytes } = smallReport(suite, 40);
      const context = { project: `project-${suite % 10}` };
      return service.submit({
        body: { kind: "bytes", bytes },
        name: "r.xml",
        contentHash: `suite-${suite}`.padEnd(64, "-"),
        sizeBytes: bytes.length,
        context,
      });
    }),
  );
  await service.close();
}

async function measure(data: string, file: string): Promise<BenchResult[]> {
  const plumbline = await startPlumbline({ data });
  const bare = startChild(join(import.meta.dirname, "bare-server.ts"));
  try {
    const bareUrl = `http://127.0.0.1:${await nextMessage<number>(bare)}`;
    const series = (await plumbline.metrics())
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#")).length;
    const rounds: Times[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await oneRound(plumbline, file, bareUrl, round));
    return resultsOf(rounds, `${series} series`, peakMegabytes(plumbline.pid));
  } finally {
    bare.disconnect();
    await plumbline.stop();
  }
}

async function oneRound(plumbline: Plumbline, file: string, bareUrl: string, round: number): Promise<Times> {
  const scraper = startChild(join(import.meta.dirname, "scrape-load.ts"));
  const scrapes = async (work: () => Promise<unknown>): Promise<number[][]> => {
    scraper.send({ urls: [`${plumbline.url}/metrics`, bareUrl] });
    await work();
    const times = nextMessage<number[][]>(scraper);
    scraper.send("stop");
    return times;
  };
  // The first scrapes of a process compile it.
  await scrapes(() => sleep(500));
  const [idle] = await scrapes(() => sleep(IDLE_MS));
  let uploadSeconds = 0;
  const [busy, bare] = await scrapes(async () => {
    const url = `${plumbline.url}/api/v1/reports?project=bench&run_id=round-${round}&parts=1`;
    uploadSeconds = await runChild<number>(join(import.meta.dirname, "upload-once.ts"), [file, url]);
    await sleep(AFTER_MS);
  });
  scraper.disconnect();
  return { idle: idle!, busy: busy!, bare: bare!, uploadSeconds };
}

function resultsOf(all: readonly Times[], what: string, peakMb: number | undefined): BenchResult[] {
  const longest = (one: Times): number => Math.max(...one.busy);
  const line = (name: string, rounds: readonly Times[], q: number): BenchResult => {
    const at = (of: (one: Times) => readonly number[]): number => median(rounds.map((one) => quantile(of(one), q)));
    const value = at((one) => one.busy);
    const idle = at((one) => one.idle);
    return {
      name: `scrape: ${name} while 1 M cases come in, ${what}`,
      value: round2(value),
      unit: "ms",
      yardstick: `idle ${round2(idle)} ms; a bare server asked at the same time ${round2(at((one) => one.bare))} ms`,
      ratio: round2(value / idle),
      goal: `under ${GOAL_MS} ms`,
      ok: value < GOAL_MS,
    };
  };
  const known = all.slice(1);
  const peak = peakMb ?? Number.NaN;
  return [
    line("longest of the round with a new suite", all.slice(0, 1), 1),
    line(`longest (rounds: ${known.map((one) => Math.round(longest(one))).join(", ")})`, known, 1),
    line("p99", known, 0.99),
    {
      name: `scrape: peak memory of that server, ${ROUNDS} files of 1 M cases, ${what}`,
      value: peak,
      unit: "MB",
      yardstick: `upload to 201 in ${all.map((one) => one.uploadSeconds.toFixed(1)).join(", ")} s`,
      ratio: round2(peak / GOAL_MB),
      goal: `under ${GOAL_MB} MB`,
      ok: peak < GOAL_MB,
    },
  ];
}
