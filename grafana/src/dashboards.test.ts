/** The community's dashboard lint rules, and the house's, for every dashboard. */
import { describe, expect, test } from "vitest";
import { defaultConfig } from "../../exporter/src/config/schema.ts";
import { DASHBOARDS } from "../../prometheus/src/links.ts";
import { COLORS } from "./colors.ts";
import { dashboards, HOME } from "./dashboards.ts";
import { FOLDERS } from "./folders.ts";
import { type Dashboard, type Panel, page } from "./helper.ts";

/** As Grafana writes it; a template literal, because the linter takes braces in plain strings for a mistake. */
const DATASOURCE_VARIABLE = `$\{datasource}`;
const built = [...dashboards(defaultConfig())];
/** Paths of the built-in page and of /metrics that a panel may lead to. */
const PAGES = [
  /^\/(\?.*)?$/,
  /^\/(errors|measures|series|deviations|alerts|getting-started)(\?.*)?$/,
  /^\/(runs|tests)\/[^/?]+$/,
  /^\/suites\/[^/?]+\/[^/?]+(\?.*)?$/,
  /^\/metrics$/,
];

const panelsOf = (dashboard: Dashboard): Panel[] =>
  (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== "row");
const withData = (dashboard: Dashboard): Panel[] => panelsOf(dashboard).filter(({ type }) => type !== "text");
const stepsOf = (panel: Panel) => panel.fieldConfig?.defaults.thresholds?.steps ?? [];
const targetsOf = (panel: Panel) =>
  (panel.targets ?? []) as {
    refId?: string;
    expr?: string;
    instant?: boolean;
    legendFormat?: string;
    datasource?: { uid?: string };
  }[];
/** Every object below a value, with its path. */
function* objects(value: unknown, path = "$"): Generator<[string, Record<string, unknown>]> {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value)) yield [path, value as Record<string, unknown>];
  for (const [name, inner] of Object.entries(value)) yield* objects(inner, `${path}.${name}`);
}

test("uids are the ones that alerts link to, each once; files lie in the folders that are provisioned", () => {
  expect(built.map(([, { uid }]) => uid).sort()).toEqual(Object.values(DASHBOARDS).sort());
  for (const [file] of built) {
    expect(file).toMatch(/^[a-z]+\/[a-z0-9-]+\.json$/);
    expect(Object.keys(FOLDERS)).toContain(file.split("/")[0]);
  }
  expect(built.map(([file]) => file)).toContain(HOME);
  expect(new Set(built.map(([, { title }]) => title)).size).toBe(built.length);
});

