/** R1's alert about response times. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../exporter/src/metrics/catalogue.ts";
import { AFFECTED, type AlertRule, alert, indent, owned } from "./alert.ts";
import { anyOf, duration, latest, NOT_OVERFLOW, NOT_PULL_REQUEST } from "./promql.ts";

/** Averages of the measures that count as response time. A report that states only one value means it as the average. */
export function averageResponseTime(config: Config, read: (...matchers: readonly string[]) => string): string {
  const measures = anyOf("measure", config.measures.responseTime);
  const of = (stat: string): string => `max without (stat) (${read(measures, `stat="${stat}"`)})`;
  return `${of("avg")}\nor\n${of("value")}`;
}

/** Each measure by itself: an average over several would let a fast database hide a slow page. */
export function performanceDegradation(config: Config): AlertRule {
  const { performancePageSeconds, performanceForSeconds, performanceMinimumSamples, keepFiringSeconds } =
    config.thresholds;
  const average = averageResponseTime(config, (...matchers) =>
    latest(config, CATALOGUE.measureSeconds, NOT_PULL_REQUEST, NOT_OVERFLOW, ...matchers),
  );
  const samples = latest(config, CATALOGUE.measureValue, NOT_PULL_REQUEST, NOT_OVERFLOW, 'stat="count"');
  const limit = duration(performancePageSeconds);
  return alert(config, {
    name: "PerformanceDegradation",
    severity: "critical",
    kind: "performance",
    actions: ["page_performance_team", "auto_scaling", "performance_snapshot"],
    forSeconds: performanceForSeconds,
    keepFiringForSeconds: keepFiringSeconds,
    expr: owned(
      `(\n${indent(average)}\n) > ${performancePageSeconds}\nunless ignoring (stat)\n${samples} < ${performanceMinimumSamples}`,
      ["team"],
    ),
    summary: `${AFFECTED}: {{ $labels.measure }} averages {{ $value | humanizeDuration }}, limit ${limit}`,
    description:
      `{{ $labels.measure }}{{ with $labels.component }} of {{ . }}{{ end }}{{ with $labels.scenario }} in scenario ` +
      `{{ . }}{{ end }} averages {{ $value | humanizeDuration }} in the newest run of suite {{ $labels.suite }}, project ` +
      `{{ $labels.project }} (branch {{ $labels.branch }}, environment {{ $labels.environment }}). The limit is ${limit}; ` +
      `it has been exceeded for ${duration(performanceForSeconds)} and no better run came in.`,
  });
}
