/** Names for runs that others are compared with. */
import type { RunSummary } from "./run.ts";

/** A name stands for one run of its project and environment. */
export interface BaselineKey {
  readonly project: string;
  readonly environment: string;
  readonly name: string;
}

export interface Baseline extends BaselineKey {
  readonly savedAtMs: number;
  /** As it is now. It is not deleted as long as a baseline names it. */
  readonly run: RunSummary;
}

/** All that is given must hold. */
export type BaselineFilter = { readonly [K in keyof BaselineKey]?: string | undefined };
