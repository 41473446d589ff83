/** What /metrics says of series that the detector watches, for the cases of its alerts. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import { type Labels, type RuleTest, series, suite } from "./support.ts";

export const deviating: Labels = {
  ...suite,
  measure: "latency",
  stat: "p95",
  scenario: "peak",
  operation: "GET /cart",
};

export function deviation(
  state: Readonly<Record<string, string>>,
  /** Left out: the level before was 0, and a change from there has no size. */
  ratio?: string,
  labels: Labels = deviating,
): RuleTest["series"] {
  return [
    ...Object.entries(state).map(
      ([name, values]) => [series(M.deviationState, { ...labels, state: name }), values] as const,
    ),
    ...(ratio === undefined ? [] : [[series(M.deviationRatio, labels), ratio] as const]),
  ];
}
