import { AppError } from "../errors.ts";
import type {
  Acknowledgement,
  FoundDeviation,
  JudgedPoint,
  Judges,
  OpenLevel,
  SeriesToJudge,
  SeriesVerdict,
  Severity,
} from "../model/deviation.ts";
import { PULL_REQUEST, type RunStatus } from "../model/run.ts";
import type { Series, SeriesKey } from "../model/series.ts";
import { OVERFLOW, type Scope } from "../model/store.ts";
import { loadParent } from "./load-counts.ts";
import { type SeriesRow, seriesOf } from "./series-queries.ts";
import type { Sql } from "./statements.ts";

/** Points that an analysis looks at, the newest. */
const HISTORY = 500;

interface OpenRow {
  id: number;
  since_run: string;
  before: number;
  after: number;
  p_value: number;
  direction: "up" | "down";
  severity: Severity;
}

/**
 * Verdicts of series and deviations. A series is due when one of its points changed; `judge` takes due ones, asks for a verdict, and
 * writes what follows, all in the transaction of its caller.
 */
export class DeviationRows {
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  /** Its points changed. Pull requests have no course of their own. */
  due(series: number, branch: string): void {
    if (branch !== PULL_REQUEST) this.#sql("INSERT OR IGNORE INTO series_due (series) VALUES (?)").run(series);
  }

