/** The documents of design section 4, built while a report is read; bounded for a report of any size. */

import { type FileCoverage, rangesText, worstFirst } from "../model/coverage.ts";
import { type Classifier, createClassifier } from "../model/error-type.ts";
import type { Limits, ReportMeta, ReportSink, ReportSource, Warning, Yields } from "../model/format.ts";
import { ALL_OPERATIONS, errorRatio, type LoadResult } from "../model/load.ts";
import type { Coverage, Measure } from "../model/measure.ts";
import { failureSignature } from "../model/signature.ts";
import {
  casePath,
  type ErrorType,
  isFlaky,
  noCounts,
  type OutcomeCounts,
  type SuiteNode,
  suitePath,
  totalOf,
} from "../model/test.ts";
import { formatById, readReport } from "./registry.ts";
import { cut, own } from "./text.ts";

export interface TestRunDocument {
  readonly kind: "test-run";
  readonly format: string;
  /** Present when the report itself says that the run did not end well; such a run is never a pass. */
  readonly state?: "partial" | "error" | "cancelled";
  readonly stateMessage?: string;
  readonly name?: string;
  readonly framework?: string;
  readonly startedAt?: string;
  readonly summary: OutcomeCounts & {
    readonly total: number;
    readonly durationSeconds: number | null;
    readonly flaky: number;
  };
  /** Suites that hold cases; the first 10 000 of them. */
  readonly suites: readonly SuiteDocument[];
  readonly suitesOmitted?: number;
  /** The first 100 cases that failed or errored. */
  readonly failures: readonly FailureDocument[];
  readonly failuresOmitted?: number;
  readonly coverage?: CoverageNumbers;
  /** Measures beside tests: benchmarks that the same command ran. */
  readonly benchmarks?: readonly BenchmarkDocument[];
  readonly benchmarksOmitted?: number;
  readonly warnings: readonly Warning[];
}

export interface SuiteDocument extends OutcomeCounts {
  /** Names from the outermost suite to this one, joined with " > ". */
  readonly name: string;
  readonly total: number;
  readonly durationSeconds: number | null;
}

export interface FailureDocument {
  readonly suite: string | null;
  readonly name: string;
  readonly outcome: "failed" | "errored";
  readonly message: string;
  readonly errorType: ErrorType;
  /** See `failureSignature`. */
  readonly signature: string;
  readonly file?: string;
  readonly line?: number;
}

export interface BenchmarkRunDocument {
  readonly kind: "benchmark-run";
  readonly format: string;
  /** Present when the report is not whole, or a benchmark failed. */
  readonly state?: "partial" | "error" | "cancelled";
  readonly stateMessage?: string;
  /** Beside the values: tests that ran benchmarks, criteria of a load test. */
  readonly summary?: OutcomeCounts & { readonly total: number };
  /** The first 100 of them that failed or errored. */
  readonly failures?: readonly FailureDocument[];
  readonly failuresOmitted?: number;
  readonly benchmarks: readonly BenchmarkDocument[];
  readonly benchmarksOmitted?: number;
  readonly warnings: readonly Warning[];
}

