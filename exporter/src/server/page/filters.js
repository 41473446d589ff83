/** The filter bar; what is chosen is kept in the address. */
import { clean, clip, h } from "./dom.js";

/** @typedef {{ name: string, label: string, any: string, values: readonly (string | { value: string, text: string })[] }} Choice */

/** @param {string} name */
export const parameter = (name) => new URL(location.href).searchParams.get(name) ?? "";

/** Changes parameters of the address; empty removes. @param {Record<string, string>} values @param {{ push?: boolean }} [options] */
export function setParameters(values, { push = true } = {}) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  if (url.href === location.href) return;
  if (push) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
}

/**
 * @param {readonly Choice[]} choices
 * @param {() => void} changed after the address has the new values
 * @param {...import("./dom.js").Child} more
 */
export function filterBar(choices, changed, ...more) {
  const names = choices.map((choice) => choice.name);
  const active = names.some((name) => parameter(name) !== "");
  return h(
    "form",
    {
      class: "filters",
      role: "search",
      "aria-label": "Filter",
      onsubmit: (/** @type {Event} */ event) => event.preventDefault(),
    },
    choices.map(({ name, label, any, values }) => {
      const chosen = parameter(name);
      const options = values.map((one) => (typeof one === "string" ? { value: one, text: clip(clean(one), 60) } : one));
      // A link may name what the store does not have (any more); it is shown, not silently dropped.
      if (chosen !== "" && !options.some((one) => one.value === chosen)) {
        options.unshift({ value: chosen, text: clip(clean(chosen), 60) });
      }
      return h(
        "label",
        { key: name },
        h("span", {}, label),
        h(
          "select",
          {
            name,
            value: chosen,
            onchange: (/** @type {Event} */ event) => {
              setParameters({ [name]: /** @type {HTMLSelectElement} */ (event.target).value });
              changed();
            },
          },
          h("option", { value: "" }, any),
          options.map(({ value, text }) => h("option", { value }, text)),
        ),
      );
    }),
    ...more,
    active
      ? h(
          "button",
          {
            type: "button",
            key: "clear",
            class: "plain",
            onclick: () => {
              setParameters(Object.fromEntries(names.map((name) => [name, ""])));
              changed();
              /** @type {HTMLElement | null} */ (document.querySelector(".filters select"))?.focus();
            },
          },
          "Clear filters",
        )
      : undefined,
  );
}

/** Project, environment, suite, branch. @param {import("./api.js").Facets} facets @returns {Choice[]} */
export const scopeChoices = (facets) => [
  { name: "project", label: "Project", any: "All projects", values: facets.projects },
  { name: "environment", label: "Environment", any: "All environments", values: facets.environments },
  { name: "suite", label: "Suite", any: "All suites", values: facets.suites },
  { name: "branch", label: "Branch", any: "All branches", values: facets.branches },
];
/** The same as a query. */
export const scopeQuery = () => ({
  project: parameter("project"),
  environment: parameter("environment"),
  suite: parameter("suite"),
  branch: parameter("branch"),
});
