import type { DatabaseSync, StatementSync } from "node:sqlite";
import { PULL_REQUEST, RUN_RESULTS, type RunStatus } from "../model/run.ts";
import type { STORE_COUNTERS, StoreSettings } from "../model/store.ts";
import { type ErrorType, OUTCOMES } from "../model/test.ts";
import type { Counters } from "./counters.ts";
import { bucketOf, type Tally } from "./rollup.ts";
import { countsOf, type RunRow, type SuiteRow, statusOf, tallyOf } from "./rows.ts";
import type { Scopes } from "./scopes.ts";

const RUN_LEVEL = "";
type LastKind = "test_run" | "measure_run" | "coverage_run";

/**
 * What happens when a run completes: its status, its counters (once), the newest-run rows and the error window. A late part
 * comes back here with what it adds.
 */
export class Completion {
  readonly #settings: StoreSettings;
  readonly #scopes: Scopes;
  readonly #counters: Counters;
  readonly #suites: StatementSync;
  readonly #setSuite: StatementSync;
  readonly #setRun: StatementSync;
  readonly #failing: StatementSync;
  readonly #errorTest: StatementSync;
  readonly #errorTestsOfRun: StatementSync;
  readonly #window: StatementSync;
  readonly #windowRows: StatementSync;
  readonly #setWindow: StatementSync;
  readonly #prune: StatementSync;
  readonly #newest: Record<LastKind, StatementSync>;
  readonly #setLast: StatementSync;

