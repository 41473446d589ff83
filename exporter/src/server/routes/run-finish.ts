import { z } from "zod";
import { AppError } from "../../errors.ts";
import { queryRoute } from "../api.ts";
import { runSummary } from "../schemas.ts";
import { RUN_ID } from "./run.ts";

export const finishRun = queryRoute({
  method: "post",
  path: "/runs/{id}/finish",
  operationId: "finishRun",
  summary: "Completes a run by hand; counts it. Nothing happens when it is complete.",
  params: RUN_ID,
  body: z.strictObject({
    state: z.enum(["cancelled", "partial"]).optional().describe("How it ended, when not well; else by its results."),
  }),
  data: runSummary,
  errors: ["NOT_FOUND"],
  async handle(deps, { params, body }) {
    const { project, environment, runId } = await deps.reader.run(params.id!);
    const run = await deps.ingest.command({
      kind: "finish",
      key: { project, environment, runId },
      state: body.state,
    });
    if (run === undefined) throw new AppError("INTERNAL", "finish returned no run");
    return run;
  },
});
