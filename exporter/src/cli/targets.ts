/** Configured targets (R3, R4) against the newest runs. */
import { type Command, Option } from "commander";
import type { Level } from "../analysis/levels.ts";
import type { TargetReport, TargetResult } from "../analysis/target-report.ts";
import { withAccess } from "./access.ts";
import { type Cli, type Flags, text } from "./common.ts";
import { targetOptions } from "./filter.ts";
import { type Color, clean, painter } from "./io.ts";
import { printDocument } from "./show.ts";
import { table } from "./table.ts";

const COLORS: Readonly<Record<Level, Color>> = { green: "green", yellow: "yellow", red: "red", unknown: "dim" };

export function registerTargets(program: Command, cli: Cli): void {
  const { io } = cli;
  targetOptions(program.command("targets").summary("targets against the newest runs: green, yellow, red, unknown"))
    .description(
      "Each configured target with what the newest run of every suite says: green meets it, yellow misses it but meets the " +
        "critical limit (without one: misses it by at most 10 %), red otherwise. A target that nothing measures is unknown.",
    )
    .addOption(new Option("--project <name>", "only this project"))
    .addOption(new Option("--environment <name>", "only this environment"))
    .addOption(new Option("--suite <name>", "only this suite"))
    .addOption(new Option("--branch <label>", "only this branch label"))
    .addHelpText("after", "\nExamples:\n  $ plumbline targets --project shop --environment staging")
    .action(async (_own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const filter = {
        project: text(flags, "project"),
        environment: text(flags, "environment"),
        suite: text(flags, "suite"),
        branch: text(flags, "branch"),
      };
      const reports = await withAccess(cli, flags, (access) => access.targets(filter));
      if (flags.json === true) return printDocument(io, { targets: reports });
      const paint = painter(io, io.stdout);
      const rows = reports.flatMap((report): Row[] =>
        report.results.length === 0 ? [{ report }] : report.results.map((result) => ({ report, result })),
      );
      const levelOf = ({ report, result }: Row): Level => result?.level ?? report.level;
      io.stdout.write(
        table<Row>(
          [
            {
              title: "level",
              value: (row) => `${levelOf(row)}${row.result?.near === true ? " (near)" : ""}`,
              paint: (shown, row) => paint(COLORS[levelOf(row)], shown),
            },
            { title: "target", max: 40, value: ({ report }) => report.name },
            { title: "value", align: "right", value: ({ result }) => result && number(result.current.value) },
            { title: "limit", align: "right", value: ({ report }) => number(report.target.target) },
            {
              title: "critical",
              align: "right",
              value: ({ report: { target } }) => (target.critical === undefined ? undefined : number(target.critical)),
            },
            { title: "unit", value: ({ result }) => result?.current.unit },
            { title: "of", max: 80, value: ({ result }) => (result === undefined ? "no run has it" : placeOf(result)) },
          ],
          rows,
        ),
      );
      for (const { report, result } of rows)
        if (result?.reason !== undefined) io.stderr.write(`${clean(`${report.name}: ${result.reason}`)}\n`);
    });
}

interface Row {
  readonly report: TargetReport;
  readonly result?: TargetResult;
}

const number = (value: number): string => String(Number(value.toPrecision(4)));

function placeOf({ scope, current }: TargetResult): string {
  const { benchmark, component, scenario, operation, runnerClass } = current;
  const parts = [benchmark, component, scenario, operation, runnerClass].filter((one) => one !== undefined);
  return `${scope.project}/${scope.suite} (${scope.branch}, ${scope.environment}) ${parts.join(" ")}`.trimEnd();
}
