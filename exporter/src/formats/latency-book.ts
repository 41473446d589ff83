/** Raw samples of a load test, per scenario and operation, in flat memory. */
import type { Limits, ReportSink } from "../model/format.ts";
import type { LoadResult } from "../model/load.ts";
import { Distribution, EXACT_SAMPLES, EXACT_TOTAL, tidy } from "./distribution.ts";
import { binOf } from "./latency-sketch.ts";
import { Slices } from "./latency-slices.ts";
import { OperationBudget, operationOf } from "./operation.ts";
import { own } from "./text.ts";

/** What is known of one operation; `LatencyBook.series` gives them out. */
export class LatencySeries {
  readonly scenario: string | undefined;
  readonly operation: string | undefined;
  readonly #slices: Slices | undefined;
  readonly #bounds: readonly number[];
  readonly #buckets: Float64Array;
  readonly #latencies: Distribution;
  failures = 0;
  bytes = 0;
  /** The most there were at once. */
  users: number | undefined;
  startMs = Number.POSITIVE_INFINITY;
  endMs = Number.NEGATIVE_INFINITY;

  constructor(
    place: { scenario: string | undefined; operation: string | undefined },
    bounds: readonly number[],
    slices: Slices | undefined,
    exactMax = EXACT_SAMPLES,
  ) {
    this.scenario = place.scenario;
    this.operation = place.operation;
    this.#slices = slices;
    this.#bounds = bounds;
    this.#buckets = new Float64Array(bounds.length + 1);
    this.#latencies = new Distribution(exactMax);
  }

  get count(): number {
    return this.#latencies.count;
  }

  /** A request that took so long, 0 or more, and ended then (undefined: not known when). */
  add(endedAtMs: number | undefined, seconds: number, failed: boolean): void {
    const bin = binOf(seconds);
    if (endedAtMs !== undefined) {
      if (endedAtMs > this.endMs) this.endMs = endedAtMs;
      const startedAtMs = endedAtMs - seconds * 1000;
      if (startedAtMs < this.startMs) this.startMs = startedAtMs;
      this.#slices?.add(endedAtMs, seconds, bin, failed);
    }
    if (failed) this.failures++;
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++;
    this.#buckets[bucket]!++;
    this.#latencies.add(seconds, bin);
  }

  /** Tools that tell of a failure apart from the latency. */
  fail(atMs: number | undefined): void {
    this.failures++;
    if (atMs !== undefined) this.#slices?.fail(atMs);
  }

  sawUsers(atMs: number | undefined, users: number): void {
    if (!(users <= (this.users ?? -1))) this.users = users;
    if (atMs !== undefined) this.#slices?.users(atMs, users);
  }

  /** Everything but the slices, which series of one scenario share. */
  merge(other: LatencySeries): void {
    this.#latencies.merge(other.#latencies);
    this.failures += other.failures;
    this.bytes += other.bytes;
    this.startMs = Math.min(this.startMs, other.startMs);
    this.endMs = Math.max(this.endMs, other.endMs);
    if (other.users !== undefined) this.users = Math.max(this.users ?? 0, other.users);
    other.#buckets.forEach((inBucket, i) => {
      this.#buckets[i]! += inBucket;
    });
  }

  /** Of all samples; empty without any. */
  latency(): LoadResult["latency"] {
    return this.#latencies.stats() ?? {};
  }

  histogram(): LoadResult["histogram"] {
    return this.count === 0
      ? undefined
      : { bounds: this.#bounds, counts: [...this.#buckets], sum: Number(this.#latencies.sum.toPrecision(15)) };
  }
}

export interface BookFacts {
  /** Whether the report says which requests failed; failures are undefined without. */
  readonly knowsFailures: boolean;
  /** Bytes received are told per request. */
  readonly knowsBytes?: boolean;
  /** False: its times are too coarse for how short the test was. */
  readonly knowsRates?: boolean;
  /** How long the tool says the test took; undefined: from the first begin to the last end. */
  readonly seconds?: number | undefined;
}

const MAX_RECENT = 2_000;

/** All operations of a report, with a total per scenario. */
export class LatencyBook {
  readonly #sink: ReportSink;
  readonly #bounds: readonly number[];
  readonly #budget: OperationBudget;
  readonly #series = new Map<string, LatencySeries>();
  readonly #slices = new Map<string | undefined, Slices>();
  /** By what was asked for, so that names are not templated again and again. */
  readonly #recent = new Map<string, LatencySeries>();

