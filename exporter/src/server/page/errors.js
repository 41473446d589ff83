/** Failures grouped by message. Grafana's error table links here: errors?type=timeout&from=now-2h. */
import { api, now, ROOT, runLink } from "./api.js";
import { clean, clip, h, longText, nameText, render } from "./dom.js";
import { ERROR_TYPES } from "./error-types.js";
import { filterBar, parameter, scopeChoices, scopeQuery } from "./filters.js";
import { count, fullUtc, parseTime, plural } from "./format.js";
import { notice, section, when } from "./parts.js";
import { table } from "./table.js";

/** @typedef {import("./api.js").FailureGroup} FailureGroup */

const DEFAULT_FROM = "now-7d";
const PERIODS = [
  { value: "now-1h", text: "Last hour" },
  { value: "now-2h", text: "Last 2 hours" },
  { value: "now-24h", text: "Last 24 hours" },
  { value: "now-30d", text: "Last 30 days" },
  { value: "now-365d", text: "Last 12 months" },
];
/** Most groups asked for, over all types: the API does not select by type, so this page does, among what it got. */
const LIMIT = 500;

/**
 * @param {HTMLElement} main
 * @param {{ refresh: () => void }} options
 * @returns {import("./main.js").Page}
 */
export function errorsPage(main, { refresh }) {
  const head = h("div", {});
  const filters = h("div", {});
  const { section: whole, body } = section("failures", "By type and message");
  main.append(head, filters, whole);

  async function load() {
    const asked = parameter("from") || DEFAULT_FROM;
    const from = parseTime(asked, now());
    const until = parameter("to");
    const to = until === "" ? undefined : parseTime(until, now());
    const wrong = [from === undefined ? asked : "", until !== "" && to === undefined ? until : ""].filter(
      (one) => one !== "",
    );
    const query = {
      ...scopeQuery(),
      from: new Date(from ?? parseTime(DEFAULT_FROM, now()) ?? 0).toISOString(),
      to: to === undefined ? undefined : new Date(to).toISOString(),
      limit: LIMIT,
    };
    const [groups, facets] = await Promise.all([api.errors(query), api.facets()]);
    return { groups, facets, query, wrong };
  }

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function show({ groups, facets, query, wrong }) {
    const type = parameter("type");
    const shown = type === "" ? groups : groups.filter((group) => group.errorType === type);
    const failures = shown.reduce((sum, group) => sum + group.count, 0);
    const cut = groups.length >= LIMIT;
    const among = cut ? ` among the ${count(LIMIT)} most frequent kinds` : "";
    const text = shown.length === 0 ? `No failures${among}` : `${plural(shown.length, "kind")} of failure`;
    render(
      head,
      h("p", { class: "crumbs" }, h("a", { href: ROOT.href }, "Results"), " › Errors"),
      h("h1", {}, text),
      h(
        "p",
        { class: "quiet lead" },
        `${plural(failures, "failure")} since ${fullUtc(Date.parse(query.from))}${query.to === undefined ? "" : ` until ${fullUtc(Date.parse(query.to))}`}${type === "" ? "" : `, of type ${clip(clean(type), 40)}`}.`,
      ),
      wrong.length === 0
        ? undefined
        : notice(
            `Not a time: ${clip(clean(wrong.join(", ")), 60)}. Use now-2h, 2026-01-31T12:00:00Z or milliseconds; the last 7 days are shown.`,
          ),
    );
    render(
      filters,
      filterBar(
        [
          { name: "from", label: "Time", any: "Last 7 days", values: PERIODS },
          { name: "type", label: "Type", any: "All types", values: ERROR_TYPES },
          ...scopeChoices(facets),
        ],
        refresh,
      ),
    );
    showGroups(shown, cut, type);
    return { title: text, live: text };
  }

  /** @param {readonly FailureGroup[]} groups of this type @param {boolean} cut there may be more, of any type @param {string} type */
  function showGroups(groups, cut, type) {
    const missing = cut
      ? notice(
          type === ""
            ? `The ${count(LIMIT)} most frequent kinds only; narrow the time or the filters.`
            : `The type was looked for in the ${count(LIMIT)} most frequent kinds of all types only; rarer ones of this type may be missing. Narrow the time or the other filters.`,
        )
      : undefined;
    if (groups.length === 0) {
      const text = cut ? "None of them is of this type." : "No test failed or errored in this time with these filters.";
      render(body, missing, h("p", { class: "quiet" }, text));
      return;
    }
    render(
      body,
      missing,
      table({
        id: "errors",
        caption: "Failures by type and message, most frequent first",
        rows: groups,
        key: (group) => JSON.stringify([group.errorType, group.message]),
        update: () => showGroups(groups, cut, type),
        columns: [
          { title: "Count", number: true, sort: (group) => group.count, cell: (group) => count(group.count) },
          {
            title: "Type",
            sort: (group) => group.errorType,
            cell: (group) => h("code", { class: "nowrap" }, group.errorType),
          },
          {
            title: "Message",
            head: true,
            wide: true,
            sort: (group) => group.message,
            cell: (group) => [
              h(
                "div",
                { class: "message" },
                group.message === "" ? h("span", { class: "quiet" }, "(no message)") : longText(group.message, 220),
              ),
              group.exampleTests.length === 0
                ? undefined
                : h(
                    "details",
                    {},
                    h(
                      "summary",
                      {},
                      group.affectedTests > group.exampleTests.length
                        ? `${group.exampleTests.length} of ${plural(group.affectedTests, "test")}`
                        : plural(group.exampleTests.length, "test"),
                    ),
                    h(
                      "ul",
                      {},
                      group.exampleTests.map((name) => h("li", {}, nameText(name))),
                    ),
                  ),
            ],
          },
          {
            title: "Tests",
            number: true,
            sort: (group) => group.affectedTests,
            cell: (group) => count(group.affectedTests),
          },
          { title: "First (UTC)", sort: (group) => group.firstAtMs, cell: (group) => when(group.firstAtMs) },
          { title: "Last (UTC)", sort: (group) => group.lastAtMs, cell: (group) => when(group.lastAtMs) },
          {
            title: "Run",
            cell: (group) =>
              h(
                "a",
                { href: runLink(group.lastRun), "aria-label": `Last run with ${clip(clean(group.message), 60)}` },
                "Last run",
              ),
          },
        ],
      }),
    );
  }

  return { load, show };
}
