/** A run against its baseline (R1's benchmark comparison): variance per statistic, limits per kind of measure. Pure. */
import { type Better, betterOf, type Stat, type Unit } from "../model/measure.ts";
import { quantileDifference } from "./statistics/bootstrap.ts";
import { mean, standardDeviation } from "./statistics/describe.ts";
import { mannWhitney } from "./statistics/two-samples.ts";

export const COMPARISON_KINDS = ["responseTime", "throughput", "errorRate", "other"] as const;
export type ComparisonKind = (typeof COMPARISON_KINDS)[number];

/** Ratios of the baseline by which a value is worse; a change of exactly so much counts. */
export interface ComparisonLimits {
  readonly warning: number;
  readonly critical: number;
}

/** What the configuration calls `comparison`. */
export type ComparisonSettings = Readonly<Record<ComparisonKind, ComparisonLimits>> & {
  /** Where single results are there on both sides, a change must be significant: p below. */
  readonly significance: number;
  /** Of them, on each side; with fewer there is no test. */
  readonly minimumSamples: number;
};

export interface Compared {
  readonly measure: string;
  readonly stat: Stat;
  readonly unit: Unit;
  readonly better?: Better | undefined;
  /** Of the run. */
  readonly current: number;
  /** The same number of one or more earlier runs, in base units; never of the run itself. */
  readonly baseline: readonly number[];
  /** Single results behind both, where they were kept. */
  readonly samples?: { readonly current: readonly number[]; readonly baseline: readonly number[] } | undefined;
}

export interface Comparison {
  readonly kind: ComparisonKind;
  /**
   * `warning` and `critical`: worse by the limits. `better`: as much the other way. `insufficient`: nobody can say.
   * `shown`: a statistic without limits, such as a minimum.
   */
  readonly state: "ok" | "better" | "warning" | "critical" | "insufficient" | "shown";
  /** Why it is insufficient, or why a change beyond a limit is ok. */
  readonly reason?: "no_baseline" | "no_value" | "zero_baseline" | "no_spread" | "within_noise";
  /** Mean of the baseline; null: there is none. */
  readonly baseline: number | null;
  /** (current - baseline) / |baseline|, in percent; null where it is not defined. Never infinite. */
  readonly variancePercent: number | null;
  /** Of the single results; null: none, too few, or no test for this statistic. */
  readonly significance: { readonly method: "mann_whitney" | "bootstrap"; readonly pValue: number } | null;
}

export function compare(of: Compared, settings: ComparisonSettings): Comparison {
  const kind = kindOf(of);
  const finite = of.baseline.filter(Number.isFinite);
  const baseline = finite.length === 0 ? null : mean(finite);
  const nothing = { kind, baseline, variancePercent: null, significance: null } as const;
  if (baseline === null) return { ...nothing, state: "insufficient", reason: "no_baseline" };
  if (!Number.isFinite(of.current)) return { ...nothing, state: "insufficient", reason: "no_value" };
  if (baseline === 0) return { ...nothing, state: "insufficient", reason: "zero_baseline" };
  const ratio = (of.current - baseline) / Math.abs(baseline);
  if (!Number.isFinite(100 * ratio)) return { ...nothing, state: "insufficient", reason: "zero_baseline" };
  const significance = significanceOf(of, settings);
  const known = { kind, baseline, variancePercent: 100 * ratio, significance };
  if (!hasLimits(of)) return { ...known, state: "shown" };
  // Several runs that agree to the last digit were not measured: a constant, a rounded or a cached value.
  if (finite.length > 1 && standardDeviation(finite) === 0)
    return { ...known, state: "insufficient", reason: "no_spread" };
  const state = stateOf(ratio, betterOf(of), settings[kind]);
  const isNoise = significance !== null && significance.pValue >= settings.significance;
  return state !== "ok" && isNoise ? { ...known, state: "ok", reason: "within_noise" } : { ...known, state };
}

/** Differences that binary fractions make of 110 against 100. */
const ROUNDING = 1e-12;

function stateOf(ratio: number, better: Better | undefined, limits: ComparisonLimits): Comparison["state"] {
  // Where nobody knows which way is better, a change either way is one to look at.
  const worse = better === undefined ? Math.abs(ratio) : better === "lower" ? ratio : -ratio;
  if (worse >= limits.critical - ROUNDING) return "critical";
  if (worse >= limits.warning - ROUNDING) return "warning";
  return worse <= ROUNDING - limits.warning ? "better" : "ok";
}

const CENTRAL = ["value", "avg", "p50"] as const;
/** Statistics with limits; a minimum or a standard deviation is shown, and judged by nobody. */
const JUDGED: Readonly<Record<ComparisonKind, readonly Stat[]>> = {
  responseTime: [...CENTRAL, "p90", "p95", "p99"],
  throughput: [...CENTRAL, "max"],
  errorRate: [...CENTRAL, "max"],
  other: [...CENTRAL, "p90", "p95", "p99", "max"],
};

/** False: its change is shown and judged by nobody. */
export function hasLimits(of: Pick<Compared, "measure" | "stat" | "unit" | "better">): boolean {
  return JUDGED[kindOf(of)].includes(of.stat);
}

const ERRORS = /error|fail|timeout/i;

export function kindOf({ measure, unit, better }: Pick<Compared, "measure" | "unit" | "better">): ComparisonKind {
  if (unit === "seconds") return "responseTime";
  if (ERRORS.test(measure) && (unit === "ratio" || unit === "per_second")) return "errorRate";
  if (unit === "per_second" && betterOf({ measure, unit, better }) === "higher") return "throughput";
  return "other";
}

const QUANTILES: Partial<Record<Stat, number>> = { p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };

/** The rank test for what lies in the middle, the bootstrap for quantiles; extremes and spreads have none. */
function significanceOf(
  { samples, stat }: Compared,
  { minimumSamples }: ComparisonSettings,
): Comparison["significance"] {
  if (samples === undefined) return null;
  const before = samples.baseline.filter(Number.isFinite);
  const after = samples.current.filter(Number.isFinite);
  if (Math.min(before.length, after.length) < minimumSamples) return null;
  const p = QUANTILES[stat];
  if (p !== undefined) {
    const pValue = quantileDifference(before, after, p);
    return pValue === null ? null : { method: "bootstrap", pValue };
  }
  if (!(CENTRAL as readonly Stat[]).includes(stat)) return null;
  const test = mannWhitney(before, after);
  const pValue = test?.pValueExact ?? test?.pValueAsymptotic ?? null;
  return pValue === null ? null : { method: "mann_whitney", pValue };
}
