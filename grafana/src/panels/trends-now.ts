/** How it was over the whole time range, as big numbers. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE, type Family } from "../../../exporter/src/metrics/catalogue.ts";
import {
  PROJECT_COVERAGE,
  PROJECT_DURATION_COUNT_RATE,
  PROJECT_DURATION_SUM_RATE,
  PROJECT_FLAKY_TESTS,
} from "../../../prometheus/src/dashboard-recordings.ts";
import { NOT_PULL_REQUEST, percent } from "../../../prometheus/src/promql.ts";
import { total } from "../../../prometheus/src/slo-recordings.ts";
import { COLORS } from "../colors.ts";
import { type Panel, page, type TileSteps, tile, UNIT } from "../helper.ts";
import { grown, projectWide } from "../scope.ts";
import { OF, PAGE, passRateSteps, plain, quotient } from "./trends.ts";

const small = { width: 4, height: 4 } as const;
const count = (family: Family, ...matchers: readonly string[]): string =>
  `sum(${grown(family, NOT_PULL_REQUEST, ...matchers)})`;
const EXECUTED = 'result!="skipped"';

export const passRateOfRange = (config: Config): Panel =>
  tile({
    ...small,
    title: "Pass rate",
    description:
      `Which part of the executed tests passed in the time range of the dashboard. Green from the objective ${percent(config.slo.passRatio)} on, ` +
      `red below the limit of TestFailureSpike. ${OF}`,
    unit: UNIT.ratio,
    decimals: 2,
    expr: quotient(count(CATALOGUE.executions, 'result="passed"'), count(CATALOGUE.executions, EXECUTED)),
    steps: passRateSteps(config),
    empty: "nothing executed yet",
    link: PAGE,
  });

export const executedInRange = (): Panel =>
  tile({
    ...small,
    title: "Executed",
    description: `How many tests were executed in the time range of the dashboard. ${OF}`,
    unit: UNIT.count,
    expr: count(CATALOGUE.executions, EXECUTED),
    steps: [plain],
    link: PAGE,
  });

export const runsInRange = (): Panel =>
  tile({
    ...small,
    title: "Runs",
    description: `How many runs completed in the time range of the dashboard. ${OF}`,
    unit: UNIT.count,
    expr: count(CATALOGUE.runs),
    steps: [plain],
    link: { title: "Runs", url: page("/") },
  });

export const meanDuration = (config: Config): Panel =>
  tile({
    ...small,
    title: "Average duration of a run",
    description: `How long a suite's run took on average in the time range of the dashboard. ${OF}`,
    unit: UNIT.seconds,
    decimals: 1,
    expr: quotient(
      `sum(${total(config, projectWide(PROJECT_DURATION_SUM_RATE), "$__range")})`,
      `sum(${total(config, projectWide(PROJECT_DURATION_COUNT_RATE), "$__range")})`,
    ),
    steps: [plain],
    link: PAGE,
  });

const coverageSteps = (config: Config): TileSteps => [
  plain,
  [0, COLORS.critical],
  [Math.min(config.reports.minimumCoverageRatio, config.thresholds.coverageRatio), COLORS.warning],
  [config.thresholds.coverageRatio, COLORS.good],
];

export const coverageNow = (config: Config): Panel =>
  tile({
    ...small,
    title: "Line coverage",
    description:
      `Line coverage of the newest runs, averaged over suites. Green from the limit of CoverageDrop on (${percent(config.thresholds.coverageRatio)}), red ` +
      `below what a report needs (${percent(config.reports.minimumCoverageRatio)}). ${OF}`,
    unit: UNIT.ratio,
    decimals: 1,
    expr: `avg(${projectWide(PROJECT_COVERAGE)})`,
    steps: coverageSteps(config),
    sparkline: true,
    empty: "no coverage yet",
    link: PAGE,
  });

export const flakyLevel = (): Panel =>
  tile({
    ...small,
    title: "Flaky tests",
    description: `How many tests pass and fail without a change, by the newest 50 runs of each suite. ${OF}`,
    unit: UNIT.count,
    decimals: 0,
    expr: `sum(${projectWide(PROJECT_FLAKY_TESTS)})`,
    steps: [plain, [0, COLORS.good], [1, COLORS.warning]],
    sparkline: true,
    empty: "too few runs yet",
    link: PAGE,
  });
