/** Columns of the four outcomes' counts, for tables of whatever has counts. */
import { tally } from "./parts.js";

/** @typedef {import("../../model/test.ts").OutcomeCounts} OutcomeCounts */

/** @param {string} title @param {keyof OutcomeCounts} outcome @param {string} tone */
const column = (title, outcome, tone) => ({
  title,
  number: true,
  count: true,
  sort: (/** @type {{ counts: OutcomeCounts }} */ { counts }) => counts[outcome],
  cell: (/** @type {{ counts: OutcomeCounts }} */ { counts }) => tally(counts[outcome], tone),
});

export const countColumns = [
  column("Passed", "passed", "text"),
  column("Failed", "failed", "bad"),
  column("Errored", "errored", "error"),
  column("Skipped", "skipped", "text"),
];
