import { basename } from "node:path";
import { type Command, Option } from "commander";
import { formatLimits } from "../config/settings.ts";
import { AppError, atPlace, toAppError } from "../errors.ts";
import type { CollectedReport } from "../formats/collect.ts";
import { FORMATS } from "../formats/registry.ts";
import type { StandardReport } from "../formats/standard-write.ts";
import type { Warning } from "../model/format.ts";
import { type Cli, type Flags, inCwd, loadedConfig, text } from "./common.ts";
import { writeFiles } from "./files.ts";
import { expandReports } from "./folder-reports.ts";
import { clean } from "./io.ts";
import { reportChunks } from "./report-file.ts";

export const TARGETS = ["ctrf", "standard", "junit"] as const;
type Target = (typeof TARGETS)[number];

export function registerConvert(program: Command, { io }: Cli): void {
  program
    .command("convert")
    .summary("write a test report in another format")
    .description(
      "Reads one test report of any format (plain or gzip, or a folder of Allure results; - is standard input) and writes it as CTRF, as JUnit XML, or as " +
        "the standard report, which names only the tests that failed. What the other format cannot say is left out.",
    )
    .argument("<file>", "report, folder of Allure results, or - for standard input")
    .addOption(new Option("--to <format>", "format to write").choices(TARGETS).makeOptionMandatory())
    .addOption(new Option("-o, --output <path>", "file to write instead of standard output"))
    .addOption(
      new Option("--format <id>", "read it as this format instead of recognising it").choices(
        FORMATS.filter(({ yields }) => yields === "tests").map(({ id }) => id),
      ),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ plumbline convert playwright.json --to junit -o junit.xml
  $ go test -json ./... | plumbline convert - --to ctrf -o ctrf-report.json
  $ plumbline convert allure-results/ --to standard`,
    )
    .action(async (file: string, _own: unknown, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const { config } = await loadedConfig(flags, io);
      const { files, errors } = await expandReports(io, [file]);
      if (errors[0] !== undefined) throw errors[0];
      const [input] = files;
      if (input === undefined || files.length > 1)
        throw new AppError("USAGE", `convert reads one report, and "${file}" means ${files.length}`);
      const { name } = input;
      const warnings: Warning[] = [];
      const { readReport, formatById } = await import("../formats/registry.ts");
      const { reportCollector } = await import("../formats/collect.ts");
      const sink = reportCollector((warning) => warnings.push(warning));
      const source = { name, chunks: reportChunks(io, input) };
      const format = await readReport(source, sink, formatLimits(config), text(flags, "format")).catch(
        (error: unknown) => {
          throw atPlace(toAppError(error), { file: name });
        },
      );
      const yields = formatById(format)?.yields;
      if (yields !== "tests") {
        const hint = "convert reads test reports; see 'plumbline formats'";
        throw new AppError("USAGE", `a ${format} report holds ${yields}, not tests`, { file: name }, { hint });
      }
      const written = await rendered(sink.result(), text(flags, "to") as Target, basename(name));
      const output = text(flags, "output");
      if (output === undefined) io.stdout.write(written);
      else await writeFiles(inCwd(io, "."), new Map([[output, written]]));
      for (const warning of warnings) {
        const line = warning.line === undefined ? "" : `:${warning.line}`;
        io.stderr.write(`${clean(name)}${line}: WARNING: ${warning.code}: ${clean(warning.message)}\n`);
      }
    });
}

/** The text of a report in another format; `fileName` names what has no name of its own. */
export async function rendered(report: CollectedReport, to: Target, fileName: string): Promise<string> {
  if (to === "junit") return (await import("../formats/junit-write.ts")).toJunitXml(report);
  if (to === "ctrf") return json((await import("../formats/ctrf-write.ts")).toCtrf(report));
  const { standardCollector, toStandardReport } = await import("../formats/standard-write.ts");
  const sink = standardCollector(report.meta.name ?? fileName);
  for (const result of report.cases) sink.case(result);
  if (report.coverage !== undefined) sink.coverage(report.coverage);
  sink.end(report.meta);
  return json(withState(toStandardReport(sink.result()), report));
}

/** A run that did not end well must not look like one that did: a partial report, or an error when nothing was run. */
function withState(standard: StandardReport, { meta, cases }: CollectedReport): object {
  if (meta.state === undefined) return standard;
  const message = meta.stateMessage ?? `the run is ${meta.state}`;
  const { summary, ...rest } = standard;
  if (cases.length === 0) {
    const partial = { tests_run_before_crash: 0, tests_passed: 0, tests_failed: 0 };
    return { ...rest, status: "error", error: { type: meta.state, message, partial_results: partial } };
  }
  return { ...rest, status: "partial", warning: message, results: { ...summary, incomplete: 0 } };
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
