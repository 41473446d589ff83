/** DeviationConfirmed: what the detector confirmed. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
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
  series,
  unowned,
} from "./support.ts";

const confirmed = (value: string, labels: Labels = {}): Firing => ({
  labels: { ...deviating, severity: "warning", kind: "performance", team: "payments", ...labels },
  annotations: {
    summary: `shop/api (main, ci): p95 latency of GET /cart in scenario peak changed ${value}, limit 2%`,
    description:
      `p95 latency of GET /cart in scenario peak changed for the worse ${value} in suite api in project shop (branch main, environment ` +
      "ci). The limit is 2%, and several runs confirm the change; which commits it lies between and what may have caused it: " +
      "plumbline deviations list.",
    ...links("DeviationConfirmed", apiQuery, "", "plumbline-deviations"),
  },
});

export const deviationConfirmed: readonly RuleTest[] = [
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
    name: "a confirmed change warns at once and resolves 2 minutes after the level is back",
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
      ["5m", [confirmed("by 12.4%")]],
      ["11m55s", [confirmed("by 12.4%")]],
      ["13m30s", []],
    ],
  },
  {
    name: "two replicas warn once, and a suite without an owner row warns all the same",
    series: ["a", "b"].flatMap((instance) =>
      deviation({ warning: always(1) }, always(0.4), onReplica(instance, deviating)),
    ),
    checks: [["1m", [confirmed("by 40%", unowned)]]],
  },
  {
    name: "acknowledged, it is silent until it is not",
    series: [
      owner("payments"),
      ...deviation({ acknowledged: phases([1, 600], [0, HOUR]), warning: phases([0, 600], [1, HOUR]) }, always(0.124)),
    ],
    checks: [
      ["9m55s", []],
      ["10m", [confirmed("by 12.4%")]],
    ],
  },
  {
    name: "a change from a level of 0 warns although it has no size, and a critical one is DeviationCritical's",
    series: [
      owner("payments"),
      ...deviation({ warning: always(1), critical: always(0) }),
      ...deviation({ warning: always(0), critical: always(1) }, always(0.4), { ...deviating, operation: "GET /pay" }),
    ],
    checks: [["1m", [confirmed("from a level of 0")]]],
  },
  {
    name: "pull requests and the overflow suite never warn",
    series: [{ branch: "pull_request" }, { suite: "__overflow__" }].flatMap((labels) =>
      deviation({ warning: always(1) }, always(0.4), { ...deviating, ...labels }),
    ),
    checks: [["30m", []]],
  },
];
