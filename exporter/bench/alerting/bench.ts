/**
 * What rules and dashboards ask of Prometheus at scale, by its own processor time, which a busy machine changes less than the clock. Rules
 * at 500 and at 2000 suites, against R1's four alerts in their plainest form; then the slowest panel of each dashboard, over two
 * hours of 100 000 scraped series and over 30 days of what is recorded once a minute. About nine minutes.
 */
import { dashboardInterval } from "../../../prometheus/src/dashboard-recordings.ts";
import { defaultConfig } from "../../src/config/schema.ts";
import { findStack } from "../../test/stack/index.ts";
import { round2 } from "../numbers.ts";
import type { BenchResult } from "../result.ts";
import { startEmptyPrometheus, writeHistory } from "./history.ts";
import { slowestPanels } from "./panels.ts";
import { INTERVAL_SECONDS, type RuleCost, ruleCost } from "./rules.ts";
import { type WorldSeries, worldSeries } from "./world.ts";

const SUITES = [500, 2000] as const;
/** So many have 100 000 series. */
const PANEL_SUITES = 1200;
const TWO_HOURS = 7200;
const MONTH = 30 * 86_400;
/** Dashboards that look at weeks, and read nothing but what is recorded. */
const OF_WEEKS = /^tests\/(trends|executive)/;
/** Of one core. */
const MOST_SHARE = 0.25;

export async function benchAlerting(): Promise<BenchResult[]> {
  const stack = await findStack(["prometheus"]);
  if (!stack.has("prometheus")) throw new Error("no prometheus found; npm run stack installs one");
  const costs: RuleCost[] = [];
  for (const suites of SUITES) {
    console.error(`  rules at ${suites} suites …`);
    costs.push(await ruleCost(suites));
  }
  return [...costs.map(ofRules), ...(await ofPanels(costs.at(-1)!.recorded))];
}

const percent = (share: number): string => `${round2(share * 100)} %`;

const ofRules = ({ suites, series, firing, scrapes, rules, yardstick }: RuleCost): BenchResult => ({
  name: `alerting: all rules at ${suites} suites, ${series} series, ${firing} alerts firing, every ${INTERVAL_SECONDS} s (${percent(rules)} of a core)`,
  value: round2(rules * INTERVAL_SECONDS * 1000),
  unit: "ms of processor time per interval",
  yardstick: `R1's four alerts in plain form ${round2(yardstick * INTERVAL_SECONDS * 1000)} ms; scraping ${round2(scrapes * INTERVAL_SECONDS * 1000)} ms`,
  ratio: round2(rules / yardstick),
  goal: `at most ${percent(MOST_SHARE)} of a core`,
  ok: rules <= MOST_SHARE,
});

async function ofPanels(recorded: readonly WorldSeries[]): Promise<BenchResult[]> {
  const prometheus = await startEmptyPrometheus();
  try {
    const toSeconds = Math.floor(Date.now() / 60_000) * 60;
    const everyMinute = Number.parseInt(dashboardInterval(defaultConfig()), 10) * 60;
    console.error("  30 days and two hours of samples …");
    const isOfProject = ({ name }: WorldSeries): boolean => /^(project|plumbline):/.test(name);
    const moving = recorded.filter(isOfProject).map(moved);
    const month = await writeHistory(prometheus.url, moving, {
      ...{ fromSeconds: toSeconds - MONTH, toSeconds, stepSeconds: everyMinute },
    });
    const ofSuites = recorded.filter((one) => !isOfProject(one) && suiteNumber(one) < PANEL_SUITES);
    const past = { fromSeconds: toSeconds - TWO_HOURS - 900, toSeconds };
    await writeHistory(prometheus.url, ofSuites, { ...past, stepSeconds: everyMinute });
    const series = worldSeries(PANEL_SUITES);
    const scraped = await writeHistory(prometheus.url, series, { ...past, stepSeconds: INTERVAL_SECONDS });
    console.error("  panels …");
    const short = await slowestPanels(prometheus.url, { end: toSeconds, seconds: TWO_HOURS });
    const long = await slowestPanels(prometheus.url, { end: toSeconds, seconds: MONTH, files: OF_WEEKS });
    const result = (over: string, of: string, file: string, panel: string, seconds: number): BenchResult => ({
      name: `alerting: slowest panel of ${file} over ${over}: ${panel}`,
      value: round2(seconds),
      unit: "s of processor time",
      yardstick: of,
      ratio: round2(seconds),
      goal: "under 1 s",
      ok: seconds < 1,
    });
    const ofScraped = `1 s; ${series.length} series, ${round2(scraped / 1e6)} M samples`;
    const ofRecorded = `1 s; ${moving.length} recorded series, ${round2(month / 1e6)} M samples`;
    return [
      ...[...short].map(([file, { panel, seconds }]) => result("2 h", ofScraped, file, panel, seconds)),
      ...[...long].map(([file, { panel, seconds }]) => result("30 days", ofRecorded, file, panel, seconds)),
    ];
  } finally {
    await prometheus.stop();
  }
}

/** Rates differ from hour to hour; what is counted does not. */
const moved = (one: WorldSeries): WorldSeries => {
  const value = one.value(0);
  if (!one.name.includes(":rate")) return one;
  return { ...one, value: (at) => value * (1 + 0.001 * Math.sin(Math.floor(at / 900))) };
};

/** By the world's names; what has no suite is kept. */
const suiteNumber = ({ labels }: WorldSeries): number => Number(/\d+$/.exec(labels.suite ?? "")?.[0] ?? 0);
