/** Outcomes of tests over the newest runs of their suite. */
import { setImmediate as turn } from "node:timers/promises";
import { AppError } from "../errors.ts";
import type { DueSuite, SuiteFilter, SuiteRuns, TestOutcome, TestOutcomes } from "../model/outcomes.ts";
import { PULL_REQUEST, type RunStatus } from "../model/run.ts";
import { signatureOf } from "../model/signature.ts";
import { OVERFLOW, type Page, type Paged, type Scope } from "../model/store.ts";
import { OUTCOMES, type OutcomeCounts } from "../model/test.ts";
import { type All, decodeCursor, limitOf, paged, type Value } from "./query.ts";
import { countsOf } from "./rows.ts";

const MAX_RUNS = 1000;
/** Keys looked up at once: a few milliseconds in which nobody else is served. */
const LOOKUPS = 5_000;
/** OUTCOMES that are bad, as stored. */
const BAD = "(1, 2)";

/** In the order in which suites were first seen. */
export function suiteRunsPage(all: All, filter: SuiteFilter, runs: number, page: Page): Paged<SuiteRuns> {
  if (!Number.isInteger(runs) || runs < 1 || runs > MAX_RUNS)
    throw new AppError("REQUEST_INVALID", `runs must be 1 to ${MAX_RUNS}, got ${runs}`);
  const limit = limitOf(page);
  // What folded stands for several suites at once, and so do pull requests for several branches.
  const parts = ["x.suite <> ''", "x.branch <> ?", "? NOT IN (x.project, x.suite, x.environment, x.branch)"];
  const values: Value[] = [PULL_REQUEST, OVERFLOW];
  for (const column of ["project", "suite", "environment", "branch"] as const) {
    const value = filter[column];
    if (value === undefined) continue;
    parts.push(`x.${column} = ?`);
    values.push(value);
  }
  if (page.cursor !== undefined) {
    parts.push("x.id > ?");
    values.push(...decodeCursor(page.cursor, 1));
  }
  const scopes = all<Scope & { id: number }>(
    `SELECT x.* FROM scope x WHERE ${parts.join(" AND ")}
       AND EXISTS (SELECT 1 FROM suite_result s WHERE s.scope = x.id AND s.status <> 'measured') ORDER BY x.id LIMIT ?`,
    ...values,
    limit + 1,
  );
  return paged(
    scopes,
    limit,
    ({ id }) => [id],
    ({ id, project, suite, environment, branch }) => {
      return { project, suite, environment, branch, runs: newestRuns(all, id, runs) };
    },
  );
}

/** Those that wait longest first. A scope that folded stands for several suites and is passed over. */
export function dueSuites(all: All, limit: number, runs: number): DueSuite[] {
  return all<Scope & { id: number; mark: number }>(
    `SELECT x.*, d.generation AS mark FROM suite_due d JOIN scope x ON x.id = d.scope ORDER BY d.generation, d.scope LIMIT ?`,
    limit,
  ).map(({ id, project, suite, environment, branch, mark }) => {
    const isFolded = [project, suite, environment, branch].includes(OVERFLOW);
    return { project, suite, environment, branch, mark, runs: isFolded ? [] : newestRuns(all, id, runs) };
  });
}

interface RunOfSuite extends OutcomeCounts {
  uuid: string;
  run_id: string;
  commit_sha: string | null;
  status: RunStatus;
  ended_ms: number;
  retries: number;
  history: number;
}

function newestRuns(all: All, scope: number, runs: number): SuiteRuns["runs"] {
  return all<RunOfSuite>(
    `SELECT r.uuid, r.run_id, r.commit_sha, r.status, r.history, s.ended_ms, s.passed, s.failed, s.errored, s.skipped, s.retries
     FROM suite_result s JOIN run r ON r.id = s.run
     WHERE s.scope = ? AND s.status <> 'measured' AND r.completed_ms IS NOT NULL ORDER BY s.ended_ms DESC, s.run DESC LIMIT ?`,
    scope,
    runs,
  )
    .reverse()
    .map((row) => ({
      runId: row.run_id,
      runUuid: row.uuid,
      commit: row.commit_sha ?? undefined,
      status: row.status,
      endedAtMs: row.ended_ms,
      counts: countsOf(row),
      retries: row.retries,
      history: row.history === 1,
    }));
}

