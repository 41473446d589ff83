/**
 * Normalized test results, as formats emit them: run > suite > case > attempt. Durations are seconds, times are
 * milliseconds since the epoch (UTC). Absent stays undefined: zeros are never invented.
 */

/** Exclusive; the sum is all. Unknown never means passed. Order is also the order of the stored code: append only. */
export const OUTCOMES = ["passed", "failed", "errored", "skipped"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Worst first: what wins when one case carries several results. */
export const OUTCOME_SEVERITY: Readonly<Record<Outcome, number>> = { errored: 3, failed: 2, skipped: 1, passed: 0 };

/** Cases per outcome. `executed` = passed + failed + errored. */
export type OutcomeCounts = Record<Outcome, number>;
export const noCounts = (): OutcomeCounts => ({ passed: 0, failed: 0, errored: 0, skipped: 0 });
export const totalOf = (counts: OutcomeCounts): number =>
  counts.passed + counts.failed + counts.errored + counts.skipped;
export const executedOf = (counts: OutcomeCounts): number => counts.passed + counts.failed + counts.errored;
/** passed / executed, 0 to 1; undefined when nothing was executed (never 0, never 1). */
export const passRatioOf = (counts: OutcomeCounts): number | undefined =>
  executedOf(counts) === 0 ? undefined : counts.passed / executedOf(counts);

/** The closed set behind the `error_type` label. Rules that choose one are in `error-type.ts`. */
export const ERROR_TYPES = [
  "assertion",
  "timeout",
  "network",
  "crash",
  "setup",
  "out_of_memory",
  "infrastructure",
  "exception",
  "unknown",
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

export interface Failure {
  /** One line or more of what went wrong; bounded by the format to `MAX_MESSAGE` characters. */
  readonly message: string;
  /** The tool's own class, such as `AssertionError`. */
  readonly type?: string | undefined;
  /** Bounded to `MAX_STACK` characters. */
  readonly stack?: string | undefined;
  /** JSON text of the expected and actual values, where the tool tells them apart. */
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
}
export const MAX_MESSAGE = 4_000;
export const MAX_STACK = 32_000;
export const MAX_OUTPUT = 16_000;
export const MAX_NAME = 1_000;

export interface Attachment {
  readonly kind: "screenshot" | "log" | "network" | "other";
  readonly path: string;
}

/**
 * One suite inside a report (often one per class). Formats create one object per suite and share it among its cases;
 * readers may compare by identity within one report.
 */
export interface SuiteNode {
  readonly name: string;
  readonly parent?: SuiteNode | undefined;
  readonly file?: string | undefined;
}
/** Names from the outermost suite to this one. */
export function suitePath(suite: SuiteNode | undefined): string[] {
  const path: string[] = [];
  for (let node = suite; node !== undefined; node = node.parent) path.unshift(node.name);
  return path;
}

/** One execution of a case. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly durationSeconds?: number | undefined;
  readonly failure?: Failure | undefined;
}

/**
 * One case of a report with its final attempt's result. Cases that share suite, className and name within one
 * report are distinct tests (parametrized ones often share a name); retries are `earlierAttempts`.
 */
export interface CaseResult extends Attempt {
  readonly suite: SuiteNode | undefined;
  readonly className?: string | undefined;
  readonly name: string;
  readonly startedAtMs?: number | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  /** In order of execution, without the final one. */
  readonly earlierAttempts?: readonly Attempt[] | undefined;
  readonly output?: string | undefined;
  readonly attachments?: readonly Attachment[] | undefined;
}

/** Suites inside the report and the class, outermost first: with the name, what a test is known by in its suite. */
export function casePath({ suite, className }: Pick<CaseResult, "suite" | "className">): string[] {
  const path = suitePath(suite);
  if (className !== undefined && className !== path.at(-1)) path.push(className);
  return path;
}

/** A case is flaky in its run when it passed in the end after an attempt that did not. */
export const isFlaky = (c: Pick<CaseResult, "outcome" | "earlierAttempts">): boolean =>
  c.outcome === "passed" &&
  (c.earlierAttempts ?? []).some((attempt) => attempt.outcome === "failed" || attempt.outcome === "errored");
