import type { Sql } from "./statements.ts";

/** Records are kept so long after they are over. */
const KEPT_MS = 90 * 86_400_000;
/** Of one tick. */
const FORGOTTEN_AT_ONCE = 500;

/** Forgets records that have long been over, with what hangs on them. */
export function forgetAlerts(sql: Sql, nowMs: number): void {
  const old = sql("SELECT id, matter, snapshot FROM alert WHERE ends_ms < ? ORDER BY ends_ms LIMIT ?").all(
    nowMs - KEPT_MS,
    FORGOTTEN_AT_ONCE,
  ) as { id: number; matter: number; snapshot: number | null }[];
  if (old.length === 0) return;
  for (const { id } of old) {
    sql("DELETE FROM alert_step WHERE alert = ?").run(id);
    sql("DELETE FROM alert_notice WHERE alert = ?").run(id);
    sql("DELETE FROM alert WHERE id = ?").run(id);
  }
  for (const snapshot of new Set(old.flatMap((one) => one.snapshot ?? [])))
    sql("DELETE FROM alert_snapshot WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM alert WHERE snapshot = ?1)").run(
      snapshot,
    );
  for (const matter of new Set(old.map((one) => one.matter)))
    sql(
      "DELETE FROM alert_matter WHERE id = ?1 AND open = 0 AND NOT EXISTS (SELECT 1 FROM alert WHERE matter = ?1)",
    ).run(matter);
}
