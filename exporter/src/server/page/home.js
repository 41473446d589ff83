/** What is red now, what fails, how it went lately; for everything or for one suite. */
import { now, ROOT } from "./api.js";
import { clean, clip, h, nameText, render } from "./dom.js";
import { failingNow } from "./failing-now.js";
import { filterBar, parameter, scopeChoices, scopeQuery, setParameters } from "./filters.js";
import { count, executed, fullUtc, parseTime, passPercent, percent, plural } from "./format.js";
import { homeData } from "./home-data.js";
import { headline, tallyOf } from "./latest.js";
import { noRuns } from "./no-runs.js";
import { icon, toneOf } from "./outcome.js";
import { notice } from "./parts.js";
import { recentRuns } from "./recent-runs.js";
import { suitesNow } from "./suites-now.js";
import { trend } from "./trend.js";

/** @typedef {import("./home-data.js").HomeData} HomeData */

/**
 * @param {HTMLElement} main
 * @param {{ refresh: () => void, fixed?: { project: string, suite: string } }} options `fixed`: the page of one suite
 * @returns {import("./main.js").Page}
 */
export function homePage(main, { refresh, fixed }) {
  const head = h("div", {});
  const filters = h("div", {});
  const body = h("div", {});
  const suites = suitesNow(fixed === undefined ? "Suites now" : "Newest run");
  const failing = failingNow();
  const lately = trend(refresh);
  const recent = recentRuns(refresh);
  main.append(head, filters, body);

  const ask = homeData();
  const load = () =>
    ask(
      fixed === undefined ? scopeQuery() : { ...scopeQuery(), ...fixed },
      recent.limit(),
      parseTime(parameter("at"), now()),
    );

  /** @param {HomeData} data */
  function show(data) {
    const { facets, latest, unseen, newest, list } = data;
    const nothingStored = facets.projects.length === 0 && newest.length === 0;
    if (nothingStored) {
      render(head, h("h1", {}, "No runs yet"));
      render(filters);
      body.replaceChildren(noRuns());
      return { title: "No runs yet", mark: "unknown", live: "No runs yet" };
    }
    const answer = headline(latest, unseen);
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
      data.atMs === undefined
        ? undefined
        : notice(
            `As it was at ${fullUtc(data.atMs)}. `,
            h(
              "button",
              {
                type: "button",
                onclick: () => {
                  setParameters({ at: "" });
                  refresh();
                },
              },
              "Show now",
            ),
          ),
    );
    const choices = scopeChoices(facets).filter(
      ({ name }) => fixed === undefined || (name !== "project" && name !== "suite"),
    );
    render(filters, filterBar(choices, recent.restart));

    if (suites.section.parentNode !== body) {
      body.replaceChildren(suites.section, failing.section, lately.section, recent.section);
    }
    suites.show(latest, unseen);
    failing.show(data);
    // The days are the newest: beside an earlier moment they would mislead.
    lately.section.hidden = data.atMs !== undefined;
    lately.show(data);
    recent.show(list);
    const { red } = tallyOf(latest);
    return {
      title: `${red > 0 ? `✗ ${red} red` : answer.text}${fixed === undefined ? "" : ` · ${clip(clean(fixed.suite), 60)}`}`,
      mark: answer.mark,
      live: answer.text,
    };
  }

  return { load, show };
}

/** @param {HomeData} data */
function lead({ summary, atMs }) {
  const time = atMs === undefined ? "Last 30 days" : "The 30 days before";
  if (summary.runs === 0) return `${time}: no runs.`;
  const { passed } = summary.counts;
  const done = executed(summary.counts);
  return `${time}: ${plural(summary.runs, "run")}, ${plural(done, "test execution")}, ${
    done === 0 ? "none executed" : `${percent(passPercent(summary.counts))} passed (${count(passed)})`
  }.`;
}
