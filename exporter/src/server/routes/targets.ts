import { z } from "zod";
import { reportTargets } from "../../analysis/target-report.ts";
import { queryRoute } from "../api.ts";
import { targetReport } from "../schemas.ts";

const text = z.string().max(1000).optional();

export const targets = queryRoute({
  method: "get",
  path: "/targets",
  operationId: "getTargets",
  summary: "Configured targets against the newest runs; one that nothing measures is unknown.",
  query: z.strictObject({
    project: text,
    suite: text,
    environment: text,
    branch: text.describe("As exposed in metrics; pull requests have no newest run."),
  }),
  data: z.array(targetReport),
  errors: [],
  handle: async (deps, { query }) => reportTargets(deps.config().targets, await deps.reader.lastRuns(), query),
});
