/** Counters of hours, for the cases of the alerts about objectives: a sample a minute. */
import { CATALOGUE as M } from "../../../exporter/src/metrics/catalogue.ts";
import { HOUR, type Labels, type RuleTest, series, suite } from "./support.ts";

export const intervalSeconds = 60;

export interface Pace {
  readonly minutes: number;
  /** A minute. */
  readonly passed?: number;
  readonly failed?: number;
}

/** A counter that grows at each pace in turn. Its first sample is 0, as of every counter. */
function growing(paces: readonly Pace[], of: (pace: Pace) => number): string {
  let value = 0;
  return [
    "0",
    ...paces.map((pace) => {
      const step = of(pace);
      const from = value + step;
      value += step * pace.minutes;
      return `${from}+${step}x${pace.minutes - 1}`;
    }),
  ].join(" ");
}

/** Executed cases of a suite. */
export const executed = (paces: readonly Pace[], labels: Labels = suite): RuleTest["series"] => [
  [series(M.executions, { ...labels, result: "passed" }), growing(paces, ({ passed = 0 }) => passed)],
  [series(M.executions, { ...labels, result: "failed" }), growing(paces, ({ failed = 0 }) => failed)],
  [series(M.executions, { ...labels, result: "errored" }), growing(paces, () => 0)],
  // They are not executed.
  [series(M.executions, { ...labels, result: "skipped" }), growing(paces, () => 50)],
];

/** Reports that became known in time (`passed`) and late (`failed`). */
export const detected = (paces: readonly Pace[], instance: string): RuleTest["series"] => {
  const labels = { job: "plumbline", instance };
  return [
    [
      `${series(M.detectionDelay, labels).replace("{", "_count{")}`,
      growing(paces, ({ passed = 0, failed = 0 }) => passed + failed),
    ],
    [
      `${series(M.detectionDelay, { ...labels, le: "300.0" }).replace("{", "_bucket{")}`,
      growing(paces, ({ passed = 0 }) => passed),
    ],
  ];
};

export const shop: Labels = { project: "shop", environment: "ci", branch: "main" };
/** Of a project: its alerts have no suite, so no page of one. */
export const projectLinks = (name: string, branch = "main"): Labels => {
  const query = `project=shop&var-environment=ci&var-branch=${branch}`;
  return {
    runbook_url: `http://127.0.0.1:10970/runbooks/${name}`,
    dashboard_url: `http://127.0.0.1:3000/d/plumbline-trends?var-${query}`,
    alert_url: `http://127.0.0.1:10970/alerts?alertname=${name}&${query.replaceAll("var-", "")}`,
  };
};
export const ownedFor = (seconds: number): string => `1x${seconds / intervalSeconds}`;
export const LONG = 4 * HOUR;
