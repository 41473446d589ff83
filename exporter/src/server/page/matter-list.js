/** The page of things that people look after, as a list or one of them: alerts, deviations. */
import { api, link, ROOT } from "./api.js";
import { h, nameText, render } from "./dom.js";
import { filterBar, parameter, scopeChoices, scopeQuery } from "./filters.js";
import { notice, section, showMore } from "./parts.js";

/** @typedef {import("./filters.js").Choice} Choice */

const FIRST = 50;
const MOST = 500;

/**
 * @template {{ id: string }} T
 * @typedef {object} Matters
 * @property {string} path of the list, which is also their name
 * @property {string} title of the list
 * @property {string} section
 * @property {string} lead what the page shows, and what not
 * @property {readonly { value: string, text: string }[]} statuses beside Open, which is what is shown first, and All
 * @property {() => readonly Choice[]} choices further filters
 * @property {(query: import("./api.js").Query, status: string) => Promise<import("./api.js").Paged<T>>} list `status`: "" for open ones, "all", or one of the statuses
 * @property {(id: string) => Promise<T>} one
 * @property {(one: T) => string} name
 * @property {(items: readonly T[], more: boolean, status: string) => string} headline
 * @property {(status: string) => string} empty
 * @property {(one: T) => boolean} red somebody should look
 * @property {(one: T, whole: boolean, refresh: () => void) => HTMLElement} item
 */

/**
 * @template {{ id: string }} T
 * @param {HTMLElement} main
 * @param {{ refresh: () => void, id: string }} options `id`: of one, else the list
 * @param {Matters<T>} of
 * @returns {import("./main.js").Page}
 */
export function matterList(main, { refresh, id }, of) {
  const head = h("div", {});
  const filters = h("div", {});
  const { section: whole, body } = section(`${of.path}-part`, of.section);
  main.append(head, filters, whole);
  const status = () => parameter("status");
  const statuses = {
    name: "status",
    label: "Status",
    any: "Open",
    values: [...of.statuses, { value: "all", text: "All" }],
  };
  let shown = FIRST;

  async function load() {
    const facets = await api.facets();
    if (id !== "") return { facets, items: [await of.one(id)], more: false };
    const list = await of.list({ ...scopeQuery(), limit: shown }, status());
    return { facets, items: list.items, more: Boolean(list.nextCursor) };
  }

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function show({ facets, items, more }) {
    const [first] = items;
    const text = id !== "" && first !== undefined ? of.name(first) : of.headline(items, more, status());
    const red = items.filter(of.red).length;
    render(
      head,
      h(
        "p",
        { class: "crumbs" },
        h("a", { href: ROOT.href }, "Results"),
        " › ",
        id === "" ? of.title : [h("a", { href: link(of.path) }, of.title), ` › ${id}`],
      ),
      h("h1", {}, nameText(text, 160)),
      h("p", { class: "quiet lead" }, of.lead),
    );
    if (id === "") render(filters, filterBar([statuses, ...of.choices(), ...scopeChoices(facets)], refresh));
    render(
      body,
      items.length === 0
        ? notice(of.empty(status()))
        : h(
            "ul",
            { class: "failures" },
            items.map((one) => of.item(one, id !== "", refresh)),
          ),
      more && shown < MOST
        ? showMore(of.path, () => {
            shown = Math.min(MOST, shown * 4);
            refresh();
          })
        : undefined,
    );
    return { title: `${red > 0 && id === "" ? `✗ ${red} ` : ""}${text}`, live: text };
  }

  return { load, show };
}
