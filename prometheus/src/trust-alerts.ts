/** Alerts about how far tests can be trusted. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, ref } from "../../exporter/src/metrics/catalogue.ts";
import { AFFECTED, AFFECTED_IN_FULL, type AlertRule, alert, owned, SCOPE } from "./alert.ts";
import { lookup } from "./lookup.ts";
import { duration, latest, NOT_OVERFLOW, NOT_PULL_REQUEST, percent, tidy } from "./promql.ts";
import { STANDING_FAILURES, USUAL_EXECUTED } from "./recordings.ts";
import { SUSPECT } from "./run-recordings.ts";

const ratio = "{{ $value | humanizePercentage }}";

/** One flaky test of a small suite is a large part of it, and a matter for its author. */
const MINIMUM_FLAKY = 2;

/** Long before TestFailureSpike fires, so that Alertmanager holds that one back; and no longer than a minute. */
export const suspectForSeconds = ({ thresholds }: Config): number =>
  tidy(Math.min(60, thresholds.failureForSeconds / 5));

/**
 * Most tests fail at once, and nearly all of them by network, set-up and the like: one cause outside the code, one page, instead of a
 * failure for every suite's team. Which runs are suspect is decided in `run-recordings.ts`.
 */
export function infrastructureSuspect(config: Config): AlertRule {
  const { infrastructureFailureRatio, infrastructureErrorRatio, keepFiringSeconds } = config.thresholds;
  const limit = percent(infrastructureFailureRatio);
  return alert(config, {
    name: "InfrastructureSuspect",
    severity: "critical",
    kind: "infrastructure",
    actions: ["page"],
    forSeconds: suspectForSeconds(config),
    keepFiringForSeconds: keepFiringSeconds,
    expr: owned(`${STANDING_FAILURES} and ${SUSPECT} > 0`),
    summary: `${AFFECTED}: ${ratio} of tests fail, by errors of their surroundings, limit ${limit}`,
    description:
      `${ratio} of the executed tests of ${AFFECTED_IN_FULL} failed, at least ${percent(infrastructureErrorRatio)} of them by errors of ` +
      `the surroundings (network, infrastructure, set-up, crash, memory, timeout). The limit is ${limit}; it has been exceeded for ` +
      `${duration(suspectForSeconds(config))}. Look at the test environment before the code.`,
  });
}

export function flakyTests(config: Config): AlertRule {
  const { flakyRatio, keepFiringSeconds } = config.thresholds;
  const flaky = latest(config, CATALOGUE.flakyTests, NOT_PULL_REQUEST, NOT_OVERFLOW);
  const tests = lookup(
    SCOPE,
    (matchers) => `max(last_over_time(${ref(CATALOGUE.flakyTests)}{${matchers}}[5m]))`,
    'printf "%.0f"',
  );
  return alert(config, {
    name: "FlakyTests",
    severity: "warning",
    kind: "tests",
    keepFiringForSeconds: keepFiringSeconds,
    expr: owned(`(${flaky} >= ${MINIMUM_FLAKY})\n/\n(${USUAL_EXECUTED} > 0)\n> ${flakyRatio}`),
    summary: `${AFFECTED}: ${tests} tests are flaky, ${ratio} of the suite, limit ${percent(flakyRatio)}`,
    description:
      `${tests} tests of ${AFFECTED_IN_FULL} pass and fail without a change, by its newest 50 runs: ${ratio} of those that it usually ` +
      `executes. The limit is ${percent(flakyRatio)}. A red run of this suite may mean nothing.`,
  });
}

/** The list is part of the configuration, so this is for whoever looks after that; owners of entries stand in it. */
export function quarantineExpired(config: Config): AlertRule {
  const entries = '{{ $value | printf "%.0f" }} {{ if eq $value 1.0 }}entry{{ else }}entries{{ end }}';
  return alert(config, {
    name: "QuarantineExpired",
    severity: "warning",
    kind: "tests",
    scope: [],
    labels: { team: config.stack.team },
    keepFiringForSeconds: config.thresholds.keepFiringSeconds,
    expr: `max without (state) (${latest(config, CATALOGUE.quarantineEntries, 'state="expired"')}) > 0`,
    summary: `Quarantine: ${entries} expired, limit 0`,
    description:
      `${entries} of the list \`quarantine\` in Plumbline's configuration expired (limit 0): failures of these tests count again. ` +
      "Mend the tests, or take the entries out; plumbline config check names each with its owner.",
  });
}
