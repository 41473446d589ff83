import { AppError } from "../errors.ts";
import type { RunKey, RunSummary } from "../model/run.ts";
import type { ActiveRuns } from "./active-runs.ts";
import type { BaselineRows } from "./baseline-rows.ts";
import type { CaseInserts } from "./case-inserts.ts";
import type { Completion } from "./completion.ts";
import type { TestIds } from "./identity.ts";
import type { RunRow, SuiteRow } from "./rows.ts";
import type { RunRows } from "./run-rows.ts";
import type { Scopes } from "./scopes.ts";
import type { SeriesRows } from "./series-rows.ts";
import type { Sql } from "./statements.ts";

interface Parts {
  readonly sql: Sql;
  readonly rows: RunRows;
  readonly ids: TestIds;
  readonly inserts: CaseInserts;
  readonly scopes: Scopes;
  readonly completion: Completion;
  readonly series: SeriesRows;
  readonly baselines: BaselineRows;
  readonly active: ActiveRuns;
}

/** Deleting and moving runs. Counters stay as they are; newest-run rows and error windows are found again. */
export class RunMoves {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  delete(key: RunKey, raise: () => number): void {
    const { sql, rows, completion, series, baselines, active } = this.#parts;
    const run = rows.required(key);
    baselines.assertFree(run);
    active.end(run, raise);
    const left = this.#suites(run);
    series.forget(run.id, raise);
    for (const table of [
      "case_result",
      "case_detail",
      "measure",
      "load_result",
      "coverage_file",
      "part",
      "suite_result",
    ])
      sql(`DELETE FROM ${table} WHERE run = ?`).run(run.id);
    sql("DELETE FROM run WHERE id = ?").run(run.id);
    for (const { scope } of left) if (scope !== null) completion.leave(run, scope, raise());
  }

  move(key: RunKey, to: Partial<RunKey>, raise: () => number): RunSummary {
    const { sql, rows, scopes, completion, series, baselines, active } = this.#parts;
    const run = rows.required(key);
    const target = { ...key, ...definedOnly(to) };
    const taken = rows.byKey(target);
    if (taken?.id === run.id) return rows.summary(run.id);
    if (taken !== undefined)
      throw new AppError(
        "STORE_CONFLICT",
        `run "${target.runId}" exists already in ${target.project}/${target.environment}`,
        {},
        { hint: "choose another run id, or delete that run first" },
      );
    baselines.assertMovable(run, target);
    sql("UPDATE run SET project = ?, environment = ?, run_id = ? WHERE id = ?").run(
      target.project,
      target.environment,
      target.runId,
      run.id,
    );
    if (target.project !== run.project) this.#renumber(run.id, target.project);
    const moved = rows.byId(run.id);
    if (run.completed_ms === null) {
      active.move(run, moved, raise);
      return rows.summary(run.id);
    }
    const left = this.#suites(run);
    series.forget(run.id, raise);
    for (const suite of left) series.record(moved, suite);
    const entered = left.map((one) => {
      const { suite } = one;
      const scope = scopes.admit({
        project: moved.project,
        suite,
        environment: moved.environment,
        branch: moved.branch_label,
      });
      sql("UPDATE suite_result SET scope = ? WHERE run = ? AND suite = ?").run(scope.id, run.id, suite);
      return { suite: one, scope };
    });
    for (const { scope } of left) if (scope !== null) completion.leave(run, scope, raise());
    for (const { suite, scope } of entered) completion.enter(moved, suite, scope, raise());
    return rows.summary(run.id);
  }

  #suites(run: RunRow): SuiteRow[] {
    return this.#parts.sql("SELECT * FROM suite_result WHERE run = ?").all(run.id) as unknown as SuiteRow[];
  }

  /** Gives a run's cases the test ids of another project: the same test there keeps its one history. */
  #renumber(run: number, project: string): void {
    const { sql, ids, inserts } = this.#parts;
    const tests = sql(
      `SELECT DISTINCT c.test, t.name, g.suite, g.path FROM case_result c JOIN test t ON t.id = c.test JOIN test_group g ON g.id = c.test >> 20
       WHERE c.run = ? ORDER BY c.test`,
    ).all(run) as { test: number; name: string; suite: string; path: string }[];
    ids.beginPart();
    inserts.begin(run);
    for (const row of tests) {
      const test = ids.resolve(ids.group(project, row.suite, row.path), row.name);
      if (ids.created) inserts.test(test, ids.storedName);
      sql("UPDATE case_result SET test = ? WHERE run = ? AND test = ?").run(test, run, row.test);
      sql("UPDATE case_detail SET test = ? WHERE run = ? AND test = ?").run(test, run, row.test);
    }
    inserts.flush();
  }
}

function definedOnly<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;
}
