/** Load results as rows: histogram and slices as JSON of columns, which takes a third of JSON of objects. */
import { AppError } from "../errors.ts";
import type { LatencyHistogram, LoadResult, LoadSlice } from "../model/load.ts";
import type { StoredLoad } from "../model/run.ts";
import type { LoadSummary } from "../model/store.ts";
import type { Sql } from "./statements.ts";

export interface LoadRow {
  seq: number;
  suite: string;
  scenario: string | null;
  operation: string | null;
  requests: number | null;
  failures: number | null;
  requests_per_second: number | null;
  received_bytes_per_second: number | null;
  users: number | null;
  latency: string;
  histogram: string | null;
  slices: string | null;
}

/** For `RunDetail`. */
export const LOAD_OF_RUN = "SELECT * FROM load_result WHERE run = ? ORDER BY seq";

/** The load results of one part, as they arrive. */
export class LoadRows {
  readonly #sql: Sql;
  readonly #run: number;
  readonly #suite: string;
  readonly #first: number;
  readonly #totals: { readonly seq: number; readonly scenario: string | undefined }[] = [];
  readonly #withOperations = new Set<string | undefined>();
  count = 0;

  constructor(sql: Sql, run: number, suite: string) {
    this.#sql = sql;
    this.#run = run;
    this.#suite = suite;
    this.#first = nextLoad(sql, run);
  }

  add(given: LoadResult): void {
    assertNumbers(given);
    const { requests, failures, requestsPerSecond, receivedBytesPerSecond, users, latency, histogram, slices } = given;
    const scenario = given.scenario?.toWellFormed();
    const seq = this.#first + this.count++;
    if (given.operation === undefined) this.#totals.push({ seq, scenario });
    else this.#withOperations.add(scenario);
    this.#sql("INSERT INTO load_result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      this.#run,
      seq,
      this.#suite,
      scenario ?? null,
      given.operation?.toWellFormed() ?? null,
      requests ?? null,
      failures ?? null,
      requestsPerSecond ?? null,
      receivedBytesPerSecond ?? null,
      users ?? null,
      JSON.stringify(latency),
      histogram === undefined ? null : JSON.stringify([histogram.bounds, histogram.counts, histogram.sum]),
      slices === undefined || slices.length === 0
        ? null
        : JSON.stringify(SLICE_COLUMNS.map((key) => slices.map((one) => one[key]))),
      1,
    );
  }

  /** When the part is whole: totals that its operations add up to are not counted. */
  end(): void {
    const uncount = this.#sql("UPDATE load_result SET counted = 0 WHERE run = ? AND seq = ?");
    for (const { seq, scenario } of this.#totals) if (this.#withOperations.has(scenario)) uncount.run(this.#run, seq);
  }

  /** Number of the part's first row. */
  get first(): number {
    return this.#first;
  }
}

const nextLoad = (sql: Sql, run: number): number =>
  (sql("SELECT coalesce(max(seq) + 1, 0) AS n FROM load_result WHERE run = ?").get(run) as { n: number }).n;

/** A parser's mistake must not become a counter that cannot be corrected. */
function assertNumbers({ operation = "all operations", latency, histogram, ...rest }: LoadResult): void {
  const refuse = (what: string): never => {
    throw new AppError("FORMAT_SCHEMA", `load result of ${operation}: ${what}`);
  };
  for (const key of ["requests", "failures"] as const)
    if (rest[key] !== undefined && !(Number.isSafeInteger(rest[key]) && rest[key] >= 0))
      refuse(`${key} is no count: ${rest[key]}`);
  for (const key of ["requestsPerSecond", "receivedBytesPerSecond", "users"] as const)
    if (rest[key] !== undefined && !Number.isFinite(rest[key])) refuse(`${key} is not a finite number`);
  for (const [stat, value] of Object.entries(latency))
    if (!Number.isFinite(value) || value < 0) refuse(`${stat} latency is no duration: ${value}`);
  if (histogram === undefined) return;
  const { bounds, counts, sum } = histogram;
  const whole = counts.length === bounds.length + 1 && counts.every((one) => Number.isSafeInteger(one) && one >= 0);
  if (!whole || !(Number.isFinite(sum) && sum >= 0)) refuse("its histogram is not whole");
}

const SLICE_COLUMNS = [
  "startedAtMs",
  "seconds",
  "requests",
  "failures",
  "avgSeconds",
  "p95Seconds",
  "users",
] as const satisfies readonly (keyof LoadSlice)[];

export function loadSummary(row: LoadRow): LoadSummary {
  return {
    scenario: row.scenario ?? undefined,
    operation: row.operation ?? undefined,
    requests: row.requests ?? undefined,
    failures: row.failures ?? undefined,
    requestsPerSecond: row.requests_per_second ?? undefined,
    receivedBytesPerSecond: row.received_bytes_per_second ?? undefined,
    latency: JSON.parse(row.latency) as LoadResult["latency"],
    users: row.users ?? undefined,
  };
}

export function storedLoad(row: LoadRow): StoredLoad {
  const { histogram, slices } = row;
  return {
    suite: row.suite,
    ...loadSummary(row),
    ...(histogram === null ? {} : { histogram: histogramOf(histogram) }),
    ...(slices === null ? {} : { slices: slicesOf(slices) }),
  };
}

export function histogramOf(text: string): LatencyHistogram {
  const [bounds, counts, sum] = JSON.parse(text) as [number[], number[], number];
  return { bounds, counts, sum };
}

function slicesOf(text: string): LoadSlice[] {
  const [started, seconds, requests, failures, avg, p95, users] = JSON.parse(text) as (number | null)[][];
  return started!.map((startedAtMs, i) => ({
    startedAtMs: startedAtMs!,
    seconds: seconds![i]!,
    requests: requests![i]!,
    failures: failures![i]!,
    avgSeconds: avg![i] ?? undefined,
    p95Seconds: p95![i] ?? undefined,
    users: users![i] ?? undefined,
  }));
}
