import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { exposed } from "./__testing__/exposed.ts";
import { parseExposition } from "./__testing__/parse.ts";
import { counterRow, histogramRow, lastRunRow, scope } from "./__testing__/rows.ts";
import { createProcessMetrics } from "./process-metrics.ts";
import { createScrape } from "./scrape.ts";

function endpoint(suites = 3) {
  const { store, view, exposition, clock } = exposed();
  const at = Array.from({ length: suites }, (_, i) => scope(`süite-${i}`));
  store.commit({
    counters: at.map((one) => counterRow("retries", "", 1, { scope: one, lastRunId: "r" })),
    histograms: at.map((one) => histogramRow([1, 2, 3, 4], 9, { scope: one })),
    lastRuns: [lastRunRow()],
  });
  const own = createProcessMetrics({ version: "1.2.3", nodeVersion: "v24.21.0", now: () => clock.ms });
  const scrape = createScrape({ view, exposition, own: own.render });
  return { store, own, scrape };
}
const OPENMETRICS = "application/openmetrics-text;version=1.0.0";

describe("scrape", () => {
  test.each([
    ["text", "text/plain; version=0.0.4; charset=utf-8", undefined],
    ["openmetrics", "application/openmetrics-text; version=1.0.0; charset=utf-8", OPENMETRICS],
  ])("%s: the report-derived body, then the exporter's own, one # EOF only in OpenMetrics", async (_, type, accept) => {
    const { scrape } = endpoint();
    const { headers, chunks } = await scrape({ accept });
    const bytes = Buffer.concat(chunks);
    expect(headers).toEqual({
      "Content-Type": type,
      "Content-Length": String(bytes.length),
      Vary: "Accept, Accept-Encoding",
    });
    const text = bytes.toString("utf8");
    expect(parseExposition(text).eof).toBe(accept !== undefined);
    expect(text.match(/# EOF/g) ?? []).toHaveLength(accept === undefined ? 0 : 1);
    expect(text.indexOf("test_case_retries_total{")).toBeLessThan(text.indexOf("plumbline_build_info{"));
    expect(text).toContain("process_cpu_seconds_total");
    expect(text).not.toContain("\n\n");
  });

  test.each([undefined, OPENMETRICS])("gzip holds the same bytes, as one member (%s)", async (accept) => {
    const { scrape, store, own } = endpoint(500);
    for (let round = 0; round < 3; round++) {
      own.ingest.stored(10, 0.1);
      const { headers, chunks } = await scrape({ accept, acceptEncoding: "gzip" });
      const packed = Buffer.concat(chunks);
      expect(headers["Content-Encoding"]).toBe("gzip");
      expect(headers["Content-Length"]).toBe(String(packed.length));
      const text = gunzipSync(packed).toString("utf8");
      const plain = Buffer.concat((await scrape({ accept })).chunks).toString("utf8");
      const reports = (body: string) => body.slice(0, body.indexOf("# HELP plumbline_build"));
      expect(reports(text)).toBe(reports(plain));
      expect(text).toContain(`plumbline_reports_total{outcome="stored"} ${round + 1}\n`);
      parseExposition(text);
      store.commit({ counters: [counterRow("retries", "", round + 2, { scope: scope("süite-7") })] });
    }
  });

  test("an unchanged body is the very same chunks", async () => {
    const { scrape } = endpoint();
    const first = (await scrape({})).chunks;
    const second = (await scrape({})).chunks;
    expect(second.slice(0, -1).every((chunk, i) => chunk === first[i])).toBe(true);
  });

  test("a store that cannot be read fails the scrape", async () => {
    const { exposition, view } = exposed();
    const broken = { ...view, refresh: () => Promise.reject(new Error("disk")) };
    const scrape = createScrape({ view: broken, exposition, own: async () => "" });
    await expect(scrape({})).rejects.toThrow("disk");
  });
});
