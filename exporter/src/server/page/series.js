/**
 * One series over its runs: the values, the levels between confirmed changes with their usual spread, odd runs. Grafana's benchmark
 * and deviation panels link here, with the labels of the series as parameters.
 */
import { api, link, ROOT, runLink, suiteLink } from "./api.js";
import { chart, closeRange, DURATION_STEPS, durationTick } from "./charts.js";
import { clean, clip, h, nameText, render } from "./dom.js";
import { measured, plural } from "./format.js";
import { badge } from "./outcome.js";
import { commitText, notice, section, when } from "./parts.js";
import { seriesName, seriesPlace, seriesQuery } from "./series-key.js";
import { table } from "./table.js";

/** @typedef {import("./api.js").SeriesCourse} SeriesCourse */

const RUNS = 200;
/** A name that fits several series (statistics, machines) shows each, so many at most. */
const MOST = 10;
const MARKS = /** @type {const} */ ({
  changed: "warning",
  suspected: "suspected",
  ok: "ok",
  insufficient_data: "unknown",
});
const WORDS = {
  changed: "Changed",
  suspected: "Change suspected",
  ok: "No change",
  insufficient_data: "Too few runs to tell",
};

/**
 * @param {HTMLElement} main
 * @returns {import("./main.js").Page}
 */
export function seriesPage(main) {
  const head = h("div", {});
  const list = h("div", {});
  main.append(head, list);
  /** @type {Map<string, ReturnType<typeof coursePart>>} */
  const parts = new Map();

  const load = () => api.seriesCourse({ ...seriesQuery(), last: RUNS, limit: MOST });

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function show({ items, nextCursor }) {
    const [first] = items;
    const title =
      first === undefined
        ? "No such series"
        : items.length === 1
          ? seriesName(first.series)
          : plural(items.length, "series", "series");
    render(
      head,
      h(
        "p",
        { class: "crumbs" },
        h("a", { href: ROOT.href }, "Results"),
        " › ",
        h("a", { href: link("measures") }, "Measures"),
        first === undefined
          ? undefined
          : [
              " › ",
              h("a", { href: suiteLink(first.series.project, first.series.suite) }, nameText(first.series.suite, 80)),
            ],
      ),
      h("h1", {}, nameText(title, 160)),
      first === undefined
        ? notice("No completed run gave a number under this name; it may have been renamed, or its runs deleted.")
        : undefined,
      nextCursor ? notice(`More series fit this address; the first ${MOST} are shown.`) : undefined,
    );
    const wanted = new Set(items.map(({ series }) => series.id));
    for (const [id, part] of parts) {
      if (wanted.has(id)) continue;
      part.element.remove();
      parts.delete(id);
    }
    for (const course of items) {
      let part = parts.get(course.series.id);
      if (part === undefined) {
        part = coursePart(course);
        parts.set(course.series.id, part);
        list.append(part.element);
      }
      part.show(course);
    }
    return { title: clip(clean(title), 80), live: first?.summary };
  }

  return { load, show };
}

/** @param {SeriesCourse} of */
function coursePart(of) {
  const { id, unit } = of.series;
  const { section: whole, body, aside } = section(`series-${id}`, seriesName(of.series));
  const plot = chart({
    id: `series-${id}-chart`,
    title: "Value",
    format: (value) => measured(value, unit),
    tick: unit === "seconds" ? durationTick : (value) => measured(value, unit),
    range: closeRange,
    ...(unit === "seconds" ? { steps: DURATION_STEPS } : {}),
  });
  const words = h("div", {});
  const changes = h("div", {});
  body.append(words, plot.element, changes);

  /** @param {SeriesCourse} course */
  function show(course) {
    const { points, levels, outliers, state, summary, changePoints, suspected } = course;
    const odd = new Set(outliers);
    const begins = new Map([
      ...changePoints.map((one) => /** @type {const} */ ([one.index, "new level"])),
      ...suspected.map((one) => /** @type {const} */ ([one.index, "new level suspected"])),
    ]);
    render(aside, badge(MARKS[state], WORDS[state]));
    render(
      words,
      h("p", { class: "quiet small" }, nameText(seriesPlace(course.series), 200)),
      h("p", { class: "lead" }, summary),
    );
    const newest = points.at(-1);
    const present = levels.at(-1);
    plot.update({
      name: "Value",
      line: true,
      points: points.map((point, index) => ({
        ms: point.endedAtMs,
        value: point.value,
        red: odd.has(index),
        href: runLink(point.runUuid),
        note: [begins.get(index), odd.has(index) ? "odd run" : "", point.status === "passed" ? "" : point.status]
          .filter((part) => part !== undefined && part !== "")
          .join(", "),
      })),
      bands: levels.flatMap(({ from, to, mean, stddev = 0 }) => {
        const [first, last] = [points[from], points[to]];
        if (first === undefined || last === undefined) return [];
        return [
          { fromMs: first.endedAtMs, toMs: last.endedAtMs, mean, low: mean - 2 * stddev, high: mean + 2 * stddev },
        ];
      }),
      caption:
        newest === undefined
          ? "No values."
          : `Newest ${measured(newest.value, unit)}${
              present === undefined
                ? ""
                : `; present level ${measured(present.mean, unit)}${present.stddev === undefined ? "" : ` ± ${measured(present.stddev, unit)}`}`
            }. The band is two standard deviations around each level; a cross is an odd run.`,
    });
    const rows = [
      ...changePoints.map((one) => ({ ...one, mark: "warning", word: "Confirmed" })),
      ...suspected.map((one) => ({ ...one, mark: "suspected", word: "Suspected" })),
    ].toSorted((a, b) => b.index - a.index);
    render(
      changes,
      rows.length === 0
        ? undefined
        : table({
            id: `changes-${id}`,
            caption: "Changes, newest first",
            showCaption: true,
            rows,
            key: (row) => String(row.index),
            update: () => show(course),
            columns: [
              { title: "Change", cell: (row) => badge(row.mark, row.word) },
              {
                title: "First run",
                head: true,
                sort: (row) => row.index,
                cell: (row) => {
                  const point = points[row.index];
                  return point === undefined ? "–" : h("a", { href: runLink(point.runUuid) }, when(point.endedAtMs));
                },
              },
              { title: "Before", number: true, cell: (row) => measured(row.before, unit) },
              { title: "After", number: true, cell: (row) => measured(row.after, unit) },
              {
                title: "Change in %",
                number: true,
                sort: (row) => row.after / row.before,
                cell: (row) =>
                  row.before === 0
                    ? "–"
                    : `${row.after > row.before ? "+" : ""}${((100 * (row.after - row.before)) / Math.abs(row.before)).toFixed(1)} %`,
              },
              { title: "p", number: true, cell: (row) => row.pValue.toPrecision(2) },
              { title: "Last good commit", cell: (row) => commitText(points[row.index - 1]?.commit) },
              { title: "First commit after", cell: (row) => commitText(points[row.index]?.commit) },
            ],
          }),
    );
  }

  return { element: whole, show };
}
