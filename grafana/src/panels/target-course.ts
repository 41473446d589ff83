/** How numbers stood to their targets over time. */
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { COLORS } from "../colors.ts";
import { dashboardOf, graph, type Panel, stateTimeline, suiteThen, UNIT } from "../helper.ts";
import { LINES, shown } from "../scope.ts";
import { highest, POINTS, SERIES_LEGEND } from "./series.ts";
import { LEVEL_TEXTS, levelNumber } from "./target-levels.ts";

/** Bands in a state timeline at most. */
const BANDS = 25;
const LOAD = 'operation!=""';

function levels(title: string, description: string, width: number, height: number, matchers: readonly string[]): Panel {
  return stateTimeline({
    title,
    description:
      `${description} Green meets the target, yellow misses it, red is beyond the critical limit, unknown has no value or was not ` +
      `measured under the load that the target is for. The ${BANDS} worst of the time range.`,
    unit: UNIT.plain,
    width,
    height,
    queries: [{ expr: highest(BANDS, levelNumber(...matchers)), legend: SERIES_LEGEND }],
    states: LEVEL_TEXTS,
    empty: "nothing measured that a target is for",
    maxDataPoints: 200,
    link: suiteThen(),
  });
}

export const targetLevels = (): Panel =>
  levels("Levels over time", "Since when is a target missed, and does it come and go?", 24, 12, []);

export const loadLevels = (): Panel =>
  levels("Levels of load tests", "Which targets do load tests miss, and since when?", 12, 10, [LOAD]);

export const loadTargets = (): Panel =>
  graph({
    maxDataPoints: POINTS,
    title: "Latency of load tests against targets",
    description:
      "How near are load tests to their latency targets? Each latency that a target is for; the strictest target and critical limit of " +
      `each statistic as dashed lines; the ${LINES} slowest of the time range.`,
    unit: UNIT.seconds,
    width: 12,
    height: 10,
    queries: [
      { expr: highest(LINES, latency()), legend: SERIES_LEGEND },
      {
        expr: `min by (stat, level) (${shown(CATALOGUE.measureThreshold, LOAD, 'measure="latency"')})`,
        legend: "{{stat}} {{level}}",
      },
    ],
    styles: [
      { match: "/ target$/", color: COLORS.warning, dashed: true },
      { match: "/ critical$/", color: COLORS.critical, dashed: true },
    ],
    empty: "no load tests that a latency target is for",
    link: [suiteThen(), dashboardOf("targets", "Targets of this suite")],
  });
const latency = (): string => shown(CATALOGUE.measureCurrent, LOAD, 'measure="latency"');
