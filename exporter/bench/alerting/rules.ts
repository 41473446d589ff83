/** What the rules cost a Prometheus that has scraped for an hour: its processor time with them, less that without. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { STANDING_FAILURES, USUAL_EXECUTED } from "../../../prometheus/src/recordings.ts";
import { rulesYaml } from "../../../prometheus/src/rules.ts";
import { FAILING_TESTS, SUSPECT } from "../../../prometheus/src/run-recordings.ts";
import { defaultConfig } from "../../src/config/schema.ts";
import { CATALOGUE, ref } from "../../src/metrics/catalogue.ts";
import type { Prometheus } from "../../test/stack/index.ts";
import { temporaryFolder } from "../../test/temporary.ts";
import { startEmptyPrometheus, TARGET, writeHistory } from "./history.ts";
import { keyOf, type WorldSeries, worldSeries } from "./world.ts";

const config = defaultConfig();
export const INTERVAL_SECONDS = config.metrics.scrapeIntervalSeconds;

export interface RuleCost {
  readonly suites: number;
  readonly series: number;
  readonly firing: number;
  /** Processor seconds a second, of one core: what scraping alone takes, and what rules add to it. */
  readonly scrapes: number;
  readonly rules: number;
  readonly yardstick: number;
  /** What the rules recorded, with its values at the end. */
  readonly recorded: readonly WorldSeries[];
}

/** R1's four alerts as one would first write them: no replicas, no owners, no memory, no minimum. */
const YARDSTICK = `groups:
  - name: plain
    rules:
      - alert: TestFailureSpike
        expr: sum without (result) (rate(${ref(CATALOGUE.executions)}{result=~"failed|errored"}[5m])) / sum without (result) (rate(${ref(CATALOGUE.executions)}[5m])) > 0.1
        for: 5m
      - alert: PerformanceDegradation
        expr: ${ref(CATALOGUE.measureSeconds)}{stat="avg"} > 1
        for: 10m
      - alert: TestExecutionSlow
        expr: ${ref(CATALOGUE.lastRunDuration)} > 1.5 * ${ref(CATALOGUE.lastRunExpectedDuration)}
      - alert: CoverageDrop
        expr: ${ref(CATALOGUE.lastRunCoverage)}{kind="line"} < 0.95
`;

export async function ruleCost(suites: number): Promise<RuleCost> {
  const series = worldSeries(suites);
  const lines = series.map((one) => [keyOf(one), one.value] as const);
  const target = createServer((_, response) => {
    const at = Date.now() / 1000;
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(`${lines.map(([key, value]) => `${key} ${value(at)}`).join("\n")}\n`);
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const prometheus = await startEmptyPrometheus();
  const folder = temporaryFolder("rules");
  const use = (name: string, text?: string): Promise<void> => {
    const file = join(folder, `${name}.yml`);
    if (text !== undefined) writeFileSync(file, text);
    const interval = `${INTERVAL_SECONDS}s`;
    const { port } = target.address() as AddressInfo;
    return prometheus.reload(
      stringify({
        global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
        rule_files: text === undefined ? [] : [file],
        scrape_configs: [
          {
            job_name: TARGET.job,
            static_configs: [{ targets: [`127.0.0.1:${port}`], labels: { instance: TARGET.instance } }],
          },
        ],
      }),
    );
  };
  try {
    const now = Math.floor(Date.now() / 1000);
    // The longest window of scraped series is 20 minutes; rules that read themselves look back for an hour.
    await writeHistory(prometheus.url, series, {
      fromSeconds: now - 1200,
      toSeconds: now,
      stepSeconds: INTERVAL_SECONDS,
    });
    await writeHistory(prometheus.url, rememberedSeries(series), {
      ...{ fromSeconds: now - 3600, toSeconds: now, stepSeconds: INTERVAL_SECONDS },
    });
    await use("none");
    await sleep(20_000);
    const scrapes = await shareOfCore(prometheus, 30);
    await use("yardstick", YARDSTICK);
    await sleep(20_000);
    const yardstick = (await shareOfCore(prometheus, 30)) - scrapes;
    await use("shipped", rulesYaml(config));
    // Groups that are evaluated once a minute begin at some moment of it.
    await sleep(65_000);
    const rules = (await shareOfCore(prometheus, 60)) - scrapes;
    const firing = (await prometheus.query('count(ALERTS{alertstate="firing"})'))[0]?.value ?? 0;
    return { suites, series: series.length, firing, scrapes, rules, yardstick, recorded: await recordedOf(prometheus) };
  } finally {
    await prometheus.stop();
    target.close();
  }
}

/** What rules that read themselves had recorded of the suites before. */
const rememberedSeries = (series: readonly WorldSeries[]): WorldSeries[] =>
  series
    .filter(({ name }) => name === ref(CATALOGUE.lastRunEnd))
    .flatMap(({ labels }) =>
      (
        [
          [USUAL_EXECUTED, 1],
          [STANDING_FAILURES, 0],
          [SUSPECT, 0],
          [FAILING_TESTS, -1],
        ] as const
      ).map(([name, value]) => ({
        ...{ name, labels },
        value: () => value,
      })),
    );

/** Processor seconds a second. */
async function shareOfCore(prometheus: Prometheus, seconds: number): Promise<number> {
  const [from, start] = [await cpuSeconds(prometheus.url), performance.now()];
  await sleep(seconds * 1000);
  return (((await cpuSeconds(prometheus.url)) - from) * 1000) / (performance.now() - start);
}

/** Processor seconds that a Prometheus has used. */
export async function cpuSeconds(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
}

async function recordedOf(prometheus: Prometheus): Promise<WorldSeries[]> {
  const samples = await prometheus.query('{__name__=~"(suite|series|project|plumbline):.+"}');
  return samples.map(({ labels: { __name__: name = "", ...labels }, value }) => ({ name, labels, value: () => value }));
}
