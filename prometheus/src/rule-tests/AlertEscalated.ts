/**
 * AlertEscalated: nobody acknowledged. The same cases hold for both engines (exporter/test/integration/rules.test.ts runs them twice), so
 * each holds what either reads: the numbers that make an alert fire, and the level that Plumbline keeps of it.
 */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import { FOREIGN } from "../foreign.ts";
import { deviating, deviation } from "./deviations.ts";
import {
  type Firing,
  HOUR,
  type Labels,
  links,
  onReplica,
  owner,
  phasesEvery,
  type RuleTest,
  series,
  suite,
} from "./support.ts";
import { judged, latency } from "./targets.ts";

const intervalSeconds = 15;
const phases = phasesEvery(intervalSeconds);
const MINUTE = 60;
const LONG = 2 * HOUR;
/** What a scrape no longer finds: Prometheus marks its end, so nothing looks back to it. */
const GONE = ["stale", intervalSeconds] as const;
const up: RuleTest["series"][number] = [
  series({ ...M.seriesLimit, name: FOREIGN.up }, onReplica("a", {})),
  phases([1, LONG]),
];
const own = owner("payments", suite, phases([1, LONG]));

/** A critical deviation, which fires without delay. */
const critical = (values: string, labels: Labels = deviating): RuleTest["series"] =>
  deviation({ critical: values }, phases([0.4, LONG]), labels);
const level = (
  source: string,
  values: string,
  scope: Labels = suite,
  team = "payments",
): RuleTest["series"][number] => [
  series(M.alertEscalationLevel, onReplica("a", { ...scope, team, source_alert: source })),
  values,
];
const acknowledged = (source: string, values: string, scope: Labels = suite): RuleTest["series"][number] => [
  series(M.alertAcknowledged, onReplica("a", { ...scope, source_alert: source })),
  values,
];

function escalated(of: 2 | 3, source: string, scope: Labels = suite, team = "payments"): Firing {
  const who = of === 2 ? "team lead" : "management";
  const after = of === 2 ? "15m" : "1h";
  const where = "suite" in scope ? "shop/api (main, ci)" : "Plumbline";
  const narrowed = "suite" in scope ? "&project=shop&suite=api&environment=ci&branch=main" : "";
  return {
    labels: {
      ...scope,
      source_alert: source,
      escalation_level: String(of),
      severity: "critical",
      kind: "escalation",
      team,
    },
    annotations: {
      summary: `Level ${of}, ${who}: ${source} of ${where} not acknowledged for ${after}`,
      description:
        `${source} of ${where} has been firing for ${after} and nobody has acknowledged it (limit of level ${of}, ${who}: ${after}). ` +
        "Acknowledge it on the page of the alert, or with plumbline alerts ack; it says what to do: " +
        `http://127.0.0.1:10970/runbooks/${source}`,
      ...links("AlertEscalated"),
      alert_url: `http://127.0.0.1:10970/alerts?alertname=${source}${narrowed}`,
    },
  };
}

