/** k6's points, from its JSON and CSV outputs: requests become latencies per scenario and operation, all else measures. */
import type { Limits, ReportSink } from "../model/format.ts";
import type { Stat } from "../model/measure.ts";
import { Distribution } from "./distribution.ts";
import { BUILT_IN, containsOf, type K6Type, k6MeasureBook, REQUEST_METRICS, unitOfK6 } from "./k6-metrics.ts";
import type { K6TagSet, Ratio } from "./k6-tags.ts";
import { LatencyBook, type LatencySeries } from "./latency-book.ts";
import { endLoad, timesOf } from "./load-end.ts";
import { own } from "./text.ts";

/** Trends are the requests' latency: HTTP's and gRPC's. */
const LATENCY = new Set(["http_req_duration", "grpc_req_duration"]);
const MAX_METRICS = 500;
const MAX_CHECKS = 200;
/** A test whose times are whole seconds is known to one second more or less: to 5 % from here on. */
const LEAST_SECONDS = 20;
const TREND_STATS: readonly Stat[] = ["avg", "min", "max", "p50", "p90", "p95", "p99"];

type Handle = (value: number, atMs: number | undefined, set: K6TagSet) => void;

export interface K6MetricReader {
  readonly name: string;
  point: Handle;
}

interface Kept {
  readonly type: K6Type | undefined;
  readonly contains: string | undefined;
  readonly values: Distribution;
  last: number;
}

export class K6Points {
  readonly #sink: ReportSink;
  readonly #book: LatencyBook;
  readonly #readers = new Map<string, K6MetricReader>();
  readonly #declared = new Map<string, { type: K6Type | undefined; contains: string | undefined }>();
  readonly #kept = new Map<string, Kept>();
  readonly #checks = new Map<string, Ratio>();
  readonly #bytes = new Map<string | undefined, number>();
  readonly #users: (readonly [number, number])[] = [];
  #knowsFailures = false;
  #negative = 0;
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** Times below a second: CSV has none unless it is asked for. */
  #hasFractions = false;

  constructor(sink: ReportSink, limits: Limits) {
    this.#sink = sink;
    this.#book = new LatencyBook(sink, limits);
  }

