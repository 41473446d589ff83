import type { FileCoverage } from "./coverage.ts";
import type { LoadResult } from "./load.ts";
import type { Coverage, Measure } from "./measure.ts";
import type { RunnerInfo } from "./runner.ts";
import type { CaseResult, SuiteNode } from "./test.ts";

/**
 * What a report is about. "measures": benchmarks, load tests and named values; such a report may hold test cases as well, for the
 * pass criteria a tool judged itself (k6 thresholds).
 */
export type Yields = "tests" | "measures" | "coverage";

/** Something odd that did not stop the reading. Counted, shown and stored; never silent. */
export interface Warning {
  readonly code:
    | "SUMMARY_MISMATCH"
    | "NO_TESTS"
    | "TIME_UNREADABLE"
    | "TEXT_CUT"
    | "UNIT_UNKNOWN"
    | "VALUE_SKIPPED"
    | "NAME_MISSING"
    | "ENCODING"
    | "NOISE_SKIPPED"
    | "INCOMPLETE"
    | "LIMIT";
  readonly message: string;
  readonly line?: number | undefined;
}

/** What the outermost element says of the whole report. */
export interface ReportMeta {
  /** The root's own name; becomes the suite label when neither flag nor configuration names one. */
  readonly name?: string | undefined;
  readonly framework?: string | undefined;
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
  /** Declared on the outermost element, else sum of top-level suites, else wall time; see `ReportSink.end`. */
  readonly durationSeconds?: number | undefined;
  /** R5 error states: the report itself says that the run did not end well. */
  readonly state?: "partial" | "error" | "cancelled" | undefined;
  readonly stateMessage?: string | undefined;
  /** The machine that measured, where a benchmark report names it. */
  readonly runner?: RunnerInfo | undefined;
  /** From R5 reports. */
  readonly taskId?: string | undefined;
  readonly agentId?: string | undefined;
}

/**
 * Receives a report while it is read. Calls come in this order: `begin` once (with what is known so far), then suites,
 * cases, measures, coverage and warnings in document order, then `end` once (with the whole of what was learnt).
 * A parser that fails throws AppError and never calls `end`; the receiver then drops everything it was given.
 * All calls are synchronous and cheap; the receiver keeps no reference to a case after the call returns.
 */
export interface ReportSink {
  begin(meta: ReportMeta): void;
  /** A suite that holds cases has been read. `durationSeconds` is what the suite declares for itself. */
  suite(suite: SuiteNode, info: { durationSeconds?: number | undefined; startedAtMs?: number | undefined }): void;
  case(result: CaseResult): void;
  measure(measure: Measure): void;
  /** An operation of a load test, or the total of a scenario; each pair of scenario and operation once. */
  load?(result: LoadResult): void;
  /** Totals; of a coverage report they are told after its files. */
  coverage(coverage: Coverage): void;
  /** A file of a coverage report, each path once. For receivers that keep more than totals. */
  coverageFile?(file: FileCoverage): void;
  warn(warning: Warning): void;
  end(meta: ReportMeta): void;
}

export interface Limits {
  /** A text node, attribute or JSON string beyond this is cut (texts) or refused (names). */
  readonly maxTextBytes: number;
  readonly maxDepth: number;
  /** Formats that must be held whole (a JSON document) refuse more than this. */
  readonly maxDocumentBytes: number;
  /** Upper bounds of load-test latency histograms in seconds, ascending. */
  readonly latencyBounds: readonly number[];
}

/** What the configuration's `limits.*` default to. */
export const DEFAULT_LIMITS: Limits = {
  maxTextBytes: 32 * 1024 * 1024,
  maxDepth: 500,
  maxDocumentBytes: 256 * 1024 * 1024,
  latencyBounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30],
};

/** A report as bytes. `name` is for messages and sniffing only. Chunks are read once. */
export interface ReportSource {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * A report that is a folder of files. The command line reads such files one after another as one source, as a JSON text sequence
 * (RFC 7464) in which a document `{"file": NAME}` stands before each.
 */
export interface FolderReport {
  /**
   * What a file of that name is: "certain" by its name alone; "maybe" when `sniff` is certain of its content; "beside" when it
   * belongs to such a folder and holds no results.
   */
  claims(name: string): "certain" | "maybe" | "beside" | "no";
  /** Names of folders below that hold no results either. */
  readonly beside: readonly string[];
}

/**
 * One input format: one object in one file, one line in the registry. `sniff` sees the first 64 KB as text (BOM removed)
 * and the file's base name. "certain" needs the format's own marks; at most one format may be certain of a file.
 */
export interface Format {
  readonly id: string;
  readonly title: string;
  readonly yields: Yields;
  /** Tools whose files this reads, for help and docs. */
  readonly tools: readonly string[];
  readonly extensions: readonly string[];
  /** "stream": flat memory at any size; "document": held whole, bounded by `Limits.maxDocumentBytes`. */
  readonly reads: "stream" | "document";
  readonly notes?: string | undefined;
  /** Its bytes are no text, so that they are not told to be badly encoded. */
  readonly binary?: boolean | undefined;
  readonly folder?: FolderReport | undefined;
  sniff(head: string, fileName: string): "certain" | "maybe" | "no";
  parse(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void>;
}