export interface BenchmarkDocument {
  readonly name: string;
  readonly measure: string;
  readonly stat: string;
  /** As the file states it, in the file's own unit. */
  readonly value: number;
  readonly unit: string | null;
  readonly component?: string;
  readonly scenario?: string;
  readonly operation?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

interface CoverageNumbers {
  readonly linePercent?: number;
  readonly branchPercent?: number;
  readonly functionPercent?: number;
  readonly uncoveredFiles?: readonly string[];
  /** How many files the report names; absent when it only has totals. */
  readonly files?: number;
}

export interface CoverageFileDocument {
  readonly path: string;
  /** Null where there is nothing to cover. */
  readonly linePercent: number | null;
  readonly branchPercent?: number;
  readonly functionPercent?: number;
  /** "3-5, 9"; null when the format names no lines. */
  readonly uncoveredLines: string | null;
}

export interface CoverageDocument {
  readonly kind: "coverage";
  readonly format: string;
  /** Present when the report is not whole. */
  readonly state?: "partial" | "error" | "cancelled";
  readonly stateMessage?: string;
  readonly coverage: CoverageNumbers;
  /** The first 1 000, most uncovered lines first. */
  readonly files?: readonly CoverageFileDocument[];
  readonly filesOmitted?: number;
  readonly warnings: readonly Warning[];
}

export type InspectDocument = TestRunDocument | BenchmarkRunDocument | CoverageDocument;

const MAX_SUITES = 10_000;
const MAX_FAILURES = 100;
const MAX_BENCHMARKS = 100_000;
const MAX_FILES = 1_000;

/** Reads a report and describes it; `classify` says what its failures are. Throws AppError only. */
export async function inspectReport(
  source: ReportSource,
  limits: Limits,
  forcedId?: string,
  classify?: Classifier,
): Promise<InspectDocument> {
  const sink = inspectSink(classify);
  const format = await readReport(source, sink, limits, forcedId);
  return sink.document(format, formatById(format)?.yields ?? "tests");
}

/** A sink, and the document once `end` was called. */
export function inspectSink(
  classify: Classifier = createClassifier([]),
): ReportSink & { document(format: string, yields: Yields): InspectDocument } {
  const counts = noCounts();
  const suites = new Map<SuiteNode, OutcomeCounts & { seconds: number | undefined; declared: number | undefined }>();
  const omitted = new Set<SuiteNode>();
  const failures: FailureDocument[] = [];
  const benchmarks: BenchmarkDocument[] = [];
  const warnings: Warning[] = [];
  let failing = 0;
  let flaky = 0;
  let measured = 0;
  let coverage: Coverage | undefined;
  const files: FileCoverage[] = [];
  let meta: ReportMeta = {};
  let node: SuiteNode | undefined;
  let entry: (OutcomeCounts & { seconds: number | undefined; declared: number | undefined }) | undefined;

  const entryOf = (suite: SuiteNode): typeof entry => {
    if (suite === node) return entry;
    node = suite;
    entry = suites.get(suite);
    if (entry === undefined && suites.size < MAX_SUITES) {
      entry = { ...noCounts(), seconds: undefined, declared: undefined };
      suites.set(suite, entry);
    } else if (entry === undefined && omitted.size < 100 * MAX_SUITES) omitted.add(suite);
    return entry;
  };

  return {
    begin: (value) => {
      meta = value;
    },
    suite: (suite, info) => {
      const found = entryOf(suite);
      if (found !== undefined) found.declared = info.durationSeconds;
    },
    case: (result) => {
      const { outcome, suite } = result;
      counts[outcome]++;
      if (result.earlierAttempts !== undefined && isFlaky(result)) flaky++;
      if (suite !== undefined) {
        const found = entryOf(suite);
        if (found !== undefined) {
          found[outcome]++;
          if (result.durationSeconds !== undefined) found.seconds = (found.seconds ?? 0) + result.durationSeconds;
        }
      }
      if (outcome !== "failed" && outcome !== "errored") return;
      if (++failing > MAX_FAILURES) return;
      failures.push({
        suite: suite === undefined ? null : suitePath(suite).join(" > "),
        name: own(displayName(result.className, result.name, suite?.name)),
        outcome,
        message: own(cut(result.failure?.message ?? "(no message)", 1_000)),
        // The label it gets at ingest when nothing else names one.
        errorType: classify(result.failure, outcome, meta.name ?? suitePath(suite)[0] ?? "") ?? "unknown",
        signature: failureSignature(casePath(result), result.name, result.failure?.message),
        ...(result.file === undefined ? {} : { file: own(result.file) }),
        ...(result.line === undefined ? {} : { line: result.line }),
      });
    },
    measure: (measure) => {
      if (++measured <= MAX_BENCHMARKS) benchmarks.push(benchmarkOf(measure));
    },
    load: (result) => {
      for (const row of loadRows(result)) if (++measured <= MAX_BENCHMARKS) benchmarks.push(row);
    },
    coverage: (value) => {
      coverage = { ...coverage, ...value };
    },
    coverageFile: (file) => {
      files.push(file);
    },
    warn: (warning) => {
      warnings.push(warning);
    },
    end: (value) => {
      meta = value;
    },
    document: (format, yields) => {
      if (yields === "measures")
        return {
          kind: "benchmark-run",
          format,
          ...(meta.state === undefined ? {} : { state: meta.state }),
          ...(meta.stateMessage === undefined ? {} : { stateMessage: meta.stateMessage }),
          ...(totalOf(counts) === 0 ? {} : { summary: { total: totalOf(counts), ...counts } }),
          ...(failures.length === 0 ? {} : { failures }),
          ...(failing > MAX_FAILURES ? { failuresOmitted: failing - MAX_FAILURES } : {}),
          benchmarks,
          ...(measured > MAX_BENCHMARKS ? { benchmarksOmitted: measured - MAX_BENCHMARKS } : {}),
          warnings,
        };
      if (yields === "coverage")
        return {
          kind: "coverage",
          format,
          ...(meta.state === undefined ? {} : { state: meta.state }),
          ...(meta.stateMessage === undefined ? {} : { stateMessage: meta.stateMessage }),
          ...coverageDocument(coverage ?? {}, files),
          warnings,
        };
      return {
        kind: "test-run",
        format,
        ...(meta.state === undefined ? {} : { state: meta.state }),
        ...(meta.stateMessage === undefined ? {} : { stateMessage: meta.stateMessage }),
        ...(meta.name === undefined ? {} : { name: meta.name }),
        ...(meta.framework === undefined ? {} : { framework: meta.framework }),
        ...(meta.startedAtMs === undefined ? {} : { startedAt: new Date(meta.startedAtMs).toISOString() }),
        summary: { total: totalOf(counts), ...counts, flaky, durationSeconds: tidy(meta.durationSeconds) },
        suites: [...suites].map(([suite, { seconds, declared, ...own }]) => ({
          name: suitePath(suite).join(" > "),
          total: totalOf(own),
          ...own,
          durationSeconds: tidy(declared ?? seconds),
        })),
        ...(omitted.size > 0 ? { suitesOmitted: omitted.size } : {}),
        failures,
        ...(failing > MAX_FAILURES ? { failuresOmitted: failing - MAX_FAILURES } : {}),
        ...(coverage === undefined ? {} : { coverage: coverageOf(coverage) }),
        ...(benchmarks.length === 0 ? {} : { benchmarks }),
        ...(measured > MAX_BENCHMARKS ? { benchmarksOmitted: measured - MAX_BENCHMARKS } : {}),
        warnings,
      };
    },
  };
}

/** With the class, unless it repeats the suite's or the case's own name. */
function displayName(className: string | undefined, name: string, suite: string | undefined): string {
  return className === undefined || className === suite || className === name ? name : `${className} > ${name}`;
}

function benchmarkOf(measure: Measure): BenchmarkDocument {
  return {
    name: measure.name,
    measure: measure.measure,
    stat: measure.stat,
    value: measure.sourceValue,
    // Two Greek letters look like the micro of "us"; whoever compares units should not have to know both.
    unit: measure.sourceUnit?.replace(/[\u00b5\u03bc]s/, "us") ?? null,
    ...(measure.component === undefined ? {} : { component: measure.component }),
    ...(measure.scenario === undefined ? {} : { scenario: measure.scenario }),
    ...(measure.tags === undefined ? {} : { tags: measure.tags }),
  };
}

/** A load result as rows like any other, in base units. */
function loadRows(result: LoadResult): BenchmarkDocument[] {
  const { scenario, operation } = result;
  const name = [scenario, operation].filter((part) => part !== undefined).join(" > ") || ALL_OPERATIONS;
  const row = (measure: string, stat: string, value: number | undefined, unit: string | null): BenchmarkDocument[] =>
    value === undefined
      ? []
      : [
          {
            name,
            measure,
            stat,
            value,
            unit,
            ...(scenario === undefined ? {} : { scenario }),
            ...(operation === undefined ? {} : { operation }),
          },
        ];
  return [
    ...Object.entries(result.latency).flatMap(([stat, value]) => row("latency", stat, value, "s")),
    ...row("requests", "count", result.requests, null),
    ...row("failures", "count", result.failures, null),
    ...row("requests_per_second", "value", result.requestsPerSecond, "req/s"),
    ...row("received_bytes_per_second", "value", result.receivedBytesPerSecond, "B/s"),
    ...row("error_ratio", "value", errorRatio(result), "ratio"),
  ];
}

const percent = (ratio: number): number => Number((ratio * 100).toFixed(4));

/** Files say more than the list of the uncovered among them, which only reports without files have. */
function coverageDocument(
  coverage: Coverage,
  files: readonly FileCoverage[],
): Pick<CoverageDocument, "coverage" | "files" | "filesOmitted"> {
  if (files.length === 0) return { coverage: coverageOf(coverage) };
  const { uncoveredFiles: _, ...numbers } = coverageOf(coverage);
  return {
    coverage: { ...numbers, files: files.length },
    files: [...files].sort(worstFirst).slice(0, MAX_FILES).map(fileDocument),
    ...(files.length > MAX_FILES ? { filesOmitted: files.length - MAX_FILES } : {}),
  };
}

function fileDocument({ path, lines, branches, functions, missed }: FileCoverage): CoverageFileDocument {
  const of = (tally: FileCoverage["branches"]): number | undefined =>
    tally === undefined || tally.total === 0 ? undefined : percent(tally.covered / tally.total);
  const [branchPercent, functionPercent] = [of(branches), of(functions)];
  return {
    path,
    linePercent: of(lines) ?? null,
    ...(branchPercent === undefined ? {} : { branchPercent }),
    ...(functionPercent === undefined ? {} : { functionPercent }),
    uncoveredLines: missed === undefined ? null : rangesText(missed),
  };
}

function coverageOf(coverage: Coverage): CoverageNumbers {
  return {
    ...(coverage.lineRatio === undefined ? {} : { linePercent: percent(coverage.lineRatio) }),
    ...(coverage.branchRatio === undefined ? {} : { branchPercent: percent(coverage.branchRatio) }),
    ...(coverage.functionRatio === undefined ? {} : { functionPercent: percent(coverage.functionRatio) }),
    ...(coverage.uncoveredFiles === undefined ? {} : { uncoveredFiles: coverage.uncoveredFiles }),
  };
}

/** Sums of decimal fractions without their binary dust; nanoseconds are kept. */
function tidy(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Number(seconds.toFixed(9));
}
