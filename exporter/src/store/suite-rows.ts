import type { SuiteVerdict } from "../model/outcomes.ts";
import type { Counters } from "./counters.ts";
import type { Sql } from "./statements.ts";

/** Which suites wait to be judged, and what was found of them, in the transaction of its caller. */
export class SuiteRows {
  readonly #sql: Sql;
  readonly #counters: Counters;

  constructor(sql: Sql, counters: Counters) {
    this.#sql = sql;
    this.#counters = counters;
  }

  /** Its runs changed. */
  due(scope: number, generation: number): void {
    this.#sql("INSERT INTO suite_due VALUES (?, ?) ON CONFLICT DO UPDATE SET generation = excluded.generation").run(
      scope,
      generation,
    );
  }

  judge(verdicts: readonly SuiteVerdict[], raise: () => number): void {
    for (const verdict of verdicts) {
      const { project, suite, environment, branch, mark } = verdict;
      const row = this.#sql(
        "SELECT id FROM scope WHERE project = ? AND suite = ? AND environment = ? AND branch = ?",
      ).get(project, suite, environment, branch) as { id: number } | undefined;
      if (row === undefined) continue;
      this.#sql("DELETE FROM suite_due WHERE scope = ? AND generation = ?").run(row.id, mark);
      this.#show(row.id, verdict.flaky ?? null, raise);
      this.#count(row.id, verdict, raise);
    }
  }

  /** A suite that never had a flaky test shows 0; one that was never judged and has no run shows nothing. */
  #show(scope: number, flaky: number | null, raise: () => number): void {
    const known = this.#sql("SELECT tests FROM suite_flaky WHERE scope = ?").get(scope) as
      | { tests: number | null }
      | undefined;
    if ((known?.tests ?? null) === flaky) return;
    this.#sql(
      `INSERT INTO suite_flaky VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET tests = excluded.tests, generation = excluded.generation`,
    ).run(scope, flaky, raise());
  }

  /** A pair counts once, as long as its commit is among the newest runs; then it is forgotten. */
  #count(scope: number, { commits, twoOutcomes, runId }: SuiteVerdict, raise: () => number): void {
    this.#sql("DELETE FROM two_outcomes WHERE scope = ? AND commit_sha NOT IN (SELECT value FROM json_each(?))").run(
      scope,
      JSON.stringify(commits),
    );
    const insert = this.#sql("INSERT OR IGNORE INTO two_outcomes VALUES (?, ?, ?)");
    let added = 0;
    for (const { testId, commit } of twoOutcomes) added += Number(insert.run(scope, commit, Number(testId)).changes);
    if (added === 0) return;
    const generation = raise();
    const place = this.#counters.place("flaky", scope, generation);
    this.#counters.add("flaky", place, "same_commit", added, runId ?? null, generation);
  }
}
