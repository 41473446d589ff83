/** How the suites stand: tiles, and the tables of what needs somebody. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "../../../prometheus/src/alert.ts";
import { SUITE_DURATION } from "../../../prometheus/src/dashboard-recordings.ts";
import { LAST_RUN_FAILURES } from "../../../prometheus/src/recordings.ts";
import { COLORS } from "../colors.ts";
import {
  bars,
  type Column,
  dashboardOfRow,
  labelTable,
  type Panel,
  page,
  SCOPE_TITLES,
  type Step,
  suiteNow,
  suiteOfRow,
  type TileSteps,
  tile,
  UNIT,
} from "../helper.ts";
import { grown, LINES, recorded, SCOPE_LEGEND, shown } from "../scope.ts";

const BY = SCOPE.join(", ");
const plain = [null, COLORS.neutral] as const;
const shouldBeZero: TileSteps = [plain, [0, COLORS.good], [1, COLORS.critical]];
const RUNS = { title: "Runs", url: page("/") };
const small = { width: 4, height: 4, unit: UNIT.count, decimals: 0 } as const;

/** Late by the limit of the alert TestRunMissing, by how many seconds. */
const late = (config: Config): string =>
  `(time() - ${shown(CATALOGUE.lastRunEnd)} - ${config.thresholds.missingRunIntervals} * ${shown(CATALOGUE.expectedInterval)}) > 0`;
const never = (): string => `${shown(CATALOGUE.expectedInterval)} unless ${shown(CATALOGUE.lastRunEnd)}`;

export const suitesKnown = (): Panel =>
  tile({
    ...small,
    title: "Suites",
    description: "How many suites have a completed run, by project, environment and branch.",
    expr: `count(${shown(CATALOGUE.lastRunStatus)} == 1)`,
    steps: [plain],
    sparkline: true,
    link: RUNS,
  });

export const suitesLate = (config: Config): Panel =>
  tile({
    ...small,
    title: "Late",
    description:
      "How many suites should have run again by now: their newest run is older than " +
      `${config.thresholds.missingRunIntervals} of their expected intervals (alert TestRunMissing). Only suites with expectedIntervalSeconds in the configuration.`,
    expr: `count(${late(config)})\nor\n0 * count(${shown(CATALOGUE.expectedInterval)})`,
    steps: shouldBeZero,
    empty: "no schedule configured",
    link: RUNS,
  });

export const suitesNeverRan = (): Panel =>
  tile({
    ...small,
    title: "Never ran",
    description:
      "How many suites are expected by the configuration and have never had a completed run (alert SuiteNeverRan).",
    expr: `count(${never()})\nor\n0 * count(${shown(CATALOGUE.expectedInterval)})`,
    steps: shouldBeZero,
    empty: "no schedule configured",
    link: RUNS,
  });

export const runsActive = (): Panel =>
  tile({
    ...small,
    title: "Runs active",
    description: "How many runs wait for more of their parts at this moment.",
    expr: `sum(${shown(CATALOGUE.runsActive)})\nor\n0 * count(${shown(CATALOGUE.lastRunEnd)})`,
    steps: [plain],
    sparkline: true,
    link: RUNS,
  });

export const flakyNow = (): Panel =>
  tile({
    ...small,
    title: "Flaky tests",
    description: "How many tests pass and fail without a change, by the newest 50 runs of each suite.",
    expr: `sum(${shown(CATALOGUE.flakyTests)})`,
    steps: [plain, [0, COLORS.good], [1, COLORS.warning]],
    sparkline: true,
    empty: "too few runs yet",
    link: { title: "Runs and tests", url: page("/") },
  });

const scopeColumns = (also: Partial<Record<(typeof SCOPE)[number], Partial<Column>>> = {}): Column[] =>
  SCOPE.map((name) => ({
    field: name,
    title: SCOPE_TITLES[name],
    ...(name === "suite" ? { link: [suiteOfRow(), dashboardOfRow("live", "This suite live")] } : {}),
    ...also[name],
  }));

/** Keeps the rows that the first query of the table chose. */
const ofRows = (expr: string, first: string): string => `${expr}\nand on (${BY})\n${first}`;

export function mostFailing(config: Config): Panel {
  const failing = `topk(${LINES}, ${recorded(LAST_RUN_FAILURES)} > 0)`;
  const limit = config.thresholds.failureRatio;
  return labelTable({
    title: "Most failing",
    description:
      "Which suites have the largest part of failing and errored tests in their newest run, how many, how many over the whole time range, " +
      `and when they last passed. Red from the limit of TestFailureSpike on; the ${LINES} worst.`,
    unit: UNIT.count,
    width: 24,
    height: 9,
    exprs: [
      failing,
      ofRows(`sum by (${BY}) (${shown(CATALOGUE.lastRunCases, 'result=~"failed|errored"')})`, failing),
      ofRows(`sum by (${BY}) (${grown(CATALOGUE.executions, 'result=~"failed|errored"')})`, failing),
      ofRows(`max by (${BY}) (${shown(CATALOGUE.lastSuccess)}) * 1000`, failing),
    ],
    columns: [
      ...scopeColumns(),
      {
        field: "Value #A",
        title: "Failing now",
        unit: UNIT.ratio,
        decimals: 1,
        steps: [
          [null, COLORS.neutral],
          [0, COLORS.warning],
          [limit, COLORS.critical],
        ],
      },
      { field: "Value #B", title: "Tests", unit: UNIT.count, decimals: 0 },
      { field: "Value #C", title: "Failures in this time", unit: UNIT.count, decimals: 0 },
      { field: "Value #D", title: "Last passed", unit: UNIT.ago },
    ],
    sortBy: "Failing now",
    empty: "nothing fails in any newest run, or there are no runs yet",
  });
}

