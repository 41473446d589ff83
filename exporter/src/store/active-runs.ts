import { PULL_REQUEST } from "../model/run.ts";
import type { RunRow } from "./rows.ts";
import type { Scopes } from "./scopes.ts";
import type { Sql } from "./statements.ts";

/**
 * Runs that wait for more of their parts, by the scopes of the suites they have so far. A run that completes with its first part is
 * never one. As with all gauges, pull requests are left out, what folded (it is several suites at once), and old runs.
 */
export class ActiveRuns {
  readonly #sql: Sql;
  readonly #scopes: Scopes;

  constructor(sql: Sql, scopes: Scopes) {
    this.#sql = sql;
    this.#scopes = scopes;
  }

  /** A part of `suite` came, and the run waits for more. All suites of the run are alive with it. */
  heard(run: RunRow, suite: string, atMs: number, generation: number): void {
    if (run.branch_label === PULL_REQUEST || run.history === 1) return;
    this.#sql("UPDATE run SET heard_ms = max(?, coalesce(heard_ms, 0)) WHERE id = ?").run(atMs, run.id);
    this.#enter(run, suite);
    // The run that has been silent longest gives the sign of life: a hung one must not hide behind its busy neighbours.
    this.#sql(
      `INSERT INTO active_suite SELECT a.scope, count(*), min(r.heard_ms), ?2 FROM active_run a JOIN run r ON r.id = a.run
         WHERE a.scope IN (SELECT scope FROM active_run WHERE run = ?1) GROUP BY a.scope
       ON CONFLICT DO UPDATE SET runs = excluded.runs, heard_ms = excluded.heard_ms, generation = excluded.generation`,
    ).run(run.id, generation);
  }

  #enter({ id, project, environment, branch_label: branch }: RunRow, suite: string): void {
    const scope = this.#scopes.admit({ project, suite, environment, branch });
    if (!scope.overflow) this.#sql("INSERT OR IGNORE INTO active_run VALUES (?, ?)").run(id, scope.id);
  }

  /** The run waits no longer: it is complete, or gone. `raise` is called when it was active. */
  end(run: RunRow, raise: () => number): void {
    if (run.heard_ms === null) return;
    const scopes = this.#sql("DELETE FROM active_run WHERE run = ? RETURNING scope").all(run.id) as { scope: number }[];
    for (const { scope } of scopes)
      this.#sql(
        `UPDATE active_suite SET (runs, heard_ms) =
           (SELECT count(*), min(r.heard_ms) FROM active_run a JOIN run r ON r.id = a.run WHERE a.scope = ?1), generation = ?2 WHERE scope = ?1`,
      ).run(scope, raise());
  }

  /** An open run got another project or environment. */
  move(before: RunRow, after: RunRow, raise: () => number): void {
    if (before.heard_ms === null) return;
    this.end(before, raise);
    const suites = this.#sql("SELECT suite FROM suite_result WHERE run = ?").all(after.id) as { suite: string }[];
    for (const { suite } of suites) this.heard(after, suite, before.heard_ms, raise());
  }
}
