/** What `plumbline analyze` and the API say of one series: change points, odd runs, trend, and one sentence. */
import { type ChangePoint, type Detection, type Drift, detect, type VarianceChange } from "./detect.ts";
import { type Trend, trendOf } from "./limits.ts";
import { detectOutcomes } from "./outcomes/detect.ts";
import { sentence } from "./sentence.ts";
import { observed } from "./statistics/observed.ts";

export interface Answer {
  /** Confirmed changes in the order of time. Indices are places in the input, gaps counted. */
  readonly changePoints: readonly ChangePoint[];
  /** Places of odd runs: spikes and bursts that went away again. */
  readonly outliers: readonly number[];
  /** R1's trend over the last ten values; null: none, or too few values to tell. */
  readonly trend: Trend | null;
  /** Changes that may still be chance or a burst: the next runs will tell. */
  readonly suspected: readonly ChangePoint[];
  /** Levels that move slowly, and changes of the spread: named as such, no steps. */
  readonly drifts: readonly Drift[];
  readonly varianceChanges: readonly VarianceChange[];
  /** `changed`: it has confirmed changes; `suspected`: only suspected ones. */
  readonly state: "insufficient_data" | "ok" | "suspected" | "changed";
  /** Values that are there. */
  readonly n: number;
  /** `outcomes`: every value is 0 or 1, and counts are compared instead of levels. */
  readonly kind: "values" | "outcomes";
  readonly summary: string;
}

/** Null and what is not finite are gaps; `timestamps` give the order of the runs where all are known. */
export function analyze(input: readonly (number | null)[], timestamps?: readonly (number | null)[]): Answer {
  const { values, positions } = observed(input, timestamps);
  const kind = isOutcomes(values) ? "outcomes" : "values";
  const found = kind === "outcomes" ? detectOutcomes(values) : detect(values);
  const place = (index: number): number => positions[index]!;
  const at = <T extends { readonly index: number }>(point: T): T => ({ ...point, index: place(point.index) });
  const answer = {
    changePoints: found.changePoints.map(at),
    outliers: found.outliers.map(place).sort((a, b) => a - b),
    trend: trendOf(values),
    suspected: found.suspected.map(at),
    drifts: (found.drifts ?? []).map((drift) => ({ ...drift, from: place(drift.from), to: place(drift.to) })),
    varianceChanges: (found.varianceChanges ?? []).map(at),
    state: stateOf(found),
    n: values.length,
    kind,
  } as const;
  return { ...answer, summary: sentence(values, found, answer) };
}

/** All zeros may be anything, and have nothing to find either way. */
function isOutcomes(values: readonly number[]): boolean {
  return values.length > 0 && values.every((value) => value === 0 || value === 1);
}

function stateOf(found: Detection): Answer["state"] {
  if (found.verdict === "insufficient_data") return "insufficient_data";
  if (found.changePoints.length > 0) return "changed";
  return found.suspected.length > 0 ? "suspected" : "ok";
}
