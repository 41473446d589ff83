/** R1's alert about response times. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { ALL_OPERATIONS } from "../../exporter/src/metrics/catalogue.ts";
import { AFFECTED, type AlertRule, alert, owned } from "./alert.ts";
import { duration } from "./promql.ts";
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

export const PERFORMANCE_ALERTS = [performanceDegradation] as const;
