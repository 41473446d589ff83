/** Suites and runs: which suite needs somebody, and how each did over time. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { base } from "../../prometheus/src/links.ts";
import { changePoints, firingAlerts, newRuns } from "./annotations.ts";
import { type Dashboard, dashboard } from "./helper.ts";
import { suitesNotPassed } from "./panels/overview.ts";
import { durationHeatmap, durations, failingParts, statusTimeline } from "./panels/suites-course.ts";
import {
  active,
  flakiest,
  flakyNow,
  mostFailing,
  overdue,
  retried,
  runsActive,
  slowest,
  suitesKnown,
  suitesLate,
  suitesNeverRan,
} from "./panels/suites-now.ts";
import { scopeVariables } from "./scope.ts";

export const suitesAndRuns = (config: Config): Dashboard =>
  dashboard({
    name: "suites",
    title: "Suites and runs",
    description:
      "Which suites fail, are slow, flaky, late or in progress, and how they did over time. The built-in page has every run and test.",
    from: "now-24h",
    refresh: "1m",
    plumblineUrl: base(config.addresses.plumbline),
    variables: scopeVariables,
    annotations: [firingAlerts, changePoints, newRuns],
    rows: [
      {
        title: "How do the suites stand?",
        lines: [
          [suitesKnown(), suitesNotPassed(4, 4), suitesLate(config), suitesNeverRan(), flakyNow(), runsActive()],
          [statusTimeline()],
        ],
      },
      {
        title: "What fails?",
        lines: [[mostFailing(config)]],
      },
      {
        title: "How did it go?",
        lines: [[failingParts(config), durations()], [durationHeatmap(config)]],
      },
      { title: "What is slow?", lines: [[slowest(config)]] },
      { title: "What cannot be trusted?", lines: [[flakiest()], [retried()]] },
      { title: "What is missing, and what is running?", lines: [[overdue(config)], [active(config)]] },
    ],
  });
