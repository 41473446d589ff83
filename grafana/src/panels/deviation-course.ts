/** How series came to where they are: states and scores over time, changes, trends, outliers; and what cannot be judged. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "../../../prometheus/src/alert.ts";
import { OPEN_RATIOS } from "../../../prometheus/src/deviation-recordings.ts";
import { SUITE_DEVIATIONS } from "../../../prometheus/src/level-recordings.ts";
import { percent } from "../../../prometheus/src/promql.ts";
import { COLORS } from "../colors.ts";
import {
  bars,
  type Column,
  graph,
  labelTable,
  type Panel,
  page,
  SCOPE_TITLES,
  suiteOfRow,
  suiteThen,
  UNIT,
} from "../helper.ts";
import { LINES, recorded, shown } from "../scope.ts";
import { DEVIATION_COLORS, zSteps } from "./deviations.ts";
import { deviationsOfLine, highest, NAME_COLUMNS, named, POINTS, ROWS, rowsOf, SERIES_LEGEND } from "./series.ts";

export const statesOverTime = (): Panel =>
  graph({
    title: "States over time",
    description:
      "Is it getting better or worse altogether? How many series are in each state of their newest analysis; series in order are left out, " +
      "since they would hide the others.",
    unit: UNIT.count,
    width: 12,
    height: 9,
    stacked: true,
    queries: [
      {
        expr: `sum by (state) (${recorded(SUITE_DEVIATIONS, 'state!~"ok|suspected"')})`,
        legend: "{{state}}",
      },
    ],
    colors: DEVIATION_COLORS,
    link: { title: "Deviations", url: page("/deviations") },
    empty: "nothing judged yet",
  });

export const zScores = (config: Config, width: number, ...matchers: readonly string[]): Panel =>
  graph({
    maxDataPoints: POINTS,
    title: "z-scores",
    description:
      "How unusual is the newest value? Its distance from the mean of its baseline in standard deviations of the baseline, so a value within " +
      `the band mean ± ${config.deviations.zWarning}σ lies between the inner lines. Beyond ${config.deviations.zWarning} it deviates, beyond ` +
      `${config.deviations.zCritical} it is critical (R1); one such value alerts nobody. The ${LINES} farthest out of the time range.`,
    unit: UNIT.plain,
    decimals: 1,
    width,
    height: 9,
    signed: true,
    queries: [
      {
        expr: highest(
          LINES,
          shown(CATALOGUE.deviationZscore, ...matchers),
          `abs(${shown(CATALOGUE.deviationZscore, ...matchers)})`,
        ),
        legend: SERIES_LEGEND,
      },
    ],
    steps: zSteps(config),
    empty: "no series with a baseline yet",
    link: [suiteThen(), deviationsOfLine],
  });

const ratio = (field: string, title: string): Column => ({ field, title, unit: UNIT.ratio, decimals: 1, width: 120 });

export function changes(): Panel {
  const order = named(shown(CATALOGUE.deviationChangePoint));
  return labelTable({
    title: "What changed when",
    description:
      "The newest confirmed change of each series, for better or worse, newest first: the end of the first run after it, and by how much the " +
      `level changed. Series that changed in the same run probably have the same cause. The ${ROWS} newest.`,
    unit: UNIT.plain,
    width: 24,
    height: 10,
    exprs: [rowsOf(`1000 * ${order}`, order), rowsOf(named(shown(CATALOGUE.deviationChangeRatio)), order)],
    columns: [
      { field: "Value #A", title: "When", unit: UNIT.date, width: 180 },
      ratio("Value #B", "Change"),
      ...NAME_COLUMNS,
    ],
    sortBy: "When",
    empty: "no confirmed changes yet",
  });
}

export function trends(config: Config): Panel {
  const r = named(shown(CATALOGUE.deviationTrendCorrelation));
  const order = `abs(${r})`;
  return labelTable({
    title: "Trends",
    description:
      `What creeps? Linear regression over the newest ${config.deviations.trendValues} values; a trend is |r| > ${config.deviations.trendR} with ` +
      `p < ${config.deviations.trendP} (R1). The slope is the change per run in the base unit of the series (seconds, bytes, per second, ratio); ` +
      `the ${ROWS} clearest.`,
    unit: UNIT.plain,
    width: 24,
    height: 9,
    exprs: [
      rowsOf(r, order),
      rowsOf(named(shown(CATALOGUE.deviationTrendProbability)), order),
      rowsOf(named(shown(CATALOGUE.deviationTrendSlope)), order),
    ],
    columns: [
      ...NAME_COLUMNS.slice(0, 1),
      { field: "Value #C", title: "Slope per run", width: 130 },
      { field: "Value #A", title: "r", decimals: 2, width: 80 },
      { field: "Value #B", title: "p", width: 110 },
      ...NAME_COLUMNS.slice(1),
    ],
    sortBy: "r",
    empty: "no trends",
  });
}

export const outliers = (config: Config): Panel =>
  bars({
    title: "Outliers",
    description:
      `Which series have wild values? Newest values more than ${config.deviations.iqrFactor} interquartile ranges outside the quartiles of the ` +
      `baseline (R1); a single one is no change of level. The ${LINES} with most.`,
    unit: UNIT.count,
    decimals: 0,
    width: 24,
    height: 9,
    queries: [{ expr: `topk(${LINES}, ${shown(CATALOGUE.deviationOutliers)} > 0)`, legend: SERIES_LEGEND }],
    empty: "no outliers",
    link: deviationsOfLine,
  });

export function notJudged(config: Config): Panel {
  const by = (expr: string): string => `sum by (${SCOPE.join(", ")}) (${expr})`;
  const unknown = by(`${recorded(SUITE_DEVIATIONS, 'state="insufficient_data"')} > 0`);
  const all = by(recorded(SUITE_DEVIATIONS, 'state!="suspected"'));
  const rows = (expr: string): string => `${expr}\nand\ntopk(${ROWS},\n${unknown}\n)`;
  return labelTable({
    title: "Too little data, by suite",
    description:
      `Where is nobody watching yet? Series that have fewer than ${config.deviations.minimumBaseline} values to compare with, of all series of the ` +
      "suite. Unknown is not in order: a change there is not seen. " +
      `The ${ROWS} suites with most.`,
    unit: UNIT.count,
    width: 24,
    height: 9,
    exprs: [rows(unknown), rows(all), rows(`${unknown}\n/\n${all}`)],
    columns: [
      { field: "suite", title: SCOPE_TITLES.suite, link: suiteOfRow() },
      { field: "Value #A", title: "Unknown", decimals: 0, width: 90 },
      { field: "Value #B", title: "Of series", decimals: 0, width: 90 },
      { field: "Value #C", title: "Part", unit: UNIT.ratio, decimals: 0, width: 80 },
      { field: "project", title: SCOPE_TITLES.project, width: 100 },
      { field: "environment", title: SCOPE_TITLES.environment, width: 100 },
      { field: "branch", title: SCOPE_TITLES.branch, width: 90 },
    ],
    sortBy: "Unknown",
    empty: "every series can be judged, or there is none yet",
  });
}

export const changeSizes = (config: Config): Panel =>
  graph({
    maxDataPoints: POINTS,
    title: "Present level against the baseline",
    description:
      "How far off is it, in per cent? The present level of each series that is not in order against its baseline; below zero is less. " +
      `A change for the worse below ${percent(config.deviations.minimumChange)} opens nothing, from ${percent(config.deviations.criticalChange)} on it is ` +
      `critical. The ${LINES} largest of the time range, acknowledged ones included.`,
    unit: UNIT.ratio,
    width: 12,
    height: 9,
    signed: true,
    queries: [
      {
        expr: highest(LINES, openRatio, `abs(${openRatio})`),
        legend: SERIES_LEGEND,
      },
    ],
    steps: [
      [null, COLORS.critical],
      [-config.deviations.criticalChange, COLORS.warning],
      [-config.deviations.minimumChange, COLORS.neutral],
      [config.deviations.minimumChange, COLORS.warning],
      [config.deviations.criticalChange, COLORS.critical],
    ],
    empty: "no open deviations",
    link: [suiteThen(), deviationsOfLine],
  });
const openRatio = recorded(OPEN_RATIOS);
