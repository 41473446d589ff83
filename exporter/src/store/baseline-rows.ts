/** Baselines: names that keep their runs. Project and environment are the run's own, so a moved run takes its names along. */
import { AppError } from "../errors.ts";
import type { Baseline, BaselineFilter, BaselineKey } from "../model/baseline.ts";
import type { RunKey, RunSummary } from "../model/run.ts";
import type { Page, Paged } from "../model/store.ts";
import { type All, decodeCursor, limitOf, paged, type Value } from "./query.ts";
import type { RunRow } from "./rows.ts";
import type { Sql } from "./statements.ts";

export class BaselineRows {
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  /** The name goes over to this run when another one had it. */
  save(name: string, run: RunRow): void {
    const taken = this.#idOf({ project: run.project, environment: run.environment, name });
    if (taken !== undefined) this.#sql("DELETE FROM baseline WHERE id = ?").run(taken);
    this.#sql("INSERT INTO baseline (name, run, saved_ms) VALUES (?, ?, ?)").run(name, run.id, this.#now());
  }

  delete(key: BaselineKey): void {
    const id = this.#idOf(key);
    if (id === undefined)
      throw new AppError("NOT_FOUND", `no baseline "${key.name}" in ${key.project}/${key.environment}`);
    this.#sql("DELETE FROM baseline WHERE id = ?").run(id);
  }

  /** Throws RUN_KEPT for a run that a baseline names. */
  assertFree(run: RunRow): void {
    const names = this.#namesOf(run);
    if (names.length === 0) return;
    const [which, them] = names.length === 1 ? ["baseline", "it"] : ["baselines", "them"];
    throw new AppError(
      "RUN_KEPT",
      `run "${run.run_id}" is kept by the ${which} ${names.map((name) => `"${name}"`).join(", ")}`,
      {},
      { hint: `delete ${them} first: plumbline baselines delete "${names[0]}"` },
    );
  }

  /** Throws STORE_CONFLICT when a name of the run stands for another run where it goes. */
  assertMovable(run: RunRow, { project, environment }: RunKey): void {
    if (project === run.project && environment === run.environment) return;
    for (const name of this.#namesOf(run))
      if (this.#idOf({ project, environment, name }) !== undefined)
        throw new AppError(
          "STORE_CONFLICT",
          `run "${run.run_id}" is the baseline "${name}", and ${project}/${environment} has one of that name`,
          {},
          { hint: "delete one of the two baselines first" },
        );
  }

  #namesOf(run: RunRow): string[] {
    const rows = this.#sql("SELECT name FROM baseline WHERE run = ? ORDER BY name").all(run.id) as { name: string }[];
    return rows.map(({ name }) => name);
  }

  #idOf({ project, environment, name }: BaselineKey): number | undefined {
    const row = this.#sql(
      "SELECT b.id FROM baseline b JOIN run r ON r.id = b.run WHERE b.name = ? AND r.project = ? AND r.environment = ?",
    ).get(name, project, environment) as { id: number } | undefined;
    return row?.id;
  }
}

type Row = RunRow & { baseline: number; name: string; saved_ms: number };

/** The one saved last first. */
export function baselinePage(
  all: All,
  filter: BaselineFilter,
  page: Page,
  summary: (row: RunRow) => RunSummary,
): Paged<Baseline> {
  const limit = limitOf(page);
  const parts: string[] = ["1"];
  const values: Value[] = [];
  for (const [key, column] of [
    ["project", "r.project"],
    ["environment", "r.environment"],
    ["name", "b.name"],
  ] as const) {
    const value = filter[key];
    if (value === undefined) continue;
    parts.push(`${column} = ?`);
    values.push(value);
  }
  if (page.cursor !== undefined) {
    parts.push("b.id < ?");
    values.push(...decodeCursor(page.cursor, 1));
  }
  const rows = all<Row>(
    `SELECT r.*, b.id AS baseline, b.name, b.saved_ms FROM baseline b JOIN run r ON r.id = b.run
     WHERE ${parts.join(" AND ")} ORDER BY b.id DESC LIMIT ?`,
    ...values,
    limit + 1,
  );
  const baselineOf = (row: Row): Baseline => {
    const { project, environment, name, saved_ms: savedAtMs } = row;
    return { project, environment, name, savedAtMs, run: summary(row) };
  };
  return paged(rows, limit, (row) => [row.baseline], baselineOf);
}
