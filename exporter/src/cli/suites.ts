/** `plumbline suites`: which there are, ending one that is over, giving one another name. */
import { type Command, Option } from "commander";
import type { KnownSuite } from "../model/store.ts";
import { type ChangedSuite, withAccess } from "./access.ts";
import { type Cli, type Flags, text } from "./common.ts";
import { targetOptions } from "./filter.ts";
import { type CliIo, clean, painter } from "./io.ts";
import { instant, printDocument } from "./show.ts";
import { table } from "./table.ts";

export function registerSuites(program: Command, cli: Cli): void {
  const { io } = cli;
  const suites = program
    .command("suites")
    .summary("suites: list, retire, rename")
    .description(
      "Suites as metrics show them. See docs/store.md for what Prometheus sees of a retired or renamed suite.",
    );

  targetOptions(suites.command("list").summary("by project and name"))
    .description("Lists suites that have series of their own, and those that were retired.")
    .addOption(new Option("--project <name>", "only this project"))
    .addHelpText("after", "\nExamples:\n  $ plumbline suites list --project shop")
    .action(async (_own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const found = await withAccess(cli, flags, (access) => access.suites({ project: text(flags, "project") }));
      if (flags.json === true) printDocument(io, { suites: found });
      else if (found.length === 0) io.stderr.write("no suite\n");
      else io.stdout.write(suiteTable(io, found));
    });

  suiteOptions(suites.command("retire").summary("end a suite's series and its missing-run alert"))
    .description(
      "Ends the series of a suite that is over, and what the configuration expects of it, so that nothing waits for its runs. Its runs " +
        "stay. A run of it that ends later brings it back; one of a pull request brings back its own counters only.",
    )
    .argument("<suite>", "see 'plumbline suites list'")
    .addHelpText("after", "\nExamples:\n  $ plumbline suites retire legacy-ui --project shop")
    .action(async (suite: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const done = await withAccess(cli, flags, (access) =>
        access.retireSuite({ suite, project: text(flags, "project") }),
      );
      if (flags.json === true) return printDocument(io, done);
      io.stdout.write(`retired ${clean(placeOf(done))}; its runs stay\n`);
    });

  suiteOptions(suites.command("rename").summary("give a suite another label; its history goes along"))
    .description(
      "Gives a suite another label in everything that is stored: runs, tests, series, deviations, counters. Reports that still come " +
        "under the old label are of the new one. The old series end, the new ones begin with the old values.",
    )
    .argument("<old>", "its label, see 'plumbline suites list'")
    .argument("<new>", "the new one; no suite may have it yet")
    .addHelpText("after", "\nExamples:\n  $ plumbline suites rename unit unit-tests --project shop")
    .action(async (suite: string, to: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const done = await withAccess(cli, flags, (access) =>
        access.renameSuite({ suite, project: text(flags, "project") }, to),
      );
      if (flags.json === true) return printDocument(io, done);
      io.stdout.write(`renamed ${clean(suite)} to ${clean(placeOf(done))}\n`);
      if (done.configured.length > 0)
        io.stderr.write(
          `the configuration names the old label: ${done.configured.join(", ")}; write ${clean(to)} there\n`,
        );
    });
}

const suiteOptions = (command: Command): Command =>
  targetOptions(command).addOption(
    new Option("--project <name>", "its project, where several have a suite of that name"),
  );

const placeOf = ({ project, suite }: ChangedSuite): string => `${project}/${suite}`;

function suiteTable(io: CliIo, items: readonly KnownSuite[]): string {
  const paint = painter(io, io.stdout);
  return table<KnownSuite>(
    [
      {
        title: "state",
        value: ({ retiredAtMs }) => (retiredAtMs === undefined ? "active" : "retired"),
        paint: (shown, { retiredAtMs }) => paint(retiredAtMs === undefined ? "green" : "dim", shown),
      },
      { title: "project", max: 30, value: ({ project }) => project },
      { title: "suite", max: 60, value: ({ suite }) => suite },
      { title: "last run", value: ({ lastRunAtMs }) => instant(lastRunAtMs) },
      { title: "retired", value: ({ retiredAtMs }) => instant(retiredAtMs) },
      { title: "formerly", max: 60, value: ({ formerNames }) => formerNames.join(", ") },
    ],
    items,
  );
}
