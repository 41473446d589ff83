/** How fast tests run and fail. */
import type { Config } from "../../../exporter/src/config/schema.ts";
import { CATALOGUE } from "../../../exporter/src/metrics/catalogue.ts";
import { duration, once } from "../../../prometheus/src/promql.ts";
import { rateWindowSeconds } from "../../../prometheus/src/slo-recordings.ts";
import { COLORS } from "../colors.ts";
import { graph, type Panel, page, UNIT } from "../helper.ts";
import { chosen } from "../scope.ts";

/**
 * R1 asks for rates over 5 minutes, so this window does not follow the zoom as `$__rate_interval` would; longer only where scrapes are
 * so rare that it would hold too few.
 */
export const rateWindow = (config: Config): string => duration(rateWindowSeconds(config));

const perMinute = (config: Config, matcher: string): string =>
  `sum(${once(`rate(${chosen(CATALOGUE.executions, matcher)}[${rateWindow(config)}])`)}) * 60`;

export const executionRate = (config: Config): Panel =>
  graph({
    title: "Executions and failures per minute",
    description:
      "How many test cases run and how many of them do not pass, per minute, as a rate over 5 minutes. A run counts when it " +
      "completes; pull requests count here. The marks on the line are run ids: they lead to the run.",
    unit: UNIT.perMinute,
    width: 24,
    height: 8,
    // A point each 30 s of two hours is as fine as a window of 5 minutes can show; of thousands of suites more would take seconds.
    maxDataPoints: 240,
    queries: [
      { expr: perMinute(config, 'result!="skipped"'), legend: "executed", exemplars: true },
      { expr: perMinute(config, 'result=~"failed|errored"'), legend: "failed and errored", exemplars: true },
    ],
    colors: { executed: COLORS.skipped, "failed and errored": COLORS.failed },
    calcs: ["lastNotNull", "mean", "max"],
    link: { title: "Runs and failing tests", url: page("/") },
  });
