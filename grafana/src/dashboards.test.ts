/** The community's dashboard lint rules, and the house's. */
import { describe, expect, test } from "vitest";
import { configSchema, defaultConfig } from "../../exporter/src/config/schema.ts";
import { exposedNames, metricNames } from "../../prometheus/metric-names.ts";
import { COLORS } from "./colors.ts";
import { dashboards } from "./dashboards.ts";
import { type Dashboard, type Panel, page } from "./helper.ts";
import { RATE_WINDOW } from "./panels/timeline.ts";
import { annotationQueries, dashboardQueries, variableQueries } from "./queries.ts";

/** As Grafana writes it; a template literal, because the linter takes braces in plain strings for a mistake. */
const DATASOURCE_VARIABLE = `$\{datasource}`;
const config = defaultConfig();
const built = [...dashboards(config)];
const known = new Set([...exposedNames(), "up", "ALERTS"]);

const panelsOf = (dashboard: Dashboard): Panel[] =>
  (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== "row");
const stepsOf = (panel: Panel) => panel.fieldConfig?.defaults.thresholds?.steps ?? [];
const targetsOf = (panel: Panel) =>
  (panel.targets ?? []) as { refId?: string; expr?: string; instant?: boolean; datasource?: { uid?: string } }[];
function panel(dashboard: Dashboard | undefined, title: string): Panel {
  const found = dashboard === undefined ? undefined : panelsOf(dashboard).find((one) => one.title === title);
  if (found === undefined) throw new Error(`no panel ${title}`);
  return found;
}
/** Every object below a value, with its path. */
function* objects(value: unknown, path = "$"): Generator<[string, Record<string, unknown>]> {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value)) yield [path, value as Record<string, unknown>];
  for (const [name, inner] of Object.entries(value)) yield* objects(inner, `${path}.${name}`);
}

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

test("uids and file names are unique", () => {
  expect(new Set(built.map(([, dashboard]) => dashboard.uid)).size).toBe(built.length);
  for (const [name] of built) expect(name).toMatch(/^[a-z0-9-]+\.json$/);
});

describe.each(built)("%s", (_name, dashboard) => {
  const panels = panelsOf(dashboard);

  test("is a classic dashboard that file provisioning of Grafana 10 to 13 loads", () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
    expect(dashboard.schemaVersion).toBeLessThanOrEqual(42);
    expect(dashboard.id).toBeNull();
    expect(dashboard.editable).toBe(false);
    expect(dashboard.uid).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(dashboard.title).toBeTruthy();
    expect(dashboard.description).toBeTruthy();
    expect(JSON.stringify(dashboard)).not.toMatch(/__inputs|\$\{DS_|inControlsMenu/);
  });

  test("ids of panels and rows are unique, and so are titles", () => {
    const ids = (dashboard.panels ?? []).map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  test("the grid has no overlap and no hole", () => {
    const taken = new Map<string, string>();
    let bottom = 0;
    for (const { gridPos, title } of dashboard.panels ?? []) {
      const { x = -1, y = -1, w = 0, h = 0 } = gridPos ?? {};
      for (let row = y; row < y + h; row++) {
        for (let column = x; column < x + w; column++) {
          const cell = `${column},${row}`;
          expect(taken.get(cell), `${title} over`).toBeUndefined();
          taken.set(cell, title ?? "");
        }
      }
      bottom = Math.max(bottom, y + h);
    }
    expect(taken.size).toBe(bottom * 24);
    expect([...taken.keys()].every((cell) => Number(cell.split(",")[0]) < 24)).toBe(true);
  });

  test.each(panels.map((one) => [one.title ?? "", one] as const))(
    "%s has title, description, unit and an empty text",
    (title, one) => {
      expect(title).toBeTruthy();
      expect((one.description ?? "").length).toBeGreaterThan(40);
      expect(one.fieldConfig?.defaults.unit).toBeTruthy();
      expect(one.fieldConfig?.defaults.noValue).toBeTruthy();
    },
  );

  test("every data source is the variable", () => {
    for (const [path, value] of objects(dashboard)) {
      const { datasource } = value as { datasource?: { uid?: string } };
      if (datasource === undefined) continue;
      expect([DATASOURCE_VARIABLE, "-- Grafana --"], path).toContain(datasource.uid);
    }
    for (const one of panels) {
      for (const target of targetsOf(one)) expect(target.datasource?.uid, one.title).toBe(DATASOURCE_VARIABLE);
    }
  });

  test("targets have refIds of their own", () => {
    for (const one of panels) {
      const ids = targetsOf(one).map(({ refId }) => refId);
      expect(ids.length, one.title).toBeGreaterThan(0);
      expect(ids, one.title).toEqual(ids.map((_, index) => String.fromCharCode(65 + index)));
    }
  });

  test("tiles and tables ask for now, and a tile without data is neutral", () => {
    for (const one of panels) {
      if (one.type === "timeseries") continue;
      for (const target of targetsOf(one)) expect(target.instant, one.title).toBe(true);
      if (one.type === "stat") expect(stepsOf(one)[0], one.title).toEqual({ value: null, color: COLORS.neutral });
    }
  });

  test("windows of rates follow the dashboard, except where R1 states five minutes", () => {
    for (const one of panels) {
      for (const { expr = "" } of targetsOf(one)) {
        for (const [, window] of expr.matchAll(/\[([^\]]+)\]/g)) {
          const allowed = one.type === "timeseries" ? ["$__rate_interval", RATE_WINDOW] : ["$__range"];
          expect(allowed, `${one.title}: ${expr}`).toContain(window);
        }
      }
    }
  });

  test("every metric is in the catalogue, and every query follows the chosen scope", () => {
    const queries = [...dashboardQueries(dashboard), ...annotationQueries(dashboard)];
    for (const { panel: title, expr } of queries) {
      for (const name of metricNames(expr)) expect(known, `${name} in ${title}`).toContain(name);
    }
    for (const one of panels) {
      for (const { expr = "" } of targetsOf(one)) {
        if (metricNames(expr).has("up")) continue;
        for (const [selector] of expr.matchAll(/\{[^}]*\}/g)) {
          for (const name of ["project", "suite", "environment", "branch"]) {
            expect(selector, one.title).toContain(`${name}=~"$${name}"`);
          }
        }
      }
    }
  });

  test("replicas are counted once", () => {
    for (const one of panels) {
      for (const { expr = "" } of targetsOf(one)) {
        expect(withoutCalls(expr, "max without (instance, pod, job) ("), one.title).not.toMatch(
          /(?:test|measure|benchmark)_\w+\{/,
        );
      }
    }
  });

  test("variables are chained, take several values, and All", () => {
    const chain = variableQueries(dashboard);
    expect(chain.map(({ variable, label }) => [variable, label])).toEqual(
      ["project", "suite", "environment", "branch"].map((name) => [name, name]),
    );
    for (const [index, { selector }] of chain.entries()) {
      for (const earlier of chain.slice(0, index)) expect(selector).toContain(`${earlier.variable}=~".+"`);
      const names = /__name__=~"([^"]+)"/.exec(selector)?.[1]?.split("|") ?? [];
      expect(names.length).toBeGreaterThan(5);
      for (const name of names) expect(known).toContain(name);
    }
    for (const variable of dashboard.templating?.list ?? []) {
      if (variable.type !== "query") continue;
      expect(variable).toMatchObject({ multi: true, includeAll: true, allValue: ".+", refresh: 2 });
    }
  });

  test("the built-in page's address is a hidden constant, and links use it", () => {
    const constant = dashboard.templating?.list?.find(({ name }) => name === "plumbline_url");
    expect(constant).toMatchObject({ type: "constant", hide: 2, query: "http://127.0.0.1:10970", skipUrlSync: true });
    for (const [path, value] of objects(dashboard)) {
      if (typeof value.url !== "string") continue;
      expect(value.url.startsWith(page("/")), path).toBe(true);
    }
    expect(
      dashboard.links?.some(
        ({ type, tags, keepTime, includeVars }) =>
          type === "dashboards" && tags.includes("plumbline") && keepTime && includeVars,
      ),
    ).toBe(true);
  });
});

