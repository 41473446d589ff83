import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../errors.ts";
import type { AlertDetail, AlertFilter, AlertRecord, DueSnapshot } from "../model/alert.ts";
import type { Baseline, BaselineFilter } from "../model/baseline.ts";
import type { Deviation, DeviationDetail, DeviationFilter } from "../model/deviation.ts";
import type { DueSuite, SuiteFilter, SuiteRuns, TestOutcomes } from "../model/outcomes.ts";
import type { CaseRecord, PartSummary, RunDetail, RunSummary } from "../model/run.ts";
import type { HistoryWindow, Series, SeriesFilter, SeriesHistory } from "../model/series.ts";
import { failureSignature } from "../model/signature.ts";
import type {
  DailyPoint,
  ExecutionSummary,
  FailureGroup,
  HistoryPoint,
  KnownSuite,
  MeasureLimit,
  Page,
  Paged,
  PerformanceSummary,
  RunFilter,
  StoreReader,
  SuitesFilter,
} from "../model/store.ts";
import { type ErrorType, OUTCOMES, type Outcome } from "../model/test.ts";
import { daily, errors, performance, summary } from "./aggregates.ts";
import { alertById, alertPage, dueSnapshots } from "./alert-queries.ts";
import { baselinePage } from "./baseline-rows.ts";
import type { Detail } from "./case-inserts.ts";
import { COVERAGE_FILES_OF_RUN, type CoverageFileRow, runFileCoverage } from "./coverage-rows.ts";
import { deviationById, deviationPage } from "./deviation-queries.ts";
import { LOAD_OF_RUN, type LoadRow, storedLoad } from "./load-rows.ts";
import { dueSuites, suiteRunsPage, troubledTests } from "./outcome-queries.ts";
import { type All, condition, decodeCursor, limitOf, paged, type Value } from "./query.ts";
import { type MeasureRow, measureOf, type RunRow, runSummary, type SuiteRow, suiteRollup } from "./rows.ts";
import { historyOf, seriesPage } from "./series-queries.ts";
import { mapped } from "./sqlite-errors.ts";
import { type Sql, statements } from "./statements.ts";
import { knownSuites } from "./suite-queries.ts";

/** Of one run. */
const MAX_COVERAGE_FILES = 200;

/** Runs, cases and R1's aggregations over the SQLite store. All methods are reads of committed data. */
export class SqliteReader implements Omit<StoreReader, "lastRuns" | "generation" | "changesSince" | "size" | "close"> {
  protected readonly db: DatabaseSync;
  protected readonly file: string;
  readonly #sql: Sql;
  constructor(db: DatabaseSync, file: string) {
    this.db = db;
    this.file = file;
    this.#sql = statements(db);
  }

