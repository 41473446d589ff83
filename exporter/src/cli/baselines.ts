/** `plumbline baselines`: names for runs that others are compared with. */
import { type Command, Option } from "commander";
import { AppError } from "../errors.ts";
import type { Baseline } from "../model/baseline.ts";
import { type Access, findRun, type Within, withAccess } from "./access.ts";
import { type Cli, type Flags, text, wholeNumber } from "./common.ts";
import { targetOptions, withinOptions } from "./filter.ts";
import { clean } from "./io.ts";
import { instant, printDocument } from "./show.ts";
import { table } from "./table.ts";

export function registerBaselines(program: Command, cli: Cli): void {
  const { io } = cli;
  const baselines = program
    .command("baselines")
    .summary("name runs to compare with: save, list, delete")
    .description(
      "Names for runs, for 'plumbline compare baseline:NAME RUN'. A name stands for one run of its project and environment; a run is not " +
        "deleted as long as it has one.",
    );

  withinOptions(targetOptions(baselines.command("save").summary("give a run a name")))
    .description("Names a run. A name that another run of its project and environment had goes over to this one.")
    .argument("<name>", "such as a release")
    .addOption(new Option("--run <id>", "uuid of the run, or its run id where that is unique").makeOptionMandatory())
    .addHelpText("after", "\nExamples:\n  $ plumbline baselines save v1.4 --run 123456-1 --project shop")
    .action(async (name: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const saved = await withAccess(cli, flags, async (access) => {
        const run = await findRun(access, text(flags, "run") ?? "", withinOf(flags));
        await access.saveBaseline(name, run);
        const { project, environment } = run;
        return findBaseline(access, name, { project, environment });
      });
      if (flags.json === true) printDocument(io, saved);
      else io.stdout.write(baselineTable([saved]));
    });

  targetOptions(baselines.command("list").summary("the one saved last first"))
    .description("Lists baselines with the runs they stand for.")
    .addOption(new Option("--project <name>", "only this project"))
    .addOption(new Option("--environment <name>", "only this environment"))
    .addOption(new Option("--limit <n>", "at most so many").default(100).argParser(wholeNumber(1, 1000)))
    .addOption(new Option("--cursor <cursor>", "continue where an answer with --json ended (nextCursor)"))
    .addHelpText("after", "\nExamples:\n  $ plumbline baselines list --project shop")
    .action(async (_own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const page = { limit: flags.limit as number, cursor: text(flags, "cursor") };
      const found = await withAccess(cli, flags, (access) => access.baselines(withinOf(flags), page));
      if (flags.json === true)
        return printDocument(io, { baselines: found.items, nextCursor: found.nextCursor ?? null });
      if (found.items.length === 0) io.stderr.write("no baseline\n");
      else io.stdout.write(baselineTable(found.items));
      if (found.nextCursor !== undefined) io.stderr.write("there are more; raise --limit or narrow the filter\n");
    });

  withinOptions(targetOptions(baselines.command("delete").summary("take a name away; the run stays")))
    .description("Takes a name away. Its run stays, and may then be deleted.")
    .argument("<name>", "see 'plumbline baselines list'")
    .addHelpText("after", "\nExamples:\n  $ plumbline baselines delete v1.4 --project shop")
    .action(async (name: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const gone = await withAccess(cli, flags, async (access) => {
        const found = await findBaseline(access, name, withinOf(flags));
        await access.deleteBaseline(found);
        return found;
      });
      if (flags.json === true) printDocument(io, gone);
      else io.stdout.write(`deleted baseline ${clean(placeOf(gone))}; run ${clean(gone.run.runId)} stays\n`);
    });
}

const withinOf = (flags: Flags): Within => ({
  project: text(flags, "project"),
  environment: text(flags, "environment"),
});

/**
 * The one of that name; `near` decides between several where the flags do not. Throws NOT_FOUND, and REQUEST_INVALID with the
 * candidates when several are left.
 */
export async function findBaseline(access: Access, name: string, within: Within, near?: Within): Promise<Baseline> {
  const { items } = await access.baselines({ ...within, name }, { limit: 1000 });
  if (items.length === 0) {
    const place = [within.project, within.environment].filter((one) => one !== undefined).join("/");
    const hint = "'plumbline baselines list' shows what there is";
    throw new AppError("NOT_FOUND", `no baseline "${name}"${place === "" ? "" : ` in ${place}`}`, {}, { hint });
  }
  const [found, other] =
    items.length === 1
      ? items
      : items.filter(({ project, environment }) => project === near?.project && environment === near?.environment);
  if (found !== undefined && other === undefined) return found;
  const names = items.slice(0, 5).map(({ project, environment }) => `${project}/${environment}`);
  const hint = "name its --project and --environment";
  throw new AppError(
    "REQUEST_INVALID",
    `there are ${items.length} baselines "${name}": ${names.join(", ")}${items.length > names.length ? ", …" : ""}`,
    {},
    { hint },
  );
}

const placeOf = ({ project, environment, name }: Baseline): string => `${project}/${environment} ${name}`;

function baselineTable(items: readonly Baseline[]): string {
  return table<Baseline>(
    [
      { title: "name", max: 40, value: ({ name }) => name },
      { title: "project", max: 30, value: ({ project }) => project },
      { title: "env", max: 20, value: ({ environment }) => environment },
      { title: "run id", max: 40, value: ({ run }) => run.runId },
      { title: "branch", max: 24, value: ({ run }) => run.branch },
      { title: "commit", max: 12, value: ({ run }) => run.commit },
      { title: "ended", value: ({ run }) => instant(run.endedAtMs) },
      { title: "saved", value: ({ savedAtMs }) => instant(savedAtMs) },
    ],
    items,
  );
}
