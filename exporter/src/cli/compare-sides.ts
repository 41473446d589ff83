/** What A and B of `plumbline compare` mean: runs of a store, or report files that are read on the spot. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { MeasuredValue } from "../analysis/compare-runs.ts";
import type { Config } from "../config/schema.ts";
import { AppError } from "../errors.ts";
import { FORMATS } from "../formats/registry.ts";
import { ALL_OPERATIONS, type LoadResult, loadValues } from "../model/load.ts";
import type { Measure } from "../model/measure.ts";
import type { RunDetail, RunSummary } from "../model/run.ts";
import { type Access, findRun, type Within } from "./access.ts";
import { findBaseline } from "./baselines.ts";
import { expandReports } from "./folder-reports.ts";
import { type Input, STDIN } from "./inputs.ts";
import type { CliIo } from "./io.ts";
import { newestMeasured } from "./newest-measured.ts";

/** As the command line says it. */
export type Operand =
  | { readonly kind: "run"; readonly given: string; readonly id: string }
  | { readonly kind: "last"; readonly given: string; readonly n: number; readonly branch: string | undefined }
  | { readonly kind: "baseline"; readonly given: string; readonly name: string }
  | { readonly kind: "files"; readonly given: string; readonly inputs: readonly Input[] };

/** One run, or one report file. */
export interface Source {
  readonly run?: RunSummary;
  readonly file?: { readonly name: string; readonly format: string };
  /** Why its values may not be all there is, or of half a test. */
  readonly notWhole: string | undefined;
  readonly values: readonly MeasuredValue[];
}

export interface Side {
  readonly given: string;
  readonly sources: readonly Source[];
}

/** What is there as a file is one; `run:ID` means the run all the same. */
export async function operandOf(io: CliIo, given: string): Promise<Operand> {
  const [, word, rest = ""] = /^(run|last|baseline):(.*)$/s.exec(given) ?? [];
  if (word !== undefined && rest === "") throw new AppError("USAGE", `${given} names nothing`, {}, { hint: HINT });
  if (word === "run") return { kind: "run", given, id: rest };
  if (word === "baseline") return { kind: "baseline", given, name: rest };
  if (word === "last") {
    const [, digits = "", branch] = /^(\d{1,3})(?:@(.+))?$/s.exec(rest) ?? [];
    const n = Number(digits);
    if (n < 1 || n > MAX_LAST)
      throw new AppError("USAGE", `${given}: expected last:N or last:N@BRANCH, N from 1 to ${MAX_LAST}`);
    return { kind: "last", given, n, branch };
  }
  if (!(await meansFiles(io, given))) return { kind: "run", given, id: given };
  const { files, errors } = await expandReports(io, [given]);
  if (errors[0] !== undefined) throw errors[0];
  return { kind: "files", given, inputs: files };
}

const HINT = "a run id, last:10@main, baseline:NAME, or a report file";
const MAX_LAST = 100;

