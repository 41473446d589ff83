/** Which series deviate now: the newest analysis of each. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { OPEN_DEVIATIONS, OPEN_RATIOS } from "../../../prometheus/src/deviation-recordings.ts";
import { SUITE_DEVIATIONS } from "../../../prometheus/src/level-recordings.ts";
import { percent } from "../../../prometheus/src/promql.ts";
import { COLORS } from "../colors.ts";
import { type Column, labelTable, type Panel, page, type Step, tile, UNIT } from "../helper.ts";
import { recorded, shown } from "../scope.ts";
import { NAME_COLUMNS, named, ROWS, rowsOf, UNIT_FAMILIES } from "./series.ts";

const PLAIN = [null, COLORS.neutral] as const;
const NONE_YET = "nothing judged yet";

/** Series in this state, 1 each. */
export const inState = (state: string, ...matchers: readonly string[]): string =>
  `max without (state) (${shown(CATALOGUE.deviationState, `state="${state}"`, ...matchers)} == 1)`;
export const suspected = (...matchers: readonly string[]): string =>
  `${shown(CATALOGUE.deviationSuspected, ...matchers)} == 1`;
/** Absent, and not 0, where no series was analysed: nothing is then known, and nothing green. */
export const countOf = (what: string, ...matchers: readonly string[]): string =>
  `count(${what})\nor\n0 * count(${shown(CATALOGUE.deviationState, ...matchers)})`;
/** The same as recorded of whole suites, for counts over time. */
const recordedCount = (state: string): string => `sum(${recorded(SUITE_DEVIATIONS, `state="${state}"`)})`;

export const DEVIATION_COLORS = {
  critical: COLORS.critical,
  warning: COLORS.warning,
  acknowledged: COLORS.skipped,
  insufficient_data: COLORS.neutral,
  ok: COLORS.good,
} as const;

function count(title: string, description: string, expr: string, steps: readonly Step[], path: string): Panel {
  return tile({
    title,
    description,
    unit: UNIT.count,
    width: 4,
    height: 4,
    decimals: 0,
    expr,
    steps: [PLAIN, ...steps],
    empty: NONE_YET,
    sparkline: true,
    link: { title: "Deviations", url: page(path) },
  });
}

export const openCritical = (config: Config): Panel =>
  count(
    "Critical",
    `How many series have changed for the worse by ${percent(config.deviations.criticalChange)} or more, confirmed and not acknowledged.`,
    recordedCount("critical"),
    [
      [0, COLORS.good],
      [1, COLORS.critical],
    ],
    "/deviations",
  );

export const openWarning = (config: Config): Panel =>
  count(
    "Warning",
    `How many series have changed for the worse by ${percent(config.deviations.minimumChange)} to ` +
      `${percent(config.deviations.criticalChange)}, confirmed and not acknowledged.`,
    recordedCount("warning"),
    [
      [0, COLORS.good],
      [1, COLORS.warning],
    ],
    "/deviations",
  );

export const suspectedNow = (): Panel =>
  count(
    "Suspected",
    "How many series look worse in their newest runs. The next runs confirm that or not; no alert until then.",
    recordedCount("suspected"),
    [
      [0, COLORS.good],
      [1, COLORS.warning],
    ],
    "/deviations",
  );

export const acknowledgedNow = (): Panel =>
  count(
    "Acknowledged",
    "How many deviations somebody has taken on. They are not over: they show again when the acknowledgement expires.",
    recordedCount("acknowledged"),
    [[1, COLORS.skipped]],
    "/deviations",
  );

export const tooLittleData = (config: Config): Panel =>
  count(
    "Too little data",
    "How many series cannot be judged yet. They are not in order, they are unknown: a baseline needs at least " +
      `${config.deviations.minimumBaseline} values of runs on the same branch, environment and kind of machine.`,
    recordedCount("insufficient_data"),
    [],
    "/measures",
  );

export const inOrder = (): Panel =>
  count(
    "In order",
    "How many series were judged and did not change for the worse.",
    recordedCount("ok"),
    [[1, COLORS.good]],
    "/measures",
  );

