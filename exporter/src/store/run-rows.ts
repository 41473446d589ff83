import { createHash } from "node:crypto";
import { AppError } from "../errors.ts";
import type { ReportMeta } from "../model/format.ts";
import type { RunKey, RunSummary } from "../model/run.ts";
import type { PartHeader, PartOutcome } from "../model/store.ts";
import { CoverageRows } from "./coverage-rows.ts";
import { mergeCoverage, type SqlitePartWriter } from "./part-writer.ts";
import { addTo, newTally } from "./rollup.ts";
import { coverageOf, type RunRow, runSummary, type SuiteRow, tallyOf, worstState } from "./rows.ts";
import type { Sql } from "./statements.ts";
import type { Times } from "./times.ts";

/** Files that a receipt names. */
const SHOWN_FILES = 20;

/** The rows of a run and of its suites: found, created, and merged with what a part brings. */
export class RunRows {
  readonly #sql: Sql;
  readonly #bounds: readonly number[];
  readonly coverage: CoverageRows;

  constructor(sql: Sql, caseDurationBounds: readonly number[]) {
    this.#sql = sql;
    this.coverage = new CoverageRows(sql);
    this.#bounds = caseDurationBounds;
  }

  byKey(key: RunKey): RunRow | undefined {
    return this.#sql("SELECT * FROM run WHERE project = ? AND environment = ? AND run_id = ?").get(
      key.project,
      key.environment,
      key.runId,
    ) as RunRow | undefined;
  }

  required(key: RunKey): RunRow {
    const run = this.byKey(key);
    if (run === undefined)
      throw new AppError("NOT_FOUND", `no run "${key.runId}" in ${key.project}/${key.environment}`);
    return run;
  }

  byId(id: number): RunRow {
    return this.#sql("SELECT * FROM run WHERE id = ?").get(id) as unknown as RunRow;
  }

  summary(id: number): RunSummary {
    const suites = this.#sql("SELECT suite FROM suite_result WHERE run = ? ORDER BY suite").all(id) as {
      suite: string;
    }[];
    return runSummary(
      this.byId(id),
      suites.map((row) => row.suite),
    );
  }

  /** Coverage of a suite, or of the one that is covered least, with its worst files. */
  coverageAfter(run: number, suite?: string): Pick<PartOutcome, "coverage" | "uncovered"> {
    const rows = this.#sql(
      `SELECT suite, coverage FROM suite_result WHERE run = ?1 AND coverage IS NOT NULL AND suite = coalesce(?2, suite)
       ORDER BY coverage ->> 'lineRatio' IS NULL, coverage ->> 'lineRatio' LIMIT 1`,
    ).all(run, suite ?? null) as { suite: string; coverage: string }[];
    const row = rows[0];
    if (row === undefined) return {};
    const uncovered = this.coverage.uncovered(run, row.suite, SHOWN_FILES);
    return { coverage: coverageOf(row.coverage), uncovered: uncovered.length === 0 ? undefined : uncovered };
  }

  /** All parts so far were bare, so nothing is known of when the run ran; see `Times`. */
  isTimeless(run: RunRow): boolean {
    if (run.parts_received === 0) return false;
    const timed = this.#sql("SELECT 1 FROM part WHERE run = ? AND json_extract(notes, '$.bare') IS NULL LIMIT 1");
    if (timed.get(run.id) === undefined) return true;
    // Parts that earlier versions stored: bare when there is nothing but coverage.
    if (run.passed + run.failed + run.errored + run.skipped > 0) return false;
    const other = this.#sql(
      "SELECT 1 FROM suite_result WHERE run = ? AND (measures > 0 OR loads > 0 OR coverage IS NULL) LIMIT 1",
    );
    return other.get(run.id) === undefined;
  }

  create(header: PartHeader): number {
    const { context } = header;
    const { lastInsertRowid } = this.#sql(
      `INSERT INTO run (uuid, project, environment, run_id, branch, branch_label, commit_sha, run_url, executor, test_plan_id, status,
         started_ms, ended_ms, received_ms, parts_received, history, duration_seconds, passed, failed, errored, skipped, retries, flaky)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', 0, 0, ?, 0, ?, 0, 0, 0, 0, 0, 0, 0)`,
    ).run(
      this.#uuid(context),
      context.project,
      context.environment,
      context.runId,
      context.branch ?? null,
      header.branchLabel,
      context.commit ?? null,
      context.runUrl ?? null,
      context.executor ?? null,
      context.testPlanId ?? null,
      header.receivedAtMs,
      context.history ? 1 : 0,
    );
    return Number(lastInsertRowid);
  }

  /** From the key, so that the same report gets the same link again; salted when a moved run has taken it. */
  #uuid(key: RunKey): string {
    for (let salt = 0; ; salt++) {
      const hex = createHash("sha256")
        .update(JSON.stringify([key.project, key.environment, key.runId, salt]))
        .digest("hex");
      // RFC 9562 version 8 (custom), variant 10.
      const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
      if (this.#sql("SELECT 1 FROM run WHERE uuid = ?").get(uuid) === undefined) return uuid;
    }
  }

  /** Keeps the status: of a complete run it tells whether the suite was counted before. */
  mergeSuite(run: number, suite: string, writer: SqlitePartWriter, meta: ReportMeta, times: Times): void {
    const before = this.#sql("SELECT * FROM suite_result WHERE run = ? AND suite = ?").get(run, suite) as
      | SuiteRow
      | undefined;
    const tally = before === undefined ? newTally(this.#bounds) : tallyOf(before, this.#bounds);
    addTo(tally, writer.total);
    const merged = mergeTimes(before, times);
    const told =
      writer.coverage !== undefined && writer.coverageFiles > 0 ? this.coverage.totals(run, suite) : writer.coverage;
    const coverage =
      told === undefined
        ? (before?.coverage ?? null)
        : JSON.stringify(mergeCoverage(coverageOf(before?.coverage ?? null), told));
    this.#sql(
      "INSERT OR REPLACE INTO suite_result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(
      run,
      suite,
      before?.scope ?? null,
      before?.status ?? "running",
      worstState(before?.state, meta.state),
      merged.started,
      merged.ended,
      merged.duration,
      (before?.parts ?? 0) + 1,
      tally.counts.passed,
      tally.counts.failed,
      tally.counts.errored,
      tally.counts.skipped,
      tally.retries,
      tally.flaky,
      tally.secondsSum,
      tally.secondsCount,
      JSON.stringify([this.#bounds, tally.buckets]),
      JSON.stringify(tally.errors),
      coverage,
      (before?.measures ?? 0) + writer.measures,
      (before?.test_parts ?? 0) + (writer.yields === "tests" ? 1 : 0),
      meta.framework ?? before?.framework ?? null,
      (before?.loads ?? 0) + writer.loads,
    );
  }

  mergeRun(id: number, first: boolean, meta: ReportMeta, times: Times, { context }: PartHeader): void {
    const run = this.byId(id);
    const merged = mergeTimes(first ? undefined : run, times);
    this.#sql(
      `UPDATE run SET started_ms = ?, ended_ms = ?, stated_end_ms = max(?, coalesce(stated_end_ms, 0)), duration_seconds = ?, state = ?, parts_received = (SELECT max(line) FROM part WHERE part.run = run.id),
         framework = coalesce(framework, ?), commit_sha = coalesce(commit_sha, ?), run_url = coalesce(run_url, ?),
         executor = coalesce(executor, ?), test_plan_id = coalesce(test_plan_id, ?),
         passed = s.p, failed = s.f, errored = s.e, skipped = s.k, retries = s.r, flaky = s.y
       FROM (SELECT sum(passed) AS p, sum(failed) AS f, sum(errored) AS e, sum(skipped) AS k, sum(retries) AS r, sum(flaky) AS y
             FROM suite_result WHERE run = ?) AS s
       WHERE id = ?`,
    ).run(
      merged.started,
      merged.ended,
      times.stated === true && times.bare !== true ? times.ended : 0,
      merged.duration,
      worstState(run.state, meta.state),
      meta.framework ?? null,
      context.commit ?? null,
      context.runUrl ?? null,
      context.executor ?? null,
      context.testPlanId ?? null,
      id,
      id,
    );
  }
}

/**
 * Parts may have run one after the other or side by side: the wall time of all, unless one declares more. When a bare part was sent
 * is no part of the run's time.
 */
function mergeTimes(
  before: { started_ms: number; ended_ms: number; duration_seconds: number } | undefined,
  times: Times,
): Times {
  if (before === undefined || times.replaces === true) return times;
  if (times.bare === true)
    return {
      started: before.started_ms,
      ended: before.ended_ms,
      duration: Math.max(before.duration_seconds, times.duration),
    };
  const started = Math.min(before.started_ms, times.started);
  const ended = Math.max(before.ended_ms, times.ended);
  return { started, ended, duration: Math.max((ended - started) / 1000, before.duration_seconds, times.duration) };
}