async function meansFiles(io: CliIo, given: string): Promise<boolean> {
  if (given === STDIN || /[*?[{]/.test(given)) return true;
  const endings = FORMATS.flatMap(({ extensions }) => extensions.map((one) => `.${one}`));
  const plain = given.toLowerCase().replace(/\.gz$/, "");
  if (endings.some((ending) => plain.endsWith(ending))) return true;
  return (await stat(resolve(io.cwd, given)).catch(() => undefined)) !== undefined;
}

export interface SideOptions {
  readonly config: Config;
  /** As far as flags say. */
  readonly within: Within;
  readonly suite: string | undefined;
  /** Where newest runs are looked for when neither flags nor the other side say. */
  readonly home: { readonly project: string; readonly environment: string };
  readFile(input: Input): Promise<Source>;
}

/** What is named stands fast; what is searched for is searched for beside it. */
const ORDER: Readonly<Record<Operand["kind"], number>> = { files: 0, run: 0, baseline: 1, last: 2 };

/**
 * Reads both. `last:N` are the newest runs that measured what the other side did, without the runs of the other side: `last:10 last:1`
 * is the newest run with the ten before it. `access`: undefined when both are files.
 */
export async function readSides(
  a: Operand,
  b: Operand,
  access: Access | undefined,
  options: SideOptions,
): Promise<readonly [Side, Side]> {
  const read = (operand: Operand, other?: Side): Promise<Side> => readSide(operand, other, access, options);
  const first = ORDER[a.kind] < ORDER[b.kind] ? await read(a) : await read(b);
  const second = ORDER[a.kind] < ORDER[b.kind] ? await read(b, first) : await read(a, first);
  const same = first.sources.find(
    ({ run }) => run !== undefined && second.sources.some((one) => one.run?.id === run.id),
  );
  if (same !== undefined) {
    const message = `${a.given} and ${b.given} are the same run, ${same.run?.runId}`;
    throw new AppError("REQUEST_INVALID", message, {}, { hint: "a run is compared with another one" });
  }
  return ORDER[a.kind] < ORDER[b.kind] ? [first, second] : [second, first];
}

async function readSide(
  operand: Operand,
  other: Side | undefined,
  access: Access | undefined,
  options: SideOptions,
): Promise<Side> {
  const { given } = operand;
  if (operand.kind === "files") {
    const sources: Source[] = [];
    for (const input of operand.inputs) sources.push(await options.readFile(input));
    return { given, sources: measuring(given, sources) };
  }
  if (access === undefined) throw new AppError("INTERNAL", "no store was opened");
  const elsewhere = other?.sources[0]?.run;
  if (operand.kind === "last") return { given, sources: await newestMeasured(operand, other, access, options) };
  if (operand.kind === "run") {
    const run = await findRun(access, operand.id, options.within).catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === "NOT_FOUND")) throw error;
      throw new AppError(error.code, error.message, error.place, { cause: error, hint: `expected ${HINT}` });
    });
    return { given, sources: measuring(given, [sourceOf(run, options.suite)]) };
  }
  const { run } = await findBaseline(access, operand.name, options.within, elsewhere);
  return { given, sources: measuring(given, [sourceOf(await access.run(run.id), options.suite)]) };
}

/** Files of a folder that measured nothing are left out; a side without any is a mistake. */
function measuring(given: string, sources: readonly Source[]): readonly Source[] {
  const found = sources.filter(({ values }) => values.length > 0);
  if (found.length > 0) return found;
  const hint = "benchmarks, load tests and named measures are compared";
  throw new AppError("INPUT_EMPTY", "nothing was measured there", { file: given }, { hint });
}

export function sourceOf(run: RunDetail, suite: string | undefined): Source {
  const { measures, loadResults, suiteResults: _, parts: __, coverageFiles: ___, ...summary } = run;
  const values = [
    ...measures.map((measure) => measuredValue(measure, measure.suite, measure.runnerClass)),
    ...loadResults.flatMap((result) => loadMeasured(result, result.suite)),
  ].filter((value) => suite === undefined || value.suite === suite);
  const unfit = run.status === "running" || run.status === "partial" || run.status === "cancelled";
  return { run: summary, notWhole: unfit ? `the run is ${run.status}` : undefined, values };
}

/** A measure with the parts of its series; only benchmarks depend on the machine that runs them. */
export function measuredValue(
  { kind, name, measure, stat: of, unit, component, scenario, better, value, samples }: Measure,
  suite: string | undefined,
  runnerClass: string | undefined,
): MeasuredValue {
  const place = {
    suite,
    kind,
    name: kind === "benchmark" ? name : undefined,
    component,
    scenario,
    operation: undefined,
  };
  const machine = kind === "benchmark" ? runnerClass : undefined;
  return { ...place, measure, stat: of, unit, runnerClass: machine, better, value, samples };
}

export function loadMeasured(result: LoadResult, suite: string | undefined): MeasuredValue[] {
  const { scenario, operation = ALL_OPERATIONS } = result;
  const place = { suite, kind: "load", name: undefined, component: undefined, scenario, operation } as const;
  const rest = { runnerClass: undefined, better: undefined, samples: undefined };
  return loadValues(result).map((value) => ({ ...place, ...value, ...rest }));
}
