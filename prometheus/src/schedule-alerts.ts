/** Alerts about runs that do not come, or do not end. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, ref } from "../../exporter/src/metrics/catalogue.ts";
import { AFFECTED, AFFECTED_IN_FULL, type AlertRule, alert, owned, SCOPE } from "./alert.ts";
import { lookup } from "./lookup.ts";
import { duration, latest, NOT_OVERFLOW, NOT_PULL_REQUEST } from "./promql.ts";
import { expectedInterval, LAST_RUN_END, WAITING_SINCE } from "./run-recordings.ts";

/** Runs end by the clock of the machine that tests, and are late by that of Prometheus. */
const CLOCK_SKEW_SECONDS = 60;

const value = "{{ $value | humanizeDuration }}";
const interval = lookup(
  SCOPE,
  (matchers) => `max(last_over_time(${ref(CATALOGUE.expectedInterval)}{${matchers}}[5m]))`,
  "humanizeDuration",
);
const intervals = (config: Config): string =>
  lookup(
    SCOPE,
    (matchers) =>
      `${config.thresholds.missingRunIntervals} * max(last_over_time(${ref(CATALOGUE.expectedInterval)}{${matchers}}[5m]))`,
    "humanizeDuration",
  );

/**
 * A run that waits for its parts and gets none. Hung runs of pull requests are nobody's page: who pushed them sees them, and Plumbline ends
 * them (`runs.hangSeconds`).
 */
export function testRunHung(config: Config): AlertRule {
  const { hungRunSeconds, keepFiringSeconds } = config.thresholds;
  const of = [NOT_PULL_REQUEST, NOT_OVERFLOW] as const;
  const limit = duration(hungRunSeconds);
  const end = duration(config.runs.hangSeconds);
  return alert(config, {
    name: "TestRunHung",
    severity: "warning",
    kind: "tests",
    keepFiringForSeconds: keepFiringSeconds,
    expr: owned(
      `time() - ${latest(config, CATALOGUE.runHeartbeat, ...of)} > ${hungRunSeconds}\nand\n${latest(config, CATALOGUE.runsActive, ...of)} > 0`,
    ),
    summary: `${AFFECTED}: a run gives no sign of life for ${value}, limit ${limit}`,
    description:
      `A run of ${AFFECTED_IN_FULL} waits for more of its parts and has had none for ${value}. The limit is ${limit}. ` +
      `After ${end} of silence it completes as partial.`,
  });
}

/** Every completed run counts, whatever it says: that it says something good is for other alerts. */
export function testRunMissing(config: Config): AlertRule {
  const { missingRunIntervals, keepFiringSeconds } = config.thresholds;
  const limit = intervals(config);
  const newest = lookup(SCOPE, (matchers) => `${LAST_RUN_END}{${matchers}}`, "humanizeTimestamp");
  return alert(config, {
    name: "TestRunMissing",
    severity: "warning",
    kind: "tests",
    keepFiringForSeconds: keepFiringSeconds,
    expr: owned(
      `time() - ${LAST_RUN_END}\n> ${missingRunIntervals} * ${expectedInterval(config)} + ${CLOCK_SKEW_SECONDS}`,
    ),
    summary: `${AFFECTED}: no run for ${value}, limit ${limit}`,
    description:
      `The newest run of ${AFFECTED_IN_FULL} ended at ${newest}, ${value} ago. It should run every ${interval}; the limit is ` +
      `${missingRunIntervals} times that, ${limit}.`,
  });
}

/** The clock starts when the interval is first seen, so that a suite has its time to run for the first time. */
export function suiteNeverRan(config: Config): AlertRule {
  const { missingRunIntervals, keepFiringSeconds } = config.thresholds;
  const limit = intervals(config);
  return alert(config, {
    name: "SuiteNeverRan",
    severity: "warning",
    kind: "tests",
    keepFiringForSeconds: keepFiringSeconds,
    expr: owned(`time() - ${WAITING_SINCE} > ${missingRunIntervals} * ${expectedInterval(config)}`),
    summary: `${AFFECTED}: has never run, expected for ${value}, limit ${limit}`,
    description:
      `No run of ${AFFECTED_IN_FULL} has ever come in. The configuration has expected one every ${interval} for ${value}; the limit is ` +
      `${missingRunIntervals} times that, ${limit}.`,
  });
}

export const SCHEDULE_ALERTS = [testRunHung, testRunMissing, suiteNeverRan] as const;
