/** Which numbers nobody wants to be alerted about (`targets[].alert: false`), as PromQL. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { ALL_OPERATIONS, CATALOGUE, ref } from "../../exporter/src/metrics/catalogue.ts";
import { anyOf, latest, quote } from "./promql.ts";

type Target = Config["targets"][number];

/** Numbers that a silent target is for, unless one of `except` is for them: those are more specific and do alert. */
export interface Silence {
  readonly target: Target;
  readonly except: readonly Target[];
}

const SELECTORS = ["project", "suite", "component", "scenario", "benchmark", "operation"] as const;

/**
 * Of several targets for a number the most specific one holds, then the first (analysis/targets.ts). A number is silent when that one
 * is: then it fits a silent target, and no alerting target that comes before it.
 */
export function silences(targets: readonly Target[]): Silence[] {
  const before = (a: Target, b: Target): boolean =>
    specificity(a) > specificity(b) || (specificity(a) === specificity(b) && targets.indexOf(a) < targets.indexOf(b));
  return targets
    .filter(({ alert }) => !alert)
    .map((target) => ({
      target,
      except: targets.filter((other) => other.alert && before(other, target) && mayMeet(other, target)),
    }));
}

/** Silent numbers as series of `measure_value`; undefined: every target alerts. */
export function silentValues(config: Config): string | undefined {
  const terms = silences(config.targets).map(({ target, except }) =>
    [target, ...except].map((one) => `(${valuesOf(config, one)})`).join("\nunless\n"),
  );
  return terms.length === 0 ? undefined : terms.join("\nor\n");
}

const specificity = (target: Target): number =>
  [...SELECTORS, "stat" as const].filter((key) => target[key] !== undefined).length;

/** Statistics that it is for. */
const statsOf = ({ stat }: Target): readonly string[] => (stat === undefined ? ["value", "avg"] : [stat]);

/** Whether a number can fit both. */
const mayMeet = (a: Target, b: Target): boolean =>
  a.measure === b.measure &&
  statsOf(a).some((stat) => statsOf(b).includes(stat)) &&
  SELECTORS.every((key) => a[key] === undefined || b[key] === undefined || a[key] === b[key]);

/** What a target is for. Without an operation: the scenario as a whole, and single operations only of scenarios that have no whole. */
function valuesOf(config: Config, target: Target): string {
  const matchers = [
    `measure=${quote(target.measure)}`,
    anyOf("stat", statsOf(target)),
    ...SELECTORS.flatMap((key) => (target[key] === undefined ? [] : [`${key}=${quote(target[key])}`])),
  ];
  const values = (...more: readonly string[]): string => latest(config, CATALOGUE.measureCurrent, ...matchers, ...more);
  // Where no target names an operation, single ones of a scenario that has a whole have no target, so no series.
  const named = config.targets.some(({ measure, operation }) => measure === target.measure && operation !== undefined);
  if (target.operation !== undefined || !named) return values();
  const whole = `operation=${quote(ALL_OPERATIONS)}`;
  return `${values(`operation=~"|${ALL_OPERATIONS}"`)} or ${values(`operation!~"|${ALL_OPERATIONS}"`)} unless on (project, suite, environment, branch, scenario) ${wholeLoads(whole)}`;
}

/** Any number of a scenario as a whole. */
const wholeLoads = (whole: string): string =>
  `{${anyOf(
    "__name__",
    [CATALOGUE.loadLastLatency, CATALOGUE.loadLastRequests, CATALOGUE.loadLastRate, CATALOGUE.loadLastErrors].map(
      (family) => ref(family),
    ),
  )},${whole}}`;
