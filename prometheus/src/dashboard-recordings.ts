/**
 * What only dashboards read over days and weeks, beside `slo-recordings.ts` and in its manner: once a minute and, where it may be,
 * without the suite, since 30 days of 2000 suites at every scrape are more samples than a query may load. `total` makes numbers of
 * the rates.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, type Family, LAST_RUN_STATUSES, ref } from "../../exporter/src/metrics/catalogue.ts";
import { duration, holding, latest, NOT_OVERFLOW, NOT_PULL_REQUEST, once } from "./promql.ts";
import { LAST_RUN_FAILURES, type RecordingRule } from "./recordings.ts";
import { rateWindowSeconds, sloIntervalSeconds } from "./slo-recordings.ts";

export const dashboardInterval = (config: Config): string => duration(sloIntervalSeconds(config));

/** States of a suite's newest completed run, from 1 on, as `SUITE_STATUS` records them: passed is 1. */
export const SUITE_STATUSES = LAST_RUN_STATUSES.filter((status) => status !== "measured");

/** Newest run's status as a number: its place in `SUITE_STATUSES`, counted from 1. */
export const SUITE_STATUS = "suite:test_last_run_status:number";
/** Failing part of the newest run, as often as this file is recorded: the alerts' own is too dense for days. */
export const SUITE_FAILING = "suite:test_last_run_failing:ratio";
export const SUITE_DURATION = "suite:test_last_run_duration_seconds:max";
/** Completed runs per second by result; failing cases by type of error; repeated attempts; tests seen flaky. */
export const PROJECT_RUNS_RATE = "project:test_runs:rate5m";
export const PROJECT_ERRORS_RATE = "project:test_errors:rate5m";
export const PROJECT_RETRIES_RATE = "project:test_case_retries:rate5m";
export const PROJECT_FLAKED_RATE = "project:test_case_flaky:rate5m";
/** Wall time of runs that completed, and how many stated one: an average over a time divides sums of these. */
export const PROJECT_DURATION_SUM_RATE = "project:test_run_duration_seconds_sum:rate5m";
export const PROJECT_DURATION_COUNT_RATE = "project:test_run_duration_seconds_count:rate5m";
/** Runs by bucket of their wall time (label `le`). */
export const PROJECT_DURATION_BUCKET_RATE = "project:test_run_duration_seconds_bucket:rate5m";
/** Of the newest runs of every suite. */
export const PROJECT_SUITES = "project:test_suites:count";
export const PROJECT_SUITES_NOT_PASSED = "project:test_suites_not_passed:count";
export const PROJECT_COVERAGE = "project:test_last_run_coverage_ratio:avg";
export const PROJECT_LEAST_COVERAGE = "project:test_last_run_coverage_ratio:min";
export const PROJECT_FLAKY_TESTS = "project:test_flaky_tests:sum";

const BY = "project, environment, branch";

export function dashboardRecordings(config: Config): readonly RecordingRule[] {
  const current = (family: Family, ...matchers: readonly string[]): string =>
    latest(config, family, NOT_OVERFLOW, ...matchers);
  const window = duration(rateWindowSeconds(config));
  // First the rate, then the sum: the sum of counters falls when a suite is retired, which would look like a restart from zero.
  const rate = (name: string, also = ""): string =>
    `sum by (${BY}${also}) (${once(`rate(${name}{${NOT_PULL_REQUEST}}[${window}])`)})`;
  const status = SUITE_STATUSES.map(
    (name, index) =>
      `${holding(config, CATALOGUE.lastRunStatus, ["status"], NOT_OVERFLOW, NOT_PULL_REQUEST, `status="${name}"`)} * ${index + 1}`,
  );
  const line = current(CATALOGUE.lastRunCoverage, 'kind="line"');
  return [
    { record: SUITE_STATUS, expr: status.join("\nor\n") },
    { record: SUITE_FAILING, expr: LAST_RUN_FAILURES },
    { record: SUITE_DURATION, expr: current(CATALOGUE.lastRunDuration) },
    { record: PROJECT_RUNS_RATE, expr: rate(ref(CATALOGUE.runs), ", result") },
    // Most types never occur: without their zeros a month of them is a tenth of the samples.
    { record: PROJECT_ERRORS_RATE, expr: `${rate(ref(CATALOGUE.errors), ", error_type")} > 0` },
    { record: PROJECT_RETRIES_RATE, expr: rate(ref(CATALOGUE.retries)) },
    { record: PROJECT_FLAKED_RATE, expr: rate(ref(CATALOGUE.flaky)) },
    { record: PROJECT_DURATION_SUM_RATE, expr: rate(ref(CATALOGUE.runDuration, "sum")) },
    { record: PROJECT_DURATION_COUNT_RATE, expr: rate(ref(CATALOGUE.runDuration, "count")) },
    { record: PROJECT_DURATION_BUCKET_RATE, expr: rate(ref(CATALOGUE.runDuration, "bucket"), ", le") },
    { record: PROJECT_SUITES, expr: `count by (${BY}) (${SUITE_STATUS})` },
    {
      // Zero, not absence, where every suite passed.
      record: PROJECT_SUITES_NOT_PASSED,
      expr: `sum by (${BY}) (${SUITE_STATUS} != bool 1)`,
    },
    { record: PROJECT_COVERAGE, expr: `avg by (${BY}) (${line})` },
    { record: PROJECT_LEAST_COVERAGE, expr: `min by (${BY}) (${line})` },
    { record: PROJECT_FLAKY_TESTS, expr: `sum by (${BY}) (${current(CATALOGUE.flakyTests)})` },
  ];
}
