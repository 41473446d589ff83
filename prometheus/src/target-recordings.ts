/**
 * Numbers that miss their target and that alerts are about: a few of thousands. Recorded, because two alerts read them, each twice
 * (`owned`).
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../exporter/src/metrics/catalogue.ts";
import { indent, SCOPE } from "./alert.ts";
import { holding, latest, NOT_OVERFLOW, NOT_PULL_REQUEST } from "./promql.ts";
import { type RecordingRule, STANDING_FAILURES, USUAL_EXECUTED } from "./recordings.ts";
import { silentValues } from "./silent-targets.ts";

/** 1 with the label `state` for numbers that are yellow or red. */
const MISSED_LEVELS = "series:measure_state:missed";
/** Of those, what alerts are about, in the unit of each. */
export const MISSED = "series:measure_value:missed";

/** Numbers at this level, 1 each. Replicas may differ for a moment: one can be at both. */
export const atMissedLevel = (level: "yellow" | "red"): string =>
  `max without (state) (${MISSED_LEVELS}{state="${level}"})`;

export function targetRecordings(config: Config): readonly RecordingRule[] {
  const of = [NOT_PULL_REQUEST, NOT_OVERFLOW] as const;
  const silent = silentValues(config);
  const silenced = silent === undefined ? "" : `\nunless\n(\n${indent(silent)}\n)`;
  return [
    { record: MISSED_LEVELS, expr: holding(config, CATALOGUE.measureState, [], ...of, 'state=~"yellow|red"') },
    {
      record: MISSED,
      expr: `${latest(config, CATALOGUE.measureCurrent, ...of)}\nand\nmax without (state) (${MISSED_LEVELS})\n${unlessTooFew(config)}${silenced}`,
    },
  ];
}

/** Of test cases the passed ones are no performance: whoever mends tests is told. */
const CASES = `measure="success_rate",operation=""`;

/**
 * Numbers that rest on too little, by the minimums of the other alerts; and the success of a suite that TestFailureSpike is about
 * already: nobody needs two pages of one failure.
 */
function unlessTooFew(config: Config): string {
  const { failureMinimumExecutions, failureRatio, performanceMinimumSamples } = config.thresholds;
  const ofCases = latest(config, CATALOGUE.measureCurrent, CASES);
  const counts = latest(config, CATALOGUE.measureValue, 'stat="count"');
  const requests = latest(config, CATALOGUE.loadLastRequests);
  return [
    `(${ofCases} and on (${SCOPE.join(", ")}) (${USUAL_EXECUTED} < ${failureMinimumExecutions} or ${STANDING_FAILURES} > ${failureRatio}))`,
    // A count is a measure's: benchmarks and load tests have labels that it has not.
    `on (${[...SCOPE, "benchmark", "component", "scenario", "operation", "measure"].join(", ")}) (${counts} < ${performanceMinimumSamples})`,
    // Requests have an operation; a number without one fits none of them.
    `on (${[...SCOPE, "scenario", "operation"].join(", ")}) (${requests} < ${performanceMinimumSamples})`,
  ]
    .map((one) => `unless ${one}`)
    .join("\n");
}
