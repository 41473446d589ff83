/** Load results of one run: each operation, and each scenario as a whole. */
import { h, nameText, render } from "./dom.js";
import { count, duration, measured, percent, plural } from "./format.js";
import { section, showAll } from "./parts.js";
import { table } from "./table.js";

/** @typedef {import("./api.js").RunDetail} RunDetail */
/** @typedef {RunDetail["loadResults"][number]} LoadResult */

/** Operations before the rest is asked for. */
const FIRST = 20;

/** In percent; undefined when it is not known or nothing was asked. @param {LoadResult} one */
const failedPercent = ({ requests, failures }) =>
  requests === undefined || failures === undefined || requests === 0 ? undefined : (100 * failures) / requests;

export function runLoad() {
  const { section: whole, body } = section("load-part", "Load test");
  let all = false;

  /** @param {RunDetail} run */
  function show(run) {
    whole.hidden = run.loadResults.length === 0;
    const results = run.loadResults.map((one, index) => ({ ...one, index }));
    // A scenario's whole stands before its operations: what people ask first.
    const rows = [
      ...results.filter((one) => one.operation === undefined),
      ...results.filter((one) => one.operation !== undefined),
    ];
    const update = () => show(run);
    render(
      body,
      table({
        id: "load",
        caption: "Load results of this run",
        rows: all ? rows : rows.slice(0, FIRST),
        key: (one) => String(one.index),
        update,
        columns: columns(run.suites.length > 1),
      }),
      all || rows.length <= FIRST
        ? undefined
        : showAll(plural(rows.length, "result"), () => {
            all = true;
            update();
          }),
    );
  }

  return { section: whole, show };
}

/**
 * @param {boolean} severalSuites
 * @returns {import("./table.js").Column<LoadResult>[]}
 */
function columns(severalSuites) {
  /** @param {string} title @param {"avg" | "p50" | "p95" | "p99" | "max"} stat @returns {import("./table.js").Column<LoadResult>} */
  const latency = (title, stat) => ({
    title,
    number: true,
    sort: (one) => one.latency[stat],
    cell: (one) => duration(one.latency[stat]),
  });
  return [
    {
      title: "Operation",
      head: true,
      wide: true,
      sort: (one) => one.operation ?? "",
      cell: (one) => [
        one.operation === undefined ? "All operations" : nameText(one.operation),
        h(
          "div",
          { class: "quiet small" },
          nameText(
            [severalSuites ? one.suite : undefined, one.scenario].filter((part) => part !== undefined).join(" · "),
          ),
        ),
      ],
    },
    {
      title: "Requests",
      number: true,
      sort: (one) => one.requests,
      cell: (one) => (one.requests === undefined ? "–" : count(one.requests)),
    },
    {
      title: "Failed",
      number: true,
      sort: failedPercent,
      cell: (one) => h("span", { class: failedPercent(one) === 0 ? "zero" : "tone-bad" }, percent(failedPercent(one))),
    },
    {
      title: "Rate",
      number: true,
      sort: (one) => one.requestsPerSecond,
      cell: (one) =>
        one.requestsPerSecond === undefined
          ? "–"
          : measured(Number(one.requestsPerSecond.toPrecision(4)), "per_second"),
    },
    latency("Average", "avg"),
    latency("Median", "p50"),
    latency("p95", "p95"),
    latency("p99", "p99"),
    latency("Maximum", "max"),
  ];
}
