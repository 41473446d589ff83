/** A failing test as a defect: since which version, and how sure that is. Pure. */

export interface VersionedExecution {
  readonly passed: boolean;
  /** Version or commit under test; undefined: not known. */
  readonly version: string | undefined;
  /** What makes two failures the same, see `model/signature.ts`; undefined for a pass or a failure without message. */
  readonly signature: string | undefined;
}

export interface Defect {
  readonly state: "confirmed" | "suspected";
  /** Why it is not confirmed. */
  readonly doubts: readonly (
    | "too_few_runs"
    | "signatures_differ"
    | "previous_version_unknown"
    | "previous_version_failed"
  )[];
  /** Of the newest failure. */
  readonly signature: string | undefined;
  /** Failures at the end, in a row. */
  readonly failures: number;
  /** The last version that passed, and the first that failed: the defect came between them. Equal: within one version. */
  readonly lastGood: string | undefined;
  readonly firstBad: string | undefined;
}

/** Failures with one signature that confirm a defect. */
export const CONFIRMING_RUNS = 3;

/**
 * Undefined when the newest run passed. Confirmed: the last `confirming` runs failed with one signature, and the version before the
 * first failure was clean, that is it ran and always passed. `executions` of one test on one branch, oldest first.
 */
export function defectOf(
  executions: readonly VersionedExecution[],
  confirming: number = CONFIRMING_RUNS,
): Defect | undefined {
  const newest = executions.at(-1);
  if (newest === undefined || newest.passed) return undefined;
  const start = executions.findLastIndex(({ passed }) => passed) + 1;
  const failing = executions.slice(start);
  const last = failing.slice(-confirming);
  const firstBad = failing[0]!.version;
  const previous = executions.slice(0, start).findLast(({ version }) => version !== firstBad)?.version;
  const ofPrevious = executions.filter(({ version }) => version === previous);
  const doubts: Defect["doubts"][number][] = [];
  if (failing.length < confirming) doubts.push("too_few_runs");
  if (last.some(({ signature }) => signature === undefined || signature !== newest.signature))
    doubts.push("signatures_differ");
  if (firstBad === undefined || previous === undefined) doubts.push("previous_version_unknown");
  else if (ofPrevious.some(({ passed }) => !passed)) doubts.push("previous_version_failed");
  return {
    state: doubts.length === 0 ? "confirmed" : "suspected",
    doubts,
    signature: newest.signature,
    failures: failing.length,
    lastGood: executions[start - 1]?.version,
    firstBad,
  };
}
