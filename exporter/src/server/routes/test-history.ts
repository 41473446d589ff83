import { z } from "zod";
import { queryRoute } from "../api.ts";
import { testHistory } from "../schemas.ts";

export const history = queryRoute({
  method: "get",
  path: "/tests/{id}/history",
  operationId: "getTestHistory",
  summary: "Results of one test, newest first.",
  params: { id: "testId of a case." },
  query: z.strictObject({
    runs: z.coerce.number().int().min(1).max(500).default(50).describe("How many runs to look back."),
    environment: z.string().max(1000).optional(),
  }),
  data: testHistory,
  errors: ["NOT_FOUND"],
  handle: (deps, { params, query }) =>
    deps.reader.history(params.id!, { runs: query.runs, environment: query.environment }),
});
