/** What /metrics says of numbers that have a target, for the cases of TargetCritical and TargetMissed. */
import { type Family, CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import { always, type Labels, type RuleTest, series, suite } from "./support.ts";

/** p95 latency of an operation of a load test. */
export const latency: Labels = {
  ...suite,
  scenario: "peak",
  operation: 'GET /a?b="c"',
  measure: "latency",
  stat: "p95",
};
export const measured = (measure: string, labels: Labels = {}): Labels => ({
  ...suite,
  measure,
  stat: "value",
  ...labels,
});

interface Judged {
  readonly value: number | string;
  /** Texts of phases; what is left out never holds. */
  readonly red?: string;
  readonly yellow?: string;
  readonly target: number;
  readonly critical?: number;
  /** The family that holds the number itself, which tells its unit. */
  readonly family?: Family;
}

export function judged(labels: Labels, of: Judged): RuleTest["series"] {
  const { operation: _operation, ...own } = labels;
  return [
    [series(M.measureCurrent, labels), typeof of.value === "number" ? always(of.value) : of.value],
    [series(M.measureState, { ...labels, state: "red" }), of.red ?? always(0)],
    [series(M.measureState, { ...labels, state: "yellow" }), of.yellow ?? always(0)],
    [series(M.measureThreshold, { ...labels, level: "target" }), always(of.target)],
    ...(of.critical === undefined
      ? []
      : [[series(M.measureThreshold, { ...labels, level: "critical" }), always(of.critical)] as const]),
    ...(of.family === undefined ? [] : [[series(of.family, own), always(1)] as const]),
  ];
}
