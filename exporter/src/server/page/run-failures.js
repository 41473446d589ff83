/** The failing tests of one run, more of them on demand. */
import { h, render } from "./dom.js";
import { count, total } from "./format.js";
import { isRed } from "./outcome.js";
import { failure, section } from "./parts.js";

/** @typedef {import("./api.js").RunDetail} RunDetail */
/** @typedef {import("./api.js").CaseRecord} CaseRecord */

const FIRST = 50;
const MOST = 1000;

/** @param {() => void} refresh */
export function runFailures(refresh) {
  const { section: whole, body } = section("failing-tests", "Failing tests");
  let limit = FIRST;

  /** @param {RunDetail} run @param {import("./api.js").Paged<CaseRecord>} failed */
  function show(run, failed) {
    whole.hidden = run.status === "measured";
    const bad = run.counts.failed + run.counts.errored;
    render(
      body,
      failed.items.length === 0
        ? h("p", { class: "quiet" }, noFailures(run))
        : h(
            "ul",
            { class: "failures" },
            failed.items.map((record) => failure(record)),
          ),
      failed.nextCursor && limit < MOST
        ? h(
            "p",
            {},
            h(
              "button",
              {
                type: "button",
                onclick: () => {
                  limit = Math.min(MOST, limit * 4);
                  refresh();
                },
              },
              `Show more of ${count(bad)} failing tests`,
            ),
          )
        : undefined,
    );
  }

  return { section: whole, limit: () => limit, show };
}

/** @param {RunDetail} run */
function noFailures(run) {
  if (run.status === "passed") return "No test failed.";
  if (run.status === "empty" || total(run.counts) === 0) return "The run holds no test, so nothing was checked.";
  if (run.status === "running") return "No test has failed so far.";
  if (isRed(run.status))
    return "No test failed; the run is red because something outside its tests went wrong. See the parts and the CI run.";
  return "No test failed among those that arrived.";
}
