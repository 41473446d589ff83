/** What the load-test formats share that read a tool's summary: bad numbers, repeated operations, the totals of scenarios. */
import type { ReportSink } from "../model/format.ts";
import type { LoadResult } from "../model/load.ts";
import type { CaseResult, SuiteNode } from "../model/test.ts";
import { MAX_NAME } from "../model/test.ts";
import { OperationBudget, operationOf } from "./operation.ts";
import { cut, own, plain } from "./text.ts";

type Latency = LoadResult["latency"];

/** As the file states it; what it does not state, or what is no finite number >= 0, is left out. */
export interface StatedLoad extends Omit<Partial<LoadResult>, "latency"> {
  /** In seconds. */
  readonly latency?: { readonly [Stat in keyof Latency]: number | undefined };
  /** Not templated; undefined: all operations together. */
  readonly operation?: string | undefined;
  readonly method?: string | undefined;
}

/**
 * Collects a summary's results. Rows that become the same operation (`/users/1` and `/users/2`) are one: counts and rates are added,
 * `avg` is weighted, `min` and `max` stay; percentiles and deviations of several rows cannot be joined and are left out, with a
 * warning. A scenario without a stated total gets one from its operations by the same rules.
 */
export class LoadBook {
  readonly #sink: ReportSink;
  readonly #budget: OperationBudget;
  readonly #results = new Map<string, LoadResult>();
  readonly #joined = new Set<string>();
  #bad = 0;

  constructor(sink: ReportSink, budget = new OperationBudget(sink)) {
    this.#sink = sink;
    this.#budget = budget;
  }

  get size(): number {
    return this.#results.size;
  }

  add(stated: StatedLoad): void {
    const scenario = this.#budget.scenario(stated.scenario);
    const operation =
      stated.operation === undefined
        ? undefined
        : this.#budget.operation(scenario, operationOf(stated.operation, stated.method));
    const number = (value: number | undefined): number | undefined => {
      if (value === undefined || (Number.isFinite(value) && value >= 0)) return value;
      this.#bad++;
      return undefined;
    };
    const count = (value: number | undefined): number | undefined => {
      if (value === undefined || Number.isSafeInteger(value)) return number(value);
      this.#bad++;
      return undefined;
    };
    const latency = Object.entries(stated.latency ?? {}).flatMap(([stat, seconds]) => {
      const value = number(seconds);
      return value === undefined ? [] : [[stat, Number(value.toPrecision(12))] as const];
    });
    const requests = count(stated.requests);
    let failures = count(stated.failures);
    if (requests !== undefined && failures !== undefined && failures > requests) {
      this.#sink.warn({
        code: "SUMMARY_MISMATCH",
        message: `${operation ?? "all operations"}: ${failures} of ${requests} requests failed; taken as all of them`,
      });
      failures = requests;
    }
    const users = number(stated.users);
    const received = number(stated.receivedBytesPerSecond);
    const result: LoadResult = {
      scenario,
      operation,
      requests,
      failures,
      requestsPerSecond: number(stated.requestsPerSecond),
      ...(received === undefined ? {} : { receivedBytesPerSecond: received }),
      latency: Object.fromEntries(latency),
      ...(stated.slices === undefined || stated.slices.length === 0 ? {} : { slices: stated.slices }),
      ...(users === undefined ? {} : { users }),
    };
    const key = JSON.stringify([scenario, operation]);
    const there = this.#results.get(key);
    if (there !== undefined) this.#joined.add(operation ?? scenario ?? "all");
    this.#results.set(key, there === undefined ? result : joined(there, result));
  }

  /**
   * One operation that is all there is: the same numbers as the operation's, where it has a name, and as the total. Of several runs
   * one after the other the rates say nothing of all together.
   */
  addOnly(stated: StatedLoad, isOneOfSeveral = false): void {
    if (stated.operation !== undefined) this.add(stated);
    const rates = { requestsPerSecond: undefined, receivedBytesPerSecond: undefined };
    this.add({ ...stated, ...(isOneOfSeveral ? rates : {}), operation: undefined });
  }

  /** Emits operations, then totals. */
  emit(): void {
    if (this.#bad > 0)
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: `${this.#bad} numbers are negative, not finite or no counts, and were left out`,
      });
    if (this.#joined.size > 0)
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: `several rows of ${[...this.#joined].slice(0, 3).join(", ")}${this.#joined.size > 3 ? ", …" : ""} became one, whose percentiles are not known`,
      });
    const totals = new Map<string | undefined, LoadResult>();
    const stated: LoadResult[] = [];
    for (const result of this.#results.values()) {
      if (result.operation === undefined) stated.push(result);
      else {
        this.#sink.load?.(result);
        const sum = totals.get(result.scenario);
        const { slices: _, users: __, ...part } = { ...result, operation: undefined };
        totals.set(result.scenario, sum === undefined ? part : joined(sum, part));
      }
    }
    for (const total of stated) {
      this.#sink.load?.(total);
      totals.delete(total.scenario);
    }
    for (const total of totals.values()) this.#sink.load?.(total);
  }
}

