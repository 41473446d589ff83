/** R1's alerts about test runs. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../exporter/src/metrics/catalogue.ts";
import { AFFECTED, AFFECTED_IN_FULL, type AlertRule, alert, owned, PAGE_ACTIONS, SCOPE } from "./alert.ts";
import { lookup } from "./lookup.ts";
import { duration, failureWindowSeconds, latest, NOT_OVERFLOW, NOT_PULL_REQUEST, percent } from "./promql.ts";
import {
  executedOverWindow,
  failuresOverWindow,
  RUN_DURATION_LIMIT,
  runChanges,
  STANDING_FAILURES,
  USUAL_EXECUTED,
} from "./recordings.ts";

/**
 * One alert, two forms, so that a suite pages once. The newest run catches suites that run seldom, and a new suite whose
 * first run fails. A run that crashed, was cancelled or stopped early is no better run and resolves nothing; and what counts
 * against the minimum is what the suite usually executes, so that a big suite that collapses to one error pages, and a small
 * one never does. The rate catches suites that run so often that a good run now and then would begin `for` again; it
 * leaves out a suite that is clean now and ran at most twice, else a repaired suite would page, or stay red, for the
 * rest of the window. The overflow suite has the rate form only.
 */
export function testFailureSpike(config: Config): AlertRule {
  const { failureRatio, failureMinimumExecutions, failureForSeconds, keepFiringSeconds } = config.thresholds;
  const condition = `\
${STANDING_FAILURES} > ${failureRatio} and ${USUAL_EXECUTED} >= ${failureMinimumExecutions}
or
(${failuresOverWindow(config)} > ${failureRatio} and ${executedOverWindow(config)} >= ${failureMinimumExecutions})
  unless (${STANDING_FAILURES} <= ${failureRatio} and ${runChanges(config)} < 2)`;
  return alert(config, {
    name: "TestFailureSpike",
    severity: "critical",
    kind: "tests",
    actions: PAGE_ACTIONS,
    forSeconds: failureForSeconds,
    keepFiringForSeconds: keepFiringSeconds,
    expr: owned(condition),
    summary: `${AFFECTED}: {{ $value | humanizePercentage }} of tests fail, limit ${percent(failureRatio)}`,
    description:
      `{{ $value | humanizePercentage }} of the executed tests of ${AFFECTED_IN_FULL} failed, in its newest ` +
      `run or over the last ${duration(failureWindowSeconds(config))}. The limit is ${percent(failureRatio)}; it has been ` +
      `exceeded for ${duration(failureForSeconds)} and no better run came in.`,
  });
}

/** The expected duration is the configured one, else the median of earlier runs; a suite too new to have one is silent. */
export function testExecutionSlow(config: Config): AlertRule {
  const { slowRunFactor, keepFiringSeconds } = config.thresholds;
  const took = latest(config, CATALOGUE.lastRunDuration, NOT_PULL_REQUEST, NOT_OVERFLOW);
  const limit = lookup(SCOPE, (matchers) => `${RUN_DURATION_LIMIT}{${matchers}}`, "humanizeDuration");
  return alert(config, {
    name: "TestExecutionSlow",
    severity: "warning",
    kind: "tests",
    keepFiringForSeconds: keepFiringSeconds,
    expr: owned(`${took}\n> ${RUN_DURATION_LIMIT}`),
    summary: `${AFFECTED}: run took {{ $value | humanizeDuration }}, limit ${limit}`,
    description:
      `The newest run of ${AFFECTED_IN_FULL} took {{ $value | humanizeDuration }}. The limit is ${limit}, ` +
      `${slowRunFactor} times its expected duration.`,
  });
}

export function coverageDrop(config: Config): AlertRule {
  const { coverageRatio, keepFiringSeconds } = config.thresholds;
  const coverage = latest(config, CATALOGUE.lastRunCoverage, NOT_PULL_REQUEST, NOT_OVERFLOW, 'kind="line"');
  return alert(config, {
    name: "CoverageDrop",
    severity: "warning",
    kind: "tests",
    keepFiringForSeconds: keepFiringSeconds,
    // `kind` is the label of the family; on the alert it would say what the alert is about.
    expr: owned(`max without (kind) (${coverage}) < ${coverageRatio}`),
    summary: `${AFFECTED}: line coverage is {{ $value | humanizePercentage }}, limit ${percent(coverageRatio)}`,
    description:
      `The newest run of ${AFFECTED_IN_FULL} covers {{ $value | humanizePercentage }} of the lines. The limit is ` +
      `${percent(coverageRatio)}.`,
  });
}
