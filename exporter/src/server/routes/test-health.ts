/** Flaky tests, defects, and what the quarantine puts up with. */
import { z } from "zod";
import { FLAKY_SETTINGS, FLAKY_STATES, type FlakyState } from "../../analysis/outcomes/flaky.ts";
import { AppError } from "../../errors.ts";
import { quarantinedFailures } from "../../reports/quarantined-failures.ts";
import { defectReport as defectsOf, flakyReport as flakyOf } from "../../reports/test-health.ts";
import { queryRoute } from "../api.ts";
import type { ServerDeps } from "../deps.ts";
import { quoted } from "../query.ts";
import { defectReport, flakyReport, runQuarantine } from "../schemas.ts";
import { RUN_ID } from "./run.ts";

const text = z.string().max(1000).optional();
const healthShape = {
  project: text,
  suite: text,
  environment: text,
  branch: text.describe("As exposed in metrics. Pull requests are not judged: each changes what it tests."),
  runs: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(FLAKY_SETTINGS.window)
    .describe("Newest runs of each suite that are looked at."),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe("Most tests in the answer."),
};
const contextOf = (deps: ServerDeps) => ({ quarantine: deps.config().quarantine, nowMs: deps.now() });

export const listFlaky = queryRoute({
  method: "get",
  path: "/flaky",
  operationId: "listFlaky",
  summary: "Tests that pass and fail without a change, or fail now; the worst first.",
  query: z.strictObject({
    ...healthShape,
    state: z
      .string()
      .max(100)
      .optional()
      .describe(
        `Comma-separated: ${FLAKY_STATES.join(", ")}. Left out: flaky, broken and failing ones, and what is in quarantine.`,
      ),
  }),
  data: flakyReport,
  errors: [],
  handle: (deps, { query: { state, ...query } }) =>
    flakyOf(deps.reader, { ...query, states: statesOf(state) }, contextOf(deps)),
});

function statesOf(text: string | undefined): FlakyState[] | undefined {
  return text?.split(",").map((word) => {
    const state = FLAKY_STATES.find((one) => one === word.trim());
    if (state === undefined)
      throw new AppError("REQUEST_INVALID", `state: expected ${FLAKY_STATES.join(", ")}, got ${quoted(word)}`);
    return state;
  });
}

export const listDefects = queryRoute({
  method: "get",
  path: "/defects",
  operationId: "listDefects",
  summary: "Tests whose newest run failed: confirmed or suspected as a defect, with the range of versions.",
  query: z.strictObject(healthShape),
  data: defectReport,
  errors: [],
  handle: (deps, { query }) => defectsOf(deps.reader, query, contextOf(deps)),
});

export const quarantineOfRun = queryRoute({
  method: "get",
  path: "/runs/{id}/quarantine",
  operationId: "getRunQuarantine",
  summary: "Failures of a run that the quarantine puts up with, and how many there are beside them.",
  params: RUN_ID,
  data: runQuarantine,
  errors: ["NOT_FOUND"],
  handle: async (deps, { params }) =>
    quarantinedFailures(deps.reader, await deps.reader.run(params.id!), deps.config().quarantine, deps.now()),
});
