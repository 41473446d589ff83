/** What every dashboard asks: only what exists, only what was chosen, each replica once. */
import { describe, expect, test } from "vitest";
import { defaultConfig } from "../../exporter/src/config/schema.ts";
import { FAMILIES, type Family } from "../../exporter/src/metrics/catalogue.ts";
import { createProcessMetrics } from "../../exporter/src/metrics/process-metrics.ts";
import { exposedNames, metricNames } from "../../prometheus/metric-names.ts";
import { SCOPE } from "../../prometheus/src/alert.ts";
import { FOREIGN } from "../../prometheus/src/foreign.ts";
import { ruleGroups } from "../../prometheus/src/rules.ts";
import { dashboards } from "./dashboards.ts";
import type { Dashboard, Panel } from "./helper.ts";
import { OWN_PROCESS } from "./panels/plumbline-series.ts";
import { rateWindow } from "./panels/timeline.ts";
import { annotationQueries, dashboardQueries, variableQueries } from "./queries.ts";
import { matchersOf } from "./scope.ts";

const config = defaultConfig();
const built = [...dashboards(config)];
const records = new Set(
  ruleGroups(config).flatMap(({ rules }) => rules.flatMap((rule) => ("record" in rule ? [rule.record] : []))),
);
const processNames = (
  await createProcessMetrics({ version: "1", nodeVersion: "1", now: () => 0 }).render("text")
).matchAll(/^# TYPE (\S+)/gm);
/** Of Prometheus, of each scrape, of Alertmanager. */
const foreign = [
  ...Object.values(FOREIGN),
  ...Object.values(OWN_PROCESS).filter((name) => /^(scrape|prometheus)_/.test(name)),
];
const known = new Set<string>([
  ...exposedNames(),
  ...records,
  ...foreign,
  ...[...processNames].map(([, name]) => name ?? ""),
]);

const familyOf = (name: string): Family | undefined =>
  FAMILIES.find(
    (one) => one.name === name || (one.type === "histogram" && name.replace(/_(bucket|sum|count)$/, "") === one.name),
  );

/** The labels of the scope that a series has, and so must be narrowed by. */
function scopeOf(name: string): readonly string[] {
  if (name === FOREIGN.alerts) return SCOPE;
  // Joined to series that are narrowed themselves; and of Plumbline as a whole.
  if (/_info:owner$/.test(name) || name.startsWith("plumbline:")) return [];
  if (name.startsWith("suite:")) return SCOPE;
  if (name.startsWith("project:")) return SCOPE.filter((label) => label !== "suite");
  return SCOPE.filter((label) => label in (familyOf(name)?.labels ?? {}));
}

/** A name with its matchers, whose patterns may hold braces. */
const SELECTOR = /([A-Za-z_:][\w:]*)\{((?:`[^`]*`|"(?:\\.|[^"\\])*"|[^}`"])*)\}/g;

interface Use {
  readonly title: string;
  readonly type: string;
  readonly expr: string;
}
const uses = (dashboard: Dashboard): Use[] =>
  (dashboard.panels ?? []).flatMap((panel) =>
    ((panel as Panel).targets ?? []).map((target) => ({
      title: panel.title ?? "",
      type: panel.type,
      expr: (target as { expr?: string }).expr ?? "",
    })),
  );

/** The expression with every call that begins like this, up to its closing bracket, taken out. */
function withoutCalls(expr: string, call: string): string {
  let rest = expr;
  for (let start = rest.indexOf(call); start >= 0; start = rest.indexOf(call)) {
    let end = start + call.length;
    for (let depth = 1; depth > 0 && end < rest.length; end++) {
      if (rest[end] === "(") depth += 1;
      if (rest[end] === ")") depth -= 1;
    }
    rest = rest.slice(0, start) + rest.slice(end);
  }
  return rest;
}

describe.each(built)("%s", (file, dashboard) => {
  const scoped = dashboard.templating?.list?.some(({ name }) => name === "project");

  test("every metric exists", () => {
    for (const { panel, expr } of [...dashboardQueries(dashboard), ...annotationQueries(dashboard)]) {
      for (const name of metricNames(expr)) expect(known, `${name} in ${panel}`).toContain(name);
    }
  });

  test("every selector follows the choice", () => {
    for (const { title, expr } of uses(dashboard)) {
      for (const [, name = "", matchers = ""] of expr.matchAll(SELECTOR)) {
        if (!scoped) {
          if (familyOf(name)?.source !== undefined || name === FOREIGN.up)
            expect(matchers, `${title}: ${name}`).toContain(matchersOf(["instance"])[0]);
          continue;
        }
        for (const label of scopeOf(name))
          expect(`,${matchers}`, `${title}: ${name}`).toContain(`,${matchersOf([label])[0]}`);
      }
      // A name without a selector would be of everything.
      for (const name of metricNames(expr)) {
        if (!scoped || scopeOf(name).length === 0) continue;
        expect(expr, `${title}: ${name}`).not.toMatch(new RegExp(`(?<![\\w:])${name}(?![\\w:{])`));
      }
    }
  });

  test("windows of rates follow the zoom, except where R1 states five minutes and where lines are chosen for the whole range", () => {
    for (const { title, type, expr } of uses(dashboard)) {
      for (const [, , window, at] of expr.matchAll(/\b(rate|increase|irate|delta)\([^[]*\[([^\]]+)\]( @ end\(\))?/g)) {
        const whole = type === "stat" || type === "table" || type === "bargauge" || at !== undefined;
        expect(whole ? ["$__range"] : ["$__rate_interval", rateWindow(config)], `${title}: ${expr}`).toContain(window);
      }
    }
  });

  test("replicas are counted once", () => {
    if (file.startsWith("self/")) return;
    for (const { title, expr } of uses(dashboard)) {
      const rest = withoutCalls(expr, "max without (instance, pod, job) (");
      for (const name of metricNames(rest)) expect(familyOf(name), `${name} in ${title}`).toBeUndefined();
    }
  });

  test("marks miss nothing between two steps, however long these become, and name labels that every series has", () => {
    for (const { name, expr = "", titleFormat = "", textFormat = "" } of dashboard.annotations?.list ?? []) {
      if (expr === "") continue;
      expect(expr, name).toMatch(/offset \$__interval\b|\[\$__rate_interval\]/);
      // Grafana writes the name of a label that is absent.
      for (const [, label] of `${titleFormat} ${textFormat}`.matchAll(/\{\{(\w+)\}\}/g))
        expect([...SCOPE, "what", "alertname", "severity"], name).toContain(label);
    }
  });

  test("variables are chained, take several values, and All", () => {
    const chain = variableQueries(dashboard);
    expect(chain.map(({ variable, label }) => [variable, label]).slice(0, 4)).toEqual(
      (scoped ? SCOPE : ["instance"]).map((name) => [name, name]),
    );
    for (const [index, { selector }] of chain.entries()) {
      for (const earlier of chain.slice(0, index)) expect(selector).toContain(`${earlier.variable}=~\`.+\``);
      const names = /__name__=~"([^"]+)"/.exec(selector)?.[1]?.split("|") ?? [...metricNames(selector)];
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(known).toContain(name);
    }
    for (const variable of dashboard.templating?.list ?? []) {
      if (variable.type !== "query") continue;
      // Without a refresh a provisioned variable stays empty.
      expect(variable.refresh).toBe(2);
      const scope = SCOPE.some((name) => name === variable.name) || variable.name === "instance";
      if (scope) expect(variable).toMatchObject({ multi: true, includeAll: true, allValue: ".+" });
    }
  });
});

test("every series that only dashboards read is read by one", () => {
  const read = new Set(
    built.flatMap(([, dashboard]) => dashboardQueries(dashboard).flatMap(({ expr }) => [...metricNames(expr)])),
  );
  const own = ruleGroups(config).find(({ name }) => name === "plumbline-dashboards");
  const inRules = new Set(
    ruleGroups(config).flatMap(({ rules }) => rules.flatMap(({ expr }) => [...metricNames(expr)])),
  );
  const names = (own?.rules ?? []).flatMap((rule) => ("record" in rule ? [rule.record] : []));
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !read.has(name) && !inRules.has(name))).toEqual([]);
});
