/** Samples in a few numbers. */

export interface SampleSummary {
  readonly avg: number;
  readonly min: number;
  readonly max: number;
  /** Sample standard deviation; undefined for one sample. */
  readonly stddev: number | undefined;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly count: number;
}

/** Percentiles by linear interpolation, as numpy's default. `samples` is not empty and finite. */
export function summarize(samples: readonly number[]): SampleSummary {
  const sorted = Float64Array.from(samples).sort();
  const count = sorted.length;
  const at = (p: number): number => {
    const position = (count - 1) * p;
    const low = Math.floor(position);
    const below = sorted[low]!;
    const above = sorted[Math.min(low + 1, count - 1)]!;
    return tidy(below + (above - below) * (position - low));
  };
  const min = sorted[0]!;
  const max = sorted[count - 1]!;
  // Divided before adding, so that values near the largest double do not overflow.
  const mean = sorted.reduce((sum, value) => sum + value / count, 0);
  const avg = tidy(Math.min(Math.max(mean, min), max));
  const spread = Math.sqrt(sorted.reduce((sum, value) => sum + ((value - mean) / Math.sqrt(count - 1)) ** 2, 0));
  return {
    avg,
    min,
    max,
    stddev: count > 1 && Number.isFinite(spread) ? tidy(spread) : undefined,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    count,
  };
}

/** Without the binary dust of the last digits: 0.30000000000000004 is 0.3. */
const tidy = (value: number): number => Number(value.toPrecision(15));
