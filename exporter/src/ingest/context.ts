import { branchLabel } from "../config/branch.ts";
import type { Config } from "../config/schema.ts";
import { AppError } from "../errors.ts";
import type { Completion, PartHeader } from "../model/store.ts";
import type { Submission } from "./types.ts";

const MAX_LABEL = 200;
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Header and completion rule of a submission. Without a run id the content is the identity and the report is the whole run; with
 * one, others may follow: `parts` says how many, else the quiet time ends the run.
 */
export function partOf(
  submission: Submission,
  config: Config,
  receivedAtMs: number,
): { header: PartHeader; completion: Completion } {
  const given = submission.context;
  const place = { file: submission.name };
  const project = given.project ?? config.project;
  const environment = given.environment ?? config.environment;
  const runId = given.runId ?? submission.contentHash.slice(0, 16);
  // Content that is its own identity is one part, whatever the file is called; a compressed file is the same report.
  const part = given.part ?? (given.runId === undefined ? "report" : baseName(submission.name).replace(/\.gz$/i, ""));
  for (const [name, value] of Object.entries({
    project,
    environment,
    runId,
    part,
    suite: given.suite,
    branch: given.branch,
  })) {
    if (value === undefined) continue;
    if (value === "" || value.length > MAX_LABEL || CONTROL.test(value))
      throw new AppError(
        "CONTEXT_INVALID",
        `${name} must be 1 to ${MAX_LABEL} characters without control characters, got ${JSON.stringify(value.slice(0, 60))}`,
        place,
      );
  }
  if (given.parts !== undefined && (!Number.isInteger(given.parts) || given.parts < 1))
    throw new AppError("CONTEXT_INVALID", `parts must be a whole number from 1, got ${given.parts}`, place);
  const branch = given.branch ?? config.defaultBranch;
  return {
    header: {
      context: { ...given, project, environment, runId, part, branch },
      branchLabel: branchLabel(branch, config),
      source: submission.name,
      contentHash: submission.contentHash,
      receivedAtMs,
    },
    completion: completionOf(given, config),
  };
}

function completionOf(given: Submission["context"], config: Config): Completion {
  if (given.parts !== undefined) return { when: "parts", parts: given.parts };
  if (given.runId === undefined) return { when: "now" };
  return { when: "quiet", quietMs: config.runs.quietSeconds * 1000 };
}

export function baseName(name: string): string {
  return (
    name
      .split(/[\\/]/)
      .filter((one) => one !== "")
      .at(-1) ?? "report"
  );
}
