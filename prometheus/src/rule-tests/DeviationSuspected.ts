/** DeviationSuspected: a note that the newest runs look worse. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import { deviating, deviation } from "./deviations.ts";
import {
  always,
  apiQuery,
  type Firing,
  HOUR,
  type Labels,
  links,
  onReplica,
  owner,
  phases,
  type RuleTest,
  series,
} from "./support.ts";

const score = (labels: Labels = deviating): readonly [string, string] => [
  series(M.deviationZscore, labels),
  always(6.54),
];
const suspected = (values: string, labels: Labels = deviating): readonly [string, string] => [
  series(M.deviationSuspected, labels),
  values,
];
const note = (labels: Labels = {}, off = "+6.5 standard deviations off its baseline"): Firing => ({
  labels: { ...deviating, severity: "info", kind: "performance", team: "payments", ...labels },
  annotations: {
    summary: `shop/api (main, ci): p95 latency of GET /cart in scenario peak may have changed, newest value ${off}, limit 2`,
    description:
      "The newest runs of p95 latency of GET /cart in scenario peak look worse than those before, in suite api in project shop (branch " +
      `main, environment ci); the newest value is ${off} (R1's limit is 2). The next runs confirm a ` +
      "change of 2% or more, or not; until then nothing needs to be done.",
    ...links("DeviationSuspected", apiQuery, "", "plumbline-deviations"),
  },
});

export const deviationSuspected: readonly RuleTest[] = [
  {
    name: "a series that nobody suspects is silent, however far it is",
    series: [owner("payments"), ...deviation({ ok: always(1) }, always(0.4)), suspected(always(0))],
    checks: [["3m", []]],
  },
  {
    name: "a suspicion is noted at once, and the note ends 2 minutes after it",
    series: [
      owner("payments"),
      ...deviation({ ok: always(1) }, always(0)),
      score(),
      suspected(phases([0, 60], [1, 300], [0, HOUR])),
    ],
    checks: [
      ["55s", []],
      ["1m", [note()]],
      ["7m55s", [note()]],
      ["8m", []],
    ],
  },
  {
    name: "a baseline without spread has no score, and is noted all the same",
    series: [owner("payments"), suspected(always(1))],
    checks: [["1m", [note({}, "off a baseline without spread")]]],
  },
  {
    name: "two replicas note it once, without an owner row as well",
    series: ["a", "b"].flatMap((instance) => [
      ...deviation({ ok: always(1) }, always(0), onReplica(instance, deviating)),
      score(onReplica(instance, deviating)),
      suspected(always(1), onReplica(instance, deviating)),
    ]),
    checks: [["1m", [note({ team: "unowned" })]]],
  },
  {
    name: "pull requests and the overflow suite: silent",
    series: [{ branch: "pull_request" }, { suite: "__overflow__" }].map((labels) =>
      suspected(always(1), { ...deviating, ...labels }),
    ),
    checks: [["3m", []]],
  },
];
