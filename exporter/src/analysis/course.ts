/** The levels between a series' confirmed changes, as a chart draws them: where each was, how wide, and what stood out. */
import { type Answer, analyze } from "./answer.ts";
import { standardDeviation } from "./statistics/describe.ts";

export interface Level {
  /** Places of its first and last value. */
  readonly from: number;
  readonly to: number;
  readonly mean: number;
  /** Sample standard deviation; undefined for fewer than two values. */
  readonly stddev: number | undefined;
}

export interface Course {
  readonly answer: Answer;
  /** In the order of time, without odd runs: one spike must not widen a band. None where too few values tell nothing. */
  readonly levels: readonly Level[];
}

/** `values` in the order of time, all finite. */
export function courseOf(values: readonly number[]): Course {
  const answer = analyze(values);
  if (answer.state === "insufficient_data") return { answer, levels: [] };
  const odd = new Set(answer.outliers);
  const bounds = [0, ...answer.changePoints.map(({ index }) => index), values.length];
  const levels = bounds.slice(0, -1).map((from, i): Level => {
    const to = bounds[i + 1]! - 1;
    const own = values.slice(from, to + 1).filter((_, place) => !odd.has(from + place));
    const sound = own.length > 0 ? own : values.slice(from, to + 1);
    const mean = sound.reduce((sum, value) => sum + value, 0) / sound.length;
    return { from, to, mean, stddev: standardDeviation(sound) };
  });
  return { answer, levels };
}