export function slowest(config: Config): Panel {
  const slow = `topk(${LINES}, ${recorded(SUITE_DURATION)})`;
  const { slowRunFactor } = config.thresholds;
  const steps: readonly Step[] = [
    [null, COLORS.neutral],
    [0, COLORS.good],
    [1, COLORS.warning],
    [slowRunFactor, COLORS.critical],
  ];
  return labelTable({
    title: "Slowest",
    description:
      "Which suites take longest, how long they should take (configured, else the median of earlier runs), and how many times that the " +
      `newest run took. Red from the factor of TestExecutionSlow on; the ${LINES} slowest.`,
    unit: UNIT.seconds,
    width: 24,
    height: 9,
    exprs: [
      slow,
      ofRows(`max by (${BY}) (${shown(CATALOGUE.lastRunExpectedDuration)})`, slow),
      ofRows(
        `max by (${BY}) (${shown(CATALOGUE.lastRunDuration)} / (${shown(CATALOGUE.lastRunExpectedDuration)} > 0))`,
        slow,
      ),
    ],
    columns: [
      ...scopeColumns(),
      { field: "Value #A", title: "Took", unit: UNIT.seconds, decimals: 1 },
      { field: "Value #B", title: "Expected", unit: UNIT.seconds, decimals: 1 },
      { field: "Value #C", title: "Times expected", unit: UNIT.plain, decimals: 2, steps },
    ],
    sortBy: "Took",
  });
}

export function flakiest(): Panel {
  const flaky = `topk(${LINES}, max by (${BY}) (${shown(CATALOGUE.flakyTests)}) > 0)`;
  return labelTable({
    title: "Flakiest",
    description:
      "Which suites have the most tests that pass and fail without a change, by their newest 50 runs, and how often tests flaked and were " +
      `repeated in the time range of the dashboard; the ${LINES} worst.`,
    unit: UNIT.count,
    width: 24,
    height: 9,
    exprs: [
      flaky,
      ofRows(`sum by (${BY}) (${grown(CATALOGUE.flaky)})`, flaky),
      ofRows(`sum by (${BY}) (${grown(CATALOGUE.retries)})`, flaky),
    ],
    columns: [
      ...scopeColumns(),
      { field: "Value #A", title: "Flaky tests", unit: UNIT.count, decimals: 0 },
      { field: "Value #B", title: "Flaked in this time", unit: UNIT.count, decimals: 0 },
      { field: "Value #C", title: "Repeated in this time", unit: UNIT.count, decimals: 0 },
    ],
    sortBy: "Flaky tests",
    empty: "no flaky test known",
  });
}

export const retried = (): Panel =>
  bars({
    title: "Most repeated",
    description:
      "Which suites need the most repeated attempts in the time range of the dashboard: what a retry hides costs time and trust.",
    unit: UNIT.count,
    width: 24,
    height: 8,
    decimals: 0,
    queries: [{ expr: `topk(${LINES}, sum by (${BY}) (${grown(CATALOGUE.retries)}) > 0)`, legend: SCOPE_LEGEND }],
    steps: [[null, COLORS.warning]],
    empty: "nothing was repeated in this time",
    link: suiteNow(),
  });

export function overdue(config: Config): Panel {
  const due = `topk(${LINES}, max by (${BY}) (${late(config)} or ${never()}))`;
  return labelTable({
    title: "Late or never run",
    description:
      "Which suites should have run again: by how long they are over their limit, how often they should run, and when they last did. " +
      "A suite without a last run has never had one; its first column is then its interval.",
    unit: UNIT.seconds,
    width: 24,
    height: 9,
    exprs: [
      due,
      ofRows(`max by (${BY}) (${shown(CATALOGUE.expectedInterval)})`, due),
      ofRows(`max by (${BY}) (${shown(CATALOGUE.lastRunEnd)}) * 1000`, due),
    ],
    columns: [
      ...scopeColumns(),
      { field: "Value #A", title: "Over by", unit: UNIT.seconds, decimals: 0 },
      { field: "Value #B", title: "Expected every", unit: UNIT.seconds, decimals: 0 },
      { field: "Value #C", title: "Last run", unit: UNIT.ago },
    ],
    sortBy: "Over by",
    empty: "no suite with a schedule is late",
  });
}

export const active = (config: Config): Panel =>
  labelTable({
    title: "Runs in progress",
    description:
      "Which suites have runs that wait for more of their parts, and since when the quietest of them has been silent. After " +
      `${config.thresholds.hungRunSeconds} s without a sign of life TestRunHung fires.`,
    unit: UNIT.count,
    width: 24,
    height: 7,
    exprs: [
      `topk(${LINES}, max by (${BY}) (${shown(CATALOGUE.runsActive)}) > 0)`,
      `topk(${LINES}, max by (${BY}) (${shown(CATALOGUE.runHeartbeat)} * 1000 and ${shown(CATALOGUE.runsActive)} > 0))`,
    ],
    columns: [
      ...scopeColumns(),
      { field: "Value #A", title: "Runs", unit: UNIT.count, decimals: 0 },
      { field: "Value #B", title: "Last sign of life", unit: UNIT.ago },
    ],
    sortBy: "Runs",
    empty: "no run is in progress",
  });
