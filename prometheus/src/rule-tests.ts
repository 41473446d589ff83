/**
 * Cases for `promtool test rules`, written to prometheus/tests/. They hold for the default configuration, and their
 * expected messages are written out here, not taken from the rules, so that a changed message is a change someone sees.
 */
import { type Family, CATALOGUE as M, ref } from "../../exporter/src/metrics/catalogue.ts";
import { PLUMBLINE_JOB, quote } from "./promql.ts";
import { generatedYaml } from "./yaml.ts";

type Labels = Readonly<Record<string, string>>;

interface Firing {
  readonly labels: Labels;
  readonly annotations: Labels;
}

interface RuleTest {
  /** The sentence that fails. */
  readonly name: string;
  readonly series: readonly (readonly [series: string, values: string])[];
  /** What fires at which moment; an empty list: nothing may. */
  readonly checks: readonly (readonly [at: string, firing: readonly Firing[]])[];
}

/** As shipped: one sample per scrape. */
const INTERVAL_SECONDS = 5;

/** `phases(["80", 600], ["100", 60])`: 80 for ten minutes, then 100 for one. A value may be `_` (no sample) or `a+b`. */
function phases(...parts: readonly (readonly [value: string | number, seconds: number])[]): string {
  return parts
    .map(([value, seconds]) => {
      const samples = seconds / INTERVAL_SECONDS;
      if (value === "_") return `_x${samples}`;
      return samples === 1 ? `${value}` : `${value}x${samples - 1}`;
    })
    .join(" ");
}
const HOUR = 3600;
const MINUTE = 60;
const always = (value: string | number): string => phases([value, HOUR]);

const suite: Labels = { project: "shop", suite: "api", environment: "ci", branch: "main" };
const onReplica = (instance: string, labels: Labels): Labels => ({ ...labels, job: PLUMBLINE_JOB, instance });

function series(family: Family, labels: Labels): string {
  const all = "job" in labels ? labels : onReplica("plumbline:10970", labels);
  return `${ref(family)}{${Object.entries(all)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(",")}}`;
}

/** The newest run's cases; each result is a constant or a text of phases. */
function lastRun(
  cases: Partial<Record<"passed" | "failed" | "errored" | "skipped", string | number>>,
  labels: Labels = suite,
): (readonly [string, string])[] {
  return (["passed", "failed", "errored", "skipped"] as const).map((result) => {
    const values = cases[result] ?? 0;
    return [series(M.lastRunCases, { ...labels, result }), typeof values === "number" ? always(values) : values];
  });
}

/** The newest run's status, in phases. */
function statuses(...parts: readonly (readonly [status: string, seconds: number])[]): (readonly [string, string])[] {
  return [...new Set(parts.map(([status]) => status))].map((status) => [
    series(M.lastRunStatus, { ...suite, status }),
    phases(...parts.map(([name, seconds]) => [name === "" ? "_" : name === status ? 1 : 0, seconds] as const)),
  ]);
}

function executions(passed: string, failed: string, labels: Labels = suite): (readonly [string, string])[] {
  return [
    [series(M.executions, { ...labels, result: "passed" }), passed],
    [series(M.executions, { ...labels, result: "failed" }), failed],
    [series(M.executions, { ...labels, result: "errored" }), always(0)],
    [series(M.executions, { ...labels, result: "skipped" }), always(0)],
  ];
}

const owner = (team: string, labels: Labels = suite, values = always(1)): readonly [string, string] => [
  series(
    M.suiteInfo,
    Object.fromEntries(
      Object.entries({ ...labels, team, component: "checkout", framework: "junit" }).filter(
        ([name]) => name !== "environment" && name !== "branch",
      ),
    ),
  ),
  values,
];

const links = (name: string, query = ""): Labels => ({
  runbook_url: `http://127.0.0.1:10970/runbooks/${name}`,
  dashboard_url: `http://127.0.0.1:3000/d/plumbline-live${query}`,
});
const apiQuery = "?var-project=shop&var-suite=api&var-environment=ci&var-branch=main";

// ---- TestFailureSpike: more than 10 %, 20 executed or more, for 5 minutes ------------------------------------------

function spike(value: string, labels: Labels = {}, name = "api", query = apiQuery): Firing {
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
      ...links("TestFailureSpike", query),
    },
  };
}
const unowned: Labels = { team: "unowned", component: "" };

