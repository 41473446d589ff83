import { z } from "zod";
import { placesNaming, suiteKeyOf } from "../../config/named-suites.ts";
import { queryRoute } from "../api.ts";
import type { ServerDeps } from "../deps.ts";
import { changedSuite, knownSuite } from "../schemas.ts";

const name = z.string().min(1).max(200);
const which = {
  suite: name.describe("Its label in metrics."),
  project: name.optional().describe("Needed where several projects have a suite of that name."),
};

export const listSuites = queryRoute({
  method: "get",
  path: "/suites",
  operationId: "listSuites",
  summary: "Suites that have series of their own, and those that were retired, by project and name.",
  query: z.strictObject({ project: z.string().max(1000).optional(), suite: z.string().max(1000).optional() }),
  data: z.strictObject({ items: z.array(knownSuite) }),
  errors: [],
  handle: async (deps, { query }) => ({ items: [...(await deps.reader.suites(query))] }),
});

export const retireSuite = queryRoute({
  method: "post",
  path: "/suites/retire",
  operationId: "retireSuite",
  summary: "Ends a suite's series and stops waiting for its runs, until one of it ends later. Its runs stay.",
  body: z.strictObject(which),
  data: changedSuite,
  errors: ["NOT_FOUND"],
  async handle(deps, { body }) {
    const suite = await suiteKeyOf((filter) => deps.reader.suites(filter), deps.config(), body);
    await deps.ingest.command({ kind: "retire-suite", suite });
    return changed(deps, suite.project, suite.suite, suite.suite);
  },
});

export const renameSuite = queryRoute({
  method: "post",
  path: "/suites/rename",
  operationId: "renameSuite",
  summary: "Gives a suite another label. Its history goes along, and reports under the old label are of the new one.",
  body: z.strictObject({ ...which, to: name.describe("The new label; no suite may have it yet.") }),
  data: changedSuite,
  errors: ["NOT_FOUND", "STORE_CONFLICT", "CONTEXT_INVALID"],
  async handle(deps, { body: { to, ...body } }) {
    const suite = await suiteKeyOf((filter) => deps.reader.suites(filter), deps.config(), body);
    await deps.ingest.command({ kind: "rename-suite", suite, to });
    return changed(deps, suite.project, to, suite.suite);
  },
});

async function changed({ reader, config }: ServerDeps, project: string, suite: string, before: string) {
  const [found] = await reader.suites({ project, suite });
  // What folded is in no list.
  const known = found ?? { project, suite, formerNames: [] };
  return { ...known, configured: placesNaming(config(), { project, suite: before }) };
}
