import { createHash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { AppError } from "../errors.ts";
import type { ReportMeta } from "../model/format.ts";
import { PULL_REQUEST, type RunKey, type RunSummary } from "../model/run.ts";
import type {
  Completion as CompletionRule,
  PartHeader,
  PartOutcome,
  StoreSettings,
  WriteTransaction,
} from "../model/store.ts";
import { type OutcomeCounts, totalOf } from "../model/test.ts";
import { Completion } from "./completion.ts";
import { Counters } from "./counters.ts";
import { TestIds } from "./identity.ts";
import { CaseInserts, SqlitePartWriter } from "./part-writer.ts";
import { addTo, newTally, type Tally } from "./rollup.ts";
import { coverageOf, type RunRow, runSummary, type SuiteRow, tallyOf } from "./rows.ts";
import { Scopes } from "./scopes.ts";

/** How worse states hide better ones when parts of one run disagree. */
const STATE_ORDER = ["error", "partial", "cancelled"] as const;

/** The writing half of the SQLite store. One instance per connection; `begin` and `end` bracket a transaction. */
export class SqliteWriter implements WriteTransaction {
  readonly #db: DatabaseSync;
  readonly #settings: StoreSettings;
  readonly #ids: TestIds;
  readonly #scopes: Scopes;
  readonly #counters: Counters;
  readonly #completion: Completion;
  readonly #inserts: CaseInserts;
  readonly #statements = new Map<string, StatementSync>();
  #dataVersion = -1;
  #generation = 0;
  #raised = false;

  constructor(db: DatabaseSync, settings: StoreSettings) {
    this.#db = db;
    this.#settings = settings;
    this.#ids = new TestIds(db);
    this.#scopes = new Scopes(db, settings);
    this.#counters = new Counters(db, settings, this.#scopes);
    this.#completion = new Completion(db, settings, this.#scopes, this.#counters);
    this.#inserts = new CaseInserts(db);
  }

  /** After BEGIN: what this connection knows is stale when another one wrote. */
  begin(): void {
    const version = (this.#sql("PRAGMA data_version").get() as { data_version: number }).data_version;
    if (version !== this.#dataVersion) this.forget();
    this.#dataVersion = version;
    this.#generation =
      (this.#sql("SELECT value FROM meta WHERE key = 'generation'").get() as { value: number }).value + 1;
    this.#raised = false;
  }

  /** Before COMMIT. New series are dated now: their zero hold must not pass while a long transaction goes on. */
  end(): void {
    if (!this.#raised) return;
    this.#counters.dateNew(this.#generation);
    this.#sql("UPDATE meta SET value = ? WHERE key = 'generation'").run(this.#generation);
  }

  /** After a rollback, of all or of a part. */
  forget(): void {
    this.#ids.clear();
    this.#scopes.clear();
    this.#counters.clear();
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#db.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  #raise(): number {
    this.#raised = true;
    return this.#generation;
  }

  async part(
    header: PartHeader,
    rule: CompletionRule,
    fill: Parameters<WriteTransaction["part"]>[2],
  ): Promise<PartOutcome> {
    const { context } = header;
    // A full disk rolls the whole transaction back; a savepoint outside of one would commit on its own.
    if (!this.#db.isTransaction)
      throw new AppError("STORE_FULL", "the transaction was rolled back by the part before", { file: header.source });
    const known = this.#runByKey(context);
    if (known !== undefined) {
      const row = this.#sql("SELECT content_hash, counts FROM part WHERE run = ? AND name = ?").get(
        known.id,
        context.part,
      ) as { content_hash: string; counts: string } | undefined;
      if (row !== undefined) {
        if (row.content_hash !== header.contentHash)
          throw new AppError(
            "STORE_CONFLICT",
            `part "${context.part}" of run "${context.runId}" is already stored with other content`,
            { file: header.source },
          );
        return { kind: "duplicate", run: this.#summary(known.id), counts: JSON.parse(row.counts) as OutcomeCounts };
      }
    }
    this.#db.exec("SAVEPOINT part");
    try {
      const stored = await this.#store(header, rule, known, fill);
      this.#db.exec("RELEASE part");
      return stored;
    } catch (error) {
      this.forget();
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK TO part; RELEASE part");
      throw error;
    }
  }

  async #store(
    header: PartHeader,
    rule: CompletionRule,
    known: RunRow | undefined,
    fill: Parameters<WriteTransaction["part"]>[2],
  ): Promise<PartOutcome> {
    const { context } = header;
    const id = known?.id ?? this.#createRun(header);
    const { n } = this.#sql("SELECT coalesce(max(seq) + 1, 0) AS n FROM measure WHERE run = ?").get(id) as {
      n: number;
    };
    let opened: { suite: string; format: string; writer: SqlitePartWriter } | undefined;
    const { meta, warnings } = await fill((suite, format) => {
      const writer = new SqlitePartWriter({
        inserts: this.#inserts,
        ids: this.#ids,
        run: id,
        project: context.project,
        suite,
        mayExist: known !== undefined,
        bounds: this.#settings.caseDurationBounds,
        firstMeasure: n,
      });
      opened = { suite, format, writer };
      return writer;
    });
    if (opened === undefined) throw new AppError("INTERNAL", "a part was filled without being opened");
    const { suite, format, writer } = opened;
    this.#inserts.flush();
    const counts = writer.own.counts;
    this.#sql("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      id,
      context.part,
      header.contentHash,
      format,
      header.source,
      header.receivedAtMs,
      totalOf(counts),
      JSON.stringify(counts),
      JSON.stringify(warnings),
    );
    const times = timesOf(header, meta);
    this.#mergeSuite(id, suite, writer, meta, times);
    this.#mergeRun(id, known === undefined, meta, times, header);
    const run = this.#runById(id);
    if (run.completed_ms !== null) this.#completion.late(run, suite, writer.fresh, this.#raise());
    else this.#schedule(run, rule);
    return { kind: "stored", run: this.#summary(id), counts };
  }

  #createRun(header: PartHeader): number {
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

  #mergeSuite(run: number, suite: string, writer: SqlitePartWriter, meta: ReportMeta, times: Times): void {
    const before = this.#sql("SELECT * FROM suite_result WHERE run = ? AND suite = ?").get(run, suite) as
      | SuiteRow
      | undefined;
    const tally: Tally = before === undefined ? newTally(this.#settings.caseDurationBounds) : tallyOf(before);
    addTo(tally, writer.total);
    const started = Math.min(before?.started_ms ?? times.started, times.started);
    const ended = Math.max(before?.ended_ms ?? times.ended, times.ended);
    const duration =
      before === undefined
        ? times.duration
        : Math.max((ended - started) / 1000, before.duration_seconds, times.duration);
    const coverage =
      writer.coverage === undefined
        ? (before?.coverage ?? null)
        : JSON.stringify({ ...coverageOf(before?.coverage ?? null), ...writer.coverage });
    this.#sql(
      "INSERT OR REPLACE INTO suite_result VALUES (?, ?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(
      run,
      suite,
      before?.scope ?? null,
      started,
      ended,
      duration,
      (before?.parts ?? 0) + 1,
      tally.counts.passed,
      tally.counts.failed,
      tally.counts.errored,
      tally.counts.skipped,
      tally.retries,
      tally.flaky,
      tally.secondsSum,
      tally.secondsCount,
      JSON.stringify(tally.buckets),
      JSON.stringify(tally.errors),
      coverage,
      (before?.measures ?? 0) + writer.measures,
      meta.framework ?? before?.framework ?? null,
    );
  }

  #mergeRun(id: number, first: boolean, meta: ReportMeta, times: Times, header: PartHeader): void {
    const run = this.#runById(id);
    const started = first ? times.started : Math.min(run.started_ms, times.started);
    const ended = first ? times.ended : Math.max(run.ended_ms, times.ended);
    const duration = first ? times.duration : Math.max((ended - started) / 1000, run.duration_seconds, times.duration);
    const states = [run.state, meta.state ?? null];
    const state = STATE_ORDER.findLast((one) => states.includes(one)) ?? null;
    this.#sql(
      `UPDATE run SET started_ms = ?, ended_ms = ?, duration_seconds = ?, state = ?, parts_received = parts_received + 1,
         framework = coalesce(framework, ?), commit_sha = coalesce(commit_sha, ?), run_url = coalesce(run_url, ?), executor = coalesce(executor, ?),
         passed = s.p, failed = s.f, errored = s.e, skipped = s.k, retries = s.r, flaky = s.y
       FROM (SELECT sum(passed) AS p, sum(failed) AS f, sum(errored) AS e, sum(skipped) AS k, sum(retries) AS r, sum(flaky) AS y
             FROM suite_result WHERE run = ?) AS s
       WHERE id = ?`,
    ).run(
      started,
      ended,
      duration,
      state,
      meta.framework ?? null,
      header.context.commit ?? null,
      header.context.runUrl ?? null,
      header.context.executor ?? null,
      id,
      id,
    );
  }

  #schedule(run: RunRow, rule: CompletionRule): void {
    const expected = rule.when === "parts" ? rule.parts : run.parts_expected;
    const done = rule.when === "now" || (expected !== null && run.parts_received >= expected);
    // A run that waits for a number of parts has no quiet time; `run finish` or hang detection ends it.
    const after = !done && expected === null && rule.when === "quiet" ? this.#settings.now() + rule.quietMs : null;
    this.#sql("UPDATE run SET parts_expected = ?, complete_after_ms = ? WHERE id = ?").run(expected, after, run.id);
    if (done) this.#completion.complete(run, this.#raise());
  }

  async finishRun(key: RunKey, state?: "cancelled" | "partial"): Promise<RunSummary> {
    const run = this.#required(key);
    if (run.completed_ms === null) {
      const missing = run.parts_expected !== null && run.parts_received < run.parts_expected;
      const worst = state ?? (missing ? "partial" : run.state);
      this.#sql("UPDATE run SET state = ? WHERE id = ?").run(worst, run.id);
      this.#completion.complete({ ...run, state: worst }, this.#raise());
    }
    return this.#summary(run.id);
  }

  async tick(): Promise<RunSummary[]> {
    const now = this.#settings.now();
    const due = this.#sql("SELECT * FROM run WHERE completed_ms IS NULL AND complete_after_ms <= ?").all(
      now,
    ) as unknown as RunRow[];
    for (const run of due) this.#completion.complete(run, this.#raise());
    const windows = this.#sql("SELECT DISTINCT scope FROM error_window WHERE next_change_ms <= ?").all(now) as {
      scope: number;
    }[];
    for (const { scope } of windows) this.#completion.refreshWindow(scope, this.#raise());
    return due.map((run) => this.#summary(run.id));
  }

  async deleteRun(key: RunKey): Promise<void> {
    const run = this.#required(key);
    const suites = this.#sql("SELECT suite, scope FROM suite_result WHERE run = ?").all(run.id) as {
      suite: string;
      scope: number | null;
    }[];
    for (const table of ["case_result", "case_detail", "measure", "part", "suite_result"])
      this.#sql(`DELETE FROM ${table} WHERE run = ?`).run(run.id);
    this.#sql("DELETE FROM run WHERE id = ?").run(run.id);
    this.#refresh(run, suites);
  }

  async moveRun(key: RunKey, to: Partial<RunKey>): Promise<RunSummary> {
    const run = this.#required(key);
    const target = { ...key, ...definedOnly(to) };
    const taken = this.#runByKey(target);
    if (taken !== undefined && taken.id !== run.id)
      throw new AppError(
        "STORE_CONFLICT",
        `run "${target.runId}" exists already in ${target.project}/${target.environment}`,
        {},
        { hint: "choose another --to-run-id, or delete that run first" },
      );
    this.#sql("UPDATE run SET project = ?, environment = ?, run_id = ? WHERE id = ?").run(
      target.project,
      target.environment,
      target.runId,
      run.id,
    );
    if (target.project !== run.project) this.#renumber(run.id, target.project);
    const moved = this.#runById(run.id);
    const suites = this.#sql("SELECT suite, scope FROM suite_result WHERE run = ?").all(run.id) as {
      suite: string;
      scope: number | null;
    }[];
    if (run.completed_ms !== null) {
      for (const { suite } of suites) {
        const scope = this.#scopes.idOf(
          { project: moved.project, suite, environment: moved.environment, branch: moved.branch_label },
          () => {},
        );
        this.#sql("UPDATE suite_result SET scope = ? WHERE run = ? AND suite = ?").run(scope, run.id, suite);
        this.#refresh(moved, [{ suite, scope }]);
      }
    }
    this.#refresh(run, suites);
    return this.#summary(run.id);
  }

  /** Gives a run's cases the test ids of another project: the same test there keeps its one history. */
  #renumber(run: number, project: string): void {
    const rows = this.#sql(
      `SELECT DISTINCT c.test, t.name, g.suite, g.path FROM case_result c JOIN test t ON t.id = c.test JOIN test_group g ON g.id = c.test >> 20
       WHERE c.run = ? ORDER BY c.test`,
    ).all(run) as { test: number; name: string; suite: string; path: string }[];
    this.#ids.beginPart();
    for (const row of rows) {
      const test = this.#ids.resolve(this.#ids.group(project, row.suite, row.path), row.name);
      if (this.#ids.created) this.#inserts.test(test, this.#ids.storedName);
      this.#sql("UPDATE case_result SET test = ? WHERE run = ? AND test = ?").run(test, run, row.test);
      this.#sql("UPDATE case_detail SET test = ? WHERE run = ? AND test = ?").run(test, run, row.test);
    }
    this.#inserts.flush();
  }

  /** Newest-run rows of a run's suites, and the windows that may still count its tests. */
  #refresh(run: RunRow, suites: readonly { suite: string; scope: number | null }[]): void {
    if (run.completed_ms === null || run.branch_label === PULL_REQUEST) return;
    for (const { suite, scope } of suites)
      if (scope !== null) this.#completion.refreshLast(scope, suite, this.#raise());
  }

  #runByKey(key: RunKey): RunRow | undefined {
    return this.#sql("SELECT * FROM run WHERE project = ? AND environment = ? AND run_id = ?").get(
      key.project,
      key.environment,
      key.runId,
    ) as RunRow | undefined;
  }
  #required(key: RunKey): RunRow {
    const run = this.#runByKey(key);
    if (run === undefined)
      throw new AppError("NOT_FOUND", `no run "${key.runId}" in ${key.project}/${key.environment}`);
    return run;
  }
  #runById(id: number): RunRow {
    return this.#sql("SELECT * FROM run WHERE id = ?").get(id) as unknown as RunRow;
  }
  #summary(id: number): RunSummary {
    const suites = this.#sql("SELECT suite FROM suite_result WHERE run = ? ORDER BY suite").all(id) as {
      suite: string;
    }[];
    return runSummary(
      this.#runById(id),
      suites.map((row) => row.suite),
    );
  }
}

interface Times {
  readonly started: number;
  readonly ended: number;
  readonly duration: number;
}

/**
 * When a part ran, from what is known: the flag, the report's own times, else it ended when it was received. An end in the future
 * (a zone-less local time east of UTC, a wrong clock) becomes the time of receipt: it must not stay the newest for hours.
 */
function timesOf(header: PartHeader, meta: ReportMeta): Times {
  const span =
    meta.startedAtMs !== undefined && meta.endedAtMs !== undefined ? (meta.endedAtMs - meta.startedAtMs) / 1000 : 0;
  const duration = meta.durationSeconds ?? Math.max(0, span);
  const flag = header.context.startedAtMs;
  const from = (started: number | undefined): number | undefined =>
    started === undefined ? undefined : started + duration * 1000;
  const wanted = from(flag) ?? meta.endedAtMs ?? from(meta.startedAtMs) ?? header.receivedAtMs;
  const ended = Math.round(Math.min(wanted, header.receivedAtMs));
  return { started: Math.round(ended - duration * 1000), ended, duration };
}

function definedOnly<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;
}
