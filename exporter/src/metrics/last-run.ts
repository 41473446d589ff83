import type { Config } from "../config/schema.ts";
import { ALL_OPERATIONS, errorRatio } from "../model/load.ts";
import type { Unit } from "../model/measure.ts";
import type { LastRunRow, LoadSummary, Scope } from "../model/store.ts";
import { OUTCOMES } from "../model/test.ts";
import { type FamilyId, LAST_RUN_STATUSES } from "./catalogue.ts";

export type SuitePlan = Config["suites"][number];
/** One sample: its family and its label values in the family's order. */
export interface Sample {
  readonly family: FamilyId;
  readonly labels: readonly string[];
  readonly value: number;
}
const MEASURE_FAMILIES = {
  seconds: "measureSeconds",
  bytes: "measureBytes",
  per_second: "measurePerSecond",
  ratio: "measureRatio",
  value: "measureValue",
} as const satisfies Record<Unit, FamilyId>;
const BENCHMARK_FAMILIES = {
  seconds: "benchmarkSeconds",
  bytes: "benchmarkBytes",
  per_second: "benchmarkPerSecond",
  ratio: "benchmarkRatio",
  value: "benchmarkValue",
} as const satisfies Record<Unit, FamilyId>;

export const scopeLabels = (scope: Scope): string[] => [scope.project, scope.suite, scope.environment, scope.branch];

/** Everything that the newest completed runs of a scope show. What the runs or the plan do not state is absent. */
export function lastRunSamples(row: LastRunRow, plan: SuitePlan | undefined): Sample[] {
  const { scope, run, measuredAtMs, coverage, measures, load } = row;
  const base = scopeLabels(scope);
  const samples: Sample[] = [];
  const add: Add = (family, value, ...more) => {
    if (value !== undefined) samples.push({ family, labels: [...base, ...more], value });
  };
  if (run !== undefined) {
    for (const outcome of OUTCOMES) add("lastRunCases", run.counts[outcome], outcome);
    add("lastRunCasesExpected", plan?.expectedCases);
    add("lastRunDuration", run.durationSeconds);
    add("lastRunExpectedDuration", plan?.expectedDurationSeconds ?? run.usualDurationSeconds);
    add("lastRunStart", run.startedAtMs / 1000);
    add("lastRunEnd", run.endedAtMs / 1000);
    for (const status of LAST_RUN_STATUSES) add("lastRunStatus", run.status === status ? 1 : 0, status);
    add("lastSuccess", run.lastSuccessAtMs === undefined ? undefined : run.lastSuccessAtMs / 1000);
  }
  // A suite that yields measures only has no other run; without its end nobody would miss it when it stops coming.
  else if (measuredAtMs !== undefined) add("lastRunEnd", measuredAtMs / 1000);
  add("lastRunCoverage", coverage?.lineRatio, "line");
  add("lastRunCoverage", coverage?.branchRatio, "branch");
  add("lastRunCoverage", coverage?.functionRatio, "function");
  for (const measure of measures) addMeasure(add, measure);
  for (const result of load) addLoad(add, result);
  return samples;
}
type Add = (family: FamilyId, value: number | undefined, ...more: string[]) => void;

/** Two measures that differ only in tags share a series; the later one holds. */
function addMeasure(
  add: Add,
  { kind, name, measure, stat, value, unit, component, scenario, runnerClass }: LastRunRow["measures"][number],
): void {
  if (kind === "benchmark") add(BENCHMARK_FAMILIES[unit], value, name, measure, stat, runnerClass ?? "");
  else add(MEASURE_FAMILIES[unit], value, component ?? "", scenario ?? "", measure, stat);
}

function addLoad(add: Add, result: LoadSummary): void {
  const labels = [result.scenario ?? "", result.operation ?? ALL_OPERATIONS];
  for (const [stat, value] of Object.entries(result.latency)) add("loadLastLatency", value, ...labels, stat);
  add("loadLastRequests", result.requests, ...labels);
  add("loadLastRate", result.requestsPerSecond, ...labels);
  add("loadLastErrors", errorRatio(result), ...labels);
}
