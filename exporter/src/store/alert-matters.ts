import type {
  AlertAcknowledgement,
  AlertMatter,
  AlertStepCounts,
  AlertStepKind,
  EscalationLevel,
  EscalationPolicy,
} from "../model/alert.ts";
import type { Sql } from "./statements.ts";

/** What time and people do to a matter. `null` as in the table. */
interface Standing {
  team: string | null;
  open: number;
  climbs: number;
  since_ms: number | null;
  known_ms: number | null;
  level: EscalationLevel;
  level_ms: number | null;
  due_ms: number | null;
  ack_ms: number | null;
  ack_until_ms: number | null;
  ack_by: string | null;
  ack_reason: string | null;
}
export interface MatterRow extends Standing {
  id: number;
}

const CLOSED: Standing = {
  ...{ team: null, open: 0, climbs: 0, since_ms: null, known_ms: null, level: 1, level_ms: null, due_ms: null },
  ...{ ack_ms: null, ack_until_ms: null, ack_by: null, ack_reason: null },
};
const COLUMNS = Object.keys(CLOSED) as (keyof Standing)[];
/** What metrics show of it. */
const SHOWN = ["team", "open", "climbs", "level", "ack_ms"] as const;

/** One operation on alerts: by which policy, what it led to. */
export interface AlertWork {
  readonly policy: EscalationPolicy;
  readonly counts: AlertStepCounts;
  readonly raise: () => number;
}

export function count(work: AlertWork, step: AlertStepKind): void {
  work.counts[step] = (work.counts[step] ?? 0) + 1;
}

/** Matters: what is open, acknowledged, and climbs, in the transaction of its caller. */
export class AlertMatters {
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  byId(id: number): MatterRow {
    return this.#sql("SELECT * FROM alert_matter WHERE id = ?").get(id) as unknown as MatterRow;
  }

