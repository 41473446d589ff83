/** Alerts as users read them, matters as metrics show them. */
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../errors.ts";
import type {
  AlertDetail,
  AlertFilter,
  AlertMatter,
  AlertRecord,
  AlertRow,
  AlertStep,
  AlertStepKind,
  DueSnapshot,
  EscalationLevel,
} from "../model/alert.ts";
import type { Page, Paged } from "../model/store.ts";
import { type All, decodeCursor, limitOf, paged, type Value } from "./query.ts";

interface Row {
  id: number;
  fingerprint: string;
  starts_ms: number;
  alertname: string;
  severity: string;
  team: string | null;
  labels: string;
  annotations: string;
  generator_url: string | null;
  received_ms: number;
  ends_ms: number | null;
  level: EscalationLevel | null;
  snapshot: number | null;
  matter_name: string;
  project: string;
  suite: string;
  environment: string;
  branch: string;
  matter_level: EscalationLevel;
  ack_ms: number | null;
  ack_until_ms: number | null;
  ack_by: string | null;
  ack_reason: string | null;
}

const SELECT = `SELECT a.id, a.fingerprint, a.starts_ms, a.alertname, a.severity, a.team, a.labels, a.annotations, a.generator_url,
    a.received_ms, a.ends_ms, a.level, a.snapshot, m.alertname AS matter_name, m.project, m.suite, m.environment, m.branch,
    m.level AS matter_level, m.ack_ms, m.ack_until_ms, m.ack_by, m.ack_reason
  FROM alert a JOIN alert_matter m ON m.id = a.matter`;

const STATUS = {
  firing: "a.ends_ms IS NULL AND m.ack_ms IS NULL",
  acknowledged: "a.ends_ms IS NULL AND m.ack_ms IS NOT NULL",
  resolved: "a.ends_ms IS NOT NULL",
} as const;

/** The one received last first. */
export function alertPage(all: All, filter: AlertFilter, page: Page): Paged<AlertRecord> {
  const limit = limitOf(page);
  const parts: string[] = ["1"];
  const values: Value[] = [];
  const columns = { alertname: "a", severity: "a", team: "a", project: "m", suite: "m", environment: "m", branch: "m" };
  for (const [key, table] of Object.entries(columns)) {
    const value = filter[key as keyof typeof columns];
    if (value === undefined) continue;
    parts.push(`${table}.${key} = ?`);
    values.push(value);
  }
  if (filter.status !== undefined) parts.push(STATUS[filter.status]);
  if (filter.open !== undefined) parts.push(`a.ends_ms IS ${filter.open ? "" : "NOT "}NULL`);
  if (page.cursor !== undefined) {
    parts.push("a.id < ?");
    values.push(...decodeCursor(page.cursor, 1));
  }
  const rows = all<Row>(`${SELECT} WHERE ${parts.join(" AND ")} ORDER BY a.id DESC LIMIT ?`, ...values, limit + 1);
  return paged(rows, limit, (row) => [row.id], recordOf);
}

/** Throws NOT_FOUND. */
export function alertById(all: All, id: string): AlertDetail {
  const row = /^\d{1,15}$/.test(id) ? all<Row>(`${SELECT} WHERE a.id = ?`, Number(id))[0] : undefined;
  if (row === undefined) throw new AppError("NOT_FOUND", `no alert "${id}"`);
  const snapshot = all<{ document: string }>("SELECT document FROM alert_snapshot WHERE id = ?", row.snapshot ?? 0)[0];
  return {
    ...recordOf(row),
    steps: stepsOf(all, row.id),
    snapshot: snapshot === undefined ? undefined : (JSON.parse(snapshot.document) as object),
  };
}

function stepsOf(all: All, alert: number): AlertStep[] {
  const steps = all<{ at_ms: number; step: AlertStepKind; detail: string | null; by: string | null }>(
    "SELECT at_ms, step, detail, by FROM alert_step WHERE alert = ? ORDER BY id",
    alert,
  ).map(({ at_ms, step, detail, by }) => ({ atMs: at_ms, step, detail: detail ?? undefined, by: by ?? undefined }));
  const notices = all<{ receiver: string; messages: number; first_ms: number; last_ms: number }>(
    "SELECT receiver, messages, first_ms, last_ms FROM alert_notice WHERE alert = ? ORDER BY first_ms, receiver",
    alert,
  ).map(({ receiver, messages, first_ms, last_ms }) => ({
    atMs: first_ms,
    step: "notified" as const,
    detail: messages === 1 ? receiver : `${receiver}, ${messages} messages until ${new Date(last_ms).toISOString()}`,
    by: undefined,
  }));
  // Of one moment: it fired, then somebody was told, then the rest.
  const fired = steps.findIndex(({ step }) => step !== "fired");
  const place = fired === -1 ? steps.length : fired;
  return [...steps.slice(0, place), ...notices, ...steps.slice(place)].sort((a, b) => a.atMs - b.atMs);
}

const matterOfRow = ({
  matter_name: alertname,
  project,
  suite,
  environment,
  branch,
}: Pick<Row, "matter_name" | "project" | "suite" | "environment" | "branch">): AlertMatter => ({
  alertname,
  project,
  suite,
  environment,
  branch,
});

function recordOf(row: Row): AlertRecord {
  const isOpen = row.ends_ms === null;
  const acknowledgement =
    isOpen && row.ack_ms !== null
      ? {
          by: row.ack_by ?? undefined,
          reason: row.ack_reason ?? undefined,
          atMs: row.ack_ms,
          untilMs: row.ack_until_ms ?? undefined,
        }
      : undefined;
  return {
    id: String(row.id),
    fingerprint: row.fingerprint,
    alertname: row.alertname,
    status: !isOpen ? "resolved" : acknowledgement === undefined ? "firing" : "acknowledged",
    matter: matterOfRow(row),
    severity: row.severity,
    team: row.team ?? undefined,
    labels: JSON.parse(row.labels) as Record<string, string>,
    annotations: JSON.parse(row.annotations) as Record<string, string>,
    startsAtMs: row.starts_ms,
    endsAtMs: row.ends_ms ?? undefined,
    receivedAtMs: row.received_ms,
    level: row.level ?? row.matter_level,
    acknowledgement,
    generatorUrl: row.generator_url ?? undefined,
  };
}

export function dueSnapshots(all: All, limit: number): DueSnapshot[] {
  const rows = all<Row & { ids: string }>(
    `SELECT m.alertname AS matter_name, m.project, m.suite, m.environment, m.branch, json_group_array(a.id) AS ids
     FROM alert a JOIN alert_matter m ON m.id = a.matter WHERE a.snapshot = 0 GROUP BY a.matter ORDER BY min(a.id) LIMIT ?`,
    limit,
  );
  return rows.map((row) => ({ matter: matterOfRow(row), alerts: (JSON.parse(row.ids) as number[]).map(String) }));
}

/** Matters that changed after a generation. */
export function alertChanges(db: DatabaseSync, since: number): AlertRow[] {
  const rows = db
    .prepare(
      "SELECT alertname AS matter_name, project, suite, environment, branch, team, open, climbs, level, ack_ms FROM alert_matter WHERE generation > ?",
    )
    .all(since) as unknown as (Row & { open: number; climbs: number; level: EscalationLevel })[];
  return rows.map((row) => ({
    matter: matterOfRow(row),
    team: row.team ?? undefined,
    open: row.open === 1,
    acknowledged: row.ack_ms !== null,
    level: row.climbs === 1 ? row.level : undefined,
  }));
}
