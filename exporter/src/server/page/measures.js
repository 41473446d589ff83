/** Every number that runs give again and again, with its newest value and where it stands. */
import { api, ROOT, seriesLink } from "./api.js";
import { h, nameText, render } from "./dom.js";
import { filterBar, parameter, scopeChoices, scopeQuery } from "./filters.js";
import { measured, plural } from "./format.js";
import { notice, section, showMore, when } from "./parts.js";
import { seriesName, seriesPlace } from "./series-key.js";
import { table } from "./table.js";

/** @typedef {import("./api.js").SeriesHistory} SeriesHistory */

const FIRST = 100;
const MOST = 1000;
const KINDS = {
  name: "kind",
  label: "Kind",
  any: "All kinds",
  values: [
    { value: "benchmark", text: "Benchmarks" },
    { value: "load", text: "Load tests" },
    { value: "measure", text: "Measures" },
    { value: "suite", text: "Suites" },
  ],
};

/**
 * @param {HTMLElement} main
 * @param {{ refresh: () => void }} options
 * @returns {import("./main.js").Page}
 */
export function measuresPage(main, { refresh }) {
  const head = h("div", {});
  const filters = h("div", {});
  const { section: whole, body } = section("series-list", "Series");
  main.append(head, filters, whole);
  let shown = FIRST;

  async function load() {
    const query = { ...scopeQuery(), kind: parameter("kind") };
    const [histories, facets] = await Promise.all([
      api.seriesHistory({ ...query, last: 2, limit: shown }),
      api.facets(),
    ]);
    return { histories, facets };
  }

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function show({ histories, facets }) {
    const { items, nextCursor } = histories;
    const more = Boolean(nextCursor);
    const text =
      items.length === 0 ? "No measures" : `${more ? "First " : ""}${plural(items.length, "series", "series")}`;
    render(
      head,
      h("p", { class: "crumbs" }, h("a", { href: ROOT.href }, "Results"), " › Measures"),
      h("h1", {}, text),
      h("p", { class: "quiet lead" }, "Benchmarks, load tests, measures, and what every suite gives, over its runs."),
    );
    render(
      filters,
      filterBar([KINDS, ...scopeChoices(facets)], () => {
        shown = FIRST;
        refresh();
      }),
    );
    showList(items, more);
    return { title: text, live: text };
  }

  /** @param {readonly SeriesHistory[]} items @param {boolean} more */
  function showList(items, more) {
    if (items.length === 0) {
      render(body, notice("No completed run that matches gave a number."));
      return;
    }
    render(
      body,
      table({
        id: "series",
        caption: "Series and their newest values",
        rows: items,
        key: ({ series }) => series.id,
        update: () => showList(items, more),
        columns: [
          {
            title: "Series",
            head: true,
            wide: true,
            sort: ({ series }) => seriesName(series),
            cell: ({ series }) => [
              h("a", { href: seriesLink(series), "data-series": series.id }, nameText(seriesName(series), 120)),
              h("div", { class: "quiet small" }, nameText(seriesPlace(series), 160)),
            ],
          },
          { title: "Kind", sort: ({ series }) => series.kind, cell: ({ series }) => series.kind },
          {
            title: "Newest",
            number: true,
            sort: ({ points }) => points.at(-1)?.value,
            cell: ({ series, points }) => shownValue(points.at(-1)?.value, series.unit),
          },
          {
            title: "Before",
            number: true,
            sort: ({ points }) => points.at(-2)?.value,
            cell: ({ series, points }) => shownValue(points.at(-2)?.value, series.unit),
          },
          {
            title: "Run (UTC)",
            sort: ({ points }) => points.at(-1)?.endedAtMs,
            cell: ({ points }) => {
              const newest = points.at(-1);
              return newest === undefined ? "–" : when(newest.endedAtMs);
            },
          },
        ],
      }),
      more && shown < MOST
        ? showMore("series", () => {
            shown = Math.min(MOST, shown * 2);
            refresh();
          })
        : undefined,
    );
  }

  return { load, show };
}

/** @param {number | undefined} value @param {import("../../model/measure.ts").Unit} unit */
const shownValue = (value, unit) => (value === undefined ? "–" : measured(value, unit));
