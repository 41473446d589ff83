/**
 * What the alerts about runs remember. SUSPECT and FAILING_TESTS have a value for every suite that ran, so that what they find of themselves
 * is the value of their last evaluation and never one from before.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, type ErrorType } from "../../exporter/src/metrics/catalogue.ts";
import { indent } from "./alert.ts";
import { anyOf, latest, NOT_OVERFLOW, NOT_PULL_REQUEST } from "./promql.ts";
import {
  INCONCLUSIVE,
  LAST_RUN_EXECUTED,
  LAST_RUN_FAILING,
  LAST_RUN_FAILURES,
  lastRunCases,
  lastRunStatus,
  type RecordingRule,
  remembered,
} from "./recordings.ts";

/** When the newest run ended. */
export const LAST_RUN_END = "suite:test_last_run_end:newest";
/** Tests by type of error, of the types that the newest run had; the error window may hold others of runs before. */
export const LAST_RUN_ERRORS = "suite:test_error_affected_tests:newest_run";
/** Where the newest run failed by its surroundings and not by the code: the moment that it ended; else 0. */
export const SUSPECT = "suite:test_last_run_suspect:end";
/** Failing tests of the newest run that failed, while no better run came in (0: it errored as a whole); -1 where none failed. */
export const FAILING_TESTS = "suite:test_last_run_failing:standing";
/** Skipped tests of the newest run where that is complete and executed none. */
export const EMPTY_RUN = "suite:test_last_run_skipped:empty";
/** Since when a suite that should run has been known without ever running. */
export const WAITING_SINCE = "suite:test_expected_interval:first_seen";

/** Errors that the code under test rarely causes in most tests at once. */
const SURROUNDINGS = [
  "network",
  "infrastructure",
  "setup",
  "crash",
  "out_of_memory",
  "timeout",
] as const satisfies readonly ErrorType[];

const OF_BRANCHES = [NOT_PULL_REQUEST, NOT_OVERFLOW] as const;
export const expectedInterval = (config: Config): string => latest(config, CATALOGUE.expectedInterval, ...OF_BRANCHES);

export const runRecordings = (config: Config): readonly RecordingRule[] => [
  { record: LAST_RUN_END, expr: latest(config, CATALOGUE.lastRunEnd, ...OF_BRANCHES) },
  { record: LAST_RUN_ERRORS, expr: lastRunErrors(config) },
  { record: SUSPECT, expr: suspect(config) },
  { record: FAILING_TESTS, expr: failingTests() },
  { record: EMPTY_RUN, expr: `${lastRunCases(config, 'result="skipped"')} and ${lastRunStatus("empty")}` },
];

/** What the alerts about schedules remember, as often as those are evaluated. */
export const scheduleRecordings = (config: Config): readonly RecordingRule[] => [
  { record: WAITING_SINCE, expr: waitingSince(config) },
];

function lastRunErrors(config: Config): string {
  const last = latest(config, CATALOGUE.errorLastOccurrence, ...OF_BRANCHES);
  const affected = latest(config, CATALOGUE.errorAffectedTests, ...OF_BRANCHES);
  return `${affected}\nand\n${last} >= on (project, suite, environment, branch) group_left () ${LAST_RUN_END}`;
}

/**
 * The error window forgets after two hours, the run is still the newest: what was found of it stands as long as it is. A run after it that
 * says nothing (see INCONCLUSIVE) takes nothing back. What counts against the minimum is what this run executed: one test
 * that crashed is no evidence of broken surroundings, however big its suite.
 */
function suspect(config: Config): string {
  const { infrastructureFailureRatio, infrastructureErrorRatio, failureMinimumExecutions } = config.thresholds;
  const tests = (matcher = ""): string => `sum without (error_type) (${LAST_RUN_ERRORS}${matcher})`;
  const bySurroundings = `${tests(`{${anyOf("error_type", SURROUNDINGS)}}`)} / (${tests()} > 0) >= ${infrastructureErrorRatio}`;
  const mostFail = `${LAST_RUN_FAILURES} > ${infrastructureFailureRatio} and ${LAST_RUN_EXECUTED} >= ${failureMinimumExecutions}`;
  const before = remembered(SUSPECT);
  const conditions = `\
${mostFail} and (${bySurroundings} or ${before} == ${LAST_RUN_END})
or
${before} > 0 and ${INCONCLUSIVE}`;
  return `${LAST_RUN_END}\nand (\n${indent(conditions)}\n)\nor\n0 * ${LAST_RUN_END}`;
}

/**
 * A run that was cancelled, that is empty, that broke off with no failing test, or that failed by its surroundings takes back nothing of
 * what the run before it said. Failures of a run that broke off are failures; those of a cancelled run are not, since tools report what
 * they interrupt as errors. A crash is a failure itself.
 */
function failingTests(): string {
  // Without its name, as the other terms: else one suite is two series in a query over time.
  const bad = `(0 + ${LAST_RUN_FAILING})`;
  const failed = `${bad} and ${lastRunStatus("failed", "errored")}\nor\n${bad} > 0 and ${lastRunStatus("partial")}`;
  const suspected = `${SUSPECT} > 0`;
  return `(\n${indent(failed)}\n) unless ${suspected}\nor\n${remembered(FAILING_TESTS)} and (${INCONCLUSIVE} or ${suspected})\nor\n0 * ${SUSPECT} - 1`;
}

function waitingSince(config: Config): string {
  const waiting = `(${expectedInterval(config)} unless ${LAST_RUN_END})`;
  return `${remembered(WAITING_SINCE)} and ${waiting}\nor\n0 * ${waiting} + time()`;
}
