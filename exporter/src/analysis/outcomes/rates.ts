/** Changes in a series of rates, k of n per run: the pass rate of a suite, failed requests of all. */
import { type Detection, detect } from "../detect.ts";
import { fisherExact } from "../statistics/exact-tests.ts";
import { detectOutcomes, OUTCOME_OPTIONS } from "./detect.ts";

export interface RateRun {
  /** 0 <= hits <= trials, whole. No trials: a gap. */
  readonly hits: number;
  readonly trials: number;
}

/** Of the exact test on the counts; the detector's own p has been corrected for the search already. */
const MAXIMUM_P = 0.01;

/**
 * Runs of one trial each are outcomes. Others are compared as ratios (arcsine of the root), whose noise from run to run is measured and
 * not assumed binomial: the cases of a suite fail together. A change must also hold for the counts: enough of the rarer outcome, and
 * an exact test. `before` and `after` are shares of all trials of the level.
 */
export function detectRates(runs: readonly RateRun[]): Detection {
  const positions = [...runs.keys()].filter((i) => runs[i]!.trials > 0);
  const present = positions.map((i) => runs[i]!);
  const place = (index: number): number => positions[index]!;
  if (present.every(({ trials }) => trials === 1)) {
    const found = detectOutcomes(present.map(({ hits }) => hits));
    const at = <T extends { readonly index: number }>(point: T): T => ({ ...point, index: place(point.index) });
    return {
      ...found,
      changePoints: found.changePoints.map(at),
      suspected: found.suspected.map(at),
      outliers: found.outliers.map(place),
    };
  }
  const found = detect(
    runs.map(({ hits, trials }) => (trials > 0 ? hits / trials : Number.NaN)),
    { kind: "ratio" },
  );
  const borders = found.changePoints.map(({ index }) => index);
  const counted = (point: Detection["changePoints"][number]) => {
    const from = borders.findLast((border) => border < point.index) ?? 0;
    const to = borders.find((border) => border > point.index) ?? runs.length;
    const before = sum(runs.slice(from, point.index));
    const after = sum(runs.slice(point.index, to));
    const hits = before.hits + after.hits;
    const rarer = Math.min(hits, before.trials + after.trials - hits);
    const { twoSided } = fisherExact(before.hits, before.trials, after.hits, after.trials);
    if (rarer < OUTCOME_OPTIONS.minimumHits || twoSided > MAXIMUM_P) return [];
    return [{ ...point, before: before.hits / before.trials, after: after.hits / after.trials }];
  };
  return { ...found, changePoints: found.changePoints.flatMap(counted), suspected: found.suspected.flatMap(counted) };
}

function sum(runs: readonly RateRun[]): RateRun {
  return {
    hits: runs.reduce((total, { hits }) => total + hits, 0),
    trials: runs.reduce((total, { trials }) => total + trials, 0),
  };
}
