/**
 * Service level objectives of 30 days. Each alert asks for two windows (Google SRE workbook, "Alerting on SLOs", 6: multiwindow,
 * multi-burn-rate alerts): the long one says that a part of the budget worth an alert is gone, the short one that it still goes.
 */
import type { Config } from "../../exporter/src/config/schema.ts";
import { type AlertRule, type AlertSpec, alert, indent } from "./alert.ts";
import { duration, percent, tidy } from "./promql.ts";
import {
  DETECTIONS_RATE,
  LATE_DETECTIONS_RATE,
  PROJECT_EXECUTED_RATE,
  PROJECT_FAILURES_RATE,
  PROJECT_OWNER,
  rateWindowSeconds,
  sloIntervalSeconds,
  total,
} from "./slo-recordings.ts";

interface Burn {
  /** Times the pace that uses the budget up in exactly 30 days. */
  readonly factor: number;
  readonly long: string;
  /** Left out: the window of the recorded rate itself. */
  readonly short?: string;
}
const HALF_HOUR_SECONDS = 1800;
/** 2 % of the budget in an hour; 5 % in six; 10 % in three days. */
const FAST: readonly Burn[] = [{ factor: 14.4, long: "1h" }];
const SLOW: readonly Burn[] = [
  { factor: 6, long: "6h", short: "30m" },
  { factor: 1, long: "3d", short: "6h" },
];
/** More than everything cannot fail: an objective so low that a pace is out of reach alerts when nearly everything does. */
const MOST = 0.99;

interface Objective {
  readonly bad: string;
  readonly all: string;
  readonly ratio: number;
  readonly minimum: number;
}

/** The part that is bad in the long window, where it burns. */
const burning = (config: Config, { bad, all, ratio, minimum }: Objective, burns: readonly Burn[]): string =>
  burns
    .map(({ factor, long, short }) => {
      const limit = tidy(Math.min(MOST, factor * (1 - ratio)));
      const part = (window?: string): string =>
        window === undefined
          ? `${bad} / ${all}`
          : `sum_over_time(${bad}[${window}]) / sum_over_time(${all}[${window}])`;
      return `${part(long)} > ${limit}\nand\n${part(short)} > ${limit}\nand\n${total(config, all, long)} >= ${minimum}`;
    })
    .join("\nor\n");

const SCOPE_OF_PROJECT = ["project", "environment", "branch"] as const;
/**
 * A run moves the counters at one moment, which a short window shows for its whole length and no longer: what fails for longer than
 * that fails in more than one run. By then TestFailureSpike has paged where a single suite is the cause, and holds this one back
 * (alertmanager/src).
 */
const beyondOneRun = (config: Config, shortSeconds: number): number =>
  Math.max(shortSeconds + rateWindowSeconds(config), config.thresholds.failureForSeconds) + sloIntervalSeconds(config);

const PROJECT = "{{ $labels.project }} ({{ $labels.branch }}, {{ $labels.environment }})";
const IN_FULL = "project {{ $labels.project }} (branch {{ $labels.branch }}, environment {{ $labels.environment }})";

function passRateBurn(
  config: Config,
  burns: readonly Burn[],
  spec: Pick<AlertSpec, "name" | "severity" | "actions" | "forSeconds"> & {
    readonly over: string;
    readonly pace: string;
  },
): AlertRule {
  const { passRatio, minimumExecutions } = config.slo;
  const objective = {
    bad: PROJECT_FAILURES_RATE,
    all: PROJECT_EXECUTED_RATE,
    ratio: passRatio,
    minimum: minimumExecutions,
  };
  const condition = indent(burning(config, objective, burns));
  const limit = percent(1 - passRatio);
  return alert(config, {
    name: spec.name,
    severity: spec.severity,
    kind: "tests",
    actions: spec.actions,
    scope: SCOPE_OF_PROJECT,
    dashboard: "trends",
    forSeconds: spec.forSeconds,
    keepFiringForSeconds: config.thresholds.keepFiringSeconds,
    expr: `(\n${condition}\n)\n* on (project) group_left (team) ${PROJECT_OWNER}\nor ignoring (team)\n(\n${condition}\n)`,
    // Of several teams no one is called alone.
    labels: { team: "{{ with $labels.team }}{{ . }}{{ else }}unowned{{ end }}" },
    summary: `${PROJECT}: {{ $value | humanizePercentage }} of tests failed over ${spec.over}, limit ${limit} over 30 days`,
    description:
      `{{ $value | humanizePercentage }} of the executed tests of ${IN_FULL} failed over ${spec.over}, all suites together, and they fail ` +
      `on. The objective is that ${percent(passRatio)} pass over 30 days, the limit ${limit} failures; at this pace that is used up within ${spec.pace}.`,
  });
}

export const passRateBurnFast = (config: Config): AlertRule =>
  passRateBurn(config, FAST, {
    name: "PassRateBurnFast",
    severity: "critical",
    actions: ["page"],
    forSeconds: beyondOneRun(config, 0),
    over: "the last hour",
    pace: "50 hours",
  });

export const passRateBurnSlow = (config: Config): AlertRule =>
  passRateBurn(config, SLOW, {
    name: "PassRateBurnSlow",
    severity: "warning",
    forSeconds: beyondOneRun(config, HALF_HOUR_SECONDS),
    over: "the last hours or days",
    pace: "30 days",
  });

/** Runs that become known late: results that wait in CI, an ingest that lags, clocks that differ. */
export function detectionTimeBurn(config: Config): AlertRule {
  const { detectionRatio, detectionSeconds, minimumRuns } = config.slo;
  const objective = { bad: LATE_DETECTIONS_RATE, all: DETECTIONS_RATE, ratio: detectionRatio, minimum: minimumRuns };
  const limit = percent(1 - detectionRatio);
  const late = `later than ${duration(detectionSeconds)} after their end`;
  return alert(config, {
    name: "DetectionTimeBurn",
    severity: "warning",
    kind: "plumbline",
    scope: [],
    keepFiringForSeconds: config.thresholds.keepFiringSeconds,
    expr: burning(config, objective, [...FAST, ...SLOW]),
    summary: `{{ $value | humanizePercentage }} of runs became known ${late}, limit ${limit}`,
    description:
      `{{ $value | humanizePercentage }} of the reports of the last hours or days were stored ${late}, and new ones still are. The ` +
      `objective is that ${percent(detectionRatio)} are known in time over 30 days, the limit ${limit} late. Until a run is known no alert about it can fire.`,
  });
}

export const SLO_ALERTS = [passRateBurnFast, passRateBurnSlow, detectionTimeBurn] as const;
