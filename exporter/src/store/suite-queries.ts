/** Suites as users list them. */
import { type KnownSuite, OVERFLOW, type SuiteKey, type SuitesFilter } from "../model/store.ts";
import type { All } from "./query.ts";

/** By project and name. What folded into `__overflow__` has no series of its own and is not listed. */
export function knownSuites(all: All, { project = "", suite = "" }: SuitesFilter): KnownSuite[] {
  const where = "(?1 = '' OR project = ?1) AND (?2 = '' OR suite = ?2)";
  const rows = all<SuiteKey & { retired: number | null; newest: number | null }>(
    `SELECT k.project, k.suite, e.retired_ms AS retired,
       (SELECT max((SELECT s.ended_ms FROM suite_result s JOIN run r ON r.id = s.run WHERE s.scope = c.id AND r.completed_ms IS NOT NULL
                    ORDER BY s.ended_ms DESC LIMIT 1))
        FROM scope c WHERE c.project = k.project AND c.suite = k.suite) AS newest
     FROM (SELECT project, suite FROM scope WHERE suite NOT IN ('', '${OVERFLOW}') AND project <> '${OVERFLOW}' AND ${where}
           UNION SELECT project, suite FROM ended_suite WHERE retired_ms IS NOT NULL AND ${where}) k
       LEFT JOIN ended_suite e ON e.project = k.project AND e.suite = k.suite
     ORDER BY k.project, k.suite`,
    project,
    suite,
  );
  const aliases = all<SuiteKey & { alias: string }>(
    `SELECT project, suite, alias FROM suite_alias WHERE ${where} ORDER BY alias`,
    project,
    suite,
  );
  const former = Map.groupBy(aliases, (one) => JSON.stringify([one.project, one.suite]));
  return rows.map((row) => ({
    project: row.project,
    suite: row.suite,
    retiredAtMs: row.retired ?? undefined,
    lastRunAtMs: row.newest ?? undefined,
    formerNames: (former.get(JSON.stringify([row.project, row.suite])) ?? []).map(({ alias }) => alias),
  }));
}
