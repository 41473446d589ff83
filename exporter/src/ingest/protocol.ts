/** Messages between the service and its worker. */
import type { Config } from "../config/schema.ts";
import type { SerializedError } from "../errors.ts";
import type { AlertStepCounts } from "../model/alert.ts";
import type { RunSummary } from "../model/run.ts";
import type { AlertCommand, Receipt, StoreCommand, Submission } from "./types.ts";

export interface WorkerData {
  readonly storeAddress: string;
  readonly config: Config;
  /** Take the lock of the one server a store may have. */
  readonly exclusive: boolean;
}

export type WorkerRequest =
  | { readonly kind: "submit"; readonly id: number; readonly submission: Submission }
  | { readonly kind: "command"; readonly id: number; readonly command: StoreCommand }
  | { readonly kind: "alerts"; readonly id: number; readonly command: AlertCommand }
  | { readonly kind: "config"; readonly config: Config }
  | { readonly kind: "close" };

export type WorkerAnswer =
  | { readonly kind: "receipt"; readonly id: number; readonly receipt: Receipt }
  | { readonly kind: "done"; readonly id: number; readonly run: RunSummary | undefined }
  | { readonly kind: "alerts"; readonly id: number; readonly steps: AlertStepCounts }
  | { readonly kind: "rejected"; readonly id: number; readonly error: SerializedError };

export type WorkerReply =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly error: SerializedError }
  /** All that shared one commit, in the order of their requests. */
  | { readonly kind: "answers"; readonly answers: readonly WorkerAnswer[] }
  /** The store changed. `detectedSeconds`: of runs that it completed, from the end that their reports state to its commit. */
  | { readonly kind: "committed"; readonly detectedSeconds: readonly number[] }
  /** Of alerts; that time brought, or a request, and that are durable. */
  | { readonly kind: "alert-steps"; readonly steps: AlertStepCounts }
  | { readonly kind: "tick-failed"; readonly error: SerializedError }
  | { readonly kind: "closed" };
