/** Few big numbers for who decides: go or not, how much of the objectives is left, where the risk is, and whose it is. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE, TARGET_STATES } from "../../../exporter/src/metrics/catalogue.ts";
import { SUITE_STATUS } from "../../../prometheus/src/dashboard-recordings.ts";
import { NOT_PULL_REQUEST, percent } from "../../../prometheus/src/promql.ts";
import { LAST_RUN_FAILURES, OWNER } from "../../../prometheus/src/recordings.ts";
import {
  DETECTIONS_RATE,
  LATE_DETECTIONS_RATE,
  PROJECT_EXECUTED_RATE,
  PROJECT_FAILURES_RATE,
} from "../../../prometheus/src/slo-recordings.ts";
import { COLORS } from "../colors.ts";
import {
  bars,
  dashboardLink,
  graph,
  labelTable,
  type Panel,
  page,
  SCOPE_TITLES,
  suiteOfRow,
  type TileSteps,
  tile,
  UNIT,
} from "../helper.ts";
import { grown, LINES, matchersOf, projectWide, recorded, shown } from "../scope.ts";
import { unmeasured } from "./target-criteria.ts";
import { atLevel, unknownLevel } from "./target-levels.ts";

const plain = [null, COLORS.neutral] as const;
const shouldBeZero: TileSteps = [plain, [0, COLORS.good], [1, COLORS.critical]];
const MONTH = "30d";

/** As the scorecard of Targets decides, with yellow told apart: R1's summary knows a conditional go. */
export const goNoGo = (config: Config): Panel => {
  const missing = unmeasured(config);
  return tile({
    title: "Go or no-go",
    description:
      "Do the newest runs meet their targets? NO-GO when any number is red, UNKNOWN when any is unknown" +
      `${missing === undefined ? "" : " or a configured target has no number at all"}, CONDITIONAL GO when any is yellow, GO when all are ` +
      "green. The dashboard Targets has each of them.",
    unit: UNIT.count,
    width: 6,
    height: 5,
    expr: [
      `4 + 0 * count(${atLevel("red")})`,
      `3 + 0 * count(${unknownLevel()})`,
      ...(missing === undefined ? [] : [`3 + 0 * (${missing} > 0)`]),
      `2 + 0 * count(${atLevel("yellow")})`,
      `1 + 0 * count(${shown(CATALOGUE.measureState)})`,
    ].join("\nor\n"),
    steps: [plain, [1, COLORS.good], [2, COLORS.warning], [3, COLORS.neutral], [4, COLORS.critical]],
    texts: { "1": "GO", "2": "CONDITIONAL GO", "3": "UNKNOWN", "4": "NO-GO" },
    empty: "UNKNOWN: nothing measured",
    link: dashboardLink("targets", "Targets"),
  });
};

export const passRateMonth = (config: Config): Panel =>
  tile({
    title: "Pass rate, 30 days",
    description: `Which part of the executed tests passed in 30 days, whatever the time range. Green from the objective ${percent(config.slo.passRatio)} on. Pull requests do not count.`,
    unit: UNIT.ratio,
    decimals: 2,
    width: 6,
    height: 5,
    expr: `1 - ${spent(PROJECT_FAILURES_RATE)}\n/\n(${spent(PROJECT_EXECUTED_RATE)} > 0)`,
    steps: [plain, [0, COLORS.critical], [config.slo.passRatio, COLORS.good]],
    empty: "nothing executed yet",
    link: dashboardLink("trends", "Trends"),
  });

const spent = (record: string): string => `sum(sum_over_time(${projectWide(record)}[${MONTH}]))`;

export const criticalAlerts = (): Panel =>
  tile({
    title: "Critical alerts",
    description: "How many critical alerts about the chosen suites fire at this moment.",
    unit: UNIT.count,
    decimals: 0,
    width: 6,
    height: 5,
    // Without Plumbline nobody knows: then there is no zero either.
    expr:
      `count(ALERTS{alertstate="firing",severity="critical",${matchersOf(["project", "suite", "environment", "branch"]).join(",")}})\n` +
      `or\n0 * count(${shown(CATALOGUE.lastRunStatus)})`,
    steps: shouldBeZero,
    link: { title: "Alerts", url: page("/alerts") },
  });

export const suitesRed = (): Panel =>
  tile({
    title: "Suites that do not pass",
    description: "How many of the chosen suites did not pass in their newest run. Unknown is never counted as passed.",
    unit: UNIT.count,
    decimals: 0,
    width: 6,
    height: 5,
    expr: `sum(${recorded(SUITE_STATUS)} != bool 1)`,
    steps: shouldBeZero,
    sparkline: true,
    link: dashboardLink("suites", "Suites and runs"),
  });

