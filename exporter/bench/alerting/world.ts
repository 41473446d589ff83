/**
 * What a Prometheus of a big company holds: suites that run every quarter of an hour, a half of which measure as well. All that rules and
 * dashboards read is there, in the proportions in which the exporter shows it; values move with each run.
 */
import { CATALOGUE, type Family, LAST_RUN_STATUSES, ref, TARGET_STATES } from "../../src/metrics/catalogue.ts";
import { DEVIATION_STATES } from "../../src/model/deviation.ts";
import { RUN_RESULTS } from "../../src/model/run.ts";
import { ERROR_TYPES, OUTCOMES } from "../../src/model/test.ts";

export interface WorldSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its value at a moment, in seconds since the epoch. */
  readonly value: (at: number) => number;
}

const PROJECTS = 10;
const RUN_SECONDS = 900;
const BOUNDS = ["1", "5", "10", "30", "60", "120", "300", "600", "1200", "1800", "3600", "7200", "+Inf"];
const LATENCY_BOUNDS = ["0.05", "0.1", "0.2", "0.5", "1", "+Inf"];

/** About 85 series a suite on the average: 2000 suites are 170 000. */
export function worldSeries(suites: number): WorldSeries[] {
  const series: WorldSeries[] = [];
  const add = (name: string, labels: WorldSeries["labels"], value: WorldSeries["value"] | number): void => {
    series.push({ name, labels, value: typeof value === "number" ? () => value : value });
  };
  for (let p = 0; p < PROJECTS; p++)
    for (const result of RUN_RESULTS)
      add(ref(CATALOGUE.runs), { project: `p${p}`, environment: "ci", branch: "main", result }, (at) =>
        Math.floor((at * suites) / PROJECTS / RUN_SECONDS / (result === "passed" ? 1 : 20)),
      );
  for (let i = 0; i < suites; i++) {
    addTests(add, i);
    if (i % 2 === 0) addNumbers(add, i);
  }
  return series;
}

type Add = (name: string, labels: WorldSeries["labels"], value: WorldSeries["value"] | number) => void;

const scopeOf = (i: number) => ({
  project: `p${i % PROJECTS}`,
  suite: `suite-${i}`,
  environment: "ci",
  branch: "main",
});
/** Completed runs so far; suites run at different moments. */
const runsOf = (i: number) => (at: number) => Math.floor((at + i * 7) / RUN_SECONDS);
/** Between 0.98 and 1.02, another one after each run. */
const noise = (i: number) => (at: number) => 1 + 0.02 * Math.sin(i * 7 + 13 * runsOf(i)(at));

function addTests(add: Add, i: number): void {
  const scope = scopeOf(i);
  const runs = runsOf(i);
  const tests = 50 + (i % 200);
  // One suite of forty fails a quarter of its tests, another one a single test.
  const failing = i % 40 === 0 ? Math.ceil(tests / 4) : i % 40 === 5 ? 1 : 0;
  const cases = { passed: tests - failing, failed: failing, errored: 0, skipped: i % 3 };
  for (const result of OUTCOMES) {
    add(ref(CATALOGUE.executions), { ...scope, result }, (at) => runs(at) * cases[result]);
    add(ref(CATALOGUE.lastRunCases), { ...scope, result }, cases[result]);
  }
  const now = failing > 0 ? "failed" : "passed";
  for (const status of LAST_RUN_STATUSES)
    if (status !== "measured") add(ref(CATALOGUE.lastRunStatus), { ...scope, status }, status === now ? 1 : 0);
  for (const error_type of ERROR_TYPES)
    add(ref(CATALOGUE.errors), { ...scope, error_type }, (at) => (error_type === "assertion" ? runs(at) * failing : 0));
  if (failing > 0) {
    add(ref(CATALOGUE.errorLastOccurrence), { ...scope, error_type: "assertion" }, endOf(i));
    add(ref(CATALOGUE.errorAffectedTests), { ...scope, error_type: "assertion" }, failing);
  }
  add(ref(CATALOGUE.retries), scope, (at) => runs(at) * (i % 5));
  add(ref(CATALOGUE.flaky), { ...scope, reason: "retry" }, (at) => runs(at) * (i % 7 === 0 ? 1 : 0));
  add(ref(CATALOGUE.flakyTests), scope, i % 7 === 0 ? 4 : 0);
  const seconds = (at: number): number => (20 + (i % 300)) * noise(i)(at);
  for (const le of BOUNDS)
    add(ref(CATALOGUE.runDuration, "bucket"), { ...scope, le }, (at) =>
      Number(le.replace("+", "")) > 20 + (i % 300) ? runs(at) : 0,
    );
  add(ref(CATALOGUE.runDuration, "count"), scope, runs);
  add(ref(CATALOGUE.runDuration, "sum"), scope, (at) => runs(at) * (20 + (i % 300)));
  add(ref(CATALOGUE.lastRunDuration), scope, seconds);
  add(ref(CATALOGUE.lastRunExpectedDuration), scope, 20 + (i % 300));
  add(ref(CATALOGUE.lastRunStart), scope, (at) => endOf(i)(at) - 20);
  add(ref(CATALOGUE.lastRunEnd), scope, endOf(i));
  add(ref(CATALOGUE.lastSuccess), scope, endOf(i));
  add(ref(CATALOGUE.expectedInterval), scope, RUN_SECONDS);
  add(
    ref(CATALOGUE.lastRunCoverage),
    { ...scope, kind: "line" },
    (at) => (i % 50 === 0 ? 0.93 : 0.97) * Math.min(1, noise(i)(at)),
  );
  add(
    ref(CATALOGUE.suiteInfo),
    { project: scope.project, suite: scope.suite, team: `team-${i % 40}`, component: `c${i % 7}`, framework: "junit" },
    1,
  );
}

