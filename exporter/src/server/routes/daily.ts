import { z } from "zod";
import { filterOf, filterShape, queryRoute } from "../api.ts";
import { dailyPoint } from "../schemas.ts";

export const daily = queryRoute({
  method: "get",
  path: "/daily",
  operationId: "getDaily",
  summary: "One point per day (UTC) that has runs, oldest first.",
  query: z.strictObject({
    ...filterShape,
    days: z.coerce.number().int().min(1).max(366).default(30).describe("How many days to look back."),
  }),
  data: z.array(dailyPoint),
  errors: [],
  handle: (deps, { query }) => {
    const now = deps.now();
    return deps.reader.daily(filterOf(query, now), query.days, now);
  },
});