const budgetSteps: TileSteps = [plain, [-1e9, COLORS.critical], [0, COLORS.warning], [0.25, COLORS.good]];

export const passBudget = (config: Config): Panel =>
  tile({
    title: "Error budget: tests that pass",
    description:
      `How much may still fail? Objective: ${percent(config.slo.passRatio)} of executed tests pass over 30 days. What is left of the failures that allows; negative when it is ` +
      "used up. Yellow below a quarter. All chosen projects together.",
    unit: UNIT.ratio,
    decimals: 0,
    width: 6,
    height: 5,
    expr: budget(spent(PROJECT_FAILURES_RATE), spent(PROJECT_EXECUTED_RATE), config.slo.passRatio),
    steps: budgetSteps,
    empty: "nothing executed yet",
    link: dashboardLink("trends", "Trends"),
  });

export const detectionBudget = (config: Config): Panel =>
  tile({
    title: "Error budget: known in time",
    description:
      `Are results known soon enough? Objective: ${percent(config.slo.detectionRatio)} of runs are known ${config.slo.detectionSeconds} s after they end, over 30 days, of all of ` +
      "Plumbline: the choice above does not reach it. What is left of the late ones that allows.",
    unit: UNIT.ratio,
    decimals: 0,
    width: 6,
    height: 5,
    expr: budget(
      `sum(sum_over_time(${LATE_DETECTIONS_RATE}[${MONTH}]))`,
      `sum(sum_over_time(${DETECTIONS_RATE}[${MONTH}]))`,
      config.slo.detectionRatio,
    ),
    steps: budgetSteps,
    empty: "no run with an end yet",
    link: dashboardLink("plumbline", "Plumbline itself"),
  });

const budget = (bad: string, all: string, ratio: number): string => `1 - (${bad} / (${all} > 0)) / (1 - ${ratio})`;

export const budgetCourse = (config: Config): Panel =>
  graph({
    title: "Failures by project over the last 7 days",
    description: `Which project uses the budget up? Failed and errored of the tests executed in the 7 days before each point. The line is what the objective allows. The ${LINES} projects with most executions have a line.`,
    unit: UNIT.ratio,
    width: 12,
    height: 10,
    minInterval: "1d",
    queries: [
      {
        expr:
          `sum by (project) (sum_over_time(${projectWide(PROJECT_FAILURES_RATE)}[7d]))\n/\n(sum by (project) (sum_over_time(${projectWide(PROJECT_EXECUTED_RATE)}[7d])) > 0)\n` +
          `and on (project)\ntopk(${LINES}, sum by (project) (sum_over_time(${projectWide(PROJECT_EXECUTED_RATE)}[7d] @ end())))`,
        legend: "{{project}}",
      },
    ],
    steps: [plain, [Number((1 - config.slo.passRatio).toFixed(9)), COLORS.critical]],
    empty: "nothing executed yet",
    link: dashboardLink("trends", "Trends"),
  });

/** Joins the owner; suites without one are `unowned`, never left out. */
const byTeam = (aggregate: string, expr: string): string =>
  `${aggregate} by (team) (\n  (${expr}) * on (project, suite) group_left (team) ${OWNER}\n)`;

export const teams = (config: Config): Panel =>
  labelTable({
    title: "Teams",
    description:
      "Whose suites need work? For each owner: suites, those whose newest run did not pass, failing tests, executed tests and pass rate in the time range " +
      `of the dashboard. Suites that nobody owns are unowned. Red below ${percent(1 - config.thresholds.failureRatio)}.`,
    unit: UNIT.count,
    width: 12,
    height: 10,
    exprs: [
      byTeam("count", recorded(SUITE_STATUS)),
      byTeam("sum", `${recorded(SUITE_STATUS)} != bool 1`),
      byTeam("sum", shown(CATALOGUE.lastRunCases, 'result=~"failed|errored"')),
      byTeam("sum", grown(CATALOGUE.executions, NOT_PULL_REQUEST, EXECUTED)),
      `${byTeam("sum", grown(CATALOGUE.executions, NOT_PULL_REQUEST, 'result="passed"'))}\n/\n(${byTeam("sum", grown(CATALOGUE.executions, NOT_PULL_REQUEST, EXECUTED))} > 0)`,
    ],
    columns: [
      { field: "team", title: "Team" },
      { field: "Value #A", title: "Suites", unit: UNIT.count, decimals: 0 },
      {
        field: "Value #B",
        title: "Not passed",
        unit: UNIT.count,
        decimals: 0,
        steps: [plain, [0, COLORS.good], [1, COLORS.critical]],
      },
      { field: "Value #C", title: "Failing tests", unit: UNIT.count, decimals: 0 },
      { field: "Value #D", title: "Executed", unit: UNIT.count, decimals: 0 },
      {
        field: "Value #E",
        title: "Pass rate",
        unit: UNIT.ratio,
        decimals: 1,
        steps: [
          plain,
          [0, COLORS.critical],
          [Number((1 - config.thresholds.failureRatio).toFixed(9)), COLORS.warning],
          [Math.max(config.slo.passRatio, Number((1 - config.thresholds.failureRatio).toFixed(9))), COLORS.good],
        ],
      },
    ],
    sortBy: "Not passed",
  });
