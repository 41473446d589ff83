/** `plumbline calibrate`: what the detector would do on this project's own noise. */
import { type Command, Option } from "commander";
import { CALIBRATE_MINIMUM, type Calibration, calibrate } from "../analysis/calibrate.ts";
import { type Series, type SeriesHistory, seriesName } from "../model/series.ts";
import { type Access, withAccess } from "./access.ts";
import { type Cli, type Flags, loadedConfig, text, wholeNumber } from "./common.ts";
import { targetOptions } from "./filter.ts";
import { progress } from "./progress.ts";
import { printDocument } from "./show.ts";
import { table } from "./table.ts";

const PAGE = 100;
const DAY_MS = 86_400_000;

export function registerCalibrate(program: Command, cli: Cli): void {
  targetOptions(program.command("calibrate").summary("false alarms and smallest visible change, from your own history"))
    .description(
      "Resamples the history of each judged series: how many false alarms the detector would give on noise like this, and the smallest " +
        "change it would confirm within five runs. Says what to expect before anything is tuned.",
    )
    .addOption(new Option("--project <name>", "only this project"))
    .addOption(new Option("--environment <name>", "only this environment"))
    .addOption(new Option("--suite <name>", "only this suite"))
    .addOption(new Option("--branch <name>", "only this branch, as exposed in metrics"))
    .addOption(new Option("--last <n>", "newest values of each series").default(200).argParser(wholeNumber(20, 10_000)))
    .addHelpText("after", "\nExamples:\n  $ plumbline calibrate --project shop --branch main")
    .action((_own, command: Command) => run(cli, command.optsWithGlobals()));
}

interface Row extends Partial<Calibration> {
  readonly series: Series;
  readonly values: number;
  /** Mean number of runs a day over the history. */
  readonly runsPerDay: number | undefined;
}

async function run(cli: Cli, flags: Flags): Promise<void> {
  const { io } = cli;
  const { config } = await loadedConfig(flags, io);
  const rows: Row[] = [];
  const shown = progress(io);
  try {
    await withAccess(cli, flags, async (access) => {
      for await (const history of histories(access, flags)) {
        if (!(config.deviations.stats as readonly string[]).includes(history.series.stat)) continue;
        rows.push(rowOf(history));
        shown.update(`calibrated ${rows.length} series`);
      }
    });
  } finally {
    shown.clear();
  }
  const known = rows.filter((row) => row.falseAlarmsPer1000 !== undefined);
  const perDay = known.reduce(
    (sum, { falseAlarmsPer1000 = 0, runsPerDay = 0 }) => sum + (falseAlarmsPer1000 / 1000) * runsPerDay,
    0,
  );
  if (flags.json === true)
    return printDocument(io, { series: rows, calibrated: known.length, expectedFalseAlarmsPerDay: perDay });
  if (rows.length === 0) {
    io.stderr.write("no series matches\n");
    return;
  }
  io.stdout.write(calibrationTable(rows));
  const rest = rows.length - known.length;
  io.stdout.write(
    `\n${known.length} series, ${Number(perDay.toPrecision(2))} false alarms a day expected` +
      `${rest > 0 ? `; ${rest} without an answer (fewer than ${CALIBRATE_MINIMUM} values, or not all positive)` : ""}\n`,
  );
}

async function* histories(access: Access, flags: Flags): AsyncGenerator<SeriesHistory> {
  const filter = {
    project: text(flags, "project"),
    environment: text(flags, "environment"),
    suite: text(flags, "suite"),
    branch: text(flags, "branch"),
  };
  let cursor: string | undefined;
  do {
    const page = await access.measureHistory(filter, { last: flags.last as number }, { limit: PAGE, cursor });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

function rowOf({ series, points }: SeriesHistory): Row {
  const days = points.length < 2 ? 0 : (points.at(-1)!.endedAtMs - points[0]!.endedAtMs) / DAY_MS;
  const found = calibrate(points.map(({ value }) => value));
  return { series, values: points.length, runsPerDay: days === 0 ? undefined : (points.length - 1) / days, ...found };
}

function calibrationTable(rows: readonly Row[]): string {
  const percent = (ratio: number | undefined): string | undefined =>
    ratio === undefined ? undefined : `${Number((ratio * 100).toPrecision(2))} %`;
  return table<Row>(
    [
      { title: "series", max: 60, value: ({ series }) => seriesName(series) },
      { title: "suite", max: 24, value: ({ series }) => series.suite },
      { title: "values", align: "right", value: ({ values }) => values },
      { title: "spread", align: "right", value: ({ spread }) => percent(spread) },
      {
        title: "false alarms per 1000 runs",
        align: "right",
        value: ({ falseAlarmsPer1000 }) =>
          falseAlarmsPer1000 === undefined ? undefined : Number(falseAlarmsPer1000.toPrecision(2)),
      },
      { title: "smallest change seen", align: "right", value: ({ smallestChange }) => percent(smallestChange) },
    ],
    rows,
  );
}
