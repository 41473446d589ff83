/** `plumbline deviations`: what got worse, why it may have, and what was decided. */
import { type Command, Option } from "commander";
import type { AnalysisRecord } from "../analysis/deviations/record.ts";
import { AppError } from "../errors.ts";
import { DEVIATION_STATUSES, type Deviation, type DeviationDetail, type DeviationStatus } from "../model/deviation.ts";
import { seriesName } from "../model/series.ts";
import { parseTime, TIME_HELP } from "../server/time.ts";
import { withAccess } from "./access.ts";
import { type Cli, type Flags, text, wholeNumber } from "./common.ts";
import { targetOptions } from "./filter.ts";
import { type CliIo, clean, painter } from "./io.ts";
import { fields, instant, printDocument } from "./show.ts";
import { table } from "./table.ts";

export function registerDeviations(program: Command, cli: Cli): void {
  const { io } = cli;
  const deviations = program
    .command("deviations")
    .summary("confirmed changes for the worse: list, show, accept, acknowledge")
    .description(
      "Confirmed changes for the worse in benchmarks, load tests, measures and suites. See docs/detection.md.",
    );

  targetOptions(deviations.command("list").summary("the newest first"))
    .description("Lists deviations, the newest first; only open ones unless --status or --all.")
    .addOption(new Option("--project <name>", "only this project"))
    .addOption(new Option("--environment <name>", "only this environment"))
    .addOption(new Option("--suite <name>", "only this suite"))
    .addOption(new Option("--branch <name>", "only this branch, as exposed in metrics"))
    .addOption(new Option("--status <status>", "only these").choices(DEVIATION_STATUSES).default("open"))
    .addOption(new Option("--all", "whatever their status"))
    .addOption(new Option("--limit <n>", "at most so many").default(50).argParser(wholeNumber(1, 1000)))
    .addHelpText("after", "\nExamples:\n  $ plumbline deviations list --project shop")
    .action((_own, command: Command) => list(cli, command.optsWithGlobals()));

  targetOptions(deviations.command("show").summary("one with its analysis record"))
    .description("Shows a deviation: the sentence with its numbers, candidate causes, what to do.")
    .argument("<id>", "its id, see 'plumbline deviations list'")
    .addHelpText("after", "\nExamples:\n  $ plumbline deviations show 12")
    .action(async (id: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const found = await withAccess(cli, flags, (access) => access.deviation(id));
      if (flags.json === true) printDocument(io, found);
      else show(io, found);
    });

  targetOptions(deviations.command("accept").summary("the new level is the normal one"))
    .description("Takes the new level for the normal one: the history that the series is compared with begins there.")
    .argument("<id>", "its id")
    .addOption(new Option("--reason <text>", "why it is wanted; kept with it").makeOptionMandatory())
    .addHelpText("after", "\nExamples:\n  $ plumbline deviations accept 12 --reason 'TLS everywhere costs 8 ms'")
    .action((id: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      return decide(cli, id, flags, (access) => access.accept(id, text(flags, "reason") ?? ""));
    });

  targetOptions(deviations.command("ack").summary("somebody looks after it"))
    .description("Acknowledges a deviation: it does not alert until then, or until it becomes worse.")
    .argument("<id>", "its id")
    .addOption(new Option("--until <time>", `${TIME_HELP}, or +3d`).default("+7d"))
    .addOption(new Option("--by <name>", "who looks after it (default: env USER)"))
    .addOption(new Option("--reason <text>", "kept with it"))
    .addHelpText("after", "\nExamples:\n  $ plumbline deviations ack 12 --until +3d --reason 'fix is in review'")
    .action((id: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const nowMs = io.now().getTime();
      const untilMs = parseTime(text(flags, "until") ?? "", nowMs);
      if (untilMs === undefined || untilMs <= nowMs)
        throw new AppError("USAGE", `--until: expected a time to come (${TIME_HELP}, or +3d)`);
      const by = text(flags, "by") ?? io.env.USER;
      return decide(cli, id, flags, (access) => access.acknowledge(id, { untilMs, by, reason: text(flags, "reason") }));
    });
}

