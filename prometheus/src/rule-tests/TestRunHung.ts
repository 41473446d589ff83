/** TestRunHung: a run in progress, silent for more than 30 minutes. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import {
  always,
  apiQuery,
  type Firing,
  HOUR,
  type Labels,
  links,
  MINUTE,
  onReplica,
  owner,
  phases,
  type RuleTest,
  series,
  suite,
  unowned,
} from "./support.ts";

const hung = (silent: string, labels: Labels = {}, at = ""): Firing => ({
  labels: { ...suite, severity: "warning", kind: "tests", team: "payments", component: "checkout", ...labels },
  annotations: {
    summary: `shop/api (main, ci): a run gives no sign of life for ${silent}, limit 30m`,
    description:
      `A run of suite api in project shop (branch main, environment ci) waits for more of its parts and has had none for ${silent}. ` +
      "The limit is 30m. After 1h of silence it completes as partial.",
    ...links("TestRunHung", apiQuery, at),
  },
});
/** Prometheus' clock starts at 0 here: a heartbeat of -1700 was 1700 seconds before. */
const active = (heartbeat: string, runs: string = always(1), labels: Labels = suite): (readonly [string, string])[] => [
  [series(M.runHeartbeat, labels), heartbeat],
  [series(M.runsActive, labels), runs],
];

export const testRunHung: readonly RuleTest[] = [
  {
    name: "a run that gives a sign every minute is silent, and so is a suite without a run in progress",
    series: [
      owner("payments"),
      ...active(phases([-1700, 90], [60, 60], [120, HOUR])),
      ...active(always(-9000), always(0), { ...suite, suite: "web" }),
    ],
    checks: [
      ["2m", []],
      ["6m", []],
    ],
  },
  {
    name: "a run that is silent for longer than 30 minutes warns, and resolves 2 minutes after its next sign",
    series: [owner("payments"), [series(M.lastRunEnd, suite), always(7)], ...active(phases([-1700, 240], [240, HOUR]))],
    checks: [
      ["1m40s", []],
      ["1m45s", [hung("30m 5s", {}, "7")]],
      ["5m55s", [hung("32m 15s", {}, "7")]],
      ["6m", []],
    ],
  },
  {
    name: "a run that is ended by its hang limit resolves, 2 minutes after its series are gone",
    series: [owner("payments"), ...active(phases([-3500, 100], ["stale", 5]), phases([1, 100], ["stale", 5]))],
    checks: [
      ["0s", [hung("58m 20s")]],
      // held for the minute that a failed scrape is bridged, then for keep_firing_for
      ["4m30s", [hung("1h 0m 50s")]],
      ["4m35s", []],
    ],
  },
  {
    name: "runs of pull requests and of the overflow suite never warn",
    series: [{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) =>
      active(always(-9000), always(1), { ...suite, ...labels }),
    ),
    checks: [["3m", []]],
  },
  {
    name: "the first run of a suite without an owner row warns, once for all replicas",
    series: ["plumbline-1:10970", "plumbline-2:10970"].flatMap((replica) =>
      active(phases(["_", MINUTE], [-1800, HOUR]), phases(["_", MINUTE], [1, HOUR]), onReplica(replica, suite)),
    ),
    checks: [
      ["55s", []],
      ["1m", [hung("31m 0s", unowned)]],
    ],
  },
];