export const alertEscalated: readonly RuleTest[] = [
  {
    name: "nothing climbs that does not fire, was acknowledged, or is a warning",
    intervalSeconds,
    series: [
      up,
      own,
      ...critical(phases([1, LONG])),
      acknowledged("DeviationCritical", phases([1, LONG])),
      level("DeviationCritical", phases([0, LONG])),
      ...deviation({ warning: phases([1, LONG]) }, phases([0.1, LONG]), { ...deviating, operation: "GET /b" }),
      level("DeviationConfirmed", phases([1, LONG])),
    ],
    checks: [["20m", []]],
  },
  {
    name: "level 2 after 15 minutes, level 3 beside it after an hour, both until the alert ends",
    intervalSeconds,
    series: [
      up,
      own,
      ...critical(phases([0, 300], [1, 65 * MINUTE], [0, HOUR])),
      // Prometheus resolves the alert 2 minutes after its condition.
      level("DeviationCritical", phases(["_", 300], [1, 15 * MINUTE], [2, 45 * MINUTE], [3, 7 * MINUTE], GONE)),
    ],
    checks: [
      ["19m45s", []],
      ["20m", [escalated(2, "DeviationCritical")]],
      ["64m45s", [escalated(2, "DeviationCritical")]],
      ["65m", [escalated(2, "DeviationCritical"), escalated(3, "DeviationCritical")]],
      ["71m45s", [escalated(2, "DeviationCritical"), escalated(3, "DeviationCritical")]],
      ["72m15s", []],
    ],
  },
  {
    name: "acknowledged it ends at once; taken back, it is where its age is",
    intervalSeconds,
    series: [
      up,
      own,
      ...critical(phases([1, LONG])),
      acknowledged("DeviationCritical", phases(["_", 20 * MINUTE], [1, 10 * MINUTE], GONE)),
      level("DeviationCritical", phases([1, 15 * MINUTE], [2, 5 * MINUTE], [0, 10 * MINUTE], [2, HOUR])),
    ],
    checks: [
      ["14m45s", []],
      ["19m45s", [escalated(2, "DeviationCritical")]],
      ["20m", []],
      ["29m45s", []],
      ["30m15s", [escalated(2, "DeviationCritical")]],
    ],
  },
  {
    name: "levels count from the moment the alert fires, not from that of its condition",
    intervalSeconds,
    series: [
      up,
      own,
      ...judged(latency, { value: 0.6, red: phases([1, LONG]), target: 0.25, critical: 0.5 }).map(
        ([name]) => [name, name.includes("yellow") ? phases([0, LONG]) : phases([1, LONG])] as const,
      ),
      level("TargetCritical", phases(["_", MINUTE], [1, 15 * MINUTE], [2, HOUR])),
    ],
    checks: [
      ["15m45s", []],
      ["16m", [escalated(2, "TargetCritical")]],
    ],
  },
  {
    name: "an alert about no suite climbs too, and stays acknowledged while Plumbline is down",
    intervalSeconds,
    series: [
      [series({ ...M.seriesLimit, name: FOREIGN.up }, onReplica("a", {})), phases([1, 40 * MINUTE], [0, HOUR])],
      [`${FOREIGN.alertmanagersDiscovered}{instance="prometheus:9090"}`, phases([0, LONG])],
      level(
        "AlertsDropped",
        phases(["_", MINUTE], [1, 15 * MINUTE], [2, 14 * MINUTE], [0, 10 * MINUTE], GONE),
        {},
        "platform",
      ),
      acknowledged("AlertsDropped", phases(["_", 30 * MINUTE], [1, 10 * MINUTE], GONE), {}),
    ],
    checks: [
      ["15m45s", []],
      ["16m", [escalated(2, "AlertsDropped", {}, "platform")]],
      ["31m", []],
      ["55m45s", []],
      // The outage itself nobody can count but Prometheus.
      ["56m", [escalated(2, "PlumblineDown", {}, "platform")]],
    ],
  },
  {
    name: "an outage of Plumbline brings back nothing that was over before it: no climb, and no acknowledgement",
    intervalSeconds,
    series: [
      [series({ ...M.seriesLimit, name: FOREIGN.up }, onReplica("a", {})), phases([1, 40 * MINUTE], [0, HOUR])],
      own,
      // Over for 18 minutes when the outage begins.
      ...critical(phases([1, 20 * MINUTE], [0, 2 * HOUR])),
      level("DeviationCritical", phases([1, 15 * MINUTE], [2, 7 * MINUTE], GONE)),
      // Acknowledged before its condition came anew.
      [
        `${FOREIGN.alertmanagersDiscovered}{instance="prometheus:9090"}`,
        phases([0, 10 * MINUTE], [1, 10 * MINUTE], [0, 2 * HOUR]),
      ],
      acknowledged("AlertsDropped", phases(["_", 5 * MINUTE], [1, 8 * MINUTE], GONE), {}),
      level(
        "AlertsDropped",
        phases(
          ["_", MINUTE],
          [1, 4 * MINUTE],
          [0, 8 * MINUTE],
          ["_", 8 * MINUTE],
          [1, 15 * MINUTE],
          [2, 4 * MINUTE],
          GONE,
        ),
        {},
        "platform",
      ),
    ],
    checks: [
      ["21m", [escalated(2, "DeviationCritical")]],
      ["35m45s", []],
      ["36m", [escalated(2, "AlertsDropped", {}, "platform")]],
      ["41m", [escalated(2, "AlertsDropped", {}, "platform")]],
      ["55m", [escalated(2, "AlertsDropped", {}, "platform")]],
    ],
  },
  {
    name: "many operations are one matter, two replicas tell of it once, and 45 seconds without a scrape do not end it",
    intervalSeconds,
    series: [
      up,
      own,
      ...["GET /a", "GET /b"].flatMap((operation) => [
        ...critical(phases([1, 18 * MINUTE], ["_", 45], [1, HOUR]), { ...deviating, operation }),
      ]),
      ...["a", "b"].map(
        (instance) =>
          [
            series(
              M.alertEscalationLevel,
              onReplica(instance, { ...suite, team: "payments", source_alert: "DeviationCritical" }),
            ),
            phases([1, 15 * MINUTE], [2, 3 * MINUTE], ["_", 45], [2, HOUR]),
          ] as const,
      ),
    ],
    checks: [
      ["15m", [escalated(2, "DeviationCritical")]],
      ["18m45s", [escalated(2, "DeviationCritical")]],
      ["20m", [escalated(2, "DeviationCritical")]],
    ],
  },
];
