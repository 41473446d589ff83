import type { DatabaseSync, StatementSync } from "node:sqlite";
import { PULL_REQUEST, RUN_RESULTS, type RunStatus } from "../model/run.ts";
import type { StoreSettings } from "../model/store.ts";
import { OUTCOMES } from "../model/test.ts";
import type { ActiveRuns } from "./active-runs.ts";
import type { Counters } from "./counters.ts";
import type { ErrorWindow } from "./error-window.ts";
import type { LoadCounts } from "./load-counts.ts";
import { bucketOf, type Tally } from "./rollup.ts";
import { countsOf, type RunRow, type SuiteRow, statusOf, tallyOf } from "./rows.ts";
import type { Admitted, Scopes } from "./scopes.ts";
import type { SeriesRows } from "./series-rows.ts";
import type { SuiteLife } from "./suite-life.ts";
import type { SuiteRows } from "./suite-rows.ts";

const RUN_LEVEL = "";
type LastKind = "test_run" | "measure_run" | "coverage_run" | "load_run";

/** What there is to count of one suite: all of it when its run completes, else what a late part adds. */
export interface Added {
  readonly suite: string;
  readonly tally: Tally;
  readonly measures: number;
  /** Number of the first load result. */
  readonly firstLoad: number;
}

/**
 * What happens when a run completes: its status, its counters (once), the newest-run rows and the error window. A late part
 * comes back here with what it adds.
 */
export class Completion {
  readonly #settings: StoreSettings;
  readonly #scopes: Scopes;
  readonly #counters: Counters;
  readonly #errors: ErrorWindow;
  readonly #load: LoadCounts;
  readonly #series: SeriesRows;
  readonly #judged: SuiteRows;
  readonly #life: SuiteLife;
  readonly #active: ActiveRuns;
  readonly #suites: StatementSync;
  readonly #setSuite: StatementSync;
  readonly #setRun: StatementSync;
  readonly #newest: Record<LastKind, StatementSync>;
  readonly #hasLast: StatementSync;
  readonly #setLast: StatementSync;

