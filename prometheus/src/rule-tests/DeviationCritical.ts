/** DeviationCritical: the detector confirmed a large change. */
import { deviating, deviation } from "./deviations.ts";
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

const critical = (change: string, labels: Labels = {}): Firing => ({
  labels: { ...deviating, severity: "critical", kind: "performance", team: "payments", ...labels },
  annotations: {
    summary: `shop/api (main, ci): p95 latency of GET /cart in scenario peak changed ${change}, limit 25%`,
    description:
      `p95 latency of GET /cart in scenario peak changed for the worse ${change} in suite api in project shop (branch main, environment ` +
      "ci). The limit of a critical change is 25%, and several runs confirm the change; which commits it lies between and what may have " +
      "caused it: plumbline deviations list.",
    ...links("DeviationCritical", apiQuery, "", "plumbline-deviations"),
  },
});

export const deviationCritical: readonly RuleTest[] = [
  {
    name: "a steady series, a confirmed change that is not large, and one with too few runs are silent",
    series: [
      owner("payments"),
      ...deviation({ ok: always(1), critical: always(0) }, always(0.01)),
      ...deviation({ warning: always(1), critical: always(0) }, always(0.12), { ...deviating, operation: "GET /b" }),
      ...deviation({ insufficient_data: always(1) }, always(0.9), { ...deviating, operation: "GET /new" }),
    ],
    checks: [["3m", []]],
  },
  {
    name: "a large change pages at once and resolves 2 minutes after the level is back",
    series: [
      owner("payments"),
      ...deviation(
        { warning: phases([1, 300], [0, HOUR]), critical: phases([0, 300], [1, 300], [0, HOUR]) },
        phases([0.1, 300], [0.4, 300], [0, HOUR]),
      ),
    ],
    checks: [
      ["4m55s", []],
      ["5m", [critical("by 40%")]],
      ["11m55s", [critical("by 40%")]],
      ["12m", []],
    ],
  },
  {
    name: "two replicas page once, a suite without an owner row all the same, and a change from 0 has no size",
    series: ["a", "b"].flatMap((instance) => [
      ...deviation({ critical: always(1) }, undefined, onReplica(instance, deviating)),
    ]),
    checks: [["1m", [critical("from a level of 0", { team: "unowned" })]]],
  },
  {
    name: "acknowledged, pull requests and the overflow suite: silent",
    series: [
      ...deviation({ acknowledged: always(1), critical: always(0) }, always(0.4)),
      ...[{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) => [
        ...deviation({ critical: always(1) }, always(0.4), { ...deviating, ...labels }),
      ]),
    ],
    checks: [["3m", []]],
  },
];
