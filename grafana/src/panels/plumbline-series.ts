/** What the panels about Plumbline itself share: its own series, of the chosen replicas. */
import { type Family, ref } from "../../../exporter/src/metrics/catalogue.ts";
import { PLUMBLINE_JOB } from "../../../prometheus/src/promql.ts";
import { COLORS } from "../colors.ts";
import { page } from "../helper.ts";
import { matchersOf } from "../scope.ts";

/** What Prometheus, prom-client and Alertmanager expose beside the catalogue and `FOREIGN`. */
export const OWN_PROCESS = {
  scrapeSeconds: "scrape_duration_seconds",
  scrapeSamples: "scrape_samples_scraped",
  cpu: "process_cpu_seconds_total",
  memory: "process_resident_memory_bytes",
  heap: "nodejs_heap_size_used_bytes",
  loopP99: "nodejs_eventloop_lag_p99_seconds",
  started: "process_start_time_seconds",
  ruleFailures: "prometheus_rule_evaluation_failures_total",
} as const;

const JOB = `job="${PLUMBLINE_JOB}"`;
export const CHOSEN = `{${[JOB, ...matchersOf(["instance"])].join(",")}}`;
export const own = (of: Family | string, part?: "bucket" | "sum" | "count"): string =>
  `${typeof of === "string" ? of : ref(of, part)}${CHOSEN}`;
export const rate = (series: string): string => `rate(${series}[$__rate_interval])`;
export const plain = [null, COLORS.neutral] as const;
export const small = { width: 4, height: 4 } as const;
export const half = { width: 12, height: 8 } as const;
export const PAGE = { title: "Plumbline", url: page("/") };
export const NOT_SCRAPED = "not scraped";
