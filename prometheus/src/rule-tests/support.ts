/**
 * Cases for `promtool test rules`, written to prometheus/tests/. They hold for the default configuration, and their
 * expected messages are written out here, not taken from the rules, so that a changed message is a change someone sees.
 */
import { type Family, CATALOGUE as M, ref } from "../../../exporter/src/metrics/catalogue.ts";
import { PLUMBLINE_JOB, quote } from "../promql.ts";

export type Labels = Readonly<Record<string, string>>;

export interface Firing {
  readonly labels: Labels;
  readonly annotations: Labels;
}

export interface RuleTest {
  /** The sentence that fails. */
  readonly name: string;
  readonly series: readonly (readonly [series: string, values: string])[];
  /** What fires at which moment; an empty list: nothing may. */
  readonly checks: readonly (readonly [at: string, firing: readonly Firing[]])[];
}

/** As shipped: one sample per scrape. */
export const INTERVAL_SECONDS = 5;

/** `phases(["80", 600], ["100", 60])`: 80 for ten minutes, then 100 for one. A value may be `_` (no sample) or `a+b`. */
export function phases(...parts: readonly (readonly [value: string | number, seconds: number])[]): string {
  return parts
    .map(([value, seconds]) => {
      const samples = seconds / INTERVAL_SECONDS;
      if (value === "_") return `_x${samples}`;
      return samples === 1 ? `${value}` : `${value}x${samples - 1}`;
    })
    .join(" ");
}
export const HOUR = 3600;
export const MINUTE = 60;
export const always = (value: string | number): string => phases([value, HOUR]);

export const suite: Labels = { project: "shop", suite: "api", environment: "ci", branch: "main" };
export const onReplica = (instance: string, labels: Labels): Labels => ({ ...labels, job: PLUMBLINE_JOB, instance });

export function series(family: Family, labels: Labels): string {
  const all = "job" in labels ? labels : onReplica("plumbline:10970", labels);
  return `${ref(family)}{${Object.entries(all)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(",")}}`;
}

/** The newest run's cases; each result is a constant or a text of phases. */
export function lastRun(
  cases: Partial<Record<"passed" | "failed" | "errored" | "skipped", string | number>>,
  labels: Labels = suite,
): (readonly [string, string])[] {
  return (["passed", "failed", "errored", "skipped"] as const).map((result) => {
    const values = cases[result] ?? 0;
    return [series(M.lastRunCases, { ...labels, result }), typeof values === "number" ? always(values) : values];
  });
}

/** The newest run's status, in phases. */
export function statuses(
  ...parts: readonly (readonly [status: string, seconds: number])[]
): (readonly [string, string])[] {
  return [...new Set(parts.map(([status]) => status))].map((status) => [
    series(M.lastRunStatus, { ...suite, status }),
    phases(...parts.map(([name, seconds]) => [name === "" ? "_" : name === status ? 1 : 0, seconds] as const)),
  ]);
}

export function executions(passed: string, failed: string, labels: Labels = suite): (readonly [string, string])[] {
  return [
    [series(M.executions, { ...labels, result: "passed" }), passed],
    [series(M.executions, { ...labels, result: "failed" }), failed],
    [series(M.executions, { ...labels, result: "errored" }), always(0)],
    [series(M.executions, { ...labels, result: "skipped" }), always(0)],
  ];
}

export const owner = (team: string, labels: Labels = suite, values = always(1)): readonly [string, string] => [
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

/** `query` as of `apiQuery`; `at`: when the newest run ended, as the message says it. */
export const links = (name: string, query = "", at = "", dashboard = "plumbline-live"): Labels => ({
  runbook_url: `http://127.0.0.1:10970/runbooks/${name}`,
  dashboard_url: `http://127.0.0.1:3000/d/${dashboard}${query}`,
  alert_url: `http://127.0.0.1:10970/alerts?alertname=${name}${query.replace("?", "&").replaceAll("var-", "")}`,
  ...(query === ""
    ? {}
    : { run_url: `http://127.0.0.1:10970/${query.replaceAll("var-", "")}${at === "" ? "" : `&at=${at}`}` }),
});
export const apiQuery = "?var-project=shop&var-suite=api&var-environment=ci&var-branch=main";
export const unowned: Labels = { team: "unowned", component: "" };
