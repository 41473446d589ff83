/** The variables that every dashboard of runs has, and the selectors that follow them. */
import { CATALOGUE, type Family, ref } from "../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "../../prometheus/src/alert.ts";
import { anyOf, once, quote, selector } from "../../prometheus/src/promql.ts";
import type { LabelVariable } from "./helper.ts";

const LABELS: Readonly<Record<(typeof SCOPE)[number], string>> = {
  project: "Project",
  suite: "Suite",
  environment: "Environment",
  branch: "Branch",
};

/**
 * What a variable stands for as a pattern: `name:regex` in backquotes. In double quotes neither way holds: the plain `$name` leaves a
 * quotation mark in a value as it is (unless Grafana runs with prometheusSpecialCharsInLabelValues), and `name:regex` writes
 * `\.` for a dot, which PromQL refuses there. Backquoted text has no escapes, so only a backquote in a name is beyond it.
 */
export const patternOf = (name: string): string => `\`\${${name}:regex}\``;

export const matchersOf = (names: readonly string[]): readonly string[] =>
  names.map((name) => `${name}=~${patternOf(name)}`);

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

/** A name of the configuration in double quotes. Its dollars are escapes: Grafana would put a variable in place of `$suite`. */
export const quotedName = (name: string): string => quote(name).replaceAll("$", "\\x24");

/** More lines or rows than this are a wall: with 2000 suites one looks for the worst. */
export const LINES = 15;

/** A recorded series that the variables choose; what was recorded comes from one replica already. */
export const recorded = (record: string, ...matchers: readonly string[]): string =>
  `${record}{${[...matchersOf(SCOPE), ...matchers].join(",")}}`;

/** The same for what was recorded of all suites of a project: the choice of a suite does not reach it. */
export const projectWide = (record: string, ...matchers: readonly string[]): string =>
  `${record}{${[...matchersOf(WITHOUT_SUITE), ...matchers].join(",")}}`;
const WITHOUT_SUITE = ["project", "environment", "branch"] as const;

/**
 * The series of `expr` that belong to the `count` largest of `rank` at the end of the time range. Plain `topk` chooses anew at every
 * step, so that a graph of it has many more lines. `rank` must keep the same labels, and say `@ end()` after each of its selectors.
 */
export const worst = (count: number, expr: string, rank: string): string =>
  `(\n${expr}\n)\nand\ntopk(${count}, ${rank})`;

/**
 * What a counter grew by over the time range of the dashboard, up to now. Exact where `increase` extrapolates, and two look-ups where it
 * would read every sample: these counters never fall, are kept over restarts and are born at zero. Where Prometheus remembers
 * less than the range it is all that was counted.
 */
export const grown = (family: Family, ...matchers: readonly string[]): string => {
  const counter = selector(family, ...matchersOf(SCOPE.filter((name) => name in family.labels)), ...matchers);
  return `(${once(counter)} - (${once(`${counter} offset $__range`)} or ${once(counter)} * 0))`;
};

/** The same for a gauge, one of the replicas'. */
export const shown = (family: Family, ...matchers: readonly string[]): string => once(chosen(family, ...matchers));

/**
 * One number per series out of a stateset: 1 for the first of `names`, 2 for the second, and so on; absent where none holds. `of`
 * gives the stateset's series by its matchers.
 */
export const stateNumber = (of: (matcher: string) => string, label: string, names: readonly string[]): string =>
  names.map((name, index) => `max without (${label}) (${of(`${label}="${name}"`)} == 1) * ${index + 1}`).join("\nor\n");

/** The names of the scope for legends of lines that differ in any of them. */
export const SCOPE_LEGEND = "{{project}}/{{suite}} ({{branch}}, {{environment}})";
