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
  /** Of samples and evaluations, the same in all cases of an alert; left out: as shipped. Windows of hours are quicker with more. */
  readonly intervalSeconds?: number;
  readonly series: readonly (readonly [series: string, values: string])[];
  /** What fires at which moment; an empty list: nothing may. */
  readonly checks: readonly (readonly [at: string, firing: readonly Firing[]])[];
}

/** As shipped: one sample per scrape. */
export const INTERVAL_SECONDS = 5;

type Phase = readonly [value: string | number, seconds: number];
export const phasesEvery =
  (intervalSeconds: number) =>
  (...parts: readonly Phase[]): string =>
    parts
      .map(([value, seconds]) => {
        const samples = seconds / intervalSeconds;
        if (value === "_") return `_x${samples}`;
        return samples === 1 ? `${value}` : `${value}x${samples - 1}`;
      })
      .join(" ");
/** `phases(["80", 600], ["100", 60])`: 80 for ten minutes, then 100 for one. A value may be `_` (no sample) or `a+b`. */
export const phases = phasesEvery(INTERVAL_SECONDS);
export const HOUR = 3600;
export const MINUTE = 60;
export const always = (value: string | number): string => phases([value, HOUR]);

export const suite: Labels = { project: "shop", suite: "api", environment: "ci", branch: "main" };
/** A suite's name with all that breaks templates, queries, pages and links that do not take care. */
export const HOSTILE = 'a"b\\c\n{{ $value }}<b>&%s`';
export const HOSTILE_IN_URL = "a%22b%5Cc%0A%7B%7B+%24value+%7D%7D%3Cb%3E%26%25s%60";
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

/** What the newest run of a suite is for a while; no status: there is none yet. */
export interface NewestRun {
  readonly seconds: number;
  readonly status?: string;
  readonly passed?: number;
  readonly failed?: number;
  readonly errored?: number;
  readonly skipped?: number;
  /** When it ended; left out: when it becomes the newest, but never 0, which rules take for no moment. */
  readonly end?: number;
}

/** Everything that /metrics says of a suite's newest run: cases, status and end. */
export function newestRuns(labels: Labels, ...runs: readonly NewestRun[]): (readonly [string, string])[] {
  const values = (of: (run: NewestRun, start: number) => number): string => {
    let start = 0;
    return phases(
      ...runs.map((run) => {
        const value = run.status === undefined ? "_" : of(run, start);
        start += run.seconds;
        return [value, run.seconds] as const;
      }),
    );
  };
  const known = [...new Set(runs.flatMap(({ status }) => status ?? []))];
  return [
    ...(["passed", "failed", "errored", "skipped"] as const).map(
      (result) => [series(M.lastRunCases, { ...labels, result }), values((run) => run[result] ?? 0)] as const,
    ),
    ...known.map(
      (status) =>
        [series(M.lastRunStatus, { ...labels, status }), values((run) => (run.status === status ? 1 : 0))] as const,
    ),
    [series(M.lastRunEnd, labels), values((run, start) => run.end ?? Math.max(1, start))],
  ];
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
