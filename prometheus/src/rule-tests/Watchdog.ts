/** Watchdog: always. Its receiver raises alarm when it hears nothing; see the runbook. */
import { ownAlert } from "./plumbline.ts";
import { always, type RuleTest } from "./support.ts";

const here = ownAlert(
  "Watchdog",
  "Alerts are evaluated and delivered: this one always fires",
  "This alert fires as long as Prometheus evaluates rules and Alertmanager delivers. Nothing is wrong while it comes; where its messages " +
    "cease, no other alert arrives either.",
  { severity: "info" },
);

export const watchdog: readonly RuleTest[] = [
  {
    name: "fires from the first evaluation on, with nothing to scrape",
    series: [],
    checks: [
      ["0s", [here]],
      ["5m", [here]],
    ],
  },
  {
    name: "is one alert that never changes, whatever else is wrong",
    series: [['up{job="plumbline",instance="plumbline:10970"}', always(0)]],
    checks: [["5m", [here]]],
  },
];
