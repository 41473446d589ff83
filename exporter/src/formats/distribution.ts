/** Numbers in any quantity: their average, extremes and percentiles in bounded memory. */
import { binOf, middleOf, Sketch } from "./latency-sketch.ts";

/**
 * Up to so many samples of one operation (65,536 of a scenario in all) the percentiles are exact: linear interpolation between the two
 * nearest ranks, as numpy's and k6's. Beyond, each of the two is within SKETCH_ERROR of the true one. Counts, sums and extremes are
 * always exact.
 */
export const EXACT_SAMPLES = 16_384;
export const EXACT_TOTAL = 65_536;

const PERCENTILES = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;

export interface DistributionStats extends Partial<Record<keyof typeof PERCENTILES, number>> {
  readonly avg: number;
  readonly min: number;
  readonly max: number;
  /** Sample standard deviation; not of one sample. */
  readonly stddev?: number;
}

export class Distribution {
  readonly #exactMax: number;
  #samples = new Float64Array(16);
  /** Undefined while all samples are kept. */
  #sketch: Sketch | undefined;
  count = 0;
  sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  /** Of Welford's running variance. */
  #mean = 0;
  #squares = 0;

  constructor(exactMax = EXACT_SAMPLES) {
    this.#exactMax = exactMax;
  }

  /** `bin`: of the value, where it is known already. */
  add(value: number, bin?: number): void {
    this.sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    const away = value - this.#mean;
    this.#mean += away / (this.count + 1);
    this.#squares += away * (value - this.#mean);
    if (this.#sketch === undefined && this.count < this.#exactMax) this.#keep(value, this.count);
    else this.#toSketch().add(bin ?? binOf(value));
    this.count++;
  }

  merge(other: Distribution): void {
    const count = this.count + other.count;
    if (other.count > 0) {
      const away = other.#mean - this.#mean;
      this.#squares += other.#squares + (away * away * this.count * other.count) / count;
      this.#mean += (away * other.count) / count;
    }
    if (this.#sketch === undefined && other.#sketch === undefined && count <= this.#exactMax)
      for (let i = 0; i < other.count; i++) this.#keep(other.#samples[i]!, this.count + i);
    else this.#toSketch().merge(other.#sketch ?? sketchOf(other.#samples, other.count));
    this.count = count;
    this.sum += other.sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Undefined without any sample. Percentiles of more than EXACT_SAMPLES are left out when some are negative: sketches have no room. */
  stats(): DistributionStats | undefined {
    const { count } = this;
    if (count === 0) return undefined;
    const [min, max] = [this.#min, this.#max];
    const sketch = this.#sketch;
    const sorted = sketch === undefined ? this.#samples.slice(0, count).sort() : undefined;
    const at = (rank: number): number =>
      sorted !== undefined ? sorted[rank]! : Math.min(max, Math.max(min, middleOf(sketch!.at(rank))));
    const percentile = (share: number): number => {
      const position = (count - 1) * share;
      const low = Math.floor(position);
      if (low === count - 1) return tidy(max);
      const below = at(low);
      return tidy(below + (at(low + 1) - below) * (position - low));
    };
    const percentiles = Object.entries(PERCENTILES).map(([stat, share]) => [stat, percentile(share)]);
    return {
      avg: tidy(Math.min(max, Math.max(min, this.sum / count))),
      min: tidy(min),
      max: tidy(max),
      ...(count > 1 ? { stddev: tidy(Math.sqrt(this.#squares / (count - 1))) } : {}),
      ...(sketch !== undefined && min < 0 ? {} : Object.fromEntries(percentiles)),
    };
  }

  #keep(value: number, at: number): void {
    if (at === this.#samples.length) {
      const larger = new Float64Array(Math.min(2 * at, this.#exactMax));
      larger.set(this.#samples);
      this.#samples = larger;
    }
    this.#samples[at] = value;
  }

  #toSketch(): Sketch {
    if (this.#sketch === undefined) {
      this.#sketch = sketchOf(this.#samples, this.count);
      this.#samples = new Float64Array(0);
    }
    return this.#sketch;
  }
}

function sketchOf(samples: Float64Array, count: number): Sketch {
  const sketch = new Sketch();
  for (let i = 0; i < count; i++) sketch.add(binOf(samples[i]!));
  return sketch;
}

/** Without the binary dust of sums and factors. */
export const tidy = (value: number): number => Number(value.toPrecision(12));
