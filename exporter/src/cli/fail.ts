/**
 * How a failed command looks: one line per problem with its hint, no stack unless it was asked for. A terminal gets the hint on
 * a line of its own; a log keeps one line per problem, so that it can be counted and searched.
 */
import { CommanderError } from "commander";
import { ConfigError, formatProblem } from "../config/load.ts";
import { AppError, formatError, formatPlace, toAppError } from "../errors.ts";
import { type CliIo, painter } from "./io.ts";

/** What commander refuses, as USAGE; undefined when nothing failed (help, version). */
export function usageError(error: CommanderError): AppError | undefined {
  if (error.exitCode === 0) return undefined;
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const near = rest.join(" ").match(/\(Did you mean (.+)\?\)/)?.[1];
  const options = near === undefined ? {} : { hint: `did you mean ${near}?` };
  return new AppError("USAGE", first === "(outputHelp)" ? "a command is needed" : first, {}, options);
}

/** Prints it and returns the exit status. */
export function printFailure(io: CliIo, thrown: unknown, options: { debug: boolean }): number {
  const usage = thrown instanceof CommanderError ? usageError(thrown) : undefined;
  if (thrown instanceof CommanderError && usage === undefined) return 0;
  const error = usage ?? toAppError(thrown);
  printError(io, error);
  if (options.debug) {
    for (let cause: unknown = thrown; cause instanceof Error; cause = cause.cause) {
      io.stderr.write(`${cause.stack ?? cause.message}\n`);
    }
  }
  return error.exitCode;
}

export function printError(io: CliIo, error: AppError): void {
  const paint = painter(io, io.stderr);
  if (error instanceof ConfigError) {
    for (const problem of error.problems) {
      const file = problem.file ?? error.place.file;
      const place = formatPlace({ file, line: problem.line, column: problem.column });
      io.stderr.write(`${place}: ${formatProblem(problem)}\n`);
    }
    const count = error.problems.length === 1 ? "1 problem" : `${error.problems.length} problems`;
    const summary = `${formatPlace({ file: error.place.file })}: ${error.code}: ${count}`;
    io.stderr.write(`${paint("red", summary)}\n`);
    return;
  }
  const line = paint("red", formatError(error));
  if (error.hint === "") io.stderr.write(`${line}\n`);
  else if (io.stderr.isTerminal) io.stderr.write(`${line}\n  ${paint("dim", `hint: ${error.hint}`)}\n`);
  else io.stderr.write(`${line} (hint: ${error.hint})\n`);
}
