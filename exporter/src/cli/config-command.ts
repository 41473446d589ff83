import type { Command } from "commander";
import { stringify } from "yaml";
import { configNotes } from "../config/notes.ts";
import { configJsonSchema } from "../config/reference.ts";
import { type Cli, type Flags, jsonOption, loadedConfig } from "./common.ts";
import { clean, painter } from "./io.ts";
import { printDocument } from "./show.ts";

export function registerConfig(program: Command, { io }: Cli): void {
  const config = program
    .command("config")
    .summary("check, show and describe the configuration")
    .description("Configuration.");

  config
    .command("check")
    .summary("validate the configuration and exit")
    .description(
      "Validates the configuration and reports every problem with its place. Exits with 2 when there is one.",
    )
    .addHelpText("after", "\nExamples:\n  $ plumbline config check --config.file plumbline.yml")
    .action(async (_own, command: Command) => {
      const { path, config: values } = await loadedConfig(command.optsWithGlobals(), io);
      for (const note of configNotes(values, io.now().getTime()))
        io.stderr.write(`${painter(io, io.stderr)("yellow", "WARNING")}: ${clean(note)}\n`);
      io.stdout.write(path === undefined ? "no configuration file: the defaults are used\n" : `${path}: valid\n`);
    });

  config
    .command("show")
    .summary("print the configuration with all defaults filled in")
    .description("Prints the configuration that is in effect, defaults filled in, as YAML.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  $ plumbline config show > plumbline.yml")
    .action(async (_own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const { config: values } = await loadedConfig(flags, io);
      if (flags.json === true) printDocument(io, values);
      else io.stdout.write(stringify(values));
    });

  config
    .command("schema")
    .summary("print the JSON Schema of the configuration")
    .description("Prints the JSON Schema (draft 2020-12) of the configuration, for editors.")
    .addHelpText("after", "\nExamples:\n  $ plumbline config schema > config.schema.json")
    .action(() => {
      io.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    });
}
