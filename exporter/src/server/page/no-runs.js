/** What a newcomer sees: how to send the first report. */
import { link } from "./api.js";
import { h } from "./dom.js";
import { startCommand } from "./getting-started.js";

export function noRuns() {
  return h(
    "div",
    { class: "empty" },
    h("p", {}, "Nothing is red and nothing is green: no report has arrived. Send the first one:"),
    startCommand(),
    h(
      "p",
      { class: "quiet" },
      h("code", {}, "results.xml"),
      " is a report your test tool wrote; its format is recognised by content. From a clone the command is ",
      h("code", {}, "exporter/bin/plumbline"),
      ".",
    ),
    h(
      "p",
      {},
      "This page shows it within ten seconds. ",
      h("a", { href: link("getting-started") }, "More ways to send reports"),
      ".",
    ),
  );
}
