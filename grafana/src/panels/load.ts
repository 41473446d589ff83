/** Load tests: what their newest runs say of scenarios and operations, and how that went over time. */
import { ALL_OPERATIONS, CATALOGUE, type Family, ref } from "../../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "../../../prometheus/src/alert.ts";
import { once } from "../../../prometheus/src/promql.ts";
import {
  clickedColumn,
  graph,
  heatmap,
  labelTable,
  type Panel,
  page,
  SCOPE_TITLES,
  suiteOfRow,
  suiteThen,
  UNIT,
} from "../helper.ts";
import { chosen, LINES, SCOPE_LEGEND, shown } from "../scope.ts";
import { highest, POINTS, ROWS } from "./series.ts";

const WHOLE = `operation="${ALL_OPERATIONS}"`;
const PARTS = `operation!="${ALL_OPERATIONS}"`;
const EMPTY = "no load tests yet";
const LEGEND = `{{scenario}} {{operation}} ${SCOPE_LEGEND}`;

/** Tools without scenarios leave the label out, and a table needs every label in every row. */
const placed = (expr: string): string =>
  `max by (${SCOPE.join(", ")}, scenario, operation) (label_replace(${expr}, "scenario", "-", "scenario", ""))`;

export function loadTable(): Panel {
  const order = placed(shown(CATALOGUE.loadLastLatency, 'stat="p95"'));
  const anyRow = `${order}\nor\n0 * ${placed(shown(CATALOGUE.loadLastLatency, 'stat="avg"'))}`;
  const row = (family: Family, ...matchers: readonly string[]): string =>
    `${placed(shown(family, ...matchers))}\nand\ntopk(${ROWS},\n${anyRow}\n)`;
  const latency = (stat: string): string => row(CATALOGUE.loadLastLatency, `stat="${stat}"`);
  const STATS = ["avg", "p50", "p95", "p99", "max"] as const;
  const titles = { avg: "Average", p50: "Median", p95: "95th", p99: "99th", max: "Slowest" } as const;
  return labelTable({
    title: "Newest load test of each scenario and operation",
    description:
      `How each operation fared in the newest completed load test, the ${ROWS} slowest by their 95th percentile. ` +
      `${ALL_OPERATIONS} is a scenario as a whole, as its tool states it: percentiles of operations are never averaged. ` +
      "An empty cell is a figure that the tool does not state.",
    unit: UNIT.plain,
    width: 24,
    height: 10,
    exprs: [
      ...STATS.map(latency),
      row(CATALOGUE.loadLastRequests),
      row(CATALOGUE.loadLastRate),
      row(CATALOGUE.loadLastErrors),
    ],
    columns: [
      { field: "scenario", title: "Scenario", width: 140 },
      { field: "operation", title: "Operation", link: suiteOfRow() },
      ...STATS.map((stat, index) => ({
        field: `Value #${String.fromCharCode(65 + index)}`,
        title: titles[stat],
        unit: UNIT.seconds,
        width: 100,
      })),
      { field: "Value #F", title: "Requests", unit: UNIT.count, width: 100 },
      { field: "Value #G", title: "Per second", unit: UNIT.requestsPerSecond, width: 110 },
      { field: "Value #H", title: "Failed", unit: UNIT.ratio, decimals: 2, width: 90 },
      { field: "project", title: SCOPE_TITLES.project, width: 110 },
      {
        field: "suite",
        title: SCOPE_TITLES.suite,
        width: 130,
        link: {
          title: "Runs of this suite",
          url: page(`/suites/${clickedColumn(SCOPE_TITLES.project)}/${clickedColumn(SCOPE_TITLES.suite)}`),
        },
      },
      { field: "environment", title: SCOPE_TITLES.environment, width: 100 },
      { field: "branch", title: SCOPE_TITLES.branch, width: 90 },
    ],
    sortBy: titles.p95,
    empty: EMPTY,
  });
}

export const loadPercentiles = (): Panel =>
  graph({
    maxDataPoints: POINTS,
    title: "Latency of scenarios as a whole",
    description:
      `How long the requests of a scenario took, run after run: average, median, 95th and 99th percentile of the newest completed ` +
      `run at each moment, as the tool computed them over all operations (${ALL_OPERATIONS}); the ${LINES} slowest lines of the time range.`,
    unit: UNIT.seconds,
    width: 12,
    height: 9,
    queries: [
      {
        expr: highest(LINES, shown(CATALOGUE.loadLastLatency, WHOLE, 'stat=~"avg|p50|p95|p99"')),
        legend: `{{stat}} {{scenario}} ${SCOPE_LEGEND}`,
      },
    ],
    empty: EMPTY,
    link: suiteThen(),
  });

export const operationLatency = (): Panel =>
  graph({
    maxDataPoints: POINTS,
    title: "95th percentile by operation",
    description:
      `Which operation is slow, and since when: the 95th percentile of each operation in the newest completed run at each moment; the ` +
      `${LINES} slowest of the time range.`,
    unit: UNIT.seconds,
    width: 12,
    height: 9,
    queries: [{ expr: highest(LINES, shown(CATALOGUE.loadLastLatency, PARTS, 'stat="p95"')), legend: LEGEND }],
    empty: "no load tests that tell of operations yet",
    link: suiteThen(),
  });

/** The histogram of `heatmap`, by its bounds; also for those who read its cells as numbers. */
export const latencyHeatmap = (): Panel =>
  heatmap({
    title: "Latency of single requests",
    description:
      "How the latencies of single requests are spread, in load tests as they come in; darker is more requests. Only from tools that tell " +
      "of each request: summaries cannot become a histogram. One scenario or suite at a time says most.",
    unit: UNIT.seconds,
    width: 12,
    height: 9,
    expr: `sum by (le) (${once(`increase(${bucketsOf()}[$__rate_interval])`)})`,
    empty: "no load tests with single requests yet",
  });
const bucketsOf = (): string =>
  chosen(CATALOGUE.loadLatency).replace(ref(CATALOGUE.loadLatency), ref(CATALOGUE.loadLatency, "bucket"));

export const loadRequests = (): Panel =>
  graph({
    title: "Requests of load tests",
    description:
      "How many requests the load tests sent as they came in, and how many of them failed. A test counts when it completes, so a long " +
      "one is one bar at its end; pull requests count here.",
    unit: UNIT.count,
    width: 12,
    height: 9,
    bars: true,
    queries: [
      { expr: `sum(${increase(CATALOGUE.loadRequests)})`, legend: "requests", exemplars: true },
      { expr: `sum(${increase(CATALOGUE.loadFailures)})`, legend: "failed", exemplars: true },
    ],
    calcs: ["sum", "max"],
    link: { title: "Runs", url: page("/") },
    empty: EMPTY,
  });
const increase = (family: Family): string => once(`increase(${chosen(family)}[$__rate_interval])`);
