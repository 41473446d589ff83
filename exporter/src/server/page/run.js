/** One run: where it belongs, its suites, what failed, load results, measures and coverage, warnings, and every case. */
import { api } from "./api.js";
import { clean, clip, h } from "./dom.js";
import { countsText, isRed, wordOf } from "./outcome.js";
import { runCases } from "./run-cases.js";
import { runCoverage } from "./run-coverage.js";
import { runFailures } from "./run-failures.js";
import { runHead } from "./run-head.js";
import { runLoad } from "./run-load.js";
import { runMeasures } from "./run-measures.js";
import { runParts } from "./run-parts.js";
import { runSuites } from "./run-suites.js";

/**
 * @param {HTMLElement} main
 * @param {{ refresh: () => void, id: string }} options
 * @returns {import("./main.js").Page}
 */
export function runPage(main, { refresh, id }) {
  const head = h("div", {});
  const failures = runFailures(refresh);
  const details = [runSuites(), runLoad(), runMeasures(), runCoverage(), runParts()];
  const cases = runCases(refresh);
  main.append(head);

  async function load() {
    const query = cases.query();
    const [run, failed, list] = await Promise.all([
      api.run(id),
      api.cases(id, { outcome: "failed,errored", final_only: true, limit: failures.limit() }),
      api.cases(id, query),
    ]);
    return { run, failed, list, outcome: query.outcome, search: query.search };
  }

  /** @param {Awaited<ReturnType<typeof load>>} data */
  function show({ run, failed, list, outcome, search }) {
    if (failures.section.parentNode === null) {
      main.append(failures.section, ...details.map((one) => one.section), cases.section);
    }
    runHead(head, run);
    failures.show(run, failed);
    for (const one of details) one.show(run);
    cases.show(list, outcome, search);
    const name = clip(clean(run.suites.join(", ") || run.runId), 60);
    return {
      title: `${isRed(run.status) ? "✗ " : ""}${wordOf(run.status)}: ${name}`,
      mark: run.status,
      live: `${wordOf(run.status)}: ${countsText(run.counts)}`,
    };
  }

  return { load, show };
}
