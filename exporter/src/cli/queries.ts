/** R1's aggregations: summary, performance, errors, trend. */
import { type Command, Option } from "commander";
import type { DailyPoint, FailureGroup, PerformanceSummary } from "../model/store.ts";
import { withAccess } from "./access.ts";
import { type Cli, type Flags, wholeNumber } from "./common.ts";
import { filterOptions, runFilter } from "./filter.ts";
import { duration, fields, instant, passRate, printDocument } from "./show.ts";
import { type Column, table } from "./table.ts";

export function registerQueries(program: Command, cli: Cli): void {
  const { io } = cli;
  const filterOf = (flags: Flags) => runFilter(flags, io.now().getTime());
  const rows = <T>(flags: Flags, name: string, columns: readonly Column<T>[], found: readonly T[]) => {
    if (flags.json === true) printDocument(io, { [name]: found });
    else if (found.length === 0) io.stderr.write("nothing matches\n");
    else io.stdout.write(table(columns, found));
  };

  filterOptions(program.command("summary").summary("cases by result, pass rate and duration over runs"))
    .description("Adds up all matching runs: cases by result, pass rate (passed of executed), average duration.")
    .addHelpText("after", "\nExamples:\n  $ plumbline summary --project shop --from -24h")
    .action(async (_own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const found = await withAccess(cli, flags, (access) => access.summary(filterOf(flags)));
      if (flags.json === true) return printDocument(io, found);
      io.stdout.write(
        fields({
          runs: found.runs,
          total: found.total,
          executed: found.executed,
          ...found.counts,
          "pass rate": found.passRatePercent === null ? "-" : `${found.passRatePercent}%`,
          "average duration": duration(found.averageDurationSeconds),
          from: instant(found.startedAtMs),
          to: instant(found.endedAtMs),
        }),
      );
    });

  filterOptions(program.command("performance").summary("named measures over runs, with their violations"))
    .description("Each named measure over all matching runs: average, bounds, p95, and how often limits were passed.")
    .addHelpText("after", "\nExamples:\n  $ plumbline performance --suite load --from -7d")
    .action(async (_own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const found = await withAccess(cli, flags, (access) => access.performance(filterOf(flags)));
      rows(flags, "measures", PERFORMANCE, found);
    });

  filterOptions(program.command("errors").summary("failures grouped by message, most frequent first"))
    .description("Failing tests of all matching runs, grouped by message, the most frequent first.")
    .addOption(new Option("--limit <n>", "at most so many groups").default(20).argParser(wholeNumber(1, 1000)))
    .addHelpText("after", "\nExamples:\n  $ plumbline errors --branch main --from -2h")
    .action(async (_own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const found = await withAccess(cli, flags, (access) => access.errors(filterOf(flags), flags.limit as number));
      rows(flags, "errors", ERRORS, found);
    });

  filterOptions(program.command("trend").summary("one line per day: runs, pass rate, duration"))
    .description("One line for each day (UTC) that has runs, oldest first.")
    .addOption(new Option("--days <n>", "how many days to look back").default(30).argParser(wholeNumber(1, 366)))
    .addHelpText("after", "\nExamples:\n  $ plumbline trend --project shop --branch main --days 14")
    .action(async (_own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const found = await withAccess(cli, flags, (access) => access.daily(filterOf(flags), flags.days as number));
      rows(flags, "days", DAYS, found);
    });
}

const number = (value: number): string => String(Number(value.toPrecision(4)));

const PERFORMANCE: readonly Column<PerformanceSummary>[] = [
  { title: "measure", max: 40, value: (row) => row.measure },
  { title: "stat", value: (row) => row.stat },
  { title: "component", max: 24, value: (row) => row.component },
  { title: "scenario", max: 24, value: (row) => row.scenario },
  { title: "unit", value: (row) => row.unit },
  { title: "avg", align: "right", value: (row) => number(row.average) },
  { title: "min", align: "right", value: (row) => number(row.min) },
  { title: "max", align: "right", value: (row) => number(row.max) },
  { title: "p95", align: "right", value: (row) => number(row.p95) },
  { title: "samples", align: "right", value: (row) => row.samples },
  { title: "warn", align: "right", value: (row) => row.warningViolations },
  { title: "crit", align: "right", value: (row) => row.criticalViolations },
];

const ERRORS: readonly Column<FailureGroup>[] = [
  { title: "count", align: "right", value: (row) => row.count },
  { title: "tests", align: "right", value: (row) => row.affectedTests },
  { title: "type", value: (row) => row.errorType },
  { title: "last", value: (row) => instant(row.lastAtMs) },
  { title: "message", max: 80, value: (row) => row.message.split("\n", 1)[0] },
  { title: "example", max: 60, value: (row) => row.exampleTests[0] },
];

const DAYS: readonly Column<DailyPoint>[] = [
  { title: "day", value: (row) => row.day },
  { title: "runs", align: "right", value: (row) => row.runs },
  { title: "passed", align: "right", value: (row) => row.counts.passed },
  { title: "failed", align: "right", value: (row) => row.counts.failed },
  { title: "errored", align: "right", value: (row) => row.counts.errored },
  { title: "skipped", align: "right", value: (row) => row.counts.skipped },
  { title: "pass", align: "right", value: (row) => passRate(row.counts) },
  { title: "run time", align: "right", value: (row) => duration(row.averageRunSeconds) },
];