  constructor(db: DatabaseSync, settings: StoreSettings, scopes: Scopes, counters: Counters) {
    this.#settings = settings;
    this.#scopes = scopes;
    this.#counters = counters;
    this.#suites = db.prepare("SELECT * FROM suite_result WHERE run = ?");
    this.#setSuite = db.prepare("UPDATE suite_result SET status = ?, scope = ? WHERE run = ? AND suite = ?");
    this.#setRun = db.prepare("UPDATE run SET status = ?, completed_ms = ?, complete_after_ms = NULL WHERE id = ?");
    // A final failure is one that no later attempt follows.
    this.#failing = db.prepare(
      `SELECT d.test, d.error_type AS type, g.suite FROM case_detail d JOIN test_group g ON g.id = d.test >> 20
       WHERE d.run = ? AND d.error_type IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM case_result l WHERE l.run = d.run AND l.test = d.test AND l.attempt > d.attempt)`,
    );
    this.#errorTest = db.prepare(
      "INSERT INTO error_test VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)",
    );
    this.#errorTestsOfRun = db.prepare("SELECT 1 FROM error_test WHERE scope = ? LIMIT 1");
    this.#window = db.prepare(
      "SELECT error_type AS type, count(*) AS affected, max(at_ms) AS last, min(at_ms) AS oldest FROM error_test WHERE scope = ? AND at_ms > ? GROUP BY error_type",
    );
    this.#windowRows = db.prepare(
      "SELECT error_type AS type, affected, last_ms AS last FROM error_window WHERE scope = ?",
    );
    this.#setWindow = db.prepare("INSERT OR REPLACE INTO error_window VALUES (?, ?, ?, ?, ?, ?)");
    this.#prune = db.prepare("DELETE FROM error_test WHERE scope = ? AND at_ms <= ?");
    const newest = (condition: string): StatementSync =>
      db.prepare(
        `SELECT s.run FROM suite_result s JOIN run r ON r.id = s.run
         WHERE s.scope = ? AND r.completed_ms IS NOT NULL AND ${condition} ORDER BY s.ended_ms DESC, s.run DESC LIMIT 1`,
      );
    this.#newest = {
      test_run: newest("s.status <> 'measured'"),
      measure_run: newest("s.measures > 0"),
      coverage_run: newest("s.coverage IS NOT NULL"),
    };
    this.#setLast = db.prepare(
      `INSERT INTO last_run VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET test_run = excluded.test_run,
         measure_run = excluded.measure_run, coverage_run = excluded.coverage_run, suite = excluded.suite, generation = excluded.generation`,
    );
  }

  /** Completes an open run. Returns its status. */
  complete(run: RunRow, generation: number): RunStatus {
    const suites = this.#suites.all(run.id) as unknown as SuiteRow[];
    const status = statusOf(countsOf(run), run.state, suites.some(holdsMeasures));
    this.#setRun.run(status, this.#settings.now(), run.id);
    for (const suite of suites) this.#settle(run, suite, tallyOf(suite), generation, true);
    if (run.history === 0 && status !== "measured") {
      const scope = this.#scopeOf(run, RUN_LEVEL, generation);
      for (const result of RUN_RESULTS) {
        const counted = result === (status === "empty" ? "errored" : status);
        this.#counters.add("runs", scope, result, counted ? 1 : 0, run.run_id, generation);
      }
    }
    this.#errors(run, suites, generation);
    return status;
  }

  /** A part came after completion: what it adds to one suite is counted, the run itself is not counted again. */
  late(run: RunRow, suiteName: string, added: Tally, generation: number): RunStatus {
    const suites = this.#suites.all(run.id) as unknown as SuiteRow[];
    const status = statusOf(countsOf(run), run.state, suites.some(holdsMeasures));
    this.#setRun.run(status, run.completed_ms, run.id);
    for (const suite of suites)
      if (suite.suite === suiteName) this.#settle(run, suite, added, generation, suite.parts === 1);
    this.#errors(run, suites, generation);
    return status;
  }

  /** Newest-run row of a scope, found again from the roll-ups: after a completion, a deletion or a move. */
  refreshLast(scope: number, suite: string, generation: number): void {
    const run = (kind: LastKind): number | null =>
      (this.#newest[kind].get(scope) as { run: number } | undefined)?.run ?? null;
    this.#setLast.run(scope, run("test_run"), run("measure_run"), run("coverage_run"), suite, generation);
  }

  /** Scope of a run's suite; PR branches and folded suites have no newest-run row. */
  #scopeOf(run: RunRow, suite: string, generation: number): number {
    const folded: string[] = [];
    const scope = this.#scopes.idOf(
      { project: run.project, suite, environment: run.environment, branch: run.branch_label },
      (label) => folded.push(label),
    );
    for (const label of folded) this.#counters.add("folded", scope, label, 1, undefined, generation);
    return scope;
  }

  #settle(run: RunRow, suite: SuiteRow, add: Tally, generation: number, countRun: boolean): void {
    const scope = this.#scopeOf(run, suite.suite, generation);
    const status = statusOf(countsOf(suite), run.state, holdsMeasures(suite));
    this.#setSuite.run(status, scope, run.id, suite.suite);
    if (run.history === 0 && status !== "measured") this.#count(run, suite, scope, add, generation, countRun);
    if (run.branch_label !== PULL_REQUEST) this.refreshLast(scope, suite.suite, generation);
  }

  #count(run: RunRow, suite: SuiteRow, scope: number, add: Tally, generation: number, countRun: boolean): void {
    const bump = (name: (typeof STORE_COUNTERS)[number], child: string, by: number): void =>
      this.#counters.add(name, scope, child, Math.max(0, by), run.run_id, generation);
    for (const outcome of OUTCOMES) bump("executions", outcome, add.counts[outcome]);
    bump("retries", "", add.retries);
    bump("flaky", "retry", add.flaky);
    for (const [type, count] of Object.entries(add.errors)) bump("errors", type, count);
    const { caseDurationBounds, runDurationBounds } = this.#settings;
    this.#counters.observe(
      "case_duration",
      scope,
      caseDurationBounds,
      add.buckets,
      add.secondsSum,
      run.run_id,
      generation,
    );
    if (!countRun) return;
    const counts = new Array<number>(runDurationBounds.length + 1).fill(0);
    counts[bucketOf(runDurationBounds, suite.duration_seconds)] = 1;
    this.#counters.observe(
      "run_duration",
      scope,
      runDurationBounds,
      counts,
      suite.duration_seconds,
      run.run_id,
      generation,
    );
  }

  #errors(run: RunRow, suites: readonly SuiteRow[], generation: number): void {
    if (run.branch_label === PULL_REQUEST || run.ended_ms <= this.#cutoff()) return;
    if (
      run.failed + run.errored === 0 &&
      suites.every((suite) => suite.scope === null || this.#errorTestsOfRun.get(suite.scope) === undefined)
    )
      return;
    const scopes = new Map(suites.map((suite) => [suite.suite, this.#scopeOf(run, suite.suite, generation)]));
    for (const row of this.#failing.all(run.id) as { test: number; type: ErrorType; suite: string }[]) {
      const scope = scopes.get(row.suite);
      if (scope !== undefined) this.#errorTest.run(scope, row.type, row.test, run.ended_ms);
    }
    for (const scope of scopes.values()) this.refreshWindow(scope, generation);
  }

  #cutoff(): number {
    return this.#settings.now() - this.#settings.errorWindowMs;
  }

  /** Counts a scope's window again and prunes what left it. A type that went quiet stays with 0 affected tests. */
  refreshWindow(scope: number, generation: number): void {
    this.#prune.run(scope, this.#cutoff());
    const now = this.#window.all(scope, this.#cutoff()) as {
      type: string;
      affected: number;
      last: number;
      oldest: number;
    }[];
    const current = new Map(now.map((row) => [row.type, row]));
    const before = this.#windowRows.all(scope) as { type: string; affected: number; last: number }[];
    for (const row of before)
      if (!current.has(row.type)) this.#setWindow.run(scope, row.type, 0, row.last, null, generation);
    for (const row of now)
      this.#setWindow.run(
        scope,
        row.type,
        row.affected,
        row.last,
        row.oldest + this.#settings.errorWindowMs,
        generation,
      );
  }
}

const holdsMeasures = (suite: SuiteRow): boolean => suite.measures > 0 || suite.coverage !== null;