function joined(a: LoadResult, b: LoadResult): LoadResult {
  const sum = (x: number | undefined, y: number | undefined): number | undefined =>
    x === undefined || y === undefined ? undefined : Number((x + y).toPrecision(12));
  const [min, max] = [a.latency.min, a.latency.max];
  const all = sum(a.requests, b.requests);
  const part = (of: LoadResult): number => (of.requests === 0 ? 0 : (of.latency.avg ?? Number.NaN) * of.requests!);
  const avg = all === undefined || all === 0 ? Number.NaN : (part(a) + part(b)) / all;
  return {
    scenario: a.scenario,
    operation: a.operation,
    requests: all,
    failures: sum(a.failures, b.failures),
    requestsPerSecond: sum(a.requestsPerSecond, b.requestsPerSecond),
    ...(a.receivedBytesPerSecond === undefined || b.receivedBytesPerSecond === undefined
      ? {}
      : { receivedBytesPerSecond: a.receivedBytesPerSecond + b.receivedBytesPerSecond }),
    latency: {
      ...(Number.isNaN(avg) ? {} : { avg: Number(avg.toPrecision(12)) }),
      ...(min === undefined || b.latency.min === undefined ? {} : { min: Math.min(min, b.latency.min) }),
      ...(max === undefined || b.latency.max === undefined ? {} : { max: Math.max(max, b.latency.max) }),
    },
  };
}

/** A pass criterion that the tool judged. */
export interface Threshold {
  readonly name: string;
  readonly passed: boolean;
  /** What it was that did not hold. */
  readonly message?: string | undefined;
}

/** As test cases of one suite `thresholds`. */
export function emitThresholds(sink: ReportSink, thresholds: readonly Threshold[]): void {
  if (thresholds.length === 0) return;
  const suite: SuiteNode = { name: "thresholds" };
  for (const { name, passed, message } of thresholds) {
    const shown = own(cut(plain(name).replace(/\s+/g, " ").trim(), MAX_NAME)) || "(unnamed)";
    const result: CaseResult = {
      suite,
      name: shown,
      ...(passed
        ? { outcome: "passed" as const }
        : {
            outcome: "failed" as const,
            failure: { message: message ?? `the threshold was crossed: ${shown}`, type: "threshold" },
          }),
    };
    sink.case(result);
  }
  sink.suite(suite, {});
}

/** Percentiles as tools name them (`p(95)`, `95%`, `p99_9`, `99.9`), as the statistics of the model; undefined: not among them. */
export function percentileOf(name: string): keyof Latency | undefined {
  const match = /^(?:p\(?|)(\d{1,3}(?:[._]\d{1,3})?)(?:\)|%|th)?$/i.exec(name.trim());
  if (match === null) return undefined;
  return PERCENTILES.get(Number(match[1]!.replace("_", ".")));
}
const PERCENTILES: ReadonlyMap<number, keyof Latency> = new Map([
  [50, "p50"],
  [75, "p75"],
  [90, "p90"],
  [95, "p95"],
  [99, "p99"],
  [99.9, "p999"],
  // Artillery's.
  [999, "p999"],
]);

/** Parts of a second as the tools write them, in seconds: exact where a multiplication would leave binary dust. */
export const fromMs = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : Number((milliseconds / 1000).toPrecision(15));
export const fromNanos = (nanos: number | undefined): number | undefined =>
  nanos === undefined ? undefined : Number((nanos / 1e9).toPrecision(15));
