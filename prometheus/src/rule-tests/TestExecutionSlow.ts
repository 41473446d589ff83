/** TestExecutionSlow: longer than 1.5 times the expected duration. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import {
  always,
  apiQuery,
  type Firing,
  HOUR,
  type Labels,
  links,
  MINUTE,
  owner,
  phases,
  type RuleTest,
  series,
  suite,
  unowned,
} from "./support.ts";

const slow = (took: string, limit: string, labels: Labels = {}): Firing => ({
  labels: { ...suite, severity: "warning", kind: "tests", team: "payments", component: "checkout", ...labels },
  annotations: {
    summary: `shop/api (main, ci): run took ${took}, limit ${limit}`,
    description:
      `The newest run of suite api in project shop (branch main, environment ci) took ${took}. The limit is ${limit}, ` +
      "1.5 times its expected duration.",
    ...links("TestExecutionSlow", apiQuery),
  },
});

export const testExecutionSlow: readonly RuleTest[] = [
  {
    name: "a run at the limit is silent",
    series: [
      owner("payments"),
      [series(M.lastRunDuration, suite), always(150)],
      [series(M.lastRunExpectedDuration, suite), always(100)],
    ],
    checks: [["30m", []]],
  },
  {
    name: "a slow run warns at once, and resolves 2 minutes after a faster one",
    series: [
      owner("payments"),
      [series(M.lastRunDuration, suite), phases([100, 300], [160, 300], [100, HOUR])],
      [series(M.lastRunExpectedDuration, suite), always(100)],
    ],
    checks: [
      ["4m55s", []],
      ["5m", [slow("2m 40s", "2m 30s")]],
      ["11m55s", [slow("2m 40s", "2m 30s")]],
      ["12m", []],
    ],
  },
  {
    name: "the first runs of a new suite have no expected duration, so nothing is slow",
    series: [owner("payments"), [series(M.lastRunDuration, suite), phases(["_", MINUTE], [9000, HOUR])]],
    checks: [["30m", []]],
  },
  {
    name: "a suite of milliseconds may triple: under a second over its plan never warns",
    series: [
      owner("payments"),
      [series(M.lastRunDuration, suite), always(0.9)],
      [series(M.lastRunExpectedDuration, suite), always(0.3)],
    ],
    checks: [["30m", []]],
  },
  {
    name: "pull requests and the overflow suite never warn",
    series: [{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) => [
      [series(M.lastRunDuration, { ...suite, ...labels }), always(900)] as const,
      [series(M.lastRunExpectedDuration, { ...suite, ...labels }), always(100)] as const,
    ]),
    checks: [["30m", []]],
  },
  {
    name: "a suite without an owner row warns all the same",
    series: [
      [series(M.lastRunDuration, suite), always(7200)],
      [series(M.lastRunExpectedDuration, suite), always(3600)],
    ],
    checks: [["1m", [slow("2h 0m 0s", "1h 30m 0s", unowned)]]],
  },
];
