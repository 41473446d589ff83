import { z } from "zod";
import { AppError } from "../../errors.ts";
import { OUTCOMES, type Outcome } from "../../model/test.ts";
import { pageOf, pageShape, queryRoute } from "../api.ts";
import { quoted } from "../query.ts";
import { caseRecord, paged } from "../schemas.ts";
import { RUN_ID } from "./run.ts";

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export const runCases = queryRoute({
  method: "get",
  path: "/runs/{id}/cases",
  operationId: "listCases",
  summary: "Case results of a run, in the order of the report.",
  params: RUN_ID,
  query: z.strictObject({
    outcome: z
      .string()
      .max(100)
      .optional()
      .describe(`Comma-separated: ${OUTCOMES.join(", ")}.`),
    suite: z.string().max(1000).optional(),
    search: z.string().max(200).optional().describe("Part of the case's name."),
    final_only: z.enum(["true", "false"]).default("false").describe("Leave earlier attempts out."),
    ...pageShape,
  }),
  data: paged(caseRecord),
  errors: ["NOT_FOUND"],
  async handle(deps, { params, query }) {
    const id = UUID.test(params.id!) ? params.id! : (await deps.reader.run(params.id!)).id;
    const { suite, search } = query;
    const filter = { outcome: outcomesOf(query.outcome), suite, search, finalOnly: query.final_only === "true" };
    return deps.reader.cases(id, filter, pageOf(query));
  },
});

function outcomesOf(text: string | undefined): Outcome[] | undefined {
  if (text === undefined) return undefined;
  return text.split(",").map((word) => {
    const outcome = OUTCOMES.find((one) => one === word.trim());
    if (outcome === undefined) {
      throw new AppError("REQUEST_INVALID", `outcome: expected ${OUTCOMES.join(", ")}, got ${quoted(word)}`);
    }
    return outcome;
  });
}