  constructor(
    db: DatabaseSync,
    settings: StoreSettings,
    parts: {
      scopes: Scopes;
      counters: Counters;
      errors: ErrorWindow;
      load: LoadCounts;
      series: SeriesRows;
      suites: SuiteRows;
      life: SuiteLife;
      active: ActiveRuns;
    },
  ) {
    this.#settings = settings;
    this.#scopes = parts.scopes;
    this.#counters = parts.counters;
    this.#errors = parts.errors;
    this.#load = parts.load;
    this.#series = parts.series;
    this.#judged = parts.suites;
    this.#life = parts.life;
    this.#active = parts.active;
    this.#suites = db.prepare("SELECT * FROM suite_result WHERE run = ?");
    this.#setSuite = db.prepare("UPDATE suite_result SET status = ?, scope = ? WHERE run = ? AND suite = ?");
    this.#setRun = db.prepare("UPDATE run SET status = ?, completed_ms = ?, complete_after_ms = NULL WHERE id = ?");
    const newest = (condition: string): StatementSync =>
      db.prepare(
        `SELECT s.run FROM suite_result s JOIN run r ON r.id = s.run
         WHERE s.scope = ? AND r.completed_ms IS NOT NULL AND ${condition} ORDER BY s.ended_ms DESC, s.run DESC LIMIT 1`,
      );
    this.#newest = {
      // A cancelled run of measures is still none of tests.
      test_run: newest("s.status <> 'measured' AND s.test_parts > 0"),
      measure_run: newest("s.measures > 0"),
      coverage_run: newest("s.coverage IS NOT NULL"),
      load_run: newest("s.loads > 0"),
    };
    this.#hasLast = db.prepare("SELECT 1 FROM last_run WHERE scope = ?");
    this.#setLast = db.prepare(
      `INSERT INTO last_run (scope, test_run, measure_run, coverage_run, load_run, generation) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET test_run = excluded.test_run, measure_run = excluded.measure_run,
         coverage_run = excluded.coverage_run, load_run = excluded.load_run, generation = excluded.generation`,
    );
  }

  /** Completes an open run. */
  complete(run: RunRow, generation: number): void {
    const suites = this.#suites.all(run.id) as unknown as SuiteRow[];
    const status = statusOf(countsOf(run), run.state, holdOnlyMeasures(suites));
    this.#setRun.run(status, this.#settings.now(), run.id);
    this.#active.end(run, () => generation);
    for (const suite of suites) {
      const tally = tallyOf(suite, this.#settings.caseDurationBounds);
      const added = { suite: suite.suite, tally, measures: suite.measures, firstLoad: 0 };
      this.#settle(run, suite, added, generation);
    }
    if (status !== "measured") this.#countRun(run, status, generation);
    this.#recordErrors(run, generation);
  }

  /** A part came after completion: what it adds to one suite is counted, a run that was counted is not counted again. */
  late(run: RunRow, added: Added, generation: number): void {
    const suites = this.#suites.all(run.id) as unknown as SuiteRow[];
    const status = statusOf(countsOf(run), run.state, holdOnlyMeasures(suites));
    this.#setRun.run(status, run.completed_ms, run.id);
    const suite = suites.find((one) => one.suite === added.suite)!;
    this.#settle(run, suite, added, generation);
    // A passed run that a late part spoils is counted as that as well: what was counted cannot be taken back, and a
    // failure must not stay unseen.
    const worsened = run.status === "measured" || (run.status === "passed" && status !== "passed");
    if (worsened && status !== "measured") this.#countRun(run, status, generation);
    this.#recordErrors(run, generation);
  }

  /** A complete run is no longer in a scope. */
  leave(run: RunRow, scope: number, generation: number): void {
    this.#judged.due(scope, generation);
    if (run.branch_label === PULL_REQUEST) return;
    if (this.#hasLast.get(scope) !== undefined) this.#refreshLast(scope, generation);
    this.#errors.rebuild(scope, generation);
  }

  /** A suite of a complete run came to stand in a scope without moving its counters. */
  enter(run: RunRow, suite: SuiteRow, scope: Admitted, generation: number): void {
    this.#life.resume(run, suite, scope.id, generation);
    this.#load.settle(run, { suite: suite.suite, first: 0 }, scope, { counts: false, generation });
    if (!scope.overflow) this.#judged.due(scope.id, generation);
    if (run.branch_label === PULL_REQUEST) return;
    if (hasLast(run, scope)) this.#refreshLast(scope.id, generation);
    this.#errors.rebuild(scope.id, generation);
  }

  /** Newest-run row of a scope, found again from the roll-ups. */
  #refreshLast(scope: number, generation: number): void {
    const run = (kind: LastKind): number | null =>
      (this.#newest[kind].get(scope) as { run: number } | undefined)?.run ?? null;
    this.#setLast.run(scope, run("test_run"), run("measure_run"), run("coverage_run"), run("load_run"), generation);
  }

  #scopeOf(run: RunRow, suite: string, generation: number): Admitted {
    const scope = this.#scopes.admit({
      project: run.project,
      suite,
      environment: run.environment,
      branch: run.branch_label,
    });
    for (const label of scope.folded) this.#counters.folded(label, scope.id, generation);
    return scope;
  }

  /** `suite.status` is still the one from before: of an open run, or of an earlier completion. */
  #settle(run: RunRow, suite: SuiteRow, added: Added, generation: number): void {
    const scope = this.#scopeOf(run, suite.suite, generation);
    this.#life.resume(run, suite, scope.id, generation);
    const status = statusOf(countsOf(suite), suite.state, holdsMeasures(suite));
    this.#setSuite.run(status, scope.id, run.id, suite.suite);
    if (run.history === 0 && status !== "measured") {
      const first = suite.status === "running" || suite.status === "measured";
      this.#count(run, suite, scope.id, added.tally, generation, first);
    }
    const load = { suite: suite.suite, first: added.firstLoad };
    // What folded is several suites at once.
    if (status !== "measured" && !scope.overflow) this.#judged.due(scope.id, generation);
    if (suite.loads > 0) this.#load.settle(run, load, scope, { counts: run.history === 0, generation });
    this.#series.record(run, suite);
    if (!hasLast(run, scope)) return;
    this.#refreshLast(scope.id, generation);
    // Measures beyond the bound are stored but not shown.
    const beyond = (n: number): number => Math.max(0, n - this.#settings.bounds.measures);
    const folded = beyond(suite.measures) - beyond(suite.measures - added.measures);
    if (folded > 0) this.#counters.folded("measure", scope.id, generation, folded);
  }

  #countRun(run: RunRow, status: RunStatus, generation: number): void {
    if (run.history === 1) return;
    const scope = this.#counters.place("runs", this.#scopeOf(run, RUN_LEVEL, generation).id, generation);
    for (const result of RUN_RESULTS) {
      const counted = result === (status === "empty" ? "errored" : status);
      this.#counters.add("runs", scope, result, counted ? 1 : 0, run.run_id, generation);
    }
  }

  #count(run: RunRow, suite: SuiteRow, scope: number, add: Tally, generation: number, countRun: boolean): void {
    const counters = this.#counters;
    const { caseDurationBounds, runDurationBounds } = this.#settings;
    const executions = counters.place("executions", scope, generation);
    for (const outcome of OUTCOMES)
      counters.add("executions", executions, outcome, add.counts[outcome], run.run_id, generation);
    const retries = counters.place("retries", scope, generation);
    counters.add("retries", retries, "", add.retries, run.run_id, generation);
    const flaky = counters.place("flaky", scope, generation);
    counters.add("flaky", flaky, "retry", add.flaky, run.run_id, generation);
    // Moved when the suite is judged.
    counters.add("flaky", flaky, "same_commit", 0, null, generation);
    for (const [type, count] of Object.entries(add.errors))
      counters.add("errors", counters.place("errors", scope, generation), type, count, run.run_id, generation);
    counters.observe(
      "case_duration",
      counters.place("case_duration", scope, generation),
      "",
      caseDurationBounds,
      add.buckets,
      add.secondsSum,
      run.run_id,
      generation,
    );
    if (!countRun) return;
    const buckets = new Array<number>(runDurationBounds.length + 1).fill(0);
    buckets[bucketOf(runDurationBounds, suite.duration_seconds)] = 1;
    counters.observe(
      "run_duration",
      counters.place("run_duration", scope, generation),
      "",
      runDurationBounds,
      buckets,
      suite.duration_seconds,
      run.run_id,
      generation,
    );
  }

  #recordErrors(run: RunRow, generation: number): void {
    if (run.branch_label !== PULL_REQUEST && run.failed + run.errored > 0) this.#errors.record(run, generation);
  }
}

/** A test report without a test is not that: nothing was tested where something should have been. */
const holdsMeasures = (suite: SuiteRow): boolean =>
  suite.test_parts === 0 && (suite.measures > 0 || suite.loads > 0 || suite.coverage !== null);
const holdOnlyMeasures = (suites: readonly SuiteRow[]): boolean => suites.length > 0 && suites.every(holdsMeasures);

/** Pull requests have no newest-run row, nor what stands for several suites at once. */
const hasLast = (run: RunRow, scope: Admitted): boolean => run.branch_label !== PULL_REQUEST && !scope.overflow;
