import { AppError } from "../errors.ts";
import { PULL_REQUEST } from "../model/run.ts";
import { STORE_COUNTERS, STORE_HISTOGRAMS, type SuiteKey } from "../model/store.ts";
import { loadParent } from "./load-counts.ts";
import type { RunRow, SuiteRow } from "./rows.ts";
import type { Sql } from "./statements.ts";

/**
 * Suites that are retired or renamed. A retired scope is not shown until a run of it ends that is younger than the retirement; its
 * rows go on being kept. A renamed suite is the same rows under another name, and the old name is an alias from then on.
 */
export class SuiteLife {
  readonly #sql: Sql;
  readonly #now: () => number;
  /** By project and alias; undefined: to be read. Nearly always empty. */
  #aliases: Map<string, string> | undefined;
  /** Whether any suite or scope is retired; undefined: to be read. */
  #anyRetired: boolean | undefined;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  /** After a rollback, or when another process wrote. */
  clear(): void {
    this.#aliases = undefined;
    this.#anyRetired = undefined;
  }

  /** The name that a report's suite goes by today. */
  current(project: string, suite: string): string {
    if (this.#aliases === undefined) {
      const rows = this.#sql("SELECT project, alias, suite FROM suite_alias").all() as unknown as (SuiteKey & {
        alias: string;
      })[];
      this.#aliases = new Map(rows.map((row) => [keyText(row.project, row.alias), row.suite]));
    }
    return this.#aliases.size === 0 ? suite : (this.#aliases.get(keyText(project, suite)) ?? suite);
  }

  /**
   * A suite of a complete run came to stand in a scope; to be called before anything of it is counted. Shows a retired scope again
   * when the run ended later. A pull request does not make the suite itself expected again: old branches still have it.
   */
  resume(run: RunRow, { suite, ended_ms: endedMs }: SuiteRow, scope: number, generation: number): void {
    this.#anyRetired ??=
      this.#sql("SELECT 1 FROM scope WHERE retired_ms IS NOT NULL LIMIT 1").get() !== undefined ||
      this.#sql("SELECT 1 FROM ended_suite WHERE retired_ms IS NOT NULL LIMIT 1").get() !== undefined;
    if (!this.#anyRetired) return;
    const shown = this.#sql(
      "UPDATE scope SET retired_ms = NULL WHERE id = ? AND retired_ms < ? AND project = ? AND suite = ?",
    ).run(scope, endedMs, run.project, suite);
    if (shown.changes === 0) return;
    if (run.branch_label !== PULL_REQUEST)
      this.#sql("UPDATE ended_suite SET retired_ms = NULL WHERE project = ? AND suite = ?").run(run.project, suite);
    this.#resume(scope, generation);
  }

  /** `named`: the configuration names it, so it need not have run. Throws NOT_FOUND. */
  retire({ project, suite }: SuiteKey, named: boolean, generation: number): void {
    if (!named && !this.#exists(project, suite)) throw this.#notFound(project, suite);
    this.#sql("UPDATE scope SET retired_ms = ? WHERE project = ? AND suite = ?").run(this.#now(), project, suite);
    this.#end(project, suite, this.#now(), generation);
    // Its place is free for another suite.
    this.#sql("DELETE FROM label_value WHERE label = 'suite' AND parent = ? AND value = ?").run(project, suite);
  }

  /** Throws NOT_FOUND, and STORE_CONFLICT when the new name is one already. */
  rename({ project, suite }: SuiteKey, to: string, generation: number): void {
    if (!this.#exists(project, suite)) throw this.#notFound(project, suite);
    this.#assertFree(project, suite, to);
    const { retired_ms: retiredMs = null } = (this.#sql(
      "SELECT retired_ms FROM ended_suite WHERE project = ? AND suite = ?",
    ).get(project, suite) ?? {}) as { retired_ms?: number | null };
    for (const table of ["suite_result", "measure", "load_result", "coverage_file"])
      this.#sql(
        `UPDATE ${table} SET suite = ?3 WHERE suite = ?2 AND run IN (SELECT id FROM run WHERE project = ?1)`,
      ).run(project, suite, to);
    this.#sql(
      `UPDATE part SET notes = json_set(notes, '$.suite', ?3)
       WHERE notes ->> '$.suite' = ?2 AND run IN (SELECT id FROM run WHERE project = ?1)`,
    ).run(project, suite, to);
    for (const table of ["series_verdict", "deviation"])
      this.#sql(
        `UPDATE ${table} SET labels = json_set(labels, '$.suite', ?3) WHERE labels ->> '$.project' = ?1 AND labels ->> '$.suite' = ?2`,
      ).run(project, suite, to);
    for (const table of ["test_group", "series", "scope"])
      this.#sql(`UPDATE ${table} SET suite = ?3 WHERE project = ?1 AND suite = ?2`).run(project, suite, to);
    this.#sql("UPDATE label_value SET value = ?3 WHERE label = 'suite' AND parent = ?1 AND value = ?2").run(
      project,
      suite,
      to,
    );
    this.#sql("UPDATE label_value SET parent = ? WHERE parent = ?").run(
      loadParent({ project, suite: to }),
      loadParent({ project, suite }),
    );
    this.#sql("UPDATE suite_alias SET suite = ?3 WHERE project = ?1 AND suite = ?2").run(project, suite, to);
    this.#sql("DELETE FROM suite_alias WHERE project = ? AND alias = ?").run(project, to);
    this.#sql("INSERT INTO suite_alias VALUES (?, ?, ?)").run(project, suite, to);
    this.#end(project, suite, null, generation);
    if (retiredMs !== null) this.#end(project, to, retiredMs, generation);
    else this.#sql("UPDATE ended_suite SET retired_ms = NULL WHERE project = ? AND suite = ?").run(project, to);
    const scopes = this.#sql("SELECT id FROM scope WHERE project = ? AND suite = ?").all(project, to) as {
      id: number;
    }[];
    for (const { id } of scopes) this.#resume(id, generation);
  }

  #exists(project: string, suite: string): boolean {
    return (
      this.#sql(
        `SELECT 1 WHERE EXISTS (SELECT 1 FROM scope WHERE project = ?1 AND suite = ?2)
           OR EXISTS (SELECT 1 FROM test_group WHERE project = ?1 AND suite = ?2)
           OR EXISTS (SELECT 1 FROM suite_result s JOIN run r ON r.id = s.run WHERE r.project = ?1 AND s.suite = ?2)`,
      ).get(project, suite) !== undefined
    );
  }

  #notFound(project: string, suite: string): AppError {
    const today = this.current(project, suite);
    const hint = today === suite ? "'plumbline suites list' shows them" : `it is called "${today}" now`;
    return new AppError("NOT_FOUND", `no suite "${suite}" in ${project}`, {}, { hint });
  }

  #assertFree(project: string, suite: string, to: string): void {
    const alias = this.current(project, to);
    if (suite === to) throw new AppError("STORE_CONFLICT", `suite "${suite}" has that name already`);
    if (alias === to && this.#exists(project, to))
      throw new AppError(
        "STORE_CONFLICT",
        `suite "${to}" exists already in ${project}`,
        {},
        { hint: "two histories cannot become one; choose another name, or retire the suite that is over" },
      );
    if (alias !== to && alias !== suite)
      throw new AppError(
        "STORE_CONFLICT",
        `"${to}" is an earlier name of suite "${alias}", whose reports may still come under it`,
        {},
        { hint: "choose another name" },
      );
  }

  #end(project: string, suite: string, retiredMs: number | null, generation: number): void {
    this.#sql("INSERT OR REPLACE INTO ended_suite VALUES (?, ?, ?, ?)").run(project, suite, retiredMs, generation);
  }

  /**
   * Everything that a scope shows begins anew, as series that nobody has seen before, from what it stands at now: a run that comes
   * before the first scrape would else rise nothing.
   */
  #resume(scope: number, generation: number): void {
    this.#sql("UPDATE scope SET resumed_ms = ? WHERE id = ?").run(this.#now(), scope);
    this.#sql(
      `UPDATE counter SET generation = ?2, base = value WHERE name IN (SELECT value FROM json_each(?3)) AND scope = ?1`,
    ).run(scope, generation, JSON.stringify(STORE_COUNTERS));
    this.#sql(
      `UPDATE histogram SET generation = ?2, base = json_object('bounds', json(bounds), 'counts', json(counts), 'sum', sum)
       WHERE name IN (SELECT value FROM json_each(?3)) AND scope = ?1`,
    ).run(scope, generation, JSON.stringify(STORE_HISTOGRAMS));
    for (const table of ["last_run", "error_window", "suite_flaky", "series_verdict", "active_suite"])
      this.#sql(`UPDATE ${table} SET generation = ?2 WHERE scope = ?1`).run(scope, generation);
  }
}

const keyText = (project: string, suite: string): string => JSON.stringify([project, suite]);
