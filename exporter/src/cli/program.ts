/** The command tree. Help, completion scripts and docs/cli.md are made from it. */
import { Command } from "commander";
import { registerAlerts } from "./alerts.ts";
import { registerAnalyze } from "./analyze.ts";
import { registerBaselines } from "./baselines.ts";
import { registerCalibrate } from "./calibrate.ts";
import { type Cli, globalOptions } from "./common.ts";
import { registerCompare } from "./compare.ts";
import { registerCompletion } from "./completion.ts";
import { registerConfig } from "./config-command.ts";
import { registerConvert } from "./convert.ts";
import { registerDeviations } from "./deviations.ts";
import { registerFormats } from "./formats.ts";
import { registerIngest } from "./ingest.ts";
import { registerInspect } from "./inspect.ts";
import { registerPerf } from "./perf.ts";
import { registerProvision } from "./provision.ts";
import { registerQueries } from "./queries.ts";
import { registerRuns } from "./runs.ts";
import { registerServe } from "./serve.ts";
import { registerSuites } from "./suites.ts";
import { registerTargets } from "./targets.ts";
import { registerTestHealth } from "./test-health.ts";
import { registerVersion } from "./version.ts";

/** Help is wrapped at this width unless the terminal is narrower: docs must not depend on a terminal. */
const HELP_WIDTH = 110;

/** In the order of the help. */
const REGISTRATIONS: readonly ((program: Command, cli: Cli) => void)[] = [
  registerServe,
  registerIngest,
  registerInspect,
  registerConvert,
  registerAnalyze,
  registerRuns,
  registerQueries,
  registerTargets,
  registerDeviations,
  registerAlerts,
  registerCalibrate,
  registerTestHealth,
  registerCompare,
  registerBaselines,
  registerSuites,
  registerPerf,
  registerFormats,
  registerConfig,
  registerProvision,
  registerCompletion,
  registerVersion,
];

export function buildProgram(cli: Cli): Command {
  const { io, version } = cli;
  const program = new Command("plumbline");
  // Before the commands: they inherit these settings when they are created.
  program
    .exitOverride()
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // The thrown error is printed once, with our code and hint.
      outputError: () => {},
      getOutHelpWidth: () => Math.min(HELP_WIDTH, io.stdout.columns),
      getErrHelpWidth: () => Math.min(HELP_WIDTH, io.stderr.columns),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  program
    .description("Observability for software tests and benchmarks: reports in, correct Prometheus metrics out.")
    .version(`plumbline ${version}`, "-V, --version", "print the version")
    .helpCommand("help [command]", "show the help of a command");
  globalOptions(program);
  for (const register of REGISTRATIONS) register(program, cli);
  program.addHelpText(
    "after",
    `
Context (project, branch, run …) comes from flags, PLUMBLINE_* variables, the CI system, then the configuration.
Exit status: 0 fine, 1 tests or limits failed (--fail-on-tests, --fail-on, perf end), 2 wrong input or an error of its own.

Examples:
  $ plumbline serve
  $ plumbline ingest --server http://localhost:10970 --suite unit 'build/test-results/**/*.xml'
  $ plumbline inspect report.json --json`,
  );
  return program;
}
