/** Alerts about the newest run of a suite: what it is, not how often. None has a `for`: a completed run is a fact. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { AFFECTED, AFFECTED_IN_FULL, type AlertRule, alert, bySuite, owned, PAGE_ACTIONS, SCOPE } from "./alert.ts";
import { lookup } from "./lookup.ts";
import { LAST_RUN_EXECUTED, lastRunStatus, USUAL_EXECUTED } from "./recordings.ts";
import { EMPTY_RUN, FAILING_TESTS } from "./run-recordings.ts";

const COUNT = 'printf "%.0f"';
const value = `{{ $value | ${COUNT} }}`;
const executed = lookup(SCOPE, (matchers) => `${LAST_RUN_EXECUTED}{${matchers}}`, COUNT);
const usual = lookup(SCOPE, (matchers) => `${USUAL_EXECUTED}{${matchers}} > 0`, COUNT);

/**
 * One failing test is enough: this is the team's own message, at once; TestFailureSpike is the page. It stands until a better run comes in.
 * Runs that failed by their surroundings are InfrastructureSuspect's, so the team hears of them once.
 */
export function testRunFailed(config: Config): AlertRule {
  const tests = `${value} {{ if eq $value 1.0 }}test fails{{ else }}tests fail{{ end }}`;
  return alert(config, {
    name: "TestRunFailed",
    severity: "warning",
    severityTemplate: bySuite(config, (one) => one.failureSeverity, "warning"),
    kind: "tests",
    // Where one failing test pages, it is the page: TestFailureSpike, which comes later, is inhibited by it (alertmanager/src).
    actionsTemplate: bySuite(
      config,
      (one) => (one.failureSeverity === "critical" ? PAGE_ACTIONS.join(",") : undefined),
      "",
    ),
    keepFiringForSeconds: config.thresholds.keepFiringSeconds,
    expr: owned(`${FAILING_TESTS} >= 0`),
    summary: `${AFFECTED}: {{ if eq $value 0.0 }}the run errored as a whole{{ else }}${tests}, limit 0{{ end }}`,
    description:
      `{{ if eq $value 0.0 }}The run of ${AFFECTED_IN_FULL} errored as a whole: ${value} of its tests fail, but its tool reports an ` +
      `error{{ else }}${tests} in ${AFFECTED_IN_FULL}{{ end }}. The limit is 0 failing tests and no error, and no better run came in. ` +
      `The newest run executed ${executed} tests (usual: ${usual}).`,
  });
}

export function testRunEmpty(config: Config): AlertRule {
  return alert(config, {
    name: "TestRunEmpty",
    severity: "warning",
    kind: "tests",
    keepFiringForSeconds: config.thresholds.keepFiringSeconds,
    expr: owned(`${EMPTY_RUN} == 0`),
    summary: `${AFFECTED}: the run holds ${value} tests, limit 1, usual: ${usual}`,
    description:
      `The newest run of ${AFFECTED_IN_FULL} is complete and holds ${value} tests. The limit is at least 1 (usual: ${usual}). ` +
      "Nothing was tested, and nothing failed either: such a run is no passed one.",
  });
}

/** A run with skipped tests and no other is empty as well; one message says which of both it is. */
export function testsAllSkipped(config: Config): AlertRule {
  return alert(config, {
    name: "TestsAllSkipped",
    severity: "warning",
    kind: "tests",
    keepFiringForSeconds: config.thresholds.keepFiringSeconds,
    expr: owned(`${EMPTY_RUN} > 0`),
    summary: `${AFFECTED}: all ${value} tests are skipped, limit 1 executed, usual: ${usual}`,
    description:
      `The newest run of ${AFFECTED_IN_FULL} skipped all of its ${value} tests. The limit is at least 1 executed test (usual: ${usual}). ` +
      "Nothing was tested, and nothing failed either: such a run is no passed one.",
  });
}

/** Not of cancelled runs: those are somebody's decision, or that of a CI system that drops what a newer commit overtook. */
export function testRunPartial(config: Config): AlertRule {
  return alert(config, {
    name: "TestRunPartial",
    severity: "warning",
    kind: "tests",
    keepFiringForSeconds: config.thresholds.keepFiringSeconds,
    expr: owned(`${LAST_RUN_EXECUTED} and ${lastRunStatus("partial")}`),
    summary: `${AFFECTED}: the run broke off after ${value} executed tests, limit: all, usual: ${usual}`,
    description:
      `The newest run of ${AFFECTED_IN_FULL} is not whole: it broke off or lacks parts, after ${value} executed tests. The limit is all ` +
      `of them (usual: ${usual}). What it did not execute may fail; what stood before it still stands.`,
  });
}

export const RUN_ALERTS = [testRunFailed, testRunEmpty, testsAllSkipped, testRunPartial] as const;
