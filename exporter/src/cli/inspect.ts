import { type Command, Option } from "commander";
import { formatLimits } from "../config/settings.ts";
import { AppError, atPlace, toAppError } from "../errors.ts";
import type { CoverageDocument, CoverageFileDocument, InspectDocument, TestRunDocument } from "../formats/inspect.ts";
import { FORMATS } from "../formats/registry.ts";
import { type Cli, type Flags, jsonOption, loadedConfig, text } from "./common.ts";
import { expandInputs, STDIN } from "./inputs.ts";
import { clean, type Paint, painter } from "./io.ts";
import { reportChunks } from "./report-file.ts";
import { resultLines } from "./result-lines.ts";
import { table } from "./table.ts";

export function registerInspect(program: Command, { io }: Cli): void {
  program
    .command("inspect")
    .summary("read one report and show what is in it, without storing it")
    .description(
      "Reads one report file (plain or gzip; - is standard input) and shows what Plumbline understands of it.",
    )
    .argument("<file>", "report, or - for standard input")
    .addOption(jsonOption())
    .addOption(
      new Option("--format <id>", "read it as this format instead of recognising it").choices(
        FORMATS.map(({ id }) => id),
      ),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ plumbline inspect target/surefire-reports/TEST-shop.CartTest.xml
  $ go test -json ./... | plumbline inspect - --json`,
    )
    .action(async (file: string, _own: unknown, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const { inspectReport } = await import("../formats/inspect.ts");
      const { config } = await loadedConfig(flags, io);
      const { files, errors } = await expandInputs([file], { cwd: io.cwd, extensions: [] });
      if (errors[0] !== undefined) throw errors[0];
      const [input] = files;
      if (input === undefined || files.length > 1) {
        throw new AppError("USAGE", `inspect reads one report, and "${file}" means ${files.length}`);
      }
      const name = file === STDIN ? input.name : file;
      const source = { name, chunks: reportChunks(io, input) };
      const document = await inspectReport(source, formatLimits(config), text(flags, "format")).catch(
        (error: unknown) => {
          throw atPlace(toAppError(error), { file: name });
        },
      );
      if (flags.json === true) io.stdout.write(`${JSON.stringify(document)}\n`);
      else io.stdout.write(describe(document, painter(io, io.stdout)));
      for (const warning of document.warnings) {
        const line = warning.line === undefined ? "" : `:${warning.line}`;
        io.stderr.write(`${clean(name)}${line}: WARNING: ${warning.code}: ${clean(warning.message)}\n`);
      }
    });
}

function describe(document: InspectDocument, paint: Paint): string {
  const title = (kind: string) => `${paint("bold", kind)} ${paint("dim", `(${document.format})`)}\n`;
  switch (document.kind) {
    case "test-run":
      return title("test run") + testRun(document, paint);
    case "benchmark-run": {
      const lines = document.benchmarks.map(({ name, measure, stat, value, unit, component, scenario }) => {
        const what = name === measure ? name : `${name} ${measure}`;
        const where = [component, scenario].filter((word) => word !== undefined).join("/");
        return `${clean(`${what} ${stat}${where === "" ? "" : ` [${where}]`}`)}: ${value} ${clean(unit ?? "")}`.trimEnd();
      });
      if (document.benchmarksOmitted !== undefined) lines.push(`… and ${document.benchmarksOmitted} more`);
      return `${title("measures")}${lines.map((line) => `${line}\n`).join("")}`;
    }
    case "coverage":
      return title("coverage") + coverageText(document, paint);
  }
}

const SHOWN_FILES = 20;

function coverageText({ coverage, files = [], state, stateMessage }: CoverageDocument, paint: Paint): string {
  const { linePercent, branchPercent, functionPercent, uncoveredFiles } = coverage;
  const totals = Object.entries({ lines: linePercent, branches: branchPercent, functions: functionPercent })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}%\n`);
  const incomplete = state === undefined ? "" : `${paint("yellow", `STATE: ${state}`)} ${clean(stateMessage ?? "")}\n`;
  const uncovered = uncoveredFiles?.length ? `uncovered: ${uncoveredFiles.map(clean).join(", ")}\n` : "";
  const worst = files.filter((file) => file.linePercent !== null && file.linePercent < 100);
  const shown = worst.slice(0, SHOWN_FILES);
  const percent = (value: number | null | undefined) =>
    value === null || value === undefined ? undefined : `${(Math.floor(value * 10) / 10).toFixed(1)}%`;
  const list = table<CoverageFileDocument>(
    [
      { title: "file", max: 60, value: ({ path }) => path },
      { title: "lines", align: "right", value: (file) => percent(file.linePercent) },
      { title: "branches", align: "right", value: (file) => percent(file.branchPercent) },
      { title: "functions", align: "right", value: (file) => percent(file.functionPercent) },
      { title: "uncovered lines", max: 60, value: (file) => file.uncoveredLines },
    ],
    shown,
  );
  const count = coverage.files ?? 0;
  const rest =
    count === 0
      ? ""
      : `${count} ${count === 1 ? "file" : "files"}, ${worst.length} not fully covered${worst.length > shown.length ? `; the ${shown.length} worst are shown` : ""}\n`;
  return incomplete + totals.join("") + uncovered + (shown.length === 0 ? "" : `\n${list}\n`) + rest;
}

function testRun(document: TestRunDocument, paint: Paint): string {
  const { summary, failures, coverage } = document;
  const state = document.state === undefined ? "" : ` ${clean(document.stateMessage ?? "")}`.trimEnd();
  const lines = [
    document.state === undefined ? "" : `${paint("yellow", `STATE: ${document.state}`)}${state}\n`,
    resultLines({
      counts: summary,
      durationSeconds: summary.durationSeconds ?? undefined,
      failures: failures.map(({ name, file, line }) => ({ test: name, file, line })),
      lineRatio: ratio(coverage?.linePercent),
      branchRatio: ratio(coverage?.branchPercent),
    }),
    document.suites.length === 0 ? "" : `${document.suites.length} suites, ${summary.flaky} flaky\n`,
    ...failures.slice(0, 20).map(({ suite, name, outcome, message }) => {
      const [first = ""] = message.split("\n", 1);
      const where = suite === null ? "" : `${suite} > `;
      return `  ${paint("red", outcome)} ${clean(`${where}${name}`)}: ${clean(first)}\n`;
    }),
  ];
  return lines.join("");
}

const ratio = (percent: number | undefined): number | undefined => (percent === undefined ? undefined : percent / 100);
