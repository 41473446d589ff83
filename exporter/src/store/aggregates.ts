/** R1's aggregations, as SQL over the roll-ups; only failures look at single cases. */
import type {
  DailyPoint,
  ExecutionSummary,
  FailureGroup,
  MeasureLimit,
  PerformanceSummary,
  RunFilter,
} from "../model/store.ts";
import { type ErrorType, executedOf, type OutcomeCounts, totalOf } from "../model/test.ts";
import type { Detail } from "./case-inserts.ts";
import { percent, quantile } from "./numbers.ts";
import { type All, suiteCondition } from "./query.ts";
import { countsOf } from "./rows.ts";

const DAY_MS = 86_400_000;
const COUNTS =
  "coalesce(sum(s.passed), 0) AS passed, coalesce(sum(s.failed), 0) AS failed, coalesce(sum(s.errored), 0) AS errored, coalesce(sum(s.skipped), 0) AS skipped";

export function summary(all: All, filter: RunFilter): ExecutionSummary {
  const where = suiteCondition(filter, "s.suite");
  const row = all<
    OutcomeCounts & { runs: number; sum: number; n: number; started: number | null; ended: number | null }
  >(
    `SELECT count(DISTINCT r.id) AS runs, ${COUNTS}, coalesce(sum(s.case_seconds_sum), 0) AS sum, coalesce(sum(s.case_seconds_count), 0) AS n,
       min(s.started_ms) AS started, max(s.ended_ms) AS ended
     FROM run r JOIN suite_result s ON s.run = r.id WHERE ${where.sql}`,
    ...where.values,
  )[0]!;
  const counts = countsOf(row);
  return {
    runs: row.runs,
    counts,
    total: totalOf(counts),
    executed: executedOf(counts),
    passRatePercent: percent(counts.passed, executedOf(counts)),
    averageDurationSeconds: row.n === 0 ? null : row.sum / row.n,
    startedAtMs: row.started,
    endedAtMs: row.ended,
  };
}

interface MeasureValue {
  component: string | null;
  scenario: string | null;
  measure: string;
  stat: string;
  unit: string;
  value: number;
}

export function performance(all: All, filter: RunFilter, limits: readonly MeasureLimit[]): PerformanceSummary[] {
  const where = suiteCondition(filter, "m.suite");
  const rows = all<MeasureValue>(
    `SELECT m.component, m.scenario, m.measure, m.stat, m.unit, m.value FROM run r JOIN measure m ON m.run = r.id
     WHERE ${where.sql} ORDER BY m.measure, m.stat, m.component, m.scenario, m.unit`,
    ...where.values,
  );
  const groups = Map.groupBy(rows, (row) =>
    JSON.stringify([row.component, row.scenario, row.measure, row.stat, row.unit]),
  );
  return [...groups.values()].map((group) => {
    const first = group[0]!;
    const values = group.map((row) => row.value);
    const limit = limits.find((one) => one.measure === first.measure && one.stat === first.stat);
    const beyond = (bound: number): number =>
      values.filter((value) => (limit?.direction === "lower_is_worse" ? value < bound : value > bound)).length;
    return {
      component: first.component ?? undefined,
      scenario: first.scenario ?? undefined,
      measure: first.measure,
      stat: first.stat,
      unit: first.unit,
      average: values.reduce((sum, value) => sum + value, 0) / values.length,
      min: values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY),
      max: values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY),
      p95: quantile(values, 0.95),
      samples: values.length,
      warningViolations: limit === undefined ? null : beyond(limit.warning),
      criticalViolations: limit === undefined ? null : beyond(limit.critical),
    };
  });
}

/** Tests named per group of failures. */
const EXAMPLES = 5;

interface FailureRow {
  type: ErrorType;
  n: number;
  tests: number;
  first: number;
  last: number;
  name: string;
  /** JSON of the group's newest failure, on the first row of its group only. */
  detail: string | null;
  last_run: string;
}

