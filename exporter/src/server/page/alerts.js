/**
 * Alerts that Alertmanager reported, with their life. Messages link here, narrowed to the alert by its labels; acknowledging is a
 * form, never an address: whatever opens links in a chat must not acknowledge anything.
 */
import { api, link, now, ROOT, suiteLink } from "./api.js";
import { ask, BY, given, REASON } from "./ask.js";
import { h, nameText, render, webAddress } from "./dom.js";
import { filterBar, parameter, scopeChoices, scopeQuery } from "./filters.js";
import { plural } from "./format.js";
import { badge } from "./outcome.js";
import { factList, notice, section, showMore, when } from "./parts.js";

/** @typedef {import("./api.js").AlertRecord} AlertRecord */
/** @typedef {import("./api.js").AlertDetail} AlertDetail */

const FIRST = 50;
const MOST = 500;
const STATUSES = {
  name: "status",
  label: "Status",
  any: "Open",
  values: [
    { value: "firing", text: "Firing" },
    { value: "acknowledged", text: "Acknowledged" },
    { value: "resolved", text: "Resolved" },
    { value: "all", text: "All" },
  ],
};
const SEVERITIES = {
  name: "severity",
  label: "Severity",
  any: "Any severity",
  values: [
    { value: "critical", text: "Critical" },
    { value: "warning", text: "Warning" },
    { value: "info", text: "Note" },
  ],
};
const TIMES = [
  { value: "", text: "until it is over" },
  { value: "3600", text: "1 hour" },
  { value: "14400", text: "4 hours" },
  { value: "86400", text: "1 day" },
];
const LINKS = /** @type {const} */ ([
  ["run_url", "Suite at that run"],
  ["dashboard_url", "Dashboard"],
  ["runbook_url", "Runbook"],
]);

/**
 * @param {HTMLElement} main
 * @param {{ refresh: () => void, id: string }} options `id`: of one alert, else the list
 * @returns {import("./main.js").Page}
 */
export function alertsPage(main, { refresh, id }) {
  const head = h("div", {});
  const filters = h("div", {});
  const { section: whole, body } = section("alerts-part", id === "" ? "Newest first" : "Alert");
  main.append(head, filters, whole);
  let shown = FIRST;

  async function load() {
    const facets = await api.facets();
    if (id !== "") return { facets, items: [await api.alert(id)], more: false };
    const status = parameter("status");
    const list = await api.alerts({
      ...scopeQuery(),
      alertname: parameter("alertname"),
      severity: parameter("severity"),
      team: parameter("team"),
      ...(status === "" ? { open: true } : status === "all" ? {} : { status }),
      limit: shown,
    });
    return { facets, items: list.items, more: Boolean(list.nextCursor) };
  }

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function show({ facets, items, more }) {
    const firing = items.filter(({ status }) => status === "firing").length;
    const status = parameter("status");
    const [first] = items;
    const text =
      id !== "" && first !== undefined
        ? first.alertname
        : status === "" && items.length === 0
          ? "No open alert"
          : `${more ? "First " : ""}${plural(items.length, status === "" ? "open alert" : "alert")}`;
    render(
      head,
      h(
        "p",
        { class: "crumbs" },
        h("a", { href: ROOT.href }, "Results"),
        " › ",
        id === "" ? "Alerts" : [h("a", { href: link("alerts") }, "Alerts"), ` › ${id}`],
      ),
      h("h1", {}, nameText(text, 160)),
      h(
        "p",
        { class: "quiet lead" },
        "What Alertmanager reported to this server. Acknowledging stops the escalation of an alert and of all others of its name and suite; it silences nothing.",
      ),
    );
    // A link may narrow by these too; what narrows is seen, and can be taken away.
    const narrowed = [
      { name: "alertname", label: "Alert", any: "Any alert" },
      { name: "team", label: "Team", any: "Any team" },
    ].flatMap((one) => (parameter(one.name) === "" ? [] : [{ ...one, values: [parameter(one.name)] }]));
    if (id === "") render(filters, filterBar([STATUSES, SEVERITIES, ...narrowed, ...scopeChoices(facets)], refresh));
    render(
      body,
      items.length === 0
        ? notice(
            status === ""
              ? "No alert is open. Whether alerts reach this server at all is another question: see the alert AlertDeliveryFailing, and the Plumbline dashboard."
              : "None matches these filters.",
          )
        : h(
            "ul",
            { class: "failures" },
            items.map((one) => alertItem(one, id !== "", refresh)),
          ),
      more && shown < MOST
        ? showMore("alerts", () => {
            shown = Math.min(MOST, shown * 4);
            refresh();
          })
        : undefined,
    );
    return { title: `${firing > 0 ? `✗ ${firing} ` : ""}${text}`, live: text };
  }

  return { load, show };
}

