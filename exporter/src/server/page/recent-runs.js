/** The list of recent runs, longer on demand. */
import { runLink } from "./api.js";
import { countColumns } from "./count-columns.js";
import { h, nameText, render } from "./dom.js";
import { filterBar, parameter } from "./filters.js";
import { duration } from "./format.js";
import { NEWEST } from "./home-data.js";
import { PULL_REQUEST } from "./latest.js";
import { badge, wordOf } from "./outcome.js";
import { ciLink, commitText, notice, section, showMore, when } from "./parts.js";
import { table } from "./table.js";

/** @typedef {import("./api.js").RunSummary} RunSummary */

const FIRST = 25;
const MOST = 1000;
const STATUSES = {
  name: "status",
  label: "Status of recent runs",
  any: "Any status",
  values: ["running", "passed", "failed", "errored", "cancelled", "partial", "empty", "measured"].map((value) => ({
    value,
    text: wordOf(value),
  })),
};

/** @param {() => void} refresh */
export function recentRuns(refresh) {
  const { section: whole, body, aside } = section("recent", "Recent runs");
  /** How many runs to list; not part of the address's filters. */
  let shown = FIRST;

  /** A filter changed: the list is short again. */
  function restart() {
    shown = FIRST;
    refresh();
  }

  /** @param {import("./api.js").Paged<RunSummary>} list */
  function show(list) {
    render(aside, filterBar([STATUSES], restart));
    showRuns(list.items, Boolean(list.nextCursor));
  }

  /** @param {readonly RunSummary[]} all @param {boolean} more */
  function showRuns(all, more) {
    const runs = all.slice(0, shown);
    const update = () => showRuns(all, more);
    if (runs.length === 0) {
      render(body, notice("No run matches these filters."));
      return;
    }
    render(
      body,
      table({
        id: "runs",
        caption: "Recent runs, newest first",
        rows: runs,
        key: (run) => run.id,
        update,
        rowClass: (run) => `edge-${run.status}`,
        columns: [
          { title: "Outcome", sort: (run) => run.status, cell: (run) => badge(run.status) },
          {
            title: "Run",
            head: true,
            wide: true,
            sort: (run) => run.runId,
            cell: (run) => [
              h(
                "a",
                { href: runLink(run.id), "data-run": run.id },
                nameText(run.suites.length === 0 ? run.runId : run.suites.slice(0, 3).join(", "), 80),
              ),
              run.suites.length > 3 ? ` and ${run.suites.length - 3} more` : undefined,
              h("div", { class: "quiet small" }, nameText(`${run.project} · ${run.environment} · ${run.runId}`, 90)),
            ],
          },
          ...countColumns,
          {
            title: "Duration",
            number: true,
            sort: (run) => run.durationSeconds,
            cell: (run) => duration(run.durationSeconds),
          },
          {
            title: "Branch",
            sort: (run) => run.branch,
            cell: (run) => [
              run.branch === undefined ? "–" : nameText(run.branch, 60),
              run.branchLabel === PULL_REQUEST ? h("div", { class: "quiet small" }, "pull request") : undefined,
            ],
          },
          { title: "Commit", cell: (run) => commitText(run.commit) },
          { title: "Ended (UTC)", sort: (run) => run.endedAtMs, cell: (run) => when(run.endedAtMs) },
          { title: "CI", cell: (run) => ciLink(run.runUrl, run.runId) },
        ],
      }),
      (more || all.length > shown) && shown < MOST
        ? showMore("runs", () => {
            shown = Math.min(MOST, shown * 2);
            if (shown > NEWEST || parameter("status") !== "") refresh();
            else update();
          })
        : undefined,
    );
  }

  return { section: whole, limit: () => shown, restart, show };
}
