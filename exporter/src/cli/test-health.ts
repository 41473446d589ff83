/** `plumbline flaky` and `plumbline defects`: tests that cannot be trusted, and those that found something. */
import { type Command, Option } from "commander";
import { FLAKY_SETTINGS, FLAKY_STATES, type FlakyState } from "../analysis/outcomes/flaky.ts";
import { testTitle } from "../config/quarantine.ts";
import type { DefectTest, FlakyTest, SuiteHealth, TestPlace } from "../reports/test-health.ts";
import { withAccess } from "./access.ts";
import { type Cli, type Flags, text, wholeNumber } from "./common.ts";
import { targetOptions } from "./filter.ts";
import { type CliIo, type Color, clean, painter } from "./io.ts";
import { instant, printDocument } from "./show.ts";
import { type Column, table } from "./table.ts";

export function registerTestHealth(program: Command, cli: Cli): void {
  healthOptions(program.command("flaky").summary("tests that pass and fail without a change, or fail now"))
    .description(
      "Lists tests that were seen flaky, broken or failing over the newest runs of their suite, the worst first, and those in " +
        "quarantine. How it is decided: docs/outcomes.md.",
    )
    .addOption(new Option("--state <state>", "only these").choices(FLAKY_STATES))
    .addOption(new Option("--all", "every test that ever failed in these runs").conflicts("state"))
    .addHelpText("after", "\nExamples:\n  $ plumbline flaky --project shop --branch main")
    .action((_own, command: Command) => flaky(cli, command.optsWithGlobals()));

  healthOptions(program.command("defects").summary("failing tests as defects: confirmed or suspected, since when"))
    .description(
      "Lists tests whose newest run failed. Confirmed: the last three runs failed with one signature, and the version before " +
        "the first of the failures was clean; else suspected, with the doubts. See docs/outcomes.md.",
    )
    .addHelpText("after", "\nExamples:\n  $ plumbline defects --project shop")
    .action((_own, command: Command) => defects(cli, command.optsWithGlobals()));
}

function healthOptions(command: Command): Command {
  const window = FLAKY_SETTINGS.window;
  return targetOptions(command)
    .addOption(new Option("--project <name>", "only this project"))
    .addOption(new Option("--environment <name>", "only this environment"))
    .addOption(new Option("--suite <name>", "only this suite"))
    .addOption(new Option("--branch <label>", "only this branch, as exposed in metrics; pull requests are not judged"))
    .addOption(new Option("--runs <n>", "newest runs of each suite").default(window).argParser(wholeNumber(1, 1000)))
    .addOption(new Option("--limit <n>", "at most so many tests").default(50).argParser(wholeNumber(1, 1000)));
}

const queryOf = (flags: Flags) => ({
  project: text(flags, "project"),
  environment: text(flags, "environment"),
  suite: text(flags, "suite"),
  branch: text(flags, "branch"),
  runs: flags.runs as number,
  limit: flags.limit as number,
});

async function flaky(cli: Cli, flags: Flags): Promise<void> {
  const { io } = cli;
  const state = text(flags, "state") as FlakyState | undefined;
  const states = flags.all === true ? FLAKY_STATES : state === undefined ? undefined : [state];
  const found = await withAccess(cli, flags, (access) => access.flaky({ ...queryOf(flags), states }));
  if (flags.json === true) return printDocument(io, found);
  if (found.tests.length === 0) io.stderr.write("no test to list\n");
  else io.stdout.write(table(flakyColumns(io), found.tests));
  notes(io, found.suites, found.more);
}

const COLORS: Readonly<Record<FlakyState, Color>> = {
  flaky: "yellow",
  broken: "red",
  failing: "red",
  new: "dim",
  stable: "green",
};

const flakyColumns = (io: CliIo): readonly Column<FlakyTest>[] => {
  const paint = painter(io, io.stdout);
  return [
    { title: "state", value: ({ state }) => state, paint: (shown, { state }) => paint(COLORS[state], shown) },
    { title: "score", align: "right", value: ({ score }) => score?.toFixed(2) },
    { title: "runs", align: "right", value: ({ runs }) => runs },
    { title: "failed", align: "right", value: ({ failures }) => failures },
    { title: "changes", align: "right", value: ({ transitions }) => transitions },
    { title: "retried", align: "right", value: ({ proofs }) => proofs.retries },
    { title: "one commit", align: "right", value: ({ proofs }) => proofs.sameCommit },
    { title: "last failure", value: ({ lastFailure }) => instant(lastFailure?.endedAtMs) },
    { title: "signature", value: ({ lastFailure }) => lastFailure?.signature },
    { title: "suite", max: 30, value: placeOf },
    { title: "test", max: 80, value: testTitle },
    { title: "quarantine", max: 60, value: quarantineOf },
  ];
};

async function defects(cli: Cli, flags: Flags): Promise<void> {
  const { io } = cli;
  const found = await withAccess(cli, flags, (access) => access.defects(queryOf(flags)));
  if (flags.json === true) return printDocument(io, found);
  if (found.defects.length === 0) io.stderr.write("no test fails in the newest run of its suite\n");
  else io.stdout.write(table(defectColumns(io), found.defects));
  notes(io, found.suites, found.more);
}

const defectColumns = (io: CliIo): readonly Column<DefectTest>[] => {
  const paint = painter(io, io.stdout);
  return [
    {
      title: "state",
      value: ({ state }) => state,
      paint: (shown, { state }) => paint(state === "confirmed" ? "red" : "yellow", shown),
    },
    { title: "failures", align: "right", value: ({ failures }) => failures },
    { title: "versions", max: 40, value: versionsOf },
    { title: "signature", value: ({ signature }) => signature },
    { title: "suite", max: 30, value: placeOf },
    { title: "test", max: 80, value: testTitle },
    { title: "doubts", max: 60, value: ({ doubts }) => doubts.join(", ") },
    { title: "quarantine", max: 60, value: quarantineOf },
  ];
};

/** Commits are as long as they like to be: twelve characters tell them apart. */
function versionsOf({ lastGood, firstBad }: DefectTest): string | undefined {
  if (lastGood === undefined && firstBad === undefined) return undefined;
  return `${lastGood?.slice(0, 12) ?? "?"}..${firstBad?.slice(0, 12) ?? "?"}`;
}

const placeOf = ({ project, suite, environment, branch }: TestPlace): string =>
  `${project}/${suite} (${branch}, ${environment})`;

function quarantineOf({ quarantine }: TestPlace): string | undefined {
  if (quarantine === undefined) return undefined;
  const { state, expires, owner } = quarantine;
  return `${state === "active" ? "until" : "expired"} ${expires}, ${owner}`;
}

function notes(io: CliIo, suites: readonly SuiteHealth[], more: number): void {
  if (more > 0) io.stderr.write(`there are ${more} more; raise --limit or narrow the filter\n`);
  for (const { project, suite, suspectRuns } of suites)
    for (const { runId, failed, executed, endedAtMs } of suspectRuns)
      io.stderr.write(
        `not counted: run ${clean(`${runId} of ${project}/${suite}`)} (${instant(endedAtMs)}), ${failed} of ${executed} ` +
          "failed: probably not the tests' doing\n",
      );
}
