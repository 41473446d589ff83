/** Deviations as users read them, and verdicts as metrics show them. */
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../errors.ts";
import type {
  Deviation,
  DeviationDetail,
  DeviationFilter,
  DeviationRow,
  DeviationState,
  DeviationStatus,
  SeriesNumbers,
  Severity,
} from "../model/deviation.ts";
import type { SeriesKey } from "../model/series.ts";
import type { Page, Paged, Scope } from "../model/store.ts";
import { type All, decodeCursor, limitOf, paged, type Value } from "./query.ts";

interface Row {
  id: number;
  series: number;
  there: number;
  labels: string;
  status: DeviationStatus;
  severity: Severity;
  summary: string;
  before: number;
  after: number;
  p_value: number;
  direction: "up" | "down";
  since_run: string;
  since_ms: number;
  opened_ms: number;
  ended_ms: number | null;
  ack_until_ms: number | null;
  ack_by: string | null;
  reason: string | null;
  record: string | null;
}

const SELECT = "SELECT d.*, EXISTS (SELECT 1 FROM series x WHERE x.id = d.series) AS there FROM deviation d";

/** The newest first. */
export function deviationPage(all: All, filter: DeviationFilter, page: Page): Paged<Deviation> {
  const limit = limitOf(page);
  const parts: string[] = ["1"];
  const values: Value[] = [];
  for (const key of ["project", "environment", "suite", "branch"] as const) {
    const value = filter[key];
    if (value === undefined) continue;
    parts.push(`d.labels ->> '${key}' = ?`);
    values.push(value);
  }
  if (filter.status !== undefined) {
    parts.push("d.status = ?");
    values.push(filter.status);
  }
  if (page.cursor !== undefined) {
    parts.push("d.id < ?");
    values.push(...decodeCursor(page.cursor, 1));
  }
  const rows = all<Row>(`${SELECT} WHERE ${parts.join(" AND ")} ORDER BY d.id DESC LIMIT ?`, ...values, limit + 1);
  return paged(rows, limit, (row) => [row.id], deviationOf);
}

/** Throws NOT_FOUND. */
export function deviationById(all: All, id: string): DeviationDetail {
  const row = /^\d{1,15}$/.test(id) ? all<Row>(`${SELECT} WHERE d.id = ?`, Number(id))[0] : undefined;
  if (row === undefined) throw new AppError("NOT_FOUND", `no deviation "${id}"`);
  return { ...deviationOf(row), record: row.record === null ? undefined : (JSON.parse(row.record) as object) };
}

function deviationOf(row: Row): Deviation {
  return {
    id: String(row.id),
    series: { ...(JSON.parse(row.labels) as SeriesKey), id: row.there === 1 ? String(row.series) : undefined },
    status: row.status,
    severity: row.severity,
    summary: row.summary,
    before: row.before,
    after: row.after,
    pValue: row.p_value,
    direction: row.direction,
    sinceRun: row.since_run,
    sinceMs: row.since_ms,
    openedAtMs: row.opened_ms,
    endedAtMs: row.ended_ms ?? undefined,
    acknowledgedUntilMs: row.ack_until_ms ?? undefined,
    acknowledgedBy: row.ack_by ?? undefined,
    reason: row.reason ?? undefined,
  };
}

/** Verdicts that changed after a generation. One that may not be shown is told as gone, once it may have been. */
export function verdictChanges(db: DatabaseSync, since: number): DeviationRow[] {
  const rows = db
    .prepare(
      `SELECT v.labels, v.state, v.suspected, v.numbers, c.project, c.suite, c.environment, c.branch,
         EXISTS (SELECT 1 FROM deviation d WHERE d.series = v.series AND d.status = 'open' AND d.ack_until_ms IS NOT NULL) AS acknowledged
       FROM series_verdict v JOIN scope c ON c.id = v.scope WHERE v.generation > ? AND c.retired_ms IS NULL`,
    )
    .all(since) as unknown as (Scope & {
    labels: string;
    state: Exclude<DeviationState, "acknowledged"> | "gone";
    suspected: number;
    numbers: string;
    acknowledged: number;
  })[];
  return rows.map(({ labels, state, suspected, numbers, acknowledged, project, suite, environment, branch }) => ({
    scope: { project, suite, environment, branch },
    series: JSON.parse(labels) as SeriesKey,
    verdict:
      state === "gone"
        ? undefined
        : {
            state: acknowledged === 1 && (state === "warning" || state === "critical") ? "acknowledged" : state,
            suspected: suspected === 1,
            numbers: JSON.parse(numbers) as SeriesNumbers,
          },
  }));
}
