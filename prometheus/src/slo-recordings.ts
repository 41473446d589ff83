/**
 * What service level objectives and dashboards read over hours and days: a sample a minute of few series, so that a window of three days
 * stays small. `total` makes numbers of rates; a ratio over 30 days divides two of them.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, ref } from "../../exporter/src/metrics/catalogue.ts";
import { duration, NOT_PULL_REQUEST, once, quote, selector } from "./promql.ts";
import { BAD, EXECUTED, OWNER, type RecordingRule } from "./recordings.ts";

/** Executed cases per second by project, environment and branch, all suites together: the overflow suite counts as well. */
export const PROJECT_EXECUTED_RATE = "project:test_case_executed:rate5m";
/** Of those, the failed and errored ones. */
export const PROJECT_FAILURES_RATE = "project:test_case_failures:rate5m";
/** The team of a project whose suites all have the same one; no row for the others. */
export const PROJECT_OWNER = "project:test_suite_info:owner";
/** Reports that became known, per second, over all replicas. */
export const DETECTIONS_RATE = "plumbline:detections:rate5m";
/** Of those, the ones that were known only after `slo.detectionSeconds`. */
export const LATE_DETECTIONS_RATE = "plumbline:detections_late:rate5m";

/** How often it is recorded, and the alerts that read it evaluated. */
export const sloIntervalSeconds = (config: Config): number => Math.max(60, config.metrics.scrapeIntervalSeconds);

/** Two samples at the least, also after a failed scrape. The names say 5m, which it is with every scrape interval up to 75 s. */
export const rateWindowSeconds = (config: Config): number => Math.max(300, 4 * config.metrics.scrapeIntervalSeconds);

/**
 * How much a recorded rate (per second) makes over a window. A sum of samples, not an average times the window: hours without data are
 * then hours in which nothing happened. Each increment lies in the windows of several samples, so none is missed between two.
 */
export const total = (config: Config, rate: string, window: string): string =>
  `sum_over_time(${rate}[${window}]) * ${sloIntervalSeconds(config)}`;

export function sloRecordings(config: Config): readonly RecordingRule[] {
  const window = duration(rateWindowSeconds(config));
  // First the rate, then the sum: the sum of counters falls when a suite is retired, which would look like a restart from zero.
  const cases = (result: string): string =>
    `sum by (project, environment, branch) (\n  ${once(`rate(${selector(CATALOGUE.executions, NOT_PULL_REQUEST, result)}[${window}])`)}\n)`;
  const detections = (part: "count" | "bucket", matchers = ""): string =>
    `sum(rate(${ref(CATALOGUE.detectionDelay, part)}${matchers}[${window}]))`;
  // Prometheus 3 writes the bound 300 as 300.0, older ones as they got it.
  const inTime = `{le=~${quote(`${String(config.slo.detectionSeconds).replace(".", "\\.")}(\\.0)?`)}}`;
  const teams = `group by (project, team) (${OWNER})`;
  return [
    { record: PROJECT_OWNER, expr: `${teams}\nand on (project)\ncount by (project) (${teams}) == 1` },
    { record: PROJECT_EXECUTED_RATE, expr: cases(EXECUTED) },
    { record: PROJECT_FAILURES_RATE, expr: cases(BAD) },
    { record: DETECTIONS_RATE, expr: detections("count") },
    { record: LATE_DETECTIONS_RATE, expr: `${DETECTIONS_RATE} - ${detections("bucket", inTime)}` },
  ];
}
