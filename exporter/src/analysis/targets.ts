/** Targets (R3, R4) against what the newest runs of a scope say. Pure. */
import { ALL_OPERATIONS, loadValues } from "../model/load.ts";
import type { Stat, Unit } from "../model/measure.ts";
import type { SeriesKind } from "../model/series.ts";
import type { LastRunRow } from "../model/store.ts";
import { passRatioOf } from "../model/test.ts";
import { type LevelVerdict, levelOf, TOLERANCE } from "./levels.ts";

/** Derived: passed of executed cases of the newest run, and requests that did not fail of all of a load test. */
export const SUCCESS_RATE = "success_rate";

/** What is left out of a target holds for any, but see `operation`. */
export interface TargetSpec {
  readonly name?: string | undefined;
  readonly project?: string | undefined;
  readonly suite?: string | undefined;
  readonly component?: string | undefined;
  readonly scenario?: string | undefined;
  /** Left out: the scenario as a whole; where a tool gives no whole, each operation. */
  readonly operation?: string | undefined;
  readonly benchmark?: string | undefined;
  readonly measure: string;
  /** Left out: the plain value or the average. */
  readonly stat?: Stat | undefined;
  readonly target: number;
  readonly critical?: number | undefined;
  readonly direction: "higher_is_worse" | "lower_is_worse";
  readonly inclusive: boolean;
  /** Requests per second that it is for: met at a lower load, it is not known to be met. */
  readonly load?: number | undefined;
}

/** One number of the newest run; what does not apply is undefined. */
export interface CurrentValue {
  readonly kind: SeriesKind;
  readonly benchmark?: string | undefined;
  readonly component?: string | undefined;
  readonly scenario?: string | undefined;
  readonly operation?: string | undefined;
  readonly runnerClass?: string | undefined;
  readonly measure: string;
  readonly stat: Stat;
  readonly unit: Unit;
  readonly value: number;
  /** Of the load result it belongs to. */
  readonly requestsPerSecond?: number | undefined;
}

export interface TargetMatch extends LevelVerdict {
  /** Place in the list. */
  readonly target: number;
  readonly current: CurrentValue;
  /** Why the level is not known although there is a value. */
  readonly reason?: string | undefined;
}

/** Everything that the newest runs of a scope say in numbers. */
export function currentValues({ run, measures, load }: LastRunRow): CurrentValue[] {
  const passRatio = run === undefined ? undefined : passRatioOf(run.counts);
  const values: CurrentValue[] =
    passRatio === undefined
      ? []
      : [{ kind: "suite", measure: SUCCESS_RATE, stat: "value", unit: "ratio", value: passRatio }];
  for (const { kind, name, measure, stat, unit, value, component, scenario, runnerClass } of measures)
    values.push({
      kind,
      benchmark: kind === "benchmark" ? name : undefined,
      component,
      scenario,
      runnerClass,
      measure,
      stat,
      unit,
      value,
    });
  for (const result of load) {
    const { scenario, operation = ALL_OPERATIONS, requestsPerSecond } = result;
    const place = { kind: "load", scenario, operation, requestsPerSecond } as const;
    const { requests = 0, failures } = result;
    // Without it a load test whose every request is refused quickly would be all green.
    if (requests > 0 && failures !== undefined) {
      const value = (requests - failures) / requests;
      values.push({ ...place, measure: SUCCESS_RATE, stat: "value", unit: "ratio", value });
    }
    for (const one of loadValues(result)) values.push({ ...place, ...one });
  }
  return values;
}

/** Every value that a target is for, with its level. Of several targets for one value the most specific one holds, then the first. */
export function judgeTargets(targets: readonly TargetSpec[], row: LastRunRow): TargetMatch[] {
  const byMeasure = Map.groupBy(targets.keys(), (i) => targets[i]!.measure);
  const whole = new Set(row.load.filter(({ operation }) => operation === undefined).map(({ scenario }) => scenario));
  const { project, suite } = row.scope;
  const values = currentValues(row).filter(({ measure }) => byMeasure.has(measure));
  return values.flatMap((current): TargetMatch[] => {
    const hasWhole = current.kind === "load" && whole.has(current.scenario);
    const fitting = byMeasure
      .get(current.measure)!
      .filter((i) => isFor(targets[i]!, { project, suite, ...current }, hasWhole));
    const [first] = fitting.sort((a, b) => specificity(targets[b]!) - specificity(targets[a]!) || a - b);
    return first === undefined ? [] : [{ target: first, current, ...judge(targets[first]!, current) }];
  });
}

const SELECTORS = ["project", "suite", "component", "scenario", "benchmark"] as const;

function isFor(
  target: TargetSpec,
  of: CurrentValue & { readonly project: string; readonly suite: string },
  hasWhole: boolean,
): boolean {
  if (SELECTORS.some((key) => target[key] !== undefined && target[key] !== of[key])) return false;
  if (target.stat === undefined ? of.stat !== "value" && of.stat !== "avg" : of.stat !== target.stat) return false;
  if (target.operation !== undefined) return of.operation === target.operation;
  return of.kind !== "load" || of.operation === ALL_OPERATIONS || !hasWhole;
}

const specificity = (target: TargetSpec): number =>
  [...SELECTORS, "operation" as const, "stat" as const].filter((key) => target[key] !== undefined).length;

function judge(target: TargetSpec, { value, requestsPerSecond }: CurrentValue): LevelVerdict & { reason?: string } {
  const verdict = levelOf(value, {
    target: target.target,
    critical: target.critical,
    better: target.direction === "higher_is_worse" ? "lower" : "higher",
    inclusive: target.inclusive,
  });
  // Less load can only make it easier: what is missed there is missed.
  if (target.load === undefined || verdict.level !== "green") return verdict;
  if (requestsPerSecond === undefined)
    return {
      ...UNKNOWN,
      reason: `the target is for ${target.load} requests/s, and the report does not say at how many`,
    };
  if (requestsPerSecond >= target.load * (1 - TOLERANCE)) return verdict;
  const rate = Number(requestsPerSecond.toPrecision(3));
  return { ...UNKNOWN, reason: `measured at ${rate} requests/s, the target is for ${target.load}` };
}

const UNKNOWN: LevelVerdict = levelOf(undefined, { target: 0, better: "lower" });

/** `p95 latency of checkout`: what people call it, else what it is about. */
export function targetName({ name, measure, stat, benchmark, component, scenario, operation }: TargetSpec): string {
  if (name !== undefined) return name;
  const where = [component, scenario, operation, benchmark].filter((one) => one !== undefined).join(" ");
  return `${stat === undefined ? "" : `${stat} `}${measure}${where === "" ? "" : ` of ${where}`}`;
}
