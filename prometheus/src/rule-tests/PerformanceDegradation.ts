/** PerformanceDegradation: average above 1 s for 10 minutes. */
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
} from "./support.ts";

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

export const performanceDegradation: readonly RuleTest[] = [
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
