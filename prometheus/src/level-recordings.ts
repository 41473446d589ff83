/**
 * The states of series as numbers, and how many of each suite are in which: what a dashboard would have to put together of thousands of
 * series at every step of weeks.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, type TARGET_STATES } from "../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "./alert.ts";
import { holding, latest } from "./promql.ts";
import type { RecordingRule } from "./recordings.ts";
import { near, type Read, unknownLevel } from "./target-levels.ts";

/** By state, and `suspected`, which a series can be in any state. */
export const SUITE_DEVIATIONS = "suite:deviation_state:sum";
/** Numbers that a target is for, by level: green, yellow, red, `unknown`, and `near`, which are among the green ones. */
export const SUITE_LEVELS = "suite:measure_state:sum";
const LEVELS = ["green", "yellow", "unknown", "red"] as const;
/** Every number that a target is for: its place in `LEVELS`, counted from 1. */
export const SERIES_LEVELS = "series:measure_state:level";

export function levelRecordings(config: Config): readonly RecordingRule[] {
  const read: Read = (family, ...matchers) => latest(config, family, ...matchers);
  const by = (expr: string, ...more: readonly string[]): string =>
    `sum by (${[...SCOPE, ...more].join(", ")}) (${expr})`;
  const as = (state: string, expr: string): string => `label_replace(${expr}, "state", "${state}", "", "")`;
  // Zero, not absence, where there is none: a suite with numbers is watched.
  const none = `0 * ${by(SERIES_LEVELS)}`;
  const count = (state: string, expr: string): string =>
    as(state, `(count by (${SCOPE.join(", ")}) (${expr}) or ${none})`);
  const level = (state: (typeof TARGET_STATES)[number]): string =>
    holding(config, CATALOGUE.measureState, ["state"], `state="${state}"`);
  return [
    {
      record: SERIES_LEVELS,
      expr: [`4 * ${level("red")}`, `2 * ${level("yellow")}`, level("green"), `3 * ${unknownLevel(read)}`].join(
        "\nor\n",
      ),
    },
    {
      record: SUITE_DEVIATIONS,
      expr: `${by(read(CATALOGUE.deviationState), "state")}\nor\n${as("suspected", by(read(CATALOGUE.deviationSuspected)))}`,
    },
    {
      record: SUITE_LEVELS,
      expr: [
        ...LEVELS.map((state, index) => count(state, `${SERIES_LEVELS} == ${index + 1}`)),
        count("near", near(read)),
      ].join("\nor\n"),
    },
  ];
}
