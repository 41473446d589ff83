/** What a test did in each run. */
import { isRed } from "./outcome.js";

/** @typedef {import("../../model/store.ts").HistoryPoint} HistoryPoint */
/**
 * All attempts of the test in one run.
 * @typedef {object} Execution
 * @property {HistoryPoint} final
 * @property {"passed" | "failed" | "errored" | "skipped" | "flaky"} mark
 * @property {HistoryPoint[]} attempts in order
 */

/** @param {readonly HistoryPoint[]} points newest first @returns {Execution[]} newest first */
export function executionsOf(points) {
  /** @type {Map<string, HistoryPoint[]>} */
  const runs = new Map();
  for (const point of points) runs.set(point.run.id, [...(runs.get(point.run.id) ?? []), point]);
  return [...runs.values()].map((unordered) => {
    const attempts = unordered.toSorted((a, b) => a.attempt - b.attempt);
    const final = /** @type {HistoryPoint} */ (attempts.at(-1));
    const flaky = final.outcome === "passed" && attempts.some((point) => isRed(point.outcome));
    return { final, mark: flaky ? "flaky" : final.outcome, attempts };
  });
}
