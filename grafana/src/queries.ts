/** What a dashboard asks Prometheus, as Grafana would ask it; for tests that run every query. */
import type { Dashboard } from "./helper.ts";

export interface DashboardQuery {
  /** Title of the panel, or of the annotation. */
  readonly panel: string;
  readonly refId: string;
  /** Variables substituted. */
  readonly expr: string;
  readonly kind: "instant" | "range";
  /** Least step of the panel or mark, such as `1d`. */
  readonly minInterval?: string;
}

export interface Substitutions {
  /** Values of variables by name; those left out stand at All. */
  readonly variables?: Readonly<Record<string, string | readonly string[]>>;
  /** `$__range`, `$__rate_interval`, `$__interval` in Prometheus' notation; by default those of two hours at 5 s scrapes. */
  readonly range?: string;
  readonly rateInterval?: string;
  readonly interval?: string;
}

export function dashboardQueries(dashboard: Dashboard, values: Substitutions = {}): DashboardQuery[] {
  const replace = substitution(dashboard, values);
  return (dashboard.panels ?? []).flatMap((panel) =>
    !("targets" in panel)
      ? []
      : (panel.targets ?? []).map((target) => {
          const { refId = "", expr = "", instant } = target as { refId?: string; expr?: string; instant?: boolean };
          return {
            panel: panel.title ?? "",
            refId,
            expr: replace(expr),
            kind: instant === true ? "instant" : "range",
            ...(panel.interval === undefined ? {} : { minInterval: panel.interval }),
          };
        }),
  );
}

export function annotationQueries(dashboard: Dashboard, values: Substitutions = {}): DashboardQuery[] {
  const replace = substitution(dashboard, values);
  return (dashboard.annotations?.list ?? []).flatMap(({ name, expr, step }) =>
    expr === undefined
      ? []
      : [
          {
            panel: name,
            refId: "Anno",
            expr: replace(expr),
            kind: "range" as const,
            ...(step === undefined || step === "" ? {} : { minInterval: step }),
          },
        ],
  );
}

/** `label_values(METRIC{…}, LABEL)` of each query variable, taken apart: ask `/api/v1/label/LABEL/values?match[]=SELECTOR`. */
export function variableQueries(
  dashboard: Dashboard,
  values: Substitutions = {},
): { variable: string; selector: string; label: string }[] {
  const replace = substitution(dashboard, values);
  return (dashboard.templating?.list ?? []).flatMap(({ type, name, query }) => {
    if (type !== "query" || typeof query !== "object") return [];
    const parts = /^label_values\((.+), (\w+)\)$/s.exec(String((query as { query?: unknown }).query));
    if (parts === null) throw new Error(`variable ${name}: expected label_values(SELECTOR, LABEL)`);
    return [{ variable: name, selector: replace(parts[1] ?? ""), label: parts[2] ?? "" }];
  });
}

function substitution(dashboard: Dashboard, values: Substitutions): (text: string) => string {
  const { variables = {}, range = "2h", rateInterval = "20s", interval = "5s" } = values;
  const table = new Map<string, string>([
    ["__range", range],
    ["__rate_interval", rateInterval],
    ["__interval", interval],
  ]);
  for (const { name, type, allValue, query } of dashboard.templating?.list ?? []) {
    if (type === "constant") table.set(name, String(query));
    if (type === "query") {
      const given = variables[name];
      table.set(name, given === undefined ? (allValue ?? ".*") : asGrafanaDoes(given));
    }
  }
  return (text) =>
    text.replace(/\$(\w+)|\$\{(\w+)(?::regex)?\}/g, (whole, plain?: string, braced?: string) => {
      const value = table.get(plain ?? braced ?? "");
      if (value === undefined) throw new Error(`${whole}: no such variable on the dashboard`);
      return value;
    });
}

/** Grafana's format `regex`: one value bare, several in `(a|b)`; `All` is written as it is. */
function asGrafanaDoes(given: string | readonly string[]): string {
  const escaped = (typeof given === "string" ? [given] : given).map((value) =>
    value.replace(/[\\^$*+?.()|[\]{}/]/g, "\\$&"),
  );
  return escaped.length === 1 ? (escaped[0] ?? "") : `(${escaped.join("|")})`;
}
