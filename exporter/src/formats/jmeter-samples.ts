/** What JMeter's CSV and XML results share: which rows are requests, and which only sum up others. */
import type { Limits, ReportSink } from "../model/format.ts";
import type { Stat } from "../model/measure.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { LatencyBook, type LatencySeries } from "./latency-book.ts";
import { endLoad, timesOf } from "./load-end.ts";
import { OperationBudget } from "./operation.ts";
import { own } from "./text.ts";

export interface JmeterSample {
  readonly label: string;
  /** Undefined: the file does not say. */
  readonly thread: string | undefined;
  readonly startMs: number | undefined;
  readonly seconds: number;
  readonly failed: boolean | undefined;
  readonly bytes: number | undefined;
  readonly users: number | undefined;
}

/** A transaction controller's message: it took as long as its samples together. */
export const TRANSACTION = /^Number of samples in transaction : \d+, number of failing samples : \d+$/;

/** `host-Thread Group 1-3` and `Thread Group 1-3` are threads of `host-Thread Group` and `Thread Group`. */
export function threadGroupOf(thread: string): string {
  return thread.replace(/(?:[ -]\d+)?-\d+$/, "").trim() || thread;
}

/** What the row before this one of the same thread was, to know a sub-result (`Home-0` within `Home`) and a transaction's samples. */
interface Latest {
  label: string;
  startMs: number;
  endMs: number;
}
/** Where a thread's rows go; without threads, a label's. */
interface Thread {
  readonly group: string | undefined;
  latest: Latest | undefined;
  /** A transaction whose samples may follow. */
  open: Latest | undefined;
  readonly requests: Map<string, Labelled>;
  readonly transactions: Map<string, Labelled>;
}
/** With a copy of the label: a slice of it would keep a chunk of the file alive, for each thread. */
interface Labelled {
  readonly label: string;
  readonly series: LatencySeries;
}
const MAX_THREADS = 20_000;
/** Labels kept of all threads together; beyond, they are looked up in the book. */
const MAX_LABELS = 50_000;

const TRANSACTION_STATS: readonly Stat[] = ["avg", "min", "max", "stddev", "p50", "p90", "p95", "p99"];

/**
 * Counts each request once. A sub-result (a redirect or an embedded resource, `LABEL-0` within the time of LABEL) is part of its
 * request. A transaction controller's row is part of nothing: its samples are, where the file holds them, and it becomes the measure
 * `transaction_time`; a file that holds transactions only (subresults=false) is read as requests of that name.
 */
export class JmeterSamples {
  readonly #sink: ReportSink;
  readonly #requests: LatencyBook;
  readonly #transactions: LatencyBook;
  readonly #threads = new Map<string, Thread>();
  readonly #transactionSeries = new Set<LatencySeries>();
  #labels = 0;
  #hasChildren = false;
  #knowsFailures = false;
  #knowsBytes = false;
  #knowsThreads = false;
  rows = 0;

  constructor(sink: ReportSink, limits: Limits) {
    this.#sink = sink;
    const budget = new OperationBudget(sink);
    this.#requests = new LatencyBook(sink, limits, budget);
    this.#transactions = new LatencyBook(sink, limits, budget);
  }

  /** A row of a CSV file, where sub-results and transactions stand beside the samples. */
  row(sample: JmeterSample, isTransaction: boolean): void {
    const thread = this.#thread(sample);
    const startMs = sample.startMs ?? Number.NaN;
    const endMs = startMs + sample.seconds * 1000;
    const { latest, open } = thread;
    if (isTransaction) {
      // Its samples come before it; as a "parent sample", after it.
      if (latest !== undefined && latest.startMs >= startMs) this.#hasChildren = true;
      else thread.open = { label: "", startMs, endMs };
      this.#transactionSeries.add(this.#add(this.#transactions, thread, thread.transactions, sample).series);
      return;
    }
    if (open !== undefined) {
      if (startMs >= open.startMs && endMs <= open.endMs + 1) this.#hasChildren = true;
      thread.open = undefined;
    }
    // Written by JMeter in whole milliseconds, each rounded.
    const isInTime = latest !== undefined && startMs >= latest.startMs && endMs <= latest.endMs + 1;
    if (isInTime && isWithin(sample.label, latest.label)) return;
    const { label } = this.#add(this.#requests, thread, thread.requests, sample);
    if (latest === undefined) thread.latest = { label, startMs, endMs };
    else {
      latest.label = label;
      latest.startMs = startMs;
      latest.endMs = endMs;
    }
  }

