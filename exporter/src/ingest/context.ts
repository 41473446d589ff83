import { branchLabel } from "../config/branch.ts";
import type { Config } from "../config/schema.ts";
import { AppError, type Place } from "../errors.ts";
import { formatById } from "../formats/registry.ts";
import type { RunKey } from "../model/run.ts";
import type { Completion, PartHeader } from "../model/store.ts";
import type { Submission } from "./types.ts";

const MAX_LABEL = 200;
const MAX_TEXT = 2_000;
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
  checkNames({ project, environment, runId, part, suite: given.suite, branch: given.branch }, place);
  const { runnerClass, hostRunnerClass, dependencies } = given;
  checkNames({ runnerClass, hostRunnerClass, dependencies }, place);
  const { commit, runUrl, executor, testPlanId } = given;
  checkNames({ commit, runUrl, executor, testPlanId }, place, MAX_TEXT);
  if (given.parts !== undefined && (!Number.isInteger(given.parts) || given.parts < 1))
    throw new AppError("CONTEXT_INVALID", `parts must be a whole number from 1, got ${given.parts}`, place);
  if (given.parts !== undefined && given.parts > 1 && given.runId === undefined)
    throw new AppError("CONTEXT_INVALID", "parts needs a run id: without one each report is a run of its own", place);
  if (given.format !== undefined && formatById(given.format) === undefined)
    throw new AppError("FORMAT_UNKNOWN", `there is no format ${JSON.stringify(given.format)}`, place);
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

/** Throws CONTEXT_INVALID for a name that cannot be a label, a key or a line of text. Absent ones pass. */
export function checkNames(
  names: Readonly<Record<string, string | undefined>> | Partial<RunKey>,
  place: Place = {},
  max = MAX_LABEL,
): void {
  for (const [name, value] of Object.entries(names) as [string, string | undefined][]) {
    if (value === undefined || (value !== "" && value.length <= max && !CONTROL.test(value))) continue;
    throw new AppError(
      "CONTEXT_INVALID",
      `${name} must be 1 to ${max} characters without control characters, got ${JSON.stringify(value.slice(0, 60))}`,
      place,
    );
  }
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
