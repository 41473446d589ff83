import { z } from "zod";
import { ALERT_STATUSES } from "../../model/alert.ts";
import { alertDetail, alertMessage, alertReceipt, alertRecord, messageOf } from "../alert-schemas.ts";
import { pageOf, pageShape, queryRoute } from "../api.ts";
import { paged } from "../schemas.ts";

const text = z.string().max(1000).optional();
const ALERT_ID = { id: "Id of the alert." };
/** 5000 alerts with their annotations are about 5 MB. */
const MAX_MESSAGE_BYTES = 16 * 1024 ** 2;
const LONGEST_SECONDS = 366 * 86_400;

export const receiveAlerts = queryRoute({
  method: "post",
  path: "/alerts",
  operationId: "receiveAlerts",
  summary: "Takes a webhook message of Alertmanager (version 4) and keeps its alerts with their life.",
  description:
    "Idempotent: an alert is known by its fingerprint and start, so repeats, restarts and several Alertmanagers of a cluster make no second record.",
  body: alertMessage,
  maxBodyBytes: MAX_MESSAGE_BYTES,
  data: alertReceipt,
  errors: ["INPUT_TOO_LARGE", "INPUT_CUT", "STORE_BUSY", "STORE_FULL", "SHUTTING_DOWN"],
  async handle(deps, { body }) {
    deps.processMetrics.alerts.notified();
    const steps = await deps.ingest.alerts({ kind: "receive", message: messageOf(body) });
    return { received: body.alerts.length, steps };
  },
});

export const listAlerts = queryRoute({
  method: "get",
  path: "/alerts",
  operationId: "listAlerts",
  summary: "Alerts as Alertmanager reported them, the newest first.",
  query: z.strictObject({
    status: z.enum(ALERT_STATUSES).optional(),
    open: z.enum(["true", "false"]).optional().describe("true: not resolved; false: resolved."),
    alertname: text,
    severity: text,
    team: text,
    project: text,
    suite: text,
    environment: text,
    branch: text,
    ...pageShape,
  }),
  data: paged(alertRecord),
  errors: [],
  handle(deps, { query: { open, limit, cursor, ...filter } }) {
    const isOpen = open === undefined ? undefined : open === "true";
    return deps.reader.alerts({ ...filter, open: isOpen }, pageOf({ limit, cursor }));
  },
});

export const getAlert = queryRoute({
  method: "get",
  path: "/alerts/{id}",
  operationId: "getAlert",
  summary: "One alert with its life and, where it has one, its snapshot.",
  params: ALERT_ID,
  data: alertDetail,
  errors: ["NOT_FOUND"],
  handle: async (deps, { params }) => alertDetail.parse(await deps.reader.alert(params.id!)),
});

export const acknowledgeAlert = queryRoute({
  method: "post",
  path: "/alerts/{id}/acknowledge",
  operationId: "acknowledgeAlert",
  summary: "Somebody looks after it: it does not climb until then, or until it resolves.",
  description: "Covers all alerts of its name, project, suite, environment and branch, those that come later too.",
  params: ALERT_ID,
  body: z.strictObject({
    by: z.string().trim().min(1).max(200).optional().describe("Who looks after it."),
    reason: z.string().trim().min(1).max(1000).optional(),
    forSeconds: z
      .number()
      .positive()
      .max(LONGEST_SECONDS)
      .optional()
      .describe("How long it holds; left out: until the alert resolves."),
  }),
  data: alertDetail,
  errors: ["NOT_FOUND", "CONTEXT_INVALID"],
  async handle(deps, { params, body: { by, reason, forSeconds } }) {
    const untilMs = forSeconds === undefined ? undefined : deps.now() + Math.ceil(forSeconds * 1000);
    await deps.ingest.alerts({ kind: "acknowledge", alert: params.id!, ack: { by, reason, untilMs } });
    return alertDetail.parse(await deps.reader.alert(params.id!));
  },
});

export const unacknowledgeAlert = queryRoute({
  method: "delete",
  path: "/alerts/{id}/acknowledge",
  operationId: "unacknowledgeAlert",
  summary: "Nobody looks after it any more: it climbs on, at once where a level is due.",
  params: ALERT_ID,
  query: z.strictObject({ by: z.string().max(200).optional().describe("Who takes it back.") }),
  data: alertDetail,
  errors: ["NOT_FOUND"],
  async handle(deps, { params, query }) {
    await deps.ingest.alerts({ kind: "unacknowledge", alert: params.id!, by: query.by });
    return alertDetail.parse(await deps.reader.alert(params.id!));
  },
});
