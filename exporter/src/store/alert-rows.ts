import { AppError } from "../errors.ts";
import type { AlertAcknowledgement, AlertMessage, AlertStepCounts, EscalationPolicy } from "../model/alert.ts";
import { AlertIntake } from "./alert-intake.ts";
import { AlertMatters, type AlertWork } from "./alert-matters.ts";
import { forgetAlerts } from "./alert-retention.ts";
import type { Sql } from "./statements.ts";

/** Alerts with their life, in the transaction of its caller. */
export class AlertRows {
  readonly #sql: Sql;
  readonly #now: () => number;
  readonly #matters: AlertMatters;
  readonly #intake: AlertIntake;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
    this.#matters = new AlertMatters(sql, now);
    this.#intake = new AlertIntake(sql, now, this.#matters);
  }

  receive(message: AlertMessage, policy: EscalationPolicy, raise: () => number): AlertStepCounts {
    const work: AlertWork = { policy, raise, counts: {} };
    this.#intake.believe(work);
    this.#intake.receive(message, work);
    return work.counts;
  }

  /** As `escalateAlerts`. */
  tick(policy: EscalationPolicy, all: boolean, raise: () => number): AlertStepCounts {
    const work: AlertWork = { policy, raise, counts: {} };
    this.#intake.believe(work);
    this.#matters.settleDue(work, all);
    this.#intake.endSilent(work);
    forgetAlerts(this.#sql, this.#now());
    return work.counts;
  }

  acknowledge(
    id: string,
    ack: Omit<AlertAcknowledgement, "atMs">,
    policy: EscalationPolicy,
    raise: () => number,
  ): AlertStepCounts {
    const work: AlertWork = { policy, raise, counts: {} };
    this.#intake.believe(work);
    const matter = this.#matterById(id);
    if (this.#matters.byId(matter).open === 0)
      throw new AppError(
        "CONTEXT_INVALID",
        `alert ${id} is over`,
        {},
        { hint: "only one that fires can be acknowledged" },
      );
    this.#matters.acknowledge(matter, ack, work);
    return work.counts;
  }

  unacknowledge(id: string, by: string | undefined, policy: EscalationPolicy, raise: () => number): AlertStepCounts {
    const work: AlertWork = { policy, raise, counts: {} };
    this.#matters.unacknowledge(this.#matterById(id), by, work);
    return work.counts;
  }

  saveSnapshot(alerts: readonly string[], snapshot: object): AlertStepCounts {
    const waiting = this.#sql(
      "SELECT id FROM alert WHERE snapshot = 0 AND id IN (SELECT CAST(value AS INTEGER) FROM json_each(?))",
    ).all(JSON.stringify(alerts)) as { id: number }[];
    if (waiting.length === 0) return {};
    const now = this.#now();
    const { lastInsertRowid } = this.#sql("INSERT INTO alert_snapshot (taken_ms, document) VALUES (?, ?)").run(
      now,
      JSON.stringify(snapshot),
    );
    for (const { id } of waiting) {
      this.#sql("UPDATE alert SET snapshot = ? WHERE id = ?").run(lastInsertRowid, id);
      this.#sql("INSERT INTO alert_step (alert, at_ms, step) VALUES (?, ?, 'snapshot')").run(id, now);
    }
    return { snapshot: 1 };
  }

  #matterById(id: string): number {
    const row = /^\d{1,15}$/.test(id)
      ? (this.#sql("SELECT matter FROM alert WHERE id = ?").get(Number(id)) as { matter: number } | undefined)
      : undefined;
    if (row === undefined) throw new AppError("NOT_FOUND", `no alert "${id}"`);
    return row.matter;
  }
}
