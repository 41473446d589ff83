/** PlumblineDown: no replica answers for a minute. */
import { PLUMBLINE_JOB, quote } from "../promql.ts";
import { always, type Firing, HOUR, links, phases, type RuleTest } from "./support.ts";

const up = (instance: string): string => `up{job=${quote(PLUMBLINE_JOB)},instance=${quote(instance)}}`;
const down = (short: string, long: string): Firing => ({
  labels: {
    severity: "critical",
    kind: "plumbline",
    actions: "page",
    job: "plumbline",
    team: "platform",
    component: "plumbline",
  },
  annotations: {
    summary: `Plumbline is down: ${short}`,
    description:
      `Prometheus has had no data from Plumbline for 1m: ${long}. Alerts about tests and performance of all suites are ` +
      "blind until it is back.",
    ...links("PlumblineDown", "", "", "plumbline-self"),
  },
});
const noAnswer = down("no replica answers", "every replica of job plumbline fails its scrape (up is 0, limit 1)");

export const plumblineDown: readonly RuleTest[] = [
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
