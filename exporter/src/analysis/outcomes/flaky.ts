/**
 * How flaky a test is: it passes and fails without a change of what it tests. The formulas are published in docs/outcomes.md. Pure.
 */
import { betaLower } from "../statistics/distributions.ts";

/** One run of a test, after its retries. Skipped runs are left out by the caller. */
export interface Execution {
  readonly passed: boolean;
  /** It failed first and passed on a retry within the run. */
  readonly passedOnRetry: boolean;
  /** Commit or version under test; undefined: not known. */
  readonly commit: string | undefined;
  /** Most cases of its run failed, see `suspectRuns`: not the test's own doing. */
  readonly isSuspect: boolean;
}

export interface FlakySettings {
  /** Newest runs that are looked at. */
  readonly window: number;
  /** With fewer runs a test is new. */
  readonly newBelow: number;
  /** So many proofs make a test flaky: one may be a coincidence. */
  readonly minimumProofs: number;
  /** So many failures at the end, without a proof among them, make it broken. */
  readonly brokenRuns: number;
}

export const FLAKY_SETTINGS: FlakySettings = { window: 50, newBelow: 5, minimumProofs: 2, brokenRuns: 3 };

/** `failing`: the newest run failed, and it is not known yet whether the test is broken or flaky. */
export const FLAKY_STATES = ["new", "stable", "failing", "flaky", "broken"] as const;
export type FlakyState = (typeof FLAKY_STATES)[number];

export interface Flakiness {
  readonly state: FlakyState;
  /** Proofs of runs, 0 to 1: how often the test says something else than its code. Undefined for a new test. */
  readonly score: number | undefined;
  /** 95 % interval of the rate behind the score (Jeffreys). */
  readonly interval: readonly [number, number] | undefined;
  /** Runs counted; suspect ones are not. */
  readonly runs: number;
  readonly failures: number;
  readonly proofs: {
    /** Runs that failed and passed on a retry. */
    readonly retries: number;
    /** On each commit with both outcomes, the rarer of the two. */
    readonly sameCommit: number;
    /** Failing episodes between passes beyond the first, which may be a defect that was mended. */
    readonly episodes: number;
  };
}

/** `executions` of one test on one branch, oldest first. */
export function flakiness(executions: readonly Execution[], settings: FlakySettings = FLAKY_SETTINGS): Flakiness {
  const counted = executions.filter(({ isSuspect }) => !isSuspect).slice(-settings.window);
  const runs = counted.length;
  const retries = counted.filter(({ passedOnRetry }) => passedOnRetry).length;
  const sameCommit = onSameCommit(counted);
  const proofs = { retries, sameCommit, episodes: Math.max(0, episodesOf(counted) - 1) };
  const failures = counted.filter(({ passed }) => !passed).length;
  if (runs < settings.newBelow) return { state: "new", score: undefined, interval: undefined, runs, failures, proofs };
  const total = Math.min(runs, retries + sameCommit + proofs.episodes);
  const last = counted.slice(-settings.brokenRuns);
  const isBroken =
    last.length === settings.brokenRuns && last.every(({ passed }) => !passed) && onSameCommit(counted, last) === 0;
  const calm = counted.at(-1)?.passed ? "stable" : "failing";
  return {
    state: isBroken ? "broken" : total >= settings.minimumProofs ? "flaky" : calm,
    score: total / runs,
    interval: rateInterval(total, runs),
    runs,
    failures,
    proofs,
  };
}

/** Over commits with both outcomes, the rarer outcome; `only`: of commits among these. A pass on retry is counted as such already. */
function onSameCommit(executions: readonly Execution[], only: readonly Execution[] = executions): number {
  const wanted = new Set(only.map(({ commit }) => commit));
  const byCommit = new Map<string, { passes: number; failures: number }>();
  for (const { commit, passed, passedOnRetry } of executions) {
    if (commit === undefined || !wanted.has(commit) || passedOnRetry) continue;
    const counts = byCommit.get(commit) ?? { passes: 0, failures: 0 };
    byCommit.set(commit, counts);
    if (passed) counts.passes++;
    else counts.failures++;
  }
  return [...byCommit.values()].reduce((sum, { passes, failures }) => sum + Math.min(passes, failures), 0);
}

/** Failing stretches with a pass before and after, across commits; those within one commit are counted there. */
function episodesOf(executions: readonly Execution[]): number {
  let episodes = 0;
  let lastPass: Execution | undefined;
  let hasFailed = false;
  for (const execution of executions) {
    if (!execution.passed) {
      hasFailed = lastPass !== undefined;
      continue;
    }
    const isOneCommit = lastPass?.commit !== undefined && lastPass.commit === execution.commit;
    if (hasFailed && !isOneCommit) episodes++;
    hasFailed = false;
    lastPass = execution;
  }
  return episodes;
}

/** 95 % interval of a rate after k of n: quantiles of Beta(k + 1/2, n - k + 1/2) (Brown, Cai, DasGupta 2001). */
export function rateInterval(k: number, n: number): readonly [number, number] {
  const quantile = (p: number): number => {
    let [low, high] = [0, 1];
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (betaLower(middle, k + 0.5, n - k + 0.5) < p) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  return [k === 0 ? 0 : quantile(0.025), k === n ? 1 : quantile(0.975)];
}

/** A run in which more than half of the cases failed, in a suite whose runs usually fail in less than a quarter, says nothing of its tests. */
export function suspectRuns(
  runs: readonly { readonly executed: number; readonly failed: number }[],
  minimumCases = 5,
): boolean[] {
  const ratios = runs.map(({ executed, failed }) => (executed >= minimumCases ? failed / executed : undefined));
  const known = ratios.filter((ratio) => ratio !== undefined).sort((a, b) => a - b);
  const usual = known[Math.floor((known.length - 1) / 2)];
  return ratios.map((ratio) => ratio !== undefined && ratio > 0.5 && usual !== undefined && usual < 0.25);
}