  /** A transaction whose samples were within it, as XML nests them. */
  parent(sample: JmeterSample): void {
    this.#hasChildren = true;
    const thread = this.#thread(sample);
    this.#transactionSeries.add(this.#add(this.#transactions, thread, thread.transactions, sample).series);
  }

  #thread(sample: JmeterSample): Thread {
    const name = sample.thread ?? sample.label.replace(/(?:-\d+)+$/, "");
    let thread = this.#threads.get(name);
    if (thread === undefined) {
      const group = sample.thread === undefined ? undefined : threadGroupOf(own(name));
      if (group !== undefined) this.#knowsThreads = true;
      thread = { group, latest: undefined, open: undefined, requests: new Map(), transactions: new Map() };
      if (this.#threads.size < MAX_THREADS) this.#threads.set(own(name), thread);
    }
    return thread;
  }

  #add(book: LatencyBook, thread: Thread, known: Map<string, Labelled>, sample: JmeterSample): Labelled {
    this.rows++;
    const { label, startMs, seconds, failed, bytes, users } = sample;
    let labelled = known.get(label);
    if (labelled === undefined) {
      labelled = { label: own(label), series: book.series(thread.group, label) };
      if (this.#labels++ < MAX_LABELS) known.set(labelled.label, labelled);
    }
    const { series } = labelled;
    const endMs = startMs === undefined ? undefined : startMs + seconds * 1000;
    series.add(endMs, seconds, failed === true);
    if (failed !== undefined) this.#knowsFailures = true;
    if (bytes !== undefined) {
      this.#knowsBytes = true;
      series.bytes += bytes;
    }
    if (users !== undefined) series.sawUsers(endMs, users);
    return labelled;
  }

  /** Emits everything, and ends the report. */
  finish(incomplete: string | undefined): void {
    const book = this.#requests;
    // Without threads it cannot be seen whose samples they are: JMeter writes them unless it is told not to.
    if (this.#hasChildren || (!this.#knowsThreads && book.count > 0)) this.#emitTransactions();
    else book.absorb(this.#transactions);
    book.emit({ knowsFailures: this.#knowsFailures, knowsBytes: this.#knowsBytes });
    endLoad(this.#sink, { framework: "JMeter", ...timesOf(book.span) }, incomplete);
  }

  #emitTransactions(): void {
    const measures = new BenchmarkBook(this.#sink, "measure");
    for (const series of this.#transactionSeries) {
      const { scenario, operation } = series;
      const name = "transaction_time";
      const common = { name, measure: name, component: operation, scenario };
      const latency = series.latency() as Partial<Record<Stat, number>>;
      for (const stat of TRANSACTION_STATS) {
        const value = latency[stat];
        if (value !== undefined) measures.add({ ...common, stat, value, unit: "s" });
      }
      measures.add({ ...common, stat: "count", value: series.count, unit: undefined });
      if (this.#knowsFailures)
        measures.add({
          ...common,
          name: "transaction_failures",
          measure: "transaction_failures",
          stat: "value",
          value: series.failures,
          unit: undefined,
          better: "lower",
        });
    }
  }
}

/** `Home-0`, `Home-0-1` of `Home`. */
function isWithin(label: string, parent: string): boolean {
  if (label.length < parent.length + 2 || label.charCodeAt(parent.length) !== 45 || !label.startsWith(parent))
    return false;
  return /^(?:-\d+)+$/.test(label.slice(parent.length));
}
