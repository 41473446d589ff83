/**
 * What several rules read, recorded once per evaluation. They stand before the alerts in the same group, so an alert
 * always sees the values of its own evaluation.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../exporter/src/metrics/catalogue.ts";
import {
  duration,
  failureWindowSeconds,
  latest,
  NOT_OVERFLOW,
  NOT_PULL_REQUEST,
  once,
  selector,
  tidy,
} from "./promql.ts";

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** One row per (project, suite) with its team and component. */
export const OWNER = "suite:test_suite_info:owner";
/** Failed and errored of executed cases in the newest completed run; absent when nothing was executed. */
export const LAST_RUN_FAILURES = "suite:test_last_run_failures:ratio";
export const LAST_RUN_EXECUTED = "suite:test_last_run_executed:sum";
/** Seconds that the newest run may take: the expected duration and the larger of both tolerances. */
export const RUN_DURATION_LIMIT = "suite:test_last_run_duration:limit";
/** Failures as above over the failure window, for suites that run often. */
export const failuresOverWindow = (config: Config): string =>
  `suite:test_case_failures:ratio_increase${duration(failureWindowSeconds(config))}`;
export const executedOverWindow = (config: Config): string =>
  `suite:test_case_executed:increase${duration(failureWindowSeconds(config))}`;
/** How often the newest run changed within the failure window. */
export const runChanges = (config: Config): string =>
  `suite:test_last_run_end:changes${duration(failureWindowSeconds(config))}`;

const BAD = 'result=~"failed|errored"';
const OWNER_LABELS = "project, suite, team, component";
const EXECUTED = 'result!="skipped"';

export function recordings(config: Config): readonly RecordingRule[] {
  const window = duration(failureWindowSeconds(config));
  // An owner must outlive its suite's longest window, else the alert would lose its team, and so its identity, half-way.
  const kept = duration(failureWindowSeconds(config) + 300);
  const lastRun = (result: string): string =>
    `sum without (result) (${latest(config, CATALOGUE.lastRunCases, NOT_PULL_REQUEST, NOT_OVERFLOW, result)})`;
  const increase = (result: string): string =>
    `sum without (result) (${once(`increase(${selector(CATALOGUE.executions, NOT_PULL_REQUEST, result)}[${window}])`)})`;
  const expected = latest(config, CATALOGUE.lastRunExpectedDuration, NOT_PULL_REQUEST, NOT_OVERFLOW);
  const { slowRunFactor, slowRunMinimumExcessSeconds } = config.thresholds;
  const rows = (of: string): string => `count by (${OWNER_LABELS}) (${of})`;
  const info = selector(CATALOGUE.suiteInfo);

  return [
    {
      // Replicas with different configurations give a suite two rows, which would fail every join: the majority's stays.
      record: OWNER,
      expr: `group by (${OWNER_LABELS}) (\n  topk by (project, suite) (1,\n    ${rows(info)}\n    or on (project, suite)\n    ${rows(`last_over_time(${info}[${kept}])`)}\n  )\n)`,
    },
    {
      record: RUN_DURATION_LIMIT,
      expr: `${expected}\n+\nclamp_min(${tidy(slowRunFactor - 1)} * ${expected}, ${slowRunMinimumExcessSeconds})`,
    },
    { record: LAST_RUN_EXECUTED, expr: lastRun(EXECUTED) },
    { record: LAST_RUN_FAILURES, expr: `${lastRun(BAD)}\n/\n(${LAST_RUN_EXECUTED} > 0)` },
    { record: executedOverWindow(config), expr: increase(EXECUTED) },
    { record: failuresOverWindow(config), expr: `${increase(BAD)}\n/\n(${executedOverWindow(config)} > 0)` },
    {
      record: runChanges(config),
      expr: once(`changes(${selector(CATALOGUE.lastRunEnd, NOT_PULL_REQUEST, NOT_OVERFLOW)}[${window}])`),
    },
  ];
}
