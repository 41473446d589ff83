/** R1's live execution dashboard: what holds now, what happens, how fast the product answers, what goes wrong. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { base } from "../../prometheus/src/links.ts";
import { firingAlerts, newRuns } from "./annotations.ts";
import { type Dashboard, dashboard } from "./helper.ts";
import { errorTable } from "./panels/errors.ts";
import {
  erroredCases,
  executedCases,
  failedCases,
  newestRun,
  passedCases,
  passRate,
  plumblineUp,
  skippedCases,
  suitesNotPassed,
  totalCases,
} from "./panels/overview.ts";
import { averageResponse, p95Response } from "./panels/response-time.ts";
import { executionRate } from "./panels/timeline.ts";
import { scopeVariables } from "./scope.ts";

export const liveExecution = (config: Config): Dashboard =>
  dashboard({
    name: "live",
    title: "Live execution",
    description: "Test runs as they complete: results, rates, response times and errors of the last two hours.",
    from: "now-2h",
    refresh: "5s",
    plumblineUrl: base(config.addresses.plumbline),
    variables: scopeVariables,
    annotations: [firingAlerts, newRuns],
    rows: [
      {
        title: "Now: the newest run of every suite",
        lines: [
          [
            totalCases(),
            executedCases(),
            passedCases(),
            failedCases(),
            erroredCases(),
            skippedCases(),
            passRate(config),
          ],
          [suitesNotPassed(), newestRun(), plumblineUp()],
        ],
      },
      { title: "Timeline", lines: [[executionRate(config)]] },
      { title: "Response time", lines: [[averageResponse(config), p95Response(config)]] },
      { title: "Errors", lines: [[errorTable(config)]] },
    ],
  });
