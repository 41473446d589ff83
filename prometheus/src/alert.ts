import type { Config } from "../../exporter/src/config/schema.ts";
import { dashboardUrl, runbookUrl } from "./links.ts";
import { duration } from "./promql.ts";
import { OWNER } from "./recordings.ts";

/** `critical` pages at once, `warning` goes to the team's channel. */
export type Severity = "critical" | "warning";

/** What an alert is about; routes may match it. */
export type Kind = "tests" | "performance" | "plumbline";

/** What R1 asks for beyond a message; receivers are chosen by `actions=~"(.*,)?page(,.*)?"`. */
export type Action =
  | "page"
  | "incident"
  | "team_lead"
  | "page_performance_team"
  | "auto_scaling"
  | "performance_snapshot";

export interface AlertSpec {
  /** PascalCase; also the name of its runbook, `prometheus/runbooks/NAME.md`. */
  readonly name: string;
  readonly severity: Severity;
  readonly kind: Kind;
  readonly expr: string;
  /** Left out: fires as soon as the condition holds. */
  readonly forSeconds?: number | undefined;
  readonly keepFiringForSeconds?: number | undefined;
  /** One line with the suite, the value and the limit: what a phone shows. Templates, values only here (never in labels). */
  readonly summary: string;
  /** The same in sentences, with what it means and where to look first. */
  readonly description: string;
  readonly actions?: readonly Action[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Labels that the dashboard link narrows to; none for alerts about no suite. */
  readonly scope?: readonly string[] | undefined;
}

/** One rule as Prometheus reads it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Labels that say where a report belongs, in the order messages name them. */
export const SCOPE = ["project", "suite", "environment", "branch"] as const;

/** `default/unit (main, ci)` in templates. */
export const AFFECTED = "{{ $labels.project }}/{{ $labels.suite }} ({{ $labels.branch }}, {{ $labels.environment }})";

export function alert(config: Config, spec: AlertSpec): AlertRule {
  const scope = spec.scope ?? SCOPE;
  return {
    alert: spec.name,
    expr: spec.expr,
    ...(spec.forSeconds === undefined ? {} : { for: duration(spec.forSeconds) }),
    ...(spec.keepFiringForSeconds === undefined ? {} : { keep_firing_for: duration(spec.keepFiringForSeconds) }),
    labels: {
      severity: spec.severity,
      kind: spec.kind,
      ...(spec.actions === undefined ? {} : { actions: spec.actions.join(",") }),
      // What `owned` could not join is unowned, never without a team: routes by team need a value.
      ...(scope.includes("suite") ? { team: "{{ with $labels.team }}{{ . }}{{ else }}unowned{{ end }}" } : {}),
      ...spec.labels,
    },
    annotations: {
      summary: spec.summary,
      description: spec.description,
      runbook_url: runbookUrl(config, spec.name),
      dashboard_url: dashboardUrl(config, scope),
    },
  };
}

/**
 * Adds the owner's labels to a condition that carries project and suite. A suite without an info row keeps its alert: the
 * second half of the `or` is the condition itself. `copied` must not hold a label the condition has: measures have a
 * `component` of their own, and overwriting it could make two series equal, which fails the whole rule.
 */
export function owned(condition: string, copied: readonly ("team" | "component")[] = ["team", "component"]): string {
  const inner = indent(condition);
  const labels = copied.join(", ");
  return `(\n${inner}\n)\n* on (project, suite) group_left (${labels}) ${OWNER}\nor ignoring (${labels})\n(\n${inner}\n)`;
}

export const indent = (text: string): string => text.replace(/^(?=.)/gm, "  ");