/** Final failures by type and signature. A test that passed on a later attempt is in no group. */
export function errors(all: All, filter: RunFilter, limit: number): FailureGroup[] {
  const where = suiteCondition(filter, "g.suite");
  const rows = all<FailureRow>(
    // Details are long: only those of the newest failures are read. `example` takes run and attempt from the row of its max().
    `WITH failure AS MATERIALIZED (
       SELECT d.error_type AS type, d.signature, d.test, d.run, d.attempt, r.ended_ms AS at
       FROM run r JOIN case_detail d ON d.run = r.id JOIN test_group g ON g.id = d.test >> 20
       WHERE d.error_type IS NOT NULL AND ${where.sql}
         AND NOT EXISTS (SELECT 1 FROM case_result l WHERE l.run = d.run AND l.test = d.test AND l.attempt > d.attempt)
     ), grouped AS MATERIALIZED (
       SELECT type, signature, count(*) AS n, count(DISTINCT test) AS tests, min(at) AS first, max(at) AS last
       FROM failure GROUP BY type, signature ORDER BY n DESC, last DESC, type, signature LIMIT ?
     ), example AS (
       SELECT f.type, f.signature, f.test, f.run, f.attempt, max(f.at) AS at
       FROM failure f JOIN grouped USING (type, signature) GROUP BY f.type, f.signature, f.test
     ), ranked AS (
       SELECT *, row_number() OVER (PARTITION BY type, signature ORDER BY at DESC, run DESC, test) AS rank FROM example
     )
     SELECT k.type, k.n, k.tests, k.first, k.last, t.name, r.uuid AS last_run, d.detail
     FROM grouped k JOIN ranked e USING (type, signature) JOIN test t ON t.id = e.test JOIN run r ON r.id = e.run
       LEFT JOIN case_detail d ON e.rank = 1 AND d.run = e.run AND d.test = e.test AND d.attempt = e.attempt
     WHERE e.rank <= ${EXAMPLES} ORDER BY k.n DESC, k.last DESC, k.type, k.signature, e.rank`,
    ...where.values,
    limit,
  );
  const groups: (FailureGroup & { readonly exampleTests: string[] })[] = [];
  for (const row of rows) {
    if (row.detail !== null)
      groups.push({
        errorType: row.type,
        message: (JSON.parse(row.detail) as Detail).message ?? "",
        count: row.n,
        affectedTests: row.tests,
        firstAtMs: row.first,
        lastAtMs: row.last,
        exampleTests: [],
        lastRun: row.last_run,
      });
    groups.at(-1)!.exampleTests.push(row.name);
  }
  return groups;
}

/** Runs by the day they ended on, in UTC. */
export function daily(all: All, filter: RunFilter, days: number, nowMs: number): DailyPoint[] {
  const first = (Math.floor(nowMs / DAY_MS) - days + 1) * DAY_MS;
  const where = suiteCondition({ ...filter, fromMs: Math.max(filter.fromMs ?? first, first) }, "s.suite");
  const seconds = filter.suite === undefined ? "r.duration_seconds" : "s.duration_seconds";
  return all<OutcomeCounts & { day: number; runs: number; seconds: number }>(
    // One row per run first: a run of several suites has one duration.
    `SELECT at / ${DAY_MS} AS day, count(*) AS runs, ${COUNTS}, avg(seconds) AS seconds FROM (
       SELECT r.ended_ms AS at, ${seconds} AS seconds, ${COUNTS}
       FROM run r JOIN suite_result s ON s.run = r.id WHERE ${where.sql} GROUP BY r.id
     ) s GROUP BY day ORDER BY day`,
    ...where.values,
  ).map((row) => {
    const counts = countsOf(row);
    return {
      day: new Date(row.day * DAY_MS).toISOString().slice(0, 10),
      runs: row.runs,
      counts,
      passRatePercent: percent(counts.passed, executedOf(counts)),
      averageRunSeconds: row.seconds,
    };
  });
}
