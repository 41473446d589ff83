/** What the home page shows, asked for in one go: each suite's newest run, its failures, and how it went lately. */
import { api, now } from "./api.js";
import { parameter, scopeQuery } from "./filters.js";
import { latestPerSuite, urgency } from "./latest.js";
import { isRed } from "./outcome.js";

/** @typedef {import("./api.js").RunSummary} RunSummary */
/** @typedef {import("./latest.js").Latest} Latest */
/** @typedef {ReturnType<typeof scopeQuery>} Scope */
/** @typedef {Awaited<ReturnType<ReturnType<typeof homeData>>>} HomeData */

export const DAY_MS = 86_400_000;
export const DAYS = 30;
/** Runs looked at in each refresh. */
export const NEWEST = 200;
/** Red suites whose failures are asked for, and failures of each. */
const RED_SUITES = 20;
const FAILURES = 25;
/** Suites that have no run among the newest are looked up by name, so often. */
const LOOKUP_MS = 120_000;
const LOOKUPS = 60;

/** A loader that remembers between refreshes what need not be asked for each time. */
export function homeData() {
  /** @type {RunSummary[]} */
  let elsewhere = [];
  /** Suites that nothing is known of: neither among the newest runs nor looked up. */
  let unseen = 0;
  let lookedUp = { at: 0, for: "" };
  /** Suite rollups of runs with several suites. @type {Map<string, RunSummary>} */
  const rollups = new Map();

  /** @param {Scope} scope @param {number} shown recent runs to list @param {number} [atMs] as it was then */
  return async function load(scope, shown, atMs) {
    const status = parameter("status");
    const from = new Date((atMs ?? now()) - DAYS * DAY_MS).toISOString();
    // Links state whole seconds, and the run that ended in that second is the one they mean.
    const to = atMs === undefined ? undefined : new Date(atMs + 1000).toISOString();
    const [newest, facets, daily, summary, filtered] = await Promise.all([
      api.runs({ ...scope, to, limit: NEWEST }),
      api.facets(),
      api.daily({ ...scope, days: DAYS }),
      api.summary({ ...scope, from, to }),
      status === "" && shown <= NEWEST ? undefined : api.runs({ ...scope, to, status, limit: shown }),
    ]);
    const looking = JSON.stringify([scope, to]);
    if (newest.nextCursor && (lookedUp.for !== looking || now() - lookedUp.at > LOOKUP_MS)) {
      const seen = new Set(newest.items.flatMap((run) => run.suites));
      const missing = facets.suites.filter((suite) => !seen.has(suite) && (!scope.suite || suite === scope.suite));
      const found = await Promise.all(
        missing.slice(0, LOOKUPS).map((suite) => api.runs({ ...scope, to, suite, limit: 5 })),
      );
      elsewhere = found.flatMap((page) => page.items);
      unseen = Math.max(0, missing.length - LOOKUPS);
      lookedUp = { at: now(), for: looking };
    } else if (!newest.nextCursor || lookedUp.for !== looking) {
      elsewhere = [];
      unseen = 0;
    }
    const runs = [...new Map([...newest.items, ...elsewhere].map((run) => [run.id, run])).values()];
    const latest = await withRollups(
      latestPerSuite(runs, { suite: scope.suite, pullRequests: scope.branch !== "" && scope.branch !== undefined }),
    );
    const red = latest.filter((one) => isRed(one.verdict.status));
    const failures = await Promise.all(
      red.slice(0, RED_SUITES).map(async (one) => ({
        one,
        page: await api.cases(one.verdict.id, {
          outcome: "failed,errored",
          suite: one.suite,
          final_only: true,
          limit: FAILURES,
        }),
      })),
    );
    const list = filtered ?? newest;
    return { scope, atMs, facets, daily, summary, newest: newest.items, list, latest, unseen, red, failures };
  };

  /** A run of several suites is judged suite by suite. @param {Latest[]} latest @returns {Promise<Latest[]>} */
  async function withRollups(latest) {
    const judged = await Promise.all(
      latest.map(async (one) => {
        const run = one.verdict;
        if (run.suites.length < 2) return one;
        const key = JSON.stringify([run.id, run.status, run.partsReceived, run.completedAtMs ?? 0, one.suite]);
        if (!rollups.has(key)) {
          const detail = await api.run(run.id);
          for (const rollup of detail.suiteResults) {
            const { counts, durationSeconds, status, startedAtMs, endedAtMs, retries, flaky } = rollup;
            const part = { ...run, counts, durationSeconds, status, startedAtMs, endedAtMs, retries, flaky };
            rollups.set(
              JSON.stringify([run.id, run.status, run.partsReceived, run.completedAtMs ?? 0, rollup.suite]),
              part,
            );
          }
        }
        return { ...one, verdict: rollups.get(key) ?? run };
      }),
    );
    // Sorted again: the status of the part may differ from the run's.
    return judged.toSorted((a, b) => urgency(a.verdict.status) - urgency(b.verdict.status));
  }
}
