/** What is red now, what fails, how it went lately; for everything or for one suite. */
import { api, link, now, ROOT, runLink } from "./api.js";
import { chart, DURATION_STEPS, durationTick, percentRange, percentTick, zeroRange } from "./charts.js";
import { clean, clip, h, nameText, render } from "./dom.js";
import { filterBar, parameter, scopeChoices, scopeQuery } from "./filters.js";
import { count, duration, executed, passPercent, percent, plural, total } from "./format.js";
import { startCommand } from "./getting-started.js";
import { headline, latestPerSuite, PULL_REQUEST, tallyOf, urgency } from "./latest.js";
import { badge, bar, countsText, icon, isRed, nothingExecuted, toneOf, wordOf } from "./outcome.js";
import { ciLink, commitText, failure, notice, section, suiteName, tally, when } from "./parts.js";
import { table } from "./table.js";

/** @typedef {import("./api.js").RunSummary} RunSummary */
/** @typedef {import("./latest.js").Latest} Latest */

const DAY_MS = 86_400_000;
const DAYS = 30;
/** Runs looked at in each refresh. */
const NEWEST = 200;
/** Red suites whose failures are asked for, and failures of each. */
const RED_SUITES = 20;
const FAILURES = 25;
/** Suites that have no run among the newest are looked up by name, so often. */
const LOOKUP_MS = 120_000;
const LOOKUPS = 60;
const QUIET_DAYS = 7;

const RUN_STATUS_CHOICES = ["running", "passed", "failed", "errored", "cancelled", "partial", "empty", "measured"];

/**
 * @param {HTMLElement} main
 * @param {{ refresh: () => void, fixed?: { project: string, suite: string } }} options `fixed`: the page of one suite
 * @returns {import("./main.js").Page}
 */
