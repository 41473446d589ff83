import { z } from "zod";
import { filterOf, filterShape, pageOf, pageShape, queryRoute } from "../api.ts";
import { paged, runSummary } from "../schemas.ts";

export const runs = queryRoute({
  method: "get",
  path: "/runs",
  operationId: "listRuns",
  summary: "Runs, newest end first.",
  query: z.strictObject({ ...filterShape, ...pageShape }),
  data: paged(runSummary),
  errors: [],
  handle: (deps, { query }) => deps.reader.runs(filterOf(query, deps.now()), pageOf(query)),
});
