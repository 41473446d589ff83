/** How one run ended, in numbers, and where it belongs. */
import { now, ROOT } from "./api.js";
import { h, nameText, render } from "./dom.js";
import { count, duration, fullUtc, passPercent, percent, relative } from "./format.js";
import { bar, icon, toneOf, wordOf } from "./outcome.js";
import { ciLink, commitText, factList } from "./parts.js";

/** @param {HTMLElement} head @param {import("./api.js").RunDetail} run */
export function runHead(head, run) {
  const states = {
    running: "More parts may come.",
    partial: "Not all parts arrived: what is missing is unknown, so this run is not green.",
    cancelled: "Stopped before its end: what did not run is unknown.",
    empty: "No test was executed: nothing was checked, so this run is not green.",
  };
  render(
    head,
    h("p", { class: "crumbs" }, h("a", { href: ROOT.href }, "Results"), " › Run"),
    h(
      "h1",
      { class: `verdict tone-${toneOf(run.status)}`, "data-verdict": run.status },
      /** @type {Node} */ (icon(run.status)),
      h("span", {}, `${wordOf(run.status)}: `, nameText(run.suites.slice(0, 5).join(", ") || run.runId, 160)),
    ),
    run.status in states
      ? h("p", { class: "notice" }, states[/** @type {keyof typeof states} */ (run.status)])
      : undefined,
    run.status === "measured" ? measuredNumbers(run) : testNumbers(run),
    bar(run.counts, run.status),
    factList([
      ["Project", nameText(run.project)],
      ["Environment", nameText(run.environment)],
      ["Branch", run.branch === undefined ? undefined : nameText(run.branch, 100)],
      ["Commit", run.commit === undefined ? undefined : commitText(run.commit)],
      ["Started", h("span", { class: "num" }, fullUtc(run.startedAtMs))],
      ["Ended", h("span", { class: "num" }, `${fullUtc(run.endedAtMs)} (${relative(run.endedAtMs, now())})`)],
      ["CI", run.runUrl === undefined ? undefined : ciLink(run.runUrl, run.runId)],
      ["Run id", h("code", {}, nameText(run.runId, 120))],
      [
        "Parts",
        run.partsExpected === undefined
          ? count(run.partsReceived)
          : `${count(run.partsReceived)} of ${count(run.partsExpected)}`,
      ],
      ["Retries", run.retries > 0 ? count(run.retries) : undefined],
      ["Executor", run.executor === undefined ? undefined : nameText(run.executor)],
      ["Framework", run.framework === undefined ? undefined : nameText(run.framework)],
      ["History", run.history ? "ingested as history; did not move counters" : undefined],
    ]),
  );
}

/** @param {import("./api.js").RunDetail} run */
const testNumbers = (run) =>
  h(
    "div",
    { class: "numbers" },
    number("Pass rate", percent(passPercent(run.counts))),
    number("Failed", count(run.counts.failed), run.counts.failed > 0 ? "bad" : undefined),
    number("Errored", count(run.counts.errored), run.counts.errored > 0 ? "error" : undefined),
    number("Passed", count(run.counts.passed)),
    number("Skipped", count(run.counts.skipped)),
    number("Flaky", count(run.flaky), run.flaky > 0 ? "doubt" : undefined),
    number("Duration", duration(run.durationSeconds)),
  );

/** A run without tests: zeros of their outcomes would say nothing. @param {import("./api.js").RunDetail} run */
function measuredNumbers(run) {
  const wholes = run.loadResults.filter((one) => one.operation === undefined);
  const requests = wholes.reduce((sum, one) => sum + (one.requests ?? 0), 0);
  const failed = wholes.reduce((sum, one) => sum + (one.failures ?? 0), 0);
  const isKnown = requests > 0 && wholes.every((one) => one.requests === undefined || one.failures !== undefined);
  return h(
    "div",
    { class: "numbers" },
    requests > 0 ? number("Requests", count(requests)) : undefined,
    isKnown ? number("Failed requests", count(failed), failed > 0 ? "bad" : undefined) : undefined,
    run.measures.length > 0 ? number("Measured numbers", count(run.measures.length)) : undefined,
    number("Duration", duration(run.durationSeconds)),
  );
}

/** @param {string} label @param {string} value @param {string} [tone] */
const number = (label, value, tone) =>
  h(
    "div",
    { class: "number" },
    h("div", { class: "quiet small" }, label),
    h("div", { class: `big num ${tone === undefined ? "" : `tone-${tone}`}` }, value),
  );
