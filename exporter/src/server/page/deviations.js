/** Confirmed changes for the worse: what is open, what may have caused it, and what people decided. */
import { api, link, now, runLink, seriesLink } from "./api.js";
import { ask, BY, given, REASON } from "./ask.js";
import { h, nameText } from "./dom.js";
import { measured, plural } from "./format.js";
import { matterList } from "./matter-list.js";
import { badge } from "./outcome.js";
import { factList, when } from "./parts.js";
import { seriesName, seriesPlace } from "./series-key.js";

/** @typedef {import("./api.js").Deviation & { record?: object | undefined }} Known */
/** @typedef {import("../../analysis/deviations/record.ts").AnalysisRecord} AnalysisRecord */

const TIMES = [
  { value: "+7d", text: "7 days" },
  { value: "+1d", text: "1 day" },
  { value: "+3d", text: "3 days" },
  { value: "+14d", text: "14 days" },
  { value: "+30d", text: "30 days" },
];

/**
 * @param {HTMLElement} main
 * @param {{ refresh: () => void, id: string }} options `id`: of one deviation, else the list
 */
export const deviationsPage = (main, options) =>
  matterList(main, options, {
    path: "deviations",
    title: "Deviations",
    section: "Changes for the worse",
    lead: "A deviation is open from its confirmation until the newest runs are back, or somebody accepts the new level. What too few runs tell nothing of is not here: see Measures.",
    statuses: [
      { value: "resolved", text: "Resolved" },
      { value: "accepted", text: "Accepted" },
    ],
    choices: () => [],
    list: (query, status) =>
      /** @type {Promise<import("./api.js").Paged<Known>>} */ (
        api.deviations({ ...query, status: status === "" ? "open" : status === "all" ? undefined : status })
      ),
    one: (id) => /** @type {Promise<Known>} */ (api.deviation(id)),
    name: ({ series }) => seriesName(series),
    headline: ({ length }, more, status) =>
      status !== ""
        ? `${more ? "First " : ""}${plural(length, "deviation")}`
        : length === 0
          ? "No open deviation"
          : `${more ? "More than " : ""}${plural(length, "open deviation")}`,
    empty: (status) => (status === "" ? "Nothing that is watched has become worse." : "None matches these filters."),
    red: ({ status }) => status === "open",
    item: deviationItem,
  });

/** @param {Known} one @param {boolean} whole @param {() => void} refresh */
function deviationItem(one, whole, refresh) {
  const { series, status, severity, summary, before, after, acknowledgedUntilMs } = one;
  const acknowledged = status === "open" && acknowledgedUntilMs !== undefined && acknowledgedUntilMs > now();
  const mark = status !== "open" ? status : acknowledged ? "acknowledged" : severity;
  const address = link(`deviations/${encodeURIComponent(one.id)}`);
  return h(
    "li",
    { class: `failure edge-${mark}`, key: one.id },
    h(
      "div",
      { class: "failure-head" },
      badge(mark),
      h(
        "h3",
        {},
        whole
          ? nameText(seriesName(series))
          : h("a", { href: address, "data-deviation": one.id }, nameText(seriesName(series))),
      ),
      h("span", { class: "quiet num" }, `${measured(before, series.unit)} → ${measured(after, series.unit)}`),
    ),
    h("p", { class: "quiet where" }, nameText(seriesPlace(series), 200)),
    h("p", { class: "message" }, summary),
    factList([
      ["First worse run", h("a", { href: runLink(one.sinceRun) }, when(one.sinceMs))],
      ["Found", when(one.openedAtMs)],
      ["Over since", one.endedAtMs === undefined ? undefined : when(one.endedAtMs)],
      ["Acknowledged until", acknowledged ? when(/** @type {number} */ (acknowledgedUntilMs)) : undefined],
      ["By", one.acknowledgedBy === undefined ? undefined : nameText(one.acknowledgedBy, 100)],
      ["Reason", one.reason === undefined ? undefined : nameText(one.reason, 400)],
      ["Course", h("a", { href: seriesLink(series) }, "Values and levels")],
    ]),
    whole && one.record !== undefined ? recordPart(/** @type {AnalysisRecord} */ (one.record)) : undefined,
    status !== "open"
      ? undefined
      : h(
          "div",
          { class: "asks" },
          ask({
            key: `ack-${one.id}`,
            title: "Acknowledge",
            fields: [BY, REASON, { name: "until", label: "For", choices: TIMES }],
            submit: (values) => api.acknowledgeDeviation(one.id, /** @type {any} */ (given(values))),
            changed: refresh,
          }),
          ask({
            key: `accept-${one.id}`,
            title: "Accept the new level",
            fields: [{ ...REASON, required: true }],
            submit: (values) => api.acceptDeviation(one.id, { reason: values.reason ?? "" }),
            changed: refresh,
          }),
        ),
  );
}

/** What the analysis found, and where to go on. @param {AnalysisRecord} record */
function recordPart(record) {
  const { commitRange, candidateCauses = [], similar = [], recommendedActions = [] } = record;
  return [
    h("h4", {}, "Candidate causes"),
    candidateCauses.length === 0
      ? h("p", { class: "quiet" }, "None is known.")
      : h(
          "ol",
          {},
          candidateCauses.map((cause) =>
            h("li", { key: cause.evidence }, nameText(`${cause.kind}: ${cause.evidence}`, 400)),
          ),
        ),
    factList([
      [
        "Last good commit",
        commitRange?.lastGood === undefined ? undefined : h("code", {}, nameText(commitRange.lastGood, 60)),
      ],
      [
        "First bad commit",
        commitRange?.firstBad === undefined ? undefined : h("code", {}, nameText(commitRange.firstBad, 60)),
      ],
      ["Impact", record.impactScope],
      ["Priority", String(record.priority)],
    ]),
    similar.length === 0
      ? undefined
      : [
          h("h4", {}, "Changed in the same run"),
          h(
            "ul",
            {},
            similar.map((name) => h("li", { key: name }, nameText(name, 200))),
          ),
        ],
    h("h4", {}, "What to do"),
    h(
      "ol",
      {},
      recommendedActions.map((action) => h("li", { key: action }, nameText(action, 400))),
    ),
  ].flat();
}
