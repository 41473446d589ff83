/** Locust's `_stats_history.csv`: a row of all requests about every second. */
import type { ReportMeta, ReportSink } from "../model/format.ts";
import { type LoadSlice, MAX_SLICES } from "../model/load.ts";
import { BenchmarkBook } from "./benchmark-book.ts";
import { fromMs, LoadBook } from "./load-book.ts";
import { cellNumber, isAggregate, type LocustReader } from "./locust-row.ts";

interface Moment {
  readonly atMs: number;
  readonly requests: number;
  readonly failures: number;
  readonly avgMs: number | undefined;
  readonly p95Ms: number | undefined;
  readonly users: number | undefined;
}

/** Twice what is emitted: of more rows every second one is left out, again and again; the counts are running totals. */
const MAX_MOMENTS = 2 * MAX_SLICES;

/**
 * The counts are running totals, so a slice is the difference of two rows. `p95` is Locust's own of the last ten seconds or so before the
 * slice's end. Rows of single operations (--csv-full-history) are not read.
 */
export class LocustHistory implements LocustReader {
  readonly #sink: ReportSink;
  #moments: Moment[] = [];
  #every = 1;
  #rows = 0;
  #latest: Moment | undefined;
  #latency: Record<string, number | undefined> = {};
  #users: number | undefined;

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  row(cell: (name: string) => string | undefined): void {
    if (!isAggregate(cell("type"), cell("name"))) return;
    const number = (name: string): number | undefined => cellNumber(cell(name));
    const seconds = number("timestamp");
    const requests = number("total request count");
    const failures = number("total failure count");
    if (seconds === undefined || seconds < 1e9 || requests === undefined || failures === undefined) return;
    const moment: Moment = {
      atMs: seconds * 1000,
      requests,
      failures,
      avgMs: number("total average response time"),
      // 0 until the first window is complete.
      p95Ms: number("95%") || undefined,
      users: number("user count"),
    };
    // Statistics are reset when all users are there: what was before is another, warmer, run.
    if (this.#latest !== undefined && requests < this.#latest.requests) this.#reset();
    this.#latest = moment;
    if (moment.users !== undefined) this.#users = Math.max(this.#users ?? 0, moment.users);
    this.#latency =
      requests === 0
        ? {}
        : {
            avg: fromMs(moment.avgMs),
            min: fromMs(number("total min response time")),
            max: fromMs(number("total max response time")),
            p50: fromMs(number("total median response time")),
          };
    if (this.#rows++ % this.#every !== 0) return;
    this.#moments.push(moment);
    if (this.#moments.length > MAX_MOMENTS) {
      this.#moments = this.#moments.filter((_, i) => i % 2 === 0);
      this.#every *= 2;
    }
  }

  #reset(): void {
    this.#moments = [];
    this.#every = 1;
    this.#rows = 0;
    this.#users = undefined;
  }

  finish(): { meta?: ReportMeta; incomplete?: string } {
    const last = this.#latest;
    if (last === undefined) return { incomplete: "no row of all requests (Aggregated)" };
    const moments = this.#moments.at(-1) === last ? this.#moments : [...this.#moments, last];
    const slices = slicesOf(moments);
    const book = new LoadBook(this.#sink);
    book.add({ latency: this.#latency, users: this.#users, slices });
    book.emit();
    // As measures, since the requests are counted in _stats.csv.
    const measures = new BenchmarkBook(this.#sink, "measure");
    const add = (name: string, value: number): void =>
      measures.add({ name, measure: name, stat: "value", value, unit: undefined });
    add("requests", last.requests);
    add("request_failures", last.failures);
    const startedAtMs = moments[0]!.atMs;
    return {
      meta: { startedAtMs, endedAtMs: last.atMs, durationSeconds: (last.atMs - startedAtMs) / 1000 },
    };
  }
}

function slicesOf(moments: readonly Moment[]): LoadSlice[] {
  const step = Math.max(1, Math.ceil((moments.length - 1) / MAX_SLICES));
  const slices: LoadSlice[] = [];
  for (let from = 0; from < moments.length - 1; from += step) {
    const [a, b] = [moments[from]!, moments[Math.min(from + step, moments.length - 1)]!];
    if (b.atMs <= a.atMs) continue;
    const requests = b.requests - a.requests;
    const spent = (b.avgMs ?? Number.NaN) * b.requests - (a.requests === 0 ? 0 : (a.avgMs ?? Number.NaN) * a.requests);
    // A difference of two large numbers; what is left of a tiny negative one is nothing.
    const avgMs = Math.max(0, spent) / requests;
    slices.push({
      startedAtMs: a.atMs,
      seconds: (b.atMs - a.atMs) / 1000,
      requests,
      failures: Math.max(0, b.failures - a.failures),
      avgSeconds: requests === 0 || Number.isNaN(avgMs) ? undefined : Number((avgMs / 1000).toPrecision(9)),
      p95Seconds: requests === 0 ? undefined : fromMs(b.p95Ms),
      ...(b.users === undefined ? {} : { users: b.users }),
    });
  }
  return slices;
}
