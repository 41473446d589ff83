/** What of a series can be counted with. */
export interface Observed {
  /** Finite values in the order of time. */
  readonly values: number[];
  /** Place of each in the input, from 0, gaps counted. */
  readonly positions: number[];
}

/**
 * Null and what is not finite are gaps. Runs are put in the order of their timestamps, equal ones stay as given; when one of
 * `timestamps` is no number, nobody knows the order, and the input's is kept.
 */
export function observed(input: readonly (number | null)[], timestamps?: readonly (number | null)[]): Observed {
  const positions: number[] = [];
  for (let i = 0; i < input.length; i++) if (Number.isFinite(input[i])) positions.push(i);
  const timeOf = (position: number): number => timestamps?.[position] ?? Number.NaN;
  if (positions.every((position) => Number.isFinite(timeOf(position)))) {
    const isSorted = positions.every((position, i) => i === 0 || timeOf(positions[i - 1]!) <= timeOf(position));
    if (!isSorted) positions.sort((a, b) => timeOf(a) - timeOf(b) || a - b);
  }
  return { values: positions.map((position) => input[position]!), positions };
}
