/** Trends: whether tests become better or worse over 30 days. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { base } from "../../prometheus/src/links.ts";
import { changePoints, firingAlerts } from "./annotations.ts";
import { type Dashboard, dashboard } from "./helper.ts";
import {
  coverageCourse,
  durationByDay,
  errorsByDay,
  executionsByDay,
  flakyCourse,
  notPassedCourse,
  passRateByDay,
  repeatsByDay,
  runsByDay,
} from "./panels/trends.ts";
import {
  coverageNow,
  executedInRange,
  flakyLevel,
  meanDuration,
  passRateOfRange,
  runsInRange,
} from "./panels/trends-now.ts";
import { scopeVariables } from "./scope.ts";

export const trends = (config: Config): Dashboard =>
  dashboard({
    name: "trends",
    title: "Trends",
    description:
      "Whether tests become better or worse: pass rate, executions, durations, coverage and flaky tests over 30 days.",
    from: "now-30d",
    refresh: "15m",
    plumblineUrl: base(config.addresses.plumbline),
    variables: scopeVariables,
    annotations: [firingAlerts, changePoints],
    rows: [
      {
        title: "How was it over this time?",
        lines: [
          [
            passRateOfRange(config),
            executedInRange(),
            runsInRange(),
            meanDuration(config),
            coverageNow(config),
            flakyLevel(),
          ],
        ],
      },
      {
        title: "Does more pass, or less?",
        lines: [
          [passRateByDay(config), notPassedCourse()],
          [executionsByDay(config), runsByDay(config)],
        ],
      },
      { title: "Is it slower, and is it covered?", lines: [[durationByDay(config), coverageCourse(config)]] },
      { title: "What goes wrong?", lines: [[errorsByDay(config), repeatsByDay(config)]] },
      { title: "Can it be trusted?", lines: [[flakyCourse(24)]] },
    ],
  });
