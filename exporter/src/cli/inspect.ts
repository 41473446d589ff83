import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Config } from "../config/schema.ts";
import { formatLimits } from "../config/settings.ts";
import { type AppError, atPlace, serializeError, toAppError } from "../errors.ts";
import type { InspectDocument } from "../formats/inspect.ts";
import { FORMATS } from "../formats/registry.ts";
import { createClassifier } from "../model/error-type.ts";
import { type Cli, type Flags, jsonOption, loadedConfig, text } from "./common.ts";
import { printError } from "./fail.ts";
import { expandReports } from "./folder-reports.ts";
import type { Input } from "./inputs.ts";
import { contentOf, describe, verdictOf } from "./inspect-text.ts";
import { type CliIo, clean, painter } from "./io.ts";
import { reportChunks } from "./report-file.ts";
import { duration } from "./show.ts";
import { table } from "./table.ts";

export function registerInspect(program: Command, cli: Cli): void {
  const { io } = cli;
  program
    .command("inspect")
    .summary("read reports and show what is in them, without storing them")
    .description(
      "Reads one report (plain or gzip; - is standard input) and shows what Plumbline understands of it. Of a folder or a " +
        "pattern it reads every file and shows a line for each; what is refused is named, and the exit status is 2. With --json a " +
        "folder or pattern gives one document a line (NDJSON), each as of a single report with its `file` before it; " +
        'what is refused has the kind "refused" and its `error`.',
    )
    .argument("<file>", "report, folder, pattern (quote it), or - for standard input")
    .addOption(jsonOption())
    .addOption(
      new Option("--format <id>", "read it as this format instead of recognising it").choices(
        FORMATS.map(({ id }) => id),
      ),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ plumbline inspect target/surefire-reports/TEST-shop.CartTest.xml
  $ plumbline inspect build/reports/
  $ go test -json ./... | plumbline inspect - --json`,
    )
    .action(async (file: string, _own: unknown, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const { config } = await loadedConfig(flags, io);
      const { files, errors } = await expandReports(io, [file]);
      if (errors[0] !== undefined) throw errors[0];
      const read = reader(io, config, text(flags, "format"));
      const [input] = files;
      const isNamed = input?.path === undefined || (input.path === resolve(io.cwd, file) && input.files === undefined);
      if (input !== undefined && files.length === 1) {
        const document = await read(input);
        const shown = isNamed ? document : { file: input.name, ...document };
        if (flags.json === true) io.stdout.write(`${JSON.stringify(shown)}\n`);
        else io.stdout.write(describe(document, painter(io, io.stdout)));
        printWarnings(io, input, document);
        return;
      }
      const refused = flags.json === true ? await listJson(io, files, read) : await listText(io, files, read);
      if (refused) cli.exit(2);
    });
}

type Read = (input: Input) => Promise<InspectDocument>;

function reader(io: CliIo, config: Config, format: string | undefined): Read {
  const classify = createClassifier(config.errorTypes);
  return async (input) => {
    const { inspectReport } = await import("../formats/inspect.ts");
    const source = { name: input.name, chunks: reportChunks(io, input) };
    return inspectReport(source, formatLimits(config), format, classify).catch((error: unknown) => {
      throw atPlace(toAppError(error), { file: input.name });
    });
  };
}

/** One document a line, as soon as it is read. */
async function listJson(io: CliIo, files: readonly Input[], read: Read): Promise<boolean> {
  let refused = false;
  for (const input of files) {
    const line = await read(input).then(
      (document) => ({ file: input.name, ...document }),
      (thrown: unknown) => {
        refused = true;
        const { code, message, place, hint } = serializeError(toAppError(thrown));
        const { line = null, column = null } = place;
        return { file: input.name, kind: "refused", error: { code, message, line, column, hint } };
      },
    );
    io.stdout.write(`${JSON.stringify(line)}\n`);
  }
  return refused;
}

interface Row {
  readonly input: Input;
  readonly document: InspectDocument;
}

async function listText(io: CliIo, files: readonly Input[], read: Read): Promise<boolean> {
  const rows: Row[] = [];
  const errors: AppError[] = [];
  for (const input of files) {
    try {
      rows.push({ input, document: await read(input) });
    } catch (thrown) {
      errors.push(toAppError(thrown));
    }
  }
  if (rows.length > 0) io.stdout.write(listOf(io, rows));
  io.stdout.write(`${files.length} files: ${rows.length} read, ${errors.length} refused\n`);
  for (const error of errors) printError(io, error);
  return errors.length > 0;
}

function listOf(io: CliIo, rows: readonly Row[]): string {
  const paint = painter(io, io.stdout);
  const counts = ({ document }: Row) => (document.kind === "test-run" ? document.summary : undefined);
  return table<Row>(
    [
      { title: "file", max: 70, value: ({ input }) => input.name },
      { title: "format", value: ({ document }) => document.format },
      {
        title: "result",
        value: ({ document }) => verdictOf(document).text,
        paint: (text, { document }) => paint(verdictOf(document).color, text),
      },
      { title: "holds", value: ({ document }) => contentOf(document) },
      { title: "failed", align: "right", value: (row) => counts(row)?.failed },
      { title: "errored", align: "right", value: (row) => counts(row)?.errored },
      { title: "skipped", align: "right", value: (row) => counts(row)?.skipped },
      { title: "time", align: "right", value: (row) => duration(counts(row)?.durationSeconds) },
      {
        title: "warnings",
        align: "right",
        value: ({ document }) => document.warnings.length,
        paint: (text, { document }) => (document.warnings.length > 0 ? paint("yellow", text) : text),
      },
    ],
    rows,
  );
}

function printWarnings(io: CliIo, input: Input, document: InspectDocument): void {
  const paint = painter(io, io.stderr);
  for (const { code, message, line } of document.warnings) {
    const place = line === undefined ? clean(input.name) : `${clean(input.name)}:${line}`;
    io.stderr.write(`${place}: ${paint("yellow", `WARNING: ${code}`)}: ${clean(message)}\n`);
  }
}
