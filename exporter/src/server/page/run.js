/** One run: where it belongs, its suites, what failed, coverage and measures, warnings, and every case. */
import { api, now, ROOT, testLink } from "./api.js";
import { clean, clip, h, longText, nameText, render } from "./dom.js";
import { parameter, setParameters } from "./filters.js";
import { count, duration, fullUtc, measured, passPercent, percent, plural, relative, total } from "./format.js";
import { badge, bar, countsText, icon, isRed, toneOf, wordOf } from "./outcome.js";
import { ciLink, commitText, factList, failure, section, suiteName, tally, when } from "./parts.js";
import { table } from "./table.js";

/** @typedef {import("./api.js").RunDetail} RunDetail */
/** @typedef {import("./api.js").CaseRecord} CaseRecord */

const FAILURES = 50;
const CASES = 50;
const OUTCOMES = ["failed", "errored", "passed", "skipped"];

/**
 * @param {HTMLElement} main
 * @param {{ refresh: () => void, id: string }} options
 * @returns {import("./main.js").Page}
 */
export function runPage(main, { refresh, id }) {
  const head = h("div", {});
  const suites = section("suites-part", "Suites");
  const failing = section("failing-tests", "Failing tests");
  const numbers = section("coverage-part", "Coverage");
  const measures = section("measures-part", "Measures");
  const warnings = section("parts-part", "Parts of the report");
  const cases = section("cases-part", "All tests");
  main.append(head);

  let failureLimit = FAILURES;
  /** Cursors of the pages before this one; the last is this page's. @type {(string | undefined)[]} */
  let cursors = [undefined];
  let asked = "";

  async function load() {
    const outcome = parameter("outcome");
    const search = parameter("search");
    const filter = JSON.stringify([outcome, search]);
    if (filter !== asked) cursors = [undefined];
    asked = filter;
    const [run, failed, list] = await Promise.all([
      api.run(id),
      api.cases(id, { outcome: "failed,errored", final_only: true, limit: failureLimit }),
      api.cases(id, { outcome, search, limit: CASES, cursor: cursors.at(-1) }),
    ]);
    return { run, failed, list, outcome, search };
  }

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function show({ run, failed, list, outcome, search }) {
    const bad = run.counts.failed + run.counts.errored;
    if (suites.section.parentNode === null) {
      main.append(failing.section, suites.section, numbers.section, measures.section, warnings.section, cases.section);
    }
    showHead(run);
    showSuites(run);
    render(
      failing.body,
      failed.items.length === 0
        ? h("p", { class: "quiet" }, noFailures(run))
        : h(
            "ul",
            { class: "failures" },
            failed.items.map((record) => failure(record)),
          ),
      failed.nextCursor && failureLimit < 1000
        ? h(
            "p",
            {},
            h(
              "button",
              {
                type: "button",
                onclick: () => {
                  failureLimit = Math.min(1000, failureLimit * 4);
                  refresh();
                },
              },
              `Show more of ${count(bad)} failing tests`,
            ),
          )
        : undefined,
    );
    showCoverage(run);
    showMeasures(run);
    showParts(run);
    showCases(list, outcome, search);
    const name = clip(clean(run.suites.join(", ") || run.runId), 60);
    return {
      title: `${isRed(run.status) ? "✗ " : ""}${wordOf(run.status)}: ${name}`,
      mark: run.status,
      live: `${wordOf(run.status)}: ${countsText(run.counts)}`,
    };
  }

  /** @param {RunDetail} run */
  function noFailures(run) {
    if (run.status === "passed") return "No test failed.";
    if (run.status === "measured") return "The run holds measures or coverage, no tests.";
    if (run.status === "empty" || total(run.counts) === 0) return "The run holds no test, so nothing was checked.";
    if (run.status === "running") return "No test has failed so far.";
    if (isRed(run.status))
      return "No test failed; the run is red because something outside its tests went wrong. See the parts and the CI run.";
    return "No test failed among those that arrived.";
  }

  /** @param {RunDetail} run */
  function showHead(run) {
    const states = {
      running: "More parts may come.",
      partial: "Not all parts arrived: what is missing is unknown, so this run is not green.",
      cancelled: "Stopped before its end: what did not run is unknown.",
      empty: "No test was executed: nothing was checked, so this run is not green.",
    };
    render(
      head,
      h("p", { class: "crumbs" }, h("a", { href: ROOT.href }, "Results"), " › Run"),
      h(
        "h1",
        { class: `verdict tone-${toneOf(run.status)}`, "data-verdict": run.status },
        /** @type {Node} */ (icon(run.status)),
        h("span", {}, `${wordOf(run.status)}: `, nameText(run.suites.slice(0, 5).join(", ") || run.runId, 160)),
      ),
      run.status in states
        ? h("p", { class: "notice" }, states[/** @type {keyof typeof states} */ (run.status)])
        : undefined,
      h(
        "div",
        { class: "numbers" },
        number("Pass rate", percent(passPercent(run.counts))),
        number("Failed", count(run.counts.failed), run.counts.failed > 0 ? "bad" : undefined),
        number("Errored", count(run.counts.errored), run.counts.errored > 0 ? "error" : undefined),
        number("Passed", count(run.counts.passed)),
        number("Skipped", count(run.counts.skipped)),
        number("Flaky", count(run.flaky), run.flaky > 0 ? "doubt" : undefined),
        number("Duration", duration(run.durationSeconds)),
      ),
      bar(run.counts, run.status),
      factList([
        ["Project", nameText(run.project)],
        ["Environment", nameText(run.environment)],
        ["Branch", run.branch === undefined ? undefined : nameText(run.branch, 100)],
        ["Commit", run.commit === undefined ? undefined : commitText(run.commit)],
        ["Started", h("span", { class: "num" }, fullUtc(run.startedAtMs))],
        ["Ended", h("span", { class: "num" }, `${fullUtc(run.endedAtMs)} (${relative(run.endedAtMs, now())})`)],
        ["CI", run.runUrl === undefined ? undefined : ciLink(run.runUrl, run.runId)],
        ["Run id", h("code", {}, nameText(run.runId, 120))],
        [
          "Parts",
          run.partsExpected === undefined
            ? count(run.partsReceived)
            : `${count(run.partsReceived)} of ${count(run.partsExpected)}`,
        ],
        ["Retries", run.retries > 0 ? count(run.retries) : undefined],
        ["Executor", run.executor === undefined ? undefined : nameText(run.executor)],
        ["Framework", run.framework === undefined ? undefined : nameText(run.framework)],
        ["History", run.history ? "ingested as history; did not move counters" : undefined],
      ]),
    );
  }

  /** @param {string} label @param {string} value @param {string} [tone] */
  const number = (label, value, tone) =>
    h(
      "div",
      { class: "number" },
      h("div", { class: "quiet small" }, label),
      h("div", { class: `big num ${tone === undefined ? "" : `tone-${tone}`}` }, value),
    );

  /** @param {RunDetail} run */
  function showSuites(run) {
    suites.section.hidden = run.suiteResults.length === 0;
    render(
      suites.body,
      table({
        id: "run-suites",
        caption: "Suites of this run",
        rows: run.suiteResults,
        key: (one) => one.suite,
        update: () => showSuites(run),
        rowClass: (one) => `edge-${one.status}`,
        columns: [
          { title: "Outcome", sort: (one) => one.status, cell: (one) => badge(one.status) },
          {
            title: "Suite",
            head: true,
            wide: true,
            sort: (one) => one.suite,
            cell: (one) => suiteName(run.project, one.suite),
          },
          {
            title: "Pass rate",
            number: true,
            sort: (one) => passPercent(one.counts),
            cell: (one) => percent(passPercent(one.counts)),
          },
          {
            title: "Passed",
            number: true,
            count: true,
            sort: (one) => one.counts.passed,
            cell: (one) => tally(one.counts.passed, "text"),
          },
          {
            title: "Failed",
            number: true,
            count: true,
            sort: (one) => one.counts.failed,
            cell: (one) => tally(one.counts.failed, "bad"),
          },
          {
            title: "Errored",
            number: true,
            count: true,
            sort: (one) => one.counts.errored,
            cell: (one) => tally(one.counts.errored, "error"),
          },
          {
            title: "Skipped",
            number: true,
            count: true,
            sort: (one) => one.counts.skipped,
            cell: (one) => tally(one.counts.skipped, "text"),
          },
          {
            title: "Duration",
            number: true,
            sort: (one) => one.durationSeconds,
            cell: (one) => duration(one.durationSeconds),
          },
        ],
      }),
    );
  }

  /** @param {RunDetail} run */
  function showCoverage(run) {
    const rows = run.suiteResults.filter((one) => one.coverage !== undefined && one.coverage !== null);
    numbers.section.hidden = rows.length === 0;
    const ratio = (/** @type {number | undefined} */ value) => (value === undefined ? "–" : percent(value * 100));
    render(
      numbers.body,
      table({
        id: "coverage",
        caption: "Coverage by suite",
        rows,
        key: (one) => one.suite,
        update: () => showCoverage(run),
        columns: [
          { title: "Suite", head: true, wide: true, sort: (one) => one.suite, cell: (one) => nameText(one.suite) },
          {
            title: "Lines",
            number: true,
            sort: (one) => one.coverage?.lineRatio,
            cell: (one) => ratio(one.coverage?.lineRatio),
          },
          {
            title: "Branches",
            number: true,
            sort: (one) => one.coverage?.branchRatio,
            cell: (one) => ratio(one.coverage?.branchRatio),
          },
          {
            title: "Functions",
            number: true,
            sort: (one) => one.coverage?.functionRatio,
            cell: (one) => ratio(one.coverage?.functionRatio),
          },
          {
            title: "Uncovered files",
            cell: ({ coverage }) => {
              const files = coverage?.uncoveredFiles ?? [];
              return files.length === 0
                ? "–"
                : h(
                    "details",
                    {},
                    h("summary", {}, plural(files.length, "file")),
                    h(
                      "ul",
                      {},
                      files.slice(0, 500).map((file) => h("li", {}, h("code", {}, nameText(file)))),
                    ),
                  );
            },
          },
        ],
      }),
    );
  }

  /** @param {RunDetail} run */
  function showMeasures(run) {
    measures.section.hidden = run.measures.length === 0;
    const rows = run.measures.map((measure, index) => ({ ...measure, index }));
    render(
      measures.body,
      table({
        id: "measures",
        caption: "Measures and benchmarks of this run",
        rows,
        key: (one) => String(one.index),
        update: () => showMeasures(run),
        columns: [
          {
            title: "Name",
            head: true,
            wide: true,
            sort: (one) => one.name,
            cell: (one) => [
              nameText(one.name),
              h(
                "div",
                { class: "quiet small" },
                nameText([one.suite, one.component, one.scenario].filter((part) => part !== undefined).join(" · ")),
              ),
            ],
          },
          {
            title: "Measure",
            sort: (one) => one.measure,
            cell: (one) => (one.measure === one.name ? "–" : nameText(one.measure)),
          },
          { title: "Statistic", sort: (one) => one.stat, cell: (one) => one.stat },
          { title: "Value", number: true, sort: (one) => one.value, cell: (one) => measured(one.value, one.unit) },
        ],
      }),
    );
  }

  /** @param {RunDetail} run */
  function showParts(run) {
    warnings.section.hidden = run.parts.length === 0;
    const warned = run.parts.filter((part) => part.warnings.length > 0);
    render(
      warnings.body,
      ...warned.map((part) =>
        h(
          "div",
          { class: "notice", key: part.name },
          h("strong", {}, nameText(part.name, 120), `: ${plural(part.warnings.length, "warning")}`),
          h(
            "ul",
            {},
            part.warnings
              .slice(0, 50)
              .map((one) =>
                h(
                  "li",
                  {},
                  h("code", {}, nameText(one.code)),
                  one.line === undefined ? " " : ` line ${one.line}: `,
                  longText(one.message),
                ),
              ),
          ),
        ),
      ),
      table({
        id: "parts",
        caption: "Parts of the report",
        rows: run.parts,
        key: (part) => part.name,
        update: () => showParts(run),
        columns: [
          {
            title: "Part",
            head: true,
            wide: true,
            sort: (part) => part.name,
            cell: (part) => nameText(part.name, 120),
          },
          { title: "Format", sort: (part) => part.format, cell: (part) => nameText(part.format) },
          { title: "Tests", number: true, sort: (part) => part.cases, cell: (part) => count(part.cases) },
          {
            title: "Warnings",
            number: true,
            sort: (part) => part.warnings.length,
            cell: (part) => tally(part.warnings.length, "doubt"),
          },
          { title: "Source", wide: true, cell: (part) => nameText(part.source, 120) },
          { title: "Received (UTC)", sort: (part) => part.receivedAtMs, cell: (part) => when(part.receivedAtMs) },
        ],
      }),
    );
  }

  let typing = 0;
  /** @param {import("./api.js").Paged<CaseRecord>} list @param {string} outcome @param {string} search */
  function showCases(list, outcome, search) {
    const again = (/** @type {Record<string, string>} */ values) => {
      setParameters(values, { push: false });
      refresh();
    };
    const page = cursors.length;
    render(
      cases.body,
      h(
        "form",
        {
          class: "filters",
          role: "search",
          "aria-label": "Find tests",
          onsubmit: (/** @type {Event} */ event) => event.preventDefault(),
        },
        h(
          "label",
          {},
          h("span", {}, "Outcome"),
          h(
            "select",
            {
              name: "outcome",
              value: outcome,
              onchange: (/** @type {Event} */ event) =>
                again({ outcome: /** @type {HTMLSelectElement} */ (event.target).value }),
            },
            h("option", { value: "" }, "Any outcome"),
            h("option", { value: "failed,errored" }, "Failed or errored"),
            OUTCOMES.map((one) => h("option", { value: one }, wordOf(one))),
          ),
        ),
        h(
          "label",
          {},
          h("span", {}, "Search in names"),
          h("input", {
            type: "search",
            name: "search",
            value: search,
            maxlength: "200",
            autocomplete: "off",
            oninput: (/** @type {Event} */ event) => {
              clearTimeout(typing);
              const { value } = /** @type {HTMLInputElement} */ (event.target);
              typing = window.setTimeout(() => again({ search: value }), 300);
            },
          }),
        ),
        h(
          "p",
          { class: "quiet", role: "status" },
          `${list.nextCursor ? `${plural(list.items.length, "test")} on page ${page}, more follow` : page > 1 ? `${plural(list.items.length, "test")} on page ${page}, the last` : plural(list.items.length, "test")}`,
        ),
      ),
      list.items.length === 0
        ? h("p", { class: "quiet" }, outcome === "" && search === "" ? "No test in this run." : "No test matches.")
        : table({
            id: "cases",
            caption: "Tests of this run, in the order of the report",
            rows: list.items,
            key: (one) => `${one.testId}/${one.attempt}`,
            update: () => showCases(list, outcome, search),
            columns: [
              { title: "Outcome", sort: (one) => one.outcome, cell: (one) => badge(one.outcome) },
              {
                title: "Test",
                head: true,
                wide: true,
                sort: (one) => one.name,
                cell: (one) => [
                  h("a", { href: testLink(one.testId) }, nameText(one.name, 160)),
                  one.attempt > 1 ? h("span", { class: "quiet" }, ` attempt ${one.attempt}`) : undefined,
                  h("div", { class: "quiet small" }, nameText([one.suite, ...one.path].join(" › "), 160)),
                ],
              },
              {
                title: "Duration",
                number: true,
                sort: (one) => one.durationSeconds,
                cell: (one) => duration(one.durationSeconds),
              },
              {
                title: "Message",
                wide: true,
                cell: (one) => (one.message === undefined || one.message === "" ? "–" : longText(one.message, 140)),
              },
            ],
          }),
      page > 1 || list.nextCursor
        ? h(
            "nav",
            { class: "pager", "aria-label": "Pages of tests" },
            h(
              "button",
              {
                type: "button",
                disabled: page === 1,
                onclick: () => {
                  cursors.pop();
                  refresh();
                },
              },
              "Previous",
            ),
            h("span", { class: "num" }, `Page ${page}`),
            h(
              "button",
              {
                type: "button",
                disabled: !list.nextCursor,
                onclick: () => {
                  cursors.push(list.nextCursor ?? undefined);
                  refresh();
                },
              },
              "Next",
            ),
          )
        : undefined,
    );
  }

  return { load, show };
}