  constructor(sink: ReportSink, limits: Limits, budget = new OperationBudget(sink)) {
    this.#sink = sink;
    this.#bounds = limits.latencyBounds;
    this.#budget = budget;
  }

  /**
   * The same object for the same place. `name` is templated here; undefined: the tool names no operations. Where lines are read by the
   * million, keep what it answers.
   */
  series(scenario: string | undefined, name: string | undefined, method?: string): LatencySeries {
    const asked = `${scenario ?? ""}\u0000${method ?? ""}\u0000${name ?? ""}`;
    const recent = this.#recent.get(asked);
    if (recent !== undefined && (recent.operation === undefined) === (name === undefined)) return recent;
    const series = this.#find(scenario, name, method);
    if (this.#recent.size >= MAX_RECENT) this.#recent.clear();
    this.#recent.set(own(asked), series);
    return series;
  }

  #find(scenario: string | undefined, name: string | undefined, method: string | undefined): LatencySeries {
    const inScenario = this.#budget.scenario(scenario);
    const operation = name === undefined ? undefined : this.#budget.operation(inScenario, operationOf(name, method));
    const key = JSON.stringify([inScenario, operation]);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = new LatencySeries({ scenario: inScenario, operation }, this.#bounds, this.slices(inScenario));
      this.#series.set(key, series);
    }
    return series;
  }

  slices(scenario: string | undefined): Slices {
    let slices = this.#slices.get(scenario);
    if (slices === undefined) {
      slices = new Slices();
      this.#slices.set(scenario, slices);
    }
    return slices;
  }

  get scenarios(): readonly (string | undefined)[] {
    return [...this.#slices.keys()];
  }

  get count(): number {
    let count = 0;
    for (const series of this.#series.values()) count += series.count;
    return count;
  }

  /** From the first request's begin to the last one's end; undefined when no time is known. */
  get span(): { readonly startMs: number; readonly endMs: number } | undefined {
    let [startMs, endMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const series of this.#series.values()) {
      startMs = Math.min(startMs, series.startMs);
      endMs = Math.max(endMs, series.endMs);
    }
    return endMs >= startMs ? { startMs, endMs } : undefined;
  }

  /** Takes over everything from a book with the same budget. */
  absorb(other: LatencyBook): void {
    for (const [scenario, slices] of other.#slices) this.slices(scenario).merge(slices);
    for (const [key, series] of other.#series) {
      const there = this.#series.get(key);
      if (there === undefined) this.#series.set(key, series);
      else there.merge(series);
    }
  }

  /** Emits each operation, then the total of each scenario. `more` may add to a total what the tool tells apart from requests. */
  emit(
    { knowsFailures, knowsBytes = false, knowsRates = true, seconds: stated }: BookFacts,
    more: (total: { scenario: string | undefined; seconds: number | undefined }) => Partial<LoadResult> = () => ({}),
  ): void {
    const { span } = this;
    const seen = span === undefined || span.endMs <= span.startMs ? undefined : (span.endMs - span.startMs) / 1000;
    const seconds = !knowsRates ? undefined : stated !== undefined && stated > 0 ? stated : seen;
    const resultOf = (series: LatencySeries): LoadResult => ({
      scenario: series.scenario,
      operation: series.operation,
      requests: series.count,
      // A damaged file may tell of a failure whose request it no longer holds.
      failures: knowsFailures ? Math.min(series.failures, series.count) : undefined,
      requestsPerSecond: seconds === undefined ? undefined : tidy(series.count / seconds),
      ...(knowsBytes && seconds !== undefined ? { receivedBytesPerSecond: tidy(series.bytes / seconds) } : {}),
      latency: series.latency(),
      ...(series.count === 0 ? {} : { histogram: series.histogram() }),
      ...(series.users === undefined ? {} : { users: series.users }),
    });
    const totals = new Map<string | undefined, LatencySeries>();
    for (const series of this.#series.values()) {
      const { scenario } = series;
      let total = totals.get(scenario);
      if (total === undefined) {
        total = new LatencySeries({ scenario, operation: undefined }, this.#bounds, undefined, EXACT_TOTAL);
        totals.set(scenario, total);
      }
      total.merge(series);
      if (series.operation !== undefined) this.#sink.load?.(resultOf(series));
    }
    for (const [scenario, total] of totals) {
      const slices = span === undefined ? [] : this.slices(scenario).toSlices(span.startMs, span.endMs);
      this.#sink.load?.({
        ...resultOf(total),
        ...(slices.length === 0 ? {} : { slices }),
        ...more({ scenario, seconds }),
      });
    }
  }
}
