import { DEVIATION_STATES, type DeviationRow } from "../model/deviation.ts";
import type { FamilyId } from "./catalogue.ts";
import { type Sample, scopeLabels } from "./last-run.ts";

/** What the newest analysis of a series shows; nothing once the series is gone. What could not be computed is absent. */
export function deviationSamples({ scope, series, verdict }: DeviationRow): Sample[] {
  if (verdict === undefined) return [];
  const { state, suspected, numbers } = verdict;
  const labels = [
    ...scopeLabels(scope),
    series.name ?? "",
    series.component ?? "",
    series.scenario ?? "",
    series.operation ?? "",
    series.measure,
    series.stat,
    series.runnerClass ?? "",
  ];
  const samples: Sample[] = [];
  const add = (family: FamilyId, value: number | undefined, ...more: string[]): void => {
    if (value !== undefined && Number.isFinite(value)) samples.push({ family, labels: [...labels, ...more], value });
  };
  for (const one of DEVIATION_STATES) add("deviationState", one === state ? 1 : 0, one);
  add("deviationSuspected", suspected ? 1 : 0);
  add("deviationBaseline", numbers.baseline);
  add("deviationBaselineSpread", numbers.baselineStd);
  add("deviationZscore", numbers.z);
  add("deviationRatio", numbers.ratio);
  add("deviationOutliers", numbers.outliers);
  add("deviationTrendSlope", numbers.trend?.slope);
  add("deviationTrendCorrelation", numbers.trend?.r);
  add("deviationTrendProbability", numbers.trend?.pValue);
  add("deviationChangePoint", numbers.changeAtMs === undefined ? undefined : numbers.changeAtMs / 1000);
  add("deviationChangeRatio", numbers.changeRatio);
  return samples;
}
