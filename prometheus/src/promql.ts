/** Pieces of PromQL that every rule and panel shares, so that replicas, failed scrapes and label bounds are handled once. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { type Family, OVERFLOW, PULL_REQUEST, ref } from "../../exporter/src/metrics/catalogue.ts";

/** The job name of Plumbline's replicas in prometheus.yml. */
export const PLUMBLINE_JOB = "plumbline";

/** Pull requests move counters only; a broken branch of somebody's work is no incident. */
export const NOT_PULL_REQUEST = `branch!="${PULL_REQUEST}"`;
/** The overflow suite mixes many suites: its newest run says nothing about any of them, only its counters add up. */
export const NOT_OVERFLOW = `suite!="${OVERFLOW}"`;

/** Label text with what PromQL would misread escaped, as in `{suite="…"}`. */
export function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** A matcher for any of `values` taken literally. */
export function anyOf(label: string, values: readonly string[]): string {
  const literal = values.map((value) => value.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&"));
  return `${label}=~${quote(literal.join("|"))}`;
}

export const selector = (family: Family, ...matchers: readonly string[]): string =>
  matchers.length === 0 ? ref(family) : `${ref(family)}{${matchers.join(",")}}`;

/** Replicas expose the same series: one value of them, so they neither add up nor page twice. */
export const once = (expr: string): string => `max without (instance, pod, job) (${expr})`;

/**
 * A gauge that bridges a failed scrape or a short restart of the exporter: one missing sample must neither resolve an
 * alert nor begin its `for` again.
 */
export const latest = (config: Config, family: Family, ...matchers: readonly string[]): string =>
  once(`last_over_time(${selector(family, ...matchers)}[${duration(bridgeSeconds(config))}])`);

/**
 * 1 for what has the state that `matchers` name, in any replica; `without` are labels that go. Compared before it is put together, since
 * most states do not hold: the same as `max(latest(…)) == 1` at a fraction of the work.
 */
export const holding = (
  config: Config,
  family: Family,
  without: readonly string[],
  ...matchers: readonly string[]
): string =>
  `max without (${[...without, "instance", "pod", "job"].join(", ")}) (last_over_time(${selector(family, ...matchers)}[${duration(bridgeSeconds(config))}]) == 1)`;

const bridgeSeconds = (config: Config): number => Math.max(60, 4 * config.metrics.scrapeIntervalSeconds);

/** `rate` needs at least two samples in its window; four let one or two scrapes fail. */
export const failureWindowSeconds = (config: Config): number =>
  Math.max(config.thresholds.failureWindowSeconds, 4 * config.metrics.scrapeIntervalSeconds);

/** Prometheus' notation in the largest whole unit: 300 is `5m`, 90 is `90s`, 0.5 is `500ms`. */
export function duration(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000);
  if (milliseconds % 1000 !== 0) return `${milliseconds}ms`;
  const whole = milliseconds / 1000;
  if (whole !== 0 && whole % 3600 === 0) return `${whole / 3600}h`;
  if (whole !== 0 && whole % 60 === 0) return `${whole / 60}m`;
  return `${whole}s`;
}

/** Without the dust of binary fractions, so that 1 - 0.07 reads 0.93 in rules and panels. */
export const tidy = (value: number): number => Number(value.toFixed(9));
/** 0.1 reads `10%`. */
export const percent = (ratio: number): string => `${Number((ratio * 100).toFixed(6))}%`;
