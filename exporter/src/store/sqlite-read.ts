import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../errors.ts";
import type { CaseRecord, PartSummary, RunDetail, RunSummary } from "../model/run.ts";
import type {
  DailyPoint,
  ExecutionSummary,
  FailureGroup,
  HistoryPoint,
  MeasureLimit,
  Page,
  Paged,
  PerformanceSummary,
  RunFilter,
  StoreReader,
} from "../model/store.ts";
import { type ErrorType, executedOf, noCounts, OUTCOMES, type Outcome, totalOf } from "../model/test.ts";
import { percent, quantile } from "./numbers.ts";
import type { Detail } from "./part-writer.ts";
import { countsOf, type MeasureRow, measureOf, type RunRow, runSummary, type SuiteRow, suiteRollup } from "./rows.ts";

type Value = string | number;
interface Condition {
  readonly sql: string;
  readonly values: Value[];
}

/** WHERE clause over `run r` (and, for a suite, its roll-up). */
function condition(filter: RunFilter): Condition {
  const parts: string[] = [];
  const values: Value[] = [];
  const add = (sql: string, ...given: Value[]): void => {
    parts.push(sql);
    values.push(...given);
  };
  if (filter.project !== undefined) add("r.project = ?", filter.project);
  if (filter.environment !== undefined) add("r.environment = ?", filter.environment);
  if (filter.branch !== undefined) add("(r.branch = ? OR r.branch_label = ?)", filter.branch, filter.branch);
  if (filter.status !== undefined) add("r.status = ?", filter.status);
  if (filter.fromMs !== undefined) add("r.ended_ms >= ?", filter.fromMs);
  if (filter.toMs !== undefined) add("r.ended_ms < ?", filter.toMs);
  if (filter.suite !== undefined)
    add("EXISTS (SELECT 1 FROM suite_result f WHERE f.run = r.id AND f.suite = ?)", filter.suite);
  return { sql: parts.length === 0 ? "1" : parts.join(" AND "), values };
}

/** Cursors are opaque to users: base64url of the last row's key. */
const encodeCursor = (key: readonly number[]): string => Buffer.from(JSON.stringify(key)).toString("base64url");
function decodeCursor(cursor: string, length: number): number[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (Array.isArray(key) && key.length === length && key.every((one) => Number.isSafeInteger(one)))
      return key as number[];
  } catch (cause) {
    throw new AppError("REQUEST_INVALID", "cursor is not one that an earlier answer gave", {}, { cause });
  }
  throw new AppError("REQUEST_INVALID", "cursor is not one that an earlier answer gave");
}
function limitOf(page: Page): number {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > 1000)
    throw new AppError("REQUEST_INVALID", `limit must be 1 to 1000, got ${page.limit}`);
  return page.limit;
}
function paged<R, T>(rows: R[], limit: number, key: (row: R) => number[], map: (row: R) => T): Paged<T> {
  const more = rows.length > limit;
  const kept = more ? rows.slice(0, limit) : rows;
  return { items: kept.map(map), nextCursor: more ? encodeCursor(key(kept.at(-1)!)) : undefined };
}

