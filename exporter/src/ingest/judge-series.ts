/** From a series' points to its verdict, and from a found deviation to its analysis record: the analysis room put to work. */
import { type ChangePoint, type Detection, detect } from "../analysis/detect.ts";
import { candidateCauses } from "../analysis/deviations/causes.ts";
import { explain } from "../analysis/deviations/explain.ts";
import { type Judgement, judge } from "../analysis/deviations/judge.ts";
import { type AnalysisRecord, analysisRecord, type Trigger } from "../analysis/deviations/record.ts";
import { checkOutliers, checkZ, type Limits, trendOf } from "../analysis/limits.ts";
import { detectRates } from "../analysis/outcomes/rates.ts";
import type { Config } from "../config/schema.ts";
import type {
  FoundDeviation,
  JudgedPoint,
  Judges,
  SeriesNumbers,
  SeriesToJudge,
  SeriesVerdict,
} from "../model/deviation.ts";
import { seriesName } from "../model/series.ts";

/** Of a run that was cut off nobody knows what its numbers are of. */
const UNFIT = new Set(["partial", "cancelled", "running"]);
/** Runs before a change whose facts are compared with those after it. */
const FACT_RUNS = 20;

export function judgesOf(config: Config["deviations"], trigger: Trigger, now: () => Date): Judges {
  return {
    verdict: (input) => verdictOf(input, config),
    record: (found) => recordOf(found, trigger, now()),
  };
}

/** Undefined: a statistic that is kept and shown, and not judged: the central ones speak for it. */
export function verdictOf(input: SeriesToJudge, config: Config["deviations"]): SeriesVerdict | undefined {
  if (!(config.stats as readonly string[]).includes(input.series.stat)) return undefined;
  const points = comparable(input.points);
  const values = points.map(({ value }) => value);
  const { series } = input;
  const limits = limitsOf(config);
  const detection = changesOf(series, points);
  const judged = { values, runs: points.map(({ runUuid }) => runUuid), better: series.better, unit: series.unit };
  const judgement = judge(judged, detection, input.open, {
    minimumChange: config.minimumChange,
    criticalChange: config.criticalChange,
    newsRuns: config.newsRuns,
    recoveryRuns: config.recoveryRuns,
  });
  const last = detection.changePoints.at(-1);
  const open =
    judgement.open === undefined || judgement.severity === undefined
      ? undefined
      : { ...judgement.open, severity: judgement.severity };
  return {
    state: judgement.state,
    suspected: judgement.suspected !== undefined,
    summary: summaryOf(input, points, detection, judgement),
    numbers: numbersOf(values, points, judgement, last, limits),
    changeRun: last === undefined ? undefined : points[last.index]?.runUuid,
    open,
    event: judgement.event,
  };
}

/** A ratio whose runs say what it is of is compared by its counts: 1 of 3 failing is no news, 100 of 300 is. */
function changesOf({ unit }: SeriesToJudge["series"], points: readonly JudgedPoint[]): Detection {
  if (unit === "ratio" && points.length > 0 && points.every(({ weight }) => weight !== undefined))
    return detectRates(points.map(({ value, weight = 0 }) => ({ hits: Math.round(value * weight), trials: weight })));
  return detect(
    points.map(({ value }) => value),
    { kind: unit === "ratio" ? "ratio" : "auto" },
  );
}

const comparable = (points: readonly JudgedPoint[]): JudgedPoint[] => points.filter(({ status }) => !UNFIT.has(status));

const NO_NUMBERS: SeriesNumbers = {
  n: 0,
  baseline: undefined,
  baselineStd: undefined,
  current: undefined,
  z: undefined,
  ratio: undefined,
  outliers: 0,
  trend: undefined,
  changeAtMs: undefined,
  changeRatio: undefined,
};

export const limitsOf = (config: Config["deviations"]): Limits => ({
  z: config.zWarning,
  zCritical: config.zCritical,
  trendValues: config.trendValues,
  trendR: config.trendR,
  trendP: config.trendP,
  iqrFactor: config.iqrFactor,
  minimumBaseline: config.minimumBaseline,
});

