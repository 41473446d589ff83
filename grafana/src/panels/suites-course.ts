/** How the suites did over the time range. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import {
  PROJECT_DURATION_BUCKET_RATE,
  SUITE_DURATION,
  SUITE_FAILING,
  SUITE_STATUS,
  SUITE_STATUSES,
} from "../../../prometheus/src/dashboard-recordings.ts";
import { once } from "../../../prometheus/src/promql.ts";
import { total } from "../../../prometheus/src/slo-recordings.ts";
import { COLORS } from "../colors.ts";
import { graph, heatmap, type Panel, type States, stateTimeline, suiteThen, UNIT } from "../helper.ts";
import { chosen, LINES, projectWide, recorded, SCOPE_LEGEND, worst } from "../scope.ts";
import { highest } from "./series.ts";

/** Rows that can still be read. */
const ROWS = 25;
const STATUS_COLORS: Readonly<Record<(typeof SUITE_STATUSES)[number], string>> = {
  passed: COLORS.passed,
  failed: COLORS.failed,
  errored: COLORS.errored,
  cancelled: COLORS.neutral,
  partial: COLORS.warning,
  empty: COLORS.neutral,
};
const STATES: States = Object.fromEntries(
  SUITE_STATUSES.map((text, index) => [String(index + 1), { text, color: STATUS_COLORS[text] }]),
);

const AT_END = "@ end()";

/** Not passed before passed, and of each the one that ran last. */
const rank = (): string => {
  const end = once(`${chosen(CATALOGUE.lastRunEnd)} ${AT_END}`);
  return `(1e11 * (${recorded(SUITE_STATUS)} ${AT_END} > bool 1) + ${end})`;
};

export const statusTimeline = (): Panel =>
  stateTimeline({
    title: "Status of the newest run",
    description:
      "How each suite stood at every moment: the status of its newest completed run. A gap is a time nobody knows about. Suites that do not pass " +
      `now come first, then those that ran last; ${ROWS} of them. A click leads to the suite at that moment.`,
    unit: UNIT.count,
    width: 24,
    height: 14,
    queries: [{ expr: worst(ROWS, recorded(SUITE_STATUS), rank()), legend: SCOPE_LEGEND }],
    states: STATES,
    maxDataPoints: 300,
    link: suiteThen(),
  });

export const failingParts = (config: Config): Panel =>
  graph({
    title: "Failing part of the newest run",
    description:
      "What part of the executed tests failed or errored in the newest run of each suite; the line is the limit of TestFailureSpike. The " +
      `${LINES} suites that failed most.`,
    unit: UNIT.ratio,
    width: 12,
    height: 9,
    max: 1,
    queries: [
      {
        expr: highest(LINES, recorded(SUITE_FAILING)),
        legend: SCOPE_LEGEND,
      },
    ],
    steps: [
      [null, COLORS.neutral],
      [config.thresholds.failureRatio, COLORS.critical],
    ],
    empty: "nothing executed yet",
    link: suiteThen(),
  });

export const durations = (): Panel =>
  graph({
    title: "Duration of the newest run",
    description: `How long the newest run of each suite took, over time; the ${LINES} suites that took longest.`,
    unit: UNIT.seconds,
    width: 12,
    height: 9,
    queries: [
      {
        expr: highest(LINES, recorded(SUITE_DURATION)),
        legend: SCOPE_LEGEND,
      },
    ],
    link: suiteThen(),
  });

export const durationHeatmap = (config: Config): Panel =>
  heatmap({
    title: "Durations of all runs",
    description:
      "How the wall times of runs are spread, and whether that changes: each column counts the runs that completed in it by duration. All " +
      "suites of the chosen projects, environments and branches; the choice of a suite does not reach it. Pull requests do not count.",
    unit: UNIT.seconds,
    width: 24,
    height: 9,
    expr: `sum by (le) (${total(config, projectWide(PROJECT_DURATION_BUCKET_RATE), "$__rate_interval")})`,
    minInterval: "5m",
    empty: "no runs with a duration in this time",
  });
