/** R1's alert about response times. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { ALL_OPERATIONS, CATALOGUE } from "../../exporter/src/metrics/catalogue.ts";
import { AFFECTED, type AlertRule, alert, owned } from "./alert.ts";
import { duration, latest, NOT_OVERFLOW, NOT_PULL_REQUEST, percent } from "./promql.ts";
import { RESPONSE_TIME } from "./recordings.ts";

/**
 * Each measure and each operation by itself: an average over several would let a fast one hide a slow one. A load scenario as a whole
 * only where none of its operations pages: it names none, or all of them have too few requests.
 */
export function performanceDegradation(config: Config): AlertRule {
  const { performancePageSeconds, performanceForSeconds, keepFiringSeconds } = config.thresholds;
  const slow = (matcher: string): string => `${RESPONSE_TIME}{${matcher}} > ${performancePageSeconds}`;
  const single = slow(`operation!="${ALL_OPERATIONS}"`);
  const whole = slow(`operation="${ALL_OPERATIONS}"`);
  const limit = duration(performancePageSeconds);
  return alert(config, {
    name: "PerformanceDegradation",
    severity: "critical",
    kind: "performance",
    actions: ["page_performance_team", "auto_scaling", "performance_snapshot"],
    forSeconds: performanceForSeconds,
    keepFiringForSeconds: keepFiringSeconds,
    expr: owned(`${single}\nor\n${whole} unless ignoring (operation) ${single}`, ["team"]),
    summary: `${AFFECTED}: {{ $labels.measure }} averages {{ $value | humanizeDuration }}, limit ${limit}`,
    description:
      `{{ $labels.measure }}{{ with $labels.component }} of {{ . }}{{ end }}{{ with $labels.scenario }} in scenario ` +
      `{{ . }}{{ end }}{{ with $labels.operation }}, operation {{ . }},{{ end }} averages {{ $value | humanizeDuration }} in the newest run of suite {{ $labels.suite }}, project ` +
      `{{ $labels.project }} (branch {{ $labels.branch }}, environment {{ $labels.environment }}). The limit is ${limit}; ` +
      `it has been exceeded for ${duration(performanceForSeconds)} and no better run came in.`,
  });
}

/**
 * What the detector has confirmed, and only that: z-scores and suspicions are shown and do not alert. No `for`: the confirmation took
 * its runs already. An acknowledged deviation is in another state, so its alert ends.
 */
export function deviationConfirmed(config: Config): AlertRule {
  const { keepFiringSeconds } = config.thresholds;
  const { minimumChange } = config.deviations;
  const matchers = [NOT_PULL_REQUEST, NOT_OVERFLOW] as const;
  const ratio = latest(config, CATALOGUE.deviationRatio, ...matchers);
  const state = latest(config, CATALOGUE.deviationState, ...matchers, 'state=~"warning|critical"');
  return alert(config, {
    name: "DeviationConfirmed",
    severity: "warning",
    kind: "performance",
    keepFiringForSeconds: keepFiringSeconds,
    expr: owned(`${ratio}\nand ignoring (state)\n${state} == 1`, ["team"]),
    summary: `${AFFECTED}: {{ $labels.measure }} changed by {{ $value | humanizePercentage }}, limit ${percent(minimumChange)}`,
    description:
      "{{ $labels.stat }} of {{ $labels.measure }}{{ with $labels.benchmark }} of {{ . }}{{ end }}{{ with $labels.component }} of {{ . }}{{ end }}" +
      "{{ with $labels.scenario }} in scenario {{ . }}{{ end }}{{ with $labels.operation }}, operation {{ . }},{{ end }} changed for the worse by " +
      "{{ $value | humanizePercentage }} in suite {{ $labels.suite }}, project {{ $labels.project }} (branch {{ $labels.branch }}, " +
      `environment {{ $labels.environment }}). The limit is ${percent(minimumChange)}, and several runs confirm the change; which ` +
      "commits it lies between and what may have caused it: plumbline deviations list.",
  });
}

export const PERFORMANCE_ALERTS = [performanceDegradation, deviationConfirmed] as const;
