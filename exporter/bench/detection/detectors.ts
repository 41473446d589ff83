/** What is compared: the usual limits, the known algorithm, and ours. Each gets plain values in the order of time. */
import { detect } from "../../src/analysis/detect.ts";
import { detectOutcomes } from "../../src/analysis/outcomes/detect.ts";
import { describe, fences } from "../../src/analysis/statistics/describe.ts";
import { eDivisive } from "./e-divisive.ts";

export interface Found {
  readonly changes: readonly number[];
  readonly outliers: readonly number[];
}

export interface Detector {
  readonly name: string;
  readonly find: (values: readonly number[]) => Found;
}

/** Runs which a limit compares with, at least. */
const BASELINE = 10;

export const DETECTORS: readonly Detector[] = [
  {
    name: "10 % limit",
    find: (values) => limit(values, (value, { mean }) => Math.abs(value - mean) > 0.1 * Math.abs(mean)),
  },
  {
    name: "z > 2",
    find: (values) => limit(values, (value, { mean, std }) => (std ?? 0) > 0 && Math.abs(value - mean) > 2 * std!),
  },
  {
    name: "IQR",
    find: (values) =>
      limit(values, (value, baseline) => {
        const { lower, upper } = fences(baseline);
        return value < lower || value > upper;
      }),
  },
  { name: "E-divisive", find: (values) => ({ changes: eDivisive(values, { maxPValue: 0.001 }), outliers: [] }) },
  { name: "E-div. 1e-5", find: (values) => ({ changes: eDivisive(values, { maxPValue: 1e-5 }), outliers: [] }) },
  {
    name: "as Otava",
    find: (values) => ({ changes: eDivisive(values, { maxPValue: 0.001, window: 50 }), outliers: [] }),
  },
  { name: "ours", find: ours },
];

/** As `plumbline analyze`: pass and fail by their own detector. */
export function ours(values: readonly number[]): Found {
  const isOutcomes = values.every((value) => value === 0 || value === 1);
  const { changePoints, outliers } = isOutcomes ? detectOutcomes(values) : detect(values);
  return { changes: changePoints.map(({ index }) => index), outliers };
}

/** Every run beyond the limits of the runs before it is an outlier; where they begin, a change is reported. */
function limit(
  values: readonly number[],
  isBeyond: (value: number, baseline: NonNullable<ReturnType<typeof describe>>) => boolean,
): Found {
  const outliers: number[] = [];
  for (let i = BASELINE; i < values.length; i++) {
    const baseline = describe(values.slice(Math.max(0, i - 30), i))!;
    if (isBeyond(values[i]!, baseline)) outliers.push(i);
  }
  return { changes: outliers.filter((run, i) => outliers[i - 1] !== run - 1), outliers };
}
