/** Writes the standard test report of R5: the JSON document, the minimal text, and what both are made from. */
import type { ReportMeta, ReportSink } from "../model/format.ts";
import { noCounts, type OutcomeCounts, suitePath } from "../model/test.ts";

/** Plain input of both writers. Ratios are 0 to 1. */
export interface StandardInput {
  readonly taskId: string;
  readonly agentId?: string | undefined;
  /** Milliseconds since the epoch: when the run ended. */
  readonly endedAtMs?: number | undefined;
  readonly counts: OutcomeCounts;
  readonly durationSeconds?: number | undefined;
  /** May be fewer than `counts` says; the counts are the truth. */
  readonly failures: readonly StandardFailure[];
  readonly coverage?: StandardCoverage | undefined;
}

export interface StandardFailure {
  readonly test: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly error: string;
  readonly traceback?: string | undefined;
  readonly outcome: "failed" | "errored";
}

export interface StandardCoverage {
  readonly lineRatio?: number | undefined;
  readonly branchRatio?: number | undefined;
  readonly uncoveredFiles?: readonly string[] | undefined;
}

/** R5's report. Keys without a value are null, so that every report has the same keys. */
export interface StandardReport {
  readonly report_version: "1.0";
  readonly task_id: string;
  readonly agent_id: string | null;
  readonly timestamp: string | null;
  readonly summary: { total: number; passed: number; failed: number; skipped: number; duration_seconds: number | null };
  readonly failures: readonly {
    test: string;
    file: string | null;
    line: number | null;
    error: string;
    traceback: string | null;
    outcome?: "errored";
  }[];
  readonly coverage: {
    line_percent: number | null;
    branch_percent: number | null;
    uncovered_files: readonly string[];
  } | null;
}

/** Errored cases are failed ones here; an extra `outcome` on their failure keeps them apart for our own reader. */
export function toStandardReport(input: StandardInput): StandardReport {
  const { counts, coverage } = input;
  const failed = counts.failed + counts.errored;
  return {
    report_version: "1.0",
    task_id: input.taskId,
    agent_id: input.agentId ?? null,
    timestamp: input.endedAtMs === undefined ? null : new Date(input.endedAtMs).toISOString(),
    summary: {
      total: counts.passed + failed + counts.skipped,
      passed: counts.passed,
      failed,
      skipped: counts.skipped,
      duration_seconds: input.durationSeconds ?? null,
    },
    failures: input.failures.map((failure) => ({
      test: failure.test,
      file: failure.file ?? null,
      line: failure.line ?? null,
      error: failure.error,
      traceback: failure.traceback ?? null,
      ...(failure.outcome === "errored" ? { outcome: "errored" as const } : {}),
    })),
    coverage:
      coverage?.lineRatio === undefined && coverage?.branchRatio === undefined
        ? null
        : {
            line_percent: percentOf(coverage.lineRatio) ?? null,
            branch_percent: percentOf(coverage.branchRatio) ?? null,
            uncovered_files: coverage.uncoveredFiles ?? [],
          },
  };
}

/** Places named in the FAILED line. */
const MAX_PLACES = 20;

/**
 *     [TESTS] 45 total: 42 passed, 2 failed, 1 skipped (12.5s)
 *     FAILED: test_auth.py:45, test_api.py:89
 *     COVERAGE: 85% lines, 72% branches
 *
 * The second line only when tests failed, the third only when coverage is known, the duration only when it is known. A place
 * where several tests failed is named once; `… and N more` counts the other failed tests: those at places beyond the bound
 * and those that `failures` does not list.
 */
export function minimalText(input: StandardInput): string {
  const { counts, coverage, failures } = input;
  const failed = counts.failed + counts.errored;
  const total = counts.passed + failed + counts.skipped;
  const time = input.durationSeconds === undefined ? "" : ` (${shortSeconds(input.durationSeconds)}s)`;
  const lines = [`[TESTS] ${total} total: ${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped${time}`];
  if (failed > 0) {
    lines.push(`FAILED: ${failedPlaces(failures, failed)}`);
  }
  const parts = [
    coverage?.lineRatio === undefined ? "" : `${shortPercent(coverage.lineRatio)}% lines`,
    coverage?.branchRatio === undefined ? "" : `${shortPercent(coverage.branchRatio)}% branches`,
  ].filter((part) => part !== "");
  if (parts.length > 0) lines.push(`COVERAGE: ${parts.join(", ")}`);
  return lines.join("\n");
}

/** `failures` may be fewer than `failed`. */
function failedPlaces(failures: readonly StandardFailure[], failed: number): string {
  const named = new Set<string>();
  let covered = 0;
  for (const failure of failures) {
    const place = placeOf(failure);
    if (!named.has(place)) {
      if (named.size === MAX_PLACES) continue;
      named.add(place);
    }
    covered++;
  }
  const more = failed - covered;
  if (named.size === 0) return `${more} tests`;
  return [...named, ...(more > 0 ? [`… and ${more} more`] : [])].join(", ");
}

function placeOf(failure: StandardFailure): string {
  const place =
    failure.file === undefined
      ? failure.test
      : failure.line === undefined
        ? failure.file
        : `${failure.file}:${failure.line}`;
  return place.replace(/\s+/g, " ").slice(0, 200);
}

/** One decimal from 0.1 s on; below, two significant digits, so that no run takes 0 s. */
function shortSeconds(seconds: number): number {
  return seconds >= 0.1 ? Math.round(seconds * 10) / 10 : Number(seconds.toPrecision(2));
}

/** One decimal, never rounded up to 100. */
function shortPercent(ratio: number): number {
  const percent = Math.round(ratio * 1000) / 10;
  return percent >= 100 && ratio < 1 ? 99.9 : percent;
}

function percentOf(ratio: number | undefined): number | undefined {
  return ratio === undefined ? undefined : Number((ratio * 100).toPrecision(15));
}

/** Failures kept by the collector. */
const MAX_FAILURES = 1_000;

/** A sink that gathers the input of the writers from any report, in bounded memory. */
export function standardCollector(taskId: string): ReportSink & { result(): StandardInput } {
  const counts = noCounts();
  const failures: StandardFailure[] = [];
  let coverage: StandardCoverage | undefined;
  let meta: ReportMeta = {};
  return {
    begin: () => {},
    suite: () => {},
    measure: () => {},
    warn: () => {},
    case: (result) => {
      counts[result.outcome]++;
      if ((result.outcome !== "failed" && result.outcome !== "errored") || failures.length >= MAX_FAILURES) return;
      failures.push({
        test: [
          ...suitePath(result.suite),
          ...(result.className === undefined ? [] : [result.className]),
          result.name,
        ].join(" > "),
        file: result.file,
        line: result.line,
        error: result.failure?.message ?? "(no message)",
        traceback: result.failure?.stack,
        outcome: result.outcome,
      });
    },
    coverage: (value) => {
      coverage = { ...coverage, ...value };
    },
    end: (value) => {
      meta = value;
    },
    result: () => ({
      taskId: meta.taskId ?? taskId,
      agentId: meta.agentId,
      endedAtMs: meta.endedAtMs,
      counts,
      durationSeconds: meta.durationSeconds,
      failures,
      coverage,
    }),
  };
}