  /** Made when it is new: closed, until `settle`. */
  idOf({ alertname, project, suite, environment, branch }: AlertMatter, work: AlertWork): number {
    const key = [alertname, project, suite, environment, branch];
    const known = this.#sql(
      "SELECT id FROM alert_matter WHERE alertname = ? AND project = ? AND suite = ? AND environment = ? AND branch = ?",
    ).get(...key) as { id: number } | undefined;
    if (known !== undefined) return known.id;
    const { lastInsertRowid } = this.#sql(
      "INSERT INTO alert_matter (alertname, project, suite, environment, branch, generation) VALUES (?, ?, ?, ?, ?, ?)",
    ).run(...key, work.raise());
    return Number(lastInsertRowid);
  }

  /** Matters that time has changed, or all that are open. */
  settleDue(work: AlertWork, all: boolean): void {
    const rows = (
      all
        ? this.#sql("SELECT id FROM alert_matter WHERE open = 1").all()
        : this.#sql("SELECT id FROM alert_matter WHERE due_ms <= ?").all(this.#now())
    ) as { id: number }[];
    for (const { id } of rows) this.settle(id, work);
  }

  /** Opens, climbs or closes it, by its records and the time. */
  settle(id: number, work: AlertWork): void {
    const before = this.byId(id);
    this.#write(before, this.#standing(before, work, undefined), work);
  }

  acknowledge(id: number, { untilMs, by, reason }: Omit<AlertAcknowledgement, "atMs">, work: AlertWork): void {
    // Levels that were due before are not taken back.
    this.settle(id, work);
    const before = this.byId(id);
    const now = this.#now();
    const ack = { ack_ms: now, ack_until_ms: untilMs ?? null, ack_by: by ?? null, ack_reason: reason ?? null };
    const until = untilMs === undefined ? undefined : `until ${new Date(untilMs).toISOString()}`;
    this.#step(
      id,
      now,
      "acknowledged",
      [reason, until].filter((one) => one !== undefined).join(", ") || null,
      by,
      work,
    );
    this.#write(before, this.#standing({ ...before, ...ack }, work, undefined), work);
  }

  unacknowledge(id: number, by: string | undefined, work: AlertWork): void {
    this.settle(id, work);
    const before = this.byId(id);
    if (before.ack_ms === null) return;
    const now = this.#now();
    this.#step(id, now, "unacknowledged", null, by, work);
    const ack = { ack_ms: null, ack_until_ms: null, ack_by: null, ack_reason: null };
    this.#write(before, this.#standing({ ...before, ...ack }, work, now), work);
  }

  #standing(row: MatterRow, work: AlertWork, resumedMs: number | undefined): Standing {
    const open = this.#sql(
      `SELECT alertname, severity, kind, min(since_ms) AS since FROM alert
       WHERE matter = ? AND ends_ms IS NULL AND escalation = 0 GROUP BY alertname, severity, kind`,
    ).all(row.id) as { alertname: string; severity: string; kind: string; since: number }[];
    if (open.length === 0) return CLOSED;
    const now = this.#now();
    const { team } = this.#sql(
      "SELECT team FROM alert WHERE matter = ? AND ends_ms IS NULL AND escalation = 0 ORDER BY id DESC LIMIT 1",
    ).get(row.id) as { team: string | null };
    const next: Standing = { ...row, open: 1, team };
    let resumed = resumedMs;
    if (next.ack_until_ms !== null && next.ack_until_ms <= now) {
      resumed = next.ack_until_ms;
      Object.assign(next, { ack_ms: null, ack_until_ms: null, ack_by: null, ack_reason: null });
      this.#step(row.id, resumed, "unacknowledged", "its time is over", undefined, work);
    }
    const climbing = open.filter((one) => work.policy.climbs(one)).map(({ since }) => since);
    next.due_ms = next.ack_until_ms;
    if (climbing.length === 0) return { ...next, climbs: 0, since_ms: null, known_ms: null, level: 1, level_ms: null };
    if (next.climbs === 0) Object.assign(next, { climbs: 1, known_ms: now, level: 1 });
    next.since_ms = Math.min(next.since_ms ?? Number.POSITIVE_INFINITY, ...climbing);
    if (next.ack_ms === null) this.#climb(row.id, next, resumed, work);
    return next;
  }

  #climb(id: number, next: Standing, resumedAtMs: number | undefined, work: AlertWork): void {
    const now = this.#now();
    const sinceMs = next.since_ms!;
    for (;;) {
      const levelAtMs = next.level === 1 ? sinceMs : next.level_ms!;
      const above = work.policy.next({ sinceMs, level: next.level, levelAtMs, resumedAtMs });
      next.due_ms = above?.dueMs ?? null;
      if (above === undefined || above.dueMs > now) return;
      next.level = above.level;
      next.level_ms = above.dueMs;
      // Nobody could be told before it was known here.
      this.#step(id, Math.max(above.dueMs, next.known_ms!), "escalated", `level ${above.level}`, undefined, work);
    }
  }

  #write(before: MatterRow, after: Standing, work: AlertWork): void {
    const stored = this.byId(before.id);
    if (COLUMNS.every((column) => stored[column] === after[column])) return;
    const set = COLUMNS.map((column) => `${column} = ?`).join(", ");
    this.#sql(`UPDATE alert_matter SET ${set} WHERE id = ?`).run(...COLUMNS.map((column) => after[column]), before.id);
    if (SHOWN.some((column) => stored[column] !== after[column]))
      this.#sql("UPDATE alert_matter SET generation = ? WHERE id = ?").run(work.raise(), before.id);
  }

  /** In the life of each of its records that fires; counted once. */
  #step(
    id: number,
    atMs: number,
    step: AlertStepKind,
    detail: string | null,
    by: string | undefined,
    work: AlertWork,
  ): void {
    this.#sql(
      `INSERT INTO alert_step (alert, at_ms, step, detail, by)
       SELECT id, ?, ?, ?, ? FROM alert WHERE matter = ? AND ends_ms IS NULL AND (escalation = 0 OR ? <> 'escalated')`,
    ).run(atMs, step, detail, by ?? null, id, step);
    count(work, step);
  }
}
