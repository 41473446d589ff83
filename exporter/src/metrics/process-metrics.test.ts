import { describe, expect, test } from "vitest";
import { ERROR_CODES } from "../errors.ts";
import { parseExposition } from "./__testing__/parse.ts";
import { CATALOGUE, FAMILIES } from "./catalogue.ts";
import { openMetricsName } from "./exposition.ts";
import { createProcessMetrics } from "./process-metrics.ts";

const create = (defaultMetrics = false) =>
  createProcessMetrics({ version: "1.2.3", nodeVersion: "v24.21.0", now: () => 1_700_000_000_500, defaultMetrics });
const value = (text: string, name: string, labels: Record<string, string> = {}): number | undefined =>
  [...parseExposition(text).families.values()]
    .flatMap(({ samples }) => samples)
    .find((one) => one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels))?.value;

describe("the exporter about itself", () => {
  test.each(["text", "openmetrics"] as const)(
    "%s: its families are the catalogue's, with help and type",
    async (format) => {
      const { families } = parseExposition(await create().render(format));
      const declared = FAMILIES.filter(({ source }) => source === "process");
      const nameOf = (family: (typeof declared)[number]) =>
        format === "text" || family.type === "info" ? family.name : openMetricsName(family);
      expect([...families.keys()].sort()).toEqual(declared.map(nameOf).sort());
      for (const family of declared) {
        const type = family.type === "info" ? "gauge" : family.type;
        expect(families.get(nameOf(family))).toMatchObject({ type, help: family.help });
      }
    },
  );

  test("every rejection code and outcome is born at 0", async () => {
    const text = await create().render("text");
    for (const code of Object.keys(ERROR_CODES))
      expect(value(text, "plumbline_report_rejections_total", { code })).toBe(0);
    for (const outcome of ["stored", "duplicate", "rejected"]) {
      expect(value(text, "plumbline_reports_total", { outcome })).toBe(0);
    }
  });

  test("counts what happens", async () => {
    const own = create();
    own.ingest.stored(1000, 0.25);
    own.ingest.duplicate(10);
    own.ingest.rejected("FORMAT_SYNTAX", 5);
    own.queueLength(3);
    own.storeSize(4096);
    own.configReload(false);
    const text = await own.render("text");
    expect(value(text, "plumbline_reports_total", { outcome: "stored" })).toBe(1);
    expect(value(text, "plumbline_reports_total", { outcome: "duplicate" })).toBe(1);
    expect(value(text, "plumbline_reports_total", { outcome: "rejected" })).toBe(1);
    expect(value(text, "plumbline_report_rejections_total", { code: "FORMAT_SYNTAX" })).toBe(1);
    expect(value(text, "plumbline_report_bytes_total")).toBe(1015);
    expect(value(text, "plumbline_ingest_duration_seconds_count")).toBe(1);
    expect(value(text, "plumbline_ingest_queue_length")).toBe(3);
    expect(value(text, "plumbline_store_size_bytes")).toBe(4096);
    expect(value(text, "plumbline_config_last_reload_successful")).toBe(0);
    expect(value(text, "plumbline_config_last_reload_success_timestamp_seconds")).toBe(1_700_000_000.5);
    expect(value(text, "plumbline_build_info", { version: "1.2.3", node: "v24.21.0" })).toBe(1);
  });

  test("rendering as OpenMetrics leaves the text format as it was", async () => {
    const own = create();
    const before = await own.render("text");
    expect(await own.render("openmetrics")).toContain("# TYPE plumbline_reports counter\n");
    expect(await own.render("text")).toBe(before);
  });

  test("bounds are written alike in both writers", async () => {
    expect(await create().render("text")).toContain(`${CATALOGUE.ingestDuration.name}_bucket{le="1.0"} 0\n`);
  });
});
