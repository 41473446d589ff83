import { type Command, Option } from "commander";
import type { Config } from "../config/schema.ts";
import { AppError, atPlace, toAppError } from "../errors.ts";
import { jointRunId } from "../ingest/joint-run.ts";
import type { RunContext, RunSummary } from "../model/run.ts";
import { runnerClass } from "../model/runner.ts";
import { type Cli, jsonOption, loadedConfig, serverOption, storeOption, target } from "./common.ts";
import { contextFlags, type ResolvedContext, resolveContext } from "./context.ts";
import { printError } from "./fail.ts";
import { expandReports } from "./folder-reports.ts";
import { planContexts } from "./ingest-plan.ts";
import { hasFailed, type IngestResult, printJson, printText, resultOf } from "./ingest-result.ts";
import { type IngestTarget, serverTarget, storeTarget } from "./ingest-target.ts";
import type { Input } from "./inputs.ts";
import type { CliIo } from "./io.ts";
import { dependenciesId } from "./lock-files.ts";
import { progress } from "./progress.ts";
import { type Prepared, prepare } from "./report-file.ts";

/** Reports submitted together share a commit; more at once only costs memory. */
const AT_ONCE = 8;

interface IngestFlags {
  readonly json?: boolean;
  readonly history?: boolean;
  readonly runPerFile?: boolean;
  readonly failOnTests?: boolean;
}

