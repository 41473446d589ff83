/** What `ingest` tells: R5's minimal text for each run, or a JSON document. */
import type { AppError } from "../errors.ts";
import type { Receipt } from "../ingest/types.ts";
import type { Coverage } from "../model/measure.ts";
import type { FailureLine, RunSummary } from "../model/run.ts";
import { executedOf, totalOf } from "../model/test.ts";
import { allQuarantined, NO_QUARANTINE, type RunQuarantine } from "../reports/quarantined-failures.ts";
import type { Input } from "./inputs.ts";
import { type CliIo, type Color, clean, painter } from "./io.ts";
import { resultLines } from "./result-lines.ts";

export interface IngestResult {
  readonly receipts: { readonly input: Input; readonly receipt: Receipt & { readonly url?: string } }[];
  readonly errors: AppError[];
  /** By uuid, as they are at the end. */
  readonly runs: Map<string, RunSummary>;
  /** Of the runs with failures. */
  readonly quarantines: Map<string, RunQuarantine>;
}

interface FileResult {
  readonly name: string;
  readonly outcome: Receipt["outcome"];
  readonly format: string;
  readonly part: string;
  readonly counts: Receipt["counts"];
  readonly measures: number;
  readonly loadResults: number;
  readonly warnings: Receipt["warnings"];
}

export interface RunResult {
  readonly run: RunSummary;
  readonly url: string | undefined;
  readonly files: readonly FileResult[];
  readonly failures: readonly FailureLine[];
  readonly coverage: Coverage | undefined;
  /** A report said of itself that it did not end well. */
  readonly brokeOff: boolean;
  /** No test, no measure, no coverage: never a quiet success. */
  readonly holdsNothing: boolean;
  readonly quarantine: RunQuarantine;
}

export function resultOf({ receipts, runs, quarantines }: IngestResult): RunResult[] {
  return [...runs.values()].map((run) => {
    const own = receipts.filter(({ receipt }) => receipt.run.id === run.id);
    const coverage = own.map(({ receipt }) => receipt.coverage).findLast((found) => found !== undefined);
    const holdsOther = coverage !== undefined || own.some(({ receipt }) => receipt.measures + receipt.loadResults > 0);
    return {
      run,
      url: own.map(({ receipt }) => receipt.url).find((url) => url !== undefined),
      files: own.map(({ input, receipt: { outcome, format, part, counts, measures, loadResults, warnings } }) => {
        return { name: input.name, outcome, format, part, counts, measures, loadResults, warnings };
      }),
      failures: own.flatMap(({ receipt }) => receipt.failures),
      coverage,
      brokeOff: run.state !== undefined || own.some(({ receipt }) => receipt.state !== undefined),
      holdsNothing: totalOf(run.counts) === 0 && !holdsOther,
      quarantine: quarantines.get(run.id) ?? NO_QUARANTINE,
    };
  });
}

/** Not known to be good. A run that is still open is judged by what it holds. Failures count unless all of them are in quarantine. */
export function hasFailed({ run: { status, counts }, brokeOff, quarantine }: RunResult): boolean {
  if (allQuarantined(quarantine, counts.failed + counts.errored))
    return brokeOff || !["failed", "errored", "running"].includes(status);
  if (status !== "running") return status !== "passed" && status !== "measured";
  const noneExecuted = totalOf(counts) > 0 && executedOf(counts) === 0;
  return counts.failed + counts.errored > 0 || brokeOff || noneExecuted;
}

const STATUS_COLORS: Readonly<Record<string, Color>> = { passed: "green", running: "yellow" };

export function printText(io: CliIo, results: readonly RunResult[]): void {
  const paint = painter(io, io.stdout);
  for (const { run, url, files, failures, coverage, quarantine } of results) {
    const stored = files.filter(({ outcome }) => outcome === "stored").length;
    const known = files.length - stored;
    const measures = files.reduce((sum, file) => sum + file.measures, 0);
    const loadResults = files.reduce((sum, file) => sum + file.loadResults, 0);
    // Who only measured has no tests to count.
    if (totalOf(run.counts) > 0 || measures + loadResults === 0 || coverage !== undefined) {
      io.stdout.write(
        resultLines({
          counts: run.counts,
          durationSeconds: run.durationSeconds,
          failures,
          lineRatio: coverage?.lineRatio,
          branchRatio: coverage?.branchRatio,
        }),
      );
    }
    const words = [
      stored > 0 ? `${count(stored, "report")} stored` : "",
      known > 0 ? `${count(known, "report")} already stored` : "",
      measures > 0 ? count(measures, "measure") : "",
      loadResults > 0 ? count(loadResults, "load result") : "",
      run.flaky > 0 ? `${run.flaky} flaky` : "",
    ].filter((word) => word !== "");
    const status = paint(STATUS_COLORS[run.status] ?? "red", run.status);
    const name = clean(`${run.project}/${run.environment} ${run.runId}`);
    io.stdout.write(`RUN: ${name} ${status} (${words.join(", ")})${url === undefined ? "" : ` ${clean(url)}`}\n`);
    for (const { test, owner, expires, reason } of quarantine.failures) {
      const why = reason === undefined ? "" : `: ${reason}`;
      io.stdout.write(`QUARANTINED: ${clean(`${test} (${owner}, until ${expires})${why}`)}\n`);
    }
    for (const file of files) {
      for (const { code, message, line } of file.warnings) {
        const place = clean(line === undefined ? file.name : `${file.name}:${line}`);
        io.stderr.write(`${place}: ${painter(io, io.stderr)("yellow", `WARNING: ${code}`)}: ${clean(message)}\n`);
      }
    }
  }
}

export function printJson(io: CliIo, results: readonly RunResult[], errors: readonly AppError[]): void {
  const document = {
    runs: results.map(({ run, url, files, failures, coverage, quarantine }) => ({
      id: run.id,
      project: run.project,
      environment: run.environment,
      runId: run.runId,
      suites: run.suites,
      branch: run.branch ?? null,
      status: run.status,
      summary: {
        total: totalOf(run.counts),
        ...run.counts,
        flaky: run.flaky,
        retries: run.retries,
        durationSeconds: run.durationSeconds,
      },
      coverage: coverage ?? null,
      url: url ?? null,
      files,
      failures: failures.map(({ test, file, line, error, signature }) => ({
        test,
        file: file ?? null,
        line: line ?? null,
        error,
        signature: signature ?? null,
      })),
      quarantined: quarantine.failures.map(({ test, suite, owner, expires, reason }) => {
        return { test, suite, owner, expires, reason: reason ?? null };
      }),
    })),
    errors: errors.map(({ code, message, place, hint }) => ({
      code,
      message,
      file: place.file ?? null,
      line: place.line ?? null,
      column: place.column ?? null,
      hint,
    })),
  };
  io.stdout.write(`${JSON.stringify(document)}\n`);
}

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;
