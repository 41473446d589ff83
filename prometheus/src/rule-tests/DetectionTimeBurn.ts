/** DetectionTimeBurn: too many runs are known only after five minutes. */
import { detected, intervalSeconds } from "./burning.ts";
import { type Firing, links, type RuleTest } from "./support.ts";

const late = (part: string): Firing => ({
  labels: { severity: "warning", kind: "plumbline", team: "platform", component: "plumbline" },
  annotations: {
    summary: `${part} of runs became known later than 5m after their end, limit 5%`,
    description:
      `${part} of the reports of the last hours or days were stored later than 5m after their end, and new ones still are. The objective ` +
      "is that 95% are known in time over 30 days, the limit 5% late. Until a run is known no alert about it can fire.",
    ...links("DetectionTimeBurn", "", "", "plumbline-self"),
  },
});

export const detectionTimeBurn: readonly RuleTest[] = [
  {
    name: "one late of forty is within the objective",
    intervalSeconds,
    series: [...detected([{ minutes: 120, passed: 39, failed: 1 }], "a")],
    checks: [["2h", []]],
  },
  {
    name: "half of them late warns from 20 on, counted over all replicas, and resolves when new ones are in time",
    intervalSeconds,
    series: [
      ...detected(
        [
          { minutes: 20, passed: 1 },
          { minutes: 10, failed: 1 },
          { minutes: 200, passed: 1 },
        ],
        "a",
      ),
      ...detected(
        [
          { minutes: 20, passed: 1 },
          { minutes: 10, failed: 1 },
          { minutes: 200, passed: 1 },
        ],
        "b",
      ),
    ],
    checks: [
      ["20m", []],
      ["29m", [late("27.78%")]],
      ["3h45m", []],
    ],
  },
  {
    name: "fewer than 20 runs never warn",
    intervalSeconds,
    series: [...detected([{ minutes: 18, failed: 1 }, { minutes: 60 }], "a")],
    checks: [["18m", []]],
  },
  {
    name: "a replica that starts anew counts from zero again, and nothing is late by that",
    intervalSeconds,
    series: detected([{ minutes: 30, passed: 5 }], "a").map(
      ([name, values]) => [name, `${values} 0 ${values.replace(/^0 /, "")}`] as const,
    ),
    checks: [["1h", []]],
  },
];
