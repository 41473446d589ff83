import { z } from "zod";
import { filterOf, filterShape, queryRoute } from "../api.ts";
import { performanceSummary } from "../schemas.ts";

export const performance = queryRoute({
  method: "get",
  path: "/performance",
  operationId: "getPerformance",
  summary: "Each named measure over all matching runs, with violations of the configured limits.",
  query: z.strictObject(filterShape),
  data: z.array(performanceSummary),
  errors: [],
  handle: (deps, { query }) => deps.reader.performance(filterOf(query, deps.now()), deps.config().measures.limits),
});
