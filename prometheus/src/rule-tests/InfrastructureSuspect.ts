/** InfrastructureSuspect: more than half of a run fails, four fifths of that by its surroundings, for a minute. */
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

const suspect = (ratio: string, at: number, labels: Labels = {}): Firing => ({
  labels: {
    ...suite,
    severity: "critical",
    kind: "infrastructure",
    actions: "page",
    team: "payments",
    component: "checkout",
    ...labels,
  },
  annotations: {
    summary: `shop/api (main, ci): ${ratio} of tests fail, by errors of their surroundings, limit 50%`,
    description:
      `${ratio} of the executed tests of suite api in project shop (branch main, environment ci) failed, at least 80% of them by ` +
      "errors of the surroundings (network, infrastructure, set-up, crash, memory, timeout). The limit is 50%; it has been exceeded " +
      "for 1m. Look at the test environment before the code.",
    ...links("InfrastructureSuspect", apiQuery, String(at)),
  },
});
/** Tests of the error window by type, and the end of the newest run that had the type. */
const errors = (type: string, tests: string, last: string, labels: Labels = suite): (readonly [string, string])[] => [
  [series(M.errorAffectedTests, { ...labels, error_type: type }), tests],
  [series(M.errorLastOccurrence, { ...labels, error_type: type }), last],
];
const good = { status: "passed", passed: 100 };
const bad = { status: "failed", passed: 20, failed: 70, errored: 10 };
const named = (name: string): Labels => ({ ...suite, suite: name });

export const infrastructureSuspect: readonly RuleTest[] = [
  {
    name: "a healthy suite is silent, as are one that fails by its code, one at the limits and one that says nothing of its errors",
    series: [
      owner("payments"),
      ...newestRuns(suite, { seconds: HOUR, ...good }),
      ...newestRuns(named("code"), { seconds: HOUR, ...bad }),
      ...errors("assertion", always(80), always(1), named("code")),
      ...newestRuns(named("half"), { seconds: HOUR, status: "failed", passed: 50, failed: 50 }),
      ...errors("network", always(50), always(1), named("half")),
      ...newestRuns(named("mixed"), { seconds: HOUR, ...bad }),
      ...errors("network", always(63), always(1), named("mixed")),
      ...errors("exception", always(17), always(1), named("mixed")),
      ...newestRuns(named("mute"), { seconds: HOUR, ...bad }),
    ],
    checks: [["3m", []]],
  },
  {
    name: "most tests failing by their surroundings page after a minute, and resolve 2 minutes after a good run",
    series: [
      owner("payments"),
      ...newestRuns(suite, { seconds: 60, ...good }, { seconds: 180, ...bad }, { seconds: HOUR, ...good }),
      ...errors("network", phases(["_", 60], [50, HOUR]), phases(["_", 60], [60, HOUR])),
      ...errors("setup", phases(["_", 60], [14, HOUR]), phases(["_", 60], [60, HOUR])),
      ...errors("assertion", phases(["_", 60], [16, HOUR]), phases(["_", 60], [60, HOUR])),
    ],
    checks: [
      ["1m55s", []],
      ["2m", [suspect("80%", 60)]],
      ["5m55s", [suspect("80%", 60)]],
      ["6m", []],
    ],
  },
  {
    name: "what the error window still holds of runs before accuses nobody, and clears nobody",
    series: [
      owner("payments"),
      ...newestRuns(suite, { seconds: HOUR, ...bad, end: 100 }),
      ...errors("network", always(80), always(100)),
      ...errors("assertion", always(80), always(99)),
      ...newestRuns(named("web"), { seconds: HOUR, ...bad, end: 100 }),
      ...errors("network", always(80), always(99), named("web")),
      ...errors("assertion", always(80), always(100), named("web")),
    ],
    checks: [["1m", [suspect("80%", 100)]]],
  },
  {
    name: "the error window forgets, the run is still the newest: the page stays until another comes",
    series: [
      owner("payments"),
      ...newestRuns(suite, { seconds: 240, ...bad, end: 1 }, { seconds: HOUR, ...bad, failed: 60, errored: 20 }),
      ...errors("network", phases([80, 90], [0, HOUR]), always(1)),
      ...errors("assertion", phases(["_", 240], [80, HOUR]), phases(["_", 240], [240, HOUR])),
    ],
    checks: [
      ["4m", [suspect("80%", 1)]],
      ["5m55s", [suspect("80%", 1)]],
      ["6m", []],
    ],
  },
  {
    name: "a run that says nothing takes nothing back, and brings nothing back",
    series: [
      owner("payments"),
      ...newestRuns(
        suite,
        { seconds: 90, ...bad, end: 1 },
        { seconds: 90, status: "cancelled", passed: 2 },
        { seconds: 60, status: "errored", errored: 1 },
        { seconds: 60, ...good },
        { seconds: HOUR, status: "partial", passed: 3 },
      ),
      ...errors("timeout", always(80), always(1)),
    ],
    checks: [
      ["3m55s", [suspect("80%", 180)]],
      ["5m55s", [suspect("80%", 180)]],
      ["6m", []],
      ["8m", []],
    ],
  },
  {
    name: "fewer than 20 executed tests are no evidence, and neither is a big suite's one crash",
    series: [
      owner("payments"),
      ...newestRuns(suite, { seconds: HOUR, status: "failed", failed: 19, skipped: 50 }),
      ...errors("network", always(19), always(1)),
      ...newestRuns(named("web"), { seconds: 60, ...good }, { seconds: HOUR, status: "errored", errored: 1 }),
      ...errors("crash", phases(["_", 60], [1, HOUR]), phases(["_", 60], [60, HOUR]), named("web")),
    ],
    checks: [["4m", []]],
  },
  {
    name: "pull requests and the overflow suite never page",
    series: [{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) => [
      ...newestRuns({ ...suite, ...labels }, { seconds: HOUR, ...bad }),
      ...errors("network", always(80), always(1), { ...suite, ...labels }),
    ]),
    checks: [["3m", []]],
  },
  {
    name: "the first run of a suite without an owner row pages, once for all replicas",
    series: ["plumbline-1:10970", "plumbline-2:10970"].flatMap((replica) => [
      ...newestRuns(onReplica(replica, suite), { seconds: 60 }, { seconds: HOUR, ...bad }),
      ...errors("network", phases(["_", 60], [80, HOUR]), phases(["_", 60], [60, HOUR]), onReplica(replica, suite)),
    ]),
    checks: [
      ["1m55s", []],
      ["2m", [suspect("80%", 60, unowned)]],
    ],
  },
];
