/** `plumbline perf end` and how a cycle looks. */
import { type Kpi, kpiName, targetText } from "../analysis/performance/notes.ts";
import { AppError } from "../errors.ts";
import { quantity } from "../model/quantity.ts";
import { type Cycle, findCycle, type ScenarioRecord, saveCycle } from "../performance/cycle.ts";
import { evaluate } from "../performance/evaluate.ts";
import { type Cli, type Flags, inCwd, loadedConfig, text } from "./common.ts";
import { type CliIo, type Color, clean, painter } from "./io.ts";
import { fields, instant, printDocument } from "./show.ts";
import { table } from "./table.ts";

export async function endCycle(cli: Cli, flags: Flags): Promise<void> {
  const { io } = cli;
  const { config } = await loadedConfig(flags, io);
  const home = inCwd(io, config.performance.folder);
  const open = await findCycle(home, text(flags, "cycle"));
  if (open.status !== "open")
    throw new AppError(
      "CONTEXT_INVALID",
      `cycle ${open.id} has ended (${open.status})`,
      {},
      { hint: "begin a new one" },
    );
  const options = {
    targets: config.targets,
    degradationRatio: config.performance.degradationRatio,
    home: config.performance.folder,
  };
  const cycle = evaluate(open, options, io.now().getTime());
  await saveCycle(home, cycle);
  if (flags.json === true) printDocument(io, cycle);
  else printCycle(io, cycle);
  if (cycle.status !== "done") cli.exit(1);
}

const LEVEL_COLORS: Readonly<Record<Kpi["verdict"]["level"], Color>> = {
  green: "green",
  yellow: "yellow",
  red: "red",
  unknown: "red",
};

export function printCycle(io: CliIo, cycle: Cycle): void {
  const paint = painter(io, io.stdout);
  const color = cycle.status === "done" ? "green" : cycle.status === "open" ? "yellow" : "red";
  io.stdout.write(`${paint("bold", clean(cycle.id))} ${paint(color, cycle.status)}\n`);
  io.stdout.write(
    fields({
      component: cycle.component,
      environment: cycle.environment,
      trigger: cycle.trigger,
      build: cycle.build.verified ? `${cycle.build.actual} (verified)` : `not verified: ${cycle.build.problem ?? "?"}`,
      started: instant(cycle.startedAtMs),
      ended: cycle.endedAtMs === undefined ? undefined : instant(cycle.endedAtMs),
    }),
  );
  for (const scenario of cycle.scenarios) printScenario(io, scenario);
  for (const note of cycle.notes)
    io.stdout.write(
      `\n${paint("bold", "finding")} ${clean(note.component_scenario)}: ${clean(note.finding_description)}\n` +
        `  possible cause: ${clean(note.potential_cause_hypothesis)}\n  raw files: ${clean(note.raw_data_report_reference)}\n`,
    );
  if (cycle.blockers.length > 0)
    io.stdout.write(
      `\n${paint("red", "release blockers")}\n${cycle.blockers.map((one) => `  ${clean(one)}\n`).join("")}`,
    );
}

function printScenario(io: CliIo, scenario: ScenarioRecord): void {
  const paint = painter(io, io.stdout);
  io.stdout.write(
    `\n${paint("bold", clean(scenario.name))} ${instant(scenario.startedAtMs)} to ${instant(scenario.endedAtMs)}\n`,
  );
  const kpis = scenario.kpis ?? [];
  if (kpis.length > 0)
    io.stdout.write(
      table<Kpi>(
        [
          { title: "kpi", max: 60, value: (kpi) => kpiName(kpi) },
          { title: "target", value: (kpi) => targetText(kpi) },
          {
            title: "actual",
            align: "right",
            value: ({ actual, unit }) => (actual === undefined ? "not measured" : quantity(actual, unit)),
          },
          {
            title: "level",
            value: ({ verdict }) => `${verdict.level}${verdict.near ? " (near)" : ""}`,
            paint: (shown, { verdict }) => paint(LEVEL_COLORS[verdict.level], shown),
          },
        ],
        kpis,
      ),
    );
  const { course } = scenario;
  if (course !== undefined && course.kind !== "insufficient-data")
    io.stdout.write(
      `course: latency ${course.kind} (${quantity(course.from, "seconds")} to ${quantity(course.to, "seconds")}, p = ${Number(course.pValue.toPrecision(2))})\n`,
    );
  for (const { text: hint } of scenario.hints ?? []) io.stdout.write(`hint: ${clean(hint)}\n`);
}
