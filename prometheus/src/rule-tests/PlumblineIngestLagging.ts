/** PlumblineIngestLagging: more than 200 reports have waited for five minutes. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import { at, ownAlert } from "./plumbline.ts";
import { phases, type RuleTest, series } from "./support.ts";

const lagging = (reports: number) =>
  ownAlert(
    "PlumblineIngestLagging",
    `${reports} reports wait for the writer of a:10970, limit 200`,
    `${reports} reports wait for the writer of a:10970; more than the limit of 200 have waited for 5m. Nothing is lost, but what they ` +
      "say is known late.",
    { instance: "a:10970" },
  );
const queue = (values: string, instance = "a"): RuleTest["series"][number] => [
  series(M.ingestQueue, at(instance)),
  values,
];

export const plumblineIngestLagging: readonly RuleTest[] = [
  {
    name: "a queue at the limit is silent, however long; a burst of four minutes is as well",
    series: [queue(phases([200, 3600])), queue(phases([900, 240], [0, 3600]), "b")],
    checks: [
      ["4m", []],
      ["8m", []],
    ],
  },
  {
    name: "a long queue warns after five minutes, and resolves 2 minutes after it is short",
    series: [queue(phases([0, 60], [350, 400], [0, 3600]))],
    checks: [
      ["5m55s", []],
      ["6m", [lagging(350)]],
      ["9m35s", [lagging(350)]],
      ["9m40s", []],
    ],
  },
  {
    name: "the writer that hangs is named, though the other replica's works",
    series: [queue(phases([350, 3600])), queue(phases([0, 3600]), "b")],
    checks: [["6m", [lagging(350)]]],
  },
  {
    name: "50 seconds without a scrape do not begin the five minutes anew",
    series: [queue(phases([350, 120], ["_", 50], [350, 3600]))],
    checks: [
      ["4m55s", []],
      ["5m", [lagging(350)]],
    ],
  },
];
