import { z } from "zod";
import { filterOf, filterShape, queryRoute } from "../api.ts";
import { failureGroup } from "../schemas.ts";

export const errors = queryRoute({
  method: "get",
  path: "/errors",
  operationId: "listErrors",
  summary: "Failures grouped by message, most frequent first.",
  query: z.strictObject({
    ...filterShape,
    limit: z.coerce.number().int().min(1).max(1000).default(100).describe("Most groups in the answer."),
  }),
  data: z.array(failureGroup),
  errors: [],
  handle: (deps, { query }) => deps.reader.errors(filterOf(query, deps.now()), query.limit),
});