/** R1's plain statistics: the newest value against all before it of the present level. */
function numbersOf(
  values: readonly number[],
  points: readonly JudgedPoint[],
  judgement: Judgement,
  last: ChangePoint | undefined,
  limits: Limits,
): SeriesNumbers {
  const newest = values.at(-1);
  if (newest === undefined) return NO_NUMBERS;
  // A deviation is measured against the level before it; else the value against the level it should be part of.
  const before =
    judgement.open === undefined ? values.slice(last?.index ?? 0, -1) : untilChange(values, points, judgement);
  const z = checkZ(before, newest, limits);
  const outliers = checkOutliers(before, values.slice(-limits.trendValues), limits);
  const trend = trendOf(values, limits);
  const baseline = judgement.reference;
  const current = judgement.current;
  return {
    n: values.length,
    baseline,
    baselineStd: "baseline" in z ? z.baseline.std : undefined,
    current,
    z: "z" in z ? z.z : undefined,
    ratio:
      baseline === undefined || current === undefined || baseline === 0
        ? undefined
        : (current - baseline) / Math.abs(baseline),
    outliers: "outliers" in outliers ? outliers.outliers.length : 0,
    trend: trend === null ? undefined : { slope: trend.slope, r: trend.r, pValue: trend.pValue },
    changeAtMs: last === undefined ? undefined : points[last.index]?.endedAtMs,
    changeRatio:
      last === undefined || last.before === 0 ? undefined : (last.after - last.before) / Math.abs(last.before),
  };
}

function untilChange(
  values: readonly number[],
  points: readonly JudgedPoint[],
  { open }: Judgement,
): readonly number[] {
  const at = points.findIndex(({ runUuid }) => runUuid === open?.since);
  return at <= 0 ? values.slice(0, -1) : values.slice(0, at);
}

function summaryOf(
  { series }: SeriesToJudge,
  points: readonly JudgedPoint[],
  detection: Detection,
  { open, suspected, current }: Judgement,
): string {
  const what = seriesName(series);
  if (open !== undefined) {
    const at = points.findIndex(({ runUuid }) => runUuid === open.since);
    return explain({ what, unit: series.unit, ...open, ...around(points, at), confirmed: true });
  }
  if (suspected !== undefined)
    return explain({ what, unit: series.unit, ...suspected, ...around(points, suspected.index), confirmed: false });
  if (detection.verdict === "insufficient_data") return `${what}: ${points.length} runs say nothing of a change yet`;
  const last = detection.changePoints.at(-1);
  if (last !== undefined && current !== undefined)
    return `${explain({ what, unit: series.unit, ...last, ...around(points, last.index), confirmed: true })}; nothing is open`;
  return `${what}: no change in ${points.length} runs`;
}

function around(
  points: readonly JudgedPoint[],
  at: number,
): { lastGood: string | undefined; firstBad: string | undefined; runs: number } {
  return at < 0
    ? { lastGood: undefined, firstBad: undefined, runs: points.length }
    : { lastGood: points[at - 1]?.commit, firstBad: points[at]?.commit, runs: points.length - at };
}

function recordOf(found: FoundDeviation, trigger: Trigger, at: Date): AnalysisRecord {
  const { series, open, verdict } = found;
  const points = comparable(found.points);
  const place = points.findIndex(({ runUuid }) => runUuid === open.since);
  const first = Math.max(0, place);
  const { lastGood, firstBad } = around(points, place);
  const detection = changesOf(series, points);
  return analysisRecord({
    deviation: found.id,
    trigger,
    at: at.toISOString(),
    summary: verdict.summary,
    context: {
      project: series.project,
      suite: series.suite,
      environment: series.environment,
      branch: series.branch,
      run: points[first]?.runId,
      ...points[first]?.facts,
    },
    comparison: {
      before: open.before,
      after: open.after,
      changeRatio: open.before === 0 ? undefined : (open.after - open.before) / Math.abs(open.before),
      pValue: open.pValue,
      z: verdict.numbers.z,
    },
    history: detection.changePoints
      .filter(({ index }) => index < first)
      .map(({ index, before, after }) => ({ run: points[index]?.runId ?? "", before, after })),
    similar: found.coinciding.map((key) => ({ name: seriesName(key), suite: key.suite })),
    suite: series.suite,
    commitRange: { lastGood, firstBad },
    candidateCauses: candidateCauses({
      before: points.slice(Math.max(0, first - FACT_RUNS), first).map(({ facts }) => facts),
      after: points.slice(first).map(({ facts }) => facts),
      coinciding: found.coinciding.length,
      compared: found.compared,
    }),
    severity: open.severity,
  });
}
