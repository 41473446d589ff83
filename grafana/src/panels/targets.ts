/** R4's scorecard: the decision, how many numbers are at each level, and which. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { SUITE_LEVELS } from "../../../prometheus/src/level-recordings.ts";
import { percent } from "../../../prometheus/src/promql.ts";
import { COLORS } from "../colors.ts";
import { type Column, labelTable, type Panel, page, type Step, tile, UNIT } from "../helper.ts";
import { recorded, shown } from "../scope.ts";
import { NAME_COLUMNS, named, ROWS, rowsOf, type UNIT_FAMILIES } from "./series.ts";
import { ofUnit, ownTargets, unmeasured } from "./target-criteria.ts";
import { atLevel, LEVEL_TEXTS, levelNumber, limitOf, margin, NEAR, near, unknownLevel } from "./target-levels.ts";

const PLAIN = [null, COLORS.neutral] as const;
const NONE = "nothing measured that a target is for";
const SCORECARD = { title: "Measures", url: page("/measures") };
const anyState = shown(CATALOGUE.measureState);

/** Any red is NO-GO; what is not known is never GO. */
export function decision(config: Config): Panel {
  const missing = unmeasured(config);
  return tile({
    title: "Decision",
    description:
      "May it be released? NO-GO when any number is red; UNKNOWN when any is unknown" +
      `${missing === undefined ? "" : ", or a configured target has no number at all"}; else GO. Yellow numbers miss their target but not ` +
      "their critical limit, and do not stop a release (R4).",
    unit: UNIT.plain,
    width: 6,
    height: 4,
    expr: [
      `3 + 0 * count(${atLevel("red")})`,
      `2 + 0 * count(${unknownLevel()})`,
      ...(missing === undefined ? [] : [`2 + 0 * (${missing} > 0)`]),
      `1 + 0 * count(${anyState})`,
    ].join("\nor\n"),
    steps: [PLAIN, [1, COLORS.good], [2, COLORS.neutral], [3, COLORS.critical]],
    texts: { "1": "GO", "2": "UNKNOWN", "3": "NO-GO" },
    empty: "UNKNOWN: nothing measured",
    link: SCORECARD,
  });
}

function count(title: string, description: string, state: string, steps: readonly Step[]): Panel {
  return tile({
    title,
    description,
    unit: UNIT.count,
    width: 3,
    height: 4,
    decimals: 0,
    expr: `sum(${recorded(SUITE_LEVELS, `state="${state}"`)})`,
    steps: [PLAIN, ...steps],
    empty: "none yet",
    link: SCORECARD,
    sparkline: true,
  });
}

const shouldBeZero = (color: string): readonly Step[] => [
  [0, COLORS.good],
  [1, color],
];

export const redCount = (): Panel =>
  count(
    "Red",
    "How many numbers are beyond their critical limit; each of them is a NO-GO.",
    "red",
    shouldBeZero(COLORS.critical),
  );
export const yellowCount = (): Panel =>
  count(
    "Yellow",
    "How many numbers miss their target but not their critical limit; without one, by at most a tenth.",
    "yellow",
    shouldBeZero(COLORS.warning),
  );
export const unknownCount = (): Panel =>
  count(
    "Unknown",
    "How many numbers nobody can judge: no value, or met under less load than the target is for. Unknown is never green.",
    "unknown",
    [],
  );
export const nearCount = (): Panel =>
  count(
    "Near",
    `How many numbers meet their target by less than ${percent(NEAR)} of it: the next to be missed.`,
    "near",
    shouldBeZero(COLORS.warning),
  );
export const greenCount = (): Panel =>
  count("Green", "How many numbers meet their target; near ones are among them.", "green", [[1, COLORS.good]]);

export function unmeasuredCount(config: Config): Panel {
  const own = ownTargets(config).length;
  const expr = unmeasured(config);
  return tile({
    title: "Not measured",
    description:
      own === 0
        ? "How many configured targets no run has a number for. The built-in targets do not count: they hold for whoever measures such a thing, and nobody must."
        : `How many of the ${own} targets of the configuration no newest run has a number for. They are unknown, never met. Built-in targets do not count.`,
    unit: UNIT.count,
    width: 3,
    height: 4,
    decimals: 0,
    expr: expr ?? `0 * count(${anyState})`,
    steps: [PLAIN, [1, COLORS.warning]],
    empty: "none yet",
    link: SCORECARD,
  });
}

const LEVEL: Column = { field: "Value #A", title: "Level", width: 90, texts: LEVEL_TEXTS };
/** Where the only green numbers are the near ones. */
const NEAR_LEVEL: Column = { ...LEVEL, texts: { ...LEVEL_TEXTS, "1": { text: "near", color: COLORS.warning } } };
const marginColumn = (field: string): Column => ({
  field,
  title: "Margin",
  unit: UNIT.ratio,
  decimals: 1,
  width: 90,
  steps: [
    [null, COLORS.critical],
    [0, COLORS.warning],
    [NEAR, COLORS.good],
  ],
});

export function notGreen(): Panel {
  const wanted = named(`((${levelNumber()}) > 1)\nor\n(1 + 0 * (${near()}))`);
  return labelTable({
    title: "Missed, unknown and near",
    description:
      "What has to be looked at? Numbers that miss their target, that nobody can judge, or that meet it by less than a tenth. The margin is how " +
      `far a number is on the good side of its target, as a part of the target; below zero it misses it. The ${ROWS} worst.`,
    unit: UNIT.plain,
    width: 24,
    height: 9,
    exprs: [rowsOf(wanted, wanted), rowsOf(named(margin()), wanted)],
    columns: [NEAR_LEVEL, ...NAME_COLUMNS.slice(0, 1), marginColumn("Value #B"), ...NAME_COLUMNS.slice(1)],
    sortBy: "Level",
    empty: "nothing missed, unknown or near; or nothing measured: see the decision",
  });
}

/** Value, limits and level of every number of one unit. */
export function scorecard(index: number, { title, unit }: (typeof UNIT_FAMILIES)[number], width: number): Panel {
  const value = ofUnit(index, shown(CATALOGUE.measureCurrent));
  const order = named(`(${levelNumber()})\nand\n(${value})`);
  const row = (expr: string): string => rowsOf(named(expr), order);
  return labelTable({
    title,
    description:
      `What was measured, and what was asked for? Value, target and critical limit of every number in this unit that a target is for; red ones ` +
      `first, the first ${ROWS}. Without a critical limit red begins a tenth beyond the target.`,
    unit: UNIT.plain,
    width,
    height: 9,
    exprs: [
      rowsOf(order, order),
      row(`(${value})`),
      row(limitOf("target")),
      row(limitOf("critical")),
      row(`(${margin()})`),
    ],
    columns: [
      LEVEL,
      ...NAME_COLUMNS.slice(0, 1),
      { field: "Value #B", title: "Value", unit, width: 110 },
      { field: "Value #C", title: "Target", unit, width: 110 },
      { field: "Value #D", title: "Critical", unit, width: 110 },
      marginColumn("Value #E"),
      ...NAME_COLUMNS.slice(1),
    ],
    sortBy: "Level",
    empty: NONE,
  });
}
