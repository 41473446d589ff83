/**
 * Which series deviate, for alerts and for tables of them: a few of thousands. Recorded, because an alert evaluates its condition twice
 * (`owned`), and each of these would read every judged series each time.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../exporter/src/metrics/catalogue.ts";
import { anyOf, holding, latest, NOT_OVERFLOW, NOT_PULL_REQUEST, once, selector } from "./promql.ts";
import type { RecordingRule } from "./recordings.ts";

/** 1 with the label `state` for series that are over a change for the worse: acknowledged, warning or critical. */
export const WORSE = "series:deviation_state:worse";
/** The same in one number: 1 acknowledged, 2 warning, 3 critical. */
export const OPEN_DEVIATIONS = "series:deviation_state:open";
/** Their present level against the baseline: 0.1 is 10 % more. */
export const OPEN_RATIOS = "series:deviation_ratio:open";
/**
 * Newest value of series that look worse and are not confirmed, in standard deviations from its baseline; 0 where that has no spread.
 * Their level has not moved yet. Only what alerts are about.
 */
export const SUSPECTED_SCORES = "series:deviation_zscore:suspected";
/** The moment of a confirmed change to either side that was not known a day ago. Only what alerts are about. */
export const NEWS_MOMENT = "series:deviation_change_point:news";

/** What alerts are about. */
export const MATCHERS = [NOT_PULL_REQUEST, NOT_OVERFLOW] as const;

const STATES = ["acknowledged", "warning", "critical"] as const;
/** How long a change is news, from its confirmation. */
const NEWS = "1d";
/** Nightly suites take days to confirm one; what is older was found in an old history, not now. */
const OLD_SECONDS = 14 * 86_400;

/** The size of what `condition` holds for. A change from a level of 0, or from no spread, has no size: 0 stands for it. */
export const sized = (size: string, condition: string): string =>
  `${size}\nand\n(${condition})\nor\n0 * (${condition})`;

export function deviationRecordings(config: Config): readonly RecordingRule[] {
  const moment = latest(config, CATALOGUE.deviationChangePoint, ...MATCHERS);
  const before = once(`last_over_time(${selector(CATALOGUE.deviationChangePoint, ...MATCHERS)}[5m] offset ${NEWS})`);
  const open = STATES.map((state, index) => `max without (state) (${WORSE}{state="${state}"}) * ${index + 1}`);
  const suspected = holding(config, CATALOGUE.deviationSuspected, [], ...MATCHERS);
  return [
    { record: WORSE, expr: holding(config, CATALOGUE.deviationState, [], anyOf("state", STATES)) },
    { record: OPEN_DEVIATIONS, expr: open.join("\nor\n") },
    { record: OPEN_RATIOS, expr: `${latest(config, CATALOGUE.deviationRatio)} and ${OPEN_DEVIATIONS}` },
    { record: SUSPECTED_SCORES, expr: sized(latest(config, CATALOGUE.deviationZscore, ...MATCHERS), suspected) },
    { record: NEWS_MOMENT, expr: `(${moment} unless ${moment} == ${before}) > time() - ${OLD_SECONDS}` },
  ];
}