  /** No run has a value of the series any more. */
  gone(series: number, generation: number): void {
    this.#sql("DELETE FROM series_due WHERE series = ?").run(series);
    this.#sql("DELETE FROM series_start WHERE series = ?").run(series);
    this.#sql("UPDATE series_verdict SET state = 'gone', generation = ? WHERE series = ?").run(generation, series);
    this.#sql("UPDATE deviation SET status = 'resolved', ended_ms = ? WHERE series = ? AND status = 'open'").run(
      this.#now(),
      series,
    );
  }

  /** Judges at most `limit` due series; returns how many. Records are made after all verdicts, so that they know of each other. */
  judge(limit: number, judges: Judges, raise: () => number): number {
    const rows = this.#sql("SELECT x.* FROM series_due d JOIN series x ON x.id = d.series ORDER BY d.seq LIMIT ?").all(
      limit,
    ) as unknown as SeriesRow[];
    const found: { input: SeriesToJudge; id: string; verdict: SeriesVerdict; open: OpenLevel }[] = [];
    for (const row of rows) {
      const series = seriesOf(row);
      const open = this.#open(row.id);
      const points = this.#points(row.id);
      const input: SeriesToJudge = { series, points: points.map(({ point }) => point), open: open?.level };
      const verdict = judges.verdict(input);
      this.#sql("DELETE FROM series_due WHERE series = ?").run(row.id);
      if (verdict === undefined) continue;
      const id = this.#life(row.id, series, verdict, open?.id, input);
      this.#write(row.id, series, verdict, points.at(-1)?.run, raise());

      if (verdict.open !== undefined && verdict.event !== undefined)
        found.push({ input, id: String(id), verdict, open: verdict.open });
    }
    const record = this.#sql("UPDATE deviation SET record = ? WHERE id = ?");
    for (const { input, id, verdict, open } of found) {
      const about: FoundDeviation = { ...input, id, verdict, open, ...this.#coinciding(input.series, open.since) };
      record.run(JSON.stringify(judges.record(about)), Number(id));
    }
    return rows.length;
  }

  accept(id: string, reason: string, raise: () => number): void {
    const row = this.#openById(id);
    this.#sql("UPDATE deviation SET status = 'accepted', ended_ms = ?, reason = ? WHERE id = ?").run(
      this.#now(),
      reason,
      row.id,
    );
    this.#sql(
      "INSERT INTO series_start VALUES (?, ?) ON CONFLICT DO UPDATE SET from_ms = max(from_ms, excluded.from_ms)",
    ).run(row.series, row.since_ms);
    this.#sql("INSERT OR IGNORE INTO series_due (series) SELECT id FROM series WHERE id = ?").run(row.series);
    this.#touch(row.series, raise());
  }

  acknowledge(id: string, ack: Acknowledgement, raise: () => number): void {
    const row = this.#openById(id);
    this.#sql("UPDATE deviation SET ack_until_ms = ?, ack_by = ?, reason = coalesce(?, reason) WHERE id = ?").run(
      ack.untilMs,
      ack.by ?? null,
      ack.reason ?? null,
      row.id,
    );
    this.#touch(row.series, raise());
  }

  /** Acknowledgements that are over: what they covered shows again. */
  expire(raise: () => number): void {
    const over = this.#sql("SELECT id, series FROM deviation WHERE status = 'open' AND ack_until_ms <= ?").all(
      this.#now(),
    ) as { id: number; series: number }[];
    for (const { id, series } of over) {
      this.#sql("UPDATE deviation SET ack_until_ms = NULL WHERE id = ?").run(id);
      this.#touch(series, raise());
    }
  }

  #openById(id: string): { id: number; series: number; since_ms: number; status: string } {
    const row = (
      /^\d{1,15}$/.test(id)
        ? this.#sql("SELECT id, series, since_ms, status FROM deviation WHERE id = ?").get(Number(id))
        : undefined
    ) as { id: number; series: number; since_ms: number; status: string } | undefined;
    if (row === undefined) throw new AppError("NOT_FOUND", `no deviation "${id}"`);
    if (row.status !== "open")
      throw new AppError(
        "CONTEXT_INVALID",
        `deviation ${id} is over (${row.status})`,
        {},
        { hint: "only an open one can be decided on" },
      );
    return row;
  }

  #touch(series: number, generation: number): void {
    this.#sql("UPDATE series_verdict SET generation = ? WHERE series = ?").run(generation, series);
  }

  #open(series: number): { id: number; level: OpenLevel } | undefined {
    const row = this.#sql("SELECT * FROM deviation WHERE series = ? AND status = 'open'").get(series) as
      | OpenRow
      | undefined;
    if (row === undefined) return undefined;
    const { id, since_run: since, before, after, p_value: pValue, direction, severity } = row;
    return { id, level: { since, before, after, pValue, direction, severity } };
  }

  #points(series: number): { run: number; point: JudgedPoint }[] {
    const rows = this.#sql(
      `SELECT p.run, p.ended_ms, p.value, p.weight, r.uuid, r.run_id, r.commit_sha, r.status, r.executor, r.facts, s.framework
       FROM series_point p JOIN run r ON r.id = p.run JOIN series x ON x.id = p.series
         LEFT JOIN suite_result s ON s.run = p.run AND s.suite = x.suite
       WHERE p.series = ?1 AND p.ended_ms >= coalesce((SELECT from_ms FROM series_start WHERE series = ?1), 0)
       ORDER BY p.ended_ms DESC, p.run DESC LIMIT ?2`,
    ).all(series, HISTORY) as unknown as {
      run: number;
      ended_ms: number;
      value: number;
      weight: number | null;
      uuid: string;
      run_id: string;
      commit_sha: string | null;
      status: RunStatus;
      executor: string | null;
      facts: string | null;
      framework: string | null;
    }[];
    return rows.reverse().map((row) => ({
      run: row.run,
      point: {
        runId: row.run_id,
        runUuid: row.uuid,
        commit: row.commit_sha ?? undefined,
        status: row.status,
        endedAtMs: row.ended_ms,
        value: row.value,
        weight: row.weight ?? undefined,
        facts: {
          ...(row.facts === null ? {} : (JSON.parse(row.facts) as Record<string, string>)),
          commit: row.commit_sha ?? undefined,
          executor: row.executor ?? undefined,
          framework: row.framework ?? undefined,
        },
      },
    }));
  }

  /** Opens, worsens or ends the series' deviation; returns the id of the one that is open. */
  #life(
    series: number,
    key: Series,
    verdict: SeriesVerdict,
    openId: number | undefined,
    input: SeriesToJudge,
  ): number | undefined {
    const { open, summary } = verdict;
    if (open === undefined) {
      if (openId !== undefined)
        this.#sql("UPDATE deviation SET status = 'resolved', ended_ms = ? WHERE id = ?").run(this.#now(), openId);
      return undefined;
    }
    const { since, before, after, pValue, direction, severity } = open;
    const sinceMs = input.points.find(({ runUuid }) => runUuid === since)?.endedAtMs ?? null;
    if (openId !== undefined) {
      // What has become worse is news again.
      this.#sql(
        `UPDATE deviation SET severity = ?, summary = ?, before = ?, after = ?, p_value = ?, since_run = ?, since_ms = coalesce(?, since_ms),
           ack_until_ms = iif(?, NULL, ack_until_ms) WHERE id = ?`,
      ).run(severity, summary, before, after, pValue, since, sinceMs, verdict.event === "worsened" ? 1 : 0, openId);
      return openId;
    }
    const { lastInsertRowid } = this.#sql(
      `INSERT INTO deviation (series, labels, status, severity, summary, before, after, p_value, direction, since_run, since_ms, opened_ms)
       VALUES (?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      series,
      labelsOf(key),
      severity,
      summary,
      before,
      after,
      pValue,
      direction,
      since,
      sinceMs ?? this.#now(),
      this.#now(),
    );
    return Number(lastInsertRowid);
  }

  #write(series: number, key: Series, verdict: SeriesVerdict, newestRun: number | undefined, generation: number): void {
    this.#sql("INSERT OR REPLACE INTO series_verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      series,
      labelsOf(key),
      newestRun === undefined ? null : this.#scope(key, newestRun),
      verdict.state,
      verdict.suspected ? 1 : 0,
      verdict.summary,
      JSON.stringify(verdict.numbers),
      verdict.changeRun ?? null,
      generation,
    );
  }

  /** Null: one of its labels was folded, so that its verdict would stand for several series. */
  #scope(key: Series, run: number): number | null {
    const scope = this.#sql(
      "SELECT c.id, c.project, c.suite, c.environment, c.branch FROM suite_result s JOIN scope c ON c.id = s.scope WHERE s.run = ? AND s.suite = ?",
    ).get(run, key.suite) as (Scope & { id: number }) | undefined;
    if (scope === undefined || [scope.project, scope.suite, scope.environment, scope.branch].includes(OVERFLOW))
      return null;
    if (key.kind !== "load") return scope.id;
    const admitted = this.#sql("SELECT 1 FROM label_value WHERE label = ? AND parent = ? AND value = ?");
    const parent = loadParent(scope);
    const shown = (label: "scenario" | "operation", value: string | undefined): boolean =>
      value === undefined || value === "__all__" || admitted.get(label, parent, value) !== undefined;
    return shown("scenario", key.scenario) && shown("operation", key.operation) ? scope.id : null;
  }

  #coinciding({ id, project }: Series, run: string): Pick<FoundDeviation, "coinciding" | "compared"> {
    const rows = this.#sql(
      "SELECT v.labels FROM series_verdict v JOIN series x ON x.id = v.series WHERE v.change_run = ? AND x.project = ? AND x.id <> ? LIMIT 200",
    ).all(run, project, Number(id)) as { labels: string }[];
    const { n } = this.#sql(
      `SELECT count(*) AS n FROM series_point p JOIN run r ON r.id = p.run JOIN series x ON x.id = p.series
       WHERE r.uuid = ? AND x.project = ? AND x.id <> ?`,
    ).get(run, project, Number(id)) as { n: number };
    return { coinciding: rows.map(({ labels }) => JSON.parse(labels) as SeriesKey), compared: n };
  }
}

/** Everything that names the series; what does not apply is left out. */
function labelsOf(series: Series): string {
  const { id: _, better: __, ...key } = series;
  return JSON.stringify(key);
}
