/** R1's live execution dashboard: what holds now, what happens, how fast the product answers, what goes wrong. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { SCOPE } from "../../prometheus/src/alert.ts";
import { base, LIVE_DASHBOARD_UID } from "../../prometheus/src/links.ts";
import { COLORS } from "./colors.ts";
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
import { matchersOf, scopeVariables } from "./scope.ts";

export const liveExecution = (config: Config): Dashboard =>
  dashboard({
    uid: LIVE_DASHBOARD_UID,
    title: "Live execution",
    description: "Test runs as they complete: results, rates, response times and errors of the last two hours.",
    from: "now-2h",
    refresh: "5s",
    plumblineUrl: base(config.addresses.plumbline),
    variables: scopeVariables,
    annotations: [
      {
        name: "Alerts",
        expr: `ALERTS{alertstate="firing",${matchersOf(SCOPE).join(",")}}`,
        title: "{{alertname}} {{suite}}",
        color: COLORS.critical,
      },
    ],
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
      { title: "Timeline", lines: [[executionRate()]] },
      { title: "Response time", lines: [[averageResponse(config), p95Response(config)]] },
      { title: "Errors", lines: [[errorTable(config)]] },
    ],
  });
