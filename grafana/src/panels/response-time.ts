/** How fast the product answers its tests: measures that count as response time. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { ALL_OPERATIONS } from "../../../exporter/src/metrics/catalogue.ts";
import { averageResponseTime, p95ResponseTime } from "../../../prometheus/src/response-time.ts";
import { COLORS } from "../colors.ts";
import { clickedLabel, graph, type Panel, page, type Step, UNIT } from "../helper.ts";
import { LINES, SCOPE_LEGEND, shown } from "../scope.ts";
import { highest } from "./series.ts";

const LEGEND = `{{measure}} {{component}} {{scenario}} {{operation}} ${SCOPE_LEGEND}`;
const PAGE = {
  title: "Runs of this suite",
  url: page(`/suites/${clickedLabel("project")}/${clickedLabel("suite")}`),
};
const limits = (warning: number, critical: number): readonly Step[] => [
  [null, COLORS.neutral],
  [warning, COLORS.warning],
  [critical, COLORS.critical],
];
const seconds = (value: number): string => `${Number((value * 1000).toFixed(3))} ms`;

export function averageResponse(config: Config): Panel {
  const { responseTimeWarningSeconds: warning, responseTimeCriticalSeconds: critical } = config.thresholds;
  const average = averageResponseTime(config, shown);
  return graph({
    title: "Average response time",
    description:
      "How fast the product answers on average, as the newest completed run of each suite measured it; load tests as a whole " +
      `(${ALL_OPERATIONS}) and by operation; the ${LINES} slowest. ` +
      `Lines: warning at ${seconds(warning)}, critical at ${seconds(critical)}.`,
    unit: UNIT.seconds,
    width: 12,
    height: 9,
    queries: [{ expr: highest(LINES, average), legend: LEGEND }],
    steps: limits(warning, critical),
    empty: "no response times yet",
    link: PAGE,
  });
}

export function p95Response(config: Config): Panel {
  const { responseTimeP95WarningSeconds: warning, responseTimeP95CriticalSeconds: critical } = config.thresholds;
  const p95 = p95ResponseTime(config, shown);
  return graph({
    title: "95th percentile of response time",
    description:
      "How long the slowest 5 % wait at least, as the newest completed run of each suite measured it; never averaged; load " +
      `tests as a whole (${ALL_OPERATIONS}) and by operation; the ${LINES} slowest. Lines: warning at ${seconds(warning)}, critical at ${seconds(critical)}.`,
    unit: UNIT.seconds,
    width: 12,
    height: 9,
    queries: [{ expr: highest(LINES, p95), legend: LEGEND }],
    steps: limits(warning, critical),
    empty: "no percentiles yet",
    link: PAGE,
  });
}
