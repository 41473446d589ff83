/**
 * Alerts as Alertmanager reports them, kept with their life. An *alert record* is one firing of one label set (fingerprint and start);
 * what is acknowledged and escalated is its *matter*: the alert's name and where it belongs (project, suite, environment, branch), so
 * that an alert with a label set per operation climbs once.
 */

/** What can happen to an alert, in the order in which it usually does. */
export const ALERT_STEPS = [
  "fired",
  "notified",
  "acknowledged",
  "unacknowledged",
  "escalated",
  "snapshot",
  "resolved",
] as const;
export type AlertStepKind = (typeof ALERT_STEPS)[number];
export const ALERT_STATUSES = ["firing", "acknowledged", "resolved"] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];
/** 1 is the alert itself; the others are `escalation.levels`. */
export type EscalationLevel = 1 | 2 | 3 | 4;

/** One alert of a message of Alertmanager (webhook, version 4). */
export interface ReceivedAlert {
  /** Alertmanager's hash of the labels; made of them by us where a sender leaves it out. */
  readonly fingerprint: string;
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** When Prometheus began to fire it. */
  readonly startsAtMs: number;
  /** Resolved ones only. */
  readonly endsAtMs: number | undefined;
  readonly generatorUrl: string | undefined;
}

/** What an acknowledgement and a climb are of. Alerts about no suite have empty texts. */
export interface AlertMatter {
  readonly alertname: string;
  readonly project: string;
  readonly suite: string;
  readonly environment: string;
  readonly branch: string;
}

export interface AlertStep {
  readonly atMs: number;
  readonly step: AlertStepKind;
  /** One line: the receiver, the level, the reason. */
  readonly detail: string | undefined;
  /** Who, where somebody did it. */
  readonly by: string | undefined;
}

export interface AlertAcknowledgement {
  readonly by: string | undefined;
  readonly reason: string | undefined;
  readonly atMs: number;
  /** Undefined: until the alert resolves. */
  readonly untilMs: number | undefined;
}

export interface AlertRecord {
  /** Decimal text. */
  readonly id: string;
  readonly fingerprint: string;
  readonly status: AlertStatus;
  readonly matter: AlertMatter;
  readonly severity: string;
  readonly team: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAtMs: number;
  readonly endsAtMs: number | undefined;
  readonly receivedAtMs: number;
  readonly level: EscalationLevel;
  readonly acknowledgement: AlertAcknowledgement | undefined;
  readonly generatorUrl: string | undefined;
}

export interface AlertDetail extends AlertRecord {
  /** Oldest first. */
  readonly steps: readonly AlertStep[];
  /** Figures of the moment, for alerts with the action performance_snapshot. */
  readonly snapshot: object | undefined;
}

export interface AlertFilter {
  readonly status?: AlertStatus | undefined;
  /** Everything that is not resolved. */
  readonly open?: boolean | undefined;
  readonly alertname?: string | undefined;
  readonly severity?: string | undefined;
  readonly team?: string | undefined;
  readonly project?: string | undefined;
  readonly suite?: string | undefined;
  readonly environment?: string | undefined;
  readonly branch?: string | undefined;
}
