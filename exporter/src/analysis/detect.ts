/**
 * Did something change, and when? Levels of a numeric series, its change points, odd runs, drift and changes of spread. Pure and
 * deterministic; multiplying all values by a constant changes no verdict. How a decision is made: docs/detection.md.
 */
import type { Change } from "./change-points/find.ts";
import { findChanges } from "./change-points/pieces.ts";
import { DEFAULT_SETTINGS, type Settings } from "./change-points/settings.ts";
import { type SeriesKind, type Transformed, transform } from "./change-points/transform.ts";

export type { SeriesKind, Settings };

export interface ChangePoint {
  /** First run of the new level: its place in the values as given, from 0. */
  readonly index: number;
  /** Two-sided, corrected for the search over all runs. 1e-300 at least. */
  readonly pValue: number;
  /** Medians of the levels before and after, in the values' own unit. */
  readonly before: number;
  readonly after: number;
  readonly direction: "up" | "down";
  readonly state: "confirmed" | "suspected";
  readonly kind: "step";
}

/** A level that moves slowly, without a step, from run `from` to run `to`. */
export interface Drift {
  readonly from: number;
  readonly to: number;
  /** Medians of the first and last five runs of it. */
  readonly before: number;
  readonly after: number;
  readonly direction: "up" | "down";
}

export interface VarianceChange {
  /** First run of the new spread. */
  readonly index: number;
  readonly pValue: number;
  /** Standard deviations around the level: as a ratio of it for positive series, else in the values' own unit. */
  readonly before: number;
  readonly after: number;
  readonly direction: "up" | "down";
}

export interface Detection {
  /** `insufficient_data`: fewer than 8 usable values. */
  readonly verdict: "ok" | "insufficient_data";
  /** Confirmed steps, in the order of time. These are what is reported. */
  readonly changePoints: readonly ChangePoint[];
  /** Steps which may still be chance, a spike or a burst. No alarm. */
  readonly suspected: readonly ChangePoint[];
  /** Odd runs: spikes, and bursts that are over. */
  readonly outliers: readonly number[];
  /** Absent: not looked for (pass and fail have neither). */
  readonly drifts?: readonly Drift[];
  readonly varianceChanges?: readonly VarianceChange[];
}

export interface DetectOptions {
  /** Default `auto`: logarithms when all values are positive, else plain. */
  readonly kind?: SeriesKind | "auto";
  /** Runs are put in their order, when all are known; equal ones stay as given. */
  readonly timestamps?: readonly number[];
  readonly settings?: Partial<Settings>;
}

/** Values that are not finite are gaps. Linear memory; quadratic time at worst up to a bound, linear beyond it. Never throws. */
export function detect(values: readonly number[], options: DetectOptions = {}): Detection {
  const settings = options.settings === undefined ? DEFAULT_SETTINGS : { ...DEFAULT_SETTINGS, ...options.settings };
  const series = transform(values, options.kind ?? "auto", options.timestamps);
  const { positions } = series;
  const { changes, ramps, spreads, odd } = findChanges(series.values, settings);
  const middle = (from: number, to: number): number => medianOf(values, positions, odd, from, to);
  const point = (change: Change): ChangePoint => ({
    index: positions[change.index]!,
    pValue: Math.max(1e-300, change.pValue),
    before: middle(change.before, change.index),
    after: middle(change.index, change.after),
    direction: change.size > 0 ? "up" : "down",
    state: change.isConfirmed ? "confirmed" : "suspected",
    kind: "step",
  });
  return {
    verdict: positions.length < settings.minimumRuns ? "insufficient_data" : "ok",
    changePoints: changes.filter(({ isConfirmed }) => isConfirmed).map(point),
    suspected: changes.filter(({ isConfirmed }) => !isConfirmed).map(point),
    outliers: Array.from(odd.keys())
      .filter((place) => odd[place] === 1)
      .map((place) => positions[place]!),
    drifts: ramps.map(({ from, to }) => {
      const [before, after] = [middle(from, Math.min(to, from + 5)), middle(Math.max(from, to - 4), to + 1)];
      return { from: positions[from]!, to: positions[to]!, before, after, direction: after > before ? "up" : "down" };
    }),
    varianceChanges: spreads.map(({ index, before, after, pValue }) => ({
      index: positions[index]!,
      pValue: Math.max(1e-300, pValue),
      before: before * series.unit,
      after: after * series.unit,
      direction: after > before ? "up" : "down",
    })),
  };
}

/** Median of the raw values of a level; odd runs are left out, unless all are. */
function medianOf(
  values: readonly number[],
  positions: Transformed["positions"],
  odd: Uint8Array,
  from: number,
  to: number,
): number {
  const all = Array.from(positions.subarray(from, to));
  const calm = all.filter((_, i) => odd[from + i] === 0);
  const picked = (calm.length > 0 ? calm : all).map((at) => values[at]!).sort((a, b) => a - b);
  const half = picked.length >> 1;
  return picked.length % 2 === 1 ? picked[half]! : picked[half - 1]! / 2 + picked[half]! / 2;
}
