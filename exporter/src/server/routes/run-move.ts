import { z } from "zod";
import { AppError } from "../../errors.ts";
import { queryRoute } from "../api.ts";
import { runSummary } from "../schemas.ts";
import { RUN_ID } from "./run.ts";

const label = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\u0000-\u001f\u007f]*$/, "must not hold control characters");

export const moveRun = queryRoute({
  method: "post",
  path: "/runs/{id}/move",
  operationId: "moveRun",
  summary: "Gives a run another project, environment or run id. Counters stay.",
  params: RUN_ID,
  body: z
    .strictObject({ project: label.optional(), environment: label.optional(), runId: label.optional() })
    .refine((to) => Object.keys(to).length > 0, "nothing to change: name a project, environment or runId")
    // What a refinement says is not in the document by itself.
    .meta({ minProperties: 1 }),
  data: runSummary,
  errors: ["NOT_FOUND", "STORE_CONFLICT"],
  async handle(deps, { params, body }) {
    const to = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    const { project, environment, runId } = await deps.reader.run(params.id!);
    const run = await deps.ingest.command({ kind: "move", key: { project, environment, runId }, to });
    if (run === undefined) throw new AppError("INTERNAL", "move returned no run");
    return run;
  },
});
