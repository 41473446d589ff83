/**
 * False pages: 30 days of a healthy world (ordinary noise: single failing and flaky tests, cancelled runs, durations and measures that
 * scatter) replayed through all alerts as generated. The yardstick is the warnings: they show that the alerts were evaluated.
 */
import { firedWhenHealthy } from "../../test/history/healthy.ts";
import type { BenchResult } from "../result.ts";

const DAYS = 30;

export async function benchAlerts(): Promise<BenchResult[]> {
  const { runs, series, fired } = await firedWhenHealthy({ days: DAYS, endMs: Date.parse("2026-11-20T00:00:00Z") });
  const sum = (severity: string): number =>
    Object.entries(fired).reduce((total, [name, count]) => total + (name.startsWith(severity) ? count : 0), 0);
  const [pages, warnings] = [sum("critical"), sum("warning")];
  for (const [name, count] of Object.entries(fired)) console.error(`  ${name}: ${count}`);
  return [
    {
      name: `alerts: false pages in ${DAYS} healthy days`,
      value: pages,
      unit: "pages",
      yardstick: `${warnings} warnings of ${runs} runs, ${series} series`,
      ratio: pages / Math.max(1, warnings),
      goal: "none, and warnings",
      ok: pages === 0 && warnings > 0,
    },
  ];
}
