import {
  type AlertMessage,
  type AlertStepKind,
  isEscalation,
  matterOf,
  type ReceivedAlert,
  wantsSnapshot,
} from "../model/alert.ts";
import { type AlertMatters, type AlertWork, count } from "./alert-matters.ts";
import type { Sql } from "./statements.ts";

/**
 * A cluster of Alertmanagers sends what fired a while ago after its end: one waits for the others (15 s each) with what it knew before,
 * and tells the end a group interval later. So one that is said to fire again so soon after its end is believed after that time.
 */
const DOUBT_MS = 120_000;
/** Of one tick. */
const ENDED_AT_ONCE = 500;

interface Known {
  id: number;
  ends_ms: number | null;
  heard_ms: number;
  annotations: string;
}

/** What Alertmanager says, and what its silence says, becomes records. */
export class AlertIntake {
  readonly #sql: Sql;
  readonly #now: () => number;
  readonly #matters: AlertMatters;

  constructor(sql: Sql, now: () => number, matters: AlertMatters) {
    this.#sql = sql;
    this.#now = now;
    this.#matters = matters;
  }

  receive({ receiver, alerts }: AlertMessage, work: AlertWork): void {
    const touched = new Map<string, number>();
    for (const alert of alerts) {
      const matter = matterOf(alert.labels);
      const key = JSON.stringify(Object.values(matter));
      const id = touched.get(key) ?? this.#matters.idOf(matter, work);
      // What was due before the message is not changed by it.
      if (!touched.has(key)) this.#matters.settle(id, work);
      touched.set(key, id);
      if (alert.status === "firing") this.#fires(id, alert, receiver.toWellFormed(), work);
      else this.#resolved(id, alert, work);
    }
    for (const id of touched.values()) this.#matters.settle(id, work);
  }

