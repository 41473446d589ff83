import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { labelNames } from "../labels.ts";
import type { MetricsView } from "../view.ts";

/**
 * What a view exposes, as prom-client metrics. Histograms are observed value by value, at the bound of each bucket (twice
 * the last bound above all); sums are theirs, so rows must hold such values for the outputs to agree.
 */
export function promClientOf(view: MetricsView): Registry {
  const registry = new Registry();
  for (const { family, series } of view.families()) {
    const common = { name: family.name, help: family.help, labelNames: labelNames(family), registers: [registry] };
    if (family.type === "histogram") {
      let metric: Histogram | undefined;
      for (const one of series) {
        if (one.kind !== "histogram") throw new Error(`${family.name} holds a sample`);
        metric ??= new Histogram({ ...common, buckets: [...one.bounds] });
        metric.zero(one.labels);
        for (const [i, count] of one.counts.entries()) {
          for (let n = 0; n < count; n++) metric.observe(one.labels, observedAt(one.bounds, i));
        }
      }
    } else if (family.type === "counter") {
      const metric = new Counter(common);
      for (const one of series) if (one.kind === "sample") metric.inc(one.labels, one.value);
    } else {
      const metric = new Gauge(common);
      for (const one of series) if (one.kind === "sample") metric.set(one.labels, one.value);
    }
  }
  return registry;
}

export const observedAt = (bounds: readonly number[], bucket: number): number =>
  bounds[bucket] ?? 2 * (bounds.at(-1) ?? 0);