/** R1's queries over the SQLite store. All methods are reads of committed data. */
export class SqliteReader implements Omit<StoreReader, "generation" | "changesSince" | "size" | "close"> {
  readonly #db: DatabaseSync;
  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  #all<T>(sql: string, ...values: Value[]): T[] {
    return this.#db.prepare(sql).all(...values) as unknown as T[];
  }
  #suitesOf(run: number): string[] {
    return this.#all<{ suite: string }>("SELECT suite FROM suite_result WHERE run = ? ORDER BY suite", run).map(
      (row) => row.suite,
    );
  }
  #summary = (row: RunRow): RunSummary => runSummary(row, this.#suitesOf(row.id));

  async runs(filter: RunFilter, page: Page): Promise<Paged<RunSummary>> {
    const where = condition(filter);
    const limit = limitOf(page);
    const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor, 2);
    const rows = this.#all<RunRow>(
      `SELECT r.* FROM run r WHERE ${where.sql} ${after === undefined ? "" : "AND (r.ended_ms, r.id) < (?, ?)"} ORDER BY r.ended_ms DESC, r.id DESC LIMIT ?`,
      ...where.values,
      ...(after ?? []),
      limit + 1,
    );
    return paged(rows, limit, (row) => [row.ended_ms, row.id], this.#summary);
  }

  #find(idOrRunId: string): RunRow {
    const byUuid = this.#all<RunRow>("SELECT * FROM run WHERE uuid = ?", idOrRunId)[0];
    if (byUuid !== undefined) return byUuid;
    const candidates = this.#all<RunRow>("SELECT * FROM run WHERE run_id = ? LIMIT 6", idOrRunId);
    if (candidates.length === 0) throw new AppError("NOT_FOUND", `no run "${idOrRunId}"`);
    if (candidates.length > 1)
      throw new AppError(
        "REQUEST_INVALID",
        `run id "${idOrRunId}" exists ${candidates.length === 6 ? "more than 5" : candidates.length} times: ${candidates.map((row) => `${row.project}/${row.environment}`).join(", ")}`,
        {},
        {
          hint: `use the run's uuid, such as ${candidates[0]!.uuid}`,
        },
      );
    return candidates[0]!;
  }

  async run(idOrRunId: string): Promise<RunDetail> {
    const row = this.#find(idOrRunId);
    return {
      ...this.#summary(row),
      suiteResults: this.#all<SuiteRow>("SELECT * FROM suite_result WHERE run = ? ORDER BY suite", row.id).map(
        suiteRollup,
      ),
      parts: this.#all<{
        name: string;
        format: string;
        source: string;
        content_hash: string;
        received_ms: number;
        cases: number;
        warnings: string;
      }>("SELECT * FROM part WHERE run = ? ORDER BY received_ms, name", row.id).map(
        (part): PartSummary => ({
          name: part.name,
          format: part.format,
          source: part.source,
          contentHash: part.content_hash,
          receivedAtMs: part.received_ms,
          cases: part.cases,
          warnings: JSON.parse(part.warnings) as PartSummary["warnings"],
        }),
      ),
      measures: this.#all<MeasureRow>("SELECT * FROM measure WHERE run = ? ORDER BY seq", row.id).map(measureOf),
    };
  }

  async cases(idOrRunId: string, filter: Parameters<StoreReader["cases"]>[1], page: Page): Promise<Paged<CaseRecord>> {
    const run = this.#find(idOrRunId);
    const limit = limitOf(page);
    const parts = ["c.run = ?"];
    const values: Value[] = [run.id];
    if (filter.outcome !== undefined && filter.outcome.length > 0) {
      parts.push(`c.outcome IN (${filter.outcome.map(() => "?").join(",")})`);
      values.push(...filter.outcome.map((outcome) => OUTCOMES.indexOf(outcome)));
    }
    if (filter.suite !== undefined) {
      parts.push("g.suite = ?");
      values.push(filter.suite);
    }
    if (filter.search !== undefined && filter.search !== "") {
      parts.push("(instr(lower(t.name), lower(?)) > 0 OR instr(lower(g.path), lower(?)) > 0)");
      values.push(filter.search, filter.search);
    }
    if (filter.finalOnly === true)
      parts.push(
        "NOT EXISTS (SELECT 1 FROM case_result l WHERE l.run = c.run AND l.test = c.test AND l.attempt > c.attempt)",
      );
    if (page.cursor !== undefined) {
      parts.push("(c.test, c.attempt) > (?, ?)");
      values.push(...decodeCursor(page.cursor, 2));
    }
    const rows = this.#all<CaseRow>(
      `SELECT c.test, c.attempt, c.outcome, c.duration_us, t.name, g.suite, g.path, d.error_type, d.detail
       FROM case_result c JOIN test t ON t.id = c.test JOIN test_group g ON g.id = c.test >> 20
         LEFT JOIN case_detail d ON d.run = c.run AND d.test = c.test AND d.attempt = c.attempt
       WHERE ${parts.join(" AND ")} ORDER BY c.test, c.attempt LIMIT ?`,
      ...values,
      limit + 1,
    );
    return paged(rows, limit, (row) => [row.test, row.attempt], caseRecord);
  }

  async history(
    testId: string,
    options: { runs: number; environment?: string | undefined },
  ): ReturnType<StoreReader["history"]> {
    const id = /^\d{1,16}$/.test(testId) ? Number(testId) : Number.NaN;
    const test = Number.isSafeInteger(id)
      ? this.#all<{ name: string; project: string; suite: string; path: string }>(
          "SELECT t.name, g.project, g.suite, g.path FROM test t JOIN test_group g ON g.id = t.id >> 20 WHERE t.id = ?",
          id,
        )[0]
      : undefined;
    if (test === undefined) throw new AppError("NOT_FOUND", `no test "${testId}"`);
    const where = condition({ project: test.project, environment: options.environment });
    const runs = this.#all<RunRow>(
      `SELECT r.* FROM run r WHERE ${where.sql} AND EXISTS (SELECT 1 FROM suite_result f WHERE f.run = r.id AND f.suite = ?) ORDER BY r.ended_ms DESC, r.id DESC LIMIT ?`,
      ...where.values,
      test.suite,
      options.runs,
    );
    const attempts = this.#db.prepare(
      `SELECT c.attempt, c.outcome, c.duration_us, d.detail FROM case_result c LEFT JOIN case_detail d ON d.run = c.run AND d.test = c.test AND d.attempt = c.attempt
       WHERE c.run = ? AND c.test = ? ORDER BY c.attempt DESC`,
    );
    const points = runs.flatMap((run) =>
      (attempts.all(run.id, id) as unknown as CaseRow[]).map(
        (row): HistoryPoint => ({
          run: this.#summary(run),
          attempt: row.attempt,
          outcome: OUTCOMES[row.outcome]!,
          durationSeconds: secondsOf(row.duration_us),
          message: row.detail === null ? undefined : (JSON.parse(row.detail) as Detail).message,
        }),
      ),
    );
    return { test: { testId, suite: test.suite, path: JSON.parse(test.path) as string[], name: test.name }, points };
  }

  async summary(filter: RunFilter): Promise<ExecutionSummary> {
    const { suite, ...rest } = filter;
    const where = condition(rest);
    const [row] = this.#all<{
      runs: number;
      passed: number;
      failed: number;
      errored: number;
      skipped: number;
      sum: number;
      n: number;
      started: number | null;
      ended: number | null;
    }>(
      `SELECT count(DISTINCT r.id) AS runs, coalesce(sum(s.passed), 0) AS passed, coalesce(sum(s.failed), 0) AS failed, coalesce(sum(s.errored), 0) AS errored,
         coalesce(sum(s.skipped), 0) AS skipped, coalesce(sum(s.case_seconds_sum), 0) AS sum, coalesce(sum(s.case_seconds_count), 0) AS n,
         min(s.started_ms) AS started, max(s.ended_ms) AS ended
       FROM run r JOIN suite_result s ON s.run = r.id WHERE ${where.sql} ${suite === undefined ? "" : "AND s.suite = ?"}`,
      ...where.values,
      ...(suite === undefined ? [] : [suite]),
    );
    const counts = countsOf(row!);
    return {
      runs: row!.runs,
      counts,
      total: totalOf(counts),
      executed: executedOf(counts),
      passRatePercent: percent(counts.passed, executedOf(counts)),
      averageDurationSeconds: row!.n === 0 ? null : row!.sum / row!.n,
      startedAtMs: row!.started,
      endedAtMs: row!.ended,
    };
  }

  async performance(filter: RunFilter, limits: readonly MeasureLimit[]): Promise<PerformanceSummary[]> {
    const { suite, ...rest } = filter;
    const where = condition(rest);
    const rows = this.#all<{
      component: string | null;
      scenario: string | null;
      measure: string;
      stat: string;
      unit: string;
      value: number;
    }>(
      `SELECT m.component, m.scenario, m.measure, m.stat, m.unit, m.value FROM run r JOIN measure m ON m.run = r.id
       WHERE ${where.sql} ${suite === undefined ? "" : "AND m.suite = ?"} ORDER BY m.measure, m.stat, m.component, m.scenario, m.unit`,
      ...where.values,
      ...(suite === undefined ? [] : [suite]),
    );
    const groups = new Map<string, typeof rows>();
    for (const row of rows) {
      const key = JSON.stringify([row.component, row.scenario, row.measure, row.stat, row.unit]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [row]);
      else group.push(row);
    }
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

  async errors(filter: RunFilter, limit: number): Promise<FailureGroup[]> {
    const { suite, ...rest } = filter;
    const where = condition(rest);
    const groups = this.#all<{
      type: ErrorType;
      signature: string;
      n: number;
      tests: number;
      first: number;
      last: number;
      message: string;
      last_run: string;
    }>(
      // SQLite takes bare columns of the row that max() found: the newest message and run of the group.
      `SELECT d.error_type AS type, d.signature, count(*) AS n, count(DISTINCT d.test) AS tests, min(r.ended_ms) AS first, max(r.ended_ms) AS last,
         d.detail ->> 'message' AS message, r.uuid AS last_run
       FROM run r JOIN case_detail d ON d.run = r.id JOIN test_group g ON g.id = d.test >> 20
       WHERE d.error_type IS NOT NULL AND ${where.sql} ${suite === undefined ? "" : "AND g.suite = ?"}
         AND NOT EXISTS (SELECT 1 FROM case_result l WHERE l.run = d.run AND l.test = d.test AND l.attempt > d.attempt)
       GROUP BY d.error_type, d.signature ORDER BY n DESC, last DESC LIMIT ?`,
      ...where.values,
      ...(suite === undefined ? [] : [suite]),
      limit,
    );
    return groups.map((group) => ({
      errorType: group.type,
      message: group.message ?? "",
      count: group.n,
      affectedTests: group.tests,
      firstAtMs: group.first,
      lastAtMs: group.last,
      exampleTests: this.#all<{ name: string }>(
        `SELECT t.name, max(r.ended_ms) AS last FROM run r JOIN case_detail d ON d.run = r.id JOIN test t ON t.id = d.test JOIN test_group g ON g.id = d.test >> 20
         WHERE d.error_type = ? AND d.signature = ? AND ${where.sql} ${suite === undefined ? "" : "AND g.suite = ?"} GROUP BY t.id ORDER BY last DESC LIMIT 5`,
        group.type,
        group.signature,
        ...where.values,
        ...(suite === undefined ? [] : [suite]),
      ).map((row) => row.name),
      lastRun: group.last_run,
    }));
  }

  async daily(filter: RunFilter, days: number, nowMs: number): Promise<DailyPoint[]> {
    const today = Math.floor(nowMs / 86_400_000) * 86_400_000;
    const { suite, ...rest } = filter;
    const where = condition({ ...rest, fromMs: Math.max(filter.fromMs ?? 0, today - (days - 1) * 86_400_000) });
    const rows = this.#all<{
      day: number;
      runs: number;
      passed: number;
      failed: number;
      errored: number;
      skipped: number;
      seconds: number;
    }>(
      `SELECT s.ended_ms / 86400000 AS day, count(DISTINCT r.id) AS runs, sum(s.passed) AS passed, sum(s.failed) AS failed, sum(s.errored) AS errored,
         sum(s.skipped) AS skipped, avg(s.duration_seconds) AS seconds
       FROM run r JOIN suite_result s ON s.run = r.id WHERE ${where.sql} ${suite === undefined ? "" : "AND s.suite = ?"} GROUP BY day ORDER BY day`,
      ...where.values,
      ...(suite === undefined ? [] : [suite]),
    );
    return rows.map((row) => {
      const counts = { ...noCounts(), ...countsOf(row) };
      return {
        day: new Date(row.day * 86_400_000).toISOString().slice(0, 10),
        runs: row.runs,
        counts,
        passRatePercent: percent(counts.passed, executedOf(counts)),
        averageRunSeconds: row.seconds,
      };
    });
  }

  async facets(): ReturnType<StoreReader["facets"]> {
    const distinct = (sql: string): string[] => this.#all<{ value: string }>(sql).map((row) => row.value);
    return {
      projects: distinct("SELECT DISTINCT project AS value FROM run ORDER BY 1"),
      environments: distinct("SELECT DISTINCT environment AS value FROM run ORDER BY 1"),
      suites: distinct(
        "SELECT DISTINCT suite AS value FROM test_group UNION SELECT DISTINCT suite FROM scope WHERE suite <> '' ORDER BY 1",
      ),
      branches: distinct("SELECT DISTINCT branch_label AS value FROM run ORDER BY 1"),
    };
  }
}

interface CaseRow {
  test: number;
  attempt: number;
  outcome: number;
  duration_us: number | null;
  name: string;
  suite: string;
  path: string;
  error_type: ErrorType | null;
  detail: string | null;
}

const secondsOf = (us: number | null): number | undefined => (us === null ? undefined : us / 1e6);

function caseRecord(row: CaseRow): CaseRecord {
  const detail: Detail = row.detail === null ? {} : (JSON.parse(row.detail) as Detail);
  return {
    testId: String(row.test),
    suite: row.suite,
    path: JSON.parse(row.path) as string[],
    name: row.name,
    attempt: row.attempt,
    outcome: OUTCOMES[row.outcome] as Outcome,
    durationSeconds: secondsOf(row.duration_us),
    file: detail.file,
    line: detail.line,
    errorType: row.error_type ?? undefined,
    errorClass: detail.errorClass,
    message: detail.message,
    stack: detail.stack,
    expected: detail.expected,
    actual: detail.actual,
    output: detail.output,
    attachments: detail.attachments ?? [],
  };
}
