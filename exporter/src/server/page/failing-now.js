/** The failing tests of the suites that are red now. */
import { runLink } from "./api.js";
import { h, render } from "./dom.js";
import { count, plural, total } from "./format.js";
import { tallyOf } from "./latest.js";
import { failure, notice, section, suiteName } from "./parts.js";

export function failingNow() {
  const { section: whole, body } = section("failing", "Failing tests now");

  /** @param {import("./home-data.js").HomeData} data */
  function show({ red, failures, latest }) {
    if (red.length === 0) {
      const doubt = tallyOf(latest).doubt;
      const text =
        latest.length === 0
          ? "No run matches these filters."
          : doubt > 0
            ? `No failing test is known, but ${plural(doubt, "suite")} did not give a full result.`
            : "No test fails in the newest runs.";
      render(body, h("p", { class: "quiet" }, text));
      return;
    }
    const more = red.length - failures.length;
    render(
      body,
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

  return { section: whole, show };
}
