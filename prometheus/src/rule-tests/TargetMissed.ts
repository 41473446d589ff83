/** TargetMissed: yellow for five minutes. What both levels share has its cases in TargetCritical.ts. */
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
} from "./support.ts";
import { judged, latency, measured } from "./targets.ts";

const missed = (labels: Labels = {}): Firing => ({
  labels: { ...latency, severity: "warning", level: "yellow", kind: "performance", team: "payments", ...labels },
  annotations: {
    summary: 'shop/api (main, ci): p95 latency of GET /a?b="c" in scenario peak is 300ms, limit 250ms',
    description:
      'p95 latency of GET /a?b="c" in scenario peak is 300ms in the newest run of suite api in project shop (branch main, environment ' +
      "ci). That misses its target, the limit 250ms, though not critically. It has been so for 5m and no better run came in.",
    ...links("TargetMissed", apiQuery, "", "plumbline-targets"),
  },
});
const limits = { value: 0.3, target: 0.25, critical: 0.5 };

export const targetMissed: readonly RuleTest[] = [
  {
    name: "green, red and unknown are silent",
    series: [
      owner("payments"),
      ...judged(latency, limits),
      ...judged({ ...latency, operation: "GET /b" }, { ...limits, red: always(1) }),
    ],
    checks: [["8m", []]],
  },
  {
    name: "yellow warns after five minutes, and resolves 2 minutes after a better run",
    series: [owner("payments"), ...judged(latency, { ...limits, yellow: phases([0, 60], [1, 600], [0, HOUR]) })],
    checks: [
      ["5m55s", []],
      ["6m", [missed()]],
      ["12m55s", [missed()]],
      ["13m", []],
    ],
  },
  {
    name: "on a ramp from green over yellow to red no warning comes before the page",
    series: [
      owner("payments"),
      ...judged(latency, {
        ...limits,
        yellow: phases([0, 60], [1, 290], [0, HOUR]),
        red: phases([0, 350], [1, HOUR]),
      }),
    ],
    checks: [
      ["5m45s", []],
      ["6m", []],
      ["8m", []],
    ],
  },
  {
    name: "replicas that differ warn not: red of one holds; equal ones warn once",
    series: [
      owner("payments"),
      ...judged(onReplica("a", latency), { ...limits, yellow: always(1) }),
      ...judged(onReplica("b", latency), {
        ...limits,
        yellow: phases([0, 600], [1, HOUR]),
        red: phases([1, 600], [0, HOUR]),
      }),
    ],
    checks: [
      ["10m", []],
      ["16m", [missed()]],
    ],
  },
  {
    name: "throughput (alert: false), pull requests and the overflow suite never warn",
    series: [
      ...judged(measured("requests_per_second", { scenario: "peak", operation: "__all__" }), {
        value: 80,
        yellow: always(1),
        target: 100,
        critical: 50,
      }),
      ...[{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) => [
        ...judged({ ...latency, ...labels }, { ...limits, yellow: always(1) }),
      ]),
    ],
    checks: [["8m", []]],
  },
];
