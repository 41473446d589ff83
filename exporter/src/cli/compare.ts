/** `plumbline compare`: one run, or several, against others. */
import { type Command, Option } from "commander";
import { compareRuns } from "../analysis/compare-runs.ts";
import type { Config } from "../config/schema.ts";
import { formatLimits } from "../config/settings.ts";
import { AppError } from "../errors.ts";
import { FORMATS } from "../formats/registry.ts";
import { runnerClass } from "../model/runner.ts";
import { withAccess } from "./access.ts";
import { type Cli, type Flags, loadedConfig, text } from "./common.ts";
import { operandOf, readSides, type Side, type SideOptions } from "./compare-sides.ts";
import { type Compared, comparisonDocument, comparisonMarkdown, comparisonText } from "./compare-text.ts";
import { resolveContext } from "./context.ts";
import { targetOptions } from "./filter.ts";
import { clean } from "./io.ts";
import { readMeasured } from "./measured-report.ts";
import { reportChunks } from "./report-file.ts";
import { printDocument } from "./show.ts";

export function registerCompare(program: Command, cli: Cli): void {
  targetOptions(
    program.command("compare").summary("benchmarks and load tests of a run against another, value by value"),
  )
    .description(
      "Compares what B measured with what A did: benchmarks, load tests and named measures of the same name, statistic and kind of " +
        "machine, by the limits in 'comparison' of the configuration. Of several runs the mean counts. Where both sides kept single " +
        "results, a change that they do not bear out is within noise. What only one side has is listed.",
    )
    .argument("<A>", "baseline: a run id or uuid, last:N@branch, baseline:NAME, or a report file, folder or pattern")
    .argument("<B>", "what is compared with it: the same")
    .addOption(new Option("--project <name>", "project of runs and baselines, where that is not clear"))
    .addOption(new Option("--environment <name>", "environment of runs and baselines, where that is not clear"))
    .addOption(new Option("--suite <name>", "only this suite of stored runs"))
    .addOption(
      new Option("--format <id>", "read report files as this format instead of recognising it").choices(
        FORMATS.map(({ id }) => id),
      ),
    )
    .addOption(
      new Option(
        "--runner-class <name>",
        "kind of machine that report files were measured on (default: what they say, else this host)",
      ),
    )
    .addOption(new Option("--all", "statistics without limits as well, such as minima"))
    .addOption(new Option("--markdown", "print Markdown, for a pull request").conflicts("json"))
    .addOption(
      new Option("--fail-on <verdict>", "exit 1 from this verdict on, and when nothing could be compared").choices([
        "warning",
        "critical",
      ]),
    )
    .addOption(new Option("--strict", "with --fail-on: what B lacks, is insufficient or not whole fails as well"))
    .addHelpText(
      "after",
      `
last:N are the newest runs that ended well and measured the same; last:N alone is on the default branch.
A file of that name wins over a run; run:ID means the run.

Examples:
  $ plumbline compare last:10@main 123456-1 --project shop --fail-on critical
  $ plumbline compare baseline:v1.4 last:1@main --markdown
  $ plumbline compare before.json after.json`,
    )
    .action((a: string, b: string, _own: unknown, command: Command) => run(cli, [a, b], command.optsWithGlobals()));
}

async function run(cli: Cli, given: readonly [string, string], flags: Flags): Promise<void> {
  const { io } = cli;
  if (flags.strict === true && flags.failOn === undefined)
    throw new AppError("USAGE", "--strict belongs to --fail-on", {}, { hint: "such as --fail-on warning --strict" });
  const { config } = await loadedConfig(flags, io);
  const [baseline, current] = await sidesOf(cli, config, given, flags);
  const valuesOf = ({ sources }: Side) => sources.map(({ values }) => values);
  const found = compareRuns(valuesOf(baseline), valuesOf(current), config.comparison);
  const of: Compared = { baseline, current, found, all: flags.all === true };
  for (const side of [baseline, current])
    for (const { run: stored, file, notWhole } of side.sources)
      if (notWhole !== undefined)
        io.stderr.write(`${clean(stored?.runId ?? file?.name ?? side.given)}: WARNING: ${clean(notWhole)}\n`);
  if (flags.json === true) printDocument(io, comparisonDocument(of));
  else io.stdout.write(flags.markdown === true ? comparisonMarkdown(of) : comparisonText(io, of));
  if (fails(of, flags)) cli.exit(1);
}

function fails({ baseline, current, found }: Compared, flags: Flags): boolean {
  const failOn = text(flags, "failOn");
  if (failOn === undefined) return false;
  const { insufficient, missing, otherMachine } = found.counts;
  const isWhole = [baseline, current].every(({ sources }) => sources.every(({ notWhole }) => notWhole === undefined));
  if (flags.strict === true && (insufficient + missing + otherMachine > 0 || !isWhole)) return true;
  // What nobody knows is not passed.
  return found.verdict !== "ok" && (found.verdict !== "warning" || failOn === "warning");
}

async function sidesOf(
  cli: Cli,
  config: Config,
  given: readonly [string, string],
  flags: Flags,
): Promise<readonly [Side, Side]> {
  const { io } = cli;
  const { context } = resolveContext(flags, io.env, io.now().getTime());
  const limits = formatLimits(config);
  const options: SideOptions = {
    config,
    within: { project: text(flags, "project"), environment: text(flags, "environment") },
    suite: text(flags, "suite"),
    home: { project: context.project ?? config.project, environment: context.environment ?? config.environment },
    readFile: (input) =>
      readMeasured(
        { name: input.name, chunks: reportChunks(io, input) },
        {
          limits,
          format: text(flags, "format"),
          stated: context.runnerClass ?? config.runnerClass,
          host: runnerClass(io.host()),
          warn: ({ code, message, line }) =>
            io.stderr.write(
              `${clean(input.name)}${line === undefined ? "" : `:${line}`}: WARNING: ${code}: ${clean(message)}\n`,
            ),
        },
      ),
  };
  const a = await operandOf(io, given[0]);
  const b = await operandOf(io, given[1]);
  if (a.kind === "files" && b.kind === "files") return readSides(a, b, undefined, options);
  return withAccess(cli, flags, (access) => readSides(a, b, access, options));
}