  /** What the JSON output says of a metric before its first point. */
  declare(name: string, type: string | undefined, contains: string | undefined): void {
    if (this.#declared.size >= MAX_METRICS || this.#readers.has(name)) return;
    const known = type === "trend" || type === "counter" || type === "rate" || type === "gauge" ? type : undefined;
    this.#declared.set(own(name), { type: known, contains: contains === undefined ? undefined : own(contains) });
  }

  /** Where the points of a metric go; the same object for the same name. */
  reader(name: string): K6MetricReader {
    let reader = this.#readers.get(name);
    if (reader === undefined) {
      reader = { name: own(name), point: this.#handleOf(own(name)) };
      // Metrics beyond the bound are read each time anew, into nothing.
      if (this.#readers.size < MAX_METRICS) this.#readers.set(reader.name, reader);
      else if (this.#readers.size === MAX_METRICS) {
        this.#readers.set("", reader);
        this.#sink.warn({ code: "LIMIT", message: `more than ${MAX_METRICS} metrics; the rest is left out` });
      }
    }
    return reader;
  }

  add(reader: K6MetricReader, atMs: number | undefined, value: number, set: K6TagSet): void {
    if (atMs !== undefined) {
      if (atMs % 1000 !== 0) this.#hasFractions = true;
      if (atMs < this.#firstMs) this.#firstMs = atMs;
      if (atMs > this.#lastMs) this.#lastMs = atMs;
    }
    reader.point(value, atMs, set);
  }

  #handleOf(name: string): Handle {
    if (LATENCY.has(name))
      return (value, atMs, set) => {
        if (value < 0) this.#negative++;
        else this.#series(set).add(atMs, value / 1000, false);
      };
    if (name === "http_req_failed")
      return (value, atMs, set) => {
        this.#knowsFailures = true;
        if (value !== 0) this.#series(set).fail(atMs);
      };
    if (name === "http_reqs" || this.#readers.size >= MAX_METRICS) return () => {};
    const kept = this.#keep(name);
    const keep = (value: number): void => {
      kept.values.add(value);
      kept.last = value;
    };
    if (name === "checks")
      return (value, _, set) => {
        keep(value);
        this.#check(set, value !== 0);
      };
    if (name === "data_received")
      return (value, _, { tags }) => {
        keep(value);
        this.#bytes.set(tags.scenario, (this.#bytes.get(tags.scenario) ?? 0) + value);
      };
    if (name === "vus")
      return (value, atMs) => {
        keep(value);
        // A point a second; a run of a week has 600,000, of which the course needs far fewer.
        if (atMs !== undefined && this.#users.length < 100_000) this.#users.push([atMs, value]);
      };
    return keep;
  }

  #keep(name: string): Kept {
    const declared = this.#declared.get(name);
    const type = declared?.type ?? BUILT_IN.get(name);
    const kept = {
      type,
      contains: declared?.contains ?? containsOf(name, type),
      values: new Distribution(),
      last: Number.NaN,
    };
    this.#kept.set(name, kept);
    return kept;
  }

  #series(set: K6TagSet): LatencySeries {
    if (set.series === undefined) {
      const { scenario, name, url, method } = set.tags;
      set.series = this.#book.series(scenario, name || url, method);
    }
    return set.series;
  }

  #check(set: K6TagSet, passed: boolean): void {
    if (set.check === undefined) {
      const { check, group } = set.tags;
      if (check === undefined || check === "") return;
      const inGroup = (group ?? "").replace(/^::/, "");
      const name = own(inGroup === "" ? check : `${inGroup}::${check}`);
      set.check = this.#checks.get(name) ?? { passed: 0, total: 0 };
      if (this.#checks.size < MAX_CHECKS) this.#checks.set(name, set.check);
    }
    set.check.total++;
    if (passed) set.check.passed++;
  }

  /** Emits everything. */
  finish(incomplete: string | undefined): void {
    const begun = this.#book.span?.startMs ?? Number.POSITIVE_INFINITY;
    const startMs = Math.min(begun, this.#firstMs);
    const isTimed = this.#lastMs >= startMs;
    const seconds = isTimed ? (this.#lastMs - startMs) / 1000 : undefined;
    const isKnown = this.#hasFractions || seconds === undefined || seconds >= LEAST_SECONDS;
    if (!isKnown && this.#book.count > 0)
      this.#sink.warn({
        code: "VALUE_SKIPPED",
        message: `no rates: the times are whole seconds, and the test took less than ${LEAST_SECONDS} (K6_CSV_TIME_FORMAT=unix_milli tells more)`,
      });
    this.#emitLoad(isKnown);
    this.#emitMeasures(isKnown ? seconds : undefined);
    if (this.#negative > 0)
      this.#sink.warn({ code: "VALUE_SKIPPED", message: `${this.#negative} negative durations were left out` });
    endLoad(this.#sink, { framework: "k6", ...timesOf({ startMs, endMs: this.#lastMs }) }, incomplete);
  }

  #emitLoad(knowsRates: boolean): void {
    // k6 tells how many virtual users there are, not in which scenario they are.
    const isOne = this.#book.scenarios.length === 1;
    const users = isOne ? this.#users.reduce((most, [, count]) => Math.max(most, count), -1) : -1;
    if (isOne) for (const [atMs, count] of this.#users) this.#book.slices(this.#book.scenarios[0]).users(atMs, count);
    this.#book.emit({ knowsFailures: this.#knowsFailures, knowsRates }, ({ scenario, seconds }) => {
      const bytes = this.#bytes.get(scenario);
      return {
        ...(users < 0 ? {} : { users }),
        ...(bytes === undefined || seconds === undefined
          ? {}
          : { receivedBytesPerSecond: Number((bytes / seconds).toPrecision(12)) }),
      };
    });
  }

  #emitMeasures(seconds: number | undefined): void {
    const measures = k6MeasureBook(this.#sink);
    for (const [name, { type, contains, values, last }] of this.#kept) {
      const stats = values.stats();
      if (stats === undefined || REQUEST_METRICS.has(name)) continue;
      const { avg, min, max } = stats;
      const unit = type === "rate" ? "ratio" : unitOfK6(contains);
      if (type === "rate") measures.add({ name, unit, stats: [["value", avg]] });
      else if (type === "counter")
        measures.add({
          name,
          unit,
          stats: [["value", Number(values.sum.toPrecision(15))]],
          perSecond: seconds === undefined || seconds === 0 ? undefined : values.sum / seconds,
        });
      else if (type === "gauge")
        measures.add({
          name,
          unit,
          stats: [
            ["value", last],
            ["min", min],
            ["max", max],
          ],
        });
      else {
        // A metric whose type is not stated (custom ones in CSV) is told like a trend: its average is a rate's ratio as well.
        const named = TREND_STATS.flatMap((stat) => {
          const value = (stats as Partial<Record<Stat, number>>)[stat];
          return value === undefined ? [] : [[stat, value] as const];
        });
        measures.add({ name, unit, stats: [...named, ["count", values.count]] });
      }
    }
    for (const [name, { passed, total }] of this.#checks)
      measures.add({
        name: `checks{check:${name}}`,
        unit: "ratio",
        stats: [["value", passed / total]],
        better: "higher",
      });
  }
}
