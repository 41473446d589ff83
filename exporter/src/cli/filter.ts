/** Flags that choose runs, shared by all commands that read. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { AppError } from "../errors.ts";
import { RUN_STATUSES, type RunStatus } from "../model/run.ts";
import type { RunFilter } from "../model/store.ts";
import { TIME_HELP } from "../server/time.ts";
import { type Flags, jsonOption, serverOption, storeOption, text } from "./common.ts";
import { requiredTime } from "./context.ts";

export function filterOptions(command: Command): Command {
  return targetOptions(command)
    .addOption(new Option("--project <name>", "only this project"))
    .addOption(new Option("--environment <name>", "only this environment"))
    .addOption(new Option("--suite <name>", "only runs with this suite"))
    .addOption(new Option("--branch <name>", "only this branch, or its label such as release/* or pull_request"))
    .addOption(new Option("--status <status>", "only runs that ended so").choices(RUN_STATUSES))
    .addOption(new Option("--from <time>", `runs that ended at or after: ${TIME_HELP}`))
    .addOption(new Option("--to <time>", "runs that ended before"));
}

export function targetOptions(command: Command): Command {
  return command.addOption(storeOption()).addOption(serverOption()).addOption(jsonOption());
}

/** Flags for the project and environment of one run, for commands that are given a run id; `prefix` where their names are taken. */
export function withinOptions(command: Command, prefix = ""): Command {
  return command
    .addOption(new Option(`--${prefix}project <name>`, "project of the run, where its run id alone is not unique"))
    .addOption(new Option(`--${prefix}environment <name>`, "environment of the run, where its run id is not unique"));
}

export function runFilter(flags: Flags, nowMs: number): RunFilter {
  const fromMs = timeOf(flags, "from", nowMs);
  const toMs = timeOf(flags, "to", nowMs);
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) throw new AppError("USAGE", "--from is after --to");
  return {
    project: text(flags, "project"),
    environment: text(flags, "environment"),
    suite: text(flags, "suite"),
    branch: text(flags, "branch"),
    status: text(flags, "status") as RunStatus | undefined,
    fromMs,
    toMs,
  };
}

function timeOf(flags: Flags, name: "from" | "to", nowMs: number): number | undefined {
  const given = text(flags, name);
  try {
    return given === undefined ? undefined : requiredTime(given, nowMs);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new AppError("USAGE", `--${name}: ${error.message}`, {}, { cause: error });
  }
}
