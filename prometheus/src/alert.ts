import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, ref } from "../../exporter/src/metrics/catalogue.ts";
import { alertUrl, type DashboardName, dashboardUrl, runbookUrl, runUrl } from "./links.ts";
import { duration } from "./promql.ts";
import { OWNER } from "./recordings.ts";

/** `critical` pages at once, `warning` goes to the team's channel, `info` is shown and asks for nothing. */
export const SEVERITIES = ["critical", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * What an alert is about; routes may match it. Suites with a `kind` of their own (security, strategic) give it to their alerts
 * instead.
 */
export const KINDS = ["tests", "performance", "infrastructure", "plumbline", "escalation"] as const;
export type Kind = (typeof KINDS)[number];

/** What R1 asks for beyond a message; receivers are chosen by `actions=~"(.*,)?page(,.*)?"`. */
export type Action =
  | "page"
  | "incident"
  | "team_lead"
  | "page_performance_team"
  | "auto_scaling"
  | "performance_snapshot";

/** What failing tests that page ask for (R1). */
export const PAGE_ACTIONS = ["page", "incident", "team_lead"] as const satisfies readonly Action[];

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
  /** Which dashboard shows it; left out: the live one. */
  readonly dashboard?: DashboardName | undefined;
  /** Instead of `severity`, where it depends on the suite: a template. */
  readonly severityTemplate?: string | undefined;
  /** Instead of `actions`, likewise; empty: none. */
  readonly actionsTemplate?: string | undefined;
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

/** The same in a sentence. */
export const AFFECTED_IN_FULL =
  "suite {{ $labels.suite }} in project {{ $labels.project }} (branch {{ $labels.branch }}, environment {{ $labels.environment }})";

export function alert(config: Config, spec: AlertSpec): AlertRule {
  const scope = spec.scope ?? SCOPE;
  return {
    alert: spec.name,
    expr: spec.expr,
    ...(spec.forSeconds === undefined ? {} : { for: duration(spec.forSeconds) }),
    ...(spec.keepFiringForSeconds === undefined ? {} : { keep_firing_for: duration(spec.keepFiringForSeconds) }),
    labels: {
      severity: spec.severityTemplate ?? spec.severity,
      kind: scope.includes("suite") ? kindOf(config, spec.kind) : spec.kind,
      ...actionsOf(spec),
      // What `owned` could not join is unowned, never without a team: routes by team need a value.
      ...(scope.includes("suite") ? { team: "{{ with $labels.team }}{{ . }}{{ else }}unowned{{ end }}" } : {}),
      ...(spec.kind === "plumbline" ? { team: config.stack.team, component: "plumbline" } : {}),
      ...spec.labels,
    },
    annotations: {
      summary: spec.summary,
      description: spec.description,
      runbook_url: runbookUrl(config, spec.name),
      dashboard_url: dashboardUrl(config, scope, spec.dashboard ?? (spec.kind === "plumbline" ? "plumbline" : "live")),
      alert_url: alertUrl(config, spec.name, scope),
      ...(scope.includes("suite") ? { run_url: runUrl(config, scope) } : {}),
    },
  };
}

/**
 * A template that says `value` for the suites listed first that fit, else `otherwise`. It depends on labels alone, so an alert keeps
 * its identity.
 */
export function bySuite(
  config: Config,
  choose: (suite: Config["suites"][number]) => string | undefined,
  otherwise: string,
): string {
  const cases = config.suites.flatMap((one) => {
    const value = choose(one);
    if (value === undefined || value === otherwise) return [];
    const project = one.project === undefined ? ".*" : literal(one.project);
    return [{ value, pattern: `(?s)^${project}\n${literal(one.suite)}$` }];
  });
  if (cases.length === 0) return otherwise;
  const branches = cases.map(
    ({ value, pattern }, i) =>
      `{{ ${i === 0 ? "if" : "else if"} match ${JSON.stringify(pattern)} (printf "%s\\n%s" $labels.project $labels.suite) }}${value}`,
  );
  return `${branches.join("")}{{ else }}${otherwise}{{ end }}`;
}

const actionsOf = ({ actions, actionsTemplate }: AlertSpec): { readonly actions?: string } => {
  if (actions !== undefined) return { actions: actions.join(",") };
  return actionsTemplate === undefined || actionsTemplate === "" ? {} : { actions: actionsTemplate };
};

const kindOf = (config: Config, kind: Kind): string => bySuite(config, (one) => one.kind, kind);

const literal = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");

/**
 * Adds the owner's labels to a condition that carries project and suite. A suite without an info row keeps its alert: the
 * second half of the `or` is the condition itself. `copied` must not hold a label the condition has: measures have a
 * `component` of their own, and overwriting it could make two series equal, which fails the whole rule. A scrape can arrive between two
 * rules of one evaluation: a suite whose info row came after its owner was recorded waits for the next one, else its first alert would
 * be nobody's for a moment, and told to both.
 */
export function owned(condition: string, copied: readonly ("team" | "component")[] = ["team", "component"]): string {
  const inner = indent(condition);
  const labels = copied.join(", ");
  const unknown = `(\n${inner}\n) unless on (project, suite) ${ref(CATALOGUE.suiteInfo)}`;
  return `(\n${inner}\n)\n* on (project, suite) group_left (${labels}) ${OWNER}\nor ignoring (${labels})\n${unknown}`;
}

export const indent = (text: string): string => text.replace(/^(?=.)/gm, "  ");
