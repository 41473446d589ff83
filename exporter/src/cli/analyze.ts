import { type Command, Option } from "commander";
import { type Answer, analyze } from "../analysis/answer.ts";
import { type SeriesStatistics, seriesStatistics } from "../analysis/statistics/series.ts";
import { formatLimits } from "../config/settings.ts";
import { AppError, atPlace, formatPlace } from "../errors.ts";
import { type Cli, type Flags, jsonOption, loadedConfig, text } from "./common.ts";
import { printError } from "./fail.ts";
import { expandInputs, STDIN } from "./inputs.ts";
import { type CliIo, clean, type Paint, painter } from "./io.ts";
import { reportChunks } from "./report-file.ts";
import { type InputSeries, readSeries } from "./series-input.ts";
import { table } from "./table.ts";

export function registerAnalyze(program: Command, { io, exit }: Cli): void {
  program
    .command("analyze")
    .summary("find changes, odd runs and trends in series of numbers")
    .description(
      "Reads series from NDJSON (one a line) or CSV (plain or gzip; - is standard input) and answers each with one line. " +
        "Runs are put in the order of their timestamps; null, NaN and infinite values are gaps; indices are places in the " +
        "input, from 0. A series of zeros and ones is read as outcomes of a test.",
    )
    .addOption(new Option("--input <file>", "NDJSON or CSV file, or - for standard input").makeOptionMandatory())
    .addOption(new Option("--statistics", "print the plain statistics (as SciPy and pandas compute them) instead"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Input:
  {"id":"checkout p95","values":[184,181,207],"timestamps":["2026-11-18","2026-11-19","2026-11-20"]}
  or CSV with the header timestamp,value
A bad line is reported with its place, the others are answered, and the exit status is 2.

Examples:
  $ plumbline analyze --input series.ndjson --json
  $ plumbline analyze --input latency.csv --statistics`,
    )
    .action(async (_own: unknown, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const { config } = await loadedConfig(flags, io);
      const given = text(flags, "input") ?? STDIN;
      const { files, errors } = await expandInputs([given], { cwd: io.cwd, extensions: ["ndjson", "jsonl", "csv"] });
      const fail = (error: AppError): void => {
        printError(io, error);
        exit(error.exitCode);
      };
      errors.forEach(fail);
      const writer = writerOf(io, flags);
      for (const input of files) {
        const name = given === STDIN ? input.name : files.length === 1 ? given : input.name;
        await readSeries({ name, chunks: reportChunks(io, input) }, formatLimits(config), {
          series(series) {
            warnOfOrder(io, name, series);
            writer.series(series);
          },
          problem: fail,
        }).catch((error: unknown) => {
          if (!(error instanceof AppError)) throw error;
          fail(atPlace(error, { file: name }));
        });
      }
      writer.end();
    });
}

function warnOfOrder(io: CliIo, file: string, { id, timestamps, values, line }: InputSeries): void {
  const at = timestamps?.findIndex((time, i) => time === null && values[i] !== null) ?? -1;
  if (at < 0) return;
  const place = formatPlace({ file, line });
  io.stderr.write(
    `${clean(place)}: WARNING: TIME_UNREADABLE: ${clean(String(id))}: timestamp ${at} is no time; the runs are taken in the order given\n`,
  );
}

interface Writer {
  series(series: InputSeries): void;
  end(): void;
}

function writerOf(io: CliIo, flags: Flags): Writer {
  const statistics = flags.statistics === true;
  if (flags.json === true) {
    return {
      series({ id, values, timestamps }) {
        const answer = statistics ? seriesStatistics(values, timestamps) : analyze(values, timestamps);
        io.stdout.write(`${JSON.stringify({ id, ...answer })}\n`);
      },
      end: () => {},
    };
  }
  if (statistics) return statisticsTable(io);
  const paint = painter(io, io.stdout);
  return {
    series: ({ id, values, timestamps }) =>
      io.stdout.write(lines(clean(String(id)), analyze(values, timestamps), paint)),
    end: () => {},
  };
}

const COLORS = { changed: "red", suspected: "yellow", insufficient_data: "dim", ok: "green" } as const;

function lines(id: string, { state, summary, changePoints, outliers, trend }: Answer, paint: Paint): string {
  const number = (value: number) => Number(value.toPrecision(4));
  const details = changePoints.map(
    ({ index, before, after, pValue }) =>
      `change at ${index}: ${number(before)} to ${number(after)}, p = ${number(pValue)}`,
  );
  if (outliers.length > 0)
    details.push(`odd runs at ${outliers.slice(0, 20).join(", ")}${outliers.length > 20 ? " …" : ""}`);
  if (trend !== null)
    details.push(`trend over the last ten: ${trend.direction}, r = ${number(trend.r)}, p = ${number(trend.pValue)}`);
  return `${paint(COLORS[state], state)}  ${paint("bold", id)}: ${summary}\n${details.map((line) => `  ${paint("dim", line)}\n`).join("")}`;
}

/** So many rows share their column widths; memory stays flat whatever comes. */
const ROWS = 200;

function statisticsTable(io: CliIo): Writer {
  type Row = SeriesStatistics & { readonly id: string };
  const rows: Row[] = [];
  const number = (value: number | null | undefined) =>
    value === null || value === undefined ? value : Number(value.toPrecision(6));
  const column = (title: string, value: (row: Row) => number | null | undefined) =>
    ({ title, align: "right", value: (row: Row) => number(value(row)) }) as const;
  const flush = (): void => {
    if (rows.length === 0) return;
    io.stdout.write(
      table<Row>(
        [
          { title: "id", max: 40, value: ({ id }) => id },
          column("n", ({ n }) => n),
          column("mean", ({ mean }) => mean),
          column("std", ({ stdDdof1 }) => stdDdof1),
          column("median", ({ median }) => median),
          column("p95", ({ percentiles }) => percentiles?.p95),
          column("p99", ({ percentiles }) => percentiles?.p99),
          column("z last", ({ zScoreLast }) => zScoreLast?.z),
          column("outliers", ({ iqr }) => iqr?.outliers.length),
          column("r last 10", ({ linregressLast10 }) => linregressLast10?.r),
          column("p", ({ linregressLast10 }) => linregressLast10?.pValue),
          column("autocorr", ({ autocorrLag1 }) => autocorrLag1),
        ],
        rows,
      ),
    );
    rows.length = 0;
  };
  return {
    series({ id, values, timestamps }) {
      rows.push({ id: String(id), ...seriesStatistics(values, timestamps) });
      if (rows.length === ROWS) flush();
    },
    end: flush,
  };
}
