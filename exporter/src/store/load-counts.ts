import { ALL_OPERATIONS } from "../model/load.ts";
import { OVERFLOW, type Scope, type StoreSettings } from "../model/store.ts";
import type { Counters } from "./counters.ts";
import { histogramOf, type LoadRow } from "./load-rows.ts";
import { rebucket } from "./rollup.ts";
import type { RunRow } from "./rows.ts";
import type { Admitted, Scopes } from "./scopes.ts";
import type { Sql } from "./statements.ts";

/** Whose values a suite's scenarios and operations are; see `Scopes.admits`. */
export const loadParent = ({ project, suite }: Pick<Scope, "project" | "suite">): string =>
  JSON.stringify([project, suite]);

/** What load results add to the counters, and which of their labels are admitted. */
export class LoadCounts {
  readonly #sql: Sql;
  readonly #settings: StoreSettings;
  readonly #scopes: Scopes;
  readonly #counters: Counters;

  constructor(sql: Sql, settings: StoreSettings, scopes: Scopes, counters: Counters) {
    this.#sql = sql;
    this.#settings = settings;
    this.#scopes = scopes;
    this.#counters = counters;
  }

  /**
   * The rows of a suite from `first` on, which came to stand in a scope. Old and moved runs move no counter, but their labels are
   * admitted: they may be the newest.
   */
  settle(
    run: RunRow,
    { suite, first }: { readonly suite: string; readonly first: number },
    scope: Admitted,
    { counts, generation }: { readonly counts: boolean; readonly generation: number },
  ): void {
    const rows = this.#sql("SELECT * FROM load_result WHERE run = ? AND suite = ? AND seq >= ? ORDER BY seq").all(
      run.id,
      suite,
      first,
    ) as unknown as (LoadRow & { counted: number })[];
    const named = this.#sql("SELECT 1 FROM load_result WHERE run = ? AND suite = ? AND operation IS NOT NULL LIMIT 1");
    const hasOperations = named.get(run.id, suite) !== undefined;
    for (const row of rows) {
      const labels = this.#admit(row, scope, generation);
      // k6's summary beside its points, and whatever else sums up what the run's other parts tell one by one.
      const isSum = hasOperations && row.scenario === null && row.operation === null;
      if (counts && row.counted === 1 && !isSum) this.#count(run, row, labels, scope.id, generation);
    }
  }

  #admit(row: LoadRow, scope: Admitted, generation: number): [scenario: string, operation: string] {
    const { bounds } = this.#settings;
    const parent = loadParent(scope.names);
    const fold = (label: "scenario" | "operation", value: string, bound: number): string => {
      if (value === OVERFLOW || this.#scopes.admits(label, parent, value, bound)) return value;
      this.#counters.folded(label, scope.id, generation);
      return OVERFLOW;
    };
    const scenario = row.scenario === null ? "" : fold("scenario", row.scenario, bounds.scenarios);
    const operation = row.operation === null ? ALL_OPERATIONS : fold("operation", row.operation, bounds.operations);
    return [scenario, operation];
  }

  #count(run: RunRow, row: LoadRow, labels: [string, string], scope: number, generation: number): void {
    const counters = this.#counters;
    const add = (name: "load_requests" | "load_failures", by: number | null): void => {
      if (by === null) return;
      const place = counters.placeSeries(name, scope, labels, generation);
      counters.add(name, place.scope, place.child, by, run.run_id, generation);
    };
    add("load_requests", row.requests);
    add("load_failures", row.failures);
    if (row.histogram === null) return;
    const { loadLatencyBounds } = this.#settings;
    const { bounds, counts, sum } = histogramOf(row.histogram);
    const place = counters.placeSeries("load_latency", scope, labels, generation);
    // The configuration may have changed since the report was read.
    const buckets = rebucket(bounds, counts, loadLatencyBounds);
    counters.observe("load_latency", place.scope, place.child, loadLatencyBounds, buckets, sum, run.run_id, generation);
  }
}

/** Rows of a suite (?2) in a run (?1) whose labels are admitted below a parent (?3), in the order of the report. */
export const ADMITTED_LOAD = `
  SELECT l.* FROM load_result l WHERE l.run = ?1 AND l.suite = ?2
    AND (l.scenario IS NULL OR EXISTS (SELECT 1 FROM label_value v WHERE v.label = 'scenario' AND v.parent = ?3 AND v.value = l.scenario))
    AND (l.operation IS NULL OR EXISTS (SELECT 1 FROM label_value v WHERE v.label = 'operation' AND v.parent = ?3 AND v.value = l.operation))
  ORDER BY l.seq`;