  #all: All = <T>(sql: string, ...values: Value[]) =>
    mapped(this.file, () => this.#sql(sql).all(...values) as unknown as T[]);
  /** For queries that always have a row. */
  protected one<T>(sql: string): T {
    return this.#all<T>(sql)[0]!;
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
    const files = this.#all<CoverageFileRow>(COVERAGE_FILES_OF_RUN, row.id, MAX_COVERAGE_FILES);
    return {
      ...this.#summary(row),
      ...(files.length === 0 ? {} : { coverageFiles: files.map(runFileCoverage) }),
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
      loadResults: this.#all<LoadRow>(LOAD_OF_RUN, row.id).map(storedLoad),
    };
  }

  async cases(idOrRunId: string, filter: Parameters<StoreReader["cases"]>[1], page: Page): Promise<Paged<CaseRecord>> {
    const run = this.#find(idOrRunId);
    const limit = limitOf(page);
    const parts = ["c.run = ?"];
    const values: Value[] = [run.id];
    if (filter.outcome !== undefined && filter.outcome.length > 0) {
      const codes = new Set(filter.outcome.map((outcome) => OUTCOMES.indexOf(outcome)));
      parts.push(`c.outcome IN (${[...codes].map(() => "?").join(",")})`);
      values.push(...codes);
    }
    if (filter.suite !== undefined) {
      parts.push("g.suite = ?");
      values.push(filter.suite);
    }
    if (filter.search !== undefined && filter.search !== "") {
      parts.push(
        `(instr(lower(t.name), lower(?)) > 0 OR c.test >> 20 IN (SELECT p.id FROM test_group p, json_each(p.path) step
            WHERE p.project = ? AND instr(lower(step.value), lower(?)) > 0))`,
      );
      values.push(filter.search, run.project, filter.search);
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
    const points = runs.flatMap((row) => {
      const run = this.#summary(row);
      return this.#all<CaseRow>(
        `SELECT c.attempt, c.outcome, c.duration_us, d.detail FROM case_result c LEFT JOIN case_detail d ON d.run = c.run AND d.test = c.test AND d.attempt = c.attempt
         WHERE c.run = ? AND c.test = ? ORDER BY c.attempt DESC`,
        row.id,
        id,
      ).map(
        (one): HistoryPoint => ({
          run,
          attempt: one.attempt,
          outcome: OUTCOMES[one.outcome]!,
          durationSeconds: secondsOf(one.duration_us),
          message: one.detail === null ? undefined : (JSON.parse(one.detail) as Detail).message,
        }),
      );
    });
    return { test: { testId, suite: test.suite, path: JSON.parse(test.path) as string[], name: test.name }, points };
  }

  async summary(filter: RunFilter): Promise<ExecutionSummary> {
    return summary(this.#all, filter);
  }
  async performance(filter: RunFilter, limits: readonly MeasureLimit[]): Promise<PerformanceSummary[]> {
    return performance(this.#all, filter, limits);
  }
  async errors(filter: RunFilter, limit: number): Promise<FailureGroup[]> {
    return errors(this.#all, filter, limit);
  }
  async daily(filter: RunFilter, days: number, nowMs: number): Promise<DailyPoint[]> {
    return daily(this.#all, filter, days, nowMs);
  }

  async suiteRuns(filter: SuiteFilter, runs: number, page: Page): Promise<Paged<SuiteRuns>> {
    return suiteRunsPage(this.#all, filter, runs, page);
  }
  troubledTests(suite: string, runs: readonly string[]): AsyncIterable<TestOutcomes> {
    return troubledTests(this.#all, suite, runs);
  }

  async dueSuites(limit: number, runs: number): Promise<readonly DueSuite[]> {
    return dueSuites(this.#all, limit, runs);
  }

  async series(filter: SeriesFilter, page: Page): Promise<Paged<Series>> {
    return seriesPage(this.#all, filter, page, this.#runIdOf(filter));
  }
  async measureHistory(filter: SeriesFilter, window: HistoryWindow, page: Page): Promise<Paged<SeriesHistory>> {
    const { items, nextCursor } = await this.series(filter, page);
    return { items: historyOf(this.#all, items, window), nextCursor };
  }
  #runIdOf({ run }: SeriesFilter): number | undefined {
    return run === undefined ? undefined : this.#find(run).id;
  }

  async deviations(filter: DeviationFilter, page: Page): Promise<Paged<Deviation>> {
    return deviationPage(this.#all, filter, page);
  }

  async deviation(id: string): Promise<DeviationDetail> {
    return deviationById(this.#all, id);
  }

  async alerts(filter: AlertFilter, page: Page): Promise<Paged<AlertRecord>> {
    return alertPage(this.#all, filter, page);
  }
  async alert(id: string): Promise<AlertDetail> {
    return alertById(this.#all, id);
  }
  async dueSnapshots(limit: number): Promise<readonly DueSnapshot[]> {
    return dueSnapshots(this.#all, limit);
  }

  async baselines(filter: BaselineFilter, page: Page): Promise<Paged<Baseline>> {
    return baselinePage(this.#all, filter, page, this.#summary);
  }

  async suites(filter: SuitesFilter): Promise<readonly KnownSuite[]> {
    return knownSuites(this.#all, filter);
  }

  async facets(): ReturnType<StoreReader["facets"]> {
    const distinct = (sql: string): string[] => this.#all<{ value: string }>(sql).map((row) => row.value);
    return {
      projects: distinct("SELECT DISTINCT project AS value FROM run ORDER BY 1"),
      environments: distinct("SELECT DISTINCT environment AS value FROM run ORDER BY 1"),
      suites: distinct("SELECT DISTINCT suite AS value FROM suite_result ORDER BY 1"),
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
  const path = JSON.parse(row.path) as string[];
  return {
    testId: String(row.test),
    suite: row.suite,
    path,
    name: row.name,
    attempt: row.attempt,
    outcome: OUTCOMES[row.outcome] as Outcome,
    durationSeconds: secondsOf(row.duration_us),
    file: detail.file,
    line: detail.line,
    errorType: row.error_type ?? undefined,
    errorClass: detail.errorClass,
    signature: row.error_type === null ? undefined : failureSignature(path, row.name, detail.message),
    message: detail.message,
    stack: detail.stack,
    expected: detail.expected,
    actual: detail.actual,
    output: detail.output,
    attachments: detail.attachments ?? [],
  };
}
