/** SuiteNeverRan: expected for two intervals, and no run at all. The interval is a minute here, so that the cases are short. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
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
  suite,
  unowned,
} from "./support.ts";

const never = (waited: string, labels: Labels = {}, at = ""): Firing => ({
  labels: { ...suite, severity: "warning", kind: "tests", team: "payments", component: "checkout", ...labels },
  annotations: {
    summary: `shop/api (main, ci): has never run, expected for ${waited}, limit 2m 0s`,
    description:
      "No run of suite api in project shop (branch main, environment ci) has ever come in. The configuration has expected one " +
      `every 1m 0s for ${waited}; the limit is 2 times that, 2m 0s.`,
    ...links("SuiteNeverRan", apiQuery, at),
  },
});
const expected = (values: string, labels: Labels = suite): readonly [string, string] => [
  series(M.expectedInterval, labels),
  values,
];
const end = (values: string, labels: Labels = suite): readonly [string, string] => [
  series(M.lastRunEnd, labels),
  values,
];

export const suiteNeverRan: readonly RuleTest[] = [
  {
    name: "a suite that runs is silent, even when it is late, and so is one that runs for the first time within its time",
    series: [
      owner("payments"),
      expected(always(60)),
      end(always(0)),
      expected(always(60), { ...suite, suite: "web" }),
      end(phases(["_", 115], [115, HOUR]), { ...suite, suite: "web" }),
    ],
    checks: [["6m", []]],
  },
  {
    name: "a new suite has two intervals from when it is known, then it warns until 2 minutes after its first run",
    series: [owner("payments"), expected(phases(["_", 60], [60, HOUR])), end(phases(["_", 240], [240, HOUR]))],
    checks: [
      ["3m", []],
      ["3m5s", [never("2m 5s")]],
      ["3m55s", [never("2m 55s")]],
      // keep_firing_for leaves the message as it was
      ["5m55s", [never("2m 55s")]],
      ["6m", []],
    ],
  },
  {
    name: "a daily suite is silent for its two days",
    series: [owner("payments"), expected(always(86_400))],
    checks: [["10m", []]],
  },
  {
    name: "a restart of Plumbline or Prometheus does not begin the time again, and a retired suite resolves",
    series: [owner("payments"), expected(phases([60, 60], ["stale", 5], ["_", 120], [60, 90], ["stale", 5]))],
    checks: [
      ["3m", []],
      ["3m5s", [never("3m 5s")]],
      ["9m", []],
    ],
  },
  {
    name: "pull requests and the overflow suite never warn",
    series: [{ branch: "pull_request" }, { suite: "__overflow__" }].map((labels) =>
      expected(always(60), { ...suite, ...labels }),
    ),
    checks: [["4m", []]],
  },
  {
    name: "a suite without an owner row warns all the same, once for all replicas",
    series: ["plumbline-1:10970", "plumbline-2:10970"].map((replica) =>
      expected(always(60), onReplica(replica, suite)),
    ),
    checks: [["3m", [never("3m 0s", unowned)]]],
  },
];
