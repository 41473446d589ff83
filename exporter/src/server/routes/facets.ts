import { queryRoute } from "../api.ts";
import { facets as schema } from "../schemas.ts";

export const facets = queryRoute({
  method: "get",
  path: "/facets",
  operationId: "getFacets",
  summary: "Projects, environments, suites and branches that exist, for filters.",
  data: schema,
  errors: [],
  handle: (deps) => deps.reader.facets(),
});
