import type { DatabaseSync, StatementSync } from "node:sqlite";
import { OVERFLOW, type Scope, type StoreCounter, type StoreHistogram, type StoreSettings } from "../model/store.ts";
import type { Scopes } from "./scopes.ts";

/** `created_ms` of a series until its transaction ends. */
const UNDATED = 0;

/**
 * Counters and histograms, in the same transaction as the run that moves them. They never decrease. A family that is full
 * takes new scopes into the overflow scope of their project.
 */
export class Counters {
  readonly #settings: StoreSettings;
  readonly #scopes: Scopes;
  /** Rows per counter or histogram name, so that admission does not count the table again for each new series. */
  readonly #sizes = new Map<string, number>();
  readonly #bump: StatementSync;
  readonly #create: StatementSync;
  readonly #scopeRow: StatementSync;
  readonly #dateNew: readonly StatementSync[];
  readonly #countOf: StatementSync;
  readonly #countHistograms: StatementSync;
  readonly #histogram: StatementSync;
  readonly #writeHistogram: StatementSync;

  constructor(db: DatabaseSync, settings: StoreSettings, scopes: Scopes) {
    this.#settings = settings;
    this.#scopes = scopes;
    this.#bump = db.prepare(
      "UPDATE counter SET value = value + ?, last_run_id = coalesce(?, last_run_id), generation = ? WHERE name = ? AND scope = ? AND child = ?",
    );
    this.#create = db.prepare("INSERT INTO counter VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.#scopeRow = db.prepare("SELECT project, suite, environment, branch FROM scope WHERE id = ?");
    this.#dateNew = ["counter", "histogram"].map((table) =>
      db.prepare(`UPDATE ${table} SET created_ms = ? WHERE generation = ? AND created_ms = ${UNDATED}`),
    );
    this.#countOf = db.prepare("SELECT count(*) AS n FROM counter WHERE name = ?");
    this.#countHistograms = db.prepare("SELECT count(*) AS n FROM histogram WHERE name = ?");
    this.#histogram = db.prepare("SELECT bounds, counts, sum FROM histogram WHERE name = ? AND scope = ?");
    this.#writeHistogram = db.prepare(
      `INSERT INTO histogram VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET bounds = excluded.bounds, counts = excluded.counts, sum = excluded.sum,
         last_run_id = excluded.last_run_id, generation = excluded.generation`,
    );
  }

  /** Adds `by` (0 creates the series, so that it is born at zero). */
  add(
    name: StoreCounter,
    scope: number,
    child: string,
    by: number,
    runId: string | undefined,
    generation: number,
  ): void {
    const exemplar = by > 0 ? (runId ?? null) : null;
    if (this.#bump.run(by, exemplar, generation, name, scope, child).changes > 0) return;
    if (name !== "folded" && this.#full(this.#countOf, name, 1)) {
      const overflow = this.#overflow(scope);
      if (overflow !== scope) {
        this.add("folded", overflow, "suite", 1, undefined, generation);
        this.add(name, overflow, child, by, runId, generation);
        return;
      }
    }
    this.#create.run(name, scope, child, by, UNDATED, exemplar, generation);
    this.#grown(name);
  }

  /** Gives the series that this transaction created their time. */
  dateNew(generation: number): void {
    for (const statement of this.#dateNew) statement.run(this.#settings.now(), generation);
  }

  /** After a rollback, or when another process wrote. */
  clear(): void {
    this.#sizes.clear();
  }

  observe(
    name: StoreHistogram,
    scope: number,
    bounds: readonly number[],
    counts: readonly number[],
    sum: number,
    runId: string,
    generation: number,
  ): void {
    const row = this.#histogram.get(name, scope) as { bounds: string; counts: string; sum: number } | undefined;
    const boundsText = JSON.stringify(bounds);
    if (row === undefined && this.#full(this.#countHistograms, name, bounds.length + 3)) {
      const overflow = this.#overflow(scope);
      if (overflow !== scope) {
        this.add("folded", overflow, "suite", 1, undefined, generation);
        this.observe(name, overflow, bounds, counts, sum, runId, generation);
        return;
      }
    }
    const before =
      row === undefined ? [] : rebucket(JSON.parse(row.bounds) as number[], JSON.parse(row.counts) as number[], bounds);
    const after = counts.map((count, index) => count + (before[index] ?? 0));
    this.#writeHistogram.run(
      name,
      scope,
      boundsText,
      JSON.stringify(after),
      (row?.sum ?? 0) + sum,
      UNDATED,
      runId,
      generation,
    );
    if (row === undefined) this.#grown(name);
  }

  #full(count: StatementSync, name: string, seriesEach: number): boolean {
    let size = this.#sizes.get(name);
    if (size === undefined) {
      size = (count.get(name) as { n: number }).n;
      this.#sizes.set(name, size);
    }
    return (size + 1) * seriesEach > this.#settings.bounds.seriesPerFamily;
  }

  #grown(name: string): void {
    const size = this.#sizes.get(name);
    if (size !== undefined) this.#sizes.set(name, size + 1);
  }

  #overflow(scope: number): number {
    const row = this.#scopeRow.get(scope) as unknown as Scope;
    return row.suite === OVERFLOW ? scope : this.#scopes.overflowOf(row);
  }
}

/**
 * Moves counts to other bounds after a change of configuration: each old bucket goes to the first new bound that covers all of
 * it, so that no count is lost and none is claimed to be faster than it was.
 */
export function rebucket(oldBounds: readonly number[], counts: readonly number[], bounds: readonly number[]): number[] {
  const out = new Array<number>(bounds.length + 1).fill(0);
  counts.forEach((count, index) => {
    const upper = oldBounds[index] ?? Number.POSITIVE_INFINITY;
    let target = bounds.findIndex((bound) => bound >= upper);
    if (target === -1) target = bounds.length;
    out[target]! += count;
  });
  return out;
}
