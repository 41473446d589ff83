/** Messages between the service and its worker. */
import type { Config } from "../config/schema.ts";
import type { SerializedError } from "../errors.ts";
import type { RunSummary } from "../model/run.ts";
import type { Receipt, StoreCommand, Submission } from "./types.ts";

export interface WorkerData {
  readonly storeAddress: string;
  readonly config: Config;
  /** Take the lock of the one server a store may have. */
  readonly exclusive: boolean;
}

export type WorkerRequest =
  | { readonly kind: "submit"; readonly id: number; readonly submission: Submission }
  | { readonly kind: "command"; readonly id: number; readonly command: StoreCommand }
  | { readonly kind: "config"; readonly config: Config }
  | { readonly kind: "close" };

export type WorkerAnswer =
  | { readonly kind: "receipt"; readonly id: number; readonly receipt: Receipt }
  | { readonly kind: "done"; readonly id: number; readonly run: RunSummary | undefined }
  | { readonly kind: "rejected"; readonly id: number; readonly error: SerializedError };

export type WorkerReply =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly error: SerializedError }
  /** All that shared one commit, in the order of their requests. */
  | { readonly kind: "answers"; readonly answers: readonly WorkerAnswer[] }
  /** The store changed. */
  | { readonly kind: "committed" }
  | { readonly kind: "tick-failed"; readonly error: SerializedError }
  | { readonly kind: "closed" };
