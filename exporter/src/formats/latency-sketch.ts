/**
 * Percentiles of any number of samples in little memory: bins whose bounds grow by a constant factor, after DDSketch (Masson, Rim and
 * Lee, VLDB 2019). The middle of a bin is at most SKETCH_ERROR away from everything in it, relatively.
 */

/** Stated bound of the relative error of a sketch's percentiles. */
export const SKETCH_ERROR = 0.0025;
const GAMMA = (1 + SKETCH_ERROR) / (1 - SKETCH_ERROR);
const PER_LOG = 1 / Math.log(GAMMA);
/** Of seconds a nanosecond: what is less is in the first bin. */
const SMALLEST = Math.ceil(Math.log(1e-9) * PER_LOG);
const LARGEST = Math.ceil(Math.log(1e15) * PER_LOG);

/** The bin of a number, 0 or more. */
export function binOf(value: number): number {
  const bin = Math.ceil(Math.log(value) * PER_LOG);
  return bin > SMALLEST ? (bin < LARGEST ? bin : LARGEST) : SMALLEST;
}

/** What stands for all in the bin: as far, relatively, from its lower as from its upper bound. */
export function middleOf(bin: number): number {
  return bin <= SMALLEST ? 0 : (2 * GAMMA ** bin) / (GAMMA + 1);
}

/** Counts per bin, over the range of bins that occur. */
export class Sketch {
  #counts = new Uint32Array(0);
  /** The bin of the first counter. */
  #first = 0;
  total = 0;

  add(bin: number, count = 1): void {
    const at = bin - this.#first;
    if (at < 0 || at >= this.#counts.length) this.#cover(bin);
    this.#counts[bin - this.#first]! += count;
    this.total += count;
  }

  merge(other: Sketch): void {
    other.#counts.forEach((count, i) => {
      if (count > 0) this.add(other.#first + i, count);
    });
  }

  /** The bin that holds the sample of this rank (from 0) in ascending order. */
  at(rank: number): number {
    let seen = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      seen += this.#counts[i]!;
      if (seen > rank) return this.#first + i;
    }
    return this.#first + this.#counts.length - 1;
  }

  #cover(bin: number): void {
    const old = this.#counts;
    const room = 32;
    if (old.length === 0) {
      this.#first = bin - room;
      this.#counts = new Uint32Array(2 * room);
      return;
    }
    const first = Math.min(this.#first, bin - room);
    const end = Math.max(this.#first + old.length, bin + room);
    const wider = new Uint32Array(end - first);
    wider.set(old, this.#first - first);
    this.#counts = wider;
    this.#first = first;
  }
}
