/** Reading reports in tests: everything that a sink received. */
import { readReport } from "../../src/formats/registry.ts";
import type { FileCoverage } from "../../src/model/coverage.ts";
import { DEFAULT_LIMITS, type Limits, type ReportMeta, type Warning } from "../../src/model/format.ts";
import type { LoadResult } from "../../src/model/load.ts";
import type { Coverage, Measure } from "../../src/model/measure.ts";
import { type CaseResult, noCounts, type OutcomeCounts, type SuiteNode } from "../../src/model/test.ts";

export interface Received {
  readonly format: string;
  readonly meta: ReportMeta;
  readonly cases: readonly CaseResult[];
  readonly counts: OutcomeCounts;
  readonly suites: readonly {
    suite: SuiteNode;
    durationSeconds?: number | undefined;
    startedAtMs?: number | undefined;
  }[];
  readonly measures: readonly Measure[];
  readonly loads: readonly LoadResult[];
  readonly coverage: Coverage | undefined;
  readonly coverageFiles: readonly FileCoverage[];
  readonly warnings: readonly Warning[];
  /** The order of calls, runs of the same name once: begin case suite end. */
  readonly calls: string;
}

export interface ReadOptions {
  readonly format?: string;
  readonly limits?: Partial<Limits>;
  /** Bytes per chunk; default: all at once. */
  readonly chunk?: number;
  readonly name?: string;
}

export async function* chunksOf(
  input: string | Uint8Array,
  size = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  const bytes = typeof input === "string" ? Buffer.from(input) : input;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, Math.min(bytes.length, at + size));
}

export async function read(
  input: string | Uint8Array | AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): Promise<Received> {
  const cases: CaseResult[] = [];
  const counts = noCounts();
  const suites: { suite: SuiteNode; durationSeconds?: number | undefined; startedAtMs?: number | undefined }[] = [];
  const measures: Measure[] = [];
  const loads: LoadResult[] = [];
  const coverageFiles: FileCoverage[] = [];
  const warnings: Warning[] = [];
  const calls: string[] = [];
  let coverage: Coverage | undefined;
  let meta: ReportMeta = {};
  const called = (name: string): void => {
    if (calls.at(-1) !== name) calls.push(name);
  };
  const chunks = typeof input === "string" || input instanceof Uint8Array ? chunksOf(input, options.chunk) : input;
  const format = await readReport(
    { name: options.name ?? "report", chunks },
    {
      begin: () => called("begin"),
      suite: (suite, info) => {
        called("suite");
        suites.push({ suite, ...info });
      },
      case: (result) => {
        called("case");
        counts[result.outcome]++;
        cases.push(result);
      },
      measure: (measure) => {
        called("measure");
        measures.push(measure);
      },
      load: (result) => {
        called("load");
        loads.push(result);
      },
      coverage: (value) => {
        called("coverage");
        coverage = value;
      },
      coverageFile: (file) => {
        coverageFiles.push(file);
      },
      warn: (warning) => {
        warnings.push(warning);
      },
      end: (value) => {
        called("end");
        meta = value;
      },
    },
    { ...DEFAULT_LIMITS, ...options.limits },
    options.format,
  );
  return {
    format,
    meta,
    cases,
    counts,
    suites,
    measures,
    loads,
    coverage,
    coverageFiles,
    warnings,
    calls: calls.join(" "),
  };
}
