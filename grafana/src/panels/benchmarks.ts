/** Benchmarks: newest values, their course with the baseline, and machines compared. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "../../../prometheus/src/alert.ts";
import { COLORS } from "../colors.ts";
import {
  bars,
  type Column,
  dashboardOfRow,
  graph,
  labelTable,
  type Panel,
  page,
  SCOPE_TITLES,
  type Step,
  suiteNow,
  suiteOfRow,
  suiteThen,
  tile,
  UNIT,
} from "../helper.ts";
import { LINES, matchersOf, SCOPE_LEGEND, shown, stateNumber } from "../scope.ts";
import { countOf, inState, suspected, zSteps } from "./deviations.ts";
import { central, deviationsOfLine, highest, POINTS, ROWS, UNIT_FAMILIES } from "./series.ts";

/** What the dashboard's own variables choose. Tools that do not state a machine have no `runner_class`. */
export const CHOSEN = matchersOf(["benchmark", "runner_class"]);
const EMPTY = "no benchmarks yet";
const LEGEND = `{{benchmark}} {{measure}} {{stat}} {{runner_class}} ${SCOPE_LEGEND}`;
const PLAIN = [null, COLORS.neutral] as const;

const valuesOf = (index: number): string => {
  const family = UNIT_FAMILIES[index];
  if (family === undefined) throw new Error(`no unit ${index}`);
  return central(family.benchmark, ...CHOSEN);
};
const anyUnit = (): string => UNIT_FAMILIES.map((_, index) => `(${valuesOf(index)})`).join("\nor\n");

/**
 * The present level of every series, also of those whose machine did not make the newest run: what detection says of a series stays, and
 * its unit is that of the same benchmark's newest value.
 */
function levelsOf(index: number): string {
  const baseline = central(CATALOGUE.deviationBaseline, ...CHOSEN);
  const level = `((${baseline}) * (1 + (${central(CATALOGUE.deviationRatio, ...CHOSEN)})))\nor\n${baseline}`;
  return `(${level})\nand on (${[...SCOPE, "benchmark", "measure"].join(", ")})\n(${valuesOf(index)})`;
}

function count(title: string, description: string, expr: string, steps: readonly Step[]): Panel {
  return tile({
    title,
    description,
    unit: UNIT.count,
    width: 6,
    height: 4,
    decimals: 0,
    expr,
    steps: [PLAIN, ...steps],
    empty: EMPTY,
    link: { title: "Deviations", url: page("/deviations") },
  });
}

export const benchmarkCount = (): Panel =>
  count(
    "Benchmarks",
    "How many series benchmarks have: one for each benchmark, measure and kind of machine, whichever made the newest run.",
    `count(${row(`${anyUnit()}\nor\n${central(CATALOGUE.deviationBaseline, ...CHOSEN)}`)})`,
    [],
  );

export const worseCount = (): Panel =>
  count(
    "Worse than before",
    "How many series of benchmarks have a confirmed change for the worse that nobody has acknowledged.",
    countOf(`${inState("warning", ...CHOSEN)}\nor\n${inState("critical", ...CHOSEN)}`, ...CHOSEN),
    [
      [0, COLORS.good],
      [1, COLORS.critical],
    ],
  );

export const suspectedCount = (): Panel =>
  count(
    "Suspected",
    "How many series of benchmarks look worse in their newest runs; the next runs will tell.",
    countOf(suspected(...CHOSEN), ...CHOSEN),
    [
      [0, COLORS.good],
      [1, COLORS.warning],
    ],
  );

export const unknownCount = (config: Config): Panel =>
  count(
    "Too little data",
    `How many series of benchmarks cannot be judged, since they have fewer than ${config.deviations.minimumBaseline} values on the same kind of machine. ` +
      "Unknown is not in order.",
    countOf(inState("insufficient_data", ...CHOSEN), ...CHOSEN),
    [],
  );

/** One row per benchmark, measure and machine; a table needs every label in every row. */
const rowLabels = [...SCOPE, "benchmark", "measure", "runner_class"].join(", ");
const row = (expr: string): string =>
  `max by (${rowLabels}) (label_replace((\n${expr}\n), "runner_class", "-", "runner_class", ""))`;

