/**
 * What holds now: the newest run of each suite. Pure functions over lists of runs.
 *
 * A suite here is (project, environment, branch label, suite). Pull requests are their author's business: they are left
 * out unless the branch filter asks for one, or there is nothing else.
 */
import { isRed, toneOf } from "./outcome.js";

/** @typedef {import("./api.js").RunSummary} RunSummary */
/**
 * @typedef {object} Latest
 * @property {string} key
 * @property {string} suite
 * @property {RunSummary} verdict the newest run that is complete, else the newest
 * @property {RunSummary | undefined} running a newer run in progress
 * @property {readonly RunSummary[]} recent up to 10, newest first, this suite's
 */

export const PULL_REQUEST = "pull_request";

/**
 * @param {readonly RunSummary[]} runs in any order
 * @param {{ suite?: string, pullRequests?: boolean }} [options]
 * @returns {Latest[]} most urgent first
 */
export function latestPerSuite(runs, { suite, pullRequests = false } = {}) {
  const newestFirst = runs.toSorted((a, b) => b.endedAtMs - a.endedAtMs || b.receivedAtMs - a.receivedAtMs);
  const shared = pullRequests ? newestFirst : newestFirst.filter((run) => run.branchLabel !== PULL_REQUEST);
  const considered = shared.length > 0 ? shared : newestFirst;
  /** @type {Map<string, { suite: string, runs: RunSummary[] }>} */
  const groups = new Map();
  for (const run of considered) {
    // A run whose first part brought nothing has no suite; it is shown all the same.
    for (const name of run.suites.length === 0 ? [""] : run.suites) {
      if (suite !== undefined && suite !== "" && name !== suite) continue;
      const key = JSON.stringify([run.project, run.environment, run.branchLabel, name]);
      const group = groups.get(key) ?? { suite: name, runs: [] };
      groups.set(key, group);
      group.runs.push(run);
    }
  }
  return [...groups]
    .map(([key, group]) => {
      const [newest] = group.runs;
      const complete = group.runs.filter((run) => run.status !== "running");
      // A run of measures alone says nothing of the tests before it.
      const tested = complete.find((run) => run.status !== "measured");
      const verdict = /** @type {RunSummary} */ (tested ?? complete[0] ?? newest);
      return {
        key,
        suite: group.suite,
        verdict,
        running: newest !== verdict && newest?.status === "running" ? newest : undefined,
        recent: group.runs.slice(0, 10),
      };
    })
    .toSorted(
      (a, b) => urgency(a.verdict.status) - urgency(b.verdict.status) || b.verdict.endedAtMs - a.verdict.endedAtMs,
    );
}

/** Red first, then what is not known to be green, a first run in progress, green, measures only. */
const LEVELS = /** @type {const} */ (["red", "doubt", "busy", "good", "measured"]);

/** Index into LEVELS. @param {string} status */
export const urgency = (status) => {
  if (isRed(status)) return 0;
  return { good: 3, busy: 2, none: 4 }[toneOf(status)] ?? 1;
};

/**
 * Suites by level. Nothing but a passed run is good.
 * @param {readonly { verdict: { status: string } }[]} latest
 */
export function tallyOf(latest) {
  const counts = { red: 0, doubt: 0, busy: 0, good: 0, measured: 0 };
  for (const { verdict } of latest) counts[LEVELS[urgency(verdict.status)] ?? "doubt"] += 1;
  return counts;
}

const suites = (/** @type {number} */ n) => `${n} ${n === 1 ? "suite" : "suites"}`;

/**
 * The sentence that answers "is anything red now".
 * @param {readonly { verdict: { status: string } }[]} latest
 * @param {number} [unseen] at most so many more suites that nobody looked at: they are not passed
 * @returns {{ mark: string, text: string }}
 */
export function headline(latest, unseen = 0) {
  const { red, doubt, busy, good, measured } = tallyOf(latest);
  const more = unseen > 0 ? `, up to ${unseen} more not looked at` : "";
  if (red + doubt + busy + good === 0) {
    if (more !== "") return { mark: "unknown", text: `No suite with tests among the newest runs${more}` };
    return measured > 0
      ? { mark: "measured", text: `${suites(measured)} with measures, none with tests` }
      : { mark: "unknown", text: "No run matches" };
  }
  const parts = [
    red > 0 ? `${suites(red)} red` : "",
    doubt > 0 ? `${red > 0 ? doubt : suites(doubt)} without a full result` : "",
    busy > 0 ? `${red + doubt > 0 ? busy : suites(busy)} in a first run` : "",
  ].filter((part) => part !== "");
  if (parts.length === 0) {
    if (more !== "") return { mark: "unknown", text: `${suites(good)} passed${more}` };
    return {
      mark: "passed",
      text: good === 1 ? "The suite passed in its newest run" : `All ${suites(good)} passed in their newest runs`,
    };
  }
  if (good > 0) parts.push(`${good} passed`);
  return { mark: red > 0 ? "failed" : doubt > 0 ? "unknown" : "running", text: `${parts.join(", ")}${more}` };
}
