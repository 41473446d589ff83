/** TargetCritical: red for a minute. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import {
  always,
  apiQuery,
  type Firing,
  HOUR,
  type Labels,
  lastRun,
  links,
  onReplica,
  owner,
  phases,
  type RuleTest,
  series,
  suite,
} from "./support.ts";
import { judged, latency, measured } from "./targets.ts";

const critical = (
  of: Labels,
  what: string,
  is: string,
  limit: string,
  target: string,
  labels: Labels = {},
): Firing => ({
  labels: { ...of, severity: "critical", level: "red", kind: "performance", team: "payments", ...labels },
  annotations: {
    summary: `shop/api (main, ci): ${what} is ${is}, ${limit}, target ${target}`,
    description:
      `${what} is ${is} in the newest run of suite api in project shop (branch main, environment ci). That is critical: ${limit}, ` +
      `its target ${target}. It has been so for 1m and no better run came in.`,
    ...links("TargetCritical", apiQuery, "", "plumbline-targets"),
  },
});
const slow = (labels: Labels = {}): Firing =>
  critical(latency, 'p95 latency of GET /a?b="c" in scenario peak', "612ms", "limit 500ms", "250ms", labels);
const limits = { value: 0.612, target: 0.25, critical: 0.5 };
const red = always(1);
const TENTH = "limit a tenth beyond";

export const targetCritical: readonly RuleTest[] = [
  {
    name: "what meets its target, misses it a little, or is not known is silent",
    series: [
      owner("payments"),
      ...judged(latency, limits),
      ...judged({ ...latency, operation: "GET /b" }, { ...limits, yellow: always(1) }),
    ],
    checks: [["5m", []]],
  },
  {
    name: "red pages after a minute, on a first run as well, and resolves 2 minutes after a better run",
    series: [owner("payments"), ...judged(latency, { ...limits, red: phases(["_", 300], [1, 300], [0, HOUR]) })],
    checks: [
      ["5m55s", []],
      ["6m", [slow()]],
      ["9m55s", [slow()]],
      ["11m55s", [slow()]],
      ["12m", []],
    ],
  },
  {
    name: "from yellow to red it pages a minute after it turned red",
    series: [
      owner("payments"),
      ...judged(latency, { ...limits, yellow: phases([1, 240], [0, HOUR]), red: phases([0, 240], [1, HOUR]) }),
    ],
    checks: [
      ["4m55s", []],
      ["5m", [slow()]],
    ],
  },
  {
    name: "50 seconds without a scrape do not begin the minute anew",
    series: [
      owner("payments"),
      ...judged(latency, {
        ...limits,
        value: phases([0.612, 30], ["_", 50], [0.612, HOUR]),
        red: phases([1, 30], ["_", 50], [1, HOUR]),
      }),
    ],
    checks: [
      ["55s", []],
      ["1m25s", [slow()]],
    ],
  },
  {
    name: "two replicas page once, and a suite without an owner row pages all the same",
    series: ["a", "b"].flatMap((instance) => [...judged(onReplica(instance, latency), { ...limits, red })]),
    checks: [["2m", [slow({ team: "unowned" })]]],
  },
  {
    name: "the unit is that of the number, whatever the measure is called; without a critical limit a tenth is",
    series: [
      owner("payments"),
      ...judged(measured("memory_usage", { component: "cache" }), {
        value: 2.5e9,
        red,
        target: 2e9,
        family: M.measureBytes,
      }),
      ...judged(measured("cache_hit_rate"), { value: 0.55, red, target: 0.8, critical: 0.6, family: M.measureRatio }),
      ...judged(measured("jobs"), { value: 12, red, target: 40, critical: 20, family: M.measurePerSecond }),
      ...judged(measured("db_connections"), { value: 31, red, target: 25, family: M.measureValue }),
      ...judged(measured("time", { benchmark: "sort", stat: "avg" }), {
        value: 0.0021,
        red,
        target: 0.001,
        critical: 0.002,
        family: M.benchmarkSeconds,
      }),
    ],
    checks: [
      [
        "2m",
        [
          critical(measured("memory_usage", { component: "cache" }), "memory_usage of cache", "2.5GB", TENTH, "2GB"),
          critical(measured("cache_hit_rate"), "cache_hit_rate", "55%", "limit 60%", "80%"),
          critical(measured("jobs"), "jobs", "12/s", "limit 20/s", "40/s"),
          critical(measured("db_connections"), "db_connections", "31", TENTH, "25"),
          critical(
            measured("time", { benchmark: "sort", stat: "avg" }),
            "avg time of sort",
            "2.1ms",
            "limit 2ms",
            "1ms",
          ),
        ],
      ],
    ],
  },
  {
    name: "throughput is shown and judged, and alerts nobody (alert: false)",
    series: [
      owner("payments"),
      ...judged(measured("requests_per_second", { scenario: "peak", operation: "__all__" }), {
        value: 12,
        red,
        target: 100,
        critical: 50,
      }),
    ],
    checks: [["5m", []]],
  },
  {
    name: "the success of a suite is for those who mend tests; where TestFailureSpike has it, nobody is called twice",
    series: [
      owner("payments"),
      ...lastRun({ passed: phases([91, 600], [50, HOUR]), failed: phases([9, 600], [50, HOUR]) }),
      ...judged(measured("success_rate"), {
        value: phases([0.91, 600], [0.5, HOUR]),
        red,
        target: 0.99,
        critical: 0.95,
      }),
    ],
    checks: [
      ["55s", []],
      ["1m", [critical(measured("success_rate"), "success_rate", "91%", "limit 95%", "99%", { kind: "tests" })]],
      // keep_firing_for, then no more
      ["12m", []],
    ],
  },
  {
    name: "too few tests, too few samples of a measure and too few requests page nobody",
    series: [
      owner("payments"),
      ...lastRun({ passed: 18, failed: 1 }),
      ...judged(measured("success_rate"), { value: 0.947, red, target: 0.99, critical: 0.95 }),
      ...judged(measured("api_response_time", { stat: "p95" }), { value: 3, red, target: 1 }),
      [series(M.measureValue, measured("api_response_time", { stat: "count" })), always(4)],
      ...judged(latency, { ...limits, red }),
      [series(M.loadLastRequests, { ...suite, scenario: "peak", operation: 'GET /a?b="c"' }), always(4)],
    ],
    checks: [["5m", []]],
  },
  {
    name: "pull requests and the overflow suite never page",
    series: [{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) => [
      ...judged({ ...latency, ...labels }, { ...limits, red }),
    ]),
    checks: [["5m", []]],
  },
];
