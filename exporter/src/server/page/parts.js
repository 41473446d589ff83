/** Pieces that several pages show. */
import { now, suiteLink, testLink } from "./api.js";
import { clean, clip, h, longText, nameText, webAddress } from "./dom.js";
import { count, duration, fullUtc, minuteUtc, relative } from "./format.js";
import { badge } from "./outcome.js";

/** @typedef {import("./api.js").CaseRecord} CaseRecord */
/** @typedef {import("./dom.js").Child} Child */

/** @param {number} ms */
export const when = (ms) =>
  h(
    "time",
    { datetime: Number.isFinite(ms) ? new Date(ms).toISOString() : undefined, title: fullUtc(ms) },
    h("span", { class: "nowrap" }, minuteUtc(ms)),
    " ",
    h("span", { class: "ago" }, relative(ms, now())),
  );

/** @param {string | undefined} commit */
export const commitText = (commit) =>
  commit === undefined
    ? "–"
    : h("code", { class: "nowrap", title: clip(clean(commit), 200) }, clip(clean(commit), 10).replace("…", ""));

/** Link to the CI system, when the address is one to open. @param {string | undefined} address @param {string} of what run, for readers of links alone */
export function ciLink(address, of) {
  const href = webAddress(address);
  if (href === undefined) return address === undefined ? "–" : nameText(address, 60);
  return h(
    "a",
    { href, rel: "noopener noreferrer", class: "nowrap", "aria-label": `CI run of ${clip(clean(of), 80)}` },
    "CI run ↗",
  );
}

/** @param {string} project @param {string} suite */
export const suiteName = (project, suite) => h("a", { href: suiteLink(project, suite) }, nameText(suite, 120));

/** @param {string} text @param {...Child} more */
export const notice = (text, ...more) => h("p", { class: "notice" }, text, ...more);

/**
 * @param {string} id
 * @param {string} title
 * @param {...Child} beside shown on the heading's line
 * @returns {{ section: HTMLElement, body: HTMLElement, aside: HTMLElement }}
 */
export function section(id, title, ...beside) {
  const body = h("div", {});
  const aside = h("div", { class: "aside" }, ...beside);
  const whole = h(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    h("div", { class: "section-head" }, h("h2", { id: `${id}-title` }, title), aside),
    body,
  );
  return { section: whole, body, aside };
}

/** Facts as a list of terms. @param {readonly (readonly [string, Child])[]} facts */
export const factList = (facts) =>
  h(
    "dl",
    { class: "facts" },
    facts
      .filter(([, value]) => value !== undefined && value !== null && value !== "–")
      .map(([term, value]) => h("div", { key: term }, h("dt", {}, term), h("dd", {}, value))),
  );

/**
 * One failing case: its name, message, and behind disclosures all else that the report tells.
 * @param {CaseRecord} record
 * @param {3 | 4} level of its heading
 */
export function failure(record, level = 3) {
  const path = record.path.filter((part) => part !== "");
  const place =
    record.file === undefined ? undefined : `${record.file}${record.line === undefined ? "" : `:${record.line}`}`;
  const kind = [record.errorType, record.errorClass].filter((one) => one !== undefined && one !== "");
  return h(
    "li",
    { class: `failure edge-${record.outcome}`, key: `${record.testId}/${record.attempt}` },
    h(
      "div",
      { class: "failure-head" },
      badge(record.outcome),
      h(
        level === 3 ? "h3" : "h4",
        {},
        h("a", { href: testLink(record.testId), "data-test": record.testId }, nameText(record.name)),
      ),
      record.durationSeconds === undefined
        ? undefined
        : h("span", { class: "quiet num" }, duration(record.durationSeconds)),
    ),
    h(
      "p",
      { class: "quiet where" },
      nameText([record.suite, ...path].join(" › "), 240),
      place === undefined ? undefined : [" · ", h("code", {}, nameText(place))],
      kind.length === 0 ? undefined : [" · ", nameText(kind.join(", "))],
      record.attempt > 1 ? ` · attempt ${record.attempt}` : undefined,
      record.signature === undefined ? undefined : [" · signature ", h("code", {}, nameText(record.signature))],
    ),
    record.message === undefined || record.message === ""
      ? h("p", { class: "quiet" }, "The report gives no message.")
      : h("div", { class: "message" }, longText(record.message, 600)),
    disclosure("Expected and actual", [
      record.expected === undefined ? undefined : [h("h5", {}, "Expected"), pre(record.expected)],
      record.actual === undefined ? undefined : [h("h5", {}, "Actual"), pre(record.actual)],
    ]),
    disclosure("Stack", [record.stack === undefined || record.stack === "" ? undefined : pre(record.stack)]),
    disclosure("Output", [record.output === undefined || record.output === "" ? undefined : pre(record.output)]),
    disclosure("Attachments", [
      record.attachments === undefined || record.attachments.length === 0
        ? undefined
        : h(
            "ul",
            {},
            record.attachments.map((one) => h("li", {}, `${one.kind}: `, h("code", {}, nameText(one.path)))),
          ),
    ]),
  );
}

/** @param {string} title @param {readonly (Child | Child[])[]} content nothing at all when all of it is absent */
function disclosure(title, content) {
  const present = content.filter((one) => one !== undefined);
  return present.length === 0 ? undefined : h("details", { key: title }, h("summary", {}, title), ...present);
}

/** Scrolls on its own, so it can be reached by keyboard. @param {string} text */
const pre = (text) => h("pre", { tabindex: "0" }, clean(text));

/** @param {number} value @param {string} tone colours it unless zero */
export const tally = (value, tone) => h("span", { class: value === 0 ? "zero" : `tone-${tone}` }, count(value));

/** Asks for what a bounded table left out. @param {string} what "120 files" @param {() => void} onclick */
export const showAll = (what, onclick) => h("p", {}, h("button", { type: "button", onclick }, `Show all ${what}`));

/** @param {string} what @param {() => void} onclick */
export const showMore = (what, onclick) => h("p", {}, h("button", { type: "button", onclick }, `Show more ${what}`));
