/** Outcomes as icon and word: never by colour alone. Each icon has its own outline. */
import { h, svg } from "./dom.js";
import { count, executed, total } from "./format.js";

/** @typedef {import("../../model/test.ts").Outcome} Outcome */
/** @typedef {import("../../model/run.ts").RunStatus} RunStatus */
/** Of alerts, deviations and series. @typedef {"critical" | "warning" | "info" | "acknowledged" | "resolved" | "accepted" | "suspected" | "ok"} Matter */
/** @typedef {Outcome | RunStatus | Matter | "flaky" | "unknown"} Mark */

/** @type {Record<Mark, { word: string, path: string, tone: string }>} 16 x 16, drawn with strokes */
const MARKS = {
  passed: { word: "Passed", tone: "good", path: "M3.5 8.5 6.5 11.5 12.5 4.5" },
  failed: { word: "Failed", tone: "bad", path: "M4 4 12 12M12 4 4 12" },
  errored: { word: "Errored", tone: "error", path: "M8 2.2 14.3 13.4H1.7zM8 6.5V9.3M8 11.3v.2" },
  skipped: { word: "Skipped", tone: "none", path: "M3.5 4 8 8 3.5 12M9 4 13.5 8 9 12" },
  running: { word: "Running", tone: "busy", path: "M5 3.5 12 8 5 12.5z" },
  cancelled: { word: "Cancelled", tone: "doubt", path: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 1 0 8 2.2M4 4 12 12" },
  partial: {
    word: "Partial",
    tone: "doubt",
    path: "M8 2.2A5.8 5.8 0 0 0 8 13.8M8 2.2V13.8M11 3.5v.1M13.3 6v.1M13.3 10v.1M11 12.4v.1",
  },
  empty: { word: "Empty", tone: "doubt", path: "M3 3h10v10H3zM6 8h4" },
  measured: { word: "Measures only", tone: "none", path: "M3 13V9M8 13V3M13 13V6" },
  flaky: { word: "Flaky", tone: "doubt", path: "M2 9C4 3 6 3 8 8S12 13 14 7" },
  critical: { word: "Critical", tone: "bad", path: "M5.2 2.2h5.6l3 3v5.6l-3 3H5.2l-3-3V5.2zM8 5V8.6M8 11v.2" },
  warning: { word: "Warning", tone: "doubt", path: "M8 2.2 14.3 13.4H1.7zM8 6.5V9.3M8 11.3v.2" },
  info: { word: "Note", tone: "none", path: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 1 0 8 2.2M8 7V11M8 4.9v.1" },
  acknowledged: { word: "Acknowledged", tone: "busy", path: "M2 8.5 5 11.5 10 4.5M9 10.5 10 11.5 15 4.5" },
  resolved: { word: "Resolved", tone: "good", path: "M3.5 8.5 6.5 11.5 12.5 4.5" },
  accepted: { word: "Accepted", tone: "none", path: "M3.5 8.5 6.5 11.5 12.5 4.5" },
  suspected: { word: "Suspected", tone: "doubt", path: "M5.5 6A2.6 2.6 0 1 1 8 8.6V10M8 12.4v.1" },
  ok: { word: "No change", tone: "none", path: "M3 8H13" },
  unknown: { word: "Unknown", tone: "doubt", path: "M5.5 6A2.6 2.6 0 1 1 8 8.6V10M8 12.4v.1" },
};

/** @param {string} mark @returns {{ word: string, path: string, tone: string }} */
const entryOf = (mark) => (Object.hasOwn(MARKS, mark) ? MARKS[/** @type {Mark} */ (mark)] : MARKS.unknown);

/** good, bad, error, none, busy or doubt. @param {string} mark */
export const toneOf = (mark) => entryOf(mark).tone;
/** @param {string} mark */
export const wordOf = (mark) => entryOf(mark).word;
/** Failed or errored: somebody should look. @param {string} mark */
export const isRed = (mark) => mark === "failed" || mark === "errored";

/** @param {string} mark */
export const icon = (mark) =>
  svg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, svg("path", { d: entryOf(mark).path }));

/** Icon and word. @param {string} mark @param {string} [word] */
export const badge = (mark, word) =>
  h(
    "span",
    { class: `badge tone-${toneOf(mark)}` },
    /** @type {Node} */ (icon(mark)),
    h("span", {}, word ?? wordOf(mark)),
  );

/**
 * Shares of the outcomes as a bar; decoration beside numbers that say the same. What passed in a run that is not known
 * to be whole is not drawn green.
 * @param {import("../../model/test.ts").OutcomeCounts} counts
 * @param {string} status
 */
export function bar(counts, status) {
  const all = total(counts);
  const parts = /** @type {const} */ (["failed", "errored", "passed", "skipped"]).map((outcome) => {
    const part = h("span", {
      class: `tone-${outcome === "passed" && toneOf(status) === "doubt" ? "doubt" : toneOf(outcome)}`,
    });
    // One failure of a million stays visible.
    part.style.flexGrow = counts[outcome] === 0 ? "0" : String(Math.max(counts[outcome] / Math.max(all, 1), 0.02));
    return part;
  });
  return h("span", { class: "bar", "aria-hidden": "true" }, parts);
}

/**
 * "2 failed, 1 errored, 40 passed"; zeros are left out.
 * @param {import("../../model/test.ts").OutcomeCounts} counts
 */
export function countsText(counts) {
  const parts = /** @type {const} */ (["failed", "errored", "passed", "skipped"])
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => `${count(counts[outcome])} ${outcome}`);
  return parts.length === 0 ? "no tests" : parts.join(", ");
}

/** @param {import("../../model/test.ts").OutcomeCounts} counts */
export const nothingExecuted = (counts) => executed(counts) === 0;
