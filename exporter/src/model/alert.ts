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

/**
 * What an acknowledgement and a climb are of. Alerts about no suite have empty texts. The message of an escalation belongs to the
 * matter that climbed (its `source_alert`): who acknowledges one acknowledges the other.
 */
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
  /** Its own; that of the matter differs for escalations. */
  readonly alertname: string;
  readonly status: AlertStatus;
  readonly matter: AlertMatter;
  readonly severity: string;
  readonly team: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAtMs: number;
  readonly endsAtMs: number | undefined;
  readonly receivedAtMs: number;
  /** Of its matter; once it is resolved, what it had climbed to by then. */
  readonly level: EscalationLevel;
  /** Of its matter, while it fires. */
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

/** What Alertmanager posts, checked. */
export interface AlertMessage {
  /** Name of Alertmanager's receiver. */
  readonly receiver: string;
  readonly alerts: readonly ReceivedAlert[];
}

/** How many steps of each kind something led to; of a matter each counts once. */
export type AlertStepCounts = Partial<Record<AlertStepKind, number>>;

/** What decides whether an alert climbs. */
export interface AlertClass {
  readonly alertname: string;
  readonly severity: string;
  readonly kind: string;
}

/** Where the climb of a matter stands. */
export interface Climb {
  /** When the first of its alerts began to fire. */
  readonly sinceMs: number;
  readonly level: EscalationLevel;
  /** When that level was due. */
  readonly levelAtMs: number;
  /** When nobody was on it any more, after an acknowledgement; nothing is due before. */
  readonly resumedAtMs: number | undefined;
}

/** The rule by which alerts climb, made of the configuration (`incidents/escalation.ts`); the store keeps what follows from it. */
export interface EscalationPolicy {
  climbs(alert: AlertClass): boolean;
  /** The next level and when it is due; undefined: there is none above. */
  next(climb: Climb): { readonly level: EscalationLevel; readonly dueMs: number } | undefined;
  /**
   * Alerts that nothing was heard of since then are over: Alertmanager would have repeated them. (It says nothing of what is resolved
   * while it is silenced.) Undefined: it is too early to tell.
   */
  silentSinceMs(nowMs: number): number | undefined;
}

/** A matter as metrics show it. */
export interface AlertRow {
  readonly matter: AlertMatter;
  readonly team: string | undefined;
  /** Something of it fires. */
  readonly open: boolean;
  readonly acknowledged: boolean;
  /** Undefined: it does not climb. */
  readonly level: EscalationLevel | undefined;
}

/** Alerts of one matter that wait for their snapshot. */
export interface DueSnapshot {
  readonly matter: AlertMatter;
  /** Ids of records. */
  readonly alerts: readonly string[];
}

/** Label `kind` of an escalation's own message; `source_alert` names what climbed. */
export const ESCALATION_KIND = "escalation";

export const isEscalation = (labels: ReceivedAlert["labels"]): boolean =>
  labels.kind === ESCALATION_KIND && labels.source_alert !== undefined;

export function matterOf(labels: ReceivedAlert["labels"]): AlertMatter {
  const { alertname = "", source_alert = "", project = "", suite = "", environment = "", branch = "" } = labels;
  return { alertname: isEscalation(labels) ? source_alert : alertname, project, suite, environment, branch };
}

/** R1's action of alerts that get a snapshot. */
const SNAPSHOT_ACTION = "performance_snapshot";

export const wantsSnapshot = (labels: ReceivedAlert["labels"]): boolean =>
  (labels.actions ?? "").split(",").includes(SNAPSHOT_ACTION);