/**
 * Tests with a bad result or a retry in one of the runs, by test id, each with its results in the order of `uuids`. Only runs whose
 * totals speak of such are searched; the rest is looked up by (run, test). Other work gets its turn in between.
 */
export async function* troubledTests(all: All, suite: string, uuids: readonly string[]): AsyncGenerator<TestOutcomes> {
  const runs = uuids.flatMap((uuid) =>
    all<{ id: number; uuid: string }>("SELECT id, uuid FROM run WHERE uuid = ?", uuid),
  );
  const found = new Set<number>();
  for (const { id } of runs) {
    for (const { test } of troubledIn(all, suite, id)) found.add(test);
    await turn();
  }
  const tests = [...found].sort((a, b) => a - b);
  const size = Math.max(1, Math.floor(LOOKUPS / Math.max(1, runs.length)));
  for (let from = 0; from < tests.length; from += size) {
    yield* outcomesOf(all, tests.slice(from, from + size), runs);
    await turn();
  }
}

function troubledIn(all: All, suite: string, run: number): { test: number }[] {
  const [has] = all(
    "SELECT 1 FROM suite_result WHERE run = ? AND suite = ? AND failed + errored + retries > 0",
    run,
    suite,
  );
  if (has === undefined) return [];
  return all(
    `SELECT DISTINCT c.test FROM case_result c JOIN test_group g ON g.id = c.test >> 20
     WHERE c.run = ? AND (c.outcome IN ${BAD} OR c.attempt > 1) AND g.suite = ?`,
    run,
    suite,
  );
}

interface ResultRow {
  test: number;
  at: number;
  attempt: number;
  outcome: number;
  /** The normalized message. */
  signature: string | null;
}

function outcomesOf(
  all: All,
  tests: readonly number[],
  runs: readonly { readonly id: number; readonly uuid: string }[],
): TestOutcomes[] {
  const ids = JSON.stringify(tests);
  const names = all<{ id: number; name: string; path: string }>(
    "SELECT t.id, t.name, g.path FROM json_each(?) i JOIN test t ON t.id = i.value JOIN test_group g ON g.id = t.id >> 20",
    ids,
  );
  // CROSS JOIN keeps this order: each result is one look-up.
  const rows = all<ResultRow>(
    `SELECT c.test, r.key AS at, c.attempt, c.outcome, d.signature
     FROM json_each(?) t CROSS JOIN json_each(?) r CROSS JOIN case_result c ON c.run = r.value AND c.test = t.value
       LEFT JOIN case_detail d ON c.outcome IN ${BAD} AND d.run = c.run AND d.test = c.test AND d.attempt = c.attempt
     ORDER BY c.test, at, c.attempt`,
    ids,
    JSON.stringify(runs.map(({ id }) => id)),
  );
  const byTest = Map.groupBy(rows, ({ test }) => test);
  return names.map(({ id, name, path }) => {
    const steps = JSON.parse(path) as string[];
    const inRuns = Map.groupBy(byTest.get(id) ?? [], ({ at }) => at);
    const results = [...inRuns].map(([at, attempts]): TestOutcome => {
      const last = attempts.at(-1)!;
      const outcome = OUTCOMES[last.outcome]!;
      const isBad = outcome === "failed" || outcome === "errored";
      return {
        runUuid: runs[at]!.uuid,
        outcome,
        failedBefore: attempts.slice(0, -1).some((one) => one.outcome === 1 || one.outcome === 2),
        signature: isBad ? signatureOf(steps, name, last.signature ?? "") : undefined,
      };
    });
    return { testId: String(id), path: steps, name, results };
  });
}
