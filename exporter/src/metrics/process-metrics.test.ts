import { describe, expect, test } from "vitest";
import { ERROR_CODES } from "../errors.ts";
import { ALERT_STEPS } from "../model/alert.ts";
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
    for (const step of ALERT_STEPS) expect(value(text, "plumbline_alert_steps_total", { step })).toBe(0);
    for (const outcome of ["stored", "duplicate", "rejected"]) {
      expect(value(text, "plumbline_reports_total", { outcome })).toBe(0);
    }
  });

  test("counts what happens", async () => {
    const own = create();
    own.ingest.stored(1000, 0.25);
    own.ingest.duplicate(10);
    own.ingest.rejected("FORMAT_SYNTAX", 5);
    own.alerts.notified();
    own.alerts.steps({ fired: 2, notified: 3 });
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
    expect(value(text, "plumbline_alert_notifications_total")).toBe(1);
    expect(value(text, "plumbline_alert_steps_total", { step: "fired" })).toBe(2);
    expect(value(text, "plumbline_alert_steps_total", { step: "notified" })).toBe(3);
    expect(value(text, "plumbline_alert_steps_total", { step: "resolved" })).toBe(0);
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

describe("the time to detection", () => {
  test("is observed as it is told; what a wrong clock makes negative counts as 0", async () => {
    const metrics = createProcessMetrics({ version: "0", nodeVersion: "v24", now: () => 0, defaultMetrics: false });
    const lines = async () =>
      (await metrics.render("text")).split("\n").filter((line) => /^plumbline_detection/.test(line));
    expect(await lines()).toContain("plumbline_detection_seconds_count 0");
    metrics.detected([-5, 42, 400]);
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'plumbline_detection_seconds_bucket{le="1.0"} 1',
        'plumbline_detection_seconds_bucket{le="60.0"} 2',
        'plumbline_detection_seconds_bucket{le="+Inf"} 3',
        "plumbline_detection_seconds_sum 442",
      ]),
    );
  });

  test.each([
    [300, 'le="300.0"'],
    [90, 'le="90.0"'],
    [7.5, 'le="7.5"'],
  ])("the objective of %d s is a bound", async (detectionSeconds, bound) => {
    const options = { version: "0", nodeVersion: "v24", now: () => 0, defaultMetrics: false, detectionSeconds };
    const found = (await createProcessMetrics(options).render("text")).match(/plumbline_detection_seconds_bucket.*/g)!;
    expect(found.filter((line) => line.includes(bound))).toHaveLength(1);
    const bounds = found.map((line) => Number(/le="([\d.]+|\+Inf)"/.exec(line)![1]!.replace("+Inf", "Infinity")));
    expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
  });
});
