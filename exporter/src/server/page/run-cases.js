/** Every test of one run, by page, to be searched. */
import { testLink } from "./api.js";
import { h, longText, nameText, render } from "./dom.js";
import { parameter, setParameters } from "./filters.js";
import { duration, plural } from "./format.js";
import { badge, wordOf } from "./outcome.js";
import { section } from "./parts.js";
import { table } from "./table.js";

/** @typedef {import("./api.js").CaseRecord} CaseRecord */

const CASES = 50;
const OUTCOMES = ["failed", "errored", "passed", "skipped"];

/** @param {() => void} refresh */
export function runCases(refresh) {
  const { section: whole, body } = section("cases-part", "All tests");
  /** Cursors of the pages before this one; the last is this page's. @type {(string | undefined)[]} */
  let cursors = [undefined];
  let asked = "";
  let typing = 0;

  /** What to ask the API for; another filter starts at the first page. */
  function query() {
    const outcome = parameter("outcome");
    const search = parameter("search");
    const filter = JSON.stringify([outcome, search]);
    if (filter !== asked) cursors = [undefined];
    asked = filter;
    return { outcome, search, limit: CASES, cursor: cursors.at(-1) };
  }

  /** @param {import("./api.js").Paged<CaseRecord>} list @param {string} outcome @param {string} search */
  function show(list, outcome, search) {
    const again = (/** @type {Record<string, string>} */ values) => {
      setParameters(values, { push: false });
      refresh();
    };
    const page = cursors.length;
    render(
      body,
      h(
        "form",
        {
          class: "filters",
          role: "search",
          "aria-label": "Find tests",
          onsubmit: (/** @type {Event} */ event) => event.preventDefault(),
        },
        h(
          "label",
          {},
          h("span", {}, "Outcome"),
          h(
            "select",
            {
              name: "outcome",
              value: outcome,
              onchange: (/** @type {Event} */ event) =>
                again({ outcome: /** @type {HTMLSelectElement} */ (event.target).value }),
            },
            h("option", { value: "" }, "Any outcome"),
            h("option", { value: "failed,errored" }, "Failed or errored"),
            OUTCOMES.map((one) => h("option", { value: one }, wordOf(one))),
          ),
        ),
        h(
          "label",
          {},
          h("span", {}, "Search in names"),
          h("input", {
            type: "search",
            name: "search",
            value: search,
            maxlength: "200",
            autocomplete: "off",
            oninput: (/** @type {Event} */ event) => {
              clearTimeout(typing);
              const { value } = /** @type {HTMLInputElement} */ (event.target);
              typing = window.setTimeout(() => again({ search: value }), 300);
            },
          }),
        ),
        h(
          "p",
          { class: "quiet", role: "status" },
          `${list.nextCursor ? `${plural(list.items.length, "test")} on page ${page}, more follow` : page > 1 ? `${plural(list.items.length, "test")} on page ${page}, the last` : plural(list.items.length, "test")}`,
        ),
      ),
      list.items.length === 0
        ? h("p", { class: "quiet" }, outcome === "" && search === "" ? "No test in this run." : "No test matches.")
        : table({
            id: "cases",
            caption: "Tests of this run, in the order of the report",
            rows: list.items,
            key: (one) => `${one.testId}/${one.attempt}`,
            update: () => show(list, outcome, search),
            columns: [
              { title: "Outcome", sort: (one) => one.outcome, cell: (one) => badge(one.outcome) },
              {
                title: "Test",
                head: true,
                wide: true,
                sort: (one) => one.name,
                cell: (one) => [
                  h("a", { href: testLink(one.testId) }, nameText(one.name, 160)),
                  one.attempt > 1 ? h("span", { class: "quiet" }, ` attempt ${one.attempt}`) : undefined,
                  h("div", { class: "quiet small" }, nameText([one.suite, ...one.path].join(" › "), 160)),
                ],
              },
              {
                title: "Duration",
                number: true,
                sort: (one) => one.durationSeconds,
                cell: (one) => duration(one.durationSeconds),
              },
              {
                title: "Message",
                wide: true,
                cell: (one) => (one.message === undefined || one.message === "" ? "–" : longText(one.message, 140)),
              },
            ],
          }),
      page > 1 || list.nextCursor
        ? h(
            "nav",
            { class: "pager", "aria-label": "Pages of tests" },
            h(
              "button",
              {
                type: "button",
                disabled: page === 1,
                onclick: () => {
                  cursors.pop();
                  refresh();
                },
              },
              "Previous",
            ),
            h("span", { class: "num" }, `Page ${page}`),
            h(
              "button",
              {
                type: "button",
                disabled: !list.nextCursor,
                onclick: () => {
                  cursors.push(list.nextCursor ?? undefined);
                  refresh();
                },
              },
              "Next",
            ),
          )
        : undefined,
    );
  }

  return { section: whole, query, show };
}
