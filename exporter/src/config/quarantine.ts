/** Tests whose failures are put up with for a while. */
import { namePattern } from "../model/name-pattern.ts";
import type { Config } from "./schema.ts";

export type QuarantineEntry = Config["quarantine"][number];

const DAY_MS = 86_400_000;

/** Its last day (UTC) is over: failures count again. */
export const isExpired = ({ expires }: Pick<QuarantineEntry, "expires">, nowMs: number): boolean =>
  nowMs >= Date.parse(expires) + DAY_MS;

export interface TestName {
  readonly project: string;
  readonly suite: string;
  /** Suites inside the report and class name, outermost first. */
  readonly path: readonly string[];
  readonly name: string;
}

/** A test as people write it: `Cart > adds an item`. */
export const testTitle = ({ path, name }: Pick<TestName, "path" | "name">): string => [...path, name].join(" > ");

/**
 * What finds the entry of a test: one that holds rather than an expired one, then the first of the list. A test is known by its name
 * with as much of its path before it as the entry states.
 */
export function quarantineLookup(
  entries: readonly QuarantineEntry[],
  nowMs: number,
): (test: TestName) => QuarantineEntry | undefined {
  const rules = [...entries]
    .sort((a, b) => Number(isExpired(a, nowMs)) - Number(isExpired(b, nowMs)))
    .map((entry) => ({ entry, fits: namePattern(entry.test) }));
  return (test) => {
    const { path } = test;
    const titles = [...path, ""].map((_, i) => testTitle({ path: path.slice(i), name: test.name }));
    return rules.find(
      ({ entry, fits }) =>
        (entry.project ?? test.project) === test.project &&
        (entry.suite ?? test.suite) === test.suite &&
        titles.some(fits),
    )?.entry;
  };
}

/** One line for each entry that has expired, for whoever looks after the configuration. */
export function expiredNotes(entries: readonly QuarantineEntry[], nowMs: number): string[] {
  return entries.flatMap((entry, i) =>
    isExpired(entry, nowMs)
      ? [
          `quarantine[${i}]: ${JSON.stringify(entry.test)} expired on ${entry.expires} (${entry.owner}): it counts again`,
        ]
      : [],
  );
}
