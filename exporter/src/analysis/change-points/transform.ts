/**
 * From raw numbers to numbers in which a change of the same importance has the same size everywhere: logarithms for positive
 * series (a step of 5 % is 0.05 at any level), arcsine of the root for ratios (equal spread at 0.5 and 0.99), plain for others.
 */

/** What the values are. `auto` takes logarithms when all are positive, and plain values otherwise. */
export type SeriesKind = "positive" | "ratio" | "any";

export interface Transformed {
  /** Transformed values of the usable runs, in order. Never NaN or infinite. */
  readonly values: Float64Array;
  /** Place in the input of each usable run. */
  readonly positions: Int32Array;
  readonly kind: SeriesKind;
  /** What a difference of 1 is in the values' own unit; 1 (a ratio) for positive series. */
  readonly unit: number;
}

/**
 * Values are compared on this grid, in units of their own size: a change of unit alters the last bits of a product, and the grid
 * takes them away again, so that not even a tie between two change points is decided by them.
 */
const GRID = 2 ** 30;
const onGrid = (value: number): number => Math.round(value * GRID) / GRID;

/** Drops what is not a finite number, puts runs in the order of their timestamps (equal ones keep theirs), and transforms. */
export function transform(
  raw: readonly number[],
  kind: SeriesKind | "auto",
  timestamps: readonly number[] | undefined,
): Transformed {
  const order: number[] = [];
  for (let i = 0; i < raw.length; i++) if (Number.isFinite(raw[i])) order.push(i);
  if (timestamps !== undefined) sortByTime(order, timestamps);
  const positions = Int32Array.from(order);
  const plain = Float64Array.from(positions, (at) => raw[at]!);
  const chosen = kind === "auto" ? "positive" : kind;
  if (chosen === "positive" && plain.every((value) => value > 0))
    return { values: logs(plain), positions, kind: chosen, unit: 1 };
  if (chosen === "ratio" && plain.every((value) => value >= 0 && value <= 1))
    return { values: plain.map((value) => onGrid(Math.asin(Math.sqrt(value)))), positions, kind: chosen, unit: 1 };
  const unit = typicalSize(plain);
  return {
    values: plain.map((value) => onGrid(Math.max(-1e6, Math.min(1e6, value / unit)))),
    positions,
    kind: "any",
    unit,
  };
}

/** Stable; a run without a usable timestamp keeps its place among the runs as given. */
function sortByTime(order: number[], timestamps: readonly number[]): void {
  const usable = order.every((at) => Number.isFinite(timestamps[at]));
  const sorted = order.every((at, i) => i === 0 || timestamps[order[i - 1]!]! <= timestamps[at]!);
  if (usable && !sorted) order.sort((a, b) => timestamps[a]! - timestamps[b]! || a - b);
}

/** Logarithms relative to the first value. The quotient has the smaller error; where it overflows, the difference does. */
function logs(plain: Float64Array): Float64Array {
  const first = plain[0] ?? 1;
  return plain.map((value) => {
    const ratio = value / first;
    return onGrid(ratio > 1e-300 && ratio < 1e300 ? Math.log(ratio) : Math.log(value) - Math.log(first));
  });
}

/** The median distance from zero of those which are not zero: a factor changes it like the values themselves. */
function typicalSize(plain: Float64Array): number {
  const sizes = plain.map(Math.abs).filter((size) => size > 0);
  return sizes.length === 0 ? 1 : sizes.sort()[sizes.length >> 1]!;
}