  #known({ fingerprint, startsAtMs }: ReceivedAlert): Known | undefined {
    return this.#sql(
      "SELECT id, ends_ms, heard_ms, annotations FROM alert WHERE fingerprint = ? AND starts_ms = ?",
    ).get(fingerprint, startsAtMs) as Known | undefined;
  }

  #fires(matter: number, alert: ReceivedAlert, receiver: string, work: AlertWork): void {
    const now = this.#now();
    const known = this.#known(alert);
    let id: number | undefined;
    if (known?.ends_ms === null) {
      this.#heard(known.id, alert, known);
      id = known.id;
    } else if (known !== undefined && now - known.heard_ms < DOUBT_MS) {
      this.#sql("UPDATE alert SET again_ms = coalesce(again_ms, ?) WHERE id = ?").run(now, known.id);
      id = known.id;
    } else id = this.#begins(matter, alert, known, work);
    if (id === undefined) return;
    this.#sql(
      `INSERT INTO alert_notice VALUES (?1, ?2, 1, ?3, ?3)
       ON CONFLICT DO UPDATE SET messages = messages + 1, last_ms = excluded.last_ms`,
    ).run(id, receiver, now);
    count(work, "notified");
  }

  /** For the first time, or anew. Undefined: the message was long under way, its label set has begun once more since. */
  #begins(matter: number, alert: ReceivedAlert, known: Known | undefined, work: AlertWork): number | undefined {
    const { fingerprint, startsAtMs } = alert;
    const now = this.#now();
    const newer = this.#sql("SELECT min(starts_ms) AS at FROM alert WHERE fingerprint = ? AND starts_ms > ?").get(
      fingerprint,
      startsAtMs,
    ) as { at: number | null };
    if (newer.at !== null) {
      this.#keepEnded(matter, alert, known, newer.at, work);
      return undefined;
    }
    // Its matter may have been over in between.
    if (this.#end(fingerprint, startsAtMs - 1, startsAtMs, "it fires anew", work)) this.#matters.settle(matter, work);
    if (known !== undefined) {
      this.#firesAgain(known.id, matter, now, work);
      this.#heard(known.id, alert, known);
      return known.id;
    }
    const id = this.#insert(matter, alert, false);
    this.#step(id, Math.min(startsAtMs, now), "fired");
    this.#coverByAcknowledgement(matter, id);
    count(work, "fired");
    return id;
  }

  #firesAgain(id: number, matter: number, sinceMs: number, work: AlertWork): void {
    this.#sql(
      "UPDATE alert SET ends_ms = NULL, again_ms = NULL, level = NULL, since_ms = ?, heard_ms = max(heard_ms, ?) WHERE id = ?",
    ).run(sinceMs, sinceMs, id);
    this.#step(id, sinceMs, "fired");
    this.#coverByAcknowledgement(matter, id);
    count(work, "fired");
  }

  /** Nobody has told the end of those again: they do fire, since they were first said to. */
  believe(work: AlertWork): void {
    const rows = this.#sql("SELECT id, matter, again_ms FROM alert WHERE again_ms <= ? ORDER BY again_ms, id").all(
      this.#now() - DOUBT_MS,
    ) as { id: number; matter: number; again_ms: number }[];
    for (const { id, matter, again_ms } of rows) this.#firesAgain(id, matter, again_ms, work);
    for (const matter of new Set(rows.map((row) => row.matter))) this.#matters.settle(matter, work);
  }

  /** All firings of the label set up to then are over: the end of an earlier one may never have been told. */
  #resolved(matter: number, alert: ReceivedAlert, work: AlertWork): void {
    const now = this.#now();
    const endMs = Math.max(alert.startsAtMs, Math.min(alert.endsAtMs ?? now, now));
    const known = this.#known(alert);
    if (known !== undefined) {
      this.#heard(known.id, alert, known);
      this.#sql("UPDATE alert SET again_ms = NULL WHERE id = ? AND again_ms IS NOT NULL").run(known.id);
    }
    this.#keepEnded(matter, alert, known, endMs, work);
    this.#end(alert.fingerprint, endMs, endMs, null, work);
  }

  /** Of what was never heard of while it fired. */
  #keepEnded(matter: number, alert: ReceivedAlert, known: Known | undefined, endMs: number, work: AlertWork): void {
    if (known !== undefined) return;
    const id = this.#insert(matter, alert, true);
    this.#sql("UPDATE alert SET ends_ms = ?, level = 1 WHERE id = ?").run(endMs, id);
    this.#step(id, endMs, "resolved");
    count(work, "resolved");
  }

  #end(fingerprint: string, upToMs: number, endMs: number, detail: string | null, work: AlertWork): boolean {
    const open = this.#sql("SELECT id FROM alert WHERE fingerprint = ? AND starts_ms <= ? AND ends_ms IS NULL").all(
      fingerprint,
      upToMs,
    ) as { id: number }[];
    for (const { id } of open) this.#endOne(id, endMs, detail, work);
    return open.length > 0;
  }

  /** One that fired anew ends after that, whatever end is told. */
  #endOne(id: number, toldMs: number, detail: string | null, work: AlertWork): void {
    const { since_ms } = this.#sql("SELECT since_ms FROM alert WHERE id = ?").get(id) as { since_ms: number };
    const endMs = Math.max(toldMs, since_ms);
    this.#sql(
      "UPDATE alert SET ends_ms = ?, level = (SELECT level FROM alert_matter m WHERE m.id = alert.matter) WHERE id = ?",
    ).run(endMs, id);
    this.#step(id, endMs, "resolved", detail);
    count(work, "resolved");
  }

  /** Labels are what it is; annotations have the value of the moment. */
  #heard(id: number, { annotations }: ReceivedAlert, known: Known): void {
    const text = JSON.stringify(annotations);
    this.#sql("UPDATE alert SET heard_ms = ? WHERE id = ?").run(this.#now(), id);
    if (text !== known.annotations) this.#sql("UPDATE alert SET annotations = ? WHERE id = ?").run(text, id);
  }

  #insert(matter: number, alert: ReceivedAlert, over: boolean): number {
    const { fingerprint, startsAtMs, labels, annotations, generatorUrl } = alert;
    const now = this.#now();
    const escalation = isEscalation(labels);
    const text = (value: string | undefined): string | null => value?.toWellFormed() ?? null;
    const { lastInsertRowid } = this.#sql(
      `INSERT INTO alert (matter, fingerprint, starts_ms, alertname, severity, kind, team, escalation, labels, annotations,
         generator_url, received_ms, heard_ms, since_ms, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      matter,
      fingerprint,
      startsAtMs,
      text(labels.alertname) ?? "",
      text(labels.severity) ?? "",
      text(labels.kind) ?? "",
      text(labels.team),
      escalation ? 1 : 0,
      JSON.stringify(labels),
      JSON.stringify(annotations),
      text(generatorUrl),
      now,
      now,
      // A clock ahead of ours does not put a climb off for long, one without a time does not begin in antiquity.
      startsAtMs > 0 && startsAtMs <= now ? startsAtMs : now,
      !over && !escalation && wantsSnapshot(labels) ? 0 : null,
    );
    return Number(lastInsertRowid);
  }

  /** What is acknowledged covers what comes later of it. */
  #coverByAcknowledgement(matter: number, alert: number): void {
    this.#sql(
      `INSERT INTO alert_step (alert, at_ms, step, detail, by)
       SELECT ?, ?, 'acknowledged', coalesce(ack_reason || '; ', '') || 'covered by an acknowledgement of before', ack_by
       FROM alert_matter WHERE id = ? AND ack_ms IS NOT NULL AND (ack_until_ms IS NULL OR ack_until_ms > ?)`,
    ).run(alert, this.#now(), matter, this.#now());
  }

  #step(alert: number, atMs: number, step: AlertStepKind, detail: string | null = null): void {
    this.#sql("INSERT INTO alert_step (alert, at_ms, step, detail) VALUES (?, ?, ?, ?)").run(alert, atMs, step, detail);
  }

  endSilent(work: AlertWork): void {
    const before = work.policy.silentSinceMs(this.#now());
    if (before === undefined) return;
    const silent = this.#sql("SELECT id, matter FROM alert WHERE ends_ms IS NULL AND heard_ms < ? LIMIT ?").all(
      before,
      ENDED_AT_ONCE,
    ) as { id: number; matter: number }[];
    for (const { id } of silent) this.#endOne(id, this.#now(), "Alertmanager does not repeat it any more", work);
    for (const matter of new Set(silent.map((one) => one.matter))) this.#matters.settle(matter, work);
  }
}
