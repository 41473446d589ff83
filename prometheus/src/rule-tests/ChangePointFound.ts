/** ChangePointFound: a note for a day. Samples of five minutes, because the cases last for days. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import { deviating } from "./deviations.ts";
import {
  apiQuery,
  type Firing,
  HOUR,
  type Labels,
  links,
  owner,
  phasesEvery,
  type RuleTest,
  series,
} from "./support.ts";

const intervalSeconds = 300;
const phases = phasesEvery(intervalSeconds);
const DAY = 24 * HOUR;
/** The newest confirmed change: its moment in seconds, and its size. */
const change = (moment: string, ratio: string | undefined, labels: Labels = deviating): RuleTest["series"] => [
  [series(M.deviationChangePoint, labels), moment],
  ...(ratio === undefined ? [] : [[series(M.deviationChangeRatio, labels), ratio] as const]),
];
const found = (by: string, when: string, team = "payments"): Firing => ({
  labels: { ...deviating, severity: "info", kind: "performance", team },
  annotations: {
    summary: `shop/api (main, ci): p95 latency of GET /cart in scenario peak changed ${by} at ${when}, limit 2%`,
    description:
      `p95 latency of GET /cart in scenario peak has a new level since ${when}: it changed ${by} in suite api in project shop (branch ` +
      "main, environment ci), for the better or the worse. The limit of a change for the worse that alerts is 2%.",
    ...links("ChangePointFound", apiQuery, "", "plumbline-deviations"),
  },
});

export const changePointFound: readonly RuleTest[] = [
  {
    name: "a series without a change is silent, and so are pull requests and the overflow suite",
    intervalSeconds,
    series: [
      [series(M.deviationChangeRatio, deviating), phases([0.2, DAY])],
      ...[{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) => [
        ...change(phases([1, DAY]), phases([0.2, DAY]), { ...deviating, ...labels }),
      ]),
    ],
    checks: [["6h", []]],
  },
  {
    name: "a change, here for the better, is news for a day from its confirmation, which may come much later",
    intervalSeconds,
    series: [
      owner("payments", undefined, phases([1, 3 * DAY])),
      ...change(phases(["_", 12 * HOUR], [3600, 2 * DAY]), phases(["_", 12 * HOUR], [-0.2, 2 * DAY])),
    ],
    checks: [
      ["11h55m", []],
      ["12h", [found("by -20%", "1970-01-01 01:00:00 +0000 UTC")]],
      ["35h55m", [found("by -20%", "1970-01-01 01:00:00 +0000 UTC")]],
      ["36h5m", []],
    ],
  },
  {
    name: "a newer change is news again, and one from 0 has no size",
    intervalSeconds,
    series: [...change(phases([3600, 30 * HOUR], [104_400, DAY]), undefined)],
    checks: [
      ["29h55m", []],
      ["30h", [found("from a level of 0", "1970-01-02 05:00:00 +0000 UTC", "unowned")]],
    ],
  },
  {
    name: "a change of an old history, seen for the first time, is no news",
    intervalSeconds,
    series: [...change(phases([-1_300_000, DAY]), phases([0.2, DAY]))],
    checks: [["1h", []]],
  },
];
