/** The rules of runs, parts and counters once more, as plainly as they can be said. */
import type { Attempt, CaseResult, Outcome, OutcomeCounts } from "../../model/test.ts";
import { noCounts } from "../../model/test.ts";
import { HANG_MS, keyOf, type PartSpec } from "./support.ts";

interface Run {
  key: { project: string; environment: string; runId: string };
  branchLabel: string;
  history: boolean;
  parts: Map<string, PartSpec>;
  expected: number | undefined;
  dueMs: number | undefined;
  complete: boolean;
  partial: boolean;
  status: string;
  /** By suite: end, and results by test, the one that decides last. */
  suites: Map<string, { endedAtMs: number; startedAtMs: number; tests: Map<string, Said[]> }>;
}
/** A result and the line of parts (`x` and its retry `x#2`) that said it. */
type Said = Attempt & { line: string };
const BADNESS = ["skipped", "passed", "failed", "errored"];
const badness = (one: Attempt | undefined): number => BADNESS.indexOf(one?.outcome ?? "");
const text = (spec: PartSpec): string => JSON.stringify(keyOf(spec));
const isBad = (attempt: Attempt | undefined): boolean =>
  attempt?.outcome === "failed" || attempt?.outcome === "errored";

/** Within a line the last result counts, over all lines the worst; it goes to the end. */
function decided(results: readonly Said[]): Said[] {
  const newest = results.at(-1)!;
  const lasts = [...new Map(results.map((one) => [one.line, one])).values()];
  const worst = Math.max(...lasts.map(badness));
  if (badness(newest) === worst) return [...results];
  const deciding = results.findLast((one) => lasts.includes(one) && badness(one) === worst)!;
  return [...results.filter((one) => one !== deciding), deciding];
}

/** A retry is no part of its own. */
const lines = (run: Run): number => new Set([...run.parts.keys()].map((part) => part.split("#")[0])).size;

function statusOf(run: Run): string {
  const finals = [...run.suites.values()].flatMap(({ tests }) => [...tests.values()].map((one) => one.at(-1)!.outcome));
  if (run.partial) return "partial";
  if (finals.includes("failed")) return "failed";
  return finals.includes("errored") || !finals.includes("passed") ? "errored" : "passed";
}

export class Model {
  readonly #runs = new Map<string, Run>();
  readonly #counters = new Map<string, number>();

  has = (spec: PartSpec): boolean => this.#runs.has(text(spec));
  hasPart = (spec: PartSpec): boolean => this.#runs.get(text(spec))?.parts.has(spec.part!) === true;
  aPartOf(spec: PartSpec): PartSpec | undefined {
    const part = this.#runs.get(text(spec))?.parts.values().next().value;
    return part && { ...part, ...keyOf(spec) };
  }

