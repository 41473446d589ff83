import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { Baseline, BaselineFilter } from "../../model/baseline.ts";
import { pageOf, pageShape, queryRoute } from "../api.ts";
import type { ServerDeps } from "../deps.ts";
import { baseline, paged } from "../schemas.ts";

const text = z.string().max(1000).optional();
const within = {
  project: text.describe("Needed where several projects have one of that name."),
  environment: text.describe("Needed where several environments have one of that name."),
};

export const listBaselines = queryRoute({
  method: "get",
  path: "/baselines",
  operationId: "listBaselines",
  summary: "Named runs that others are compared with, the one saved last first.",
  query: z.strictObject({ project: text, environment: text, name: text, ...pageShape }),
  data: paged(baseline),
  errors: [],
  handle: (deps, { query: { project, environment, name, ...page } }) =>
    deps.reader.baselines({ project, environment, name }, pageOf(page)),
});

export const saveBaseline = queryRoute({
  method: "post",
  path: "/baselines",
  operationId: "saveBaseline",
  summary:
    "Names a run. In its project and environment the name goes over to it; it is not deleted as long as it has one.",
  body: z.strictObject({
    name: z.string().min(1).max(200).describe("Such as a release; without control characters."),
    run: z.string().min(1).max(1000).describe("Uuid of the run, or its run id where that is unique."),
  }),
  data: baseline,
  errors: ["NOT_FOUND", "CONTEXT_INVALID"],
  async handle(deps, { body: { name, run } }) {
    const { project, environment, runId } = await deps.reader.run(run);
    await deps.ingest.command({ kind: "save-baseline", name, key: { project, environment, runId } });
    return onlyOne(deps, { project, environment, name });
  },
});

export const deleteBaseline = queryRoute({
  method: "delete",
  path: "/baselines/{name}",
  operationId: "deleteBaseline",
  summary: "Takes a name away; its run stays, and may then be deleted.",
  params: { name: "Name of the baseline." },
  query: z.strictObject(within),
  data: baseline,
  errors: ["NOT_FOUND"],
  async handle(deps, { params, query }) {
    const found = await onlyOne(deps, { ...query, name: params.name! });
    const { project, environment, name } = found;
    await deps.ingest.command({ kind: "delete-baseline", baseline: { project, environment, name } });
    return found;
  },
});

async function onlyOne({ reader }: ServerDeps, filter: BaselineFilter): Promise<Baseline> {
  const { items } = await reader.baselines(filter, { limit: 2 });
  const [found] = items;
  if (found === undefined) throw new AppError("NOT_FOUND", `no baseline "${filter.name}"`);
  if (items.length === 1) return found;
  const hint = "name its project and environment";
  throw new AppError("REQUEST_INVALID", `several baselines are called "${filter.name}"`, {}, { hint });
}
