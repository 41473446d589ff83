/** `plumbline perf`: a performance cycle (R3) from the environment's baseline to its verdict. */
import { type Command, Option } from "commander";
import type { Config } from "../config/schema.ts";
import { AppError } from "../errors.ts";
import { readBuild } from "../performance/build.ts";
import {
  CYCLE_TRIGGERS,
  type Cycle,
  type CycleTrigger,
  findCycle,
  listCycles,
  saveCycle,
  slug,
  stampOf,
} from "../performance/cycle.ts";
import { hostReadings, hostSnapshot, prometheusReadings, type Reading } from "../performance/resources.ts";
import {
  type Cli,
  type Flags,
  inCwd,
  jsonOption,
  loadedConfig,
  serverOption,
  storeOption,
  text,
  wholeNumber,
} from "./common.ts";
import { clean, painter } from "./io.ts";
import { endCycle, printCycle } from "./perf-end.ts";
import { recordScenario } from "./perf-record.ts";
import { instant, printDocument } from "./show.ts";
import { table } from "./table.ts";

/** How long this host is watched for its baseline, when no Prometheus is configured. */
const HOST_BASELINE_SECONDS = 5;

export function registerPerf(program: Command, cli: Cli): void {
  const perf = program
    .command("perf")
    .summary("performance cycles: baseline, load results, verdict")
    .description(
      "A performance cycle: 'begin' verifies the build and takes the environment's baseline, 'record' reads what a load tool wrote " +
        "for one scenario and what the environment did meanwhile, 'end' compares it with the targets. Plumbline does not run the load.",
    );
  const cycleOption = () => new Option("--cycle <id>", "which cycle (default: the open one)");

  perf
    .command("begin")
    .summary("start a cycle: verify the build, take the baseline")
    .description("Starts a cycle. The build under test is read (performance.build) and compared with --build.")
    .addOption(new Option("--component <name>", "part of the product under load").makeOptionMandatory())
    .addOption(new Option("--project <name>", "project the results belong to"))
    .addOption(new Option("--environment <name>", "environment under load"))
    .addOption(new Option("--trigger <why>", "what started it").choices(CYCLE_TRIGGERS).default("manual"))
    .addOption(new Option("--build <version>", "version that should be deployed there"))
    .addOption(new Option("--force", "go on although the build is another, or cannot be read"))
    .addOption(
      new Option(
        "--baseline-seconds <n>",
        `watch this host so long (default: ${HOST_BASELINE_SECONDS}; with Prometheus: performance.baselineSeconds)`,
      ).argParser(wholeNumber(1, 86_400)),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  $ plumbline perf begin --component checkout --environment staging --build v42",
    )
    .action((_own, command: Command) => begin(cli, command.optsWithGlobals()));

  perf
    .command("record")
    .summary("add what a load tool wrote for one scenario")
    .description(
      "Keeps the raw files in the run folder (performance.folder/SCENARIO_DATE), reads them, takes the environment's figures of the " +
        "time of the load, and stores the results like 'ingest' does.",
    )
    .argument("<files...>", "what the tool wrote: files, folders, patterns (quote them)")
    .addOption(new Option("--scenario <name>", "such as load, spike or soak").makeOptionMandatory())
    .addOption(cycleOption())
    .addOption(new Option("--suite <name>", "suite label of the stored run (default: the component)"))
    .addOption(new Option("--branch <name>", "branch the build was made from"))
    .addOption(new Option("--commit <sha>", "revision of the build"))
    .addOption(storeOption())
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  $ plumbline perf record --scenario soak k6-points.json.gz")
    .action((files: string[], _own, command: Command) => recordScenario(cli, files, command.optsWithGlobals()));

  perf
    .command("end")
    .summary("compare with the targets and end the cycle")
    .description(
      "Compares every scenario with its targets, looks for degradation in its course and for saturated resources, and ends the cycle " +
        "as done (exit 0) or done_with_performance_issues (exit 1) with the release blockers named.",
    )
    .addOption(cycleOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  $ plumbline perf end")
    .action((_own, command: Command) => endCycle(cli, command.optsWithGlobals()));

  perf
    .command("list")
    .summary("cycles of the folder")
    .description("Lists the cycles of performance.folder, the oldest first.")
    .addOption(jsonOption())
    .action((_own, command: Command) => list(cli, command.optsWithGlobals()));

  perf
    .command("show")
    .summary("one cycle with its scenarios and findings")
    .description("Shows a cycle.")
    .argument("<cycle>", "its id, see 'plumbline perf list'")
    .addOption(jsonOption())
    .action(async (id: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const { config } = await loadedConfig(flags, cli.io);
      const cycle = await findCycle(inCwd(cli.io, config.performance.folder), id);
      if (flags.json === true) printDocument(cli.io, cycle);
      else printCycle(cli.io, cycle);
    });
}

async function begin({ io }: Cli, flags: Flags): Promise<void> {
  const { config } = await loadedConfig(flags, io);
  const folder = inCwd(io, config.performance.folder);
  const component = text(flags, "component") ?? "";
  if (slug(component) === "unnamed" && component.trim() === "") throw new AppError("USAGE", "--component is empty");
  const build = await readBuild(config.performance.build, text(flags, "build"));
  if (!build.verified && build.expected !== undefined && flags.force !== true)
    throw new AppError(
      "CONTEXT_INVALID",
      `the build under test is not verified: ${build.problem}`,
      {},
      { hint: "deploy the right build, correct performance.build, or go on with --force (the cycle then says so)" },
    );
  const startedAtMs = io.now().getTime();
  const baseline = await baselineOf(
    flags,
    config.performance,
    () => io.now().getTime(),
    (message) => {
      if (io.stderr.isTerminal) io.stderr.write(`${message}\n`);
    },
  );
  const cycle: Cycle = {
    cycle_version: 1,
    id: `${slug(component)}_${stampOf(startedAtMs)}`,
    component,
    project: text(flags, "project") ?? config.project,
    environment: text(flags, "environment") ?? config.environment,
    trigger: (text(flags, "trigger") ?? "manual") as CycleTrigger,
    status: "open",
    startedAtMs,
    endedAtMs: undefined,
    build,
    baseline: baseline.readings,
    hostMark: baseline.mark,
    scenarios: [],
    notes: [],
    blockers: [],
  };
  const file = await saveCycle(folder, cycle);
  if (flags.json === true) return printDocument(io, cycle);
  const paint = painter(io, io.stdout);
  io.stdout.write(`cycle ${paint("bold", clean(cycle.id))} is open: ${clean(file)}\n`);
  io.stdout.write(
    `build: ${build.verified ? paint("green", `${build.actual} verified`) : paint("yellow", `not verified (${clean(build.problem ?? "")})`)}\n`,
  );
  io.stdout.write(readingTable(cycle.baseline));
  io.stdout.write("next: run the load, then 'plumbline perf record --scenario NAME FILES'\n");
}

async function baselineOf(
  flags: Flags,
  performance: Config["performance"],
  now: () => number,
  say: (message: string) => void,
): Promise<{ readings: readonly Reading[]; mark: Cycle["hostMark"] }> {
  const given = flags.baselineSeconds as number | undefined;
  if (performance.prometheus !== undefined) {
    const to = now();
    const from = to - (given ?? performance.baselineSeconds) * 1000;
    return { readings: await readingsBetween(performance, from, to), mark: undefined };
  }
  const seconds = given ?? HOST_BASELINE_SECONDS;
  say(`watching this host for ${seconds} s (no performance.prometheus configured)`);
  const before = await hostSnapshot(now());
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const mark = await hostSnapshot(now());
  return { readings: hostReadings(before, mark), mark };
}

function readingsBetween(performance: Config["performance"], fromMs: number, toMs: number): Promise<Reading[]> {
  return prometheusReadings(performance.prometheus ?? "", performance.resources, fromMs, toMs);
}

function readingTable(readings: readonly Reading[]): string {
  return table<Reading>(
    [
      { title: "resource", value: ({ name }) => name },
      {
        title: "before the load",
        align: "right",
        value: ({ value }) => (value === undefined ? "?" : Number(value.toPrecision(3))),
      },
      { title: "unit", value: ({ unit }) => unit },
      { title: "", value: ({ problem }) => problem ?? " " },
    ],
    readings,
  );
}

async function list({ io }: Cli, flags: Flags): Promise<void> {
  const { config } = await loadedConfig(flags, io);
  const folder = inCwd(io, config.performance.folder);
  const cycles = await listCycles(folder);
  if (flags.json === true) return printDocument(io, { cycles });
  if (cycles.length === 0) {
    io.stderr.write(`no performance cycle in ${clean(folder)}\n`);
    return;
  }
  const paint = painter(io, io.stdout);
  io.stdout.write(
    table<Cycle>(
      [
        { title: "cycle", value: ({ id }) => id },
        {
          title: "status",
          value: ({ status }) => status,
          paint: (shown, { status }) =>
            paint(status === "done" ? "green" : status === "open" ? "yellow" : "red", shown),
        },
        { title: "component", max: 30, value: ({ component }) => component },
        { title: "env", max: 20, value: ({ environment }) => environment },
        { title: "scenarios", max: 40, value: ({ scenarios }) => scenarios.map(({ name }) => name).join(",") },
        { title: "started", value: ({ startedAtMs }) => instant(startedAtMs) },
        { title: "blockers", align: "right", value: ({ blockers }) => blockers.length },
      ],
      cycles,
    ),
  );
}