export function homePage(main, { refresh, fixed }) {
  const head = h("div", {});
  const filters = h("div", {});
  const body = h("div", {});
  const nowPart = section("now", fixed === undefined ? "Suites now" : "Newest run");
  const failing = section("failing", "Failing tests now");
  const rate = chart({ id: "pass-rate", title: "Pass rate", format: percent, range: percentRange, tick: percentTick });
  const time = chart({
    id: "duration",
    title: "Run duration",
    format: duration,
    range: zeroRange,
    tick: durationTick,
    steps: DURATION_STEPS,
  });
  const trend = section("trend", "Last 30 days");
  trend.body.append(h("div", { class: "charts" }, rate.element, time.element));
  const recent = section("recent", "Recent runs");
  main.append(head, filters, body);

  /** What to show per point; not part of the address's filters. */
  let shown = 25;
  /** @type {RunSummary[]} */
  let elsewhere = [];
  let lookedUp = { at: 0, for: "" };
  /** Suite rollups of runs with several suites. @type {Map<string, RunSummary>} */
  const rollups = new Map();

  const query = () => (fixed === undefined ? scopeQuery() : { ...scopeQuery(), ...fixed });

  async function load() {
    const scope = query();
    const status = parameter("status");
    const from = new Date(now() - DAYS * DAY_MS).toISOString();
    const [newest, facets, daily, summary, filtered] = await Promise.all([
      api.runs({ ...scope, limit: NEWEST }),
      api.facets(),
      api.daily({ ...scope, days: DAYS }),
      api.summary({ ...scope, from }),
      status === "" && shown <= NEWEST ? undefined : api.runs({ ...scope, status, limit: shown }),
    ]);
    const looking = JSON.stringify(scope);
    if (newest.nextCursor && (lookedUp.for !== looking || now() - lookedUp.at > LOOKUP_MS)) {
      const seen = new Set(newest.items.flatMap((run) => run.suites));
      const missing = facets.suites.filter((suite) => !seen.has(suite) && (!scope.suite || suite === scope.suite));
      const found = await Promise.all(
        missing.slice(0, LOOKUPS).map((suite) => api.runs({ ...scope, suite, limit: 5 })),
      );
      elsewhere = found.flatMap((page) => page.items);
      lookedUp = { at: now(), for: looking };
    } else if (!newest.nextCursor || lookedUp.for !== looking) elsewhere = [];
    const runs = [...new Map([...newest.items, ...elsewhere].map((run) => [run.id, run])).values()];
    const latest = await withRollups(
      latestPerSuite(runs, { suite: scope.suite, pullRequests: scope.branch !== "" && scope.branch !== undefined }),
    );
    const red = latest.filter((one) => isRed(one.verdict.status));
    const failures = await Promise.all(
      red.slice(0, RED_SUITES).map(async (one) => ({
        one,
        page: await api.cases(one.verdict.id, {
          outcome: "failed,errored",
          suite: one.suite,
          final_only: true,
          limit: FAILURES,
        }),
      })),
    );
    return { scope, facets, daily, summary, newest: newest.items, list: filtered ?? newest, latest, red, failures };
  }

  /** A run of several suites is judged suite by suite. @param {Latest[]} latest @returns {Promise<Latest[]>} */
  async function withRollups(latest) {
    const judged = await Promise.all(
      latest.map(async (one) => {
        const run = one.verdict;
        if (run.suites.length < 2) return one;
        const key = JSON.stringify([run.id, run.status, run.partsReceived, run.completedAtMs ?? 0, one.suite]);
        if (!rollups.has(key)) {
          const detail = await api.run(run.id);
          for (const rollup of detail.suiteResults) {
            const { counts, durationSeconds, status, startedAtMs, endedAtMs, retries, flaky } = rollup;
            const part = { ...run, counts, durationSeconds, status, startedAtMs, endedAtMs, retries, flaky };
            rollups.set(
              JSON.stringify([run.id, run.status, run.partsReceived, run.completedAtMs ?? 0, rollup.suite]),
              part,
            );
          }
        }
        return { ...one, verdict: rollups.get(key) ?? run };
      }),
    );
    // Sorted again: the status of the part may differ from the run's.
    return judged.toSorted((a, b) => urgency(a.verdict.status) - urgency(b.verdict.status));
  }

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function show(data) {
    const { facets, latest, newest, list } = data;
    const nothingStored = facets.projects.length === 0 && newest.length === 0;
    if (nothingStored) {
      render(head, h("h1", {}, "No runs yet"));
      render(filters);
      body.replaceChildren(emptyStore());
      return { title: "No runs yet", mark: "unknown", live: "No runs yet" };
    }
    const answer = headline(latest);
    render(
      head,
      fixed === undefined
        ? undefined
        : h(
            "p",
            { class: "crumbs" },
            h("a", { href: ROOT.href }, "Results"),
            " › ",
            nameText(fixed.project),
            " › ",
            nameText(fixed.suite),
          ),
      h(
        "h1",
        { class: `verdict tone-${toneOf(answer.mark)}`, "data-verdict": answer.mark },
        /** @type {Node} */ (icon(answer.mark)),
        h("span", {}, answer.text),
      ),
      h("p", { class: "quiet lead" }, lead(data)),
    );
    const choices = scopeChoices(facets).filter(
      ({ name }) => fixed === undefined || (name !== "project" && name !== "suite"),
    );
    const statuses = {
      name: "status",
      label: "Status of recent runs",
      any: "Any status",
      values: RUN_STATUS_CHOICES.map((value) => ({ value, text: wordOf(value) })),
    };
    render(filters, filterBar(choices, changed));

    if (nowPart.section.parentNode !== body) {
      body.replaceChildren(nowPart.section, failing.section, trend.section, recent.section);
    }
    showNow(latest);
    showFailing(data);
    showCharts(data);
    render(recent.aside, filterBar([statuses], changed));
    showRecent(list.items, Boolean(list.nextCursor));
    const { red } = tallyOf(latest);
    return {
      title: `${red > 0 ? `✗ ${red} red` : answer.text}${fixed === undefined ? "" : ` · ${clip(clean(fixed.suite), 60)}`}`,
      mark: answer.mark,
      live: answer.text,
    };
  }

  function changed() {
    shown = 25;
    refresh();
  }

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function lead({ summary }) {
    if (summary.runs === 0) return "No runs in the last 30 days.";
    const { passed } = summary.counts;
    const done = executed(summary.counts);
    return `Last 30 days: ${plural(summary.runs, "run")}, ${plural(done, "test execution")}, ${
      done === 0 ? "none executed" : `${percent(passPercent(summary.counts))} passed (${count(passed)})`
    }.`;
  }

  /** @param {readonly Latest[]} latest */
  function showNow(latest) {
    if (latest.length === 0) {
      render(nowPart.body, notice("No run matches these filters."));
      return;
    }
    const many = new Set(latest.map((one) => one.verdict.branchLabel)).size > 1;
    const environments = new Set(latest.map((one) => `${one.verdict.project}\n${one.verdict.environment}`)).size > 1;
    render(
      nowPart.body,
      table({
        id: "suites",
        caption: "Newest complete run of each suite, most urgent first",
        rows: latest,
        key: (one) => one.key,
        update: () => showNow(latest),
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

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function showFailing({ red, failures, latest }) {
    if (red.length === 0) {
      const doubt = tallyOf(latest).doubt;
      const text =
        latest.length === 0
          ? "No run matches these filters."
          : doubt > 0
            ? `No failing test is known, but ${plural(doubt, "suite")} did not give a full result.`
            : "No test fails in the newest runs.";
      render(failing.body, h("p", { class: "quiet" }, text));
      return;
    }
    const more = red.length - failures.length;
    render(
      failing.body,
      ...failures.map(({ one, page }) => {
        const { verdict, suite, key } = one;
        const all = verdict.counts.failed + verdict.counts.errored;
        return h(
          "div",
          { class: "failing-suite", key },
          h(
            "h3",
            {},
            suiteName(verdict.project, suite),
            h(
              "span",
              { class: "quiet" },
              ` · ${plural(all, "failing test")} of ${count(total(verdict.counts))} in the `,
            ),
            h("a", { href: runLink(verdict.id) }, "newest run"),
          ),
          all === 0 && page.items.length === 0
            ? notice(
                "The run is marked as failed, but no test in it failed: look at the run's warnings and at the CI run.",
              )
            : undefined,
          h(
            "ul",
            { class: "failures" },
            page.items.map((record) => failure(record, 4)),
          ),
          page.nextCursor
            ? h("p", {}, h("a", { href: `${runLink(verdict.id)}#failing-tests` }, `All ${count(all)} failing tests`))
            : undefined,
        );
      }),
      more > 0 ? notice(`${plural(more, "more red suite")} not listed here; choose a suite above.`) : undefined,
    );
  }

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function showCharts({ daily, newest, scope }) {
    const perRun = parameter("per") === "run";
    const toggle = (/** @type {string} */ value, /** @type {string} */ text) =>
      h(
        "button",
        {
          type: "button",
          key: value,
          "aria-pressed": String(perRun === (value === "run")),
          onclick: () => {
            const url = new URL(location.href);
            if (value === "run") url.searchParams.set("per", "run");
            else url.searchParams.delete("per");
            history.replaceState(null, "", url);
            refresh();
          },
        },
        text,
      );
    render(
      trend.aside,
      h(
        "div",
        { class: "toggle", role: "group", "aria-label": "One point per" },
        toggle("day", "Per day"),
        toggle("run", "Per run"),
      ),
    );
    const [rates, times] = perRun ? perRunPoints(newest, Boolean(scope.suite)) : perDayPoints(daily);
    rate.update({ name: "Pass rate", ...rates });
    time.update({ name: perRun ? "Duration" : "Average duration", ...times });
  }

  /** @param {readonly import("./api.js").DailyPoint[]} daily */
  function perDayPoints(daily) {
    const known = new Map(daily.map((point) => [point.day, point]));
    const today = Math.floor(now() / DAY_MS) * DAY_MS;
    const days = Array.from({ length: DAYS }, (_, index) => {
      const ms = today - (DAYS - 1 - index) * DAY_MS;
      const label = new Date(ms).toISOString().slice(0, 10);
      return { ms, label, point: known.get(label) };
    });
    const points = (/** @type {(point: import("./api.js").DailyPoint) => number | null | undefined} */ value) =>
      days.map(({ ms, label, point }) => ({
        ms,
        label,
        value: point === undefined ? undefined : (value(point) ?? undefined),
        note: point === undefined ? undefined : `${plural(point.runs, "run")}, ${countsText(point.counts)}`,
      }));
    const rates = points((point) => passPercent(point.counts));
    const times = points((point) => point.averageRunSeconds);
    return /** @type {const} */ ([
      { points: rates, line: true, caption: captionOf(rates, percent, "lowest", Math.min) },
      { points: times, line: true, caption: captionOf(times, duration, "longest", Math.max) },
    ]);
  }

  /** @param {readonly RunSummary[]} runs @param {boolean} line */
  function perRunPoints(runs, line) {
    const since = now() - DAYS * DAY_MS;
    const complete = runs
      .filter((run) => run.status !== "running" && run.status !== "measured" && run.endedAtMs >= since)
      .toReversed();
    const points = (/** @type {(run: RunSummary) => number | undefined} */ value) =>
      complete.map((run) => ({
        ms: run.endedAtMs,
        value: value(run),
        red: isRed(run.status),
        note: `${wordOf(run.status)}, ${clip(clean(run.suites.join(", ")), 60)}, ${countsText(run.counts)}`,
        href: runLink(run.id),
      }));
    const rates = points((run) => passPercent(run.counts));
    const times = points((run) => run.durationSeconds);
    const cut = runs.length >= NEWEST ? ` The newest ${NEWEST} runs.` : "";
    return [
      { points: rates, line, caption: `${captionOf(rates, percent, "lowest", Math.min)} A cross is a red run.${cut}` },
      {
        points: times,
        line,
        caption: `${captionOf(times, duration, "longest", Math.max)} A cross is a red run.${cut}`,
      },
    ];
  }

  /**
   * @param {readonly import("./charts.js").Point[]} points
   * @param {(value: number) => string} format
   * @param {string} word
   * @param {(...values: number[]) => number} extreme
   */
  function captionOf(points, format, word, extreme) {
    const known = points.filter((point) => point.value !== undefined);
    const last = known.at(-1);
    if (last?.value === undefined) return "No data.";
    const bound = extreme(...known.map((point) => /** @type {number} */ (point.value)));
    return `Newest ${format(last.value)}, ${word} ${format(bound)}.`;
  }

  /** @param {readonly RunSummary[]} all @param {boolean} more */
  function showRecent(all, more) {
    const runs = all.slice(0, shown);
    const update = () => showRecent(all, more);
    if (runs.length === 0) {
      render(recent.body, notice("No run matches these filters."));
      return;
    }
    render(
      recent.body,
      table({
        id: "runs",
        caption: "Recent runs, newest first",
        rows: runs,
        key: (run) => run.id,
        update,
        rowClass: (run) => `edge-${run.status}`,
        columns: [
          { title: "Outcome", sort: (run) => run.status, cell: (run) => badge(run.status) },
          {
            title: "Run",
            head: true,
            wide: true,
            sort: (run) => run.runId,
            cell: (run) => [
              h(
                "a",
                { href: runLink(run.id), "data-run": run.id },
                nameText(run.suites.length === 0 ? run.runId : run.suites.slice(0, 3).join(", "), 80),
              ),
              run.suites.length > 3 ? ` and ${run.suites.length - 3} more` : undefined,
              h("div", { class: "quiet small" }, nameText(`${run.project} · ${run.environment} · ${run.runId}`, 90)),
            ],
          },
          {
            title: "Passed",
            number: true,
            count: true,
            sort: (run) => run.counts.passed,
            cell: (run) => tally(run.counts.passed, "text"),
          },
          {
            title: "Failed",
            number: true,
            count: true,
            sort: (run) => run.counts.failed,
            cell: (run) => tally(run.counts.failed, "bad"),
          },
          {
            title: "Errored",
            number: true,
            count: true,
            sort: (run) => run.counts.errored,
            cell: (run) => tally(run.counts.errored, "error"),
          },
          {
            title: "Skipped",
            number: true,
            count: true,
            sort: (run) => run.counts.skipped,
            cell: (run) => tally(run.counts.skipped, "text"),
          },
          {
            title: "Duration",
            number: true,
            sort: (run) => run.durationSeconds,
            cell: (run) => duration(run.durationSeconds),
          },
          {
            title: "Branch",
            sort: (run) => run.branch,
            cell: (run) => [
              run.branch === undefined ? "–" : nameText(run.branch, 60),
              run.branchLabel === PULL_REQUEST ? h("div", { class: "quiet small" }, "pull request") : undefined,
            ],
          },
          { title: "Commit", cell: (run) => commitText(run.commit) },
          { title: "Ended (UTC)", sort: (run) => run.endedAtMs, cell: (run) => when(run.endedAtMs) },
          { title: "CI", cell: (run) => ciLink(run.runUrl, run.runId) },
        ],
      }),
      (more || all.length > shown) && shown < 1000
        ? h(
            "p",
            {},
            h(
              "button",
              {
                type: "button",
                onclick: () => {
                  shown = Math.min(1000, shown * 2);
                  if (shown > NEWEST || parameter("status") !== "") refresh();
                  else update();
                },
              },
              "Show more runs",
            ),
          )
        : undefined,
    );
  }

  function emptyStore() {
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

  return { load, show };
}
