/** Benchmarks: what is worse than before, values with the baseline band and changes of level, and runner classes compared. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { CATALOGUE, ref } from "../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "../../prometheus/src/alert.ts";
import { base } from "../../prometheus/src/links.ts";
import { anyOf } from "../../prometheus/src/promql.ts";
import { changesOf, firingAlerts, newRuns } from "./annotations.ts";
import { type Dashboard, dashboard, type LabelVariable } from "./helper.ts";
import {
  benchmarkCount,
  CHOSEN,
  machineSpread,
  machines,
  newestTable,
  suspectedCount,
  unknownCount,
  valuesOverTime,
  worseCount,
} from "./panels/benchmarks.ts";
import { zScores } from "./panels/deviation-course.ts";
import { UNIT_FAMILIES } from "./panels/series.ts";
import { matchersOf, scopeVariables } from "./scope.ts";

const FAMILIES = anyOf(
  "__name__",
  // Newest values are of one kind of machine; baselines are kept of all.
  [...UNIT_FAMILIES.map(({ benchmark }) => benchmark), CATALOGUE.deviationBaseline].map((family) => ref(family)),
);
const variables: readonly LabelVariable[] = [
  ...scopeVariables,
  {
    name: "benchmark",
    label: "Benchmark",
    query: `label_values({${[FAMILIES, ...matchersOf(SCOPE)].join(",")}}, benchmark)`,
  },
  {
    name: "runner_class",
    label: "Runner class",
    query: `label_values({${[FAMILIES, ...matchersOf([...SCOPE, "benchmark"])].join(",")}}, runner_class)`,
    // Not every report states a machine.
    allValue: ".*",
  },
];

export const benchmarks = (config: Config): Dashboard =>
  dashboard({
    name: "benchmarks",
    title: "Benchmarks",
    description:
      "What benchmarks say run after run: newest values against their baselines, changes of level, and kinds of machines compared.",
    from: "now-14d",
    refresh: "1m",
    plumblineUrl: base(config.addresses.plumbline),
    variables,
    annotations: [firingAlerts, changesOf(...CHOSEN), newRuns],
    rows: [
      {
        title: "Did anything get worse?",
        lines: [[worseCount(), suspectedCount(), unknownCount(config), benchmarkCount()], [newestTable(config)]],
      },
      { title: "How unusual is that?", lines: [[zScores(config, 24, ...CHOSEN)]] },
      {
        title: "Values over time",
        lines: [
          [valuesOverTime(0, UNIT_FAMILIES[0], 24)],
          [valuesOverTime(1, UNIT_FAMILIES[1], 12), valuesOverTime(2, UNIT_FAMILIES[2], 12)],
          [valuesOverTime(3, UNIT_FAMILIES[3], 12), valuesOverTime(4, UNIT_FAMILIES[4], 12)],
        ],
      },
      { title: "Runner classes", lines: [[machines(), machineSpread()]] },
    ],
  });
