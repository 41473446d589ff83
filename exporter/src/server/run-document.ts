/** A run as the API answers with it: single samples and slices are there to be looked at, and bounded. */
import { betterOf } from "../model/measure.ts";
import type { RunDetail } from "../model/run.ts";

/** Of one value. */
const SAMPLES = 100;
/** Numbers of all values together, and slices of all load results together; in the order of the report. */
const MAX_SAMPLES = 20_000;
const MAX_SLICES = 5_000;

export function runDocument(run: RunDetail): RunDetail {
  let samplesLeft = MAX_SAMPLES;
  let slicesLeft = MAX_SLICES;
  return {
    ...run,
    measures: run.measures.map(({ samples, ...measure }) => {
      const shown = samples === undefined ? undefined : spread(samples, SAMPLES);
      const fits = shown !== undefined && shown.length <= samplesLeft;
      if (fits) samplesLeft -= shown.length;
      return { ...measure, better: betterOf(measure), ...(fits ? { samples: shown } : {}) };
    }),
    loadResults: run.loadResults.map(({ slices, ...result }) => {
      const fits = slices !== undefined && slices.length <= slicesLeft;
      if (fits) slicesLeft -= slices.length;
      return fits ? { ...result, slices } : result;
    }),
  };
}

/** At most `max` of them, evenly over the whole, the first among them. */
function spread(samples: readonly number[], max: number): readonly number[] {
  if (samples.length <= max) return samples;
  return Array.from({ length: max }, (_, i) => samples[Math.floor((i * samples.length) / max)]!);
}
