/**
 * Picks the page for this address, loads it, and loads it again every ten seconds while somebody looks. What is shown is
 * never older than it says: when the server does not answer, a banner says since when, and nothing looks green any more.
 */
import { alertsPage } from "./alerts.js";
import { ApiProblem, now, ROOT, route, Unreachable } from "./api.js";
import { deviationsPage } from "./deviations.js";
import { h, render } from "./dom.js";
import { errorsPage } from "./errors.js";
import { clockUtc } from "./format.js";
import { gettingStartedPage } from "./getting-started.js";
import { historyPage } from "./history.js";
import { homePage } from "./home.js";
import { measuresPage } from "./measures.js";
import { runPage } from "./run.js";
import { seriesPage } from "./series.js";

/**
 * @typedef {object} Shown
 * @property {string} title of the document
 * @property {string} [mark]
 * @property {string} [live] said to screen readers when it changes
 */
/**
 * A page either is there at once (`title`), or loads data and shows it, again and again.
 * @typedef {{ title: string, load?: undefined, show?: undefined } | { title?: undefined, load: () => Promise<any>, show: (data: any) => Shown }} Page
 */

const EVERY_MS = 10_000;

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const main = element("main");
const live = element("live");
const stale = element("stale");
const bar = element("refresh");

let paused = false;
let timer = 0;
let loading = false;
/** Asked for while a load was under way: its answer would be for the old address. */
let again = false;
/** @type {number | undefined} */
let lastGoodMs;
/** @type {number | undefined} */
let failingSinceMs;
let said = "";

const here = route(location.href);
const content = h("div", { class: "page" });
const page = choose();
for (const anchor of document.querySelectorAll(".top nav a")) {
  const name = anchor.getAttribute("data-page");
  if (name === (here.page === "series" ? "measures" : here.page)) anchor.setAttribute("aria-current", "page");
}
if (page.load === undefined) {
  document.title = `${page.title} · Plumbline`;
  main.replaceChildren(content);
} else {
  showBar();
  void refresh();
  addEventListener("popstate", () => void refresh());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && !paused) void refresh();
    else clearTimeout(timer);
  });
}

/** @returns {Page} */
function choose() {
  const [first = "", second = ""] = here.parameters;
  const options = { refresh: () => void refresh() };
  switch (here.page) {
    case "run":
      return runPage(content, { ...options, id: first });
    case "test":
      return historyPage(content, { ...options, id: first });
    case "suite":
      return homePage(content, { ...options, fixed: { project: first, suite: second } });
    case "errors":
      return errorsPage(content, options);
    case "measures":
      return measuresPage(content, options);
    case "series":
      return seriesPage(content);
    case "deviations":
      return deviationsPage(content, { ...options, id: first });
    case "alerts":
      return alertsPage(content, { ...options, id: first });
    case "getting-started":
      return gettingStartedPage(content);
    default:
      return homePage(content, options);
  }
}

async function refresh() {
  if (page.load === undefined) return;
  if (loading) {
    again = true;
    return;
  }
  clearTimeout(timer);
  loading = true;
  main.setAttribute("aria-busy", "true");
  try {
    const data = await page.load();
    if (!again) {
      const first = content.parentNode === null;
      const shown = page.show(data);
      if (first) main.replaceChildren(content);
      good(shown);
      if (first) toAnchor();
    }
  } catch (error) {
    bad(error);
  } finally {
    loading = false;
    main.removeAttribute("aria-busy");
  }
  if (again) {
    again = false;
    void refresh();
  } else schedule();
}

function schedule() {
  clearTimeout(timer);
  if (!paused && document.visibilityState === "visible") timer = window.setTimeout(() => void refresh(), EVERY_MS);
}

/** @param {Shown} shown */
function good({ title, live: text }) {
  lastGoodMs = now();
  failingSinceMs = undefined;
  document.body.removeAttribute("data-stale");
  render(stale);
  document.title = `${title} · Plumbline`;
  if (text !== undefined && text !== said) {
    said = text;
    live.textContent = text;
  }
  showBar();
}

/** @param {unknown} error */
function bad(error) {
  if (!(error instanceof Unreachable) && !(error instanceof ApiProblem)) console.error(error);
  const status = error instanceof ApiProblem ? error.status : undefined;
  if (status !== undefined && status >= 400 && status < 500 && lastGoodMs === undefined) {
    problem(/** @type {ApiProblem} */ (error));
    return;
  }
  failingSinceMs ??= now();
  document.body.setAttribute("data-stale", "");
  document.title = "? No connection · Plumbline";
  const cause =
    error instanceof Unreachable
      ? "The server does not answer"
      : error instanceof ApiProblem
        ? `The server refused: ${error.message}`
        : "This page could not read the answer";
  render(
    stale,
    h(
      "div",
      { class: "stale" },
      h("strong", {}, `${cause} (since ${clockUtc(failingSinceMs)}).`),
      lastGoodMs === undefined
        ? " Nothing could be loaded yet."
        : ` What you see is from ${clockUtc(lastGoodMs)} and may be wrong by now.`,
      paused ? "" : " Trying again every 10 seconds. ",
      h("button", { type: "button", class: "margin", onclick: () => void refresh() }, "Try now"),
    ),
  );
  if (lastGoodMs === undefined)
    main.replaceChildren(
      h(
        "div",
        { class: "page" },
        h("h1", {}, "Unknown"),
        h("p", {}, "The state of the tests is not known while the server does not answer."),
      ),
    );
  showBar();
}

/** What was asked for is not there: said in the page, not as an outage. @param {ApiProblem} error */
function problem(error) {
  const title = error.status === 404 ? "Not found" : "Request not understood";
  document.title = `${title} · Plumbline`;
  main.replaceChildren(
    h(
      "div",
      { class: "page" },
      h("h1", {}, title),
      h("p", {}, error.message),
      error.hint === undefined ? undefined : h("p", { class: "quiet" }, error.hint),
      h("p", {}, h("a", { href: ROOT.href }, "To the results")),
    ),
  );
}

function showBar() {
  const text =
    failingSinceMs !== undefined
      ? "Not up to date"
      : lastGoodMs === undefined
        ? "Loading"
        : `Updated ${clockUtc(lastGoodMs)}`;
  render(
    bar,
    h("span", { class: "quiet num" }, text),
    h(
      "button",
      {
        type: "button",
        "aria-pressed": String(paused),
        title: "New results are loaded every 10 seconds",
        onclick: () => {
          paused = !paused;
          showBar();
          if (paused) clearTimeout(timer);
          else void refresh();
        },
      },
      "Pause",
    ),
  );
}

/** The address may name a section, which was not there when the browser looked for it. */
function toAnchor() {
  if (location.hash.length > 1) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}
