/**
 * What joins formats and store. The service lives in the main thread; parsing and inserting happen in one worker thread,
 * so that scrapes never wait for them.
 */

import type { AlertAcknowledgement, AlertMessage, AlertStepCounts } from "../model/alert.ts";
import type { BaselineKey } from "../model/baseline.ts";
import type { UncoveredFile } from "../model/coverage.ts";
import type { Acknowledgement } from "../model/deviation.ts";
import type { ReportMeta } from "../model/format.ts";
import type { Coverage } from "../model/measure.ts";
import type { FailureLine, RunContext, RunKey, RunSummary } from "../model/run.ts";
import type { SuiteKey } from "../model/store.ts";
import type { OutcomeCounts } from "../model/test.ts";

/** A complete report, held in memory when small, else spooled to a file that the service may read but not delete. */
export type ReportBody =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly path: string };

export interface Submission {
  readonly body: ReportBody;
  /** File name or address, for sniffing, messages and as the default part name. */
  readonly name: string;
  /** Lower-case hex SHA-256 of the uncompressed bytes. */
  readonly contentHash: string;
  readonly sizeBytes: number;
  /** What flags, environment, CI variables said; the configuration fills the rest. */
  readonly context: Partial<RunContext>;
}

export interface Receipt {
  readonly outcome: "stored" | "duplicate";
  readonly format: string;
  readonly part: string;
  /** After this part. `status: "running"` when more parts may come, `empty` when the run holds no test. */
  readonly run: RunSummary;
  /** Of this part alone, by final result. */
  readonly counts: OutcomeCounts;
  readonly measures: number;
  /** Operations and totals of load tests. */
  readonly loadResults: number;
  /** Of the part's suite after it, all parts of the run together. */
  readonly coverage: Coverage | undefined;
  /** Of that suite, most uncovered lines first; at most 20. */
  readonly uncovered?: readonly UncoveredFile[] | undefined;
  /** First 50 of this part. */
  readonly failures: readonly FailureLine[];
  readonly warnings: readonly { code: string; message: string; line?: number | undefined }[];
  readonly taskId: string | undefined;
  /** What the report says of itself: it did not come to a good end. */
  readonly state: ReportMeta["state"];
}

export type StoreCommand =
  | { readonly kind: "finish"; readonly key: RunKey; readonly state?: "cancelled" | "partial" | undefined }
  | { readonly kind: "delete"; readonly key: RunKey }
  | { readonly kind: "move"; readonly key: RunKey; readonly to: Partial<RunKey> }
  | { readonly kind: "retire-suite"; readonly suite: SuiteKey }
  | { readonly kind: "rename-suite"; readonly suite: SuiteKey; readonly to: string }
  | { readonly kind: "save-baseline"; readonly name: string; readonly key: RunKey }
  | { readonly kind: "delete-baseline"; readonly baseline: BaselineKey }
  | { readonly kind: "accept"; readonly deviation: string; readonly reason: string }
  | { readonly kind: "acknowledge"; readonly deviation: string; readonly ack: Acknowledgement };

/** What is done about alerts. */
export type AlertCommand =
  | { readonly kind: "receive"; readonly message: AlertMessage }
  | { readonly kind: "acknowledge"; readonly alert: string; readonly ack: Omit<AlertAcknowledgement, "atMs"> }
  | { readonly kind: "unacknowledge"; readonly alert: string; readonly by: string | undefined }
  | { readonly kind: "snapshot"; readonly alerts: readonly string[]; readonly snapshot: object };

export interface IngestService {
  /**
   * Durable when it resolves; rejects with AppError and stores nothing of this report then. Reports submitted at the same
   * time share commits; one bad report does not touch the others.
   */
  submit(submission: Submission): Promise<Receipt>;
  /** Resolves to the run afterwards; undefined when it is deleted, and for what is about a deviation or a baseline. */
  command(command: StoreCommand): Promise<RunSummary | undefined>;
  /** Durable when it resolves. To the steps it led to, as `onAlertSteps` hears of them. */
  alerts(command: AlertCommand): Promise<AlertStepCounts>;
  /** Reports accepted but not yet durable. */
  queueLength(): number;
  /** False once the writer has died: nothing can be stored until the server is started again. */
  alive(): boolean;
  /** Finishes what was accepted, then stops the worker. */
  close(): Promise<void>;
}
