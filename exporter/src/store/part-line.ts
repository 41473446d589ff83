import type { Outcome } from "../model/test.ts";
import type { StoredResult } from "./case-inserts.ts";

/**
 * Parts of one run may report the same test for two reasons. A job that is run again (`unit#2` after `unit`, as CI systems that
 * keep the run id do) repeats it: its result takes the place of the one before. Another job, shard or file tests it elsewhere: a
 * pass there must not hide a failure here, whichever comes first. So a *line* is a part with its attempts: within a line
 * the last result counts, over all lines the worst.
 */
export function lineBase(part: string): string {
  // `job#2` and `job#2/report.xml`; a number sign elsewhere is part of a name.
  return part.replace(/#[1-9]\d{0,5}(?=\/|$)/, "");
}

/** Worst first. Skipped is the least: what ran somewhere was tested. */
const WEIGHT: Readonly<Record<Outcome, number>> = { errored: 3, failed: 2, passed: 1, skipped: 0 };

export const worse = (a: Outcome, b: Outcome): boolean => WEIGHT[a] > WEIGHT[b];

/**
 * The stored result that goes on deciding although `line` now says `outcome`; undefined when the new one decides.
 * `results` are those of earlier parts, by attempt.
 */
export function decidingBeside(
  results: readonly StoredResult[],
  line: number,
  outcome: Outcome,
): StoredResult | undefined {
  const lasts = new Map(results.filter((one) => one.line !== line).map((one) => [one.line, one]));
  // Of equally bad ones the one that decided last goes on: it has the highest attempt.
  return [...lasts.values()]
    .filter((one) => worse(one.outcome, outcome))
    .sort((a, b) => WEIGHT[a.outcome] - WEIGHT[b.outcome] || a.attempt - b.attempt)
    .at(-1);
}

/** What a line's own attempts say: some failed, and some of them passed after that. */
export function lineHistory(
  results: readonly StoredResult[],
  line: number,
): { tried: boolean; bad: boolean; last: Outcome | undefined; recovered: boolean } {
  const outcomes = results.filter((one) => one.line === line).map((one) => one.outcome);
  const firstBad = outcomes.findIndex((one) => one === "failed" || one === "errored");
  return {
    tried: outcomes.length > 0,
    bad: firstBad !== -1,
    last: outcomes.at(-1),
    recovered: firstBad !== -1 && outcomes.indexOf("passed", firstBad) !== -1,
  };
}