const endOf = (i: number) => (at: number) => runsOf(i)(at) * RUN_SECONDS - i * 7;

/** Three judged series and two targets in every second suite: a measure, a benchmark, a load test. */
function addNumbers(add: Add, i: number): void {
  const scope = scopeOf(i);
  const near = noise(i);
  const measure = { ...scope, measure: "api_response_time" };
  const load = { ...scope, scenario: "s" };
  const benchmark = { ...scope, benchmark: `Bench${i % 50}`, runner_class: `c${(i / 2) % 2}`, stat: "avg" };
  addJudged(add, i, { ...measure, stat: "avg" }, true);
  addJudged(add, i, { ...benchmark, measure: "time" }, false);
  addJudged(add, i, { ...load, operation: "__all__", measure: "latency", stat: "p95" }, true);
  for (const [k, stat] of ["avg", "p95", "p99"].entries())
    add(ref(CATALOGUE.measureSeconds), { ...measure, stat }, (at) => 0.1 * (k + 1 + (i % 40) / 40) * near(at));
  add(ref(CATALOGUE.measureRatio), { ...scope, measure: "cpu_utilization", stat: "avg" }, (at) => 0.5 * near(at));
  add(ref(CATALOGUE.measureRatio), { ...scope, measure: "error_rate", stat: "avg" }, (at) => 0.01 * near(at));
  add(ref(CATALOGUE.measureValue), { ...measure, stat: "count" }, 5000);
  add(ref(CATALOGUE.benchmarkSeconds), { ...benchmark, measure: "time" }, (at) => 0.2 * near(at));
  add(ref(CATALOGUE.benchmarkBytes), { ...benchmark, measure: "memory" }, 1000);
  for (const operation of ["__all__", "GET /"]) {
    const labels = { ...load, operation };
    for (const [k, stat] of ["avg", "p50", "p95", "p99"].entries())
      add(ref(CATALOGUE.loadLastLatency), { ...labels, stat }, (at) => 0.1 * (k + 1 + (i % 30) / 30) * near(at));
    add(ref(CATALOGUE.loadLastRequests), labels, 5000);
    add(ref(CATALOGUE.loadLastErrors), labels, (at) => 0.01 * near(at));
    add(ref(CATALOGUE.loadLastRate), labels, (at) => 10 * near(at));
  }
  const single = { ...load, operation: "GET /" };
  add(ref(CATALOGUE.loadRequests), single, (at) => 5000 * runsOf(i)(at));
  add(ref(CATALOGUE.loadFailures), single, (at) => 50 * runsOf(i)(at));
  for (const [k, le] of LATENCY_BOUNDS.entries())
    add(ref(CATALOGUE.loadLatency, "bucket"), { ...single, le }, (at) => 900 * (k + 1) * runsOf(i)(at));
}

/** One judged series; the state of most is that nothing is wrong. */
function addJudged(add: Add, i: number, labels: WorldSeries["labels"], target: boolean): void {
  const state = i % 40 === 0 ? "warning" : i % 62 === 0 ? "critical" : "ok";
  for (const one of DEVIATION_STATES)
    add(ref(CATALOGUE.deviationState), { ...labels, state: one }, one === state ? 1 : 0);
  const number = (family: Family, value: WorldSeries["value"] | number): void => add(ref(family), labels, value);
  number(CATALOGUE.deviationSuspected, i % 80 === 2 ? 1 : 0);
  number(CATALOGUE.deviationBaseline, 0.2);
  number(CATALOGUE.deviationBaselineSpread, 0.01);
  number(CATALOGUE.deviationZscore, (at) => (i % 9) - 4 + noise(i)(at));
  number(CATALOGUE.deviationRatio, ((i % 50) - 25) / 100);
  number(CATALOGUE.deviationOutliers, i % 5);
  if (i % 10 === 0) {
    number(CATALOGUE.deviationChangePoint, 1_790_000_000 + i);
    number(CATALOGUE.deviationChangeRatio, 0.2);
  }
  if (!target) return;
  const level = i % 80 === 0 ? "red" : i % 36 === 0 ? "yellow" : "green";
  add(
    ref(CATALOGUE.measureCurrent),
    labels,
    (at) => (level === "red" ? 0.6 : level === "yellow" ? 0.3 : 0.2) * noise(i)(at),
  );
  add(ref(CATALOGUE.measureThreshold), { ...labels, level: "target" }, 0.25);
  add(ref(CATALOGUE.measureThreshold), { ...labels, level: "critical" }, 0.5);
  for (const one of TARGET_STATES) add(ref(CATALOGUE.measureState), { ...labels, state: one }, one === level ? 1 : 0);
}

/** `name{label="value",…}`; no value here needs escapes. */
export const keyOf = ({ name, labels }: WorldSeries): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(",")}}`;
