/** One test over its last 50 runs. */
import { api, ROOT, runLink } from "./api.js";
import { chart, DURATION_STEPS, durationTick, zeroRange } from "./charts.js";
import { clean, clip, h, longText, nameText, render } from "./dom.js";
import { executionsOf } from "./executions.js";
import { parameter } from "./filters.js";
import { duration, minuteUtc, percent, plural } from "./format.js";
import { badge, icon, isRed, toneOf, wordOf } from "./outcome.js";
import { commitText, section, when } from "./parts.js";
import { table } from "./table.js";

/** @typedef {import("./executions.js").Execution} Execution */

const RUNS = 50;

/**
 * @param {HTMLElement} main
 * @param {{ refresh: () => void, id: string }} options
 * @returns {import("./main.js").Page}
 */
export function historyPage(main, { id }) {
  const head = h("div", {});
  const strip = section("strip-part", `Last ${RUNS} runs`);
  const times = chart({
    id: "durations",
    title: "Duration",
    format: duration,
    range: zeroRange,
    tick: durationTick,
    steps: DURATION_STEPS,
  });
  const trend = section("durations-part", "Duration");
  trend.body.append(times.element);
  const messages = section("messages-part", "Messages");
  const list = section("list-part", "Runs");
  main.append(head);

  const load = () => api.history(id, { runs: RUNS, environment: parameter("environment") });

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function show({ test, points }) {
    const executions = executionsOf(points);
    const newest = executions[0];
    const red = executions.filter((one) => isRed(one.mark)).length;
    const flaky = executions.filter((one) => one.mark === "flaky").length;
    const done = executions.filter((one) => one.mark !== "skipped").length;
    const project = newest?.final.run.project;
    const mark = newest?.mark ?? "unknown";
    if (strip.section.parentNode === null) main.append(strip.section, messages.section, trend.section, list.section);
    render(
      head,
      h(
        "p",
        { class: "crumbs" },
        h("a", { href: ROOT.href }, "Results"),
        project === undefined ? undefined : [" › ", nameText(project)],
        " › ",
        nameText(test.suite),
        " › Test",
      ),
      h("h1", {}, nameText(test.name)),
      clean(test.name).length > 200 ? longText(test.name, 200) : undefined,
      h("p", { class: "quiet where" }, nameText([test.suite, ...test.path].join(" › "), 400)),
      newest === undefined
        ? undefined
        : h("p", { class: "lead" }, badge(mark), " in the newest run, ", when(newest.final.run.endedAtMs)),
      h(
        "p",
        { class: "quiet lead" },
        executions.length === 0
          ? "No run of this test is stored."
          : `${red === 0 ? "Not red" : `Red in ${red}`}${flaky > 0 ? ` and flaky in ${flaky}` : ""} of ${plural(executions.length, "run")}${
              done > 0
                ? `; ${percent((100 * (done - red)) / done)} of ${plural(done, "execution")} passed in the end`
                : ""
            }.`,
      ),
    );
    render(
      strip.body,
      h(
        "ol",
        { class: "strip large", "aria-label": "Outcomes, oldest first" },
        executions.toReversed().map(({ final, mark: outcome }) =>
          h(
            "li",
            { key: final.run.id },
            h(
              "a",
              {
                class: `cellmark tone-${toneOf(outcome)}`,
                href: runLink(final.run.id),
                title: `${wordOf(outcome)}, ${minuteUtc(final.run.endedAtMs)} UTC`,
                "aria-label": `${wordOf(outcome)}, ${minuteUtc(final.run.endedAtMs)}`,
              },
              /** @type {Node} */ (icon(outcome)),
            ),
          ),
        ),
      ),
      h(
        "p",
        { class: "quiet small legend" },
        "Oldest left, newest right. ",
        [...new Set(executions.map((one) => one.mark))].flatMap((one) => [badge(one), " "]),
      ),
    );
    showMessages(executions);
    const drawn = executions.toReversed().map(({ final, mark: outcome }) => ({
      ms: final.run.endedAtMs,
      value: final.durationSeconds,
      red: isRed(outcome),
      note: wordOf(outcome),
      href: runLink(final.run.id),
    }));
    const known = drawn.flatMap((point) => (point.value === undefined ? [] : [point.value]));
    trend.section.hidden = known.length === 0;
    times.update({
      name: "Duration",
      line: true,
      points: drawn,
      caption:
        known.length === 0
          ? "No report states a duration."
          : `Newest ${duration(known.at(-1))}, longest ${duration(Math.max(...known))}. A cross is a red run.`,
    });
    showList(executions);
    return {
      title: `${isRed(mark) ? "✗ " : ""}${clip(clean(test.name), 60)}`,
      mark,
      live: `${wordOf(mark)} in the newest run`,
    };
  }

  /** @param {readonly Execution[]} executions */
  function showMessages(executions) {
    /** @type {Map<string, { message: string, outcome: string, times: number, last: Execution["final"] }>} */
    const groups = new Map();
    for (const point of executions.flatMap((one) => one.attempts.toReversed())) {
      if (point.message === undefined || point.message === "") continue;
      const group = groups.get(point.message);
      if (group === undefined)
        groups.set(point.message, { message: point.message, outcome: point.outcome, times: 1, last: point });
      else group.times += 1;
    }
    messages.section.hidden = groups.size === 0;
    render(
      messages.body,
      h(
        "ul",
        { class: "failures" },
        [...groups.values()].map((group) =>
          h(
            "li",
            { class: `failure edge-${group.outcome}`, key: group.message },
            h(
              "p",
              { class: "failure-head" },
              badge(group.outcome),
              h(
                "span",
                { class: "quiet" },
                `${plural(group.times, "time")}, last in the `,
                h("a", { href: runLink(group.last.run.id) }, "run of ", when(group.last.run.endedAtMs)),
              ),
            ),
            h("div", { class: "message" }, longText(group.message, 600)),
          ),
        ),
      ),
    );
  }

  /** @param {readonly Execution[]} executions */
  function showList(executions) {
    render(
      list.body,
      table({
        id: "executions",
        caption: "Runs of this test, newest first",
        rows: executions,
        key: (one) => one.final.run.id,
        update: () => showList(executions),
        rowClass: (one) => `edge-${one.mark}`,
        columns: [
          { title: "Outcome", sort: (one) => one.mark, cell: (one) => badge(one.mark) },
          {
            title: "Run",
            head: true,
            sort: (one) => one.final.run.endedAtMs,
            cell: (one) => h("a", { href: runLink(one.final.run.id) }, when(one.final.run.endedAtMs)),
          },
          {
            title: "Duration",
            number: true,
            sort: (one) => one.final.durationSeconds,
            cell: (one) => duration(one.final.durationSeconds),
          },
          {
            title: "Attempts",
            number: true,
            sort: (one) => one.attempts.length,
            cell: (one) => String(one.attempts.length),
          },
          {
            title: "Environment",
            sort: (one) => one.final.run.environment,
            cell: (one) => nameText(one.final.run.environment, 60),
          },
          {
            title: "Branch",
            sort: (one) => one.final.run.branch,
            cell: (one) => (one.final.run.branch === undefined ? "–" : nameText(one.final.run.branch, 60)),
          },
          { title: "Commit", cell: (one) => commitText(one.final.run.commit) },
        ],
      }),
    );
  }

  return { load, show };
}
