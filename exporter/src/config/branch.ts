import { namePattern } from "../model/name-pattern.ts";
import { PULL_REQUEST } from "../model/run.ts";
import type { Config } from "./schema.ts";

/**
 * The exposed label of a branch: the first configured name or pattern that matches, as written (`release/*` stays
 * `release/*`), else `pull_request`. A star matches within one path segment and over them: `release/*` takes `release/1/2`.
 */
export function branchLabel(branch: string | undefined, config: Pick<Config, "branches" | "defaultBranch">): string {
  const name = branch ?? config.defaultBranch;
  return config.branches.find((pattern) => namePattern(pattern)(name)) ?? PULL_REQUEST;
}
