/** A small form behind a disclosure, for what a person decides: who, why, how long. */
import { ApiProblem, Unreachable } from "./api.js";
import { h } from "./dom.js";

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {boolean} [required]
 * @property {readonly { value: string, text: string }[]} [choices]
 */
/** What is being typed, and what went wrong, by form: the page around it is drawn again every ten seconds. @type {Map<string, { values: Record<string, string>, problem: string }>} */
const states = new Map();

/**
 * @param {object} options
 * @param {string} options.key
 * @param {string} options.title of the disclosure and the button
 * @param {readonly Field[]} options.fields
 * @param {(values: Record<string, string>) => Promise<unknown>} options.submit
 * @param {() => void} options.changed draws the page again
 */
export function ask({ key, title, fields, submit, changed }) {
  const state = states.get(key) ?? {
    values: Object.fromEntries(fields.map(({ name, choices }) => [name, choices?.[0]?.value ?? ""])),
    problem: "",
  };
  states.set(key, state);

  /** @param {Event} event */
  async function send(event) {
    event.preventDefault();
    try {
      await submit(Object.fromEntries(Object.entries(state.values).map(([name, value]) => [name, value.trim()])));
      states.delete(key);
    } catch (error) {
      if (!(error instanceof ApiProblem) && !(error instanceof Unreachable)) throw error;
      const hint = error instanceof ApiProblem && error.hint !== undefined ? ` ${error.hint}` : "";
      state.problem = `Not done: ${error.message}${hint}`;
    }
    changed();
  }
  /** @param {string} name @returns {(event: Event) => void} */
  const keep = (name) => (event) => {
    state.values[name] = /** @type {HTMLInputElement | HTMLSelectElement} */ (event.target).value;
  };

  return h(
    "details",
    { class: "asking", key },
    h("summary", {}, `${title} …`),
    h(
      "form",
      { class: "ask", onsubmit: send },
      fields.map(({ name, label, required = false, choices }) =>
        h(
          "label",
          { key: name },
          h("span", {}, label),
          choices === undefined
            ? h("input", { name, required, maxlength: 200, value: state.values[name] ?? "", oninput: keep(name) })
            : h(
                "select",
                { name, value: state.values[name] ?? "", onchange: keep(name) },
                choices.map(({ value, text }) => h("option", { value }, text)),
              ),
        ),
      ),
      h("button", { type: "submit", key: "send" }, title),
    ),
    state.problem === "" ? undefined : h("p", { class: "notice", role: "alert" }, state.problem),
  );
}

/** Who and why; how long for. */
export const BY = { name: "by", label: "Your name" };
export const REASON = { name: "reason", label: "Why" };
/** Empty values are left out of what is sent. @param {Record<string, string>} values */
export const given = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
