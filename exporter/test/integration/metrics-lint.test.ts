import { describe, expect, test } from "vitest";
import { exposed } from "../../src/metrics/__testing__/exposed.ts";
import {
  alertRow,
  counterRow,
  deviationRow,
  errorRow,
  histogramRow,
  lastRunRow,
  scope,
} from "../../src/metrics/__testing__/rows.ts";
import { createProcessMetrics } from "../../src/metrics/process-metrics.ts";
import { createScrape } from "../../src/metrics/scrape.ts";
import { UNITS } from "../../src/model/measure.ts";
import { findStack, promtool } from "../stack/index.ts";

const stack = await findStack(["promtool"]);

describe.skipIf(!stack.has("promtool"))("promtool check metrics", () => {
  test("finds nothing to say about a scrape with every family in it", async () => {
    const { store, view, exposition } = exposed({
      suites: [
        { suite: "unit", team: "core", expectedIntervalSeconds: 60, expectedCases: 3, expectedDurationSeconds: 5 },
      ],
    });
    const measure = { name: "n", measure: "m", stat: "p95", value: 1, sourceValue: 1, sourceUnit: undefined } as const;
    store.commit({
      counters: [
        counterRow("runs", "passed", 1, { scope: scope("") }),
        counterRow("executions", "passed", 1),
        counterRow("retries", "", 1),
        counterRow("flaky", "retry", 1),
        counterRow("load_requests", "peak|GET /", 3),
        counterRow("load_failures", "peak|GET /", 1),
        counterRow("errors", "timeout", 1, { scope: scope('odd \\ "\n\0 süite') }),
      ],
      histograms: [
        histogramRow([1, 2, 3, 4], 9),
        histogramRow([1, 2, 3, 4], 9, { histogram: "run_duration" }),
        histogramRow([1, 1, 1, 0], 2, { histogram: "load_latency", labels: ["peak", "GET /"] }),
      ],
      lastRuns: [
        lastRunRow(
          {},
          {
            coverage: { lineRatio: 1, branchRatio: 1, functionRatio: 1 },
            measures: UNITS.flatMap((unit) => [
              { ...measure, kind: "measure", unit } as const,
              { ...measure, kind: "benchmark", unit } as const,
            ]),
            load: [
              {
                scenario: "peak",
                operation: "GET /",
                requests: 3,
                failures: 1,
                requestsPerSecond: 1,
                latency: { p95: 1 },
              },
            ],
          },
        ),
      ],
      errorWindows: [errorRow("timeout", 1, 1_700_000_000_000)],
      deviations: [deviationRow()],
      suites: [{ scope: scope(), flaky: 2 }],
      active: [{ scope: scope(), runs: 1, heardAtMs: 1_700_000_000_000 }],
      alerts: [alertRow(), alertRow({ matter: { ...alertRow().matter, suite: 'odd \\ "\n' }, acknowledged: true })],
    });
    const own = createProcessMetrics({ version: "0", nodeVersion: process.version, now: Date.now });
    const scrape = createScrape({ view, exposition, own: own.render });
    const stdin = Buffer.concat((await scrape({})).chunks).toString("utf8");
    const { FAMILIES } = await import("../../src/metrics/catalogue.ts");
    for (const { name } of FAMILIES) expect(stdin).toContain(`# TYPE ${name} `);
    expect(await promtool(["check", "metrics"], { stdin })).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});
