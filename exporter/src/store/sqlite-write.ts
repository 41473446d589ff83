import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../errors.ts";
import type { AlertMessage, AlertStepCounts, EscalationPolicy } from "../model/alert.ts";
import type { BaselineKey } from "../model/baseline.ts";
import type { Acknowledgement, Judges } from "../model/deviation.ts";
import type { Yields } from "../model/format.ts";
import type { SuiteVerdict } from "../model/outcomes.ts";
import type { RunKey, RunSummary } from "../model/run.ts";
import type {
  Completion as CompletionRule,
  PartHeader,
  PartNotes,
  PartOutcome,
  RunCompletion,
  StoreSettings,
  SuiteKey,
  WriteTransaction,
} from "../model/store.ts";
import { type OutcomeCounts, totalOf } from "../model/test.ts";
import { ActiveRuns } from "./active-runs.ts";
import { AlertRows } from "./alert-rows.ts";
import { BaselineRows } from "./baseline-rows.ts";
import { CaseInserts } from "./case-inserts.ts";
import { Completion } from "./completion.ts";
import { Counters } from "./counters.ts";
import { DeviationRows } from "./deviation-rows.ts";
import { ErrorWindow } from "./error-window.ts";
import { TestIds } from "./identity.ts";
import { LoadCounts } from "./load-counts.ts";
import { LoadRows } from "./load-rows.ts";
import { RunMoves } from "./moves.ts";
import { lineBase } from "./part-line.ts";
import { SqlitePartWriter } from "./part-writer.ts";
import { type RunRow, type SuiteRow, worstState } from "./rows.ts";
import { RunRows } from "./run-rows.ts";
import { Scopes } from "./scopes.ts";
import { SeriesRows } from "./series-rows.ts";
import { sqliteError } from "./sqlite-errors.ts";
import { type Sql, statements } from "./statements.ts";
import { SuiteLife } from "./suite-life.ts";
import { SuiteRows } from "./suite-rows.ts";
import { timesOf } from "./times.ts";

type StoredPart = Pick<PartOutcome, "counts" | "warnings" | "notes">;
/** `bare`: as in `Times`; absent in parts of earlier versions. */
type StoredNotes = PartNotes & { readonly bare?: true };

/**
 * The writing half of the SQLite store. One instance per connection; `begin` and `end` bracket a transaction. Each operation
 * has a savepoint of its own, so that one that fails leaves nothing to be committed by the next.
 */
export class SqliteWriter implements WriteTransaction {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #settings: StoreSettings;
  readonly #sql: Sql;
  readonly #ids: TestIds;
  readonly #scopes: Scopes;
  readonly #counters: Counters;
  readonly #errors: ErrorWindow;
  readonly #deviations: DeviationRows;
  readonly #series: SeriesRows;
  readonly #suites: SuiteRows;
  readonly #life: SuiteLife;
  readonly #active: ActiveRuns;
  readonly #completion: Completion;
  readonly #inserts: CaseInserts;
  readonly #rows: RunRows;
  readonly #moves: RunMoves;
  readonly #baselines: BaselineRows;
  readonly #alerts: AlertRows;
  #dataVersion = -1;
  #generation = 0;
  #raised = false;
  #busy = false;
  #completed: RunCompletion[] = [];
  /** Why SQLite gave the transaction up. */
  #lost: unknown;

