/** SeriesFolded: label values were folded in the last hour, or a family is nearly full. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import { at, ownAlert } from "./plumbline.ts";
import { phasesEvery, type RuleTest, series } from "./support.ts";

// Windows of an hour are quicker so.
const intervalSeconds = 15;
const phases = phasesEvery(intervalSeconds);

const counter = (values: string, instance = "a"): RuleTest["series"][number] => [
  series(M.seriesFolded, { ...at(instance), label: "suite" }),
  values,
];
const family = (values: string): RuleTest["series"] => [
  [series(M.series, { ...at("a"), family: "test_case_executions_total" }), values],
  [series(M.seriesLimit, at("a")), phases([50_000, 7200])],
];
const folded = (times: number) =>
  ownAlert(
    "SeriesFolded",
    "Values of label suite are folded, limit 500 (labels.suitesPerProject)",
    `About ${times} times in the last hour a new value of label suite went beyond the limit, 500 (labels.suitesPerProject), and was ` +
      "folded into __overflow__. Reports are stored whole, but what was folded has no metrics, panels and alerts of its own.",
    { label: "suite" },
  );
const full = ownAlert(
  "SeriesFolded",
  "test_case_executions_total has 46k series, limit 50000 (labels.seriesPerFamily)",
  "The metric family test_case_executions_total has 46k series, more than 90% of the limit, 50000 (labels.seriesPerFamily); what comes " +
    "beyond it is folded into __overflow__, without panels and alerts of its own.",
  { family: "test_case_executions_total" },
);

export const seriesFolded: readonly RuleTest[] = [
  {
    name: "nothing folded in the last hour, and room left: silent",
    intervalSeconds,
    series: [counter(phases([7, 7200])), ...family(phases([45_000, 7200]))],
    checks: [["1h5m", []]],
  },
  {
    name: "folded values warn for an hour, and two replicas that show the same counter do not double it",
    intervalSeconds,
    series: ["a", "b"].map((instance) => counter(phases([0, 300], [4, 7200]), instance)),
    checks: [
      ["4m45s", []],
      ["5m", [folded(4)]],
      ["1h4m", [folded(4)]],
      ["1h8m", []],
    ],
  },
  {
    name: "a family that is nearly full warns before anything folds, and resolves when it is not",
    intervalSeconds,
    series: [...family(phases([45_000, 60], [46_000, 300], [40_000, 3600]))],
    checks: [
      ["45s", []],
      ["1m", [full]],
      ["7m45s", [full]],
      ["8m", []],
    ],
  },
  {
    name: "a new exporter, whose counters begin at 0, is silent",
    intervalSeconds,
    series: [counter(phases(["_", 60], [0, 3600]))],
    checks: [["10m", []]],
  },
];
