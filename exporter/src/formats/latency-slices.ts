/** The course of a load test: what happened in each stretch of it, in memory that does not grow with its length. */
import { type LoadSlice, MAX_SLICES } from "../model/load.ts";
import { middleOf, Sketch } from "./latency-sketch.ts";

/** A slice's percentile comes from bins four times as wide as those of the whole run: within 1 %. */
const BINS_PER_SLICE_BIN = 4;

class Slice {
  requests = 0;
  failures = 0;
  sum = 0;
  /** Only of those whose latency is known. */
  readonly sketch = new Sketch();
  users: number | undefined;

  merge(other: Slice): void {
    this.requests += other.requests;
    this.failures += other.failures;
    this.sum += other.sum;
    this.sketch.merge(other.sketch);
    this.seeUsers(other.users);
  }

  seeUsers(users: number | undefined): void {
    if (users !== undefined && !(users <= (this.users ?? -1))) this.users = users;
  }
}

/**
 * Slices begin at whole multiples of their width, counted from the epoch. The width is a second, and doubles when there would be more
 * than MAX_SLICES: each pair becomes one, so that nothing is read twice and nothing is estimated.
 */
export class Slices {
  #width = 1000;
  #slices = new Map<number, Slice>();
  #lowest = Number.POSITIVE_INFINITY;
  #highest = Number.NEGATIVE_INFINITY;
  #lastNumber = Number.NaN;
  #last: Slice | undefined;

  /** A request that ended then. `bin`: of its latency. */
  add(endedAtMs: number, seconds: number, bin: number, failed: boolean): void {
    const slice = this.#of(endedAtMs);
    slice.requests++;
    if (failed) slice.failures++;
    slice.sum += seconds;
    slice.sketch.add(Math.ceil(bin / BINS_PER_SLICE_BIN));
  }

  fail(atMs: number): void {
    this.#of(atMs).failures++;
  }

  users(atMs: number, users: number): void {
    this.#of(atMs).seeUsers(users);
  }

  merge(other: Slices): void {
    for (const [number, slice] of other.#slices) this.#of(number * other.#width).merge(slice);
    // The other's slices may be wider: pairs of ours become as wide, so that none is told twice.
    while (this.#width < other.#width) this.#double();
  }

  /**
   * In order of time. Slices at the edges that the run fills by less than half are part of their neighbour (without one right beside
   * them they stay, with their whole width), so that no rate is made of a few milliseconds.
   */
  toSlices(startedAtMs: number, endedAtMs: number): readonly LoadSlice[] {
    const width = this.#width;
    const parts = [...this.#slices]
      .sort(([a], [b]) => a - b)
      .map(([number, slice]) => {
        const whole = { number, from: number * width, to: (number + 1) * width, slice };
        const seen = { ...whole, from: Math.max(whole.from, startedAtMs), to: Math.min(whole.to, endedAtMs) };
        return { ...whole, seen, isThin: seen.to - seen.from < width / 2 };
      })
      // Users may be told of before the first request and after the last.
      .filter(({ slice, seen }) => slice.requests > 0 || seen.to > seen.from);
    const joinEdge = (edge: number, beside: number): void => {
      const [thin, other] = [parts[edge], parts[beside]];
      if (thin === undefined || other === undefined || edge === beside || !thin.isThin) return;
      if (Math.abs(thin.number - other.number) !== 1) {
        thin.seen = thin;
        return;
      }
      other.slice.merge(thin.slice);
      other.seen = {
        ...other.seen,
        from: Math.min(other.seen.from, thin.seen.from),
        to: Math.max(other.seen.to, thin.seen.to),
      };
      parts.splice(edge, 1);
    };
    joinEdge(parts.length - 1, parts.length - 2);
    joinEdge(0, 1);
    return parts.map(({ slice, seen }) => sliceOf(slice, seen.from, Math.max(0, seen.to - seen.from) / 1000));
  }

  #of(atMs: number): Slice {
    const number = Math.floor(atMs / this.#width);
    if (number === this.#lastNumber) return this.#last!;
    let slice = this.#slices.get(number);
    if (slice === undefined) {
      this.#lowest = Math.min(this.#lowest, number);
      this.#highest = Math.max(this.#highest, number);
      if (this.#highest - this.#lowest >= MAX_SLICES) {
        this.#double();
        return this.#of(atMs);
      }
      slice = new Slice();
      this.#slices.set(number, slice);
    }
    this.#lastNumber = number;
    this.#last = slice;
    return slice;
  }

  #double(): void {
    const old = this.#slices;
    this.#slices = new Map();
    this.#width *= 2;
    this.#lowest = Math.floor(this.#lowest / 2);
    this.#highest = Math.floor(this.#highest / 2);
    this.#lastNumber = Number.NaN;
    for (const [number, slice] of old) {
      const half = Math.floor(number / 2);
      const there = this.#slices.get(half);
      if (there === undefined) this.#slices.set(half, slice);
      else there.merge(slice);
    }
  }
}

function sliceOf(slice: Slice, startedAtMs: number, seconds: number): LoadSlice {
  const timed = slice.sketch.total;
  return {
    startedAtMs: Math.round(startedAtMs),
    seconds: Number(seconds.toFixed(3)),
    requests: slice.requests,
    failures: Math.min(slice.failures, slice.requests),
    avgSeconds: timed === 0 ? undefined : Number((slice.sum / timed).toPrecision(12)),
    p95Seconds: timed === 0 ? undefined : Number(p95Of(slice.sketch).toPrecision(6)),
    ...(slice.users === undefined ? {} : { users: slice.users }),
  };
}

/** Nearest rank. The slice's bin n covers the fine bins 4n-3 to 4n, whose common middle lies between the second and the third. */
function p95Of(sketch: Sketch): number {
  const bin = sketch.at(Math.ceil(0.95 * sketch.total) - 1) * BINS_PER_SLICE_BIN;
  return middleOf(bin - (BINS_PER_SLICE_BIN - 1) / 2);
}
