import { resolve } from "node:path";
import type { Command } from "commander";
import { type Cli, type Flags, jsonOption, loadedConfig, text } from "./common.ts";
import { writeFiles } from "./files.ts";
import { clean } from "./io.ts";
import { printDocument } from "./show.ts";

export function registerProvision(program: Command, { io }: Cli): void {
  program
    .command("provision")
    .summary("write dashboards, rules and Alertmanager configuration for your numbers")
    .description(
      "Writes what the stack around Plumbline needs (Grafana dashboards and provisioning, Prometheus configuration and " +
        "rules, Alertmanager configuration) for the numbers of the configuration. Files that would not change are left alone.",
    )
    .requiredOption("--out <folder>", "folder to write to; created when missing")
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  $ plumbline provision --config.file plumbline.yml --out ./stack")
    .action(async (_own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const { config } = await loadedConfig(flags, io);
      const { provisionFiles } = await import("./provision-files.ts");
      const out = text(flags, "out") ?? ".";
      const { written, unchanged } = await writeFiles(resolve(io.cwd, out), provisionFiles(config));
      if (flags.json === true) return printDocument(io, { folder: out, written, unchanged });
      for (const path of written) io.stdout.write(`${clean(`${out}/${path}`)}\n`);
      io.stderr.write(`${written.length} files written, ${unchanged.length} unchanged\n`);
    });
}