/** @param {AlertRecord | AlertDetail} one @param {boolean} whole @param {() => void} refresh */
function alertItem(one, whole, refresh) {
  const { id, status, severity, matter, annotations, acknowledgement, level } = one;
  const mark = status === "firing" ? severity : status;
  const place = [matter.project, matter.suite, matter.environment, matter.branch].filter((part) => part !== "");
  const address = link(`alerts/${encodeURIComponent(id)}`);
  const links = LINKS.flatMap(([name, text]) => {
    const href = webAddress(annotations[name]);
    return href === undefined ? [] : [h("a", { href, key: name }, text), " "];
  });
  return h(
    "li",
    { class: `failure edge-${mark}`, key: id },
    h(
      "div",
      { class: "failure-head" },
      badge(mark),
      h(
        "h3",
        {},
        whole
          ? nameText(annotations.summary ?? one.alertname, 300)
          : h("a", { href: address, "data-alert": id }, nameText(annotations.summary ?? one.alertname, 300)),
      ),
      level > 1 && status !== "resolved" ? badge("warning", `Level ${level}`) : undefined,
    ),
    h(
      "p",
      { class: "quiet where" },
      nameText(one.alertname, 80),
      place.length === 0
        ? undefined
        : [
            " · ",
            matter.suite === ""
              ? nameText(place.join(" · "), 200)
              : h("a", { href: suiteLink(matter.project, matter.suite) }, nameText(place.join(" · "), 200)),
          ],
      one.team === undefined ? undefined : [" · team ", nameText(one.team, 80)],
    ),
    whole ? h("p", { class: "message" }, nameText(annotations.description ?? "", 2000)) : undefined,
    factList([
      ["Since", when(one.startsAtMs)],
      ["Resolved", one.endsAtMs === undefined ? undefined : when(one.endsAtMs)],
      ["Acknowledged by", acknowledgement === undefined ? undefined : nameText(acknowledgement.by ?? "somebody", 100)],
      ["Until", acknowledgement?.untilMs === undefined ? undefined : when(acknowledgement.untilMs)],
      ["Reason", acknowledgement?.reason === undefined ? undefined : nameText(acknowledgement.reason, 400)],
    ]),
    links.length === 0 ? undefined : h("p", {}, links),
    status === "resolved"
      ? undefined
      : h(
          "div",
          { class: "asks" },
          acknowledgement === undefined || (acknowledgement.untilMs !== undefined && acknowledgement.untilMs <= now())
            ? ask({
                key: `ack-alert-${id}`,
                title: "Acknowledge",
                fields: [BY, REASON, { name: "forSeconds", label: "For", choices: TIMES }],
                submit: ({ forSeconds = "", ...rest }) =>
                  api.acknowledgeAlert(id, {
                    ...given(rest),
                    ...(forSeconds === "" ? {} : { forSeconds: Number(forSeconds) }),
                  }),
                changed: refresh,
              })
            : ask({
                key: `unack-alert-${id}`,
                title: "Take the acknowledgement back",
                fields: [],
                submit: () => api.unacknowledgeAlert(id),
                changed: refresh,
              }),
        ),
    whole && "steps" in one ? stepsPart(one) : undefined,
  );
}

/** @param {AlertDetail} one */
function stepsPart({ steps, snapshot }) {
  return [
    h("h4", {}, "What happened"),
    h(
      "ol",
      { class: "steps" },
      steps.map((step, index) =>
        h(
          "li",
          { key: String(index) },
          when(step.atMs),
          ` ${step.step}`,
          step.by === undefined ? undefined : [" by ", nameText(step.by, 100)],
          step.detail === undefined ? undefined : [": ", nameText(step.detail, 300)],
        ),
      ),
    ),
    snapshot === undefined
      ? undefined
      : h(
          "details",
          { key: "snapshot" },
          h("summary", {}, "Figures of that moment"),
          h("pre", { tabindex: "0" }, JSON.stringify(snapshot, undefined, 2)),
        ),
  ].flat();
}
