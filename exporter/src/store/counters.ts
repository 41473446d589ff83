import type { DatabaseSync, StatementSync } from "node:sqlite";
import { RUN_RESULTS } from "../model/run.ts";
import {
  OVERFLOW,
  type Scope,
  STORE_HISTOGRAMS,
  type StoreCounter,
  type StoreHistogram,
  type StoreSettings,
} from "../model/store.ts";
import { ERROR_TYPES, OUTCOMES } from "../model/test.ts";
import { childText } from "./child-labels.ts";
import { rebucket } from "./rollup.ts";
import type { Scopes } from "./scopes.ts";

/** Families whose labels beyond the scope are open sets: room in them is given series by series. */
type OpenFamily = Extract<StoreCounter | StoreHistogram, `load_${string}`>;
type ClosedFamily = Exclude<StoreCounter | StoreHistogram, OpenFamily | "folded">;

/** Scopes (or series) that a full family still takes: the catch-all of pull requests and that of the rest. */
const CATCH_ALLS = 2;
/** `created_ms` of a series until its transaction ends. */
const UNDATED = 0;

/**
 * Counters and histograms, in the same transaction as the run that moves them. They never decrease. Room in a family with a closed
 * set of children is given by scope and for all of them at once, so that a scope's results always add up; without room, see
 * `Scopes.catchAll`.
 */
export class Counters {
  readonly #settings: StoreSettings;
  readonly #scopes: Scopes;
  /** Scopes (of open families: series) per family, so that admission does not count the table again for each new one. */
  readonly #sizes = new Map<ClosedFamily | OpenFamily, number>();
  /** Scopes (of open families: scope and child) that have their place already. */
  readonly #placed = new Map<ClosedFamily | OpenFamily, Set<number | string>>();
  readonly #width: Readonly<Record<ClosedFamily | OpenFamily, number>>;
  readonly #bump: StatementSync;
  readonly #exists: StatementSync;
  readonly #create: StatementSync;
  readonly #scopeRow: StatementSync;
  readonly #dateNew: readonly StatementSync[];
  readonly #inCounters: Lookup;
  readonly #inHistograms: Lookup;
  readonly #histogram: StatementSync;
  readonly #writeHistogram: StatementSync;