  put(spec: PartSpec, nowMs: number): void {
    const run: Run = this.#runs.get(text(spec)) ?? {
      key: keyOf(spec),
      branchLabel: spec.branchLabel!,
      history: spec.history!,
      parts: new Map(),
      expected: undefined,
      dueMs: undefined,
      complete: false,
      partial: false,
      status: "running",
      suites: new Map(),
    };
    this.#runs.set(text(spec), run);
    run.parts.set(spec.part!, spec);
    const endedAtMs = spec.meta!.endedAtMs!;
    const newSuite = !run.suites.has(spec.suite!);
    const suite = run.suites.get(spec.suite!) ?? { endedAtMs, startedAtMs: endedAtMs - 1000, tests: new Map() };
    run.suites.set(spec.suite!, suite);
    suite.endedAtMs = Math.max(suite.endedAtMs, endedAtMs);
    suite.startedAtMs = Math.min(suite.startedAtMs, endedAtMs - 1000);
    for (const one of spec.cases as CaseResult[]) {
      const before = suite.tests.get(one.name) ?? [];
      const line = spec.part!.split("#")[0]!;
      const now = decided([...before, ...[...(one.earlierAttempts ?? []), one].map((said) => ({ ...said, line }))]);
      suite.tests.set(one.name, now);
      if (run.complete) this.#countCase(run, spec.suite!, now, before, line);
    }
    if (run.complete) {
      const { status } = run;
      run.status = statusOf(run);
      if (status === "passed" && run.status !== "passed") this.#add(run, "runs", "", run.status, 1);
      if (newSuite) this.#countSuite(run, spec.suite!);
      this.#countLoad(run, spec);
      return;
    }
    const { completion } = spec;
    if (completion!.when === "parts") run.expected = completion!.parts;
    run.dueMs = nowMs + (completion!.when === "quiet" && run.expected === undefined ? completion!.quietMs : HANG_MS);
    if (completion!.when === "now" || (run.expected !== undefined && lines(run) >= run.expected)) this.#complete(run);
  }

  finish(spec: PartSpec): void {
    const run = this.#runs.get(text(spec));
    if (run !== undefined && !run.complete) this.#end(run);
  }
  tick(nowMs: number): void {
    for (const run of this.#runs.values())
      if (!run.complete && run.dueMs !== undefined && run.dueMs <= nowMs) this.#end(run);
  }
  delete(spec: PartSpec): void {
    this.#runs.delete(text(spec));
  }
  move(spec: PartSpec, to: PartSpec): string {
    const run = this.#runs.get(text(spec));
    if (run === undefined) return "NOT_FOUND";
    if (this.#runs.has(text(to)) && text(to) !== text(spec)) return "STORE_CONFLICT";
    this.#runs.delete(text(spec));
    run.key = keyOf(to);
    this.#runs.set(text(to), run);
    return "resolved";
  }

  /** Nothing more is expected of it: what has not come is missing. */
  #end(run: Run): void {
    run.partial = run.expected !== undefined && lines(run) < run.expected;
    this.#complete(run);
  }
  #complete(run: Run): void {
    run.complete = true;
    run.status = statusOf(run);
    for (const [suite, { tests }] of run.suites) {
      for (const results of tests.values()) this.#countCase(run, suite, results, []);
      this.#countSuite(run, suite);
    }
    this.#add(run, "runs", "", run.status, 1);
    for (const part of run.parts.values()) this.#countLoad(run, part);
  }

  /** Operations, and totals of scenarios without one; the total of everything where no part of the suite names an operation. */
  #countLoad(run: Run, { suite, load = [] }: PartSpec): void {
    const all = [...run.parts.values()].flatMap((part) => (part.suite === suite ? (part.load ?? []) : []));
    for (const { scenario, operation, requests, failures, histogram } of load) {
      if (operation === undefined && load.some((one) => one.scenario === scenario && one.operation !== undefined))
        continue;
      if (scenario === undefined && operation === undefined && all.some((one) => one.operation !== undefined)) continue;
      const labels = `${scenario ?? ""}|${operation ?? "__all__"}`;
      if (requests !== undefined) this.#add(run, "load_requests", suite!, labels, requests);
      if (failures !== undefined) this.#add(run, "load_failures", suite!, labels, failures);
      if (histogram === undefined) continue;
      this.#add(
        run,
        "load_latency",
        suite!,
        `${labels} count`,
        histogram.counts.reduce((sum, one) => sum + one, 0),
      );
      this.#add(run, "load_latency", suite!, `${labels} sum`, histogram.sum);
    }
  }

  /** A case of a complete run: all of it when the run did not have it, else what its new results add. */
  #countCase(run: Run, suite: string, now: readonly Said[], before: readonly Said[], only?: string): void {
    for (const line of new Set(now.map((one) => one.line))) {
      if (only !== undefined && line !== only) continue;
      const said = now.filter((one) => one.line === line);
      const known = before.filter((one) => one.line === line);
      this.#add(run, "retries", suite, "", said.length - Math.max(1, known.length));
      const recovered = known.some((one, i) => one.outcome === "passed" && known.slice(0, i).some(isBad));
      const last = said.at(-1)!;
      if (last.outcome === "passed" && said.some(isBad) && !recovered) this.#add(run, "flaky", suite, "retry", 1);
    }
    const final = now.at(-1)!;
    const worse = badness(final) > badness(before.at(-1)) && isBad(final);
    if (before.length > 0 && !worse) return;
    this.#add(run, "executions", suite, final.outcome, 1);
    if (isBad(final)) this.#add(run, "errors", suite, "assertion", 1);
    if (before.length > 0) return;
    if (final.outcome !== "skipped" && final.durationSeconds !== undefined) {
      this.#add(run, "case_duration", suite, "count", 1);
      this.#add(run, "case_duration", suite, "sum", final.durationSeconds);
    }
  }
  #countSuite(run: Run, suite: string): void {
    const { startedAtMs, endedAtMs } = run.suites.get(suite)!;
    this.#add(run, "run_duration", suite, "count", 1);
    this.#add(run, "run_duration", suite, "sum", (endedAtMs - startedAtMs) / 1000);
  }
  #add(run: Run, name: string, suite: string, child: string, by: number): void {
    if (run.history) return;
    const key = `${name} ${run.key.project}/${suite}/${run.key.environment}/${run.branchLabel} ${child}`.trimEnd();
    this.#counters.set(key, (this.#counters.get(key) ?? 0) + by);
  }

  /** Without zeros, as `support.countersOf`; a histogram's sum is there with its count. */
  counters(): Record<string, number> {
    const rows = [...this.#counters].map(([key, value]) => [key, Math.round(value * 1e6) / 1e6] as const);
    return Object.fromEntries(rows.filter(([key, value]) => value !== 0 || key.endsWith(" sum")));
  }

  newest(): Record<string, string> {
    const found: Record<string, { runId: string; endedAtMs: number }> = {};
    for (const run of this.#runs.values()) {
      if (!run.complete || run.branchLabel === "pull_request") continue;
      for (const [suite, { endedAtMs }] of run.suites) {
        const scope = `${run.key.project}/${suite}/${run.key.environment}/${run.branchLabel}`;
        if (found[scope] === undefined || endedAtMs > found[scope].endedAtMs)
          found[scope] = { runId: run.key.runId, endedAtMs };
      }
    }
    return Object.fromEntries(Object.entries(found).map(([scope, { runId }]) => [scope, runId]));
  }

  totals(): { runs: number; counts: OutcomeCounts } {
    const counts = noCounts();
    for (const run of this.#runs.values())
      for (const { tests } of run.suites.values())
        for (const attempts of tests.values()) counts[attempts.at(-1)!.outcome as Outcome]++;
    return { runs: this.#runs.size, counts };
  }
}
