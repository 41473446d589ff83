import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { StoreSettings } from "../model/store.ts";
import type { ErrorType } from "../model/test.ts";
import type { RunRow } from "./rows.ts";

interface WindowRow {
  type: ErrorType;
  affected: number;
  last: number;
}
interface FailingRow {
  test: number;
  type: ErrorType;
  scope: number;
}

/**
 * Distinct tests per error type whose runs ended within the window. `error_test` holds the last time of each such test,
 * `error_window` what /metrics shows; a type that went quiet stays there with 0 tests.
 */
export class ErrorWindow {
  readonly #settings: StoreSettings;
  readonly #failing: StatementSync;
  readonly #errorTest: StatementSync;
  readonly #current: StatementSync;
  readonly #shown: StatementSync;
  readonly #show: StatementSync;
  readonly #due: StatementSync;
  readonly #prune: StatementSync;
  readonly #clear: StatementSync;
  readonly #runs: StatementSync;

  constructor(db: DatabaseSync, settings: StoreSettings) {
    this.#settings = settings;
    // A final failure is one that no later attempt follows.
    this.#failing = db.prepare(
      `SELECT d.test, d.error_type AS type, s.scope FROM case_detail d JOIN test_group g ON g.id = d.test >> 20
         JOIN suite_result s ON s.run = d.run AND s.suite = g.suite
       WHERE d.run = ? AND d.error_type IS NOT NULL AND s.scope IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM case_result l WHERE l.run = d.run AND l.test = d.test AND l.attempt > d.attempt)`,
    );
    this.#errorTest = db.prepare(
      "INSERT INTO error_test VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)",
    );
    this.#current = db.prepare(
      "SELECT error_type AS type, count(*) AS affected, max(at_ms) AS last, min(at_ms) AS oldest FROM error_test WHERE scope = ? GROUP BY error_type",
    );
    this.#shown = db.prepare("SELECT error_type AS type, affected, last_ms AS last FROM error_window WHERE scope = ?");
    this.#show = db.prepare(
      `INSERT INTO error_window VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET affected = excluded.affected,
         last_ms = excluded.last_ms, next_change_ms = excluded.next_change_ms, generation = excluded.generation`,
    );
    this.#due = db.prepare("SELECT DISTINCT scope FROM error_window WHERE next_change_ms <= ?");
    this.#prune = db.prepare("DELETE FROM error_test WHERE scope = ? AND at_ms <= ?");
    this.#clear = db.prepare("DELETE FROM error_test WHERE scope = ?");
    this.#runs = db.prepare(
      `SELECT r.id, r.ended_ms FROM suite_result s JOIN run r ON r.id = s.run
       WHERE s.scope = ? AND r.completed_ms IS NOT NULL AND r.ended_ms > ?`,
    );
  }

  /** Takes in the failing tests of a complete run, when it ended within the window. */
  record(run: Pick<RunRow, "id" | "ended_ms">, generation: number): void {
    if (run.ended_ms <= this.#cutoff()) return;
    const scopes = new Set<number>();
    for (const row of this.#failing.all(run.id) as unknown as FailingRow[]) {
      this.#errorTest.run(row.scope, row.type, row.test, run.ended_ms);
      scopes.add(row.scope);
    }
    for (const scope of scopes) this.#refresh(scope, generation);
  }

  /** Finds a scope's tests again from its runs: after one was deleted or moved. */
  rebuild(scope: number, generation: number): void {
    this.#clear.run(scope);
    for (const run of this.#runs.all(scope, this.#cutoff()) as { id: number; ended_ms: number }[])
      for (const row of this.#failing.all(run.id) as unknown as FailingRow[])
        if (row.scope === scope) this.#errorTest.run(scope, row.type, row.test, run.ended_ms);
    this.#refresh(scope, generation);
  }

  /** Drops what left the windows. `raise` gives the generation, when there is something to do. */
  expire(raise: () => number): void {
    for (const { scope } of this.#due.all(this.#settings.now()) as { scope: number }[]) this.#refresh(scope, raise());
  }

  #cutoff(): number {
    return this.#settings.now() - this.#settings.errorWindowMs;
  }

  #refresh(scope: number, generation: number): void {
    this.#prune.run(scope, this.#cutoff());
    const shown = new Map((this.#shown.all(scope) as unknown as WindowRow[]).map((row) => [row.type, row]));
    for (const row of this.#current.all(scope) as unknown as (WindowRow & { oldest: number })[]) {
      const next = row.oldest + this.#settings.errorWindowMs;
      this.#show.run(scope, row.type, row.affected, row.last, next, generation);
      shown.delete(row.type);
    }
    for (const row of shown.values())
      if (row.affected > 0) this.#show.run(scope, row.type, 0, row.last, null, generation);
  }
}
