import { z } from "zod";
import { filterOf, filterShape, queryRoute } from "../api.ts";
import { executionSummary } from "../schemas.ts";

export const summary = queryRoute({
  method: "get",
  path: "/summary",
  operationId: "getSummary",
  summary: "Cases by result, pass rate and duration over all matching runs.",
  query: z.strictObject(filterShape),
  data: executionSummary,
  errors: [],
  handle: (deps, { query }) => deps.reader.summary(filterOf(query, deps.now())),
});
