import { describe, expect, test } from "vitest";
import { defaultConfig } from "../../exporter/src/config/schema.ts";
import { dashboards } from "./dashboards.ts";
import { annotationQueries, dashboardQueries } from "./queries.ts";

const built = dashboards(defaultConfig());

describe("dashboardQueries", () => {
  const live = built.get("tests/live-execution.json");
  if (live === undefined) throw new Error("tests/live-execution.json is missing");

  test("leaves no variable in any query", () => {
    for (const { expr } of [...dashboardQueries(live), ...annotationQueries(live)]) expect(expr).not.toContain("$");
  });

  test("escapes one value and several as Grafana's format regex does", () => {
    const [first] = dashboardQueries(live, { variables: { project: 'a.b "c"', suite: ["x", "y+z"] } });
    expect(first?.expr).toContain('project=~`a\\.b "c"`,suite=~`(x|y\\+z)`,environment=~`.+`');
  });

  test("takes the time range", () => {
    const count = dashboardQueries(live, { range: "30d" }).find(
      ({ panel: title, refId }) => title === "Errors" && refId === "A",
    );
    expect(count).toMatchObject({ kind: "instant", expr: expect.stringContaining("offset 30d") });
  });
});
