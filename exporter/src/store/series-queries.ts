/** Series and their values over runs. */
import { AppError } from "../errors.ts";
import { type Better, betterOf, type Stat, type Unit } from "../model/measure.ts";
import type { RunStatus } from "../model/run.ts";
import type {
  HistoryWindow,
  Series,
  SeriesFilter,
  SeriesHistory,
  SeriesKey,
  SeriesKind,
  SeriesPoint,
} from "../model/series.ts";
import type { Page, Paged } from "../model/store.ts";
import { type All, decodeCursor, limitOf, paged, type Value } from "./query.ts";

export interface SeriesRow {
  id: number;
  project: string;
  suite: string;
  environment: string;
  branch: string;
  kind: SeriesKind;
  name: string;
  measure: string;
  stat: Stat;
  unit: Unit;
  component: string;
  scenario: string;
  operation: string;
  runner_class: string;
  better: Better | null;
}

const COLUMNS: Readonly<Record<keyof SeriesKey, string>> = {
  project: "project",
  suite: "suite",
  environment: "environment",
  branch: "branch",
  kind: "kind",
  name: "name",
  measure: "measure",
  stat: "stat",
  unit: "unit",
  component: "component",
  scenario: "scenario",
  operation: "operation",
  runnerClass: "runner_class",
};

/** `run`: number of the filter's run. In the order in which series were first seen. */
export function seriesPage(all: All, filter: SeriesFilter, page: Page, run: number | undefined): Paged<Series> {
  const limit = limitOf(page);
  const parts: string[] = [];
  const values: Value[] = [];
  for (const [key, column] of Object.entries(COLUMNS) as [keyof SeriesKey, string][]) {
    const value = filter[key];
    if (value === undefined) continue;
    parts.push(`x.${column} = ?`);
    values.push(value);
  }
  if (filter.ids !== undefined) {
    parts.push("x.id IN (SELECT value FROM json_each(?))");
    values.push(JSON.stringify(filter.ids.map((id) => (/^\d{1,15}$/.test(id) ? Number(id) : -1))));
  }
  if (page.cursor !== undefined) {
    parts.push("x.id > ?");
    values.push(...decodeCursor(page.cursor, 1));
  }
  const from = run === undefined ? "series x" : "series_point p JOIN series x ON x.id = p.series";
  if (run !== undefined) {
    parts.push("p.run = ?");
    values.push(run);
  }
  const where = parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`;
  const rows = all<SeriesRow>(`SELECT x.* FROM ${from} ${where} ORDER BY x.id LIMIT ?`, ...values, limit + 1);
  return paged(rows, limit, (row) => [row.id], seriesOf);
}

export function seriesOf(row: SeriesRow): Series {
  const stated = (text: string): string | undefined => (text === "" ? undefined : text);
  const { id, project, suite, environment, branch, kind, measure, stat, unit } = row;
  return {
    id: String(id),
    project,
    suite,
    environment,
    branch,
    kind,
    name: stated(row.name),
    measure,
    stat,
    unit,
    component: stated(row.component),
    scenario: stated(row.scenario),
    operation: stated(row.operation),
    runnerClass: stated(row.runner_class),
    better: betterOf({ measure, unit, better: row.better ?? undefined }),
  };
}

const MAX_POINTS = 10_000;

export function historyOf(all: All, series: readonly Series[], { last, untilMs }: HistoryWindow): SeriesHistory[] {
  if (!Number.isInteger(last) || last < 1 || last > MAX_POINTS)
    throw new AppError("REQUEST_INVALID", `last must be 1 to ${MAX_POINTS}, got ${last}`);
  const runs = new Map<number, Omit<SeriesPoint, "endedAtMs" | "value">>();
  const runOf = (id: number): Omit<SeriesPoint, "endedAtMs" | "value"> => {
    const known = runs.get(id);
    if (known !== undefined) return known;
    const [row] = all<{ uuid: string; run_id: string; commit_sha: string | null; status: RunStatus }>(
      "SELECT uuid, run_id, commit_sha, status FROM run WHERE id = ?",
      id,
    );
    const { uuid, run_id: runId, commit_sha: commit, status } = row!;
    const found = { runId, runUuid: uuid, commit: commit ?? undefined, status };
    runs.set(id, found);
    return found;
  };
  return series.map((one) => {
    const rows = all<{ run: number; ended_ms: number; value: number }>(
      "SELECT run, ended_ms, value FROM series_point WHERE series = ? AND ended_ms <= ? ORDER BY ended_ms DESC, run DESC LIMIT ?",
      Number(one.id),
      untilMs ?? Number.MAX_SAFE_INTEGER,
      last,
    );
    const points = rows.reverse().map(({ run, ended_ms: endedAtMs, value }): SeriesPoint => {
      const { runId, runUuid, commit, status } = runOf(run);
      return { runId, runUuid, commit, status, endedAtMs, value };
    });
    return { series: one, points };
  });
}
