/** Entry of the command line: `run` for tests, the process when started as a program. */
import type { Command } from "commander";
import type { Cli } from "./common.ts";
import { printFailure } from "./fail.ts";
import { type CliIo, processIo } from "./io.ts";
import { ownPackage } from "./package.ts";
import { buildProgram } from "./program.ts";

/** Runs one command line (without node and script) and returns its exit status. Never throws. */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  let status = 0;
  let program: Command | undefined;
  const exit = (next: number): void => {
    status = Math.max(status, next);
  };
  try {
    const cli: Cli = { io, version: ownPackage().version, exit };
    program = buildProgram(cli);
    await program.parseAsync([...argv], { from: "user" });
    return status;
  } catch (error) {
    return printFailure(io, error, { debug: program?.opts()["log.level"] === "debug" });
  }
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2), processIo());
