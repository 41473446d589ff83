import type { Command } from "commander";
import { type Cli, type Flags, jsonOption } from "./common.ts";
import { printDocument } from "./show.ts";

export function registerVersion(program: Command, { io, version }: Cli): void {
  program
    .command("version")
    .summary("print versions")
    .description("Prints the versions of Plumbline and of the Node.js that runs it.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  $ plumbline version --json")
    .action((_own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const platform = `${process.platform}-${process.arch}`;
      if (flags.json === true) printDocument(io, { version, node: process.version, platform });
      else io.stdout.write(`plumbline ${version} (Node.js ${process.version}, ${platform})\n`);
    });
}
