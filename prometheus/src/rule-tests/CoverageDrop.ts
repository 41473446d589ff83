/** CoverageDrop: under 95 %. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import {
  always,
  apiQuery,
  type Firing,
  HOUR,
  type Labels,
  lastRun,
  links,
  MINUTE,
  owner,
  phases,
  type RuleTest,
  series,
  suite,
  unowned,
} from "./support.ts";

const coverage = (kind: string, labels: Labels = suite): string => series(M.lastRunCoverage, { ...labels, kind });
const dropped = (value: string, labels: Labels = {}): Firing => ({
  labels: { ...suite, severity: "warning", kind: "tests", team: "payments", component: "checkout", ...labels },
  annotations: {
    summary: `shop/api (main, ci): line coverage is ${value}, limit 95%`,
    description:
      `The newest run of suite api in project shop (branch main, environment ci) covers ${value} of the lines. The limit ` +
      "is 95%.",
    ...links("CoverageDrop", apiQuery),
  },
});

export const coverageDrop: readonly RuleTest[] = [
  {
    name: "coverage at the limit is silent, and branch coverage has no limit",
    series: [owner("payments"), [coverage("line"), always(0.95)], [coverage("branch"), always(0.4)]],
    checks: [["30m", []]],
  },
  {
    name: "lost coverage warns at once, and resolves 2 minutes after it is back",
    series: [owner("payments"), [coverage("line"), phases([0.97, 300], [0.9425, 300], [0.96, HOUR])]],
    checks: [
      ["4m55s", []],
      ["5m", [dropped("94.25%")]],
      ["11m55s", [dropped("94.25%")]],
      ["12m", []],
    ],
  },
  {
    name: "the first run of a new suite warns; a run without coverage does not",
    series: [
      owner("payments"),
      [coverage("line"), phases(["_", MINUTE], [0.5, HOUR])],
      ...lastRun({ passed: 100 }, { ...suite, suite: "web" }),
    ],
    checks: [
      ["55s", []],
      ["1m", [dropped("50%")]],
    ],
  },
  {
    name: "pull requests and the overflow suite never warn",
    series: [
      [coverage("line", { ...suite, branch: "pull_request" }), always(0.1)],
      [coverage("line", { ...suite, suite: "__overflow__" }), always(0.1)],
    ],
    checks: [["30m", []]],
  },
  {
    name: "a suite without an owner row warns all the same",
    series: [[coverage("line"), always(0.5)]],
    checks: [["1m", [dropped("50%", unowned)]]],
  },
];
