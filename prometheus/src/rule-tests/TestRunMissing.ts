/** TestRunMissing: no run for two expected intervals. The interval is a minute here, so that the cases are short. */
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

const missing = (ago: string, at: number, labels: Labels = {}): Firing => ({
  labels: { ...suite, severity: "warning", kind: "tests", team: "payments", component: "checkout", ...labels },
  annotations: {
    summary: `shop/api (main, ci): no run for ${ago}, limit 2m 0s`,
    description:
      "The newest run of suite api in project shop (branch main, environment ci) ended at " +
      `${new Date(at * 1000).toISOString().replace("T", " ").replace(".000Z", " +0000 UTC")}, ${ago} ago. It should run every 1m 0s; ` +
      "the limit is 2 times that, 2m 0s.",
    ...links("TestRunMissing", apiQuery, String(at)),
  },
});
const every = (interval: string, end: string, labels: Labels = suite): (readonly [string, string])[] => [
  [series(M.expectedInterval, labels), interval],
  [series(M.lastRunEnd, labels), end],
];

export const testRunMissing: readonly RuleTest[] = [
  {
    name: "a suite that runs as often as it should is silent, and so is one without a plan",
    series: [
      owner("payments"),
      ...every(always(60), phases([0, 60], [60, 60], [120, 60], [180, 60], [240, 60])),
      [series(M.lastRunEnd, { ...suite, suite: "web" }), always(0)],
    ],
    checks: [
      ["3m", []],
      ["4m55s", []],
    ],
  },
  {
    name: "two intervals and a minute for clocks that differ without a run warn, and resolve 2 minutes after one",
    series: [owner("payments"), ...every(always(60), phases([10, 240], [240, HOUR]))],
    checks: [
      ["3m10s", []],
      ["3m15s", [missing("3m 5s", 10)]],
      ["5m55s", [missing("3m 45s", 10)]],
      ["6m", []],
    ],
  },
  {
    name: "a clock that is a minute slow does not make a run late, and one that is a minute fast is no trouble",
    series: [
      owner("payments"),
      // a run each two minutes, just in time, that says it ended a minute before
      ...every(always(60), phases([-60, 120], [60, 120], [180, 120])),
      ...every(always(60), phases([60, 120], [180, 120], [300, 120]), { ...suite, suite: "web" }),
    ],
    checks: [
      ["2m", []],
      ["4m", []],
      ["5m55s", []],
    ],
  },
  {
    name: "a suite that is retired, or has no plan any more, resolves",
    series: [
      owner("payments"),
      ...every(phases([60, 240], ["stale", 5]), phases([0, 240], ["stale", 5])),
      ...every(phases([60, 240], ["stale", 5]), always(0), { ...suite, suite: "web" }),
    ],
    checks: [
      ["3m", []],
      ["8m", []],
    ],
  },
  {
    name: "a suite that has never run is another alert's",
    series: [owner("payments"), [series(M.expectedInterval, suite), always(60)]],
    checks: [["5m", []]],
  },
  {
    name: "pull requests and the overflow suite never warn",
    series: [{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) =>
      every(always(60), always(0), { ...suite, ...labels }),
    ),
    checks: [["5m", []]],
  },
  {
    name: "a suite without an owner row warns all the same, once for all replicas, though one of them is behind",
    series: [
      ...every(always(60), always(0), onReplica("plumbline-1:10970", suite)),
      ...every(always(60), always(-30), onReplica("plumbline-2:10970", suite)),
    ],
    checks: [["4m", [missing("4m 0s", 0, unowned)]]],
  },
];