  constructor(db: DatabaseSync, settings: StoreSettings, scopes: Scopes) {
    this.#settings = settings;
    this.#scopes = scopes;
    this.#width = {
      runs: RUN_RESULTS.length,
      executions: OUTCOMES.length,
      retries: 1,
      // By retry, and on the same commit.
      flaky: 2,
      errors: ERROR_TYPES.length,
      // One series per bound, +Inf, sum and count.
      case_duration: settings.caseDurationBounds.length + 3,
      run_duration: settings.runDurationBounds.length + 3,
      load_requests: 1,
      load_failures: 1,
      load_latency: settings.loadLatencyBounds.length + 3,
    };
    this.#bump = db.prepare(
      "UPDATE counter SET value = value + ?, last_run_id = ?, generation = ? WHERE name = ? AND scope = ? AND child = ?",
    );
    this.#exists = db.prepare("SELECT 1 FROM counter WHERE name = ? AND scope = ? AND child = ?");
    this.#create = db.prepare(
      "INSERT INTO counter (name, scope, child, value, created_ms, last_run_id, generation) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#scopeRow = db.prepare("SELECT project, suite, environment, branch FROM scope WHERE id = ?");
    this.#dateNew = ["counter", "histogram"].map((table) =>
      db.prepare(`UPDATE ${table} SET created_ms = ? WHERE generation = ? AND created_ms = ${UNDATED}`),
    );
    this.#inCounters = lookup(db, "counter");
    this.#inHistograms = lookup(db, "histogram");
    this.#histogram = db.prepare(
      "SELECT bounds, counts, sum FROM histogram WHERE name = ? AND scope = ? AND child = ?",
    );
    this.#writeHistogram = db.prepare(
      `INSERT INTO histogram (name, scope, child, bounds, counts, sum, created_ms, last_run_id, generation)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET bounds = excluded.bounds, counts = excluded.counts, sum = excluded.sum,
         last_run_id = excluded.last_run_id, generation = excluded.generation`,
    );
  }

  /** After a rollback, or when another process wrote. */
  clear(): void {
    this.#sizes.clear();
    this.#placed.clear();
  }

  /** Gives the series that this transaction created their time: their zero hold must not pass while it still goes on. */
  dateNew(generation: number): void {
    for (const statement of this.#dateNew) statement.run(this.#settings.now(), generation);
  }

  /** The scope under which a family counts `scope`: itself, or the catch-all when the family is full (counted as folded). */
  place(family: ClosedFamily, scope: number, generation: number): number {
    const table = this.#tableOf(family);
    const known = () => table.has.get(family, scope) !== undefined;
    if (this.#takes(family, scope, known, table.scopes)) return scope;
    const rest = this.#catchAll(scope);
    if (rest !== scope) this.folded("suite", rest, generation);
    return rest;
  }

  /** Where a series of an open family is counted: as itself, or in the catch-all of operations when the family is full. */
  placeSeries(
    family: OpenFamily,
    scope: number,
    labels: readonly string[],
    generation: number,
  ): { readonly scope: number; readonly child: string } {
    const table = this.#tableOf(family);
    const child = childText(labels);
    const known = () => table.hasChild.get(family, scope, child) !== undefined;
    if (this.#takes(family, `${scope} ${child}`, known, table.series)) return { scope, child };
    const rest = this.#catchAll(scope);
    this.folded("operation", rest, generation);
    return { scope: rest, child: childText(labels.map(() => OVERFLOW)) };
  }

  #tableOf(family: ClosedFamily | OpenFamily): Lookup {
    return (STORE_HISTOGRAMS as readonly string[]).includes(family) ? this.#inHistograms : this.#inCounters;
  }

  #catchAll(scope: number): number {
    return this.#scopes.catchAll(this.#scopeRow.get(scope) as unknown as Scope);
  }

  /** Has the place already, or gets it. */
  #takes(
    family: ClosedFamily | OpenFamily,
    place: number | string,
    known: () => boolean,
    count: StatementSync,
  ): boolean {
    let placed = this.#placed.get(family);
    if (placed === undefined) {
      placed = new Set();
      this.#placed.set(family, placed);
    }
    if (placed.has(place)) return true;
    if (!known()) {
      const size = this.#sizes.get(family) ?? (count.get(family) as { n: number }).n;
      if ((size + 1 + CATCH_ALLS) * this.#width[family] > this.#settings.bounds.seriesPerFamily) return false;
      this.#sizes.set(family, size + 1);
    }
    placed.add(place);
    return true;
  }

  /** Adds `by` (0 creates the series, so that it is born at zero). `scope` and `child` come from `place` or `placeSeries`. */
  add(name: StoreCounter, scope: number, child: string, by: number, runId: string | null, generation: number): void {
    if (by > 0) {
      if (this.#bump.run(by, runId, generation, name, scope, child).changes > 0) return;
    } else if (this.#exists.get(name, scope, child) !== undefined) return;
    this.#create.run(name, scope, child, by, UNDATED, by > 0 ? runId : null, generation);
  }

  folded(label: string, scope: number, generation: number, by = 1): void {
    this.add("folded", scope, label, by, null, generation);
  }

  observe(
    name: StoreHistogram,
    scope: number,
    child: string,
    bounds: readonly number[],
    counts: readonly number[],
    sum: number,
    runId: string,
    generation: number,
  ): void {
    const row = this.#histogram.get(name, scope, child) as { bounds: string; counts: string; sum: number } | undefined;
    // Nothing to add: only a new series is written.
    const nothing = counts.every((count) => count === 0);
    if (row !== undefined && nothing) return;
    const before =
      row === undefined ? [] : rebucket(JSON.parse(row.bounds) as number[], JSON.parse(row.counts) as number[], bounds);
    const after = counts.map((count, index) => count + (before[index] ?? 0));
    this.#writeHistogram.run(
      name,
      scope,
      child,
      JSON.stringify(bounds),
      JSON.stringify(after),
      (row?.sum ?? 0) + sum,
      UNDATED,
      nothing ? null : runId,
      generation,
    );
  }
}

interface Lookup {
  readonly has: StatementSync;
  readonly hasChild: StatementSync;
  readonly scopes: StatementSync;
  readonly series: StatementSync;
}
const lookup = (db: DatabaseSync, table: "counter" | "histogram"): Lookup => ({
  has: db.prepare(`SELECT 1 FROM ${table} WHERE name = ? AND scope = ? LIMIT 1`),
  hasChild: db.prepare(`SELECT 1 FROM ${table} WHERE name = ? AND scope = ? AND child = ?`),
  scopes: db.prepare(`SELECT count(DISTINCT scope) AS n FROM ${table} WHERE name = ?`),
  series: db.prepare(`SELECT count(*) AS n FROM ${table} WHERE name = ?`),
});
