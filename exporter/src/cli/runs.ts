import { createInterface } from "node:readline/promises";
import { type Command, Option } from "commander";
import { AppError } from "../errors.ts";
import type { CaseRecord, RunDetail, RunSummary } from "../model/run.ts";
import { totalOf } from "../model/test.ts";
import { findRun, type Within, withAccess } from "./access.ts";
import { type Cli, type Flags, text, wholeNumber } from "./common.ts";
import { filterOptions, runFilter, targetOptions, withinOptions } from "./filter.ts";
import { clean, painter } from "./io.ts";
import { loadTable, valueTable } from "./measured-tables.ts";
import { resultLines } from "./result-lines.ts";
import { duration, fields, instant, passRate, printDocument, runTable, statusColor } from "./show.ts";
import { table } from "./table.ts";

const RUN = "uuid of the run, or its run id where that is unique";

export function registerRuns(program: Command, cli: Cli): void {
  const { io } = cli;
  const runs = program.command("runs").summary("list, show and change stored runs").description("Stored runs.");

  filterOptions(runs.command("list").summary("newest runs first"))
    .description("Lists runs, the newest end first.")
    .addOption(new Option("--limit <n>", "at most so many").default(20).argParser(wholeNumber(1, 1000)))
    .addOption(new Option("--cursor <cursor>", "continue where an answer with --json ended (nextCursor)"))
    .addHelpText("after", "\nExamples:\n  $ plumbline runs list --branch main --status failed --from -7d")
    .action((_own, command: Command) => list(cli, command.optsWithGlobals()));

  withinOptions(
    targetOptions(runs.command("show").summary("one run with suites, failures, measured values and warnings")),
  )
    .description(
      "Shows one run: suites, failing tests, load results, benchmarks and measures, parts and warnings. With --json, all of it.",
    )
    .argument("<run>", RUN)
    .addHelpText("after", "\nExamples:\n  $ plumbline runs show 123456-2 --project shop")
    .action((id: string, _own, command: Command) => show(cli, id, command.optsWithGlobals()));

  withinOptions(targetOptions(runs.command("delete").summary("delete runs and their results")))
    .description("Deletes runs and their results. Counters keep what the runs added: they never decrease.")
    .argument("<runs...>", RUN)
    .addOption(new Option("--yes", "do not ask"))
    .addHelpText("after", "\nExamples:\n  $ plumbline runs delete --yes 123456-2")
    .action((ids: string[], _own, command: Command) => remove(cli, ids, command.optsWithGlobals()));

  withinOptions(
    targetOptions(runs.command("move").summary("give a run another project, environment or run id")),
    "from-",
  )
    .description("Gives a run another project, environment or run id. Counters stay where they are.")
    .argument("<run>", RUN)
    .addOption(new Option("--project <name>", "its new project"))
    .addOption(new Option("--environment <name>", "its new environment"))
    .addOption(new Option("--run-id <id>", "its new run id"))
    .addHelpText("after", "\nExamples:\n  $ plumbline runs move 123456-2 --environment staging")
    .action(async (id: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const to = {
        ...optional("project", text(flags, "project")),
        ...optional("environment", text(flags, "environment")),
        ...optional("runId", text(flags, "runId")),
      };
      if (Object.keys(to).length === 0) {
        throw new AppError("USAGE", "nothing to change", {}, { hint: "name --project, --environment or --run-id" });
      }
      const run = await withAccess(cli, flags, async (access) => {
        const from = { project: text(flags, "fromProject"), environment: text(flags, "fromEnvironment") };
        return access.move(await findRun(access, id, from), to);
      });
      printRun(cli, run, flags);
    });

  withinOptions(targetOptions(runs.command("finish").summary("complete a run whose parts are all in")))
    .description("Completes a run now instead of after its quiet time, and counts it.")
    .argument("<run>", RUN)
    .addOption(new Option("--state <state>", "how it ended, when not well").choices(["cancelled", "partial"]))
    .addHelpText("after", "\nExamples:\n  $ plumbline runs finish 123456-2 --server http://localhost:10970")
    .action(async (id: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const state = text(flags, "state") as "cancelled" | "partial" | undefined;
      const run = await withAccess(cli, flags, async (access) =>
        access.finish(await findRun(access, id, withinOf(flags)), state),
      );
      printRun(cli, run, flags);
    });

  async function list(_: Cli, flags: Flags): Promise<void> {
    const filter = runFilter(flags, io.now().getTime());
    const page = { limit: flags.limit as number, cursor: text(flags, "cursor") };
    const found = await withAccess(cli, flags, (access) => access.runs(filter, page));
    if (flags.json === true) return printDocument(io, { runs: found.items, nextCursor: found.nextCursor ?? null });
    if (found.items.length === 0) io.stderr.write("no run matches\n");
    else io.stdout.write(runTable(io, found.items));
    if (found.nextCursor !== undefined) io.stderr.write("there are more; raise --limit or narrow the filter\n");
  }
}

function withinOf(flags: Flags): Within {
  return { project: text(flags, "project"), environment: text(flags, "environment") };
}

function printRun({ io }: Cli, run: RunSummary, flags: Flags): void {
  if (flags.json === true) printDocument(io, run);
  else io.stdout.write(runTable(io, [run]));
}

const SHOWN_FAILURES = 50;
const SHOWN_VALUES = 30;