export function newestTable(config: Config): Panel {
  const ratio = row(central(CATALOGUE.deviationRatio, ...CHOSEN));
  // The largest change first; what has no baseline comes last, not nowhere.
  const order = `abs(${ratio})\nor\n0 * ${row(anyUnit())}`;
  const shownRow = (expr: string): string => `${row(expr)}\nand\ntopk(${ROWS},\n${order}\n)`;
  const state = stateNumber((matcher) => `(${central(CATALOGUE.deviationState, matcher, ...CHOSEN)})`, "state", [
    "ok",
    "insufficient_data",
    "acknowledged",
    "warning",
    "critical",
  ]);
  const letter = (index: number): string => `Value #${String.fromCharCode(65 + index)}`;
  const [r, z, s] = [0, 1, 2].map((offset) => letter(UNIT_FAMILIES.length + offset));
  return labelTable({
    title: "Newest values",
    description:
      "What does each benchmark say now, and is that worse than before? The newest value (average, else median) in the column of its unit; where another kind of machine made the newest run, the present level. The present " +
      "level against its baseline, and how unusual the newest value is. A click on a benchmark shows it alone, with its baseline. " +
      `The ${ROWS} with the largest change.`,
    unit: UNIT.plain,
    width: 24,
    height: 11,
    exprs: [
      ...UNIT_FAMILIES.map((_, index) => shownRow(`${valuesOf(index)}\nor ignoring (stat)\n${levelsOf(index)}`)),
      `${ratio}\nand\ntopk(${ROWS},\n${order}\n)`,
      shownRow(central(CATALOGUE.deviationZscore, ...CHOSEN)),
      shownRow(state),
    ],
    columns: [
      {
        field: "benchmark",
        title: "Benchmark",
        link: [
          dashboardOfRow("benchmarks", "This benchmark alone, with its baseline", undefined, {
            benchmark: "Benchmark",
          }),
          suiteOfRow(),
        ],
      },
      { field: "measure", title: "Measure", width: 110 },
      { field: "runner_class", title: "Runner class", width: 110 },
      ...UNIT_FAMILIES.map(
        ({ unit, column }, index): Column => ({ field: letter(index), title: column, unit, width: 95 }),
      ),
      { field: r ?? "", title: "Change", unit: UNIT.ratio, decimals: 1, width: 85 },
      { field: z ?? "", title: "z-score", decimals: 1, width: 80, steps: zSteps(config) },
      {
        field: s ?? "",
        title: "State",
        width: 120,
        texts: {
          "1": { text: "ok", color: COLORS.good },
          "2": { text: "too little data", color: COLORS.neutral },
          "3": { text: "acknowledged", color: COLORS.skipped },
          "4": { text: "warning", color: COLORS.warning },
          "5": { text: "critical", color: COLORS.critical },
        },
      },
      { field: "project", title: SCOPE_TITLES.project, width: 90 },
      { field: "suite", title: SCOPE_TITLES.suite, width: 100, link: suiteOfRow() },
      { field: "environment", title: SCOPE_TITLES.environment, width: 90 },
      { field: "branch", title: SCOPE_TITLES.branch, width: 80 },
    ],
    sortBy: "State",
    empty: EMPTY,
  });
}

/** Legends that the fill of the band goes by: exact, so there is one band at most. */
const UPPER = "baseline + 2σ";
const LOWER = "baseline - 2σ";

/**
 * Values of one unit over time. The baseline and its band are drawn when one line is left, because a fill goes from one legend to
 * another, and the bands of many benchmarks over one another say nothing.
 */
export function valuesOverTime(index: number, { title, unit }: (typeof UNIT_FAMILIES)[number], width: number): Panel {
  const values = valuesOf(index);
  // Counted once, at the end of the time range: at each step that would be as much work as the line itself.
  const alone = `and on () (count(last_over_time((\n${values}\n)[2s:1s] @ end())) == 1)`;
  const baseline = shown(CATALOGUE.deviationBaseline, ...CHOSEN);
  const spread = shown(CATALOGUE.deviationBaselineSpread, ...CHOSEN);
  const ofThese = (expr: string): string => `(${expr})\nand\n(${values})\n${alone}`;
  return graph({
    maxDataPoints: POINTS,
    title,
    description:
      "How did each benchmark go, run after run? The value (average, else median) that its newest completed run had at each moment. With one benchmark, " +
      "measure and machine chosen, also the baseline it is judged by, and the band of two standard deviations around it. Marks are changes of " +
      `level. The ${LINES} highest of the time range.`,
    unit,
    width,
    height: 9,
    floating: true,
    queries: [
      { expr: highest(LINES, values), legend: LEGEND },
      { expr: ofThese(`${baseline} + 2 * ${spread}`), legend: UPPER },
      { expr: ofThese(`${baseline} - 2 * ${spread}`), legend: LOWER },
      { expr: ofThese(baseline), legend: "baseline" },
    ],
    styles: [
      { match: "/^baseline \\+ 2σ$/", color: COLORS.reference, width: 1, fill: 15, fillBelowTo: LOWER },
      { match: "/^baseline - 2σ$/", color: COLORS.reference, width: 1, fill: 0 },
      { match: "/^baseline$/", color: COLORS.reference, dashed: true, width: 1 },
    ],
    empty: "no benchmarks in this unit yet",
    link: [suiteThen(), deviationsOfLine],
  });
}

const BY_MACHINE = "{{benchmark}} {{measure}}: {{runner_class}}";

export const machines = (): Panel =>
  bars({
    title: "Times by runner class",
    description:
      "Which machine is faster? The present level of each benchmark on each kind of machine (runner class); only benchmarks that ran on several. Histories are never " +
      `mixed: each machine has a baseline of its own. The ${LINES} longest.`,
    unit: UNIT.seconds,
    width: 12,
    height: 9,
    queries: [{ expr: `topk(${LINES},\n${onSeveral(levelsOf(0))}\n)`, legend: BY_MACHINE }],
    link: suiteNow(),
    empty: "no benchmark ran on several runner classes",
  });
const onSeveral = (values: string): string =>
  `(${values})\nand ignoring (runner_class)\n(count without (runner_class) (${values}) > 1)`;

export const machineSpread = (): Panel =>
  graph({
    maxDataPoints: POINTS,
    title: "Slowest against fastest runner class",
    description:
      "How much do machines differ, and does that change? The highest baseline of each benchmark and measure over the lowest among its runner classes; 1 is no difference. " +
      `Only benchmarks that ran on several; the ${LINES} largest of the time range.`,
    unit: UNIT.plain,
    decimals: 2,
    width: 12,
    height: 9,
    floating: true,
    queries: [
      {
        expr: highest(LINES, spreadOf(central(CATALOGUE.deviationBaseline, ...CHOSEN))),
        legend: `{{benchmark}} {{measure}} ${SCOPE_LEGEND}`,
      },
    ],
    empty: "no benchmark ran on several runner classes",
    link: suiteThen(),
  });
const spreadOf = (values: string): string =>
  `max without (runner_class) (${values})\n/\n(min without (runner_class) (${values}) > 0)\nand\n(count without (runner_class) (${values}) > 1)`;
