/** PlumblineIngestFailing: more than 10 % of the reports are rejected, and at least five. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import { at, ownAlert } from "./plumbline.ts";
import { phases, type RuleTest, series } from "./support.ts";

const failing = (part: string) =>
  ownAlert(
    "PlumblineIngestFailing",
    `${part} of reports are rejected, limit 10%`,
    `${part} of the reports that reached Plumbline in the last 15m were rejected. The limit is 10%. Their runs are not known: alerts ` +
      "about them neither fire nor resolve.",
  );
/** Counters that jump once. */
const reports = (stored: number, rejected: number, instance = "a", atSeconds = 300): RuleTest["series"] =>
  Object.entries({ stored, rejected, duplicate: 0 }).map(([outcome, count]) => [
    series(M.ingested, { ...at(instance), outcome }),
    phases([0, atSeconds], [count, 3600]),
  ]);

export const plumblineIngestFailing: readonly RuleTest[] = [
  {
    name: "ten of a hundred rejected are at the limit, and none of none is nothing",
    series: [...reports(90, 10)],
    checks: [
      ["4m", []],
      ["10m", []],
    ],
  },
  {
    name: "half of them rejected warns at once, and resolves with the window, 2 minutes later",
    series: [...reports(10, 10)],
    checks: [
      ["4m55s", []],
      ["5m", [failing("50%")]],
      ["21m45s", [failing("50%")]],
      ["22m", []],
    ],
  },
  {
    name: "replicas count together: what three of each refuse is six",
    series: [...reports(10, 3, "a"), ...reports(10, 3, "b")],
    checks: [
      ["4m55s", []],
      ["5m", [failing("23.08%")]],
    ],
  },
  {
    name: "four rejected reports never warn, though they are all",
    series: [...reports(0, 4)],
    checks: [["10m", []]],
  },
];
