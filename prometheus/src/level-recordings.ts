/**
 * The states of series as numbers, and how many of each suite are in which: what a dashboard would have to put together of thousands of
 * series at every step of weeks.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "./alert.ts";
import { latest } from "./promql.ts";
import type { RecordingRule } from "./recordings.ts";
import { atLevel, near, type Read, unknownLevel } from "./target-levels.ts";

/** By state, and `suspected`, which a series can be in any state. */
export const SUITE_DEVIATIONS = "suite:deviation_state:sum";
/** Numbers that a target is for, by level: green, yellow, red, `unknown`, and `near`, which are among the green ones. */
export const SUITE_LEVELS = "suite:measure_state:sum";
/** Only series that are not over a change for the worse; 1 acknowledged, 2 warning, 3 critical. */
export const OPEN_DEVIATIONS = "series:deviation_state:open";
/** Their present level against the baseline: 0.1 is 10 % more. */
export const OPEN_RATIOS = "series:deviation_ratio:open";
/** Every number that a target is for: 1 green, 2 yellow, 3 unknown, 4 red. */
export const SERIES_LEVELS = "series:measure_state:level";

export function levelRecordings(config: Config): readonly RecordingRule[] {
  const read: Read = (family, ...matchers) => latest(config, family, ...matchers);
  const by = (expr: string, ...more: readonly string[]): string =>
    `sum by (${[...SCOPE, ...more].join(", ")}) (${expr})`;
  const as = (state: string, expr: string): string => `label_replace(${expr}, "state", "${state}", "", "")`;
  const states = read(CATALOGUE.measureState);
  // Zero, not absence, where there is none: a suite with numbers is watched.
  const none = `0 * ${by(states)}`;
  const open = (["acknowledged", "warning", "critical"] as const).map(
    (state, index) => `max without (state) (${read(CATALOGUE.deviationState, `state="${state}"`)} == 1) * ${index + 1}`,
  );
  return [
    { record: OPEN_DEVIATIONS, expr: open.join("\nor\n") },
    { record: OPEN_RATIOS, expr: `${read(CATALOGUE.deviationRatio)} and ${OPEN_DEVIATIONS}` },
    {
      record: SERIES_LEVELS,
      expr: [
        `4 * ${atLevel(read, "red")}`,
        `2 * ${atLevel(read, "yellow")}`,
        atLevel(read, "green"),
        `3 * ${unknownLevel(read)}`,
      ].join("\nor\n"),
    },
    {
      record: SUITE_DEVIATIONS,
      expr: `${by(read(CATALOGUE.deviationState), "state")}\nor\n${as("suspected", by(read(CATALOGUE.deviationSuspected)))}`,
    },
    {
      record: SUITE_LEVELS,
      expr: [
        by(states, "state"),
        as("unknown", `(count by (${SCOPE.join(", ")}) (${SERIES_LEVELS} == 3) or ${none})`),
        as("near", `(count by (${SCOPE.join(", ")}) (${near(read)}) or ${none})`),
      ].join("\nor\n"),
    },
  ];
}
