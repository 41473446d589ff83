/** What changed over weeks, from what is recorded hour by hour for each project, environment and branch. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import {
  PROJECT_COVERAGE,
  PROJECT_DURATION_COUNT_RATE,
  PROJECT_DURATION_SUM_RATE,
  PROJECT_ERRORS_RATE,
  PROJECT_FLAKED_RATE,
  PROJECT_FLAKY_TESTS,
  PROJECT_LEAST_COVERAGE,
  PROJECT_RETRIES_RATE,
  PROJECT_RUNS_RATE,
  PROJECT_SUITES,
  PROJECT_SUITES_NOT_PASSED,
} from "../../../prometheus/src/dashboard-recordings.ts";
import { percent, tidy } from "../../../prometheus/src/promql.ts";
import { PROJECT_EXECUTED_RATE, PROJECT_FAILURES_RATE, total } from "../../../prometheus/src/slo-recordings.ts";
import { COLORS } from "../colors.ts";
import { graph, type Panel, page, type TileSteps, UNIT } from "../helper.ts";
import { LINES, projectWide, worst } from "../scope.ts";

export const PAGE = { title: "Runs and failing tests", url: page("/") };
export const plain = [null, COLORS.neutral] as const;
const PER_PROJECT = "{{project}} ({{branch}}, {{environment}})";
export const OF = "All suites of the chosen projects, environments and branches; pull requests do not count.";

/** A day is long enough for a rate and short enough for a trend. */
const DAILY = { minInterval: "1d" } as const;
/** Levels are recorded once a minute; a point an hour is enough for weeks. */
const HOURLY = { minInterval: "1h" } as const;
const half = { width: 12, height: 9 } as const;

/** What a recorded rate makes in a day, at each point. */
const day = (config: Config, record: string): string => total(config, projectWide(record), "1d");
export const quotient = (of: string, by: string): string => `${of}\n/\n(${by} > 0)`;
/** The busiest of more lines than can be read. */
const busiest = (expr: string): string =>
  worst(LINES, expr, `sum_over_time(${projectWide(PROJECT_EXECUTED_RATE)}[$__range] @ end())`);

export const passRateSteps = (config: Config): TileSteps => [
  plain,
  [0, COLORS.critical],
  [tidy(1 - config.thresholds.failureRatio), COLORS.warning],
  [Math.max(config.slo.passRatio, tidy(1 - config.thresholds.failureRatio)), COLORS.good],
];

export const passRateByDay = (config: Config): Panel =>
  graph({
    ...half,
    ...DAILY,
    title: "Pass rate by day",
    description:
      `Is the pass rate rising or falling? Passed of executed tests of each day, by project. Lines: the objective of ${percent(config.slo.passRatio)}, and the limit ` +
      `of TestFailureSpike. ${OF} The ${LINES} busiest.`,
    unit: UNIT.ratio,
    max: 1,
    floating: true,
    queries: [
      {
        expr: busiest(`(1 - ${quotient(day(config, PROJECT_FAILURES_RATE), day(config, PROJECT_EXECUTED_RATE))})`),
        legend: PER_PROJECT,
      },
    ],
    steps: [[null, COLORS.critical], ...passRateSteps(config).slice(2)],
    calcs: ["lastNotNull", "mean", "min"],
    bridgeSeconds: 7 * 86_400,
    link: PAGE,
  });

export const executionsByDay = (config: Config): Panel =>
  graph({
    ...half,
    ...DAILY,
    title: "Executions by day",
    description: `How much is tested, and how much of it does not pass? Executed tests of each day. ${OF}`,
    unit: UNIT.count,
    queries: [
      {
        expr: `sum(${day(config, PROJECT_EXECUTED_RATE)}) - sum(${day(config, PROJECT_FAILURES_RATE)})`,
        legend: "passed",
      },
      { expr: `sum(${day(config, PROJECT_FAILURES_RATE)})`, legend: "failed and errored" },
    ],
    colors: { passed: COLORS.passed, "failed and errored": COLORS.failed },
    stacked: true,
    bars: true,
    calcs: ["lastNotNull", "mean", "sum"],
    link: PAGE,
  });

