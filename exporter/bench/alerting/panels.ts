/** The processor time that Prometheus needs to answer each panel of each dashboard. */
import { dashboards } from "../../../grafana/src/dashboards.ts";
import type { Dashboard } from "../../../grafana/src/helper.ts";
import { annotationQueries, dashboardQueries } from "../../../grafana/src/queries.ts";
import { defaultConfig } from "../../src/config/schema.ts";
import { cpuSeconds, INTERVAL_SECONDS } from "./rules.ts";

export interface PanelCost {
  readonly panel: string;
  /** Of all of its queries together, for everything that variables can choose. */
  readonly seconds: number;
}

/** Grafana asks for a point a pixel where a panel sets no bound. */
const PIXELS = 1000;
/** Steps that Grafana rounds to. */
const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
const ROUNDS = 3;

/** The slowest panel of each dashboard over the seconds before `end`, by file. */
export async function slowestPanels(
  url: string,
  { end, seconds, files = /./ }: { end: number; seconds: number; files?: RegExp },
): Promise<Map<string, PanelCost>> {
  const slowest = new Map<string, PanelCost>();
  for (const [file, dashboard] of dashboards(defaultConfig())) {
    if (!files.test(file)) continue;
    const costs = new Map<string, number>();
    for (const ask of questionsOf(dashboard, end, seconds)) {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) times.push(await timed(url, ask));
      costs.set(ask.panel, (costs.get(ask.panel) ?? 0) + Math.min(...times));
    }
    const [panel, most] = [...costs].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0] as const);
    slowest.set(file, { panel, seconds: most });
  }
  return slowest;
}

interface Question {
  readonly panel: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
}

function questionsOf(dashboard: Dashboard, end: number, seconds: number): Question[] {
  const points = new Map(
    (dashboard.panels ?? []).map((panel) => [
      panel.title ?? "",
      "maxDataPoints" in panel ? (panel.maxDataPoints ?? PIXELS) : PIXELS,
    ]),
  );
  const queries = (step: number) => {
    const values = {
      ...{ range: `${seconds}s`, interval: `${step}s` },
      rateInterval: `${Math.max(4 * INTERVAL_SECONDS, step + INTERVAL_SECONDS)}s`,
    };
    return [...dashboardQueries(dashboard, values), ...annotationQueries(dashboard, values)];
  };
  return queries(INTERVAL_SECONDS).map(({ panel, kind, minInterval }, index) => {
    const least = Math.max(INTERVAL_SECONDS, secondsOf(minInterval ?? "0s"), seconds / (points.get(panel) ?? PIXELS));
    const step = STEPS.find((one) => one >= 0.95 * least) ?? 86_400;
    const query = queries(step)[index]?.expr ?? "";
    const aligned = Math.floor(end / step) * step;
    return kind === "instant"
      ? { panel, path: "/api/v1/query", parameters: { query, time: `${end}` } }
      : {
          ...{ panel, path: "/api/v1/query_range" },
          parameters: { query, start: `${aligned - seconds}`, end: `${aligned}`, step: `${step}` },
        };
  });
}

/** Prometheus does nothing else meanwhile. */
async function timed(url: string, { panel, path, parameters }: Question): Promise<number> {
  const before = await cpuSeconds(url);
  const response = await fetch(url + path, { method: "POST", body: new URLSearchParams(parameters) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${panel}: ${text.slice(0, 300)}`);
  return (await cpuSeconds(url)) - before;
}

function secondsOf(text: string): number {
  const [, count = "0", unit = "s"] = /^(\d+)([smhd])$/.exec(text) ?? [];
  return Number(count) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? 1);
}
