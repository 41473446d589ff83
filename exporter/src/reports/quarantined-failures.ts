/** Failures of a run that the quarantine puts up with, for whoever decides about the run. */
import { isExpired, type QuarantineEntry, quarantineLookup, testTitle } from "../config/quarantine.ts";
import type { StoreReader } from "../model/store.ts";

export interface QuarantinedFailure {
  /** With its path: `Cart > adds an item`. */
  readonly test: string;
  readonly suite: string;
  readonly owner: string;
  readonly expires: string;
  readonly reason: string | undefined;
  readonly signature: string | undefined;
}

export interface RunQuarantine {
  /** Failed and errored tests of the run that an entry holds for which has not expired. */
  readonly failures: readonly QuarantinedFailure[];
  /** The other failed and errored tests; at least so many in a run of thousands of failures. */
  readonly others: number;
}
/** `bad`: failed and errored tests. What arrived meanwhile, or was not looked at, is not put up with. */
export const allQuarantined = ({ failures, others }: RunQuarantine, bad: number): boolean =>
  bad > 0 && others === 0 && failures.length >= bad;

export const NO_QUARANTINE: RunQuarantine = { failures: [], others: 0 };

/** Results hold messages and output: not too many at a time. */
const PAGE = 200;
/** What is beyond is not known to be in quarantine, so it counts. */
const MAX_FAILURES = 5_000;

/** Reads the run's failures only when an entry can hold for one of them. */
export async function quarantinedFailures(
  reader: Pick<StoreReader, "cases">,
  run: { readonly id: string; readonly project: string },
  entries: readonly QuarantineEntry[],
  nowMs: number,
): Promise<RunQuarantine> {
  const active = entries.filter((entry) => !isExpired(entry, nowMs) && (entry.project ?? run.project) === run.project);
  if (active.length === 0) return NO_QUARANTINE;
  const entryOf = quarantineLookup(active, nowMs);
  const failures: QuarantinedFailure[] = [];
  let others = 0;
  let cursor: string | undefined;
  do {
    const filter = { outcome: ["failed", "errored"], finalOnly: true } as const;
    const page = await reader.cases(run.id, filter, { limit: PAGE, cursor });
    for (const { suite, path, name, signature } of page.items) {
      const entry = entryOf({ project: run.project, suite, path, name });
      if (entry === undefined) others++;
      else {
        const { owner, expires, reason } = entry;
        failures.push({ test: testTitle({ path, name }), suite, owner, expires, reason, signature });
      }
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined && failures.length + others < MAX_FAILURES);
  return { failures, others: others + (cursor === undefined ? 0 : 1) };
}