describe.each(built)("%s", (_file, dashboard) => {
  const panels = panelsOf(dashboard);

  test("is a classic dashboard that file provisioning of Grafana 10 to 13 loads", () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
    expect(dashboard.schemaVersion).toBeLessThanOrEqual(42);
    expect(dashboard.id).toBeNull();
    expect(dashboard.editable).toBe(false);
    expect(dashboard.title).toMatch(/\S/);
    expect((dashboard.description ?? "").length).toBeGreaterThan(40);
    expect(JSON.stringify(dashboard)).not.toMatch(/__inputs|\$\{DS_|inControlsMenu|undefined|\bNaN"/);
  });

  test("ids of panels and rows are unique, and so are titles", () => {
    const ids = (dashboard.panels ?? []).map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    const titles = panels.map(({ title }) => title);
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
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

  test("panels have a title and say what they answer", () => {
    for (const one of panels) {
      expect(one.title).toMatch(/\S/);
      expect((one.description ?? "").length, one.title).toBeGreaterThan(40);
    }
  });

  test("panels of data have a unit, an empty text, and somewhere to go", () => {
    for (const one of withData(dashboard)) {
      expect(one.fieldConfig?.defaults.unit, one.title).toMatch(/\S/);
      expect(one.fieldConfig?.defaults.noValue, one.title).toMatch(/\S/);
      // Tables have their links in columns; a heatmap's cells are no series.
      if (one.type !== "heatmap" && one.type !== "table")
        expect(one.fieldConfig?.defaults.links?.length, one.title).toBeGreaterThan(0);
    }
  });

  test("every data source is the variable", () => {
    for (const [path, value] of objects(dashboard)) {
      const { datasource } = value as { datasource?: { uid?: string } };
      if (datasource === undefined) continue;
      expect([DATASOURCE_VARIABLE, "-- Grafana --"], path).toContain(datasource.uid);
    }
    for (const one of withData(dashboard)) {
      for (const target of targetsOf(one)) expect(target.datasource?.uid, one.title).toBe(DATASOURCE_VARIABLE);
    }
  });

  test("targets have refIds of their own, and lines a legend", () => {
    for (const one of withData(dashboard)) {
      const ids = targetsOf(one).map(({ refId }) => refId);
      expect(ids.length, one.title).toBeGreaterThan(0);
      expect(ids, one.title).toEqual(ids.map((_, index) => String.fromCharCode(65 + index)));
      if (!["timeseries", "state-timeline", "bargauge"].includes(one.type)) continue;
      for (const { legendFormat } of targetsOf(one)) expect(legendFormat, one.title).toMatch(/\S/);
    }
  });

  test("big numbers, bars and tables ask for now, or complete what they have by NaN; nothing unknown has a colour that judges", () => {
    for (const one of withData(dashboard)) {
      if (["timeseries", "heatmap", "state-timeline"].includes(one.type)) continue;
      const sparkline = (one.options as { graphMode?: string }).graphMode === "area";
      if (sparkline) {
        const [course, now, ...more] = targetsOf(one);
        expect(course?.expr, one.title).toMatch(/\nor\nvector\(NaN\)$/);
        // Grafana cuts a course to whole steps: what is asked for now is its last point.
        expect([now?.expr, now?.instant, course?.instant ?? false, more], one.title).toEqual([
          course?.expr,
          true,
          false,
          [],
        ]);
        expect(one.transformations, one.title).toEqual([{ id: "merge", options: {} }]);
      } else for (const { instant } of targetsOf(one)) expect(instant, one.title).toBe(true);
      if (one.type === "stat") {
        expect(stepsOf(one)[0], one.title).toEqual({ value: null, color: COLORS.neutral });
        const empty = { match: "null+nan", result: { text: one.fieldConfig?.defaults.noValue, color: COLORS.neutral } };
        if (sparkline) expect(JSON.stringify(one.fieldConfig?.defaults.mappings)).toContain(JSON.stringify(empty));
        expect((one.options as { reduceOptions?: { calcs?: string[] } }).reduceOptions?.calcs, one.title).toEqual([
          sparkline ? "last" : "lastNotNull",
        ]);
      }
    }
  });

  test("an empty cell of a table says so, and is never green", () => {
    for (const one of withData(dashboard).filter(({ type }) => type === "table")) {
      for (const { properties } of one.fieldConfig?.overrides ?? []) {
        const setting = (id: string) => properties.find((property) => property.id === id)?.value;
        expect(setting("noValue"), one.title).toBe("–");
        const steps = (setting("thresholds") as { steps?: { color: string }[] } | undefined)?.steps;
        expect(steps?.[0]?.color, one.title).not.toBe(COLORS.good);
      }
    }
  });

  test("colours are of the palette", () => {
    const palette = new Set<string>(Object.values(COLORS));
    for (const [path, value] of objects(panels)) {
      for (const key of ["color", "fixedColor"]) {
        if (typeof value[key] === "string" && value[key] !== "") expect([...palette], path).toContain(value[key]);
      }
    }
  });

  test("links lead to dashboards and pages that exist, and keep time and choice", () => {
    const constant = dashboard.templating?.list?.find(({ name }) => name === "plumbline_url");
    expect(constant).toMatchObject({ type: "constant", hide: 2, query: "http://127.0.0.1:10970", skipUrlSync: true });
    for (const [path, value] of objects(dashboard)) {
      if (typeof value.url !== "string") continue;
      const dashboardLink = /^\/d\/([a-z-]+)\?(.*)$/.exec(value.url);
      if (dashboardLink !== null) {
        expect(Object.values(DASHBOARDS), path).toContain(dashboardLink[1]);
        expect(dashboardLink[2], path).toMatch(/\$\{__url_time_range\}&(\$\{__all_variables\}|var-)/);
      } else if (value.url !== "") {
        expect(value.url.startsWith(page("/")), `${path}: ${value.url}`).toBe(true);
        const rest = value.url.slice(page("").length).replace(/\$\{[^}]*\}/g, "x");
        expect(
          PAGES.some((one) => one.test(rest)),
          `${path}: ${rest}`,
        ).toBe(true);
      }
    }
    const list = dashboard.links?.find(({ type }) => type === "dashboards");
    expect(list).toMatchObject({ tags: ["plumbline"], keepTime: true, includeVars: true });
    expect(dashboard.tags).toContain("plumbline");
    expect(dashboard.links?.map(({ title }) => title)).toContain("Getting started");
  });
});