async function show({ io, ...rest }: Cli, id: string, flags: Flags): Promise<void> {
  const [run, failures] = await withAccess({ io, ...rest }, flags, async (access) => {
    const found = await findRun(access, id, withinOf(flags));
    const filter = { outcome: ["failed", "errored"] as const, finalOnly: true };
    return [found, await access.cases(found.id, filter, { limit: SHOWN_FAILURES })] as const;
  });
  if (flags.json === true) return printDocument(io, { ...run, failures: failures.items });
  const paint = painter(io, io.stdout);
  io.stdout.write(`${paint("bold", clean(run.runId))} ${paint(statusColor(run.status), run.status)}\n`);
  io.stdout.write(runFields(run));
  // Who only measured has no tests to count.
  if (totalOf(run.counts) > 0 || run.measures.length + run.loadResults.length === 0) {
    io.stdout.write(
      resultLines({
        counts: run.counts,
        durationSeconds: run.durationSeconds,
        failures: failures.items.map(({ name, file, line }) => ({ test: name, file, line })),
        lineRatio: undefined,
        branchRatio: undefined,
      }),
    );
  }
  io.stdout.write(`\n${suiteTable(run)}`);
  if (failures.items.length > 0) {
    io.stdout.write(`\n${failures.items.map((one) => `${paint("red", one.outcome)} ${failureLine(one)}\n`).join("")}`);
  }
  if (failures.nextCursor !== undefined) io.stdout.write(`… the first ${SHOWN_FAILURES}\n`);
  io.stdout.write(loadTable(run.loadResults, SHOWN_VALUES, run.suites.length > 1));
  io.stdout.write(valueTable(run.measures, SHOWN_VALUES));
  for (const part of run.parts) {
    for (const { code, message, line } of part.warnings) {
      const place = line === undefined ? part.source : `${part.source}:${line}`;
      io.stderr.write(`${clean(place)}: WARNING: ${code}: ${clean(message)}\n`);
    }
  }
}

function runFields(run: RunDetail): string {
  const expected = run.partsExpected === undefined ? "" : ` of ${run.partsExpected}`;
  return fields({
    id: run.id,
    project: run.project,
    environment: run.environment,
    branch: run.branch === run.branchLabel ? run.branch : `${run.branch ?? "-"} (${run.branchLabel})`,
    commit: run.commit,
    executor: run.executor,
    framework: run.framework,
    started: instant(run.startedAtMs),
    ended: instant(run.endedAtMs),
    parts: `${run.partsReceived}${expected}: ${run.parts.map(({ name }) => name).join(", ")}`,
    flaky: run.flaky > 0 ? run.flaky : undefined,
    url: run.runUrl,
  });
}

function suiteTable(run: RunDetail): string {
  return table(
    [
      { title: "suite", max: 50, value: (suite) => suite.suite },
      { title: "status", value: (suite) => suite.status },
      { title: "passed", align: "right", value: (suite) => suite.counts.passed },
      { title: "failed", align: "right", value: (suite) => suite.counts.failed },
      { title: "errored", align: "right", value: (suite) => suite.counts.errored },
      { title: "skipped", align: "right", value: (suite) => suite.counts.skipped },
      { title: "pass", align: "right", value: (suite) => passRate(suite.counts) },
      { title: "time", align: "right", value: (suite) => duration(suite.durationSeconds) },
    ],
    run.suiteResults,
  );
}

function failureLine({ path, name, file, line, message }: CaseRecord): string {
  const place = file === undefined ? "" : ` (${file}${line === undefined ? "" : `:${line}`})`;
  const first = message?.split("\n", 1)[0] ?? "";
  return clean(`${[...path, name].join(" > ")}${place}${first === "" ? "" : `: ${first}`}`);
}

async function remove(cli: Cli, ids: readonly string[], flags: Flags): Promise<void> {
  const { io } = cli;
  await withAccess(cli, flags, async (access) => {
    // All are looked up before the first is deleted: a wrong name among them changes nothing.
    const runs: RunDetail[] = [];
    for (const id of ids) runs.push(await findRun(access, id, withinOf(flags)));
    if (flags.yes !== true) await confirm(cli, runs);
    for (const run of runs) await access.remove(run);
    if (flags.json === true) {
      printDocument(io, {
        deleted: runs.map(({ id, project, environment, runId }) => ({ id, project, environment, runId })),
      });
    } else for (const run of runs) io.stdout.write(`deleted ${nameOf(run)}\n`);
  });
}

const nameOf = (run: RunSummary): string => clean(`${run.project}/${run.environment} ${run.runId}`);

async function confirm({ io }: Cli, runs: readonly RunDetail[]): Promise<void> {
  const refused = (why: string) => new AppError("USAGE", why, {}, { hint: "add --yes to delete without asking" });
  if (io.stdin.isTTY !== true || !io.stderr.isTerminal) throw refused("delete asks first, and this is no terminal");
  for (const run of runs) io.stderr.write(`${nameOf(run)}, ended ${instant(run.endedAtMs)}\n`);
  const prompt = createInterface({ input: io.stdin });
  io.stderr.write(`delete ${runs.length === 1 ? "this run" : `these ${runs.length} runs`}? [y/N] `);
  try {
    const answer = await Promise.race([
      prompt.question(""),
      new Promise<string>((resolve) => prompt.once("close", () => resolve(""))),
    ]);
    if (!/^y(es)?$/i.test(answer.trim())) throw refused("nothing was deleted");
  } finally {
    prompt.close();
  }
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}
