/** The variables that every dashboard of runs has, and the selectors that follow them. */
import { CATALOGUE, type Family, ref } from "../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "../../prometheus/src/alert.ts";
import { anyOf, once, selector } from "../../prometheus/src/promql.ts";
import type { LabelVariable } from "./helper.ts";

const LABELS: Readonly<Record<(typeof SCOPE)[number], string>> = {
  project: "Project",
  suite: "Suite",
  environment: "Environment",
  branch: "Branch",
};

/** `project=~"$project"` and so on; plain `$name`, which the data source escapes; `name:regex` in braces breaks on a dot. */
export const matchersOf = (names: readonly string[]): readonly string[] => names.map((name) => `${name}=~"$${name}"`);

/**
 * Whatever a report can leave behind: executions and requests, which have every branch, also of pull requests, and for suites that
 * only measure, their measures.
 */
const CHOICE = [
  CATALOGUE.executions,
  CATALOGUE.measureSeconds,
  CATALOGUE.measureBytes,
  CATALOGUE.measurePerSecond,
  CATALOGUE.measureRatio,
  CATALOGUE.measureValue,
  CATALOGUE.benchmarkSeconds,
  CATALOGUE.benchmarkBytes,
  CATALOGUE.benchmarkPerSecond,
  CATALOGUE.benchmarkRatio,
  CATALOGUE.benchmarkValue,
  CATALOGUE.loadRequests,
  CATALOGUE.loadLastLatency,
];

/** Each variable narrows those after it. */
export const scopeVariables: readonly LabelVariable[] = SCOPE.map((name, index) => ({
  name,
  label: LABELS[name],
  query: `label_values({${[
    anyOf(
      "__name__",
      CHOICE.map((family) => ref(family)),
    ),
    ...matchersOf(SCOPE.slice(0, index)),
  ].join(",")}}, ${name})`,
}));

/** A family's series that the variables choose, before anything is done to them. */
export const chosen = (family: Family, ...matchers: readonly string[]): string =>
  selector(family, ...matchersOf(SCOPE), ...matchers);

/** The same for a gauge, one of the replicas'. */
export const shown = (family: Family, ...matchers: readonly string[]): string => once(chosen(family, ...matchers));

/** The names of the scope for legends of lines that differ in any of them. */
export const SCOPE_LEGEND = "{{project}}/{{suite}} ({{branch}}, {{environment}})";
