import { queryRoute } from "../api.ts";
import { runDocument } from "../run-document.ts";
import { deleted, runDetail } from "../schemas.ts";

export const RUN_ID = { id: "Uuid of the run, or its run id where that is unique." };

export const run = queryRoute({
  method: "get",
  path: "/runs/{id}",
  operationId: "getRun",
  summary: "One run with its suites, parts, measures and load results.",
  params: RUN_ID,
  data: runDetail,
  errors: ["NOT_FOUND"],
  handle: async (deps, { params }) => runDocument(await deps.reader.run(params.id!)),
});

export const deleteRun = queryRoute({
  method: "delete",
  path: "/runs/{id}",
  operationId: "deleteRun",
  summary: "Deletes a run and its results.",
  description: "Counters never decrease: what the run added to them stays.",
  params: RUN_ID,
  data: deleted,
  errors: ["NOT_FOUND", "RUN_KEPT"],
  async handle(deps, { params }) {
    const { id, project, environment, runId } = await deps.reader.run(params.id!);
    await deps.ingest.command({ kind: "delete", key: { project, environment, runId } });
    return { id, project, environment, runId };
  },
});
