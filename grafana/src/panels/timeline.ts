/** How fast tests run and fail. */
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { once } from "../../../prometheus/src/promql.ts";
import { COLORS } from "../colors.ts";
import { graph, type Panel, page, UNIT } from "../helper.ts";
import { chosen } from "../scope.ts";

/** R1 asks for rates over 5 minutes, so this window does not follow the zoom as `$__rate_interval` would. */
export const RATE_WINDOW = "5m";

const perMinute = (matcher: string): string =>
  `sum(${once(`rate(${chosen(CATALOGUE.executions, matcher)}[${RATE_WINDOW}])`)}) * 60`;

export const executionRate = (): Panel =>
  graph({
    title: "Executions and failures per minute",
    description:
      "How many test cases run and how many of them do not pass, per minute, as a rate over 5 minutes. A run counts when it " +
      "completes; pull requests count here. The marks on the line are run ids: they lead to the run.",
    unit: UNIT.perMinute,
    width: 24,
    height: 8,
    queries: [
      { expr: perMinute('result!="skipped"'), legend: "executed", exemplars: true },
      { expr: perMinute('result=~"failed|errored"'), legend: "failed and errored", exemplars: true },
    ],
    colors: { executed: COLORS.skipped, "failed and errored": COLORS.failed },
    calcs: ["lastNotNull", "mean", "max"],
    link: { title: "Runs and failing tests", url: page("/") },
  });