describe("live execution (R1)", () => {
  const live = new Map(built).get("live-execution.json");

  test("refreshes every 5 s over 2 hours", () => {
    expect(live?.refresh).toBe("5s");
    expect(live?.time).toEqual({ from: "now-2h", to: "now" });
  });

  test.each(["Total", "Executed", "Passed", "Failed", "Skipped", "Pass rate"])("has the tile %s", (title) => {
    expect(panel(live, title).type).toBe("stat");
  });

  test("thresholds are the configuration's, in the default and in a user's own", () => {
    const own = configSchema.parse({
      thresholds: {
        failureRatio: 0.07,
        responseTimeWarningSeconds: 0.1,
        responseTimeCriticalSeconds: 0.3,
        responseTimeP95WarningSeconds: 0.4,
        responseTimeP95CriticalSeconds: 0.8,
      },
    });
    const values = (dashboard: Dashboard | undefined, title: string) =>
      stepsOf(panel(dashboard, title)).map(({ value }) => value);
    expect(values(live, "Pass rate")).toEqual([null, 0, 0.9]);
    expect(values(live, "Average response time")).toEqual([null, 0.2, 0.5]);
    expect(values(live, "95th percentile of response time")).toEqual([null, 0.5, 1]);
    const changed = dashboards(own).get("live-execution.json");
    expect(values(changed, "Pass rate")).toEqual([null, 0, 0.93]);
    expect(values(changed, "Average response time")).toEqual([null, 0.1, 0.3]);
    expect(values(changed, "95th percentile of response time")).toEqual([null, 0.4, 0.8]);
  });

  test("the error table joins its three queries by type, most frequent first", () => {
    const errors = panel(live, "Errors");
    expect(errors.type).toBe("table");
    expect(targetsOf(errors)).toHaveLength(3);
    expect(errors.transformations?.[0]).toMatchObject({
      id: "joinByField",
      options: { byField: "error_type", mode: "outer" },
    });
    expect(errors.options).toMatchObject({ sortBy: [{ displayName: "Count", desc: true }] });
    const columns = errors.transformations?.find(({ id }) => id === "organize")?.options as { renameByName: object };
    expect(Object.values(columns.renameByName)).toEqual([
      "Error type",
      "Count",
      "Last occurrence",
      "Affected tests (2h)",
    ]);
  });
});

describe("dashboardQueries", () => {
  const live = new Map(built).get("live-execution.json");
  if (live === undefined) throw new Error("live-execution.json is missing");

  test("leaves no variable in any query", () => {
    for (const { expr } of [...dashboardQueries(live), ...annotationQueries(live)]) expect(expr).not.toContain("$");
  });

  test("escapes one value and several as Grafana's data source does", () => {
    const [first] = dashboardQueries(live, { variables: { project: "a.b", suite: ["x", "y+z"] } });
    expect(first?.expr).toContain('project=~"a\\\\.b",suite=~"(x|y\\\\+z)",environment=~".+"');
  });

  test("takes the time range", () => {
    const count = dashboardQueries(live, { range: "30d" }).find(
      ({ panel: title, refId }) => title === "Errors" && refId === "A",
    );
    expect(count).toMatchObject({ kind: "instant", expr: expect.stringContaining("[30d]") });
  });
});
