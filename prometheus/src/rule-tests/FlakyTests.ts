/** FlakyTests: two flaky tests or more, and more than 5 % of the suite. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import {
  always,
  apiQuery,
  type Firing,
  HOUR,
  type Labels,
  links,
  newestRuns,
  onReplica,
  owner,
  phases,
  type RuleTest,
  series,
  suite,
  unowned,
} from "./support.ts";

const flaky = (tests: number, ratio: string, labels: Labels = {}): Firing => ({
  labels: { ...suite, severity: "warning", kind: "tests", team: "payments", component: "checkout", ...labels },
  annotations: {
    summary: `shop/api (main, ci): ${tests} tests are flaky, ${ratio} of the suite, limit 5%`,
    description:
      `${tests} tests of suite api in project shop (branch main, environment ci) pass and fail without a change, by its newest 50 ` +
      `runs: ${ratio} of those that it usually executes. The limit is 5%. A red run of this suite may mean nothing.`,
    ...links("FlakyTests", apiQuery, "1"),
  },
});
const tests = (values: string, labels: Labels = suite): readonly [string, string] => [
  series(M.flakyTests, labels),
  values,
];
const hundred = { seconds: HOUR, status: "passed", passed: 100 };

export const flakyTests: readonly RuleTest[] = [
  {
    name: "a suite at the limit is silent, and so is one that does not know its flaky tests",
    series: [
      owner("payments"),
      ...newestRuns(suite, hundred),
      tests(always(5)),
      ...newestRuns({ ...suite, suite: "web" }, hundred),
    ],
    checks: [["3m", []]],
  },
  {
    name: "above the limit it warns at once, and resolves 2 minutes after it is back",
    series: [owner("payments"), ...newestRuns(suite, hundred), tests(phases([5, 60], [8, 120], [5, HOUR]))],
    checks: [
      ["55s", []],
      ["1m", [flaky(8, "8%")]],
      ["2m55s", [flaky(8, "8%")]],
      // keep_firing_for leaves the message as it was
      ["4m55s", [flaky(8, "8%")]],
      ["5m", []],
    ],
  },
  {
    name: "one flaky test is its author's matter, however small the suite; two of ten are not",
    series: [owner("payments"), ...newestRuns(suite, { ...hundred, passed: 10 }), tests(phases([1, 60], [2, HOUR]))],
    checks: [
      ["55s", []],
      ["1m", [flaky(2, "20%")]],
    ],
  },
  {
    name: "a newest run that broke off makes a suite no smaller, and a first run without executed tests has no ratio",
    series: [
      owner("payments"),
      ...newestRuns(suite, { ...hundred, seconds: 60 }, { seconds: HOUR, status: "partial", passed: 20 }),
      tests(always(4)),
      ...newestRuns({ ...suite, suite: "web" }, { seconds: HOUR, status: "empty" }),
      tests(always(4), { ...suite, suite: "web" }),
    ],
    checks: [["3m", []]],
  },
  {
    name: "pull requests and the overflow suite never warn",
    series: [{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) => [
      ...newestRuns({ ...suite, ...labels }, hundred),
      tests(always(50), { ...suite, ...labels }),
    ]),
    checks: [["3m", []]],
  },
  {
    name: "a suite without an owner row warns all the same, once for all replicas",
    series: ["plumbline-1:10970", "plumbline-2:10970"].flatMap((replica) => [
      ...newestRuns(onReplica(replica, suite), hundred),
      tests(always(8), onReplica(replica, suite)),
    ]),
    checks: [["1m", [flaky(8, "8%", unowned)]]],
  },
];
