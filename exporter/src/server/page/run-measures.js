/** Measures and benchmarks of one run. */
import { h, nameText, render } from "./dom.js";
import { measured } from "./format.js";
import { section } from "./parts.js";
import { table } from "./table.js";

export function runMeasures() {
  const { section: whole, body } = section("measures-part", "Measures");

  /** @param {import("./api.js").RunDetail} run */
  function show(run) {
    whole.hidden = run.measures.length === 0;
    const rows = run.measures.map((measure, index) => ({ ...measure, index }));
    render(
      body,
      table({
        id: "measures",
        caption: "Measures and benchmarks of this run",
        rows,
        key: (one) => String(one.index),
        update: () => show(run),
        columns: [
          {
            title: "Name",
            head: true,
            wide: true,
            sort: (one) => one.name,
            cell: (one) => [
              nameText(one.name),
              h(
                "div",
                { class: "quiet small" },
                nameText([one.suite, one.component, one.scenario].filter((part) => part !== undefined).join(" · ")),
              ),
            ],
          },
          {
            title: "Measure",
            sort: (one) => one.measure,
            cell: (one) => (one.measure === one.name ? "–" : nameText(one.measure)),
          },
          { title: "Statistic", sort: (one) => one.stat, cell: (one) => one.stat },
          { title: "Value", number: true, sort: (one) => one.value, cell: (one) => measured(one.value, one.unit) },
        ],
      }),
    );
  }

  return { section: whole, show };
}
