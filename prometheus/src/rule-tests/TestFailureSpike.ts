/** TestFailureSpike: more than 10 %, 20 executed or more, for 5 minutes. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import {
  always,
  apiQuery,
  executions,
  type Firing,
  HOUR,
  type Labels,
  lastRun,
  links,
  MINUTE,
  onReplica,
  owner,
  phases,
  type RuleTest,
  series,
  statuses,
  suite,
  unowned,
} from "./support.ts";

function spike(value: string, labels: Labels = {}, name = "api", query = apiQuery, at = ""): Firing {
  return {
    labels: {
      ...suite,
      severity: "critical",
      kind: "tests",
      actions: "page,incident,team_lead",
      team: "payments",
      component: "checkout",
      ...labels,
    },
    annotations: {
      summary: `shop/${name} (main, ci): ${value} of tests fail, limit 10%`,
      description:
        `${value} of the executed tests of suite ${name} in project shop (branch main, environment ci) failed, in its ` +
        "newest run or over the last 15m. The limit is 10%; it has been exceeded for 5m and no better run came in.",
      ...links("TestFailureSpike", query, at),
    },
  };
}

export const testFailureSpike: readonly RuleTest[] = [
  {
    name: "a healthy suite is silent, and so is one exactly at the limit",
    series: [
      owner("payments"),
      ...lastRun({ passed: 100 }),
      ...lastRun({ passed: 90, failed: 10, skipped: 5 }, { ...suite, suite: "web" }),
    ],
    checks: [["30m", []]],
  },
  {
    name: "a failing newest run pages after 5 minutes, and resolves 2 minutes after a good run",
    series: [
      owner("payments"),
      ...lastRun({
        passed: phases([80, 600], [100, HOUR]),
        failed: phases([12, 600], [0, HOUR]),
        errored: phases([8, 600], [0, HOUR]),
      }),
    ],
    checks: [
      ["4m55s", []],
      ["5m", [spike("20%")]],
      ["11m55s", [spike("20%")]],
      ["12m", []],
    ],
  },
  {
    name: "a better run within the 5 minutes keeps it silent",
    series: [
      owner("payments"),
      ...lastRun({ passed: phases([50, 295], [100, HOUR]), failed: phases([50, 295], [0, HOUR]) }),
    ],
    checks: [
      ["5m", []],
      ["20m", []],
    ],
  },
  {
    name: "the first run of a new suite pages when it fails: its series did not exist before",
    series: [
      owner("payments", suite, phases(["_", MINUTE], [1, HOUR])),
      ...lastRun({ passed: phases(["_", MINUTE], [80, HOUR]), failed: phases(["_", MINUTE], [20, HOUR]) }),
      // born at zero and held there for two scrapes
      ...executions(phases(["_", MINUTE], [0, 10], [80, HOUR]), phases(["_", MINUTE], [0, 10], [20, HOUR])),
    ],
    checks: [
      ["5m55s", []],
      ["6m", [spike("20%")]],
    ],
  },
  {
    name: "a crash after a failing run keeps paging, and a good run resolves",
    series: [
      owner("payments"),
      ...lastRun({
        failed: phases([30, 600], [0, HOUR]),
        errored: phases([0, 600], [1, 1200], [0, HOUR]),
        passed: phases([0, 1800], [30, HOUR]),
      }),
      ...statuses(["failed", 600], ["errored", 1200], ["passed", HOUR]),
    ],
    checks: [
      ["4m55s", []],
      ["5m", [spike("100%")]],
      ["12m5s", [spike("100%")]],
      ["31m55s", [spike("100%")]],
      ["32m", []],
    ],
  },
  {
    name: "a run that crashes with a few passed tests is no better run",
    series: [
      owner("payments"),
      ...lastRun({ passed: phases([15, 600], [3, HOUR]), failed: phases([15, 600], [0, HOUR]) }),
      ...statuses(["failed", 600], ["errored", HOUR]),
    ],
    checks: [
      ["5m", [spike("50%")]],
      ["55m", [spike("50%")]],
    ],
  },
  ...["empty", "partial", "cancelled"].map(
    (status): RuleTest => ({
      name: `a run that is ${status} after a failing one keeps paging, and a good run resolves`,
      series: [
        owner("payments"),
        ...lastRun({
          failed: phases([12, 600], [0, HOUR]),
          passed: phases([18, 600], [status === "empty" ? 0 : 4, 1200], [30, HOUR]),
          skipped: phases([0, 600], [26, 1200], [0, HOUR]),
        }),
        ...statuses(["failed", 600], [status, 1200], ["passed", HOUR]),
      ],
      checks: [
        ["4m55s", []],
        ["5m", [spike("40%")]],
        ["31m55s", [spike("40%")]],
        ["32m", []],
      ],
    }),
  ),
  {
    name: "a big suite that collapses to one error pages, for as long as that is its newest run",
    series: [
      owner("payments"),
      ...lastRun({ passed: phases([30, 600], [0, HOUR]), errored: phases([0, 600], [1, HOUR]) }),
      ...statuses(["passed", 600], ["errored", HOUR]),
    ],
    checks: [
      ["14m55s", []],
      ["15m", [spike("100%")]],
      ["60m", [spike("100%")]],
    ],
  },
  {
    name: "an inconclusive run after a good one says nothing, until it fails itself",
    series: [
      owner("payments"),
      ...lastRun({ passed: phases([30, 600], [0, 600], [4, HOUR]), failed: phases([0, 1200], [4, HOUR]) }),
      ...statuses(["passed", 600], ["empty", 600], ["partial", HOUR]),
    ],
    checks: [
      ["20m", []],
      ["24m55s", []],
      ["25m", [spike("50%")]],
    ],
  },
  {
    name: "a suite that never had 20 tests never pages, whether it fails or crashes",
    series: [
      owner("payments"),
      ...lastRun({
        passed: phases([19, 600], [9, 600], [0, HOUR]),
        failed: phases([0, 600], [10, 600], [0, HOUR]),
        errored: phases([0, 1200], [1, HOUR]),
      }),
      ...statuses(["passed", 600], ["failed", 600], ["errored", HOUR]),
    ],
    checks: [
      ["20m", []],
      ["40m", []],
    ],
  },
  {
    name: "the first run of a new suite pages when it errors as a whole, and not when it is one error",
    series: [
      owner("payments"),
      ...lastRun({ errored: phases(["_", MINUTE], [1, 600], [20, HOUR]) }).map(
        ([name, values]) => [name, values.startsWith("_") ? values : phases(["_", MINUTE], [0, HOUR])] as const,
      ),
      ...statuses(["", MINUTE], ["errored", HOUR]),
    ],
    checks: [
      ["10m", []],
      ["15m55s", []],
      ["16m", [spike("100%")]],
    ],
  },
  {
    name: "a suite that a good run shows to be small now has its small size",
    series: [
      owner("payments"),
      ...lastRun({
        passed: phases([30, 600], [5, 600], [0, HOUR]),
        errored: phases([0, 1200], [1, HOUR]),
      }),
      ...statuses(["passed", 1200], ["errored", HOUR]),
    ],
    checks: [["40m", []]],
  },
  {
    name: "19 executed tests never page, though all fail",
    series: [
      owner("payments"),
      ...lastRun({ failed: 19, skipped: 500 }),
      ...executions(always(0), phases([0, MINUTE], [19, HOUR])),
    ],
    checks: [
      ["10m", []],
      ["30m", []],
    ],
  },
  {
    name: "a run in which nothing was executed has no failure rate",
    series: [owner("payments"), ...lastRun({ skipped: 100 })],
    checks: [["30m", []]],
  },
  {
    name: "pull requests never page, in either form",
    series: [
      owner("payments"),
      ...lastRun({ passed: 50, failed: 50 }, { ...suite, branch: "pull_request" }),
      ...executions(phases([0, MINUTE], [500, HOUR]), phases([0, MINUTE], [500, HOUR]), {
        ...suite,
        branch: "pull_request",
      }),
    ],
    checks: [
      ["10m", []],
      ["30m", []],
    ],
  },
  {
    // every minute 100 tests, every second run loses 30 of them: the newest run is good each other minute
    name: "a suite that runs often pages by its rate although good runs lie between",
    series: [
      owner("payments"),
      ...lastRun({
        passed: alternating([100, 70], 30),
        failed: alternating([0, 30], 30),
      }),
      ...executions(everyMinute([100, 70], 30), everyMinute([0, 30], 30)),
      [series(M.lastRunEnd, suite), everyMinute([60, 60], 30)],
    ],
    checks: [
      ["5m30s", []],
      ["20m", [spike("14%", {}, "api", apiQuery, "1200")]],
    ],
  },
  {
    name: "a suite that was repaired by its next run is not paged by its past",
    series: [
      owner("payments"),
      ...lastRun({ passed: phases([50, 120], [100, HOUR]), failed: phases([50, 120], [0, HOUR]) }),
      ...executions(phases([0, 10], [50, 110], [150, HOUR]), phases([0, 10], [50, HOUR])),
      [series(M.lastRunEnd, suite), phases([1000, 120], [1120, HOUR])],
    ],
    checks: [
      ["8m", []],
      ["12m", []],
    ],
  },
  {
    name: "the overflow suite pages by its rate only: its newest run is any suite's",
    series: [
      ...lastRun({ passed: 50, failed: 50 }, { ...suite, suite: "__overflow__" }),
      ...executions(phases([0, 900], [70, HOUR]), phases([0, 900], [30, HOUR]), { ...suite, suite: "__overflow__" }),
    ],
    checks: [
      ["14m", []],
      [
        "21m",
        [
          spike(
            "30%",
            { ...unowned, suite: "__overflow__" },
            "__overflow__",
            "?var-project=shop&var-suite=__overflow__&var-environment=ci&var-branch=main",
          ),
        ],
      ],
      ["33m", []],
    ],
  },
  {
    name: "a suite without an owner row pages all the same",
    series: lastRun({ passed: 50, failed: 50 }),
    checks: [["5m", [spike("50%", unowned)]]],
  },
  {
    name: "replicas page once, even while they disagree about the owner: the majority names it",
    series: ["plumbline-1:10970", "plumbline-2:10970", "plumbline-3:10970"].flatMap((replica, index) => [
      ...lastRun({ passed: 50, failed: 50 }, onReplica(replica, suite)),
      owner(index === 1 ? "search" : "payments", onReplica(replica, suite)),
    ]),
    checks: [["8m", [spike("50%")]]],
  },
  {
    name: "a failed scrape neither begins the 5 minutes again nor resolves, and a restart of a minute resolves nothing",
    series: [
      owner("payments", suite, gaps(1)),
      ...lastRun({ passed: gaps(50), failed: gaps(50), errored: gaps(0), skipped: gaps(0) }),
    ],
    checks: [
      ["4m55s", []],
      ["5m", [spike("50%")]],
      ["7m", [spike("50%")]],
      ["9m50s", [spike("50%")]],
      ["12m", [spike("50%")]],
    ],
  },
  {
    name: "owner and alert survive an outage for as long as the rate form does",
    series: [
      owner("payments", suite, phases([1, 480], ["stale", 5])),
      ...executions(phases([0, 60], [50, 420], ["stale", 5]), phases([0, 60], [50, 420], ["stale", 5])),
    ],
    checks: [
      ["7m", [spike("50%")]],
      ["12m", [spike("50%")]],
    ],
  },
];

/** One scrape lost at 2 minutes, the exporter gone from 8:00 to 9:05. */
function gaps(value: number): string {
  return phases([value, 120], ["stale", 5], [value, 355], ["stale", 5], ["_", 60], [value, HOUR]);
}
/** Minute by minute one of two values. */
function alternating(values: readonly [number, number], minutes: number): string {
  return phases(...Array.from({ length: minutes }, (_, minute) => [values[minute % 2] ?? 0, MINUTE] as const));
}
/** A counter that grows by one of two steps at each minute. */
function everyMinute(steps: readonly [number, number], minutes: number): string {
  let total = 0;
  return phases(
    ...Array.from({ length: minutes }, (_, minute) => {
      total += minute === 0 ? 0 : (steps[minute % 2] ?? 0);
      return [total, MINUTE] as const;
    }),
  );
}