  constructor(db: DatabaseSync, file: string, settings: StoreSettings) {
    this.#db = db;
    this.#file = file;
    this.#settings = settings;
    this.#sql = statements(db);
    this.#inserts = new CaseInserts(db);
    this.#ids = new TestIds(db, () => this.#inserts.flush());
    this.#scopes = new Scopes(db, settings);
    this.#counters = new Counters(db, settings, this.#scopes);
    this.#errors = new ErrorWindow(db, settings);
    this.#deviations = new DeviationRows(this.#sql, settings.now);
    this.#series = new SeriesRows(this.#sql, this.#deviations);
    this.#suites = new SuiteRows(this.#sql, this.#counters);
    this.#life = new SuiteLife(this.#sql, settings.now);
    this.#active = new ActiveRuns(this.#sql, this.#scopes);
    this.#completion = new Completion(db, settings, {
      scopes: this.#scopes,
      counters: this.#counters,
      errors: this.#errors,
      load: new LoadCounts(this.#sql, settings, this.#scopes, this.#counters),
      series: this.#series,
      suites: this.#suites,
      life: this.#life,
      active: this.#active,
    });
    this.#rows = new RunRows(this.#sql, settings.caseDurationBounds);
    this.#baselines = new BaselineRows(this.#sql, settings.now);
    this.#alerts = new AlertRows(this.#sql, settings.now);
    this.#moves = new RunMoves({
      sql: this.#sql,
      rows: this.#rows,
      ids: this.#ids,
      inserts: this.#inserts,
      scopes: this.#scopes,
      completion: this.#completion,
      series: this.#series,
      baselines: this.#baselines,
      active: this.#active,
    });
  }

  /** After BEGIN: what this connection knows is stale when another one wrote. */
  begin(): void {
    const version = (this.#sql("PRAGMA data_version").get() as { data_version: number }).data_version;
    if (version !== this.#dataVersion) this.forget();
    this.#dataVersion = version;
    this.#generation =
      (this.#sql("SELECT value FROM meta WHERE key = 'generation'").get() as { value: number }).value + 1;
    this.#raised = false;
    this.#busy = false;
    this.#completed = [];
    this.#lost = undefined;
  }

  completions(): readonly RunCompletion[] {
    return this.#completed;
  }

  /** Before COMMIT. Throws when SQLite gave the transaction up in between: a full disk can do that. */
  end(): void {
    this.#assertOpen();
    if (!this.#raised) return;
    this.#counters.dateNew(this.#generation);
    this.#sql("UPDATE meta SET value = ? WHERE key = 'generation'").run(this.#generation);
  }

  /** After a rollback, of all or of a part. */
  forget(): void {
    this.#ids.clear();
    this.#scopes.clear();
    this.#counters.clear();
    this.#series.clear();
    this.#life.clear();
  }

  #raise = (): number => {
    this.#raised = true;
    return this.#generation;
  };

  /** Without a transaction every statement would commit on its own. */
  #assertOpen(): void {
    if (!this.#db.isTransaction) throw this.#lost ?? new AppError("INTERNAL", "the transaction is over");
  }

  async #atomic<T>(work: () => T | Promise<T>): Promise<T> {
    this.#assertOpen();
    if (this.#busy) throw new AppError("INTERNAL", "operations of one transaction must follow one another");
    this.#busy = true;
    const completed = this.#completed.length;
    try {
      this.#db.exec("SAVEPOINT operation");
      const result = await work();
      this.#db.exec("RELEASE operation");
      return result;
    } catch (thrown) {
      const error = sqliteError(thrown, this.#file);
      this.forget();
      this.#completed.length = completed;
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK TO operation; RELEASE operation");
      else this.#lost = error;
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  async part(
    header: PartHeader,
    rule: CompletionRule,
    fill: Parameters<WriteTransaction["part"]>[2],
  ): Promise<PartOutcome> {
    this.#assertOpen();
    const known = this.#rows.byKey(header.context);
    const stored = known === undefined ? undefined : this.#storedPart(known, header);
    if (known !== undefined && stored !== undefined) return this.#outcome("duplicate", known.id, stored);
    return this.#atomic(() => this.#store(header, rule, known, fill));
  }

  /** The part when it is stored with the same content. Throws STORE_CONFLICT when the content is another. */
  #storedPart(run: RunRow, { context, contentHash, source }: PartHeader): StoredPart | undefined {
    const row = this.#sql("SELECT content_hash, counts, warnings, notes FROM part WHERE run = ? AND name = ?").get(
      run.id,
      context.part,
    ) as { content_hash: string; counts: string; warnings: string; notes: string } | undefined;
    if (row === undefined) return undefined;
    if (row.content_hash === contentHash)
      return {
        counts: JSON.parse(row.counts) as OutcomeCounts,
        warnings: JSON.parse(row.warnings) as PartOutcome["warnings"],
        // Parts stored before load tests were kept say nothing of them.
        notes: { loadResults: 0, ...(JSON.parse(row.notes) as Omit<PartNotes, "loadResults">) },
      };
    throw new AppError(
      "STORE_CONFLICT",
      `part "${context.part}" of run "${context.runId}" is already stored with other content`,
      { file: source },
    );
  }

  #outcome(kind: PartOutcome["kind"], run: number, part: StoredPart): PartOutcome {
    const coverage = part.notes.coverage ? this.#rows.coverageAfter(run, part.notes.suite) : {};
    return { kind, run: this.#rows.summary(run), ...part, ...coverage };
  }

  /** Number of the part's line in the run, from 1; a retry shares the line of what it repeats. */
  #lineOf(run: number, part: string): number {
    const { line } = this.#sql(
      `SELECT coalesce((SELECT line FROM part WHERE run = ?1 AND base = ?2 LIMIT 1),
         (SELECT max(line) + 1 FROM part WHERE run = ?1), 1) AS line`,
    ).get(run, lineBase(part)) as { line: number };
    return line;
  }

  async #store(
    header: PartHeader,
    rule: CompletionRule,
    known: RunRow | undefined,
    fill: Parameters<WriteTransaction["part"]>[2],
  ): Promise<PartOutcome> {
    const { context } = header;
    const id = known?.id ?? this.#rows.create(header);
    const { n } = this.#sql("SELECT coalesce(max(seq) + 1, 0) AS n FROM measure WHERE run = ?").get(id) as {
      n: number;
    };
    let opened: { suite: string; format: string; yields: Yields; writer: SqlitePartWriter; load: LoadRows } | undefined;
    const line = this.#lineOf(id, context.part);
    const { meta, warnings, failures, runnerClass } = await fill((label, format, yields) => {
      if (opened !== undefined) throw new AppError("INTERNAL", "a part was opened twice");
      // As SQLite will store it; see `TestIds.resolve`.
      const suite = this.#life.current(context.project, label.toWellFormed());
      const load = new LoadRows(this.#sql, id, suite);
      const writer = new SqlitePartWriter({
        inserts: this.#inserts,
        ids: this.#ids,
        coverage: this.#rows.coverage,
        load,
        run: id,
        project: context.project,
        suite,
        yields,
        line,
        mayExist: known !== undefined,
        bounds: this.#settings.caseDurationBounds,
        firstMeasure: n,
      });
      opened = { suite, format, yields, writer, load };
      return writer;
    });
    if (opened === undefined) throw new AppError("INTERNAL", "a part was filled without being opened");
    const { suite, format, yields, writer, load } = opened;
    this.#inserts.flush();
    load.end();
    if (runnerClass !== undefined && writer.measures > 0)
      this.#sql("UPDATE measure SET runner_class = ? WHERE run = ? AND seq >= ? AND kind = 'benchmark'").run(
        runnerClass,
        id,
        n,
      );
    this.#addFacts(id, {
      runner_class: runnerClass ?? context.runnerClass ?? context.hostRunnerClass,
      dependencies: context.dependencies,
    });
    const numbers = writer.measures + load.count;
    const untimed = [context.startedAtMs, meta.startedAtMs, meta.endedAtMs].every((time) => time === undefined);
    const bare =
      numbers === 0 ? totalOf(writer.own) === 0 && writer.coverage !== undefined : yields === "measures" && untimed;
    const replaces = !bare && known !== undefined && this.#rows.isTimeless(known);
    const notes: StoredNotes = {
      ...(bare ? { bare } : {}),
      suite,
      format,
      state: meta.state,
      taskId: meta.taskId,
      measures: writer.measures,
      loadResults: load.count,
      coverage: writer.coverage !== undefined,
      failures,
    };
    this.#sql("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      id,
      context.part,
      header.contentHash,
      format,
      header.source,
      header.receivedAtMs,
      totalOf(writer.own),
      JSON.stringify(writer.own),
      JSON.stringify(warnings),
      JSON.stringify(notes),
      lineBase(context.part),
      line,
    );
    const times = { ...timesOf(header, meta), bare, replaces };
    this.#rows.mergeSuite(id, suite, writer, meta, times);
    this.#rows.mergeRun(id, known === undefined, meta, times, header);
    const run = this.#rows.byId(id);
    if (run.completed_ms === null) this.#schedule(run, rule, suite, header.receivedAtMs);
    else {
      const added = { suite, tally: writer.fresh, measures: writer.measures, firstLoad: load.first };
      this.#completion.late(run, added, this.#raise());
    }
    return this.#outcome("stored", id, { counts: writer.own, warnings, notes });
  }

  /** What an analysis may find a cause in. The first part that knows a fact states it. */
  #addFacts(run: number, facts: Readonly<Record<string, string | undefined>>): void {
    const stated = JSON.stringify(facts);
    if (stated !== "{}")
      this.#sql("UPDATE run SET facts = json_patch(?, coalesce(facts, '{}')) WHERE id = ?").run(stated, run);
  }

  #schedule(run: RunRow, rule: CompletionRule, suite: string, receivedMs: number): void {
    const expected = rule.when === "parts" ? rule.parts : run.parts_expected;
    const done = rule.when === "now" || (expected !== null && run.parts_received >= expected);
    // A run that waits for parts is given up when none comes for long; else its quiet time ends it.
    const wait = expected === null && rule.when === "quiet" ? rule.quietMs : this.#settings.hangMs;
    const after = done ? null : this.#settings.now() + wait;
    this.#sql("UPDATE run SET parts_expected = ?, complete_after_ms = ? WHERE id = ?").run(expected, after, run.id);
    if (done) this.#complete(run);
    else this.#active.heard(run, suite, receivedMs, this.#raise());
  }

  #complete(run: RunRow): void {
    this.#completion.complete(run, this.#raise());
    // The newest end may be that of a part that states none: then it is when that part came.
    const statedEndMs = run.stated_end_ms === run.ended_ms ? run.ended_ms : undefined;
    this.#completed.push({ statedEndMs, history: run.history === 1 });
  }

  async finishRun(key: RunKey, state?: "cancelled" | "partial"): Promise<RunSummary> {
    return this.#atomic(() => {
      const run = this.#rows.required(key);
      if (run.completed_ms === null) {
        this.#end(run, state);
      }
      return this.#rows.summary(run.id);
    });
  }

  /** Completes a run that nothing more is expected of; one whose parts are missing is partial. */
  #end(run: RunRow, state?: "cancelled" | "partial"): void {
    const missing = run.parts_expected !== null && run.parts_received < run.parts_expected;
    const ending = state ?? (missing ? "partial" : undefined);
    if (ending !== undefined) this.#endAs(run, ending);
    this.#complete(this.#rows.byId(run.id));
  }

  /** Marks all suites of a run that did not come to its end: nobody knows which of them is not whole. */
  #endAs(run: RunRow, ending: "cancelled" | "partial"): void {
    this.#sql("UPDATE run SET state = ? WHERE id = ?").run(worstState(run.state, ending), run.id);
    const suites = this.#sql("SELECT * FROM suite_result WHERE run = ?").all(run.id) as unknown as SuiteRow[];
    const set = this.#sql("UPDATE suite_result SET state = ? WHERE run = ? AND suite = ?");
    for (const { suite, state } of suites) set.run(worstState(state, ending), run.id, suite);
  }

  async tick(): Promise<RunSummary[]> {
    return this.#atomic(() => {
      const due = this.#sql("SELECT * FROM run WHERE completed_ms IS NULL AND complete_after_ms <= ?").all(
        this.#settings.now(),
      ) as unknown as RunRow[];
      for (const run of due) this.#end(run);
      this.#errors.expire(this.#raise);
      this.#deviations.expire(this.#raise);
      return due.map((run) => this.#rows.summary(run.id));
    });
  }

  async judge(limit: number, judges: Judges): Promise<number> {
    return this.#atomic(() => this.#deviations.judge(limit, judges, this.#raise));
  }

  async judgeSuites(verdicts: readonly SuiteVerdict[]): Promise<void> {
    return this.#atomic(() => this.#suites.judge(verdicts, this.#raise));
  }

  async acceptDeviation(id: string, reason: string): Promise<void> {
    return this.#atomic(() => this.#deviations.accept(id, reason, this.#raise));
  }

  async acknowledgeDeviation(id: string, ack: Acknowledgement): Promise<void> {
    return this.#atomic(() => this.#deviations.acknowledge(id, ack, this.#raise));
  }

  async receiveAlerts(message: AlertMessage, policy: EscalationPolicy): Promise<AlertStepCounts> {
    return this.#atomic(() => this.#alerts.receive(message, policy, this.#raise));
  }

  async escalateAlerts(policy: EscalationPolicy, all: boolean): Promise<AlertStepCounts> {
    return this.#atomic(() => this.#alerts.tick(policy, all, this.#raise));
  }

  async acknowledgeAlert(
    ...[id, ack, policy]: Parameters<WriteTransaction["acknowledgeAlert"]>
  ): Promise<AlertStepCounts> {
    return this.#atomic(() => this.#alerts.acknowledge(id, ack, policy, this.#raise));
  }

  async unacknowledgeAlert(id: string, by: string | undefined, policy: EscalationPolicy): Promise<AlertStepCounts> {
    return this.#atomic(() => this.#alerts.unacknowledge(id, by, policy, this.#raise));
  }

  async saveAlertSnapshot(alerts: readonly string[], snapshot: object): Promise<AlertStepCounts> {
    return this.#atomic(() => this.#alerts.saveSnapshot(alerts, snapshot));
  }

  async deleteRun(key: RunKey): Promise<void> {
    return this.#atomic(() => this.#moves.delete(key, this.#raise));
  }

  async moveRun(key: RunKey, to: Partial<RunKey>): Promise<RunSummary> {
    return this.#atomic(() => this.#moves.move(key, to, this.#raise));
  }

  async retireSuite(key: SuiteKey, named: boolean): Promise<void> {
    return this.#atomic(() => {
      this.#life.retire(key, named, this.#raise());
      this.forget();
    });
  }

  async renameSuite(key: SuiteKey, to: string): Promise<void> {
    return this.#atomic(() => {
      this.#life.rename(key, to.toWellFormed(), this.#raise());
      this.forget();
    });
  }

  async saveBaseline(name: string, key: RunKey): Promise<void> {
    return this.#atomic(() => this.#baselines.save(name, this.#rows.required(key)));
  }

  async deleteBaseline(key: BaselineKey): Promise<void> {
    return this.#atomic(() => this.#baselines.delete(key));
  }
}