const STATE: Column = {
  field: "Value #A",
  title: "State",
  width: 110,
  texts: {
    "1": { text: "acknowledged", color: COLORS.skipped },
    "2": { text: "warning", color: COLORS.warning },
    "3": { text: "critical", color: COLORS.critical },
  },
};
const change = (field: string, title: string): Column => ({ field, title, unit: UNIT.ratio, decimals: 1, width: 120 });
const score = (config: Config, field: string): Column => ({
  field,
  title: "z-score",
  decimals: 1,
  width: 90,
  steps: zSteps(config),
});
/** R1's limits on both sides. */
export const zSteps = ({ deviations }: Config): readonly Step[] => [
  [null, COLORS.critical],
  [-deviations.zCritical, COLORS.warning],
  [-deviations.zWarning, COLORS.neutral],
  [deviations.zWarning, COLORS.warning],
  [deviations.zCritical, COLORS.critical],
];

/** What the newest runs say, with the labels that detection gives the same series; load tests are named as it names them. */
const newestValues = [
  ...UNIT_FAMILIES.flatMap(({ measure, benchmark }) => [shown(measure), shown(benchmark)]),
  `label_replace(${shown(CATALOGUE.loadLastLatency)}, "measure", "latency", "", "")`,
  ...(
    [
      [CATALOGUE.loadLastRate, "requests_per_second"],
      [CATALOGUE.loadLastErrors, "error_ratio"],
    ] as const
  ).map(
    ([family, measure]) =>
      `label_replace(label_replace(${shown(family)}, "measure", "${measure}", "", ""), "stat", "value", "", "")`,
  ),
].join(" or ");

export function openDeviations(config: Config): Panel {
  const open = named(recorded(OPEN_DEVIATIONS));
  const order = `abs(${named(recorded(OPEN_RATIOS))})\nor\n0 * ${open}`;
  const row = (expr: string): string => rowsOf(named(`${expr}\nand\n${recorded(OPEN_DEVIATIONS)}`), order);
  return labelTable({
    title: "Open deviations",
    description:
      "What has become worse, since when, and by how much? Since is the end of the first run at the new level; change compares the present " +
      "level with the one before it, and is negative where less is worse. The z-score compares the newest value with its baseline, in " +
      `standard deviations. Acknowledged ones are listed too; the ${ROWS} largest.`,
    unit: UNIT.plain,
    width: 24,
    height: 10,
    exprs: [
      rowsOf(open, order),
      row(`${shown(CATALOGUE.deviationChangePoint)} * 1000`),
      rowsOf(named(recorded(OPEN_RATIOS)), order),
      row(shown(CATALOGUE.deviationZscore)),
    ],
    columns: [
      STATE,
      ...NAME_COLUMNS.slice(0, 1),
      { field: "Value #B", title: "Since", unit: UNIT.ago, width: 150 },
      change("Value #C", "Change"),
      score(config, "Value #D"),
      ...NAME_COLUMNS.slice(1),
    ],
    sortBy: "State",
    empty: "no open deviations, or nothing judged yet: see the numbers above",
  });
}

export function suspectedDeviations(config: Config): Panel {
  const rows = named(suspected());
  const scores = named(`${shown(CATALOGUE.deviationZscore)} and (${suspected()})`);
  const order = `abs(${scores})\nor\n0 * ${rows}`;
  const baseline = `(${shown(CATALOGUE.deviationBaseline)} and (${suspected()}))`;
  const newest = `((${newestValues}) - ${baseline}) / abs(${baseline} != 0)`;
  return labelTable({
    title: "Suspected changes",
    description:
      "What might have become worse? The newest runs look worse than the baseline; the next ones will tell. Running the suite again " +
      `answers sooner. The newest value is against the baseline; the ${ROWS} most unusual.`,
    unit: UNIT.plain,
    width: 24,
    height: 7,
    exprs: [rowsOf(rows, order), rowsOf(named(newest), order), rowsOf(scores, order)],
    columns: [
      ...NAME_COLUMNS.slice(0, 1),
      change("Value #B", "Newest value"),
      score(config, "Value #C"),
      ...NAME_COLUMNS.slice(1),
    ],
    sortBy: "Newest value",
    empty: "nothing suspected, or nothing judged yet: see the numbers above",
  });
}
