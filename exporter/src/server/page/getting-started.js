/** How to send reports here. Addresses are this server's own, as the browser reached it. */
import { link, ROOT } from "./api.js";
import { h, render } from "./dom.js";

/** The server's address without the slash at its end. */
const address = () => ROOT.href.replace(/\/$/, "");

/** The command for the first report. */
export const startCommand = () =>
  command(`plumbline ingest results.xml --server ${address()} --project my-project --suite unit`);

/** @param {string} text */
function command(text) {
  const said = h("span", { class: "small", role: "status" });
  const copy = h("button", { type: "button", class: "plain" }, "Copy");
  copy.onclick = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "Copied";
    } catch (error) {
      // Only offered to pages on https and localhost.
      if (!(error instanceof Error)) throw error;
      getSelection()?.selectAllChildren(code);
      said.textContent = "Selected; press Ctrl+C";
    }
  };
  const code = h("code", {}, text);
  return h(
    "div",
    { class: "command" },
    h("pre", { tabindex: "0" }, code),
    h("div", { class: "command-copy" }, copy, said),
  );
}

/** @param {HTMLElement} main @returns {import("./main.js").Page} */
export function gettingStartedPage(main) {
  render(
    main,
    h("h1", {}, "Getting started"),
    h(
      "section",
      { "aria-labelledby": "send" },
      h("h2", { id: "send" }, "Send a report"),
      h(
        "p",
        {},
        "After the tests, in the same CI job. Project, branch, commit and run are taken from the CI system's variables; flags override them.",
      ),
      startCommand(),
      h(
        "p",
        {},
        "Patterns work too, and the format is recognised by content. From a clone the command is exporter/bin/plumbline.",
      ),
      command(`plumbline ingest 'artifacts/**/*.xml' --server ${address()} --project my-project --suite unit`),
      h("p", {}, "Without the command line tool, any HTTP client will do:"),
      command(
        `curl --fail-with-body --data-binary @results.xml '${address()}/api/v1/reports?project=my-project&suite=unit'`,
      ),
    ),
    h(
      "section",
      { "aria-labelledby": "read" },
      h("h2", { id: "read" }, "Read the results"),
      h(
        "ul",
        {},
        h(
          "li",
          {},
          h("a", { href: ROOT.href }, "Results"),
          ": what is red now, which tests fail, how it went in the last 30 days.",
        ),
        h("li", {}, h("a", { href: link("errors") }, "Errors"), ": failures grouped by message."),
        h(
          "li",
          {},
          "Prometheus scrapes ",
          h("code", {}, "/metrics"),
          " (unless the server was started with another ",
          h("code", {}, "--web.telemetry-path"),
          ").",
        ),
        h(
          "li",
          {},
          h("a", { href: link("api/v1/openapi.json") }, "API description"),
          " (OpenAPI): everything on these pages as JSON.",
        ),
      ),
    ),
    h(
      "section",
      { "aria-labelledby": "words" },
      h("h2", { id: "words" }, "What the words mean"),
      h(
        "ul",
        {},
        h(
          "li",
          {},
          "A test ",
          h("strong", {}, "failed"),
          " when an assertion did not hold; it ",
          h("strong", {}, "errored"),
          " when anything else went wrong: a timeout, a crash, a setup that broke.",
        ),
        h(
          "li",
          {},
          "Pass rate is passed of executed; executed is passed, failed and errored. Skipped tests are not executed.",
        ),
        h(
          "li",
          {},
          "A run is ",
          h("strong", {}, "empty"),
          " when no test was in it, ",
          h("strong", {}, "partial"),
          " when not all of its parts arrived, ",
          h("strong", {}, "cancelled"),
          " when somebody stopped it. None of these is green.",
        ),
        h("li", {}, "A test is ", h("strong", {}, "flaky"), " in a run when it passed after an attempt that did not."),
        h("li", {}, "Pull requests do not make a suite red here: choose the branch to see them."),
      ),
    ),
  );
  return { title: "Getting started" };
}