export function registerIngest(program: Command, cli: Cli): void {
  const command = program
    .command("ingest")
    .summary("store reports, here or on a server")
    .description(
      "Stores test reports: files (plain or gzip), folders, patterns, or - for standard input. All files of one command " +
        "are one run unless --run-per-file. Bad files are reported one by one; the good ones are stored all the same, and " +
        "their run ends as partial.",
    )
    .argument("<files...>", "files, folders, patterns (quote them), or -")
    .addOption(storeOption())
    .addOption(serverOption());
  for (const option of contextFlags()) command.addOption(option);
  command
    .addOption(new Option("--history", "old runs: stored with their own times, without moving counters; one per file"))
    .addOption(new Option("--run-per-file", "each file is a run of its own, known by its content"))
    .addOption(
      new Option("--fail-on-tests", "exit with 1 unless every run passed; failures in quarantine do not count"),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ plumbline ingest --suite unit 'build/test-results/**/*.xml'
  $ plumbline ingest --server https://plumbline.example.org --environment staging reports/
  $ go test -json ./... | plumbline ingest --project shop --suite unit -
  $ plumbline ingest --history --branch main 'archive/*.xml.gz'`,
    )
    .action((patterns: string[], _own: unknown, self: Command) => ingest(cli, patterns, self));
}

async function ingest(cli: Cli, patterns: readonly string[], command: Command): Promise<void> {
  const { io } = cli;
  const flags = command.optsWithGlobals() as IngestFlags & Record<string, unknown>;
  const { config } = await loadedConfig(flags, io);
  const resolved = resolveContext(flags, io.env, io.now().getTime());
  const where = target(flags, io, config.store);
  const { files, errors: missing } = await expandReports(io, patterns);

  const result: IngestResult = { receipts: [], errors: [...missing], runs: new Map(), quarantines: new Map() };
  if (files.length > 0) {
    const open = where.kind === "store" ? storeTarget(where.address, config, io) : serverTarget(where.url, io);
    await submitAll(io, config, files, resolved, flags, open, result);
  }
  report(cli, result, flags);
}

async function submitAll(
  io: CliIo,
  config: Config,
  files: readonly Input[],
  resolved: ResolvedContext,
  flags: IngestFlags & Record<string, unknown>,
  open: Promise<IngestTarget>,
  result: IngestResult,
): Promise<void> {
  const missing = result.errors.length;
  const plan = planContexts(files, resolved, { runPerFile: flags.runPerFile === true, missing });
  const place = await open;
  const shown = progress(io);
  try {
    const early = plan.needsJointRunId ? await prepareAll(io, config, files, result, shown.update) : undefined;
    // With their number the run completes with the last of them, and never without one.
    const joint = early === undefined ? {} : { runId: jointRunId([...early.values()]), parts: files.length + missing };
    // Benchmarks of today most likely ran here, on this checkout; old ones may have run anywhere.
    const host = resolved.context.history === true ? {} : await hereOf(io);
    let done = 0;
    await pool(files, AT_ONCE, async (input) => {
      if (early !== undefined && !early.has(input)) return;
      const context: Partial<RunContext> = { ...host, ...joint, ...plan.contextOf(input) };
      try {
        const receipt = await place.submit(input, context, early?.get(input), config.limits.maxReportBytes);
        result.receipts.push({ input, receipt });
      } catch (error) {
        result.errors.push(atPlace(toAppError(error), { file: input.name }));
      }
      done += 1;
      shown.update(`stored ${done} of ${files.length} files`);
    });
    for (const { receipt } of result.receipts) newest(result.runs, receipt.run);
    const state = result.errors.length > 0 ? "partial" : undefined;
    if (plan.finishes(place.kind, state === "partial")) await finishOpen(place, result, state);
    await lookUpQuarantine(place, result);
  } finally {
    shown.clear();
    await place.close();
  }
  // The pool ends in any order; users read the order of their command line.
  const order = new Map(files.map((input, i) => [input, i]));
  result.receipts.sort((a, b) => (order.get(a.input) ?? 0) - (order.get(b.input) ?? 0));
}

async function finishOpen(place: IngestTarget, result: IngestResult, state: "partial" | undefined): Promise<void> {
  for (const run of [...result.runs.values()]) {
    if (run.status !== "running") continue;
    try {
      newest(result.runs, await place.finish(run, state), true);
    } catch (error) {
      result.errors.push(toAppError(error));
    }
  }
}

/** Reports are stored by now: where this fails, failures count. */
async function lookUpQuarantine(place: IngestTarget, result: IngestResult): Promise<void> {
  for (const run of result.runs.values()) {
    if (run.counts.failed + run.counts.errored === 0) continue;
    try {
      result.quarantines.set(run.id, await place.quarantine(run));
    } catch (thrown) {
      const error = toAppError(thrown);
      // A server of an earlier version has no quarantine.
      if (error.code !== "NOT_FOUND") result.errors.push(error);
    }
  }
}

async function hereOf(io: CliIo): Promise<Pick<RunContext, "hostRunnerClass" | "dependencies">> {
  return { hostRunnerClass: runnerClass(io.host()), dependencies: await dependenciesId(io.cwd) };
}

/** For a run id that depends on every file. Files are read again when they are stored; only pipes are kept. */
async function prepareAll(
  io: CliIo,
  config: Config,
  files: readonly Input[],
  result: IngestResult,
  update: (text: string) => void,
): Promise<Map<Input, Prepared>> {
  const prepared = new Map<Input, Prepared>();
  for (const [i, input] of files.entries()) {
    update(`reading ${i + 1} of ${files.length} files`);
    try {
      prepared.set(input, await prepare(io, input, { maxBytes: config.limits.maxReportBytes, hold: false }));
    } catch (error) {
      result.errors.push(atPlace(toAppError(error), { file: input.name }));
    }
  }
  return prepared;
}

function newest(runs: Map<string, RunSummary>, run: RunSummary, always = false): void {
  const known = runs.get(run.id);
  if (always || known === undefined || run.partsReceived >= known.partsReceived) runs.set(run.id, run);
}

async function pool<T>(items: readonly T[], size: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(size, items.length) }, worker));
}

function report(cli: Cli, result: IngestResult, flags: IngestFlags): void {
  const { io } = cli;
  const summaries = resultOf(result);
  for (const summary of summaries) {
    if (!summary.holdsNothing) continue;
    const file = summary.files[0]?.name;
    result.errors.push(
      new AppError("INPUT_EMPTY", `run ${summary.run.runId} holds no test; it is stored as empty`, { file }),
    );
  }
  if (flags.json === true) printJson(io, summaries, result.errors);
  else printText(io, summaries);
  for (const error of result.errors) printError(io, error);
  if (flags.failOnTests === true && summaries.some(hasFailed)) cli.exit(1);
  if (result.errors.length > 0) cli.exit(2);
}
