/** What Alertmanager posts, and alerts as the API shows them. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { ALERT_STATUSES, ALERT_STEPS, type AlertMessage, type ReceivedAlert } from "../model/alert.ts";

const ms = z.number().describe("Milliseconds since the epoch, UTC.");
const texts = z.record(z.string(), z.string());
/** Alertmanager writes the year 1 for "not yet". */
const time = z.iso.datetime({ offset: true });

const received = z.object({
  status: z.enum(["firing", "resolved"]),
  labels: texts,
  annotations: texts.default({}),
  startsAt: time,
  endsAt: time.optional(),
  generatorURL: z.string().optional(),
  fingerprint: z.string().min(1).max(200).optional().describe("Left out: made of the labels."),
});

/** Alertmanager's webhook message, version 4; what it does not need is ignored. */
export const alertMessage = z
  .object({
    version: z.string().optional(),
    receiver: z.string().max(1000).default("").describe("Alertmanager's receiver."),
    alerts: z.array(received),
  })
  .meta({ id: "AlertMessage" });

export function messageOf({ receiver, alerts }: z.output<typeof alertMessage>): AlertMessage {
  return { receiver, alerts: alerts.map(receivedOf) };
}

function receivedOf(alert: z.output<typeof received>): ReceivedAlert {
  const endsAtMs = alert.endsAt === undefined ? 0 : Date.parse(alert.endsAt);
  return {
    fingerprint: alert.fingerprint?.toWellFormed() ?? fingerprintOf(alert.labels),
    status: alert.status,
    labels: wellFormed(alert.labels),
    annotations: wellFormed(alert.annotations),
    startsAtMs: Date.parse(alert.startsAt),
    endsAtMs: alert.status === "resolved" && endsAtMs > 0 ? endsAtMs : undefined,
    generatorUrl: alert.generatorURL,
  };
}

function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 16);
}

/** A lone surrogate would not be the same text once stored. */
const wellFormed = (given: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]));

const stepCounts = z.partialRecord(z.enum(ALERT_STEPS), z.int().min(0));

export const alertReceipt = z
  .strictObject({
    received: z.int().min(0).describe("Alerts in the message."),
    steps: stepCounts.describe("What it led to, by kind of step."),
  })
  .meta({ id: "AlertReceipt" });

const recordShape = {
  id: z.string(),
  fingerprint: z.string(),
  alertname: z.string(),
  status: z.enum(ALERT_STATUSES),
  matter: z
    .strictObject({
      alertname: z.string(),
      project: z.string(),
      suite: z.string(),
      environment: z.string(),
      branch: z.string(),
    })
    .describe("What is acknowledged and climbs; texts are empty for alerts about no suite."),
  severity: z.string(),
  team: z.string().optional(),
  labels: texts,
  annotations: texts,
  startsAtMs: ms,
  endsAtMs: ms.optional().describe("Resolved ones only."),
  receivedAtMs: ms,
  level: z.int().min(1).max(4).describe("1 the alert itself; what it had climbed to, once it is resolved."),
  acknowledgement: z
    .strictObject({
      by: z.string().optional(),
      reason: z.string().optional(),
      atMs: ms,
      untilMs: ms.optional().describe("Absent: until the alert resolves."),
    })
    .optional(),
  generatorUrl: z.string().optional(),
};
export const alertRecord = z.strictObject(recordShape).meta({ id: "Alert" });
export const alertDetail = z
  .strictObject({
    ...recordShape,
    steps: z
      .array(
        z.strictObject({
          atMs: ms,
          step: z.enum(ALERT_STEPS),
          detail: z.string().optional(),
          by: z.string().optional(),
        }),
      )
      .describe("Its life, oldest first."),
    snapshot: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("Figures of the moment, for alerts with the action performance_snapshot."),
  })
  .meta({ id: "AlertDetail" });
