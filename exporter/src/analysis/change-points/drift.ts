/** Slow change: a line or a ramp which explains a series better than stairs do. */
import { type Context, levelBetween, levelsOf } from "./levels.ts";
import { longRun } from "./noise.ts";
import type { Sums } from "./partition.ts";

/** From `from` the level moves steadily, until it has arrived at `to`. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
}

/** Fewer runs are no ramp but a step with a slope. */
const SHORTEST = 10;
const SHORTEST_SPAN = 15;

/** What the least-squares line leaves. */
export function restOfLine(values: Float64Array): Float64Array {
  const n = values.length;
  const middle = (n - 1) / 2;
  let [sum, product] = [0, 0];
  for (let i = 0; i < n; i++) {
    sum += values[i]!;
    product += (i - middle) * values[i]!;
  }
  const slope = (12 * product) / (n * (n * n - 1));
  return values.map((value, i) => value - sum / n - slope * (i - middle));
}

/**
 * Takes out of `starts` the steps in one direction that are the stairs of a ramp: level, straight line, level again leaves less than
 * they do. One step alone has two parameters less than a ramp, which must pay for them (`single`, in long-run variances times ln n).
 */
export function removeRamps(
  values: Float64Array,
  sums: Sums,
  starts: readonly number[],
  { noise }: Context,
  single: number,
): { kept: number[]; ramps: Ramp[] } {
  const n = values.length;
  const means = levelsOf(sums, starts).map(({ mean }) => mean);
  const rises = (i: number): boolean => means[i + 1]! > means[i]!;
  const kept: number[] = [];
  const ramps: Ramp[] = [];
  for (let first = 0, next: number; first < starts.length; first = next) {
    next = first + 1;
    while (next < starts.length && rises(next) === rises(first)) next++;
    const stairs = starts.slice(first, next);
    const [from, to] = [starts[first - 1] ?? 0, starts[next] ?? n];
    const price = stairs.length > 1 ? 0 : single * noise.scale ** 2 * longRun(noise.phi) * Math.log(n);
    const ramp = to - from < SHORTEST_SPAN ? undefined : bestRamp(values, from, to, stairs);
    if (ramp !== undefined && ramp.left + price < squaresOf(sums, from, to, stairs)) ramps.push(ramp);
    else kept.push(...stairs);
  }
  return { kept, ramps };
}

function squaresOf(sums: Sums, from: number, to: number, stairs: readonly number[]): number {
  let squares = 0;
  let start = from;
  for (const end of [...stairs, to]) {
    squares += levelBetween(sums, start, end).squares;
    start = end;
  }
  return squares;
}

/** The best of a few ramps over the span of the stairs: all of it, or beginning and ending a stair or half a one beyond them. */
function bestRamp(
  values: Float64Array,
  from: number,
  to: number,
  stairs: readonly number[],
): (Ramp & { left: number }) | undefined {
  const [first, last] = [stairs[0]!, stairs.at(-1)!];
  const tread = stairs.length > 1 ? (last - first) / (stairs.length - 1) : Math.min(first - from, to - last);
  let best: (Ramp & { left: number }) | undefined;
  for (const start of [from, first - tread, first - tread / 2])
    for (const end of [to, last + tread, last + tread / 2]) {
      if (start < from || end > to || end - start < SHORTEST) continue;
      const left = leftByRamp(values, from, to, start, end);
      if (best === undefined || left < best.left) best = { from: Math.round(start), to: Math.round(end), left };
    }
  return best;
}

/** Sum of squares left by the least-squares fit of: level until start, straight to another level at end, level. */
function leftByRamp(values: Float64Array, from: number, to: number, start: number, end: number): number {
  const n = to - from;
  let [x, y, xx, xy, yy] = [0, 0, 0, 0, 0];
  for (let i = from; i < to; i++) {
    const at = Math.min(1, Math.max(0, (i - start) / (end - start)));
    const value = values[i]!;
    x += at;
    y += value;
    xx += at * at;
    xy += at * value;
    yy += value * value;
  }
  const [sxx, sxy, syy] = [xx - (x * x) / n, xy - (x * y) / n, yy - (y * y) / n];
  return sxx > 0 ? syy - (sxy * sxy) / sxx : syy;
}
