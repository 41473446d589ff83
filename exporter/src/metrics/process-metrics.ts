import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { ERROR_CODES, type ErrorCode } from "../errors.ts";
import { ALERT_STEPS, type AlertStepCounts } from "../model/alert.ts";
import { CATALOGUE, type Family, INGEST_OUTCOMES } from "./catalogue.ts";
import { labelNames } from "./labels.ts";
import type { ExpositionFormat } from "./negotiate.ts";

const DETECTION_BOUNDS = [1, 5, 10, 30, 60, 120, 300, 900, 3600];
const DURATION_BOUNDS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];

/** Gauges of prom-client 15 that end in `_total`, which promtool refuses; the same numbers exist by type. */
const MISNAMED = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** The exporter about itself, in a registry of its own. */
export interface ProcessMetrics {
  readonly ingest: {
    /** `seconds` from a complete body to durable rows. */
    stored(bytes: number, seconds: number): void;
    duplicate(bytes: number): void;
    rejected(code: ErrorCode, bytes?: number): void;
  };
  readonly alerts: {
    /** A message of Alertmanager. */
    notified(): void;
    steps(counts: AlertStepCounts): void;
  };
  /** From the ends of runs to the commit that stored them; what a wrong clock makes negative counts as 0. */
  detected(seconds: readonly number[]): void;
  queueLength(reports: number): void;
  /** A server that starts has loaded its configuration; call it for every later load. */
  configReload(ok: boolean): void;
  storeSize(bytes: number): void;
  /** Without `# EOF`; ends with a line feed. */
  render(format: ExpositionFormat): Promise<string>;
}

export function createProcessMetrics(options: {
  version: string;
  nodeVersion: string;
  now: () => number;
  /** prom-client's `process_` and `nodejs_` families; they watch the event loop until the process ends. */
  defaultMetrics?: boolean;
  /** `slo.detectionSeconds`: a bound of its histogram, so that the objective can be read off it. */
  detectionSeconds?: number;
}): ProcessMetrics {
  const { version, nodeVersion, now } = options;
  const registry = new Registry();
  const common = (family: Family) => ({
    name: family.name,
    help: family.help,
    labelNames: labelNames(family),
    registers: [registry],
  });
  const counter = (family: Family) => new Counter(common(family));
  const gauge = (family: Family) => new Gauge(common(family));

  gauge(CATALOGUE.buildInfo).set({ version, node: nodeVersion }, 1);
  const ingested = counter(CATALOGUE.ingested);
  for (const outcome of INGEST_OUTCOMES) ingested.inc({ outcome }, 0);
  const rejections = counter(CATALOGUE.ingestRejections);
  for (const code of Object.keys(ERROR_CODES)) rejections.inc({ code }, 0);
  const bytesReceived = counter(CATALOGUE.ingestBytes);
  const duration = new Histogram({ ...common(CATALOGUE.ingestDuration), buckets: DURATION_BOUNDS });
  const detection = new Histogram({
    ...common(CATALOGUE.detectionDelay),
    buckets: [...new Set([...DETECTION_BOUNDS, options.detectionSeconds ?? 0])]
      .filter((one) => one > 0)
      .sort((a, b) => a - b),
  });
  const notifications = counter(CATALOGUE.alertNotifications);
  const steps = counter(CATALOGUE.alertSteps);
  for (const step of ALERT_STEPS) steps.inc({ step }, 0);
  const queue = gauge(CATALOGUE.ingestQueue);
  const reloadOk = gauge(CATALOGUE.configReload);
  const reloadTime = gauge(CATALOGUE.configReloadTime);
  const size = gauge(CATALOGUE.storeSize);
  if (options.defaultMetrics ?? true) {
    collectDefaultMetrics({ register: registry });
    for (const name of MISNAMED) registry.removeSingleMetric(name);
  }

  const configReload = (ok: boolean): void => {
    reloadOk.set(ok ? 1 : 0);
    if (ok) reloadTime.set(now() / 1000);
  };
  configReload(true);

  return {
    ingest: {
      stored(bytes, seconds) {
        ingested.inc({ outcome: "stored" });
        bytesReceived.inc(bytes);
        duration.observe(seconds);
      },
      duplicate(bytes) {
        ingested.inc({ outcome: "duplicate" });
        bytesReceived.inc(bytes);
      },
      rejected(code, bytes = 0) {
        ingested.inc({ outcome: "rejected" });
        rejections.inc({ code });
        bytesReceived.inc(bytes);
      },
    },
    alerts: {
      notified: () => notifications.inc(),
      steps(counts) {
        for (const [step, n] of Object.entries(counts)) steps.inc({ step }, n);
      },
    },
    detected(seconds) {
      for (const one of seconds) detection.observe(Math.max(0, one));
    },
    queueLength: (reports) => queue.set(reports),
    configReload,
    storeSize: (bytes) => size.set(bytes),
    async render(format) {
      // prom-client (15.1.3) writes "Nan", blank lines, and bounds that OpenMetrics wants with a fraction.
      const text = (await registry.metrics())
        .replace(/\n\n+/g, "\n")
        .replace(/ Nan$/gm, " NaN")
        .replace(/(?<=[{,]le=")(\d+)(?=")/g, "$1.0");
      return format === "openmetrics" ? asOpenMetrics(text) : text;
    },
  };
}

/**
 * prom-client's own OpenMetrics strips `_total` from a counter for good, so a registry cannot serve both formats
 * (15.1.3). The formats differ here only in the counters' HELP and TYPE lines.
 */
function asOpenMetrics(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+)_total counter$/gm)].map(([, name]) => `${name}_total`));
  return text.replace(/^# (HELP|TYPE) (\S+)/gm, (line, keyword: string, name: string) =>
    counters.has(name) ? `# ${keyword} ${name.replace(/_total$/, "")}` : line,
  );
}
