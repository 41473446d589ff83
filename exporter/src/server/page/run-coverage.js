/** Coverage of one run, by suite. */
import { h, nameText, render } from "./dom.js";
import { percent, plural } from "./format.js";
import { section } from "./parts.js";
import { table } from "./table.js";

export function runCoverage() {
  const { section: whole, body } = section("coverage-part", "Coverage");

  /** @param {import("./api.js").RunDetail} run */
  function show(run) {
    const rows = run.suiteResults.filter((one) => one.coverage !== undefined && one.coverage !== null);
    whole.hidden = rows.length === 0;
    const ratio = (/** @type {number | undefined} */ value) => (value === undefined ? "–" : percent(value * 100));
    render(
      body,
      table({
        id: "coverage",
        caption: "Coverage by suite",
        rows,
        key: (one) => one.suite,
        update: () => show(run),
        columns: [
          { title: "Suite", head: true, wide: true, sort: (one) => one.suite, cell: (one) => nameText(one.suite) },
          {
            title: "Lines",
            number: true,
            sort: (one) => one.coverage?.lineRatio,
            cell: (one) => ratio(one.coverage?.lineRatio),
          },
          {
            title: "Branches",
            number: true,
            sort: (one) => one.coverage?.branchRatio,
            cell: (one) => ratio(one.coverage?.branchRatio),
          },
          {
            title: "Functions",
            number: true,
            sort: (one) => one.coverage?.functionRatio,
            cell: (one) => ratio(one.coverage?.functionRatio),
          },
          {
            title: "Uncovered files",
            cell: ({ coverage }) => {
              const files = coverage?.uncoveredFiles ?? [];
              return files.length === 0
                ? "–"
                : h(
                    "details",
                    {},
                    h("summary", {}, plural(files.length, "file")),
                    h(
                      "ul",
                      {},
                      files.slice(0, 500).map((file) => h("li", {}, h("code", {}, nameText(file)))),
                    ),
                  );
            },
          },
        ],
      }),
    );
  }

  return { section: whole, show };
}
