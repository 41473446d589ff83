/** Isolated odd runs: one or two which leave the level and come back to it. */
import { medianInPlace, medianOfWindow } from "./medians.ts";

/** Runs on each side which are compared with. */
const SIDE = 5;
/** Runs of the window whose median is the running level. An even number: of a series that alternates, as many of each kind. */
const WINDOW = 8;
/** A larger share of the runs is not odd. */
const MOST = 0.2;

/** 1 for each run that is a spike: `limit` scales or more from the levels on both sides, in the same direction. */
export function spikesOf(values: Float64Array, scale: number, limit: number): Uint8Array {
  const marks = new Uint8Array(values.length);
  if (!(scale > 0)) return marks;
  const away = departures(values);
  let count = 0;
  for (let i = 0; i < away.length; i++)
    if (Math.abs(away[i]!) > limit * scale) {
      marks[i] = 1;
      count++;
    }
  return count > MOST * values.length ? marks.fill(0) : marks;
}

/**
 * Distance of every run from the nearer of the two levels around it (medians of the five runs before and after), 0 when it lies
 * between them. The newest two runs have nothing after them and stay 0: they are never taken for spikes, they may be a new level.
 */
function departures(values: Float64Array): Float64Array {
  const n = values.length;
  const result = new Float64Array(n);
  for (let i = 0; i < n - 2; i++) {
    const value = values[i]!;
    const right = value - medianOfWindow(values, i + 1, Math.min(n, i + 1 + SIDE));
    const left = i >= 2 ? value - medianOfWindow(values, Math.max(0, i - SIDE), i) : right;
    if (left * right > 0) result[i] = Math.abs(left) < Math.abs(right) ? left : right;
  }
  return result;
}

/**
 * Standard deviation of runs around their running level, not moved by spikes, steps or bursts. Median and 85th percentile are asked,
 * and the larger believed: where every sixth run is elsewhere, elsewhere is not odd.
 */
export function localScale(values: Float64Array): number {
  const n = values.length;
  const sizes = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const from = Math.max(0, Math.min(i - (WINDOW >> 1), n - WINDOW));
    sizes[i] = Math.abs(values[i]! - medianOfWindow(values, from, Math.min(n, from + WINDOW)));
  }
  sizes.sort();
  return Math.max(1.4826 * medianInPlace(sizes.slice()), (sizes[Math.floor(0.85 * (n - 1))] ?? 0) / 1.44);
}