const testFailureSpike: readonly RuleTest[] = [
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
      ["20m", [spike("14%")]],
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

// ---- PerformanceDegradation: average above 1 s for 10 minutes ------------------------------------------------------

const measure = (name: string, stat: string, labels: Labels = suite): Labels => ({
  ...labels,
  component: "",
  scenario: "",
  measure: name,
  stat,
});
const degraded = (value: string, labels: Labels = {}): Firing => ({
  labels: {
    ...suite,
    measure: "api_response_time",
    severity: "critical",
    kind: "performance",
    actions: "page_performance_team,auto_scaling,performance_snapshot",
    team: "payments",
    ...labels,
  },
  annotations: {
    summary: `shop/api (main, ci): ${labels.measure ?? "api_response_time"} averages ${value}, limit 1s`,
    description:
      `${labels.measure ?? "api_response_time"}${labels.component === undefined ? "" : ` of ${labels.component}`}` +
      `${labels.scenario === undefined ? "" : ` in scenario ${labels.scenario}`}` +
      `${labels.operation === undefined ? "" : `, operation ${labels.operation},`} averages ${value} in the newest run of ` +
      "suite api, project shop (branch main, environment ci). The limit is 1s; it has been exceeded for 10m and no " +
      "better run came in.",
    ...links("PerformanceDegradation", apiQuery),
  },
});

const loadLabels = (operation: string, scenario = "peak"): Labels => ({ ...suite, scenario, operation });
const loadAverage = (operation: string, values: string, scenario?: string): readonly [string, string] => [
  series(M.loadLastLatency, { ...loadLabels(operation, scenario), stat: "avg" }),
  values,
];
const loadRequests = (operation: string, n: number): readonly [string, string] => [
  series(M.loadLastRequests, loadLabels(operation)),
  always(n),
];

const performanceDegradation: readonly RuleTest[] = [
  {
    name: "an average at the limit, a slow 95th percentile and other measures are silent",
    series: [
      owner("payments"),
      [series(M.measureSeconds, measure("api_response_time", "avg")), always(1)],
      [series(M.measureSeconds, measure("api_response_time", "p95")), always(4)],
      [series(M.measureSeconds, measure("build_time", "avg")), always(60)],
    ],
    checks: [["30m", []]],
  },
  {
    name: "a slow average pages after 10 minutes, and resolves 2 minutes after a faster run",
    series: [
      owner("payments"),
      [series(M.measureSeconds, measure("api_response_time", "avg")), phases([1.25, 900], [0.3, HOUR])],
      [series(M.measureValue, measure("api_response_time", "count")), always(5)],
    ],
    checks: [
      ["9m55s", []],
      ["10m", [degraded("1.25s")]],
      ["16m55s", [degraded("1.25s")]],
      ["17m", []],
    ],
  },
  {
    name: "the first run of a new suite pages too; a single value counts as the average",
    series: [
      owner("payments", suite, phases(["_", MINUTE], [1, HOUR])),
      [series(M.measureSeconds, measure("page_load_time", "value")), phases(["_", MINUTE], [3, HOUR])],
    ],
    checks: [
      ["10m55s", []],
      ["11m", [degraded("3s", { measure: "page_load_time" })]],
    ],
  },
  {
    name: "where an average is stated, a single value beside it does not count",
    series: [
      owner("payments"),
      [series(M.measureSeconds, measure("api_response_time", "avg")), always(0.2)],
      [series(M.measureSeconds, measure("api_response_time", "value")), always(9)],
    ],
    checks: [["30m", []]],
  },
  {
    name: "an average of 4 samples never pages",
    series: [
      owner("payments"),
      [series(M.measureSeconds, measure("api_response_time", "avg")), always(9)],
      [series(M.measureValue, measure("api_response_time", "count")), always(4)],
    ],
    checks: [["30m", []]],
  },
  {
    name: "pull requests never page",
    series: [
      [series(M.measureSeconds, measure("api_response_time", "avg", { ...suite, branch: "pull_request" })), always(9)],
    ],
    checks: [["30m", []]],
  },
  {
    name: "components of one suite page each by their own name, which the owner's component does not replace",
    series: [
      owner("payments"),
      ...["cart", "search"].map(
        (component) =>
          [
            series(M.measureSeconds, { ...measure("api_response_time", "avg"), component, scenario: "peak" }),
            always(2),
          ] as const,
      ),
    ],
    checks: [["10m", ["cart", "search"].map((component) => degraded("2s", { component, scenario: "peak" }))]],
  },
  {
    name: "a suite without an owner row pages all the same",
    series: [[series(M.measureSeconds, measure("api_response_time", "avg")), always(2)]],
    checks: [["10m", [degraded("2s", { team: "unowned" })]]],
  },
  {
    name: "a load test pages by its slow operation, not a second time as a whole, and resolves after a faster run",
    series: [
      owner("payments"),
      loadAverage("GET /cart", phases([1.25, 900], [0.3, HOUR])),
      loadAverage("GET /search", always(0.2)),
      loadAverage("__all__", phases([1.1, 900], [0.3, HOUR])),
      ...["GET /cart", "GET /search", "__all__"].map((operation) => loadRequests(operation, 5000)),
    ],
    checks: [
      ["9m55s", []],
      ["10m", [degraded("1.25s", { measure: "latency", scenario: "peak", operation: "GET /cart" })]],
      ["17m", []],
    ],
  },
  {
    name: "a load test that names no operation pages as a whole, each scenario by itself",
    series: [
      owner("payments"),
      loadAverage("__all__", always(3)),
      loadAverage("__all__", always(0.5), "soak"),
      loadAverage("GET /cart", always(0.5), "soak"),
    ],
    checks: [["10m", [degraded("3s", { measure: "latency", scenario: "peak", operation: "__all__" })]]],
  },
  {
    name: "operations of too few requests do not page, but the scenario as a whole does when it has enough",
    series: [
      owner("payments"),
      loadAverage("GET /a", always(4)),
      loadAverage("GET /b", always(2)),
      loadAverage("__all__", always(3)),
      loadRequests("GET /a", 4),
      loadRequests("GET /b", 4),
      loadRequests("__all__", 8),
    ],
    checks: [["10m", [degraded("3s", { measure: "latency", scenario: "peak", operation: "__all__" })]]],
  },
  {
    name: "a load test at the limit, slow only in its 95th percentile, of too few requests or of a pull request is silent",
    series: [
      owner("payments"),
      loadAverage("GET /a", always(1)),
      [series(M.loadLastLatency, { ...loadLabels("GET /a"), stat: "p95" }), always(4)],
      loadAverage("GET /b", always(9)),
      loadRequests("GET /b", 4),
      [series(M.loadLastLatency, { ...loadLabels("GET /c"), branch: "pull_request", stat: "avg" }), always(9)],
    ],
    checks: [["30m", []]],
  },
];

// ---- TestExecutionSlow: longer than 1.5 times the expected duration ------------------------------------------------

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

const testExecutionSlow: readonly RuleTest[] = [
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

// ---- DeviationConfirmed: what the detector confirmed ----------------------------------------------------------------

const deviating: Labels = { ...suite, measure: "latency", stat: "p95", scenario: "peak", operation: "GET /cart" };

function deviation(
  state: Readonly<Record<string, string>>,
  ratio: string,
  labels: Labels = deviating,
): RuleTest["series"] {
  return [
    ...Object.entries(state).map(
      ([name, values]) => [series(M.deviationState, { ...labels, state: name }), values] as const,
    ),
    [series(M.deviationRatio, labels), ratio],
  ];
}
const confirmed = (value: string, labels: Labels = {}): Firing => ({
  labels: { ...deviating, severity: "warning", kind: "performance", team: "payments", ...labels },
  annotations: {
    summary: `shop/api (main, ci): latency changed by ${value}, limit 2%`,
    description:
      `p95 of latency in scenario peak, operation GET /cart, changed for the worse by ${value} in suite api, project shop ` +
      "(branch main, environment ci). The limit is 2%, and several runs confirm the change; which commits it lies " +
      "between and what may have caused it: plumbline deviations list.",
    ...links("DeviationConfirmed", apiQuery),
  },
});

const deviationConfirmed: readonly RuleTest[] = [
  {
    name: "a steady series, one with too few runs and a suspicion are silent",
    series: [
      owner("payments"),
      ...deviation({ ok: always(1), warning: always(0), critical: always(0) }, always(0.01)),
      [series(M.deviationSuspected, deviating), always(1)],
      ...deviation({ insufficient_data: always(1), warning: always(0) }, always(0.5), {
        ...deviating,
        operation: "GET /new",
      }),
    ],
    checks: [["30m", []]],
  },
  {
    name: "a confirmed change warns at once, critical ones too, and resolves 2 minutes after the level is back",
    series: [
      owner("payments"),
      ...deviation(
        {
          warning: phases([0, 300], [1, 300], [0, HOUR]),
          critical: always(0),
          ok: phases([1, 300], [0, 300], [1, HOUR]),
        },
        phases([0, 300], [0.124, 300], [0, HOUR]),
      ),
    ],
    checks: [
      ["4m55s", []],
      ["5m", [confirmed("12.4%")]],
      ["11m55s", [confirmed("12.4%")]],
      ["13m30s", []],
    ],
  },
  {
    name: "two replicas warn once, and a suite without an owner row warns all the same",
    series: ["a", "b"].flatMap((instance) =>
      deviation({ critical: always(1) }, always(0.4), onReplica(instance, deviating)),
    ),
    checks: [["1m", [confirmed("40%", unowned)]]],
  },
  {
    name: "acknowledged, it is silent until it is not",
    series: [
      owner("payments"),
      ...deviation({ acknowledged: phases([1, 600], [0, HOUR]), warning: phases([0, 600], [1, HOUR]) }, always(0.124)),
    ],
    checks: [
      ["9m55s", []],
      ["10m", [confirmed("12.4%")]],
    ],
  },
  {
    name: "pull requests and the overflow suite never warn",
    series: [{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) =>
      deviation({ critical: always(1) }, always(0.4), { ...deviating, ...labels }),
    ),
    checks: [["30m", []]],
  },
];

// ---- CoverageDrop: under 95 % --------------------------------------------------------------------------------------

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

const coverageDrop: readonly RuleTest[] = [
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

// ---- PlumblineDown: no replica answers for a minute ----------------------------------------------------------------

const up = (instance: string): string => `up{job=${quote(PLUMBLINE_JOB)},instance=${quote(instance)}}`;
const down = (short: string, long: string): Firing => ({
  labels: { severity: "critical", kind: "plumbline", actions: "page", job: "plumbline" },
  annotations: {
    summary: `Plumbline is down: ${short}`,
    description:
      `Prometheus has had no data from Plumbline for 1m: ${long}. Alerts about tests and performance of all suites are ` +
      "blind until it is back.",
    ...links("PlumblineDown"),
  },
});
const noAnswer = down("no replica answers", "every replica of job plumbline fails its scrape (up is 0, limit 1)");

const plumblineDown: readonly RuleTest[] = [
  {
    name: "one of two replicas is enough",
    series: [
      [up("plumbline-1:10970"), always(1)],
      [up("plumbline-2:10970"), always(0)],
    ],
    checks: [["30m", []]],
  },
  {
    name: "no answer pages after a minute, and resolves with the first scrape",
    series: [[up("plumbline:10970"), phases([1, 300], [0, 300], [1, HOUR])]],
    checks: [
      ["5m55s", []],
      ["6m", [noAnswer]],
      ["9m55s", [noAnswer]],
      ["10m", []],
    ],
  },
  {
    name: "a restart of 55 seconds is silent",
    series: [[up("plumbline:10970"), phases([1, 300], [0, 55], [1, HOUR])]],
    checks: [
      ["6m", []],
      ["10m", []],
    ],
  },
  {
    name: "a Prometheus that has nothing to scrape pages as well",
    series: [],
    checks: [
      ["55s", []],
      ["1m", [down("Prometheus has no replica to scrape", "job plumbline has no target")]],
    ],
  },
];

// ---------------------------------------------------------------------------------------------------------------------

export const RULE_TESTS: Readonly<Record<string, readonly RuleTest[]>> = {
  TestFailureSpike: testFailureSpike,
  PerformanceDegradation: performanceDegradation,
  TestExecutionSlow: testExecutionSlow,
  CoverageDrop: coverageDrop,
  DeviationConfirmed: deviationConfirmed,
  PlumblineDown: plumblineDown,
};

/** File name to content, for prometheus/tests/. */
export function ruleTestFiles(): Map<string, string> {
  return new Map(
    Object.entries(RULE_TESTS).map(([alertname, tests]) => [`${alertname}.yml`, ruleTestYaml(alertname, tests)]),
  );
}

function ruleTestYaml(alertname: string, tests: readonly RuleTest[]): string {
  return generatedYaml(
    {
      rule_files: ["../rules/plumbline.yml"],
      evaluation_interval: `${INTERVAL_SECONDS}s`,
      tests: tests.map((test) => ({
        name: test.name,
        interval: `${INTERVAL_SECONDS}s`,
        input_series: test.series.map(([name, values]) => ({ series: name, values })),
        alert_rule_test: test.checks.map(([at, firing]) => ({
          eval_time: at,
          alertname,
          exp_alerts: firing.map(({ labels, annotations }) => ({
            exp_labels: Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== "")),
            exp_annotations: annotations,
          })),
        })),
      })),
    },
    "Cases: prometheus/src/rule-tests.ts. Run: promtool test rules prometheus/tests/*.yml",
  );
}
