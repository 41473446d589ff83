/**
 * Alerts that Alertmanager reported, with their life. Messages link here, narrowed to the alert by its labels; acknowledging is a
 * form, never an address: whatever opens links in a chat must not acknowledge anything.
 */
import { api, link, now, suiteLink } from "./api.js";
import { ask, BY, given, REASON } from "./ask.js";
import { h, nameText, webAddress } from "./dom.js";
import { parameter } from "./filters.js";
import { plural } from "./format.js";
import { matterList } from "./matter-list.js";
import { badge } from "./outcome.js";
import { factList, when } from "./parts.js";

/** @typedef {import("./api.js").AlertRecord} AlertRecord */
/** @typedef {import("./api.js").AlertDetail} AlertDetail */

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
const NARROWED = [
  { name: "alertname", label: "Alert", any: "Any alert" },
  { name: "team", label: "Team", any: "Any team" },
];
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
 */
export const alertsPage = (main, options) =>
  matterList(main, options, {
    path: "alerts",
    title: "Alerts",
    section: options.id === "" ? "Newest first" : "Alert",
    lead: "What Alertmanager reported to this server. Acknowledging stops the escalation of an alert and of all others of its name and suite; it silences nothing.",
    statuses: [
      { value: "firing", text: "Firing" },
      { value: "acknowledged", text: "Acknowledged" },
      { value: "resolved", text: "Resolved" },
    ],
    choices: () => [
      SEVERITIES,
      // A link may narrow by these too; what narrows is seen, and can be taken away.
      ...NARROWED.flatMap((one) => (parameter(one.name) === "" ? [] : [{ ...one, values: [parameter(one.name)] }])),
    ],
    list: (query, status) =>
      api.alerts({
        ...query,
        alertname: parameter("alertname"),
        severity: parameter("severity"),
        team: parameter("team"),
        ...(status === "" ? { open: true } : status === "all" ? {} : { status }),
      }),
    one: (id) => /** @type {Promise<AlertRecord | AlertDetail>} */ (api.alert(id)),
    name: ({ alertname }) => alertname,
    headline: ({ length }, more, status) =>
      status === "" && length === 0
        ? "No open alert"
        : `${more ? "First " : ""}${plural(length, status === "" ? "open alert" : "alert")}`,
    empty: (status) =>
      status === ""
        ? "No alert is open. Whether alerts reach this server at all is another question: see the alert AlertDeliveryFailing, and the Plumbline dashboard."
        : "None matches these filters.",
    red: ({ status }) => status === "firing",
    item: alertItem,
  });

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
