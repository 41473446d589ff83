import { z } from "zod";
import { AppError } from "../../errors.ts";
import { DEVIATION_STATUSES } from "../../model/deviation.ts";
import { pageOf, pageShape, queryRoute, timeOf } from "../api.ts";
import { deviation, deviationDetail, paged } from "../schemas.ts";
import { TIME_HELP } from "../time.ts";

const text = z.string().max(1000).optional();
const DEVIATION_ID = { id: "Id of the deviation." };

export const listDeviations = queryRoute({
  method: "get",
  path: "/deviations",
  operationId: "listDeviations",
  summary: "Confirmed changes for the worse, the newest first.",
  query: z.strictObject({
    project: text,
    environment: text,
    suite: text,
    branch: text.describe("As exposed in metrics: a configured name or pattern."),
    status: z.enum(DEVIATION_STATUSES).optional(),
    ...pageShape,
  }),
  data: paged(deviation),
  errors: [],
  handle: (deps, { query: { project, environment, suite, branch, status, ...page } }) =>
    deps.reader.deviations({ project, environment, suite, branch, status }, pageOf(page)),
});

export const getDeviation = queryRoute({
  method: "get",
  path: "/deviations/{id}",
  operationId: "getDeviation",
  summary: "One deviation with its analysis record.",
  params: DEVIATION_ID,
  data: deviationDetail,
  errors: ["NOT_FOUND"],
  handle: async (deps, { params }) => deviationDetail.parse(await deps.reader.deviation(params.id!)),
});

export const acceptDeviation = queryRoute({
  method: "post",
  path: "/deviations/{id}/accept",
  operationId: "acceptDeviation",
  summary: "Takes the new level for the normal one: the series is compared with what came since.",
  params: DEVIATION_ID,
  body: z.strictObject({ reason: z.string().trim().min(1).max(1000).describe("Why it is wanted; kept with it.") }),
  data: deviationDetail,
  errors: ["NOT_FOUND", "CONTEXT_INVALID"],
  async handle(deps, { params, body }) {
    await deps.ingest.command({ kind: "accept", deviation: params.id!, reason: body.reason });
    return deviationDetail.parse(await deps.reader.deviation(params.id!));
  },
});

export const acknowledgeDeviation = queryRoute({
  method: "post",
  path: "/deviations/{id}/acknowledge",
  operationId: "acknowledgeDeviation",
  summary: "Somebody looks after it: its state is acknowledged until then, or until it becomes worse.",
  params: DEVIATION_ID,
  body: z.strictObject({
    until: z.string().max(40).default("+7d").describe(`When it counts as unattended again: ${TIME_HELP}, or +3d.`),
    by: z.string().trim().min(1).max(200).optional().describe("Who looks after it."),
    reason: z.string().trim().min(1).max(1000).optional(),
  }),
  data: deviationDetail,
  errors: ["NOT_FOUND", "CONTEXT_INVALID"],
  async handle(deps, { params, body: { until, by, reason } }) {
    const untilMs = timeOf("until", until, deps.now())!;
    if (untilMs <= deps.now()) throw new AppError("REQUEST_INVALID", `until: ${JSON.stringify(until)} is over`);
    await deps.ingest.command({ kind: "acknowledge", deviation: params.id!, ack: { untilMs, by, reason } });
    return deviationDetail.parse(await deps.reader.deviation(params.id!));
  },
});
