/** Series of numbers (measures, benchmarks, load tests) in panels: their names, their units, and the few of many that are shown. */
import { CATALOGUE, type Family } from "../../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "../../../prometheus/src/alert.ts";
import {
  type Column,
  clickedColumn,
  clickedLabel,
  type Link,
  page,
  SCOPE_TITLES,
  suiteOfRow,
  UNIT,
  type Unit,
} from "../helper.ts";
import { SCOPE_LEGEND, shown } from "../scope.ts";

/** Rows of a table at most. */
export const ROWS = 50;

/** Points of a line: thousands of series are looked through at each. */
export const POINTS = 500;

/** What names a series within its scope; those that do not apply are absent. */
const NAMES = ["measure", "stat", "benchmark", "component", "scenario", "operation", "runner_class"] as const;
export const SERIES_LEGEND = `${NAMES.map((name) => `{{${name}}}`).join(" ")} ${SCOPE_LEGEND}`;

/**
 * The names of the series as one label `what`. A table needs it: queries side by side become one row where their labels are equal,
 * and a label that one of them leaves out altogether would fit any row.
 */
export const named = (expr: string): string => `max by (${SCOPE.join(", ")}, what) (\n${joinedNames(expr)}\n)`;
export const joinedNames = (expr: string): string =>
  `label_join(${expr}, "what", " ", ${NAMES.map((name) => `"${name}"`).join(", ")})`;

/** The rows of a table: those of `expr` whose names are among the first `ROWS` of `order`. Both are `named`. */
export const rowsOf = (expr: string, order: string): string => `${expr}\nand\ntopk(${ROWS},\n${order}\n)`;

/**
 * The lines of a graph whose value was highest at any moment of the time range. Chosen once for the whole range: a `topk` at each step
 * would bring in another set of lines each time the order changes, hundreds over some weeks, and would cut lines into pieces.
 */
export const highest = (lines: number, expr: string, by: string = expr): string =>
  `(\n${expr}\n)\nand\ntopk(${lines},\n${inRange("max_over_time", by)}\n)`;

/** The same for those whose value was lowest. */
export const lowest = (lines: number, expr: string): string =>
  `(\n${expr}\n)\nand\nbottomk(${lines},\n${inRange("min_over_time", expr)}\n)`;

/** Over weeks the steps are long: what came since the last of them counts too, else a new series would not show for an hour. */
const inRange = (over: string, expr: string): string =>
  `${over}((\n${expr}\n)[$__range:$__interval] @ end())\nor\n${over}((\n${expr}\n)[1m:5s] @ end())`;

/** The one number that says most of a series' runs: the average, the only value there is, or else the median. */
export const central = (family: Family, ...matchers: readonly string[]): string =>
  `${shown(family, 'stat=~"avg|value"', ...matchers)}\nor ignoring (stat)\n${shown(family, 'stat="p50"', ...matchers)}`;

export interface UnitFamily {
  readonly title: string;
  /** The same as the title of a column. */
  readonly column: string;
  readonly unit: Unit;
  readonly benchmark: Family;
  readonly measure: Family;
}
/** Families are split by unit, so panels are too. */
export const UNIT_FAMILIES = [
  {
    title: "Times",
    column: "Time",
    unit: UNIT.seconds,
    benchmark: CATALOGUE.benchmarkSeconds,
    measure: CATALOGUE.measureSeconds,
  },
  {
    title: "Sizes",
    column: "Size",
    unit: UNIT.bytes,
    benchmark: CATALOGUE.benchmarkBytes,
    measure: CATALOGUE.measureBytes,
  },
  {
    title: "Rates",
    column: "Rate",
    unit: UNIT.perSecond,
    benchmark: CATALOGUE.benchmarkPerSecond,
    measure: CATALOGUE.measurePerSecond,
  },
  {
    title: "Ratios",
    column: "Ratio",
    unit: UNIT.ratio,
    benchmark: CATALOGUE.benchmarkRatio,
    measure: CATALOGUE.measureRatio,
  },
  {
    title: "Other numbers",
    column: "Number",
    unit: UNIT.plain,
    benchmark: CATALOGUE.benchmarkValue,
    measure: CATALOGUE.measureValue,
  },
] as const satisfies readonly UnitFamily[];

/** From a line: the deviations of its suite on the built-in page. */
export const deviationsOfLine: Link = {
  title: "Deviations of this suite",
  url: page(`/deviations?${SCOPE.map((name) => `${name}=${clickedLabel(name)}`).join("&")}`),
};
const deviationsOfRow: Link = {
  title: "Deviations of this suite",
  url: page(`/deviations?${SCOPE.map((name) => `${name}=${clickedColumn(SCOPE_TITLES[name])}`).join("&")}`),
};

/** The columns that name a row of `named` series. */
export const NAME_COLUMNS: readonly Column[] = [
  { field: "what", title: "What", link: [deviationsOfRow, suiteOfRow()] },
  { field: "project", title: SCOPE_TITLES.project, width: 120 },
  { field: "suite", title: SCOPE_TITLES.suite, width: 140, link: suiteOfRow() },
  { field: "environment", title: SCOPE_TITLES.environment, width: 110 },
  { field: "branch", title: SCOPE_TITLES.branch, width: 100 },
];
