import { ALL_OPERATIONS, loadValues } from "../model/load.ts";
import type { Better, Unit } from "../model/measure.ts";
import type { DeviationRows } from "./deviation-rows.ts";
import { type LoadRow, loadSummary } from "./load-rows.ts";
import { coverageOf, type MeasureRow, type RunRow, type SuiteRow } from "./rows.ts";
import type { Sql } from "./statements.ts";

/** Known ids; beyond, all are forgotten and read again on demand. */
const MAX_KNOWN = 50_000;

/** In the order of the table's columns; "" where a part does not apply. */
type Key = readonly [
  project: string,
  suite: string,
  environment: string,
  branch: string,
  kind: string,
  name: string,
  measure: string,
  stat: string,
  unit: string,
  component: string,
  scenario: string,
  operation: string,
  runnerClass: string,
];

/**
 * The values of completed runs by series, ordered by the end of the suite that gave them. They repeat what measures and load results
 * say, in the order in which history is asked for.
 */
export class SeriesRows {
  readonly #sql: Sql;
  readonly #known = new Map<string, { readonly id: number; readonly better: Better | null }>();

  readonly #deviations: DeviationRows;

  constructor(sql: Sql, deviations: DeviationRows) {
    this.#sql = sql;
    this.#deviations = deviations;
  }

  /** After a rollback, or when another process wrote. */
  clear(): void {
    this.#known.clear();
  }

  /** Writes a suite's values anew, so that what a late part adds or moves in time holds. Of equal series the later value holds. */
  record(run: RunRow, suite: SuiteRow): void {
    const { project, environment, branch_label: branch } = run;
    const insert = this.#sql("INSERT OR REPLACE INTO series_point VALUES (?, ?, ?, ?, ?)");
    const put = (id: number, value: number, weight: number | null = null): void => {
      insert.run(run.id, id, suite.ended_ms, value, weight);
      this.#deviations.due(id, branch);
    };
    const scope = [project, suite.suite, environment, branch] as const;
    for (const { measure, unit, better, value, weight } of suiteValues(suite))
      put(this.#id([...scope, "suite", "", measure, "value", unit, "", "", "", ""], better), value, weight);
    if (suite.measures > 0)
      for (const row of this.#sql(
        "SELECT kind, name, measure, stat, unit, component, scenario, runner_class, better, value FROM measure WHERE run = ? AND suite = ? ORDER BY seq",
      ).iterate(run.id, suite.suite) as Iterable<MeasureRow>) {
        const name = row.kind === "benchmark" ? row.name : "";
        const where = [row.component ?? "", row.scenario ?? "", "", row.runner_class ?? ""] as const;
        const id = this.#id([...scope, row.kind, name, row.measure, row.stat, row.unit, ...where], row.better);
        put(id, row.value);
      }
    if (suite.loads === 0) return;
    const rows = this.#sql("SELECT * FROM load_result WHERE run = ? AND suite = ? ORDER BY seq");
    for (const row of rows.all(run.id, suite.suite) as unknown as LoadRow[])
      for (const { measure, stat, unit, value } of loadValues(loadSummary(row))) {
        const where = ["", row.scenario ?? "", row.operation ?? ALL_OPERATIONS, ""] as const;
        put(
          this.#id([...scope, "load", "", measure, stat, unit, ...where], null),
          value,
          measure === "error_ratio" ? row.requests : null,
        );
      }
  }

  /** Takes a run's values out, and series that no run has any more. */
  forget(run: number, raise: () => number): void {
    const touched = this.#sql("SELECT series FROM series_point WHERE run = ?").all(run) as { series: number }[];
    this.#sql("DELETE FROM series_point WHERE run = ?").run(run);
    const remove = this.#sql(
      "DELETE FROM series WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM series_point WHERE series = ?1)",
    );
    for (const { series } of touched)
      if (remove.run(series).changes > 0) this.#deviations.gone(series, raise());
      else this.#deviations.due(series, "");
    this.#known.clear();
  }

  #id(key: Key, better: Better | null): number {
    const text = JSON.stringify(key);
    const known = this.#known.get(text);
    if (known !== undefined && (better === null || known.better === better)) return known.id;
    const { id } = this.#sql(
      `INSERT INTO series (project, suite, environment, branch, kind, name, measure, stat, unit, component, scenario, operation, runner_class, better)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET better = coalesce(excluded.better, better) RETURNING id`,
    ).get(...key, better) as { id: number };
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(text, { id, better });
    return id;
  }
}

interface SuiteValue {
  readonly measure: "duration" | "pass_ratio" | "line_coverage";
  readonly unit: Unit;
  readonly better: Better;
  readonly value: number;
  readonly weight: number | null;
}

/** What a run says of a suite as a whole. A run that was cut off has no duration to compare, and one without tests no ratio. */
function suiteValues(suite: SuiteRow): SuiteValue[] {
  const values: SuiteValue[] = [];
  const executed = suite.passed + suite.failed + suite.errored;
  const whole = suite.state === null;
  if (executed > 0) {
    if (whole && suite.duration_seconds > 0)
      values.push({
        measure: "duration",
        unit: "seconds",
        better: "lower",
        value: suite.duration_seconds,
        weight: null,
      });
    values.push({
      measure: "pass_ratio",
      unit: "ratio",
      better: "higher",
      value: suite.passed / executed,
      weight: executed,
    });
  }
  const lines = coverageOf(suite.coverage)?.lineRatio;
  if (lines !== undefined)
    values.push({ measure: "line_coverage", unit: "ratio", better: "higher", value: lines, weight: null });
  return values;
}
