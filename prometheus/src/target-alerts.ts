/** Alerts about targets (R4): red as critical, yellow as warning. The exporter judges the levels; see analysis/levels.ts. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, ref } from "../../exporter/src/metrics/catalogue.ts";
import { AFFECTED, AFFECTED_IN_FULL, type AlertRule, alert, bySuite, owned } from "./alert.ts";
import { ask } from "./lookup.ts";
import { duration } from "./promql.ts";
import { inUnit, SERIES, unitOfSeries } from "./series-text.ts";
import { atMissedLevel, MISSED } from "./target-recordings.ts";

/** Labels of the series that a target is for. */
const LABELS = Object.keys(CATALOGUE.measureCurrent.labels);

export function targetCritical(config: Config): AlertRule {
  const limit = limitOf("critical", (text) => `limit ${text}`, "limit a tenth beyond");
  return target(config, {
    name: "TargetCritical",
    severity: "critical",
    level: "red",
    forSeconds: config.thresholds.targetCriticalForSeconds,
    state: atMissedLevel("red"),
    summary: `${limit}, target ${targetText}`,
    description:
      `That is critical: ${limit}, its target ${targetText}. It has been so for ` +
      `${duration(config.thresholds.targetCriticalForSeconds)} and no better run came in.`,
  });
}

/** Its `for` is longer than that of TargetCritical: on a ramp through yellow to red the warning never comes first. */
export function targetMissed(config: Config): AlertRule {
  return target(config, {
    name: "TargetMissed",
    severity: "warning",
    level: "yellow",
    forSeconds: config.thresholds.targetWarningForSeconds,
    // Replicas may differ for a moment; the worse one holds.
    state: `(${atMissedLevel("yellow")} unless ${atMissedLevel("red")})`,
    summary: `limit ${targetText}`,
    description:
      `That misses its target, the limit ${targetText}, though not critically. It has been so for ` +
      `${duration(config.thresholds.targetWarningForSeconds)} and no better run came in.`,
  });
}

export const TARGET_ALERTS = [targetCritical, targetMissed] as const;

interface Level {
  readonly name: string;
  readonly severity: "critical" | "warning";
  readonly level: "red" | "yellow";
  readonly forSeconds: number;
  readonly state: string;
  readonly summary: string;
  readonly description: string;
}

function target(config: Config, of: Level): AlertRule {
  const unit = unitOfSeries();
  return alert(config, {
    name: of.name,
    severity: of.severity,
    kind: "performance",
    dashboard: "targets",
    forSeconds: of.forSeconds,
    keepFiringForSeconds: config.thresholds.keepFiringSeconds,
    // The series has a component of its own.
    expr: owned(`${MISSED}\nand\n${of.state}`, ["team"]),
    labels: {
      level: of.level,
      kind: bySuite(
        config,
        (one) => one.kind,
        '{{ if and (eq $labels.measure "success_rate") (not $labels.operation) }}tests{{ else }}performance{{ end }}',
      ),
    },
    summary: `${unit}${AFFECTED}: ${SERIES} is ${inUnit("$value")}, ${of.summary}`,
    description: `${unit}${SERIES} is ${inUnit("$value")} in the newest run of ${AFFECTED_IN_FULL}. ${of.description}`,
  });
}

/** The text of one of the limits in the unit of the series, made a clause by `clause`. */
function limitOf(level: "target" | "critical", clause: (text: string) => string, otherwise: string): string {
  const query = ask(LABELS, (matchers) => `${ref(CATALOGUE.measureThreshold)}{${matchers},level="${level}"}`);
  return `{{ with ${query} }}${clause(inUnit("(. | first | value)"))}{{ else }}${otherwise}{{ end }}`;
}
const targetText = limitOf("target", (text) => text, "unknown");
