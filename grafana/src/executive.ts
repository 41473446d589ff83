/** Executive: go or not, how much of the objectives is left, whose work it is, where the risk is. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { base } from "../../prometheus/src/links.ts";
import { firingAlerts } from "./annotations.ts";
import { type Dashboard, dashboard } from "./helper.ts";
import {
  budgetCourse,
  criticalAlerts,
  detectionBudget,
  goNoGo,
  passBudget,
  passRateMonth,
  risks,
  suitesRed,
  targetLevels,
  teams,
} from "./panels/executive.ts";
import { scopeVariables } from "./scope.ts";

export const executive = (config: Config): Dashboard =>
  dashboard({
    name: "executive",
    title: "Executive",
    description:
      "For who decides: go or no-go by targets, what is left of the error budgets, teams, and where the risk is.",
    from: "now-30d",
    refresh: "15m",
    plumblineUrl: base(config.addresses.plumbline),
    variables: scopeVariables,
    annotations: [firingAlerts],
    rows: [
      {
        title: "May it be released?",
        lines: [
          [goNoGo(config), passRateMonth(config), criticalAlerts(), suitesRed()],
          [passBudget(config), detectionBudget(config), targetLevels()],
        ],
      },
      { title: "Where is the risk?", lines: [[risks(config)]] },
      { title: "Whose is it?", lines: [[teams(config), budgetCourse(config)]] },
    ],
  });
