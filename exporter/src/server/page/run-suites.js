/** The suites of one run. */
import { countColumns } from "./count-columns.js";
import { render } from "./dom.js";
import { duration, passPercent, percent } from "./format.js";
import { badge } from "./outcome.js";
import { section, suiteName } from "./parts.js";
import { table } from "./table.js";

export function runSuites() {
  const { section: whole, body } = section("suites-part", "Suites");

  /** @param {import("./api.js").RunDetail} run */
  function show(run) {
    whole.hidden = run.suiteResults.length === 0;
    render(
      body,
      table({
        id: "run-suites",
        caption: "Suites of this run",
        rows: run.suiteResults,
        key: (one) => one.suite,
        update: () => show(run),
        rowClass: (one) => `edge-${one.status}`,
        columns: [
          { title: "Outcome", sort: (one) => one.status, cell: (one) => badge(one.status) },
          {
            title: "Suite",
            head: true,
            wide: true,
            sort: (one) => one.suite,
            cell: (one) => suiteName(run.project, one.suite),
          },
          {
            title: "Pass rate",
            number: true,
            sort: (one) => passPercent(one.counts),
            cell: (one) => percent(passPercent(one.counts)),
          },
          ...countColumns,
          {
            title: "Duration",
            number: true,
            sort: (one) => one.durationSeconds,
            cell: (one) => duration(one.durationSeconds),
          },
        ],
      }),
    );
  }

  return { section: whole, show };
}
