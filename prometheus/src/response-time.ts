/** What counts as a response time: named measures (`measures.responseTime`) and the latency of load tests. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, type Family } from "../../exporter/src/metrics/catalogue.ts";
import { indent } from "./alert.ts";
import { anyOf, latest, NOT_OVERFLOW, NOT_PULL_REQUEST } from "./promql.ts";

/** Reads a family's series of the suites in question. */
type Read = (family: Family, ...matchers: readonly string[]) => string;

/** Load tests have no measure among their labels; messages and legends need its name. */
const asLatency = (expr: string): string => `label_replace(${expr}, "measure", "latency", "", "")`;

const statOf = (read: Read, family: Family, stat: string, ...matchers: readonly string[]): string =>
  `max without (stat) (${read(family, ...matchers, `stat="${stat}"`)})`;

/** A report that states only one value means it as the average. */
function averageMeasures(config: Config, read: Read): string {
  const measures = anyOf("measure", config.measures.responseTime);
  const of = (stat: string): string => statOf(read, CATALOGUE.measureSeconds, stat, measures);
  return `${of("avg")}\nor\n${of("value")}`;
}
const loadOf = (read: Read, stat: string): string => statOf(read, CATALOGUE.loadLastLatency, stat);

/** Averages: of measures, of load scenarios as a whole, and of their operations. */
export const averageResponseTime = (config: Config, read: Read): string =>
  `${averageMeasures(config, read)}\nor\n${asLatency(loadOf(read, "avg"))}`;

/** 95th percentiles of the same. */
export function p95ResponseTime(config: Config, read: Read): string {
  const measures = statOf(read, CATALOGUE.measureSeconds, "p95", anyOf("measure", config.measures.responseTime));
  return `${measures}\nor\n${asLatency(loadOf(read, "p95"))}`;
}

/** Averages that may page: of the newest runs of branches, and of enough samples where their number is stated. */
export function soundAverages(config: Config): string {
  const read: Read = (family, ...matchers) => latest(config, family, NOT_PULL_REQUEST, NOT_OVERFLOW, ...matchers);
  const few = `< ${config.thresholds.performanceMinimumSamples}`;
  const measures = `(\n${indent(averageMeasures(config, read))}\n)\nunless\n${statOf(read, CATALOGUE.measureValue, "count")} ${few}`;
  const load = `${loadOf(read, "avg")}\nunless\n${read(CATALOGUE.loadLastRequests)} ${few}`;
  return `${measures}\nor\n${asLatency(`\n${indent(load)}\n`)}`;
}
