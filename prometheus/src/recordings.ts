/**
 * What several rules read, recorded once per evaluation. They stand before the alerts in the same group, so an alert
 * always sees the values of its own evaluation.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, type LAST_RUN_STATUSES } from "../../exporter/src/metrics/catalogue.ts";
import {
  anyOf,
  duration,
  failureWindowSeconds,
  holding,
  latest,
  NOT_OVERFLOW,
  NOT_PULL_REQUEST,
  once,
  selector,
  tidy,
} from "./promql.ts";
import { soundAverages } from "./response-time.ts";

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** One row per (project, suite) with its team and component. */
export const OWNER = "suite:test_suite_info:owner";
/** Failed and errored of executed cases in the newest completed run; absent when nothing was executed. */
export const LAST_RUN_FAILURES = "suite:test_last_run_failures:ratio";
/** 1 with the label `status` of the newest run, unless that passed. */
export const LAST_RUN_NOT_PASSED = "suite:test_last_run_status:not_passed";
/** Failed and errored cases of the newest run. */
export const LAST_RUN_FAILING = "suite:test_last_run_failing:sum";
export const LAST_RUN_EXECUTED = "suite:test_last_run_executed:sum";
/** Cases that a whole run of the suite executes: what the newest run that passed did, or more where a later run had more. */
export const USUAL_EXECUTED = "suite:test_last_run_executed:usual";
/** 1 while the newest run says nothing about the suite: it was cancelled, stopped early, crashed, or executed nothing. */
export const INCONCLUSIVE = "suite:test_last_run_inconclusive:bool";
/** Failures of the newest run that says something; of any newest run while none says more. */
export const STANDING_FAILURES = "suite:test_last_run_failures:standing";
/** Seconds that the newest run may take: the expected duration and the larger of both tolerances. */
export const RUN_DURATION_LIMIT = "suite:test_last_run_duration:limit";
/** Average response time of each measure, load scenario (`operation="__all__"`) and operation, where it rests on enough samples. */
export const RESPONSE_TIME = "suite:response_time_seconds:average";
/** Failures as above over the failure window, for suites that run often. */
export const failuresOverWindow = (config: Config): string =>
  `suite:test_case_failures:ratio_increase${duration(failureWindowSeconds(config))}`;
export const executedOverWindow = (config: Config): string =>
  `suite:test_case_executed:increase${duration(failureWindowSeconds(config))}`;
/** How often the newest run changed within the failure window. */
export const runChanges = (config: Config): string =>
  `suite:test_last_run_end:changes${duration(failureWindowSeconds(config))}`;

/**
 * How long the rules that read themselves bridge a Prometheus that is down: as long as it restores `for` itself
 * (--rules.alert.for-outage-tolerance, 1h by default).
 */
const MEMORY = "1h";
/** An errored run that executed less than this part of a whole run crashed on its way. */
const CRASHED_BELOW = 0.5;

export const BAD = 'result=~"failed|errored"';
const OWNER_LABELS = "project, suite, team, component";
export const EXECUTED = 'result!="skipped"';

/** Cases of the newest run with these results. */
export const lastRunCases = (config: Config, result: string): string =>
  `sum without (result) (${latest(config, CATALOGUE.lastRunCases, NOT_PULL_REQUEST, NOT_OVERFLOW, result)})`;

/** Suites whose newest run has one of these statuses; none of them is `passed`. */
export function lastRunStatus(...names: readonly Exclude<(typeof LAST_RUN_STATUSES)[number], "passed">[]): string {
  const matcher = names.length === 1 ? `status="${names[0]}"` : anyOf("status", names);
  return `max without (status) (${LAST_RUN_NOT_PASSED}{${matcher}})`;
}

/** The value that a rule itself recorded at its last evaluation. */
export const remembered = (record: string): string => `last_over_time(${record}[${MEMORY}])`;

export function recordings(config: Config): readonly RecordingRule[] {
  const window = duration(failureWindowSeconds(config));
  // An owner must outlive its suite's longest window, else the alert would lose its team, and so its identity, half-way.
  const kept = duration(failureWindowSeconds(config) + 300);
  const lastRun = (result: string): string => lastRunCases(config, result);
  const increase = (result: string): string =>
    `sum without (result) (${once(`increase(${selector(CATALOGUE.executions, NOT_PULL_REQUEST, result)}[${window}])`)})`;
  const passed = holding(
    config,
    CATALOGUE.lastRunStatus,
    ["status"],
    NOT_PULL_REQUEST,
    NOT_OVERFLOW,
    'status="passed"',
  );
  const rows = (of: string): string => `count by (${OWNER_LABELS}) (${of})`;
  const info = selector(CATALOGUE.suiteInfo);

  return [
    {
      // Replicas with different configurations give a suite two rows, which would fail every join: the majority's stays.
      record: OWNER,
      expr: `group by (${OWNER_LABELS}) (\n  topk by (project, suite) (1,\n    ${rows(info)}\n    or on (project, suite)\n    ${rows(`last_over_time(${info}[${kept}])`)}\n  )\n)`,
    },
    { record: LAST_RUN_EXECUTED, expr: lastRun(EXECUTED) },
    { record: LAST_RUN_FAILING, expr: lastRun(BAD) },
    { record: LAST_RUN_FAILURES, expr: `${LAST_RUN_FAILING}\n/\n(${LAST_RUN_EXECUTED} > 0)` },
    {
      record: LAST_RUN_NOT_PASSED,
      expr: holding(config, CATALOGUE.lastRunStatus, [], NOT_PULL_REQUEST, NOT_OVERFLOW, 'status!="passed"'),
    },
    {
      // Only a run that passed shows that a suite became smaller; any other may have stopped early.
      record: USUAL_EXECUTED,
      expr: `(${remembered(USUAL_EXECUTED)} unless ${passed}) > ${LAST_RUN_EXECUTED}\nor\n${LAST_RUN_EXECUTED}`,
    },
    {
      record: INCONCLUSIVE,
      expr: `${lastRunStatus("partial", "cancelled", "empty")}\nor\n${lastRunStatus("errored")} and ${LAST_RUN_EXECUTED} < ${CRASHED_BELOW} * ${USUAL_EXECUTED}`,
    },
    {
      // A run that says nothing does not take back what one before it said, but it may say something worse itself.
      record: STANDING_FAILURES,
      expr: `(${remembered(STANDING_FAILURES)} and ${INCONCLUSIVE}) > ${config.thresholds.failureRatio}\nor\n${LAST_RUN_FAILURES}`,
    },
    { record: executedOverWindow(config), expr: increase(EXECUTED) },
    { record: failuresOverWindow(config), expr: `${increase(BAD)}\n/\n(${executedOverWindow(config)} > 0)` },
    {
      record: runChanges(config),
      expr: once(`changes(${selector(CATALOGUE.lastRunEnd, NOT_PULL_REQUEST, NOT_OVERFLOW)}[${window}])`),
    },
  ];
}

/** What only alerts read that are evaluated less often. */
export function steadyRecordings(config: Config): readonly RecordingRule[] {
  const expected = latest(config, CATALOGUE.lastRunExpectedDuration, NOT_PULL_REQUEST, NOT_OVERFLOW);
  const { slowRunFactor, slowRunMinimumExcessSeconds } = config.thresholds;
  return [
    {
      record: RUN_DURATION_LIMIT,
      expr: `${expected}\n+\nclamp_min(${tidy(slowRunFactor - 1)} * ${expected}, ${slowRunMinimumExcessSeconds})`,
    },
    { record: RESPONSE_TIME, expr: soundAverages(config) },
  ];
}
