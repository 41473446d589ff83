import type { Command } from "commander";
import { FORMATS } from "../formats/registry.ts";
import { type Cli, type Flags, jsonOption } from "./common.ts";
import { printDocument } from "./show.ts";
import { table } from "./table.ts";

export function registerFormats(program: Command, { io }: Cli): void {
  program
    .command("formats")
    .summary("list the report formats that are read")
    .description("Lists the report formats that are read, and the tools that write them.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  $ plumbline formats --json")
    .action((_own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      if (flags.json === true) {
        const formats = FORMATS.map(({ id, title, yields, tools, extensions, reads, notes }) => {
          return { id, title, yields, tools, extensions, reads, notes };
        });
        return printDocument(io, { formats });
      }
      io.stdout.write(
        table(
          [
            { title: "id", value: (format) => format.id },
            { title: "yields", value: (format) => format.yields },
            { title: "files", value: (format) => format.extensions.map((extension) => `.${extension}`).join(" ") },
            { title: "written by", value: (format) => format.tools.join(", ") },
          ],
          FORMATS,
        ),
      );
    });
}
