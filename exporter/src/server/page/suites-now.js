/** The newest run of each suite, most urgent first. */
import { now, runLink } from "./api.js";
import { clean, clip, h, nameText, render } from "./dom.js";
import { count, duration, passPercent, percent, total } from "./format.js";
import { DAY_MS } from "./home-data.js";
import { badge, bar, countsText, icon, nothingExecuted, toneOf, wordOf } from "./outcome.js";
import { notice, section, suiteName, when } from "./parts.js";
import { table } from "./table.js";

/** @typedef {import("./api.js").RunSummary} RunSummary */
/** @typedef {import("./latest.js").Latest} Latest */

const QUIET_DAYS = 7;

/** @param {string} title */
export function suitesNow(title) {
  const { section: whole, body } = section("now", title);

  /** @param {readonly Latest[]} latest @param {number} unseen suites that are not among them */
  function show(latest, unseen) {
    if (latest.length === 0) {
      render(body, notice("No run matches these filters."));
      return;
    }
    const many = new Set(latest.map((one) => one.verdict.branchLabel)).size > 1;
    const environments = new Set(latest.map((one) => `${one.verdict.project}\n${one.verdict.environment}`)).size > 1;
    render(
      body,
      unseen === 0
        ? undefined
        : notice(
            `Up to ${count(unseen)} more suites have had no run among the newest and are not listed. Choose a project or a suite to see them.`,
          ),
      table({
        id: "suites",
        caption: "Newest complete run of each suite, most urgent first",
        rows: latest,
        key: (one) => one.key,
        update: () => show(latest, unseen),
        rowClass: (one) => `edge-${one.verdict.status}`,
        columns: [
          {
            title: "Outcome",
            sort: (one) => one.verdict.status,
            cell: ({ verdict, running }) => [
              h("a", { class: "plain-link", href: runLink(verdict.id), "data-run": verdict.id }, badge(verdict.status)),
              running === undefined
                ? undefined
                : h(
                    "a",
                    { class: "plain-link next-run", href: runLink(running.id) },
                    badge("running", "Running again"),
                  ),
            ],
          },
          {
            title: "Suite",
            head: true,
            sort: (one) => one.suite,
            cell: ({ verdict, suite }) => [
              suite === "" ? h("span", {}, "(no suite)") : suiteName(verdict.project, suite),
              environments || many
                ? h(
                    "div",
                    { class: "quiet small" },
                    nameText(
                      [
                        ...(environments ? [verdict.project, verdict.environment] : []),
                        ...(many ? [verdict.branchLabel] : []),
                      ].join(" · "),
                      120,
                    ),
                  )
                : undefined,
            ],
          },
          {
            title: "Result",
            sort: (one) => one.verdict.counts.failed + one.verdict.counts.errored,
            cell: ({ verdict }) => [
              bar(verdict.counts, verdict.status),
              h("div", { class: "small" }, resultText(verdict)),
            ],
          },
          {
            title: "Pass rate",
            number: true,
            sort: (one) => passPercent(one.verdict.counts),
            cell: ({ verdict }) => [
              percent(passPercent(verdict.counts)),
              verdict.status === "partial" || verdict.status === "cancelled"
                ? h("div", { class: "quiet small" }, "of what came")
                : undefined,
            ],
          },
          {
            title: "Duration",
            number: true,
            sort: (one) => one.verdict.durationSeconds,
            cell: ({ verdict }) => duration(verdict.durationSeconds),
          },
          {
            title: "Ended (UTC)",
            sort: (one) => one.verdict.endedAtMs,
            cell: ({ verdict }) => [when(verdict.endedAtMs), quietFor(verdict)],
          },
          { title: "Recent", cell: (one) => strip(one) },
        ],
      }),
    );
  }

  return { section: whole, show };
}

/** @param {RunSummary} run */
function resultText(run) {
  if (run.status === "measured") return "measures, no tests";
  if (total(run.counts) === 0) return "no tests: nothing was checked";
  const parts = run.status === "partial" ? `; ${run.partsReceived} of ${run.partsExpected ?? "?"} parts` : "";
  const skipped = nothingExecuted(run.counts) ? "; nothing was executed" : "";
  const flaky = run.flaky > 0 ? `, ${count(run.flaky)} flaky` : "";
  return `${countsText(run.counts)}${flaky}${skipped}${parts}`;
}

/** A passed run says little about now when it is old. @param {RunSummary} run */
const quietFor = (run) =>
  now() - run.endedAtMs > QUIET_DAYS * DAY_MS
    ? h("div", { class: "small tone-doubt" }, `No run for ${Math.floor((now() - run.endedAtMs) / DAY_MS)} days`)
    : undefined;

/** The last runs, oldest first; only where a run is this suite alone, else its status is not the suite's. @param {Latest} one */
function strip({ recent: runs, suite }) {
  if (runs.length < 2 || runs.some((run) => run.suites.length > 1)) return undefined;
  return h(
    "ol",
    { class: "strip", "aria-label": `Last ${runs.length} runs of ${clip(clean(suite), 60)}, oldest first` },
    runs.toReversed().map((run) =>
      h(
        "li",
        { key: run.id },
        h(
          "a",
          {
            class: `cellmark tone-${toneOf(run.status)}`,
            href: runLink(run.id),
            title: `${wordOf(run.status)}: ${countsText(run.counts)}`,
            "aria-label": wordOf(run.status),
          },
          /** @type {Node} */ (icon(run.status)),
        ),
      ),
    ),
  );
}
