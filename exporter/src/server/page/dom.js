/**
 * Building and updating the document. Text from reports is hostile: it only ever becomes text nodes and attribute
 * values, never markup, and addresses are checked before they become links.
 */

/** @typedef {Node | string | number | null | undefined | false} Child */

const HANDLERS = /** @type {const} */ (["onclick", "onchange", "oninput", "onsubmit", "ontoggle"]);

/**
 * An element. Keys of `props` that start with "on" are handlers, all others attributes (false and undefined: absent).
 * `key` names the element among its siblings, so that updates find it again.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [props]
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) /** @type {any} */ (element)[name] = value;
    else if (name === "key") element.setAttribute("data-key", String(value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  if (props.value !== undefined && "value" in element) /** @type {any} */ (element).value = props.value;
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...SVGElement} children
 */
export function svg(tag, attributes, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * @param {Element | DocumentFragment} parent
 * @param {readonly (Child | readonly Child[])[]} children
 */
function append(parent, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(typeof child === "number" ? String(child) : child);
  }
}

/**
 * Makes `target` hold `children` by changing only what differs: focus, scroll, selection, open details and what is
 * being typed survive a refresh.
 * @param {Element} target
 * @param {...(Child | readonly Child[])} children
 */
export function render(target, ...children) {
  const next = document.createDocumentFragment();
  append(next, children);
  patchChildren(target, next);
}

/** @param {Node} node */
const keyOf = (node) => (node instanceof Element ? node.getAttribute("data-key") : null);
/** @param {Node} a @param {Node} b */
const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

/** @param {Node} target @param {Node} source */
function patchChildren(target, source) {
  const wanted = [...source.childNodes];
  const wantedKeys = new Set(wanted.map(keyOf).filter((key) => key !== null));
  /** @type {Map<string, Node>} */
  const kept = new Map();
  for (const child of [...target.childNodes]) {
    const key = keyOf(child);
    if (key === null) continue;
    // Removing first leaves what stays in place, so that it need not be moved (moving loses focus).
    if (wantedKeys.has(key) && !kept.has(key)) kept.set(key, child);
    else child.remove();
  }
  let cursor = target.firstChild;
  for (const child of wanted) {
    const key = keyOf(child);
    const same = key === null ? cursor : (kept.get(key) ?? null);
    if (same !== null && alike(same, child)) {
      if (same === cursor) cursor = cursor.nextSibling;
      else move(target, same, cursor);
      patch(same, child);
    } else {
      if (key !== null) kept.get(key)?.parentNode?.removeChild(/** @type {Node} */ (kept.get(key)));
      target.insertBefore(child, cursor);
    }
  }
  while (cursor !== null) {
    const following = cursor.nextSibling;
    target.removeChild(cursor);
    cursor = following;
  }
}

/** @param {Node} parent @param {Node} node @param {Node | null} before */
function move(parent, node, before) {
  // moveBefore keeps focus and state; browsers older than 2025 do without.
  const moving = /** @type {{ moveBefore?: (node: Node, before: Node | null) => void }} */ (parent);
  if (moving.moveBefore !== undefined) moving.moveBefore(node, before);
  else parent.insertBefore(node, before);
}

/** @param {Node} old @param {Node} next */
function patch(old, next) {
  if (!(old instanceof Element) || !(next instanceof Element)) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  const styled = old instanceof HTMLElement && next instanceof HTMLElement;
  // Through the CSSOM: the content security policy refuses the attribute.
  if (styled && old.style.cssText !== next.style.cssText) old.style.cssText = next.style.cssText;
  for (const { name } of [...old.attributes]) {
    if (name === "style") continue;
    // Whether details are open is the reader's choice.
    if (!next.hasAttribute(name) && !(name === "open" && old instanceof HTMLDetailsElement)) old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (name === "style" || (name === "open" && old instanceof HTMLDetailsElement)) continue;
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (styled) for (const name of HANDLERS) old[name] = /** @type {any} */ (next[name]);
  patchChildren(old, next);
  if ((old instanceof HTMLInputElement || old instanceof HTMLSelectElement) && old !== document.activeElement) {
    const { value } = /** @type {HTMLInputElement} */ (next);
    if (old.value !== value) old.value = value;
  }
}

/**
 * Report text for display: terminal colours removed; control characters, and marks that turn the direction of text, made
 * visible, so that nothing hides in it.
 * @param {string} text
 */
export const clean = (text) =>
  text
    .replace(/\u001b\[[0-9;:]*[A-Za-z]/g, "")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(
      /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
      (c) => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
    );

/** @param {string} text @param {number} limit */
export const clip = (text, limit) => {
  const characters = [...text.slice(0, limit * 2 + 2)];
  return characters.length > limit ? `${characters.slice(0, limit).join("")}…` : text;
};

/** A name on one line, clipped; its own direction cannot disturb the text around it. @param {string} name @param {number} [limit] */
export const nameText = (name, limit = 200) => h("bdi", {}, clip(clean(name), limit));

/**
 * Text of any length: short is shown, long is behind a disclosure.
 * @param {string} text
 * @param {number} [limit]
 */
export function longText(text, limit = 300) {
  const shown = clean(text);
  const lines = shown.split("\n");
  if (shown.length <= limit && lines.length <= 6) return h("div", { class: "text" }, shown);
  const first = clip(lines.slice(0, 3).join("\n"), limit);
  return h(
    "details",
    { class: "long" },
    h(
      "summary",
      {},
      h("span", { class: "text" }, first.endsWith("…") ? first : `${first} …`),
      h("span", { class: "more" }, "Show all"),
    ),
    h("div", { class: "text whole", tabindex: "0" }, shown),
  );
}

/**
 * The address when it is one a browser should open, else undefined (javascript: and the like).
 * @param {string | undefined} address
 */
export function webAddress(address) {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { protocol, href } = new URL(address);
  return protocol === "https:" || protocol === "http:" ? href : undefined;
}