async function decide(
  cli: Cli,
  id: string,
  flags: Flags,
  work: (access: Parameters<Parameters<typeof withAccess>[2]>[0]) => Promise<void>,
): Promise<void> {
  const found = await withAccess(cli, flags, async (access) => {
    await work(access);
    return access.deviation(id);
  });
  if (flags.json === true) printDocument(cli.io, found);
  else cli.io.stdout.write(deviationTable(cli.io, [found]));
}

async function list(cli: Cli, flags: Flags): Promise<void> {
  const { io } = cli;
  const filter = {
    project: text(flags, "project"),
    environment: text(flags, "environment"),
    suite: text(flags, "suite"),
    branch: text(flags, "branch"),
    status: flags.all === true ? undefined : (text(flags, "status") as DeviationStatus),
  };
  const found = await withAccess(cli, flags, (access) => access.deviations(filter, { limit: flags.limit as number }));
  if (flags.json === true) return printDocument(io, { deviations: found.items, nextCursor: found.nextCursor ?? null });
  if (found.items.length === 0) io.stderr.write(`no ${filter.status ?? ""} deviation\n`.replace("  ", " "));
  else io.stdout.write(deviationTable(io, found.items));
  if (found.nextCursor !== undefined) io.stderr.write("there are more; raise --limit or narrow the filter\n");
}

function deviationTable(io: CliIo, items: readonly Deviation[]): string {
  const paint = painter(io, io.stdout);
  const nowMs = io.now().getTime();
  return table<Deviation>(
    [
      { title: "id", align: "right", value: ({ id }) => id },
      {
        title: "state",
        value: (one) => stateOf(one, nowMs),
        paint: (shown, { status, severity }) =>
          paint(status !== "open" ? "dim" : severity === "critical" ? "red" : "yellow", shown),
      },
      { title: "project", max: 20, value: ({ series }) => series.project },
      { title: "suite", max: 20, value: ({ series }) => series.suite },
      { title: "since", value: ({ sinceMs }) => instant(sinceMs) },
      { title: "what", value: ({ summary }) => summary },
    ],
    items,
  );
}

function stateOf({ status, severity, acknowledgedUntilMs }: Deviation, nowMs: number): string {
  if (status !== "open") return status;
  return (acknowledgedUntilMs ?? 0) > nowMs ? "acknowledged" : severity;
}

function show(io: CliIo, found: DeviationDetail): void {
  const paint = painter(io, io.stdout);
  const { series } = found;
  const record = found.record as AnalysisRecord | undefined;
  const state = stateOf(found, io.now().getTime());
  io.stdout.write(`${paint(found.severity === "critical" ? "red" : "yellow", state)} ${clean(found.summary)}\n\n`);
  io.stdout.write(
    fields({
      series: seriesName(series),
      project: series.project,
      suite: series.suite,
      environment: series.environment,
      branch: series.branch,
      runner: series.runnerClass,
      since: instant(found.sinceMs),
      run: found.sinceRun,
      ended: found.endedAtMs === undefined ? undefined : instant(found.endedAtMs),
      acknowledged:
        found.acknowledgedUntilMs === undefined
          ? undefined
          : `until ${instant(found.acknowledgedUntilMs)}${found.acknowledgedBy === undefined ? "" : ` by ${found.acknowledgedBy}`}`,
      reason: found.reason,
      scope: record?.impactScope,
      priority: record?.priority,
    }),
  );
  if (record === undefined) return;
  section(
    io,
    "candidate causes",
    record.candidateCauses.map(({ kind, evidence }) => `${kind}: ${evidence}`),
  );
  section(io, "changed with the same run", record.similar);
  section(io, "what to do", [...record.recommendedActions, ...record.followUps]);
}

function section(io: CliIo, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  const paint = painter(io, io.stdout);
  io.stdout.write(`\n${paint("bold", title)}\n${lines.map((line) => `  ${clean(line)}\n`).join("")}`);
}
