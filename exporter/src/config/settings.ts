import type { Limits } from "../model/format.ts";
import type { StoreSettings } from "../model/store.ts";
import type { Config } from "./schema.ts";

/** What a store needs to know, out of the configuration. */
export function storeSettings(config: Config, now: () => number): StoreSettings {
  return {
    now,
    bounds: config.labels,
    caseDurationBounds: config.metrics.caseDurationBoundsSeconds,
    runDurationBounds: config.metrics.runDurationBoundsSeconds,
    loadLatencyBounds: config.metrics.loadtestLatencyBoundsSeconds,
    hangMs: config.runs.hangSeconds * 1000,
    errorWindowMs: config.metrics.errorWindowSeconds * 1000,
    busyMs: 10_000,
  };
}

export function formatLimits(config: Config): Limits {
  const { maxTextBytes, maxDocumentBytes, maxDepth } = config.limits;
  return { maxTextBytes, maxDocumentBytes, maxDepth, latencyBounds: config.metrics.loadtestLatencyBoundsSeconds };
}