export const runsByDay = (config: Config): Panel =>
  graph({
    ...half,
    ...DAILY,
    title: "Runs by day",
    description: `How many runs completed on each day, and how did they end? ${OF}`,
    unit: UNIT.count,
    queries: [{ expr: `sum by (result) (${day(config, PROJECT_RUNS_RATE)})`, legend: "{{result}}" }],
    colors: {
      passed: COLORS.passed,
      failed: COLORS.failed,
      errored: COLORS.errored,
      cancelled: COLORS.neutral,
      partial: COLORS.warning,
    },
    stacked: true,
    bars: true,
    calcs: ["lastNotNull", "mean", "sum"],
    link: { title: "Runs", url: page("/") },
  });

export const durationByDay = (config: Config): Panel =>
  graph({
    ...half,
    ...DAILY,
    title: "Average duration by day",
    description: `Do runs take longer than they did? Average wall time of a suite's run on each day, by project. ${OF} The ${LINES} busiest.`,
    unit: UNIT.seconds,
    queries: [
      {
        expr: busiest(
          `(${quotient(day(config, PROJECT_DURATION_SUM_RATE), day(config, PROJECT_DURATION_COUNT_RATE))})`,
        ),
        legend: PER_PROJECT,
      },
    ],
    calcs: ["lastNotNull", "mean", "max"],
    bridgeSeconds: 7 * 86_400,
    link: PAGE,
  });

export const coverageCourse = (config: Config): Panel =>
  graph({
    ...half,
    ...HOURLY,
    title: "Line coverage by project",
    description:
      "Does coverage hold? Line coverage of the newest runs by project: the average of its suites, and dashed its least. The line is the limit of " +
      `CoverageDrop. ${OF} The ${LINES} busiest.`,
    unit: UNIT.ratio,
    max: 1,
    floating: true,
    queries: [
      { expr: busiest(projectWide(PROJECT_COVERAGE)), legend: `${PER_PROJECT} average` },
      { expr: busiest(projectWide(PROJECT_LEAST_COVERAGE)), legend: `${PER_PROJECT} least` },
    ],
    styles: [{ match: "/ least$/", dashed: true, width: 1 }],
    steps: [
      [null, COLORS.warning],
      [config.thresholds.coverageRatio, COLORS.good],
    ],
    empty: "no coverage yet",
    link: PAGE,
  });

export const flakyCourse = (width: number): Panel =>
  graph({
    width,
    height: 9,
    ...HOURLY,
    title: "Flaky tests by project",
    description: `Are tests becoming less trustworthy? Tests known as flaky, by project. ${OF} The ${LINES} busiest.`,
    unit: UNIT.count,
    decimals: 0,
    queries: [{ expr: busiest(projectWide(PROJECT_FLAKY_TESTS)), legend: PER_PROJECT }],
    empty: "too few runs yet",
    link: PAGE,
  });

export const repeatsByDay = (config: Config): Panel =>
  graph({
    ...half,
    ...DAILY,
    title: "Flakes and repeats by day",
    description: `How often did tests flake, and how many attempts were repeated, on each day? ${OF}`,
    unit: UNIT.count,
    queries: [
      { expr: `sum(${day(config, PROJECT_RETRIES_RATE)})`, legend: "repeated attempts" },
      { expr: `sum(${day(config, PROJECT_FLAKED_RATE)})`, legend: "seen flaky" },
    ],
    colors: { "repeated attempts": COLORS.skipped, "seen flaky": COLORS.warning },
    bars: true,
    calcs: ["lastNotNull", "mean", "sum"],
    link: PAGE,
  });

export const errorsByDay = (config: Config): Panel =>
  graph({
    ...half,
    ...DAILY,
    title: "Failures by type and day",
    description: `What kinds of failure come and go? Failed and errored tests of each day by type of error. ${OF}`,
    unit: UNIT.count,
    queries: [{ expr: `sum by (error_type) (${day(config, PROJECT_ERRORS_RATE)}) > 0`, legend: "{{error_type}}" }],
    stacked: true,
    bars: true,
    calcs: ["lastNotNull", "sum"],
    empty: "no failures in this time",
    link: { title: "Errors", url: page("/errors") },
  });

export const notPassedCourse = (): Panel =>
  graph({
    ...half,
    ...HOURLY,
    title: "Suites that do not pass",
    description: `Is the product getting redder? How many suites' newest run did not pass, beside all suites. ${OF}`,
    unit: UNIT.count,
    decimals: 0,
    queries: [
      { expr: `sum(${projectWide(PROJECT_SUITES)})`, legend: "suites" },
      { expr: `sum(${projectWide(PROJECT_SUITES_NOT_PASSED)})`, legend: "not passed" },
    ],
    colors: { suites: COLORS.neutral, "not passed": COLORS.failed },
    link: PAGE,
  });