const EXECUTED = 'result!="skipped"';

export const targetLevels = (): Panel =>
  bars({
    title: "Targets by level",
    description:
      "How many numbers that a target is for are green, yellow and red in the newest runs, and how many can nobody judge?",
    unit: UNIT.count,
    decimals: 0,
    width: 12,
    height: 5,
    queries: [
      ...TARGET_STATES.map((state) => ({
        expr: `sum(${shown(CATALOGUE.measureState, `state="${state}"`)})`,
        legend: state,
      })),
      { expr: `count(${unknownLevel()})\nor\n0 * count(${shown(CATALOGUE.measureState)})`, legend: "unknown" },
    ],
    colors: { green: COLORS.good, yellow: COLORS.warning, red: COLORS.critical, unknown: COLORS.neutral },
    empty: "no target measured yet",
    link: dashboardLink("targets", "Targets"),
  });

/** Suites by what would hurt: failing first, then coverage and flakiness. */
export function risks(config: Config): Panel {
  const BY = ["project", "suite", "environment", "branch"] as const;
  const by = BY.join(", ");
  const failing = `${recorded(LAST_RUN_FAILURES)} / ${config.thresholds.failureRatio}`;
  const uncovered = `max without (kind) (${shown(CATALOGUE.lastRunCoverage, 'kind="line"')})`;
  const flaky = `${shown(CATALOGUE.flakyTests)}\n/\n(sum without (result) (${shown(CATALOGUE.lastRunCases, EXECUTED)}) > 0) / ${config.thresholds.flakyRatio}`;
  const gap = `clamp_min((${config.thresholds.coverageRatio} - ${uncovered}) / (1 - ${config.thresholds.coverageRatio} + 1e-9), 0)`;
  const zero = `0 * ${recorded(SUITE_STATUS)}`;
  const part = (expr: string): string => `max by (${by}) ((${expr}) or ${zero})`;
  const risk = `topk(10, (${part(failing)} + ${part(flaky)} + ${part(`clamp_max(${gap}, 1)`)}) > 0)`;
  const ofRows = (expr: string): string => `${expr}\nand on (${by})\n${risk}`;
  return labelTable({
    title: "Where the risk is",
    description:
      "Which suites stand worst? Risk adds what part of tests fails, in multiples of the limit of TestFailureSpike, what part is flaky, in multiples of " +
      "the limit of FlakyTests, and how far coverage is below its limit (at most 1). The ten highest.",
    unit: UNIT.plain,
    width: 24,
    height: 9,
    exprs: [
      risk,
      ofRows(`max by (${by}) (${recorded(LAST_RUN_FAILURES)})`),
      ofRows(`max by (${by}) (${shown(CATALOGUE.flakyTests)})`),
      ofRows(`max by (${by}) (${uncovered})`),
      ofRows(`max by (${by}) (${shown(CATALOGUE.lastSuccess)}) * 1000`),
    ],
    columns: [
      ...BY.map((name) => ({
        field: name,
        title: SCOPE_TITLES[name],
        ...(name === "suite" ? { link: suiteOfRow() } : {}),
      })),
      {
        field: "Value #A",
        title: "Risk",
        unit: UNIT.plain,
        decimals: 2,
        steps: [
          [null, COLORS.neutral],
          [0, COLORS.warning],
          [1, COLORS.critical],
        ],
      },
      { field: "Value #B", title: "Failing", unit: UNIT.ratio, decimals: 1 },
      { field: "Value #C", title: "Flaky tests", unit: UNIT.count, decimals: 0 },
      { field: "Value #D", title: "Line coverage", unit: UNIT.ratio, decimals: 1 },
      { field: "Value #E", title: "Last passed", unit: UNIT.ago },
    ],
    sortBy: "Risk",
    empty: "no suite stands badly, or there are no runs yet",
  });
}
