/** R1's figures on the live dashboard. */
import { describe, expect, test } from "vitest";
import { configSchema, defaultConfig } from "../../exporter/src/config/schema.ts";
import { dashboards } from "./dashboards.ts";
import type { Dashboard, Panel } from "./helper.ts";

const built = dashboards(defaultConfig());

const panelsOf = (dashboard: Dashboard): Panel[] =>
  (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== "row");
const stepsOf = (panel: Panel) => panel.fieldConfig?.defaults.thresholds?.steps ?? [];
function panel(dashboard: Dashboard | undefined, title: string): Panel {
  const found = dashboard === undefined ? undefined : panelsOf(dashboard).find((one) => one.title === title);
  if (found === undefined) throw new Error(`no panel ${title}`);
  return found;
}

describe("live execution (R1)", () => {
  const live = built.get("tests/live-execution.json");

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
    const changed = dashboards(own).get("tests/live-execution.json");
    expect(values(changed, "Pass rate")).toEqual([null, 0, 0.93]);
    expect(values(changed, "Average response time")).toEqual([null, 0.1, 0.3]);
    expect(values(changed, "95th percentile of response time")).toEqual([null, 0.4, 0.8]);
  });

  test("the error table joins its three queries by type, most frequent first", () => {
    const errors = panel(live, "Errors");
    expect(errors.type).toBe("table");
    expect(errors.targets).toHaveLength(3);
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
